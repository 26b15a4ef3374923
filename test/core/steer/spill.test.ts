// failover with spill: what each tier takes of the clients, by how much of it is up and what it can carry.

import { describe, expect, test } from 'vitest'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { change, settleAt } from './past.ts'
import { makeTree, pick, type PoolText, type Tree } from './tree.ts'

/** `up` of a hundred targets are; with a capacity if it says so. */
function pool(net: number, up: number, capacity?: number): PoolText {
  const targets = Array.from({ length: 100 }, (_, i) => ({
    address: `192.0.${net}.${i + 1}`,
    state: i < up ? ('up' as const) : ('down' as const),
  }))
  return { targets, answers: 1, ...(capacity !== undefined && { capacity }) }
}

const names = ['a', 'b', 'c', 'd']

function treeOf(tiers: readonly PoolText[], options: object = {}, u = 0): Tree {
  const pools = Object.fromEntries(tiers.map((tier, i) => [names[i]!, tier]))
  const failover = { tiers: Object.keys(pools), spill: true, ...options }
  return makeTree({ pools, steer: { failover } }, (total) => Math.floor(u * total))
}

/** Tenths of a percent of the clients for each tier. */
function shares(tiers: readonly PoolText[], options: object = {}, prepare: (tree: Tree) => void = () => {}): number[] {
  const counts = tiers.map(() => 0)
  let u = 0
  const tree = makeTree(
    {
      pools: Object.fromEntries(tiers.map((tier, i) => [names[i]!, tier])),
      steer: { failover: { tiers: names.slice(0, tiers.length), spill: true, ...options } },
    },
    (total) => Math.floor(u * total),
  )
  prepare(tree)
  for (let i = 0; i < 1000; i++) {
    u = (i + 0.5) / 1000
    counts[names.indexOf(pick(tree).pool)]! += 1
  }
  return counts
}

describe("tiers that are alike get Envoy's shares", () => {
  test.each([
    [
      [100, 100],
      [1000, 0],
    ],
    [
      [72, 100],
      [1000, 0],
    ],
    [
      [71, 100],
      [994, 6],
    ],
    [
      [50, 100],
      [700, 300],
    ],
    [
      [25, 100],
      [350, 650],
    ],
    [
      [0, 100],
      [0, 1000],
    ],
    [
      [25, 25],
      [500, 500],
    ],
    [
      [5, 0],
      [1000, 0],
    ],
    [
      [20, 20, 10],
      [400, 400, 200],
    ],
    [
      [50, 10, 100],
      [700, 140, 160],
    ],
  ])('%j of a hundred up: %j of a thousand', (ups, expected) => {
    expect(shares(ups.map((up, i) => pool(i, up)))).toEqual(expected)
    expect(shares(ups.map((up, i) => pool(i, up, 500)))).toEqual(expected)
  })

  test('with another factor', () => {
    expect(shares([pool(0, 50), pool(1, 100)], { spill: { factor: 2 } })).toEqual([1000, 0])
    expect(shares([pool(0, 50), pool(1, 100)], { spill: { factor: 1 } })).toEqual([500, 500])
  })
})

