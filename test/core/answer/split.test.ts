// The delivered split: what is counted, what is not, and what is made of the counts.

import { describe, expect, test } from 'vitest'
import { type Context, openContext } from '../../../src/core/answer/context.ts'
import { createSeen, isFirst, judgeSplit, tailOfChiSquare } from '../../../src/core/answer/split.ts'
import { settleSnapshot } from '../../../src/core/answer/snapshot.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { exceededOnceInThousand } from '../../support/chance.ts'
import { askBytes, makeWorld, type TestWorld, writeQuery } from '../../support/snapshot.ts'

describe('chi-square', () => {
  test.each(Object.entries(exceededOnceInThousand))(
    'with %s degrees of freedom %f is met once in a thousand',
    (freedom, value) => expect(tailOfChiSquare(value, Number(freedom))).toBeCloseTo(0.001, 5),
  )

  test.each([
    [0, 3, 1],
    [0.455, 1, 0.5],
    [1.386, 2, 0.5],
    [3.841, 1, 0.05],
    [9.488, 4, 0.05],
    [1000, 5, 0],
  ])('of %f with %i is %f', (value, freedom, p) => expect(tailOfChiSquare(value, freedom)).toBeCloseTo(p, 3))
})

describe('judging', () => {
  test.each<[number[], number[], string]>([
    [[90, 10], [0.9, 0.1], 'too few draws'],
    [[270, 30], [0.9, 0.1], 'within chance'],
    [[297, 3], [0.9, 0.1], 'not within chance'],
    [[9000, 1000], [0.9, 0.1], 'within chance'],
    [[9095, 905], [0.9, 0.1], 'within chance'],
    [[9105, 895], [0.9, 0.1], 'not within chance'],
    [[500, 500, 0], [0.5, 0.5, 0], 'within chance'],
    [[500, 500, 1], [0.5, 0.5, 0], 'not within chance'],
    [[4000, 3], [0.999, 0.001], 'too few draws'],
    [[], [], 'too few draws'],
  ])('%j of %j is %s', (counts, shares, verdict) => expect(judgeSplit(counts, shares).verdict).toBe(verdict))
})

test('a draw is first until it was seen, and again when two others took its place', () => {
  const seen = new Int32Array(createSeen())
  const same = (times: number): boolean => isFirst(seen, 7 + times * 2 * seen.length)
  expect([same(0), same(0), same(1), same(0), same(2), same(0), same(1)]).toEqual([
    ...[true, false, true, false],
    ...[true, true, true],
  ])
})

const CLIENTS = 20_000

function worldOf(steer: Branch): TestWorld {
  return makeWorld({
    pools: {
      a: { targets: ['192.0.2.1', '2001:db8::1'] },
      b: { targets: ['192.0.2.2', '2001:db8::2'] },
      c: { targets: ['192.0.2.3'] },
    },
    services: { web: { ttl: 30, steer } },
    owners: { www: 'web' },
  })
}

const weighted: Branch = {
  weighted: [
    { to: 'a', weight: 90 },
    { to: 'b', weight: 10 },
  ],
}

