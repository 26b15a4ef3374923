// failover with options: how much of a tier is needed, when it is returned to, and how slowly.

import { describe, expect, test } from 'vitest'
import { branchConfig } from '../../../src/core/steer/index.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { change, orderReturn, settleAt } from './past.ts'
import { makeTree, pick, type PoolText, type State, type Tree } from './tree.ts'

const pool = (net: number, ...states: State[]): PoolText => ({
  targets: states.map((state, i) => ({ address: `192.0.${net}.${i + 1}`, state })),
})
const one = (...states: State[]): Record<string, PoolText> =>
  Object.fromEntries(states.map((state, i) => [['a', 'b', 'c'][i]!, pool(i, state)]))

function treeOf(
  options: object,
  pools: Record<string, PoolText>,
  drawn = 0,
  tiers: readonly Branch[] = ['a', 'b', 'c'],
) {
  return makeTree({ pools, steer: { failover: { tiers, ...options } } }, (total) => Math.floor(drawn * total))
}

describe('min_healthy', () => {
  test.each<[string | undefined, State[], string]>([
    [undefined, ['up', 'up', 'down', 'down'], 'a'],
    [undefined, ['up', 'down', 'down', 'down'], 'b'],
    ['25%', ['up', 'down', 'down', 'down'], 'a'],
    ['26%', ['up', 'down', 'down', 'down'], 'b'],
    ['0%', ['up', 'down', 'down', 'down'], 'a'],
    ['0%', ['down', 'down', 'down', 'down'], 'b'],
    ['75%', ['up', 'up', 'up', 'drained'], 'a'],
    ['100%', ['up', 'up', 'up', 'down'], 'b'],
    ['100%', ['up', 'up', 'up', 'unknown'], 'a'],
  ])('%s with %j → %s', (least, states, expected) => {
    const options = least === undefined ? {} : { min_healthy: least }
    expect(pick(treeOf(options, { ...one('up', 'up', 'up'), a: pool(0, ...states) })).pool).toBe(expected)
  })

  test('of a nested tree its usable share counts', () => {
    const nested = {
      weighted: [
        { to: 'a', weight: 3 },
        { to: 'b', weight: 1 },
      ],
    }
    const tiers = [nested, 'c']
    const pools = one('down', 'up', 'up')
    expect(pick(treeOf({ min_healthy: '25%' }, pools, 0, tiers)).pool).toBe('b')
    expect(pick(treeOf({ min_healthy: '26%' }, pools, 0, tiers)).pool).toBe('c')
  })

  test('a tier with a rule of its own keeps it, and the rule does not outlast its tier', () => {
    const inner = { failover: { tiers: ['a'], min_healthy: '100%' } }
    const half = pool(0, 'up', 'down')
    expect(pick(treeOf({ min_healthy: '10%' }, { ...one('up', 'up'), a: half }, 0, [inner, 'b'])).pool).toBe('b')
    const tree = treeOf({ min_healthy: '10%' }, { ...one('up', 'up'), a: half }, 0, ['a', 'b'])
    pick(tree)
    expect(tree.asking.minHealthy).toBe(-1)
  })
})

/** Which pool answers, settled at each second. */
function over(tree: Tree, seconds: readonly number[], type: 1 | 28 = 1): string {
  return seconds
    .map((sec) => {
      settleAt(tree, sec)
      return pick(tree, type).pool
    })
    .join('')
}

