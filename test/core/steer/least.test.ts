// least: who answers while loads change, and how long that stands.

import { expect, test } from 'vitest'
import { writeLoad } from '../../../src/core/health/board.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { listen, makeTree, pick, settleTree, type Tree } from './tree.ts'

const pools = Object.fromEntries(
  ['a', 'b', 'c'].map((name, i) => [name, { targets: [{ address: `192.0.2.${i + 1}` }] }]),
)

/** The pools that answer after each second's loads, in per cent by pool. */
function follow(tree: Tree, steps: readonly (readonly (number | undefined)[])[], stepSec = 1): string {
  return steps
    .map((loads, i) => {
      for (const [row, load] of loads.entries())
        writeLoad(tree.asking.board, row, load === undefined ? undefined : load * 10)
      settleTree(tree, 1_800_000_000 + i * stepSec)
      return pick(tree).pool
    })
    .join('')
}

const treeOf = (steer: Branch): Tree => makeTree({ pools, steer })
const quick: Branch = { least: { of: ['a', 'b', 'c'], margin: '10%', dwell: '0s' } }

test.each<[string, (number | undefined)[][], string]>([
  ['the least at once', [[50, 40, 60]], 'b'],
  [
    'a difference below the margin changes nothing',
    [
      [50, 60, 70],
      [55, 46, 70],
      [56, 46, 70],
    ],
    'aab',
  ],
  ['nobody reports: the order given', [[undefined, undefined, undefined]], 'a'],
  ['who does not report comes last', [[undefined, 99, undefined]], 'b'],
  [
    'who reports for the first time has its rank at once',
    [
      [50, undefined, undefined],
      [50, 49, undefined],
    ],
    'ab',
  ],
  [
    'who falls silent keeps its rank',
    [
      [50, 60, 70],
      [undefined, 5, 70],
      [undefined, undefined, undefined],
    ],
    'aaa',
  ],
  [
    '… until it tells that it has more',
    [
      [50, 60, 70],
      [undefined, 5, 70],
      [50, 5, 70],
    ],
    'aab',
  ],
])('%s', (_, loads, picked) => expect(follow(treeOf(quick), loads)).toBe(picked))

test('an order stands for the dwell', () => {
  const seesaw = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? [10, 90, 95] : [90, 10, 95]))
  // The first change is free, because the first loads are no change of mind; each following one waits.
  const slow: Branch = { least: { of: ['a', 'b', 'c'], margin: '10%', dwell: '50s' } }
  expect(follow(treeOf(slow), seesaw, 10)).toBe('abbbbbaaaaab')
  expect(follow(treeOf(quick), seesaw, 10)).toBe('abababababab')
})

test('a clock that is set back does not hold an order for ever', () => {
  const tree = treeOf({ least: { of: ['a', 'b', 'c'], dwell: '1h' } })
  expect(
    follow(tree, [
      [10, 50, 90],
      [90, 50, 90],
    ]),
  ).toBe('ab')
  writeLoad(tree.asking.board, 0, 0)
  settleTree(tree, 1_700_000_000)
  expect(pick(tree).pool).toBe('a')
})

test('a member of several pools has their mean by capacity, where all declare one', () => {
  const big = { capacity: 9, targets: [{ address: '192.0.2.1', load: 100 }] }
  const small = { capacity: 1, targets: [{ address: '192.0.2.2', load: 900 }] }
  const mid = { targets: [{ address: '192.0.2.3', load: 400 }] }
  const steer: Branch = { least: ['mid', { failover: ['small', 'big'] }] }
  const picked = (pair: object): string => {
    const tree = makeTree({ pools: { mid, small, big, ...pair }, steer })
    settleTree(tree, 1_800_000_000)
    return pick(tree).pool
  }
  expect(picked({})).toBe('small')
  expect(picked({ big: { targets: big.targets } })).toBe('mid')
})

test('says where each stands and with which load', () => {
  const tree = treeOf(quick)
  follow(tree, [[50, 40, undefined]])
  const said = listen(tree)
  pick(tree)
  expect(said.slice(0, 3)).toEqual([
    'least: pool a stands 2.: its load is 50 %',
    'least: pool b stands 1.: its load is 40 %',
    'least: pool c stands behind those that report: no load is reported',
  ])
})
