// Since when a branch has been well, remembered from one settling to the next. The times on the board tell it after a reload or
// a restart; of each target they know the last change only, so what was seen without a break since then is kept in a cell.
//
//   memory cell: 0 nothing known (a new board), -1 not well when last looked at, else 1 + epoch seconds since when it is
//                (1: for longer than is known)

import type { Settling, Test } from './policy.ts'

const NOT_WELL = -1

/** Families are judged apart, and so have cells apart: AAAA, and all that is asked besides. */
export const FAMILIES = 2

/** Hot. Which of the families' cells a type has. */
export function familyOf(type: number): 0 | 1 {
  return type === 28 ? 1 : 0
}

/** The type that a family is judged by while settling. */
export function typeOfFamily(family: number): number {
  return family === 1 ? 28 : 1
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
  if (known > 0) return known - 1
  const sec = settling.since(pools, isWell) ?? settling.nowSec
  settling.write(memory, sec + 1)
  return sec
}