describe('failback', () => {
  test('a tier is returned to when it has been usable for so long', () => {
    const tree = treeOf({ failback: '60s' }, one('down', 'up', 'up'))
    change(tree, '192.0.0.1', 'down', 100)
    expect(over(tree, [100, 150])).toBe('bb')
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [200, 230, 259, 260, 400])).toBe('bbbaa')
  })

  test('going out again starts the time anew', () => {
    const tree = treeOf({ failback: '60s' }, one('up', 'up', 'up'))
    change(tree, '192.0.0.1', 'up', 200)
    settleAt(tree, 230)
    change(tree, '192.0.0.1', 'down', 240)
    settleAt(tree, 240)
    change(tree, '192.0.0.1', 'up', 250)
    expect(over(tree, [261, 309, 310])).toBe('bba')
  })

  test('nothing is held back when nothing is known of the time before', () => {
    expect(over(treeOf({ failback: '60s' }, one('up', 'up', 'up')), [1_800_000_000])).toBe('a')
    expect(pick(treeOf({ failback: 'manual' }, one('up', 'up', 'up'))).pool).toBe('a')
  })

  test('a new board comes to the same: the times of the changes tell it', () => {
    for (const [sec, expected] of [
      [259, 'b'],
      [260, 'a'],
    ] as const) {
      const tree = treeOf({ failback: '60s' }, one('up', 'up', 'up'))
      change(tree, '192.0.0.1', 'up', 200)
      expect(over(tree, [sec])).toBe(expected)
    }
  })

  test('who is held back answers when nobody else can', () => {
    const tree = treeOf({ failback: '60s' }, one('up', 'down', 'down'))
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [201])).toBe('a')
    expect(pick(tree).isUsable).toBe(true)
  })

  test('the tier that takes over is not held back, though it was out once itself', () => {
    const tree = treeOf({ failback: 'manual' }, one('up', 'up', 'up'))
    change(tree, '192.0.1.1', 'up', 50)
    expect(over(tree, [60])).toBe('a')
    change(tree, '192.0.0.1', 'down', 100)
    expect(over(tree, [100, 101])).toBe('bb')
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [200, 9999])).toBe('bb')
  })

  test('of two tiers that are out the nearer may be returned to first', () => {
    const tree = treeOf({ failback: '60s' }, one('down', 'down', 'up'))
    change(tree, '192.0.0.1', 'down', 100)
    change(tree, '192.0.1.1', 'down', 110)
    expect(over(tree, [120])).toBe('c')
    change(tree, '192.0.1.1', 'up', 200)
    expect(over(tree, [210, 259, 260])).toBe('ccb')
    change(tree, '192.0.0.1', 'up', 300)
    expect(over(tree, [300, 359, 360])).toBe('bba')
  })

  test('manual: only an order that comes after the return ends it', () => {
    const tree = treeOf({ failback: 'manual' }, one('up', 'up', 'up'))
    change(tree, '192.0.0.1', 'up', 200)
    orderReturn(tree, '192.0.0.1', 150)
    expect(over(tree, [201, 100_000])).toBe('bb')
    orderReturn(tree, '192.0.0.1', 100_001)
    expect(over(tree, [100_001, 100_002])).toBe('aa')
    change(tree, '192.0.0.1', 'down', 100_010)
    settleAt(tree, 100_010)
    change(tree, '192.0.0.1', 'up', 100_020)
    expect(over(tree, [100_021, 200_000])).toBe('bb')
  })

  test('an order ends a delay, too', () => {
    const tree = treeOf({ failback: '1h' }, one('up', 'up', 'up'))
    change(tree, '192.0.0.1', 'up', 200)
    orderReturn(tree, '192.0.0.1', 300)
    expect(over(tree, [299, 300])).toBe('ba')
  })

  test('the end of a drain is no return', () => {
    const tree = treeOf({ failback: 'manual' }, one('up', 'up', 'up'))
    change(tree, '192.0.0.1', 'drained', 0)
    expect(over(tree, [100])).toBe('b')
    change(tree, '192.0.0.1', 'up', 0)
    expect(over(tree, [200])).toBe('a')
  })

  test('a part that flaps while the rest of its tier serves changes nothing', () => {
    const tree = treeOf({ failback: '1h' }, { ...one('up', 'up', 'up'), a: pool(0, 'up', 'up') })
    change(tree, '192.0.0.1', 'down', 100)
    change(tree, '192.0.0.2', 'down', 100)
    settleAt(tree, 100)
    change(tree, '192.0.0.1', 'up', 200)
    change(tree, '192.0.0.2', 'up', 201)
    expect(over(tree, [201, 3799, 3801])).toBe('bba')
    change(tree, '192.0.0.1', 'down', 5000)
    settleAt(tree, 5000)
    change(tree, '192.0.0.1', 'up', 5010)
    settleAt(tree, 5010)
    change(tree, '192.0.0.2', 'down', 5020)
    settleAt(tree, 5020)
    change(tree, '192.0.0.2', 'up', 5030)
    expect(over(tree, [5030])).toBe('a')
  })

  test('families come back apart', () => {
    const both = (net: number): PoolText => ({
      targets: [{ address: `192.0.${net}.1` }, { address: `2001:db8:${net}::1` }],
    })
    const tree = treeOf({ failback: '60s' }, { a: both(0), b: both(1) }, 0, ['a', 'b'])
    change(tree, '2001:db8:0::1', 'up', 200)
    expect(over(tree, [210], 28)).toBe('b')
    expect(over(tree, [210], 1)).toBe('a')
    expect(over(tree, [260], 28)).toBe('a')
  })

  test('a tier that holds nothing of a family holds back nothing of it', () => {
    const pools = {
      a: { targets: [{ address: '2001:db8::1' }] },
      b: { targets: [{ address: '2001:db8:1::1' }, { address: '192.0.1.1' }] },
    }
    const tree = treeOf({ failback: '60s' }, pools, 0, ['a', 'b'])
    change(tree, '2001:db8::1', 'up', 200)
    expect(over(tree, [210, 260], 28)).toBe('ba')
    expect(over(tree, [261], 1)).toBe('b')
  })

  test('of a nested tree all that it needs counts', () => {
    const nested = {
      weighted: [
        { to: 'a', weight: 1 },
        { to: 'b', weight: 1 },
      ],
    }
    const tree = treeOf({ failback: '60s', min_healthy: '60%' }, one('down', 'up', 'up'), 0, [nested, 'c'])
    change(tree, '192.0.0.1', 'down', 100)
    expect(over(tree, [110])).toBe('c')
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [200, 259, 260])).toBe('cca')
  })

  test('the answer lives no longer than until the return', () => {
    const tree = treeOf({ failback: '60s' }, one('up', 'up', 'up'))
    change(tree, '192.0.0.1', 'up', 200)
    settleAt(tree, 240)
    tree.asking.changesSec = 0
    pick(tree)
    expect(tree.asking.changesSec).toBe(260)
  })
})