describe('capacities', () => {
  test.each([
    [
      'a small neighbour takes what it can carry, the next the rest',
      [
        [0, 1000],
        [100, 100],
        [100, 1000],
      ],
      [0, 140, 860],
    ],
    [
      'a large tier needs less of itself up',
      [
        [50, 1000],
        [100, 100],
        [100, 100],
      ],
      [700, 140, 140],
    ],
    [
      'a large neighbour takes it all',
      [
        [0, 100],
        [100, 100_000],
      ],
      [0, 1000],
    ],
    [
      'a large neighbour that is mostly down still does',
      [
        [0, 100],
        [10, 1000],
      ],
      [0, 1000],
    ],
  ] as const)('%s', (_, tiers, expected) => {
    const got = shares(tiers.map(([up, capacity], i) => pool(i, up, capacity)))
    // Where all together lack room they share by room.
    const room = expected.reduce((sum: number, part) => sum + part, 0)
    for (const [i, part] of expected.entries()) expect(Math.abs(got[i]! - (1000 * part) / room)).toBeLessThanOrEqual(1)
  })

  test('no tier is above its capacity while another has room', () => {
    for (const ups of [
      [10, 40, 100],
      [0, 100, 100],
      [60, 0, 100],
      [30, 30, 90],
    ]) {
      const capacities = [1000, 200, 2000]
      const got = shares(ups.map((up, i) => pool(i, up, capacities[i])))
      const demand = capacities[0]! / 1.4
      for (const [i, up] of ups.entries())
        expect((got[i]! / 1000) * demand).toBeLessThanOrEqual((capacities[i]! * up) / 100 + 2)
    }
  })

  test('of a nested tier they add up', () => {
    const pools = { a: pool(0, 0, 1000), b: pool(1, 100, 100), c: pool(2, 100, 200), d: pool(3, 100, 1000) }
    const nested = {
      weighted: [
        { to: 'b', weight: 1 },
        { to: 'c', weight: 2 },
      ],
    }
    let u = 0
    const steer = { failover: { tiers: ['a', nested, 'd'], spill: true } } as Branch
    const tree = makeTree({ pools, steer }, (total) => Math.floor(u * total))
    let last = 0
    for (let i = 0; i < 1000; i++) {
      u = (i + 0.5) / 1000
      if (pick(tree).pool === 'd') last++
    }
    expect(last).toBe(1000 - 420)
  })

  test('some without a capacity is a mistake', () => {
    const { findings } = treeOf([pool(0, 100, 10), pool(1, 100)])
    expect(findings.map(({ path, message }) => [path.join('.'), message])).toEqual([
      [
        'services.root.steer.failover.tiers.1',
        'expected a `capacity` of every pool, found one without, while pools of other tiers have one',
      ],
    ])
  })
})

describe('panic', () => {
  test('when all lack room, a tier with less than half up answers with everything it has', () => {
    const { targets } = pick(treeOf([pool(0, 20), pool(1, 30)]))
    expect(targets.length).toBe(32)
    expect(targets).toContain('192.0.0.25')
  })

  test.each([
    ['while the others have room', [20, 100], {}],
    ['with half of it up', [50, 0], {}],
    ['when it is turned off', [20, 30], { spill: { panic: '0%' } }],
  ])('not %s', (_, ups, options) => {
    expect(
      pick(
        treeOf(
          ups.map((up, i) => pool(i, up)),
          options,
        ),
      ).targets,
    ).toEqual(['192.0.0.1'])
  })
})

describe('with other options', () => {
  test('min_healthy takes a tier out altogether', () => {
    expect(shares([pool(0, 29), pool(1, 100)], { min_healthy: '30%' })).toEqual([0, 1000])
    expect(shares([pool(0, 30), pool(1, 100)], { min_healthy: '30%' })).toEqual([420, 580])
  })

  const returned = (tree: Tree): void => {
    for (let i = 1; i <= 100; i++) change(tree, `192.0.0.${i}`, 'up', 200)
    settleAt(tree, 230)
  }

  test('what is held back takes only what nobody else can', () => {
    expect(shares([pool(0, 0), pool(1, 100)], { failback: '60s' }, returned)).toEqual([0, 1000])
    expect(shares([pool(0, 0), pool(1, 50)], { failback: '60s' }, returned)).toEqual([300, 700])
  })

  test('a slow start grows with its room', () => {
    expect(shares([pool(0, 0), pool(1, 100)], { slow_start: '60s' }, returned)).toEqual([500, 500])
    expect(shares([pool(0, 0), pool(1, 20)], { slow_start: '60s' }, returned)).toEqual([720, 280])
  })
})

test('the share of a spilling failover is that of all its tiers together', () => {
  const inner = { failover: { tiers: ['a', 'b'], spill: true } }
  const pools = { a: pool(0, 50, 100), b: pool(1, 100, 300), c: pool(2, 100, 100) }
  const least = (percent: string): string =>
    pick(makeTree({ pools, steer: { failover: { tiers: [inner, 'c'], min_healthy: percent } } })).pool
  expect(least('87%')).toBe('a')
  expect(least('88%')).toBe('c')
})
