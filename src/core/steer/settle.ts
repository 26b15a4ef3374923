// The memory of the policies that have one: returns that are held back, ramps, orders that change only for a good reason. It
// stands in words of the board, the cells, so that all threads read the same, and is made anew on the main thread from the
// verdicts, the times of their last changes and the clock: once a second, and whenever a verdict has changed.

import { CELLS_AT, sinceOf, UP, DOWN, STATE, FIRST_ROW, COLUMNS, writeCell } from '../health/board.ts'
import { HeaderField } from './compile.ts'
import { policies } from './index.ts'
import type { Settling } from './policy.ts'
import { GROUP, GROUPS, groupUsable, isTargetUsable, type PoolAsking, PoolField, targetsOf } from './pool.ts'

/** Runs every policy of a zone's table that has cells. `cellBase` is the zone's first cell, `board` is written. */
export function settle(
  table: Uint32Array,
  floats: Float32Array,
  board: Int32Array,
  cellBase: number,
  nowSec: number,
): void {
  const count = table[HeaderField.settlerCount]!
  if (count === 0) return
  const settling = openSettling(table, floats, board, cellBase, nowSec)
  const first = table[HeaderField.settlers]!
  // Nodes stand after the nodes they refer to, so what lies beneath has settled before.
  for (let i = 0; i < count; i++) {
    const node = table[first + i]!
    policies[table[node]! - 1]!.settle!(settling, node)
  }
}

function openSettling(
  table: Uint32Array,
  floats: Float32Array,
  board: Int32Array,
  cellBase: number,
  nowSec: number,
): Settling {
  const cellsAt = board[CELLS_AT]! + cellBase
  return {
    table,
    floats,
    board,
    nowSec,
    read: (cell) => board[cellsAt + cell]!,
    write: (cell, value) => writeCell(board, cellBase + cell, value),
    poolUsable: (pool, minHealthy = -1) => isPoolUsable(table, board, pool, minHealthy),
    poolShare: (pool) => poolShareOfAll(table, board, pool),
    usableSince: (pools, minHealthy = -1) => usableSince(table, board, pools, minHealthy),
  }
}

function isPoolUsable(table: Uint32Array, board: Int32Array, pool: number, minHealthy: number): boolean {
  const least = minHealthy < 0 ? table[pool + PoolField.minHealthy]! : minHealthy
  const asking = lookAt(table, board)
  for (let i = 0; i < table[pool + PoolField.groups]!; i++)
    if (groupUsable(asking, pool, pool + GROUPS + i * GROUP, least)) return true
  return false
}

function lookAt(table: Uint32Array, board: Int32Array): PoolAsking {
  return { table, board, changesSec: 0, followed: -1, isFollowedUp: false }
}

function poolShareOfAll(table: Uint32Array, board: Int32Array, pool: number): number {
  const asking = lookAt(table, board)
  let up = 0
  let total = 0
  for (const target of targetsOf(table, pool)) {
    const weight = table[target + 1]!
    total += weight
    if (isTargetUsable(asking, pool, target)) up += weight
  }
  return total === 0 ? (isPoolUsable(table, board, pool, -1) ? 1000 : 0) : Math.floor((1000 * up) / total)
}

/**
 * Goes back through the last change of each target, the latest first, until none of the pools would have been usable. Of each
 * target only the last change is known: before it, it was in the other state.
 */
function usableSince(
  table: Uint32Array,
  board: Int32Array,
  pools: readonly number[],
  minHealthy: number,
): number | undefined {
  const anyUsable = (words: Int32Array): boolean => pools.some((pool) => isPoolUsable(table, words, pool, minHealthy))
  if (!anyUsable(board)) return undefined
  const rows = new Set(pools.flatMap((pool) => targetsOf(table, pool).map((target) => table[target]! | 0)))
  const changes = [...rows]
    .map((row) => ({ row, sec: sinceOf(board, row) }))
    .filter(({ sec }) => sec > 0)
    .sort((a, b) => b.sec - a.sec)
  if (changes.length === 0) return 0
  const before = new Int32Array(board)
  for (const [i, { row, sec }] of changes.entries()) {
    const at = before[FIRST_ROW]! + row * before[COLUMNS]! + STATE
    const isDown = (before[at]! & 3) === DOWN
    before[at] = (before[at]! & ~3) | (isDown ? UP : DOWN)
    // Changes of the same second are one.
    if (changes[i + 1]?.sec === sec) continue
    if (!anyUsable(before)) return sec
  }
  return 0
}

/** How many cells a zone's table needs. */
export function cellsOf(table: SharedArrayBuffer): number {
  return new Uint32Array(table)[HeaderField.cells]!
}
