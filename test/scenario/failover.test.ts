// The fleet: two DNS nodes and probers in three regions that share a real Redis, and stand-ins for what they probe. Regions
// fail and come back, Redis is killed, frozen and emptied. All the while both nodes are looked at every 50 ms, verdicts and
// answers, so that what is said of "throughout" was really looked at.
// Times are real; in unit tests the same rules are checked in virtual time (test/io/probe, test/core/health).

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoBackends, openBackends } from '../../src/app/demo-backends.ts'
import { printEndpoint } from '../../src/core/base/address.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { type DnsClient, openDnsClient } from '../support/dns-client.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { secondsOf, usual } from '../support/seconds.ts'
import { until } from '../support/until.ts'

const regions = ['eu', 'us', 'ap'] as const
type Region = (typeof regions)[number]

const EVERY = 1000
const FALL = 3
const RISE = 2
const CONFIRM = 200
const TIMEOUT = 500
const TICK = 1000
/** Of the second check, whose timeout is what a prober would wait for again and again that did not hedge. */
const slow = { fall: 5, confirm: 100, timeout: 900 }

/** What the manual promises. */
const leavesWithin = EVERY * 1.1 + FALL * CONFIRM + TIMEOUT + TICK
const slowLeavesWithin = EVERY * 1.1 + slow.fall * slow.confirm + slow.timeout + TICK
const comesBackWithin = RISE * EVERY * 1.1 + TIMEOUT + TICK
/** Between two looks, and for a busy machine: what is seen late did not happen late. */
const LOOK = 50
const MARGIN = 250

const clients: Record<Region, string> = { eu: '10.1.0.0/24', us: '10.2.0.0/24', ap: '10.3.0.0/24' }
const addresses: Record<Region | 'slow', string> = {
  eu: '192.0.2.10',
  us: '198.51.100.10',
  ap: '203.0.113.10',
  slow: '192.0.2.99',
}

/** One look at a node. */
interface Look {
  readonly atMs: number
  /** By subject. */
  readonly verdicts: string
  /** The first address for a client of each region, and of the service that may hang. */
  readonly answers: string
  readonly tookMs: readonly number[]
}

interface Stage {
  redis: RedisServer
  readonly backends: DemoBackends
  readonly hanging: Hanging
  readonly nodes: readonly Running[]
  /** Both nodes at the same moments. */
  readonly looks: [Look, Look][]
}

/** An HTTP server that can be told to accept and never answer. */
interface Hanging {
  readonly server: Server
  isHanging: boolean
}

const stage: { current?: Stage } = {}

function theStage(): Stage {
  if (!stage.current) throw new Error('the stage was not set up')
  return stage.current
}

async function openHanging(): Promise<Hanging> {
  const hanging: Hanging = {
    isHanging: false,
    server: createServer((_, response) => {
      if (!hanging.isHanging) response.end('ok')
    }).listen(0, '127.0.0.1'),
  }
  await once(hanging.server, 'listening')
  return hanging
}

function zoneOf(backends: DemoBackends, hanging: Hanging): object {
  const where = Object.fromEntries(backends.states().map(({ region, endpoint }) => [region, printEndpoint(endpoint)]))
  where['slow'] = `127.0.0.1:${(hanging.server.address() as { port: number }).port}`
  const pool = (name: Region | 'slow', check: string): object => ({
    check,
    region: name,
    targets: [{ address: addresses[name], probe_at: where[name] }],
  })
  return {
    zone: 'example.com',
    ns: ['ns.example.net.'],
    soa: {},
    records: { www: { service: 'web' }, slow: { service: 'patient' } },
    checks: {
      'web-up': { http: { path: '/healthz' }, every: '1s', timeout: '500ms', fall: FALL, rise: RISE, confirm: '200ms' },
      'slow-up': { http: {}, every: '1s', timeout: '900ms', fall: slow.fall, rise: RISE, confirm: '100ms' },
    },
    pools: {
      eu: pool('eu', 'web-up'),
      us: pool('us', 'web-up'),
      ap: pool('ap', 'web-up'),
      slow: pool('slow', 'slow-up'),
    },
    services: {
      web: {
        ttl: '5s',
        steer: {
          geo: [
            { where: ['network eu'], to: { failover: ['eu', 'us', 'ap'] } },
            { where: ['network us'], to: { failover: ['us', 'ap', 'eu'] } },
            { to: { failover: ['ap', 'eu', 'us'] } },
          ],
        },
      },
      patient: { ttl: '5s', steer: { failover: ['slow', 'ap'] } },
    },
  }
}

