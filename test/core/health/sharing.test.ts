// How the probers of a region share out what there is to probe, told by the evidence that each publishes.

import { describe, expect, test } from 'vitest'
import { observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import { openSharing, share, type Sharing } from '../../../src/core/health/sharing.ts'
import { evidence, rule, sighting } from './sightings.ts'

const everyMs = 10_000
const duties = Array.from({ length: 300 }, (_, i) => ({ address: `192.0.2.${i}`, subjects: [`s${i}`, `t${i}`] }))

interface Node {
  readonly name: string
  readonly sharing: Sharing
  isAlive: boolean
  /** When it took each address on. */
  readonly since: Map<string, number>
  sequence: number
}

/** A region whose nodes publish and read once a second. What they probe has an opinion after 2 s, and a settled one after 12. */
function openRegion(names: readonly string[], most: number) {
  const nodes = names.map(
    (name): Node => ({ name, sharing: openSharing(name, 'eu', most), isAlive: true, since: new Map(), sequence: 0 }),
  )
  const belief = openBelief(rule(['eu'], 600_000))
  let nowMs = 0
  const tell = (node: Node): void => {
    const sightings = duties.flatMap(({ address, subjects }) => {
      const sinceMs = node.since.get(address)
      if (sinceMs === undefined) return []
      const forMs = nowMs - sinceMs
      const up = forMs < 2000 ? undefined : true
      return subjects.map((subject) => sighting(up, { subject, everyMs, streak: forMs < 12_000 ? 1 : 2 }))
    })
    observeEvidence(belief, evidence(node.name, ++node.sequence, sightings, { region: 'eu' }), nowMs)
  }
  const step = (): void => {
    nowMs += 1000
    const alive = nodes.filter((node) => node.isAlive)
    for (const node of alive) {
      for (const { address } of duties)
        if (!node.sharing.left.has(address) && !node.since.has(address)) node.since.set(address, nowMs)
      tell(node)
    }
    verdicts(belief, nowMs)
    for (const node of alive) {
      share(node.sharing, belief, duties, nowMs)
      for (const address of node.sharing.left) node.since.delete(address)
    }
  }
  return {
    nodes,
    pass: (seconds: number, each: () => void = () => {}) => {
      for (let i = 0; i < seconds; i++) {
        step()
        each()
      }
    },
    /** How many look after an address. */
    lookers: (address: string) => nodes.filter((node) => node.isAlive && node.since.has(address)).length,
    /** How many have an opinion on it that is fresh. */
    voices: (subject: string) =>
      [...belief.witnesses.values()].filter(({ votes }) => {
        const vote = votes.get(subject)
        return vote?.up !== undefined && nowMs - vote.heardMs <= 3 * everyMs
      }).length,
    state: (subject: string) => belief.verdicts.get(subject)?.state,
    /** Says farewell, and is gone. */
    leave(node: Node): void {
      node.isAlive = false
      observeEvidence(belief, evidence(node.name, ++node.sequence, [], { region: 'eu' }), nowMs)
    },
  }
}

const lookers = (region: ReturnType<typeof openRegion>) => new Set(duties.map(({ address }) => region.lookers(address)))

describe('each target is looked after by so many of the region', () => {
  test.each([
    [1, 2, 1],
    [2, 2, 2],
    [3, 2, 2],
    [8, 2, 2],
    [8, 3, 3],
    [5, 1, 1],
  ])('of %i probers with %i wanted, by %i', (count, most, expected) => {
    const region = openRegion(
      Array.from({ length: count }, (_, i) => `n${i}`),
      most,
    )
    region.pass(40)
    expect([...lookers(region)]).toEqual([expected])
  })

  test('and evenly', () => {
    const region = openRegion(['a', 'b', 'c', 'd', 'e', 'f'], 2)
    region.pass(40)
    for (const { since } of region.nodes) expect(Math.abs(since.size - 100)).toBeLessThan(30)
  })
})

test('a lost prober leaves no hole, its share alone moves, and it gets it back when it returns', () => {
  const region = openRegion(['a', 'b', 'c', 'd'], 2)
  region.pass(40)
  const [lost, ...others] = region.nodes
  const before = new Map(others.map(({ name, since }) => [name, new Set(since.keys())]))
  const itsShare = new Set(lost!.since.keys())
  lost!.isAlive = false
  const atLeastOne = (): void => {
    for (const { subjects } of duties)
      for (const subject of subjects) {
        expect(region.voices(subject)).toBeGreaterThanOrEqual(2)
        expect(region.state(subject)).toBe('up')
      }
  }
  region.pass(30, atLeastOne)
  for (const { name, since } of others) {
    const kept = before.get(name)!
    for (const address of kept) expect(since.has(address)).toBe(true)
    for (const address of since.keys()) if (!kept.has(address)) expect(itsShare.has(address)).toBe(true)
  }
  expect([...lookers(region)]).toEqual([2])
  lost!.isAlive = true
  lost!.since.clear()
  region.pass(40, atLeastOne)
  expect(new Set(lost!.since.keys())).toEqual(itsShare)
  for (const { name, since } of others) expect(new Set(since.keys())).toEqual(before.get(name))
})

test('of those behind a lost prober one alone joins in, and not all of them', () => {
  const region = openRegion(
    Array.from({ length: 8 }, (_, i) => `n${i}`),
    2,
  )
  region.pass(40)
  region.nodes[3]!.isAlive = false
  let most = 0
  region.pass(30, () => {
    most = Math.max(most, ...lookers(region))
  })
  expect(most).toBe(2)
  expect([...lookers(region)]).toEqual([2])
})

test('one that is there but never takes the target on is not waited for', () => {
  const [duty] = duties
  const belief = openBelief(rule(['eu'], 600_000))
  const names = ['a', 'b', 'c', 'd']
  const sharing = names.map((name) => openSharing(name, 'eu', 1))
  const tell = (prober: string, sequence: number, subjects: readonly string[], nowMs: number): void => {
    const seen = subjects.map((subject) => sighting(true, { subject, everyMs: 1000 }))
    observeEvidence(belief, evidence(prober, sequence, seen, { region: 'eu' }), nowMs)
  }
  for (const name of names) tell(name, 1, [...duty!.subjects, 'other'], 0)
  for (const each of sharing) share(each, belief, [duty!], 10)
  const first = sharing.find(({ left }) => left.size === 0)!
  // The one that all had left it to is gone, and whoever is next knows nothing of it.
  const keenMs = sharing.map(() => Number.POSITIVE_INFINITY)
  for (let nowMs = 1000; nowMs < 20_000; nowMs += 1000) {
    for (const { prober } of sharing) if (prober !== first.prober) tell(prober, nowMs, ['other'], nowMs)
    for (const [i, each] of sharing.entries()) {
      share(each, belief, [duty!], nowMs)
      if (each.left.size === 0) keenMs[i] = Math.min(keenMs[i]!, nowMs)
    }
  }
  // The next at once, the others when they have waited for long enough.
  expect(keenMs.filter((ms) => ms === 1000)).toHaveLength(1)
  const others = keenMs.filter((ms) => ms > 1000).toSorted((a, b) => a - b)
  expect(others[0]).toBeLessThanOrEqual(4000)
  expect(others.at(-1)).toBeLessThanOrEqual(9000)
})

test('one that leaves in good order is taken over from within a second or two', () => {
  const region = openRegion(['a', 'b', 'c'], 2)
  region.pass(40)
  region.leave(region.nodes[0]!)
  region.pass(2)
  expect([...lookers(region)]).toEqual([2])
})

test('nodes that hear nothing of each other all probe everything', () => {
  const nodes = ['a', 'b', 'c'].map((name) => openSharing(name, 'eu', 2))
  for (const sharing of nodes) {
    share(sharing, openBelief(rule(['eu'], 600_000)), duties, 0)
    expect(sharing.left.size).toBe(0)
  }
})

test('probers of other regions are none of its business', () => {
  const region = openRegion(['a'], 1)
  region.pass(5)
  const belief = openBelief(rule(['eu', 'us'], 600_000))
  for (const prober of ['us-1', 'us-2', 'us-3'])
    observeEvidence(
      belief,
      evidence(
        prober,
        1,
        duties.flatMap(({ subjects }) => subjects.map((subject) => sighting(true, { subject }))),
      ),
      0,
    )
  const sharing = openSharing('a', 'eu', 1)
  expect(share(sharing, belief, duties, 0)).toBe(false)
  expect(sharing.left.size).toBe(0)
})

test('a target is not left to somebody who is in doubt about it, nor about another subject at its address', () => {
  const [duty] = duties
  const belief = openBelief(rule(['eu'], 600_000))
  // Whoever comes first for this address.
  const sharing = ['a', 'b', 'c', 'd', 'e'].map((name) => openSharing(name, 'eu', 1))
  const tell = (streaks: readonly [number, number], sequence: number): void => {
    for (const { prober } of sharing)
      observeEvidence(
        belief,
        evidence(
          prober,
          sequence,
          duty!.subjects.map((subject, i) => sighting(true, { subject, streak: streaks[i]! })),
          { region: 'eu' },
        ),
        sequence,
      )
  }
  const leaving = (): number => {
    for (const each of sharing) share(each, belief, [duty!], 10)
    return sharing.filter(({ left }) => left.size > 0).length
  }
  tell([5, -1], 1)
  expect(leaving()).toBe(0)
  tell([1, 5], 2)
  expect(leaving()).toBe(0)
  tell([5, 5], 3)
  expect(leaving()).toBe(4)
  // Once left, doubt brings nobody back: that would be more probes the moment a target is in trouble.
  tell([5, -1], 4)
  expect(leaving()).toBe(4)
})
