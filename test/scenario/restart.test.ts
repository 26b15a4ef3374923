// A restart forgets nothing: all nodes and probers are killed while Redis is dead and a region is down, and every answer from the
// first one on is right. Then the region comes back, and what waits for its delay goes on waiting over another such night.
// Times are real; what is kept and how old it is taken to be is looked at in virtual time (test/app/evidence-file).

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoBackends, openBackends } from '../../src/app/demo-backends.ts'
import type { Endpoint } from '../../src/core/base/address.ts'
import { printEndpoint } from '../../src/core/base/address.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { freePort } from '../support/free-port.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const regions = ['eu', 'us', 'ap'] as const
const addresses = { eu: '192.0.2.10', us: '198.51.100.10' }
/** Evidence is fresh for three intervals: time enough for a restart on a busy machine. */
const EVERY_SEC = 15
const READY = { readyWithinMs: 60_000 }

interface Seat {
  readonly name: string
  readonly command: 'serve' | 'probe'
  readonly file: string
  readonly dns: Endpoint
  node: Running
}

interface Stage {
  readonly folder: Folder
  readonly backends: DemoBackends
  redis: RedisServer
  readonly seats: Seat[]
}

const stage: { current?: Stage } = {}

function theStage(): Stage {
  if (!stage.current) throw new Error('the stage was not set up')
  return stage.current
}

function zoneOf(backends: DemoBackends): object {
  const where = new Map(backends.states().map(({ region, endpoint }) => [region, printEndpoint(endpoint)]))
  const pool = (region: 'eu' | 'us'): object => ({
    check: 'web-up',
    region,
    targets: [{ address: addresses[region], probe_at: where.get(region) }],
  })
  return {
    zone: 'example.com',
    ns: ['ns.example.net.'],
    soa: {},
    records: { www: { service: 'web' }, shop: { service: 'shop' }, calm: { service: 'calm' } },
    checks: {
      'web-up': { http: {}, every: `${EVERY_SEC}s`, timeout: '500ms', confirm: '200ms', fall: 2, rise: 1 },
    },
    pools: { eu: pool('eu'), us: pool('us'), eu2: { ...pool('eu'), min_dwell: '1h' } },
    services: {
      web: { ttl: '5s', steer: { failover: ['eu', 'us'] } },
      shop: { ttl: '5s', steer: { failover: { tiers: ['eu', 'us'], failback: '1h' } } },
      calm: { ttl: '5s', steer: { failover: ['eu2', 'us'] } },
    },
  }
}

beforeAll(async () => {
  const redis = await startRedis()
  const backends = await openBackends(
    await Promise.all(
      ['eu', 'us'].map(async (region) => ({ region, endpoint: { address: '127.0.0.1', port: await freePort() } })),
    ),
  )
  const folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zoneOf(backends),
  })
  const sit = async (command: 'serve' | 'probe', name: string, region: string): Promise<Seat> => {
    // Known before it runs, so that nobody misses its first answer.
    const dns = { address: '127.0.0.1', port: await freePort() }
    const file = folder.write(`${name}.yaml`, {
      node: { name, region },
      listen: [printEndpoint(dns)],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      geo: { databases: ['places.mmdb'] },
      store: { redis: { url: redis.url } },
      health: { vantages: regions, first_round: '20s' },
    })
    return { name, command, file, dns, node: await startMeridian(command, file, READY) }
  }
  const seats = await Promise.all([
    sit('serve', 'ns1', 'eu'),
    sit('serve', 'ns2', 'us'),
    sit('probe', 'prober-ap', 'ap'),
  ])
  stage.current = { folder, backends, redis, seats }
}, 120_000)

afterAll(async () => {
  const { folder, backends, redis, seats } = theStage()
  await Promise.all(seats.map(({ node }) => node.stop()))
  await backends.close()
  await redis.stop()
  folder[Symbol.dispose]()
}, 60_000)

const names = ['www', 'shop', 'calm'] as const
const queries = names.map((name) => writeQuery({ name: `${name}.example.com` }))
type Answers = Readonly<Record<(typeof names)[number], 'eu' | 'us'>>

const servers = (): Seat[] => theStage().seats.filter(({ command }) => command === 'serve')

async function answersOf({ dns }: Seat, withinMs = 2000): Promise<Partial<Answers>> {
  await using client = await openDnsClient(dns)
  const replies = await Promise.all(queries.map((query) => client.ask(query, withinMs)))
  const found = replies.map((reply, i) => {
    const address = reply && decodeWithDns2(reply.bytes).answer[0]?.data
    const region = Object.entries(addresses).find(([, each]) => each === address)?.[0]
    return region === undefined ? [] : [[names[i], region]]
  })
  return Object.fromEntries(found.flat()) as Partial<Answers>
}

async function untilAll(wanted: Answers): Promise<void> {
  for (const seat of servers()) {
    let last: Partial<Answers> = {}
    await until(
      () => `${seat.name} answers ${JSON.stringify(wanted)}, and not ${JSON.stringify(last)}`,
      4 * EVERY_SEC * 1000,
      async () => {
        last = await answersOf(seat)
        return JSON.stringify(last) === JSON.stringify(wanted)
      },
      200,
    )
  }
}

/** A verdict takes two of three; the third may have its probe still before it, and come back never having seen the change. */
async function untilAllSee(word: 'up' | 'down'): Promise<void> {
  for (const seat of theStage().seats)
    await until(`${seat.name} knows that all regions see eu ${word}`, 4 * EVERY_SEC * 1000, async () => {
      const [eu] = (await targetsOf(seat)).filter(({ pool }) => pool === 'eu')
      return eu?.regions?.every(({ state }) => state === word)
    })
}

