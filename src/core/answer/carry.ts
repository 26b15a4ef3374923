// What policies remember goes over a reload: the cells of a policy whose service and members are still the same keep their
// values on the new board. What has no counterpart begins with 0, which is to remember nothing.

import { CELLS_AT, writeCell } from '../health/board.ts'
import type { Bound } from './snapshot.ts'
import type { SnapshotNames } from './trace.ts'

interface Named {
  readonly names: Pick<SnapshotNames, 'zones' | 'steering'>
  readonly bound: Bound
}

/** Copies from one board to the other, before anybody reads that. For its one writer. */
export function carryCells(from: Named, to: Named): void {
  const old = cellsByKey(from)
  const { board } = from.bound
  for (const [key, { first, count }] of cellsByKey(to)) {
    const was = old.get(key)
    if (was?.count !== count) continue
    for (let i = 0; i < count; i++) writeCell(to.bound.board, first + i, board[board[CELLS_AT]! + was.first + i]!)
  }
}

/** Cells counted from the first of all zones. */
function cellsByKey({ names, bound }: Named): Map<string, { first: number; count: number }> {
  const found = new Map<string, { first: number; count: number }>()
  for (const [i, zone] of names.zones.entries()) {
    const base = bound.snapshot.cellBase[i]!
    for (const { key, first, count } of names.steering[i]!.cells) {
      // Of equal policies in one service each has its own cells: they are told apart by their order.
      let own = `${zone} ${key}`
      while (found.has(own)) own += '+'
      found.set(own, { first: base + first, count })
    }
  }
  return found
}
