// What policies remember, over a reload.

import { expect, test } from 'vitest'
import { carryCells } from '../../../src/core/answer/carry.ts'
import { settleSnapshot } from '../../../src/core/answer/snapshot.ts'
import { writeLoad } from '../../../src/core/health/board.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { makeWorld, type TestWorld } from '../../support/snapshot.ts'

const pools = { a: { targets: ['192.0.2.1'] }, b: { targets: ['192.0.2.2'] }, c: { targets: ['192.0.2.3'] } }

function worldOf(services: Readonly<Record<string, Branch>>): TestWorld {
  const owners = Object.fromEntries(Object.keys(services).map((name) => [name, name]))
  return makeWorld({ pools, services, owners })
}

/** Cells by what they are called. */
function cellsIn({ names, bound }: TestWorld): number[][] {
  const { board, snapshot } = bound
  const first = board.length - snapshot.cellCount
  return names.steering[0]!.cells.map((cells) => [
    ...board.subarray(first + cells.first, first + cells.first + cells.count),
  ])
}

/** b is ranked before a, at some moment. */
function settled(services: Readonly<Record<string, Branch>>): TestWorld {
  const world = worldOf(services)
  for (const [target, load] of [
    ['192.0.2.1', 500],
    ['192.0.2.2', 100],
  ] as const)
    writeLoad(world.bound.board, world.rows.get(target)!, load)
  settleSnapshot(world.bound, 1_800_000_000)
  return world
}

test('an order goes over a reload that moves its policy and changes its settings', () => {
  const before = settled({ web: { least: ['a', 'b'] } })
  expect(cellsIn(before)).toEqual([[0, 2, 1]])
  const after = worldOf({
    other: { least: ['a', 'b'] },
    web: { failover: [{ least: ['a', 'c'] }, { least: { of: ['a', 'b'], margin: '30%' } }] },
  })
  carryCells(before, after)
  expect(cellsIn(after)).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 2, 1],
  ])
})

test.each<[string, Branch]>([
  ['other members', { least: ['a', 'c'] }],
  ['members in another order', { least: ['b', 'a'] }],
  ['one member more', { least: ['a', 'b', 'c'] }],
])('%s begin without a memory', (_, steer) => {
  const before = settled({ web: { least: ['a', 'b'] } })
  const after = worldOf({ web: steer })
  carryCells(before, after)
  expect(new Set(cellsIn(after).flat())).toEqual(new Set([0]))
})

test('equal policies of one service keep each its own', () => {
  const twice: Branch = { shed: { to: { least: ['a', 'b'] }, low: '1%', high: '2%', rest: { least: ['a', 'b'] } } }
  const before = settled({ web: twice })
  const { board, snapshot } = before.bound
  board[board.length - snapshot.cellCount] = 7
  const after = worldOf({ web: twice })
  carryCells(before, after)
  expect(cellsIn(after)).toEqual([
    [7, 2, 1],
    [0, 2, 1],
  ])
})
