// "Safe to stop": when the last answer with what was drained has run out, and when nobody can say.

import { describe, expect, test } from 'vitest'
import { openPeers, type Peers } from '../../src/app/override-peers.ts'
import { openTtlMemory, safeStop, type SafeStopFacts } from '../../src/app/safe-stop.ts'
import { openStillAnswered } from '../../src/app/still-answered.ts'
import { type Held, mergeEntry, openBook, type Replica } from '../../src/core/health/override-book.ts'
import { entry, wallMs } from '../core/health/orders.ts'
import { book } from '../io/store/samples.ts'

const pool = 'example.com/eu'

function held(parts: Parameters<typeof entry>[0] = {}, learnedMs = 0): Held {
  return mergeEntry(openBook(), entry(parts), { nowMs: learnedMs, wallMs: wallMs + learnedMs })!.held
}

function facts(parts: Partial<SafeStopFacts> = {}): SafeStopFacts {
  const ttls = openTtlMemory()
  ttls.use(new Map([[pool, 30]]), 0)
  return {
    peers: openPeers('ns1'),
    answers: true,
    isHearing: true,
    ttls,
    still: { lastMs: Number.NEGATIVE_INFINITY, services: [] },
    ...parts,
  }
}

/** Peers that have been heard twice, the last time at `nowMs`; those of `knowing` have the drain since then. */
function peersAt(nowMs: number, names: readonly string[], knowing: readonly string[] = names): Peers {
  const peers = openPeers('ns1')
  const said = (sequence: number, entries: (node: string) => Replica['entries']): Replica[] =>
    names.map((node) => book(node, { sequence, entries: entries(node) }))
  peers.observe(
    said(1, () => []),
    nowMs - 1000,
  )
  peers.observe(
    said(2, (node) => (knowing.includes(node) ? [entry()] : [])),
    nowMs,
  )
  return peers
}

describe('it is safe', () => {
  test.each<[string, Held, Partial<SafeStopFacts>, number, number]>([
    ['after one TTL', held(), {}, 1000, 30_000],
    ['after the fade and one TTL', held({ fadeSec: 100 }), {}, 1000, 130_000],
    ['one TTL after this node learned of it', held({}, 40_000), {}, 41_000, 70_000],
    ['whatever this node learned, where it answers nobody', held({}, 40_000), { answers: false }, 41_000, 30_000],
    ['one TTL after the last node took it up', held(), { peers: peersAt(9000, ['ns2']) }, 9500, 39_000],
    [
      'one TTL after services last fell back on it',
      held(),
      { still: { lastMs: 50_000, services: [] } },
      70_000,
      80_000,
    ],
  ])('%s', (_, drain, given, nowMs, atMs) => {
    expect(safeStop(drain, facts(given), nowMs)).toEqual({ atMs, because: 'answers are kept for 30 s' })
  })

  test('at once where no service has the pool', () => {
    expect(safeStop(held(), facts({ ttls: openTtlMemory() }), 0).atMs).toBe(0)
  })

  test('in spite of a node that has been silent for long, which is said', () => {
    const peers = peersAt(9000, ['ns2'], [])
    expect(safeStop(held(), facts({ peers }), 9000 + 60_000)).toEqual({
      atMs: 30_000,
      because: 'answers are kept for 30 s; ns2 is silent and has not taken it up',
    })
  })
})

describe('it is not safe', () => {
  test.each<[string, Partial<SafeStopFacts>, number, string]>([
    [
      'before every node has taken it up',
      { peers: peersAt(9000, ['ns2', 'ns3'], ['ns3']) },
      9500,
      'ns2 has not taken it up',
    ],
    [
      'where nodes that did not cannot be heard',
      { peers: peersAt(9000, ['ns2'], []), isHearing: false },
      300_000,
      'ns2 has not taken it up',
    ],
    [
      'where nobody else can be heard or has been',
      { isHearing: false },
      0,
      'the store is out of reach: whether other nodes know is not known',
    ],
    [
      'where services have nothing else',
      { still: { lastMs: 5, services: ['web of example.com'] } },
      0,
      'web of example.com still answers with it: nothing else of it is usable',
    ],
  ])('%s', (_, given, nowMs, because) => {
    expect(safeStop(held(), facts(given), nowMs)).toEqual({ atMs: undefined, because })
  })

  test('where the drain ends before the answers do', () => {
    const drain = held({ untilSec: wallMs / 1000 + 30 })
    expect(safeStop(drain, facts(), 0)).toEqual({
      atMs: undefined,
      because: 'it ends before the answers in caches do, which may be kept for 30 s',
    })
  })
})

test('nodes that are drained of DNS themselves, or answer none, are not waited for', () => {
  const peers = openPeers('ns1')
  for (const sequence of [1, 2]) peers.observe([book('prober', { answers: false, sequence })], sequence)
  expect(safeStop(held(), facts({ peers }), 10).atMs).toBe(30_000)
})

describe('the TTL that counts', () => {
  test('is the largest handed out, also under a configuration that is gone', () => {
    const ttls = openTtlMemory()
    ttls.use(new Map([[pool, 300]]), 0)
    ttls.use(new Map([[pool, 30]]), 100_000)
    // Drained before the reload: the last answer with 300 s was given then.
    expect(ttls.runOut(pool, 50_000)).toEqual({ atMs: 350_000, ttlSec: 300 })
    // Drained after it: the last with 300 s was given at the reload.
    expect(ttls.runOut(pool, 200_000)).toEqual({ atMs: 400_000, ttlSec: 300 })
    expect(ttls.runOut(pool, 380_000)).toEqual({ atMs: 410_000, ttlSec: 30 })
  })

  test('is forgotten when it has run out', () => {
    const ttls = openTtlMemory()
    ttls.use(new Map([[pool, 300]]), 0)
    ttls.use(new Map(), 100_000)
    ttls.use(new Map([[pool, 30]]), 400_000)
    expect(ttls.runOut(pool, 200_000)).toEqual({ atMs: 230_000, ttlSec: 30 })
  })
})