const evidenceOf = ({ name }: Seat): string =>
  readFileSync(`${theStage().folder.path}/state/${name}/evidence.jsonl`, 'utf8')

/** Kills everybody with Redis dead, starts them again, and returns every answer that was given meanwhile. */
async function darkness(sinceMs: number): Promise<Partial<Answers>[]> {
  const { seats, redis } = theStage()
  await redis.kill()
  for (const seat of seats)
    await until(`${seat.name} notices`, 8000, async () => !(await seat.node.status()).store.reachable)
  // What has happened is on disk within some seconds; before that a node may well forget it.
  for (const seat of seats)
    await until(`${seat.name} has written`, 15_000, () => {
      const [, , [wallMs]] = JSON.parse(evidenceOf(seat).split('\n')[0]!) as [string, string, [number]]
      return wallMs > sinceMs
    })
  for (const { node } of seats) node.signal('SIGKILL')
  await Promise.all(seats.map(({ node }) => node.ended))
  const seen: Partial<Answers>[] = []
  const starting = { isOver: false }
  const watching = Promise.all(
    servers().map(async (seat) => {
      while (!starting.isOver) {
        const answers = await answersOf(seat, 100)
        if (Object.keys(answers).length > 0) seen.push(answers)
      }
      seen.push(await answersOf(seat))
    }),
  )
  await Promise.all(
    seats.map(async (seat) => {
      seat.node = await startMeridian(seat.command, seat.file, READY)
    }),
  )
  starting.isOver = true
  await watching
  return seen
}

interface Target {
  readonly pool: string
  readonly verdict: string
  readonly sinceSec: number
  readonly regions?: readonly { readonly state: string }[]
}

function targetsOf(seat: Seat): Promise<readonly Target[]> {
  return seat.node.status().then(({ targets }) => targets as never)
}

test('all killed while Redis is dead and a region is down: no answer is wrong, from the first one on', {
  timeout: 180_000,
}, async () => {
  const { backends } = theStage()
  await untilAll({ www: 'eu', shop: 'eu', calm: 'eu' })
  await backends.stop('eu')
  await untilAll({ www: 'us', shop: 'us', calm: 'us' })
  const downMs = Date.now()
  await untilAllSee('down')
  const seen = await darkness(Date.now())
  expect(seen.length).toBeGreaterThanOrEqual(servers().length)
  for (const answers of seen)
    for (const name of names) if (name in answers) expect([name, answers[name]]).toEqual([name, 'us'])
  for (const seat of servers()) {
    const [eu] = (await targetsOf(seat)).filter(({ pool }) => pool === 'eu')
    expect(eu).toMatchObject({ verdict: 'down' })
    // Since it went down, and not since the node came back.
    expect(eu!.sinceSec).toBeGreaterThanOrEqual(Math.floor((Date.now() - downMs) / 1000))
    expect(seat.node.log()).toContainEqual(
      expect.objectContaining({ msg: 'evidence from disk stands until there is newer', probers: 3, verdicts: 2 }),
    )
  }
})

test('what waits for its time after a return waits on over such a night', { timeout: 180_000 }, async () => {
  const here = theStage()
  here.redis = await startRedis({ port: here.redis.port })
  await here.backends.start('eu')
  // shop fails back after an hour, and what calm names stays as it is for one.
  const wanted: Answers = { www: 'eu', shop: 'us', calm: 'us' }
  await untilAll(wanted)
  await untilAllSee('up')
  const seen = await darkness(Date.now())
  expect(seen.length).toBeGreaterThanOrEqual(servers().length)
  for (const answers of seen)
    for (const name of names) if (name in answers) expect([name, answers[name]]).toEqual([name, wanted[name]])
})

test('what is garbled or from the future is said and not believed; what the others saw is known all the same', {
  timeout: 180_000,
}, async () => {
  const here = theStage()
  const [ns1] = servers() as [Seat]
  const file = `${here.folder.path}/state/${ns1.name}/evidence.jsonl`
  here.redis = await startRedis({ port: here.redis.port })
  for (const seat of here.seats) await until('it heals', 15_000, async () => (await seat.node.status()).store.reachable)
  const bad: [RegExp, (text: string) => string][] = [
    [/^evidence.jsonl is not what this version writes: set aside/, (text) => text.slice(0, 500)],
    [
      /^the evidence on disk is ignored: it is from the future/,
      (text) => {
        const [tag, node, , count] = JSON.parse(text.split('\n')[0]!) as unknown[]
        const head = JSON.stringify([tag, node, [Date.now() + 3_600_000, 'another start', 1], count])
        return [head, ...text.split('\n').slice(1)].join('\n')
      },
    ],
  ]
  for (const [words, spoil] of bad) {
    await until('it has written', 30_000, () => existsSync(file))
    ns1.node.signal('SIGKILL')
    await ns1.node.ended
    writeFileSync(file, spoil(evidenceOf(ns1)))
    ns1.node = await startMeridian('serve', ns1.file, READY)
    expect(ns1.node.log()).toContainEqual(expect.objectContaining({ msg: expect.stringMatching(words) }))
    // Two of three regions saw when eu came back, and how long it had been out: so it is held back here as well.
    await untilAll({ www: 'eu', shop: 'us', calm: 'us' })
  }
})
