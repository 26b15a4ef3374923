// Since when a branch has been well, remembered from one settling to the next. The times on the board tell it after a reload or
// a restart; of each target they know the last change only, so what was seen without a break since then is kept in a cell.
//
//   memory cell: 0 nothing known (a new board), -1 not well when last looked at, else 1 + epoch seconds since when it is
//                (1: for longer than is known)

import type { Settling, Test } from './policy.ts'
import { GROUP, GROUPS, PoolField } from './pool.ts'

const NOT_WELL = -1

/** Families are judged apart, and so have cells apart: AAAA, and all that is asked besides. */
export const FAMILIES = 2

/** Hot. Which of the families' cells a type has. */
export function familyOf(type: number): 0 | 1 {
  return type === 28 ? 1 : 0
}

/** The type that a family of some pools is judged by while settling; 0 where they hold nothing of it. */
export function typeOfFamily(table: Uint32Array, pools: readonly number[], family: number): number {
  const held = pools.flatMap((pool) =>
    Array.from({ length: table[pool + PoolField.groups]! }, (_, i) => table[pool + GROUPS + i * GROUP]!),
  )
  if (family === 1) return held.includes(28) ? 28 : 0
  return held.includes(1) ? 1 : (held.find((type) => type !== 28) ?? 0)
}

/** Epoch seconds; 0: for longer than is known; undefined: it is not well now. */
export function wellSince(
  settling: Settling,
  memory: number,
  pools: readonly number[],
  isWell: Test,
): number | undefined {
  if (!settling.holds(isWell)) {
    settling.write(memory, NOT_WELL)
    return undefined
  }
  const known = settling.read(memory)
  if (known > 1) {
    const moved = Math.max(2, known + settling.jumpSec)
    settling.write(memory, moved)
    return moved - 1
  }
  if (known === 1) return 0
  const sec = settling.since(pools, isWell) ?? settling.nowSec
  settling.write(memory, sec + 1)
  return sec
}