describe('peers', () => {
  test('live while their publications count on, by our clock', () => {
    const peers = openPeers('ns1')
    const hear = (sequence: number, nowMs: number, run = 1): void =>
      peers.observe([book('ns2', { run, sequence }), book('ns1')], nowMs)
    hear(5, 0)
    hear(5, 5000)
    expect(peers.list(5000)).toEqual([{ node: 'ns2', answers: true, silentMs: 5000 }])
    // Found in the store and never counted on: of a node of the past.
    hear(5, 5001)
    expect(peers.list(5001)).toEqual([])
    hear(6, 6000)
    expect(peers.list(9000)).toEqual([{ node: 'ns2', answers: true, silentMs: 3000 }])
    // A new run begins to count anew.
    hear(1, 10_000, 2)
    expect(peers.list(10_000)).toEqual([{ node: 'ns2', answers: true, silentMs: 0 }])
    hear(1, 10_000 + 3_600_001, 2)
    expect(peers.list(10_000 + 3_600_001)).toEqual([])
  })

  test('have taken up a drain since they had it first, whatever end it got later', () => {
    const peers = openPeers('ns1')
    peers.observe([book('ns2', { entries: [entry()] })], 1000)
    peers.observe([book('ns2', { sequence: 2, entries: [entry({ version: 2 })] })], 2000)
    expect(peers.tookUpMs('ns2', entry({ version: 3 }))).toBe(1000)
    expect([peers.has('ns2', entry({ version: 2 })), peers.has('ns2', entry({ version: 3 }))]).toEqual([true, false])
    peers.observe([book('ns2', { sequence: 3, entries: [entry({ version: 3, isOver: true })] })], 3000)
    expect(peers.tookUpMs('ns2', entry())).toBeUndefined()
    expect(peers.has('ns2', entry({ version: 3 }))).toBe(true)
    expect(peers.tookUpMs('ns9', entry())).toBeUndefined()
  })
})

describe('what services still answer with', () => {
  const slots = (eu: number, us: number, allDown = 'open') => [
    { zone: 'example.com', service: 'web', pool: 'eu', allDown, count: eu },
    { zone: 'example.com', service: 'web', pool: 'us', allDown, count: us },
    { zone: 'example.com', service: 'api', pool: 'eu', allDown, count: 0 },
    { zone: 'example.com', service: 'api', pool: 'us', allDown, count: 0 },
  ]
  const isEu = (_: string, name: string): boolean => name === 'eu'
  const drained =
    (...names: string[]) =>
    (_: string, name: string) =>
      names.includes(name)

  test('nothing, while there is something else and the counts stand', () => {
    const still = openStillAnswered()
    still.observe(slots(5, 5), drained(), 0)
    still.observe(slots(9, 5), drained('eu'), 1000) // what was answered before it was drained
    still.observe(slots(10, 5), drained('eu'), 2000) // and what was under way then
    still.observe(slots(10, 50), drained('eu'), 3000)
    still.observe(slots(10, 50), drained(), 4000)
    still.observe(slots(99, 50), drained('eu'), 5000)
    still.observe(slots(99, 50), drained('eu'), 6000)
    expect(still.of(isEu, 0)).toEqual({ lastMs: Number.NEGATIVE_INFINITY, services: [] })
  })

  test('everything, where all of it is drained, whether anybody asks or not', () => {
    const still = openStillAnswered()
    still.observe(slots(0, 0), drained('eu', 'us'), 0)
    expect(still.of(isEu, 0).services).toEqual(['web of example.com', 'api of example.com'])
    still.observe(slots(0, 0), drained('eu'), 1000)
    expect(still.of(isEu, 0).services).toEqual([])
  })

  test.each([
    ['open', ['web of example.com', 'api of example.com']],
    ['closed', []],
    ['eu', ['web of example.com', 'api of example.com']],
    ['us', []],
  ])('with `all_down: %s`, where all is drained, of eu: %j', (allDown, services) => {
    const still = openStillAnswered()
    still.observe(slots(0, 0, allDown), drained('eu', 'us'), 0)
    expect(still.of(isEu, 0).services).toEqual(services)
  })

  test('what its counts say, as for clients behind a fence', () => {
    const still = openStillAnswered()
    for (const nowMs of [-2, -1, 0]) still.observe(slots(5, 5), drained('eu'), nowMs)
    still.observe(slots(6, 5), drained('eu'), 1000)
    expect(still.of(isEu, 0)).toEqual({ lastMs: 1000, services: ['web of example.com'] })
    // A drain that began after that has nothing to do with it.
    expect(still.of(isEu, 1000)).toEqual({ lastMs: Number.NEGATIVE_INFINITY, services: [] })
    still.observe(slots(6, 9), drained('eu'), 11_000)
    expect(still.of(isEu, 0)).toEqual({ lastMs: 1000, services: [] })
  })

  test('forgets services that are no more', () => {
    const still = openStillAnswered()
    still.observe(slots(0, 0), drained('eu', 'us'), 0)
    still.observe([], drained('eu', 'us'), 1000)
    expect(still.of(isEu, 0).services).toEqual([])
  })
})