/** Whatever has been opened so far, in reverse: a stage that could not be set up is cleared all the same. */
const closing: (() => unknown)[] = []

/** Promise.all, but none is left behind: the first failure is told once all have come to an end. */
async function allOf<T>(started: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(started)
  return Promise.all(started)
}

async function setStage(): Promise<Stage> {
  const redis = await startRedis()
  closing.unshift(() => (stage.current?.redis ?? redis).stop())
  const backends = await openBackends(
    regions.map((region) => ({ region, endpoint: { address: '127.0.0.1', port: 0 } })),
  )
  closing.unshift(() => backends.close())
  const hanging = await openHanging()
  closing.unshift(() => {
    hanging.server.closeAllConnections()
    hanging.server.close()
  })
  const folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'networks.yaml': { networks: regions.map((name) => ({ cidr: clients[name], name })) },
    'zones/example.com.yaml': zoneOf(backends, hanging),
  })
  closing.unshift(() => folder[Symbol.dispose]())
  const settings = {
    listen: ['127.0.0.1:0'],
    admin: { listen: '127.0.0.1:0' },
    workers: 1,
    geo: { databases: ['places.mmdb'], networks: 'networks.yaml' },
    store: { redis: { url: redis.url } },
    health: { vantages: regions },
    prober: false,
  }
  const start = async (command: 'serve' | 'probe', name: string, region: Region): Promise<Running> => {
    const file = folder.write(`${name}.yaml`, { ...settings, node: { name, region } })
    const started = await startMeridian(command, file)
    closing.unshift(() => started.stop())
    return started
  }
  await allOf(regions.map((region) => start('probe', `prober-${region}`, region)))
  const nodes = await allOf([start('serve', 'ns1', 'eu'), start('serve', 'ns2', 'us')])
  const dns = await Promise.all(nodes.map((node) => openDnsClient(node.dns)))
  for (const client of dns) closing.unshift(() => client[Symbol.asyncDispose]())
  const looks: [Look, Look][] = []
  const looking = { isOver: false }
  const lookAll = async (): Promise<void> => {
    while (!looking.isOver) {
      const startedMs = performance.now()
      const seen = await Promise.all(nodes.map((node, i) => lookAt(node, dns[i]!)))
      looks.push(seen as [Look, Look])
      await delay(Math.max(0, startedMs + LOOK - performance.now()))
    }
  }
  const looked = lookAll()
  closing.unshift(() => {
    looking.isOver = true
    return looked
  })
  return { redis, backends, hanging, nodes, looks }
}

const queries = [
  ...regions.map((region) => writeQuery({ name: 'www.example.com', subnet: clients[region] })),
  writeQuery({ name: 'slow.example.com' }),
]

async function lookAt(node: Running, client: DnsClient): Promise<Look> {
  const atMs = performance.now()
  const [status, ...replies] = await Promise.all([node.status(), ...queries.map((query) => client.ask(query))])
  const answers = replies.map((reply) => (reply ? decodeWithDns2(reply.bytes).answer[0]!.data : 'none'))
  return {
    atMs,
    verdicts: status.targets.map(({ pool, verdict }) => `${pool} ${verdict}`).join(', '),
    answers: answers.join(' '),
    tookMs: replies.map((reply) => reply?.tookMs ?? Number.POSITIVE_INFINITY),
  }
}

/** Answers for clients in eu, us, ap, and of the service that may hang. */
function answersOf(...pools: readonly (Region | 'slow')[]): string {
  return pools.map((pool) => addresses[pool]).join(' ')
}

const allUp = answersOf('eu', 'us', 'ap', 'slow')

/** Waits until the newest look shows these answers on both nodes; returns how long after `sinceMs` the later one did. */
async function untilAnswers(wanted: string, sinceMs: number, withinMs: number): Promise<number> {
  const { looks } = theStage()
  const has = (i: 0 | 1) => (): number | undefined => {
    const first = looks.findIndex((look) => look[i].atMs >= sinceMs && look[i].answers === wanted)
    return first < 0 ? undefined : looks[first]![i].atMs
  }
  const said = (): string =>
    `${wanted}; it is ${JSON.stringify(looks.at(-1)?.map(({ answers, verdicts }) => [answers, verdicts]))}`
  const times = await Promise.all([0 as const, 1 as const].map((i) => until(said, withinMs + 5000, has(i))))
  return Math.max(...times) - sinceMs
}