describe('slow_start', () => {
  /** The first pool's share of a thousand draws. */
  const shareOfFirst = (tree: (drawn: number) => Tree): number =>
    Array.from({ length: 1000 }, (_, i) => pick(tree((i + 0.5) / 1000)).pool).filter((name) => name === 'a').length

  test.each([
    [200, 10],
    [201, 10],
    [212, 100],
    [260, 500],
    [319, 991],
    [320, 1000],
  ])('at %i s %i of a thousand clients are back', (sec, expected) => {
    const share = shareOfFirst((drawn) => {
      const tree = treeOf({ slow_start: '2m' }, one('up', 'up', 'up'), drawn)
      change(tree, '192.0.0.1', 'up', 200)
      settleAt(tree, sec)
      return tree
    })
    expect(share).toBe(expected)
  })

  test('it follows the delay, and nobody who is back goes away again', () => {
    const tree = treeOf({ failback: '1m', slow_start: '2m' }, one('up', 'up', 'up'), 0.5)
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [259, 260, 319, 320, 321, 379, 380])).toBe('bbbbaaa')
  })

  test('the answer lives no longer than until this client goes back', () => {
    const tree = treeOf({ slow_start: '2m' }, one('up', 'up', 'up'), 0.5)
    change(tree, '192.0.0.1', 'up', 200)
    settleAt(tree, 210)
    tree.asking.changesSec = 0
    expect(pick(tree).pool).toBe('b')
    expect(tree.asking.changesSec).toBe(260)
    settleAt(tree, 261)
    tree.asking.changesSec = 0
    expect(pick(tree).pool).toBe('a')
    expect(tree.asking.changesSec).toBe(0)
  })

  test('who starts slowly takes all when nobody else can', () => {
    const tree = treeOf({ slow_start: '2m' }, one('up', 'down', 'down'), 0.99)
    change(tree, '192.0.0.1', 'up', 200)
    expect(over(tree, [210])).toBe('a')
  })
})

test.each([
  [{}],
  [{ tiers: [] }],
  [{ tiers: ['a'], min_healthy: 50 }],
  [{ tiers: ['a'], failback: 'auto' }],
  [{ tiers: ['a'], slow_start: 60 }],
  [{ tiers: ['a'], spill: 1.4 }],
  [{ tiers: ['a'], spill: { factor: 0.9 } }],
  [{ tiers: ['a'], order: 'random' }],
])('%j are no options', (options) => expect(branchConfig.safeParse({ failover: options }).success).toBe(false))
