// What is reported of a member as a whole: its load, or the latency that a vantage region measured. Hot: allocates nothing.
//
// A pool's figure is the mean over its usable targets that have one, by weight, because that is how clients come to them. A
// member of several pools has the mean of theirs: by capacity where all of these declare one, else each alike.
//
//   list: count, pool …   at the word that the policy keeps

import { isUsable, latencyIn, loadOf } from '../health/board.ts'
import type { Asking, TableWriter } from './policy.ts'
import { GROUP, GROUPS, PoolField, TARGET, TargetField } from './pool.ts'

type Read = Pick<Asking, 'table' | 'board'>

/** In the place of a vantage region: the load is meant. */
export const LOAD_ITSELF = -1

/** Writes the list of the pools beneath a branch. */
export function poolList(branch: number, writer: TableWriter): number {
  const pools = writer.poolsBeneath(branch)
  return writer.words(pools.length, ...pools)
}

/** Tenths of a millisecond, or per mille of the capacity; -1: nobody has told. */
export function reported(read: Read, list: number, vantage: number): number {
  const { table } = read
  const count = table[list]!
  let known = 0
  let sum = 0
  let capacity = 0
  let byCapacity = 0
  let isDeclared = true
  for (let i = 1; i <= count; i++) {
    const pool = table[list + i]!
    const figure = reportedByPool(read, pool, vantage)
    if (figure < 0) continue
    const declared = table[pool + PoolField.capacity]!
    if (declared === 0) isDeclared = false
    known++
    sum += figure
    capacity += declared
    byCapacity += declared * figure
  }
  if (known === 0) return -1
  return Math.round(isDeclared ? byCapacity / capacity : sum / known)
}

function reportedByPool({ table, board }: Read, pool: number, vantage: number): number {
  let known = 0
  let sum = 0
  let weight = 0
  let byWeight = 0
  const groups = table[pool + PoolField.groups]!
  for (let i = 0; i < groups; i++) {
    const group = pool + GROUPS + i * GROUP
    const count = table[group + 1]!
    for (let t = 0, at = table[group + 3]!; t < count; t++, at += TARGET) {
      const row = table[at + TargetField.row]! | 0
      if (!isUsable(board, row)) continue
      const figure = vantage === LOAD_ITSELF ? loadOf(board, row) : latencyIn(board, row, vantage)
      if (figure < 0) continue
      const own = table[at + TargetField.weight]!
      known++
      sum += figure
      weight += own
      byWeight += own * figure
    }
  }
  if (known === 0) return -1
  return Math.round(weight === 0 ? sum / known : byWeight / weight)
}
