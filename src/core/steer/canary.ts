// A canary: a member of `weighted` with a percentage of its own, which may grow over a time (a ramp). It has its share only while
// it is well, by a stricter rule than others. When it falls ill it loses all of it, and when it is well again its ramp begins
// anew: what was learned before its illness counts no more.
//
//   canary: branch, percent, percent at the end (both per mille), least share usable (per mille), start (epoch seconds),
//           duration (seconds; 0: no ramp), pools beneath, first word of their list
//
//   cells of a canary, for each family: share, start, memory (continuity.ts)
//   share: 0 not settled yet, else 1 + per mille now
//   start: epoch seconds at which the ramp under way began, or will; 0: none is

import { FAMILIES, familyOf, typeOfFamily, wellSince } from './continuity.ts'
import { type Asking, isUsableBy, noteChange, type Settling, type Test } from './policy.ts'

export const CANARY = 8
export const CanaryField = {
  branch: 0,
  percent: 1,
  end: 2,
  least: 3,
  start: 4,
  over: 5,
  poolCount: 6,
  pools: 7,
} as const

export const CANARY_CELLS = 3 * FAMILIES
export const CanaryCell = { share: 0, start: 1, memory: 2 } as const

/** Hot. Whether the canary may have its share. */
export function isWell(asking: Asking, canary: number): boolean {
  return isUsableBy(asking, asking.table[canary]!, asking.table[canary + CanaryField.least]!)
}

/** Hot. Word on the board of a canary's first cell; `cell` counts from the zone's first. */
export function cellAt(asking: Asking, cell: number): number {
  return asking.cells + cell + familyOf(asking.type) * 3
}

/** Hot. Per mille of all clients, while it is well. */
export function shareNow(asking: Asking, canary: number, cell: number): number {
  const { table, board } = asking
  if (table[canary + CanaryField.over] === 0) return table[canary + CanaryField.percent]!
  const share = board[cellAt(asking, cell) + CanaryCell.share]!
  return share === 0 ? table[canary + CanaryField.percent]! : share - 1
}

/** Hot. Whether its share is still to grow. */
export function isRamping(asking: Asking, canary: number, cell: number): boolean {
  const { table } = asking
  return table[canary + CanaryField.over] !== 0 && shareNow(asking, canary, cell) < table[canary + CanaryField.end]!
}

/** Hot. When the ramp reaches the client that drew `point`, counted from where the canary's share begins. */
export function noteRamp(asking: Asking, canary: number, cell: number, point: number): void {
  const { table, board } = asking
  const over = table[canary + CanaryField.over]!
  const first = table[canary + CanaryField.percent]!
  const end = table[canary + CanaryField.end]!
  if (over === 0 || point < first || point >= end) return
  const start = board[cellAt(asking, cell) + CanaryCell.start]! >>> 0
  if (start !== 0) noteChange(asking, start + Math.floor((over * (point - first)) / (end - first)))
}

/** Runs on the main thread: see settle.ts. */
export function settleCanary(settling: Settling, canary: number, firstCell: number): void {
  const { table, nowSec } = settling
  const over = table[canary + CanaryField.over]!
  if (over === 0) return
  const first = table[canary + CanaryField.percent]!
  const end = table[canary + CanaryField.end]!
  const poolsAt = table[canary + CanaryField.pools]!
  const pools = [...table.subarray(poolsAt, poolsAt + table[canary + CanaryField.poolCount]!)]
  for (let family = 0; family < FAMILIES; family++) {
    const cell = firstCell + family * 3
    const type = typeOfFamily(table, pools, family)
    if (type === 0) continue
    const test: Test = (asking) => {
      asking.type = type
      return isWell(asking, canary)
    }
    const sinceSec = wellSince(settling, cell + CanaryCell.memory, pools, test)
    const start = sinceSec === undefined ? 0 : Math.max(table[canary + CanaryField.start]!, sinceSec)
    const run = start === 0 || nowSec < start ? 0 : Math.min(1, (nowSec - start) / over)
    settling.write(cell + CanaryCell.share, 1 + first + Math.floor((end - first) * run))
    settling.write(cell + CanaryCell.start, start)
  }
}
