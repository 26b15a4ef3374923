// Failing back: when a tier that was out is returned to. It is a return only where its clients are further down: a tier that came
// back before those above it went out, or while one of them serves, is not held back from those that they lose.
// Runs on the main thread (see settle.ts); what it writes is read by failover.ts.

import { FAMILIES, typeOfFamily, wellSince } from './continuity.ts'
import {
  branchOf,
  FailoverField,
  HELD,
  HoldCell,
  HOLD_CELLS,
  leastOf,
  MANUAL,
  TIER,
  TierField,
  TIERS,
} from './failover-layout.ts'
import { isUsableBy, type Settling, type Test } from './policy.ts'

/** A slow start begins with this, per mille. */
const LITTLE = 10

export function settleTiers(settling: Settling, node: number): void {
  for (let family = 0; family < FAMILIES; family++) settleFamily(settling, node, family)
}

function settleFamily(settling: Settling, node: number, family: number): void {
  const { table } = settling
  const cells = table[node + FailoverField.cells]! - 1
  /** When the last of the tiers above went out. */
  let outSec = 0
  let isServed = false
  for (let tier = 0; tier < table[node + FailoverField.count]!; tier++) {
    const cell = cells + (tier * FAMILIES + family) * HOLD_CELLS
    const pools = poolsOf(table, node, tier)
    const type = typeOfFamily(table, pools, family)
    // A tier that holds nothing of the family is never asked for it, and never out.
    if (type === 0) continue
    const isWell: Test = (asking) => {
      asking.type = type
      return isUsableBy(asking, branchOf(table, node, tier), leastOf(table, node))
    }
    const sinceSec = wellSince(settling, cell + HoldCell.memory, pools, isWell)
    if (sinceSec === undefined) {
      write(settling, cell, 0, 0)
      outSec = Math.max(outSec, settling.since(pools, (asking) => !isWell(asking)) ?? 0)
    } else if (isServed || sinceSec <= outSec) {
      release(settling, cell)
      isServed = true
    } else {
      isServed = settleReturn(settling, node, cell, sinceSec, settling.returnedSec(pools)) || isServed
      // Who is held back above serves nobody; what lies below it and was well before it stays as it is.
      outSec = Math.max(outSec, sinceSec)
    }
  }
}

/** A tier that has come back; whether it has all its clients again. */
function settleReturn(settling: Settling, node: number, cell: number, sinceSec: number, orderedSec: number): boolean {
  const { table, nowSec } = settling
  const failback = table[node + FailoverField.failback]!
  const slowStart = table[node + FailoverField.slowStart]!
  const waited = failback === MANUAL ? Number.POSITIVE_INFINITY : sinceSec + failback
  const from = orderedSec >= sinceSec ? Math.min(orderedSec, waited) : waited
  if (nowSec < from) {
    write(settling, cell, HELD, failback === MANUAL ? 0 : from)
    return false
  }
  const open = slowStart === 0 ? 1000 : Math.floor((1000 * (nowSec - from)) / slowStart)
  if (open >= 1000) {
    release(settling, cell)
    return true
  }
  write(settling, cell, Math.max(LITTLE, open), from)
  return false
}

/** From now on only its going out again makes its coming back a return. */
function release(settling: Settling, cell: number): void {
  write(settling, cell, 0, 0)
  settling.write(cell + HoldCell.memory, 1)
}

function write(settling: Settling, cell: number, state: number, from: number): void {
  settling.write(cell + HoldCell.state, state)
  settling.write(cell + HoldCell.from, from)
}

function poolsOf(table: Uint32Array, node: number, tier: number): number[] {
  const at = node + TIERS + tier * TIER
  const first = table[at + TierField.pools]!
  return [...table.subarray(first, first + table[at + TierField.poolCount]!)]
}