/** What both nodes answered from a moment on, each set of answers once. */
function answersSince(sinceMs: number): string[] {
  const seen = theStage().looks.flatMap((pair) => pair.filter(({ atMs }) => atMs >= sinceMs))
  return [...new Set(seen.map(({ answers }) => answers))]
}

/** The latencies of each whole second of a stretch: a node reads its store once in each. */
function latenciesOf(fromMs: number, toMs: number): number[][] {
  const timed = theStage().looks.flatMap((pair) =>
    pair.flatMap(({ atMs, tookMs }) => tookMs.map((each) => ({ sentMs: atMs, tookMs: each }))),
  )
  return secondsOf(timed, [fromMs, toMs])
}

async function storeReachable(node: Running): Promise<boolean> {
  return (await node.metrics()).includes('meridian_store_reachable{kind="redis"} 1')
}

async function evidenceAges(node: Running): Promise<number[]> {
  const ages = [...(await node.metrics()).matchAll(/^meridian_evidence_age_seconds\{.*\} (.*)$/gm)]
  return ages.map(([, age]) => Number(age))
}

/** Both nodes hear all three probers again. */
async function untilHealed(withinMs: number): Promise<void> {
  const { nodes } = theStage()
  for (const node of nodes) {
    await until(`${node.ready} reaches the store`, withinMs, () => storeReachable(node))
    await until(`${node.ready} hears everybody`, withinMs, async () => {
      const ages = await evidenceAges(node)
      return ages.length === 3 && ages.every((age) => age < 2.5)
    })
  }
}

beforeAll(async () => {
  stage.current = await setStage()
}, 60_000)

afterAll(async () => {
  for (const close of closing) await close()
})

/** The seconds of quiet periods, with Redis and without, for comparing latencies. */
const quiet = { with: [] as number[][], without: [] as number[][] }

test('at first every client is answered with its own region', async () => {
  const startedMs = performance.now()
  await untilAnswers(allUp, startedMs, 5000)
  await delay(3000) // of looking
  expect(answersSince(startedMs)).toEqual([allUp])
  quiet.with.push(...latenciesOf(startedMs, performance.now()))
})

describe.each([
  ['eu', ['us', 'us', 'ap', 'slow']],
  ['ap', ['eu', 'us', 'eu', 'slow']],
] as const)('a region is stopped and started: %s', (region, without) => {
  test(`stopped, it leaves the answers of both nodes within ${leavesWithin} ms`, async () => {
    const sinceMs = performance.now()
    await theStage().backends.stop(region)
    const tookMs = await untilAnswers(answersOf(...without), sinceMs, leavesWithin)
    expect(tookMs).toBeLessThan(leavesWithin + LOOK)
    // One refused probe, or two, took it out of no answer.
    expect(tookMs).toBeGreaterThan((FALL - 1) * CONFIRM - LOOK)
  })

  test(`started, it is back within ${comesBackWithin} ms`, async () => {
    const sinceMs = performance.now()
    await theStage().backends.start(region)
    expect(await untilAnswers(allUp, sinceMs, comesBackWithin)).toBeLessThan(comesBackWithin + LOOK)
  })
})

test(`a target that accepts and never answers leaves within ${slowLeavesWithin} ms`, async () => {
  const { hanging } = theStage()
  const sinceMs = performance.now()
  hanging.isHanging = true
  const tookMs = await untilAnswers(answersOf('eu', 'us', 'ap', 'ap'), sinceMs, slowLeavesWithin)
  hanging.isHanging = false
  expect(tookMs).toBeLessThan(slowLeavesWithin + LOOK)
  await untilAnswers(allUp, performance.now(), comesBackWithin)
})

