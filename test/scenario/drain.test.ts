// Orders in a fleet: two DNS nodes with a real Redis between them. What is ordered at one is in force at both; Redis is killed
// while a drain is in force, nodes are killed and come back with a disk and without, and books in Redis are garbled.
// Times are real; merging and clocks are looked at in virtual time (test/core/health/override-book*, test/app/operator).

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OrderView, OverrideView } from '../../src/app/override-view.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { askAdmin, tellAdmin } from '../../src/io/control/client.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { freePort } from '../support/free-port.ts'
import { type DnsClient, openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const TICK = 1000
/** For a busy machine. */
const MARGIN = 1500
const TTL = 2

const eu = '192.0.2.10'
const us = '198.51.100.10'

interface Seat {
  readonly name: string
  readonly file: string
  node: Running
  dns: DnsClient
}

interface Stage {
  readonly folder: Folder
  redis: RedisServer
  readonly seats: readonly [Seat, Seat]
}

const stage: { current?: Stage } = {}

function theStage(): Stage {
  if (!stage.current) throw new Error('the stage was not set up')
  return stage.current
}

async function sit(name: string, file: string): Promise<Seat> {
  const node = await startMeridian('serve', file)
  return { name, file, node, dns: await openDnsClient(node.dns) }
}

async function leave({ node, dns }: Seat, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await dns[Symbol.asyncDispose]()
  node.signal(signal)
  await node.ended
}

async function comeBack(seat: Seat): Promise<void> {
  Object.assign(seat, await sit(seat.name, seat.file))
}

beforeAll(async () => {
  const redis = await startRedis()
  const folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      pools: { eu: { targets: [{ address: eu }] }, us: { targets: [{ address: us }] } },
      services: { web: { ttl: `${TTL}s`, steer: { failover: ['eu', 'us'] } } },
    },
  })
  const fileOf = (name: string): string =>
    folder.write(`${name}.yaml`, {
      node: { name },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      geo: { databases: ['places.mmdb'] },
      store: { redis: { url: redis.url } },
      prober: false,
    })
  const [first, second] = await Promise.all(['ns1', 'ns2'].map((name) => sit(name, fileOf(name))))
  stage.current = { folder, redis, seats: [first!, second!] }
}, 60_000)

afterAll(async () => {
  const { folder, redis, seats } = theStage()
  await Promise.all(seats.map((seat) => leave(seat, 'SIGTERM')))
  await redis.stop()
  folder[Symbol.dispose]()
})

const query = writeQuery({ name: 'www.example.com' })

async function answerOf({ dns }: Seat): Promise<string> {
  const reply = await dns.ask(query)
  return reply ? decodeWithDns2(reply.bytes).answer[0]!.data : 'none'
}

async function order({ node }: Seat, path: string, body: object): Promise<OrderView> {
  const { status, value } = await tellAdmin(node.admin, path, { author: 'ada', subjects: ['eu'], ...body })
  expect([status, value]).toEqual([200, expect.anything()])
  return value as OrderView
}

async function overridesOf({ node }: Seat): Promise<readonly OverrideView[]> {
  return (await askAdmin(node.admin, '/overrides')).value as readonly OverrideView[]
}

/** How long until every seat answers with it. */
async function untilAll(wanted: string, withinMs: number): Promise<number> {
  const startedMs = performance.now()
  for (const seat of theStage().seats)
    await until(`${seat.name} answers ${wanted}`, withinMs, async () => (await answerOf(seat)) === wanted)
  return performance.now() - startedMs
}

async function reachesStore({ node }: Seat): Promise<boolean> {
  return (await node.status()).store.reachable
}

const drain = { for: '10m', why: 'kernel update' }

test('what is ordered at one node is in force at both before the reply, and says when it is safe', async () => {
  const { seats } = theStage()
  expect(await untilAll(eu, MARGIN)).toBeLessThan(MARGIN)
  // Until each has heard the other once.
  for (const seat of seats)
    await until('they know each other', 5000, async () => {
      const { nodes } = (await askAdmin(seat.node.admin, '/status')).value as { nodes: unknown[] }
      return nodes.length === 1
    })
  const { overrides, warnings } = await order(seats[0], '/drain', drain)
  expect(warnings).toEqual([])
  expect(overrides).toMatchObject([
    { subject: 'example.com/eu', knownTo: ['ns1', 'ns2'], safeToStop: { because: `answers are kept for ${TTL} s` } },
  ])
  expect(overrides[0]!.safeToStop!.inSec).toBeLessThanOrEqual(TTL + 2)
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([us, us])
  // What the other process has written takes its way to us.
  const line = await until('the other logs it', MARGIN, () =>
    seats[1].node.log().find(({ msg }) => msg === 'ada drains example.com/eu'),
  )
  expect(line).toMatchObject({ node: 'ns1', why: 'kernel update' })
  await order(seats[1], '/undrain', {})
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([eu, eu])
})

