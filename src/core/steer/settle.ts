// The memory of the policies that have one: returns that are held back, ramps, orders that change only for a good reason. It
// stands in words of the board, the cells, so that all threads read the same, and is made anew on the main thread from the
// verdicts, the times of their last changes and the clock: once a second, and whenever a verdict has changed.

import type { Places } from '../geo/places.ts'
import { CELLS_AT, COLUMNS, DOWN, FIRST_ROW, returnedOf, sinceOf, STATE, UP, writeCell } from '../health/board.ts'
import { HeaderField } from './compile.ts'
import { openAsking, policies } from './index.ts'
import type { Asking, Settling, Test } from './policy.ts'
import { targetsOf } from './pool.ts'

/** Runs every policy of a zone's table that has cells. `cellBase` is the zone's first cell, `board` is written. */
export function settle(
  table: Uint32Array,
  floats: Float32Array,
  places: Places,
  board: Int32Array,
  cellBase: number,
  nowSec: number,
): void {
  const count = table[HeaderField.settlerCount]!
  if (count === 0) return
  const settling = openSettling(table, floats, places, board, cellBase, nowSec)
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
  places: Places,
  board: Int32Array,
  cellBase: number,
  nowSec: number,
): Settling {
  const cellsAt = board[CELLS_AT]! + cellBase
  const asking = openUnplaced(table, floats, places, cellsAt)
  let past: Int32Array | undefined
  return {
    table,
    floats,
    board,
    nowSec,
    read: (cell) => board[cellsAt + cell]!,
    write(cell, value) {
      writeCell(board, cellBase + cell, value)
      if (past) past[cellsAt + cell] = value
    },
    holds: (test) => holdsOn(asking, board, test),
    // One copy for all who ask in this settling: a board of thousands of targets is large, and many ask once a second.
    since: (pools, test) =>
      since(
        table,
        board,
        () => (past ??= new Int32Array(board)),
        pools,
        (words) => holdsOn(asking, words, test),
      ),
    returnedSec: (pools) => Math.max(0, ...rowsOf(table, pools).map((row) => returnedOf(board, row))),
  }
}

/** Asks the tree for a client of unknown place, whose dice always fall the same. */
function openUnplaced(table: Uint32Array, floats: Float32Array, places: Places, cellsAt: number): Asking {
  const asking = openAsking(
    places,
    () => 0,
    () => 0.5,
  )
  asking.table = table
  asking.floats = floats
  asking.cells = cellsAt
  return asking
}

function holdsOn(asking: Asking, board: Int32Array, test: Test): boolean {
  asking.board = board
  asking.type = 1
  asking.minHealthy = -1
  asking.followed = -1
  return test(asking)
}

/** Board rows of the targets of some pools; NO_ROW is left out. */
function rowsOf(table: Uint32Array, pools: readonly number[]): number[] {
  const rows = new Set(pools.flatMap((pool) => targetsOf(table, pool).map((target) => table[target]! | 0)))
  return [...rows].filter((row) => row >= 0)
}

/**
 * Goes back through the last change of each target of the pools, the latest first, until it was not so. Of each target only the
 * last change is known: before it, it was in the other state. `copy` gives a copy of the board, which is one again at the end.
 */
function since(
  table: Uint32Array,
  board: Int32Array,
  copy: () => Int32Array,
  pools: readonly number[],
  isSo: (board: Int32Array) => boolean,
): number | undefined {
  if (!isSo(board)) return undefined
  const changes = rowsOf(table, pools)
    .map((row) => ({ row, sec: sinceOf(board, row) }))
    .filter(({ sec }) => sec > 0)
    .sort((a, b) => b.sec - a.sec)
  if (changes.length === 0) return 0
  const past = copy()
  const stateOf = (row: number): number => past[FIRST_ROW]! + row * past[COLUMNS]! + STATE
  let found = 0
  for (const [i, { row, sec }] of changes.entries()) {
    const at = stateOf(row)
    const isDown = (past[at]! & 3) === DOWN
    past[at] = (past[at]! & ~3) | (isDown ? UP : DOWN)
    // Changes of the same second are one.
    if (changes[i + 1]?.sec === sec || isSo(past)) continue
    found = sec
    break
  }
  for (const { row } of changes) past[stateOf(row)] = board[stateOf(row)]!
  return found
}

/** How many cells a zone's table needs. */
export function cellsOf(table: SharedArrayBuffer): number {
  return new Uint32Array(table)[HeaderField.cells]!
}
