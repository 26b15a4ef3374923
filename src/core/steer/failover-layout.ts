// How a failover lies in the table and on the board: what failover.ts picks by, failback.ts settles and failover-words.ts tells.
//
//   node: code, tiers, least share usable + 1 (0: the rules beneath), spill (0, 1), panic (per mille), failback (seconds),
//         slow start (seconds), first cell + 1 (0: none), then per tier: branch, room, pools beneath, first word of their list
//
//   cells of a tier, for each family: state, from, memory (continuity.ts)
//   state: 0 all of it, HELD, or per mille that clients may come to (slow start)
//   from:  epoch seconds at which it is returned to, or was; 0: nobody knows

import { FAMILIES, familyOf } from './continuity.ts'
import type { Asking } from './policy.ts'

export const FailoverField = {
  count: 1,
  minHealthy: 2,
  spill: 3,
  panic: 4,
  failback: 5,
  slowStart: 6,
  cells: 7,
} as const
export const TIERS = 8
export const TIER = 4
export const TierField = { branch: 0, room: 1, poolCount: 2, pools: 3 } as const

/** All of the demand. */
export const WHOLE = 1_000_000
/** A room's word; more than any demand. */
export const MOST_ROOM = 1_000_000_000
/** `failback: manual`. */
export const MANUAL = 0xffffffff

export const HOLD_CELLS = 3
export const HoldCell = { state: 0, from: 1, memory: 2 } as const
export const HELD = -1

/** Per mille; -1: the rules beneath. */
export function leastOf(table: Uint32Array, node: number): number {
  return table[node + FailoverField.minHealthy]! - 1
}

export function branchOf(table: Uint32Array, node: number, tier: number): number {
  return table[node + TIERS + tier * TIER]!
}

/** Word on the board of a tier's first cell. */
export function holdAt(asking: Asking, node: number, tier: number): number {
  const cells = asking.table[node + FailoverField.cells]! - 1
  return asking.cells + cells + (tier * FAMILIES + familyOf(asking.type)) * HOLD_CELLS
}
