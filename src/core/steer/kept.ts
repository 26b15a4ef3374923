// What a tree leads to without dice, kept: the way down to a pool depends on the service, the type, how the client's place is
// treated and the board alone, so it holds for all such clients until the board's epoch moves on. Left to do per query is the
// draw among the pool's targets, and the dice fall as they do in the tree. Hot: reuses its words, allocates nothing.
//
//   an entry, direct-mapped: zone + 1, service, place, type, epoch, pool, changes (epoch seconds), limit, targets, total,
//                            then (target, weight) of those that may be named; 0 targets: the pool draws by itself, as many
//                            as the policies above it let it

import { anyFades, EPOCH } from '../health/board.ts'
import { pickRoot } from './index.ts'
import { type Asking, Outcome } from './policy.ts'
import { drawFromPool, groupFor, isTargetUsable, PoolField, TARGET, weightOf } from './pool.ts'

const ENTRIES = 256
const ENTRY = 32
const Field = {
  zone: 0,
  service: 1,
  place: 2,
  type: 3,
  epoch: 4,
  pool: 5,
  changes: 6,
  limit: 7,
  targets: 8,
  total: 9,
} as const
const TARGETS_AT = 10
const MAX_KEPT = 8

export type Kept = Int32Array

export function openKept(): Kept {
  return new Int32Array(ENTRIES * ENTRY)
}

/** To be called with each new snapshot: epochs of another board say nothing about this one. */
export function forgetKept(kept: Kept): void {
  kept.fill(0)
}

/** As `pickRoot`, for the service whose record is at `service`. */
export function pickKept(asking: Asking, kept: Kept, zoneIndex: number, service: number, root: number): Outcome {
  if (asking.trace) return pickRoot(asking, root)
  const { board, place, type } = asking
  const hash = Math.imul(place ^ Math.imul(service ^ Math.imul(zoneIndex, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35) ^ type
  const at = ((hash ^ (hash >>> 15)) & (ENTRIES - 1)) * ENTRY
  if (
    kept[at + Field.epoch] === board[EPOCH] &&
    kept[at + Field.place] === place &&
    kept[at + Field.service] === service &&
    kept[at + Field.type] === type &&
    kept[at] === zoneIndex + 1
  )
    return pickAgain(asking, kept, at)
  // Read before the rows are, and so that no processor does it later: what is kept may be newer than its epoch, never older.
  const epoch = Atomics.load(board, EPOCH)
  asking.draws = 0
  asking.leaf = 0
  const outcome = pickRoot(asking, root)
  // One pool, and no dice but its own.
  if (outcome === Outcome.found && asking.leaf > 0 && asking.draws === asking.leafDraws && !anyFades(board)) {
    keep(asking, kept, at)
    kept[at] = zoneIndex + 1
    kept[at + Field.service] = service
    kept[at + Field.place] = place
    kept[at + Field.type] = type
    kept[at + Field.epoch] = epoch
  }
  return outcome
}

function keep(asking: Asking, kept: Kept, at: number): void {
  const { table, leaf } = asking
  kept[at + Field.pool] = leaf
  kept[at + Field.changes] = asking.changesSec | 0
  kept[at + Field.limit] = asking.leafLimit
  kept[at + Field.targets] = 0
  if (table[leaf + PoolField.answers] !== 1) return
  const group = groupFor(table, leaf, asking.type)
  const count = table[group + 1]!
  let usable = 0
  let total = 0
  for (let i = 0, target = table[group + 3]!; i < count; i++, target += TARGET) {
    if (!isTargetUsable(asking, leaf, target)) continue
    const weight = weightOf(asking, target)
    if (usable === MAX_KEPT) return
    kept[at + TARGETS_AT + 2 * usable] = target
    kept[at + TARGETS_AT + 2 * usable + 1] = weight
    usable++
    total += weight
  }
  // Weights that are all 0, or more than a word holds, are left to the pool.
  if (total === 0 || total > 0x7fffffff) return
  kept[at + Field.targets] = usable
  kept[at + Field.total] = total
}

function pickAgain(asking: Asking, kept: Kept, at: number): Outcome {
  const pool = kept[at + Field.pool]!
  asking.changesSec = kept[at + Field.changes]! >>> 0
  asking.slot = asking.table[pool + PoolField.slot]!
  const targets = kept[at + Field.targets]!
  if (targets === 0) {
    asking.limit = kept[at + Field.limit]!
    return drawFromPool(asking, pool)
  }
  let next = at + TARGETS_AT
  if (targets > 1) {
    let left = asking.draw(pool, kept[at + Field.total]!) - kept[next + 1]!
    while (left >= 0) {
      next += 2
      left -= kept[next + 1]!
    }
  }
  asking.chosen[0] = kept[next]!
  asking.chosenFrom[0] = pool
  asking.chosenCount = 1
  return Outcome.found
}
