// fastest: whose measurements count for whom, and what happens without any.

import { expect, test } from 'vitest'
import { writeVantageLatency } from '../../../src/core/health/board.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { listen, makeTree, pick, settleTree, type Tree, treatmentOf } from './tree.ts'

const GERMANY = '20.9.9.9'
const FRANCE = '20.1.0.1'
const CALIFORNIA = '20.2.0.1'
const NOWHERE = '9.9.9.9'

const pools = {
  dublin: { at: [53.3, -6.2] as const, targets: [{ address: '192.0.2.1' }] },
  ashburn: { at: [39, -77.5] as const, targets: [{ address: '192.0.2.2' }] },
  osaka: { at: [34.7, 135.5] as const, targets: [{ address: '192.0.2.3' }] },
}
const of = Object.keys(pools)

/** `measured`: milliseconds by pool, from region 0 (Frankfurt) and from region 1 (Virginia). */
function treeOf(steer: Branch = { fastest: of }): Tree {
  return makeTree({ pools, steer, vantages: 2 })
}

function measure(tree: Tree, vantage: number, ms: readonly (number | undefined)[], nowSec = 1_800_000_000): void {
  for (const [row, took] of ms.entries()) writeVantageLatency(tree.asking.board, row, vantage, took)
  settleTree(tree, nowSec)
}

test('a client gets what the region nearest to it found fastest', () => {
  const tree = treeOf()
  measure(tree, 0, [80, 40, 90])
  measure(tree, 1, [70, 60, 20])
  expect(pick(tree, 1, GERMANY).pool).toBe('ashburn')
  expect(pick(tree, 1, CALIFORNIA).pool).toBe('osaka')
})

test('without a measurement, and without a place, the distance decides', () => {
  const tree = treeOf()
  measure(tree, 1, [10, 20, 30])
  expect(pick(tree, 1, GERMANY).pool).toBe('dublin')
  expect(pick(tree, 1, '40.0.0.1').pool).toBe('osaka')
  expect(pick(tree, 1, NOWHERE).pool).toBe('dublin')
})

test('who was not measured follows, the nearest first', () => {
  const tree = treeOf()
  measure(tree, 0, [undefined, undefined, 300])
  expect(pick(tree, 1, GERMANY).pool).toBe('osaka')
  const down = makeTree({
    pools: { ...pools, osaka: { ...pools.osaka, targets: [{ address: '192.0.2.3', state: 'down' }] } },
    steer: { fastest: of },
    vantages: 2,
  })
  measure(down, 0, [undefined, undefined, 300])
  expect(pick(down, 1, GERMANY).pool).toBe('dublin')
})

test.each([
  [[50, 41, 99], 'dublin', 'less than 10 ms faster'],
  [[50, 40, 99], 'ashburn', '10 ms and more than a tenth faster'],
  [[200, 185, 250], 'dublin', '15 ms, which is less than a tenth'],
  [[200, 180, 250], 'ashburn', 'a tenth'],
])('%j → %s: %s', (ms, pool) => {
  const tree = treeOf({ fastest: { of, dwell: '0s' } })
  measure(tree, 0, [30, 35, 40])
  measure(tree, 0, ms)
  expect(pick(tree, 1, GERMANY).pool).toBe(pool)
})

test('a region keeps to its order for the dwell, and each region to its own', () => {
  const tree = treeOf()
  const at = (sec: number, vantage: number, ms: readonly number[]): string => {
    measure(tree, vantage, ms, 1_800_000_000 + sec)
    return pick(tree, 1, vantage === 0 ? GERMANY : CALIFORNIA).pool
  }
  expect(at(0, 0, [20, 50, 90])).toBe('dublin')
  expect(at(1, 1, [20, 50, 90])).toBe('dublin')
  expect(at(2, 0, [70, 50, 90])).toBe('ashburn')
  expect(at(3, 0, [20, 50, 90])).toBe('ashburn')
  expect(at(290, 1, [80, 50, 90])).toBe('ashburn')
  expect(at(301, 0, [20, 50, 90])).toBe('ashburn')
  expect(at(302, 0, [20, 50, 90])).toBe('dublin')
  expect(at(303, 1, [10, 50, 90])).toBe('ashburn')
})

test('when measurements cease the order stands', () => {
  const tree = treeOf()
  measure(tree, 0, [80, 40, 90])
  measure(tree, 0, [undefined, undefined, undefined], 1_800_009_999)
  expect(pick(tree, 1, GERMANY).pool).toBe('ashburn')
})

test('members without a place come after those that have one', () => {
  const tree = makeTree({
    pools: { far: { targets: [{ address: '192.0.2.9' }] }, ...pools },
    steer: { fastest: ['far', ...of, { to: { failover: ['far'] }, at: { lat: 48, lon: 2 } }] },
    vantages: 2,
  })
  expect(tree.findings).toEqual([])
  expect(pick(tree, 1, '40.0.0.1').pool).toBe('osaka')
  expect(pick(tree, 1, FRANCE).pool).toBe('far')
})

test('clients of one region that have the same way to go are treated alike', () => {
  const words = (client: string): readonly number[] => treatmentOf(treeOf(), client).words
  expect(words(GERMANY)).toEqual(words(FRANCE))
  expect(words(GERMANY)).not.toEqual(words(CALIFORNIA))
  expect(words(NOWHERE)).not.toEqual(words(GERMANY))
})

test('says what was measured, and how far the others are', () => {
  const tree = treeOf()
  measure(tree, 0, [undefined, 40, 12.5])
  const said = listen(tree)
  pick(tree, 1, GERMANY)
  expect(said.slice(0, 3)).toEqual([
    'fastest: pool osaka stands 1. for vantage region 1: 12.5 ms',
    'fastest: pool ashburn stands 2. for vantage region 1: 40 ms',
    'fastest: pool dublin is 1100 km away',
  ])
})