test('Redis killed while a drain is in force: nothing changes, and what is ordered meanwhile follows', async () => {
  const here = theStage()
  const { seats } = here
  await order(seats[0], '/drain', drain)
  await here.redis.kill()
  for (const seat of seats) await until('it is noticed', 8000, async () => !(await reachesStore(seat)))
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([us, us])
  // Both know it already: it is safe, whatever the store does.
  const [held] = await overridesOf(seats[0])
  expect(held).toMatchObject({ knownTo: ['ns1', 'ns2'], safeToStop: { because: `answers are kept for ${TTL} s` } })

  const { over, warnings } = await order(seats[0], '/undrain', {})
  expect(over).toEqual([expect.stringMatching(/^drain of example\.com\/eu/)])
  expect(warnings).toEqual(['the store does not take it: other nodes learn of it once the store does'])
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([eu, us])
  const again = await order(seats[1], '/drill', { for: '10m', why: 'alone' })
  expect(again.overrides[0]).toMatchObject({ kind: 'drill', knownTo: ['ns2'] })

  // An empty one takes its place. The node that still has the drain must not bring it back.
  here.redis = await startRedis({ port: here.redis.port })
  await until('each has what the other was told', 8000, async () => {
    const books = await Promise.all(seats.map(overridesOf))
    return books.every((book) => book.length === 1 && book[0]!.kind === 'drill')
  })
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([us, us])
  await order(seats[0], '/undrill', {})
  await untilAll(eu, TICK + MARGIN)
})

test('a node that is killed remembers, without Redis, from its first answer', async () => {
  const here = theStage()
  const { seats } = here
  await order(seats[0], '/drain', drain)
  const kept = `${here.folder.path}/state/ns2/overrides.json`
  const { id } = (await overridesOf(seats[0]))[0]!
  await until(
    'the other has it on its disk as well',
    5000,
    () => existsSync(kept) && readFileSync(kept, 'utf8').includes(id),
  )
  await here.redis.kill()
  await leave(seats[1], 'SIGKILL')
  await comeBack(seats[1])
  expect(await answerOf(seats[1])).toBe(us)
  expect(seats[1].node.log()).toContainEqual(expect.objectContaining({ msg: 'overrides from disk are in force' }))
  here.redis = await startRedis({ port: here.redis.port })
  for (const seat of seats) await until('it heals', 8000, () => reachesStore(seat))
})

test('a node without its disk asks the store before its first answer', async () => {
  const { seats, folder } = theStage()
  await leave(seats[1], 'SIGTERM')
  rmSync(`${folder.path}/state/ns2`, { recursive: true })
  await until('the store has it', 5000, async () => (await overridesOf(seats[0])).length === 1)
  await comeBack(seats[1])
  expect(await answerOf(seats[1])).toBe(us)
  await order(seats[1], '/undrain', {})
  await untilAll(eu, TICK + MARGIN)
})

test('both killed, Redis empty and gone for good: the disks agree on what was taken back', async () => {
  const here = theStage()
  const { seats } = here
  await order(seats[0], '/drain', drain)
  await here.redis.kill()
  for (const seat of seats) await until('it is noticed', 8000, async () => !(await reachesStore(seat)))
  await order(seats[0], '/undrain', {})
  for (const seat of seats) await leave(seat, 'SIGKILL')
  here.redis = await startRedis({ port: here.redis.port })
  await Promise.all(seats.map(comeBack))
  expect(await untilAll(eu, 2 * TICK + MARGIN)).toBeLessThan(2 * TICK + MARGIN)
})

test('garbage in the store takes nothing out, and is counted', async () => {
  const { seats, redis } = theStage()
  const client = new Redis(redis.url)
  const forged = `["overrides/1","evil",1,1,1,[["drain","example.com","eu",null,1,"evil",0,"x","mallory","",0,0,0,null,null]]]`
  await client.set('meridian:{evidence:1}:overrides:evil', forged)
  await client.sadd('meridian:{evidence:1}:nodes', 'evil')
  for (const { node } of seats)
    await until('it is counted', 5000, async () =>
      /meridian_store_garbled_total\{.*\} [1-9]/.test(await node.metrics()),
    )
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([eu, eu])
  await client.del('meridian:{evidence:1}:overrides:evil')
  client.disconnect()
})