function askAll(context: Context, count = CLIENTS, nowSec = 1_800_000_000, type = 1): void {
  const query = writeQuery({ name: 'www.example.com', type })
  for (let i = 0; i < count; i++) askBytes(context, query, `11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, nowSec)
}

function countsOf({ names }: TestWorld, context: Context, split = 0): number[] {
  const { slot, members } = names.steering[0]!.splits[split]!
  return [...context.slots.subarray(slot, slot + members.length)]
}

const shares = [0.9, 0.1]
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

describe('counting', () => {
  test('20 000 clients are within chance, and each counts', () => {
    const world = worldOf(weighted)
    const context = openContext(world.bound, 'udp')
    askAll(context)
    const counts = countsOf(world, context)
    // One in some ten thousand looks like another that was counted before.
    expect(CLIENTS - sum(counts)).toBeLessThan(10)
    expect(judgeSplit(counts, shares).verdict).toBe('within chance')
  })

  test('a planted bias is told', () => {
    const world = worldOf(weighted)
    const context = openContext(world.bound, 'udp')
    const { draw } = context.asking
    // One draw in fifty of those that fall to the second member falls to the first instead.
    context.asking.draw = (node, total) => {
      const drawn = draw(node, total)
      return total === 100 && drawn >= 90 && draw(node + 1000, 50) < 10 ? 0 : drawn
    }
    askAll(context)
    expect(judgeSplit(countsOf(world, context), shares).verdict).toBe('not within chance')
  })

  test('who asks again in its slot, or for the other family, counts once', () => {
    const world = worldOf(weighted)
    const context = openContext(world.bound, 'udp')
    for (let i = 0; i < 5; i++) {
      askAll(context, 500)
      askAll(context, 500, undefined, 28)
    }
    expect(sum(countsOf(world, context))).toBe(500)
  })

  test('in the next slot it counts again', () => {
    const world = worldOf(weighted)
    const context = openContext(world.bound, 'udp')
    for (let slot = 0; slot < 4; slot++) askAll(context, 100, 1_800_000_000 + 30 * slot)
    expect(sum(countsOf(world, context))).toBe(400)
  })

  test('threads that share the table count a client once', () => {
    const world = worldOf(weighted)
    const seen = createSeen()
    const contexts = [0, 1].map(() => openContext(world.bound, 'udp', undefined, undefined, seen))
    for (const context of contexts) askAll(context, 100)
    expect(contexts.map((context) => sum(countsOf(world, context)))).toEqual([100, 0])
  })

  test('while a member is down nothing counts; a reserve that is down does not matter', () => {
    const world = worldOf({
      weighted: [
        { to: 'a', weight: 90 },
        { to: 'b', weight: 10 },
        { to: 'c', weight: 0 },
      ],
    })
    const context = openContext(world.bound, 'udp')
    world.set('192.0.2.2', 'down')
    askAll(context, 1000)
    expect(countsOf(world, context)).toEqual([0, 0, 0])
    world.set('192.0.2.2', 'up')
    world.set('192.0.2.3', 'down')
    askAll(context, 1000)
    expect(sum(countsOf(world, context))).toBe(1000)
  })

  test('a canary and the rest', () => {
    const world = worldOf({
      weighted: [
        { to: 'c', percent: '5%' },
        { to: 'a', weight: 3 },
        { to: 'b', weight: 1 },
      ],
    })
    const context = openContext(world.bound, 'udp')
    askAll(context)
    const { members } = world.names.steering[0]!.splits[0]!
    expect(members).toEqual([
      { name: 'a', share: 0.95 * 0.75 },
      { name: 'b', share: 0.95 * 0.25 },
      { name: 'c', share: 0.05 },
    ])
    const counts = countsOf(world, context)
    expect(CLIENTS - sum(counts)).toBeLessThan(10)
    expect(
      judgeSplit(
        counts,
        members.map(({ share }) => share),
      ).verdict,
    ).toBe('within chance')
  })

  test('a ramp counts when it is over', () => {
    const ramp = { to: '50%', over: '1h', from: '2026-01-01T00:00:00Z' }
    const world = worldOf({ weighted: [{ to: 'a' }, { to: 'b', percent: '5%', ramp }] })
    const context = openContext(world.bound, 'udp')
    const start = Date.parse(ramp.from) / 1000
    for (const [sec, counted] of [
      [start - 10, 0],
      [start + 3599, 0],
      [start + 3600, 1000],
    ] as const) {
      settleSnapshot(world.bound, sec)
      askAll(context, 1000, sec)
      expect(sum(countsOf(world, context))).toBe(counted)
    }
  })

  test('nodes count apart, after pools and services', () => {
    const world = worldOf({
      weighted: [
        { to: weighted, weight: 1 },
        { to: { failover: ['c'] }, weight: 1 },
      ],
    })
    const { splits, slots } = world.names.steering[0]!
    expect(slots.length).toBe(3)
    expect(splits).toEqual([
      {
        service: 'web',
        node: 'steer.weighted.0.to.weighted',
        slot: 4,
        members: [
          { name: 'a', share: 0.9 },
          { name: 'b', share: 0.1 },
        ],
      },
      {
        service: 'web',
        node: 'steer.weighted',
        slot: 6,
        members: [
          { name: 'weighted', share: 0.5 },
          { name: 'failover', share: 0.5 },
        ],
      },
    ])
    const context = openContext(world.bound, 'udp')
    askAll(context, 1000)
    const [inner, outer] = [countsOf(world, context, 0), countsOf(world, context, 1)]
    expect(sum(outer)).toBe(1000)
    expect(sum(inner)).toBe(outer[0])
  })
})