describe('Redis', () => {
  test('killed: no answer changes, metrics and log say so; a new, empty one is found by itself', async () => {
    const here = theStage()
    const sinceMs = performance.now()
    await here.redis.kill()
    for (const node of here.nodes) await until('it is noticed', 5000, async () => !(await storeReachable(node)))
    // Longer than evidence is fresh: three intervals, and at least three seconds.
    await delay(Math.max(0, sinceMs + 3 * EVERY + TICK + 500 - performance.now()))
    const killedMs = performance.now()
    quiet.without.push(...latenciesOf(sinceMs, killedMs))
    for (const node of here.nodes) {
      const { targets, ready } = await node.status()
      expect(ready).toEqual({ ready: true })
      expect(targets.map(({ verdict }) => verdict)).toEqual(['up', 'up', 'up', 'up'])
      expect(targets[0]!.because).toContain('0 of 3 vantage regions heard, 2 needed to decide; still up, as last known')
      expect(node.log().filter(({ level, msg }) => level === 'warn' && msg.includes('store')).length).toBe(1)
    }
    here.redis = await startRedis({ port: here.redis.port })
    await untilHealed(5000)
    await delay(TICK)
    expect(answersSince(sinceMs)).toEqual([allUp])
    for (const node of here.nodes)
      expect(node.log().some(({ level, msg }) => level === 'info' && msg.includes('store'))).toBe(true)
  })

  test('restarted empty at once: no answer changes', async () => {
    const here = theStage()
    const sinceMs = performance.now()
    await here.redis.kill()
    here.redis = await startRedis({ port: here.redis.port })
    await untilHealed(5000)
    await delay(TICK)
    expect(answersSince(sinceMs)).toEqual([allUp])
  })

  test('frozen while a region stops: no answer changes before the evidence can come', async () => {
    const here = theStage()
    const sinceMs = performance.now()
    here.redis.freeze()
    await here.backends.stop('us')
    for (const node of here.nodes) await until('it is noticed', 5000, async () => !(await storeReachable(node)))
    await delay(Math.max(0, sinceMs + 3 * EVERY + TICK + 500 - performance.now()))
    expect(answersSince(sinceMs)).toEqual([allUp])
    const thawedMs = performance.now()
    quiet.without.push(...latenciesOf(sinceMs, thawedMs))
    here.redis.thaw()
    // A connection may have to be made anew, after a pause of a second at most.
    const tookMs = await untilAnswers(answersOf('eu', 'ap', 'ap', 'slow'), thawedMs, 3 * TICK)
    expect(tookMs).toBeLessThan(3 * TICK + LOOK)
    await untilHealed(5000)
    const backMs = performance.now()
    await here.backends.start('us')
    expect(await untilAnswers(allUp, backMs, comesBackWithin)).toBeLessThan(comesBackWithin + LOOK)
    expect(answersSince(thawedMs).toSorted()).toEqual([allUp, answersOf('eu', 'ap', 'ap', 'slow')].toSorted())
  })

  test('without it the latency of answers is what it was with it', () => {
    for (const second of [...quiet.with, ...quiet.without]) expect(second.length).toBeGreaterThan(20)
    expect(quiet.without.length).toBeGreaterThanOrEqual(8)
    expect(usual(quiet.without, 0.5)).toBeLessThan(3 * usual(quiet.with, 0.5) + 5)
    expect(usual(quiet.without, 0.99)).toBeLessThan(3 * usual(quiet.with, 0.99) + 50)
    // A wait for Redis would be 500 ms, and there would be one in each second.
    const slow = quiet.without.filter((sorted) => sorted.at(-1)! >= 450)
    expect(slow.length).toBeLessThan(quiet.without.length / 4)
  })
})

test('through all of this the two nodes never differed for longer than a tick', () => {
  const { looks } = theStage()
  expect(looks.length).toBeGreaterThan(100)
  let longestMs = 0
  let sinceMs: number | undefined
  for (const [a, b] of looks) {
    const differ = a.verdicts !== b.verdicts || a.answers !== b.answers
    // Measured to the first look at which they agree again, which is up to one look too long.
    if (sinceMs !== undefined) longestMs = Math.max(longestMs, a.atMs - sinceMs)
    if (!differ) sinceMs = undefined
    else sinceMs ??= a.atMs
  }
  expect(longestMs).toBeLessThan(TICK + LOOK + MARGIN)
  // And it did look: the gaps between looks are far below a tick.
  const gaps = looks.slice(1).map(([a], i) => a.atMs - looks[i]![0].atMs)
  expect(gaps.toSorted((x, y) => x - y)[Math.floor(gaps.length * 0.99)]).toBeLessThan(TICK / 2)
})

test('no question of all those looks was left unanswered', () => {
  const unanswered = theStage()
    .looks.flat()
    .filter(({ answers }) => answers.includes('none'))
  expect(unanswered).toEqual([])
})