test('orders given at both nodes at once: both end with the same', async () => {
  const { seats } = theStage()
  await Promise.all([
    tellAdmin(seats[0].node.admin, '/drain', { author: 'ada', subjects: ['eu'], ...drain }),
    tellAdmin(seats[1].node.admin, '/drain', { author: 'bob', subjects: ['eu'], for: '20m', why: 'the same idea' }),
  ])
  const agreed = await until('they agree', 5000, async () => {
    const [here, there] = await Promise.all(seats.map(overridesOf))
    const ids = [here, there].map((book) => book!.map(({ id, author, until: end }) => [id, author, end]))
    return here!.length === 1 && JSON.stringify(ids[0]) === JSON.stringify(ids[1]) && here
  })
  expect(['ada', 'bob']).toContain(agreed[0]!.author)
  await order(seats[0], '/undrain', {})
  await untilAll(eu, TICK + MARGIN)
})

test('a fade moves a growing part of the clients, and then all', { timeout: 60_000 }, async () => {
  const { seats } = theStage()
  const sources = Array.from({ length: 250 }, (_, i) => `127.7.${i >> 6}.${1 + (i & 63)}`)
  const clients = await Promise.all(sources.map((from) => openDnsClient(seats[1].node.dns, from)))
  /** The part of the clients that gets eu, and what was left of its weight before and after asking. */
  const look = async (): Promise<{ share: number; from: number; to: number }> => {
    const before = (await overridesOf(seats[1]))[0]!.fade!
    const answers = await Promise.all(clients.map(async (client) => (await client.ask(query, 4000))?.bytes))
    const after = (await overridesOf(seats[1]))[0]!.fade!
    const kept = answers.filter((bytes) => bytes && decodeWithDns2(bytes).answer[0]!.data === eu).length
    return { share: kept / clients.length, from: before / 1000, to: after / 1000 }
  }
  await order(seats[0], '/drain', { ...drain, fade: '16s' })
  const seen: { share: number; from: number; to: number }[] = []
  await until(
    'the fade is over',
    30_000,
    async () => {
      seen.push(await look())
      // The board follows with the next tick.
      return seen.at(-1)!.from === 0 && seen.at(-1)!.share === 0
    },
    1000,
  )
  for (const client of clients) await client[Symbol.asyncDispose]()
  // Five standard deviations of the dice, and the tick by which the board may be behind.
  const slack = 5 * Math.sqrt(0.25 / clients.length) + TICK / 16_000
  for (const { share, from, to } of seen) {
    expect(share).toBeLessThan(from + slack)
    expect(share).toBeGreaterThan(to - slack)
  }
  expect(seen.filter(({ share }) => share > 0.1 && share < 0.9).length).toBeGreaterThan(2)
  await order(seats[0], '/undrain', {})
  await untilAll(eu, TICK + MARGIN)
})

test('a drain ends by itself, at both nodes within a tick of each other', async () => {
  const { seats } = theStage()
  await order(seats[0], '/drain', { for: '3s', why: 'short' })
  expect([await answerOf(seats[0]), await answerOf(seats[1])]).toEqual([us, us])
  const startedMs = performance.now()
  const ends = await Promise.all(
    seats.map(async (seat) => {
      await until('it is over', 3000 + 2 * TICK + MARGIN, async () => (await answerOf(seat)) === eu)
      return performance.now() - startedMs
    }),
  )
  expect(Math.abs(ends[0]! - ends[1]!)).toBeLessThan(TICK + MARGIN)
  for (const { node } of seats)
    expect(node.log().at(-1)).toMatchObject({ msg: 'the drain of example.com/eu is over: its time has come' })
})

test('a folder that cannot be written is told, and the drain is in force', async () => {
  const { folder, redis } = theStage()
  folder.write('blocked', 'no folder')
  const file = folder.write('ns3.yaml', {
    node: { name: 'ns3' },
    listen: ['127.0.0.1:0'],
    admin: { listen: `127.0.0.1:${await freePort()}` },
    workers: 1,
    geo: { databases: ['places.mmdb'] },
    store: { redis: { url: redis.url, prefix: 'other' } },
    state: 'blocked',
    prober: false,
  })
  const seat = await sit('ns3', file)
  const { warnings } = await order(seat, '/drain', drain)
  expect(warnings).toEqual([
    expect.stringMatching(/^it is not kept on disk, and lost with a restart: cannot write .*blocked/),
  ])
  expect(await answerOf(seat)).toBe(us)
  expect(await seat.node.metrics()).toContain('meridian_overrides_kept 0')
  expect(seat.node.log()).toContainEqual(
    expect.objectContaining({ msg: 'overrides cannot be kept on disk', code: 'state-unwritable' }),
  )
  await leave(seat, 'SIGTERM')
})
