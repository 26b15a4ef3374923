// A pool: the targets of one region, and the leaf of every steering tree. It is usable while at least half of its weight is
// up, judged per family: a broken IPv6 path takes the AAAA answers elsewhere and leaves the A answers where they are.
//
//   node:    code, counter slot, answers, groups, then per group: type, targets, weight in all, first target's word
//   target:  TARGET words each: board row, weight, data at (byte), data length

import { fadeOf, isDrained, isUsable } from '../health/board.ts'
import { type Asking, choose, Outcome } from './policy.ts'

export const POOL = 0
export const TARGET = 4
export const TargetField = { row: 0, weight: 1, data: 2, length: 3 } as const
const GROUP = 4

/** Of one type in one pool: the draw looks at each. */
export const MAX_TARGETS = 256

/** The group of targets that answers `type`; 0 where the pool has none. */
function groupFor(table: Uint32Array, node: number, type: number): number {
  const count = table[node + 3]!
  for (let i = 0, at = node + 4; i < count; i++, at += GROUP) if (table[at] === type) return at
  return 0
}

export function poolUsable(asking: Asking, node: number): boolean {
  const { table } = asking
  const group = groupFor(table, node, asking.type)
  if (group !== 0) return groupUsable(asking, group)
  // The pool holds nothing of this type: it is judged by what it holds, so that the pool chosen for AAAA is that for A.
  const count = table[node + 3]!
  for (let i = 0; i < count; i++) if (groupUsable(asking, node + 4 + i * GROUP)) return true
  return false
}

function groupUsable(asking: Asking, group: number): boolean {
  const { table, board } = asking
  const count = table[group + 1]!
  const total = table[group + 2]!
  let up = 0
  let upCount = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (!isUsable(board, table[at]! | 0)) continue
    up += table[at + 1]!
    upCount++
  }
  return upCount > 0 && (total === 0 ? upCount * 2 >= count : up * 2 >= total)
}

/** Draws up to `answers` usable targets by weight, without replacement. */
export function pickFromPool(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  if (!poolUsable(asking, node)) {
    if (trace) sayUnusable(asking, node)
    return Outcome.unusable
  }
  asking.slot = table[node + 1]!
  const group = groupFor(table, node, asking.type)
  if (group === 0) {
    trace?.say(node, `${trace.nameOf(node)} is usable but holds nothing of this type: no data`)
    return Outcome.found
  }
  const answers = table[node + 2]!
  const before = asking.chosenCount
  for (let turn = 0; turn < answers; turn++) {
    const target = drawTarget(asking, node, group, turn)
    if (target === 0) break
    choose(asking, target)
    trace?.say(node, `${trace.nameOf(node)} answers ${trace.targetName(target)}`)
  }
  if (trace) sayPassedOver(asking, node, group)
  return asking.chosenCount > before ? Outcome.found : Outcome.unusable
}

/** One usable target that is not yet chosen, by weight; 0 where none is left. Weight 0 is drawn only when nothing else is left. */
function drawTarget(asking: Asking, node: number, group: number, turn: number): number {
  const { table, board } = asking
  const count = table[group + 1]!
  const first = table[group + 3]!
  let total = 0
  let idle = 0
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!isUsable(board, table[at]! | 0) || isChosen(asking, at)) continue
    const weight = weightOf(asking, at)
    total += weight
    if (weight === 0) idle++
  }
  const sole = total === 0
  if (sole && (idle === 0 || asking.chosenCount > 0)) return 0
  let left = asking.draw(node + Math.imul(turn, 0x10001), sole ? idle : total)
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!isUsable(board, table[at]! | 0) || isChosen(asking, at)) continue
    left -= sole ? 1 : weightOf(asking, at)
    if (left < 0) return at
  }
  return 0
}

function weightOf(asking: Asking, target: number): number {
  const weight = asking.table[target + 1]!
  return weight * fadeOf(asking.board, asking.table[target]! | 0)
}

function isChosen(asking: Asking, target: number): boolean {
  for (let i = 0; i < asking.chosenCount; i++) if (asking.chosen[i] === target) return true
  return false
}

/** Every target of the asked type, down or not; drained ones only where the asking says so. */
export function gatherPool(asking: Asking, node: number): void {
  const { table, board } = asking
  const group = groupFor(table, node, asking.type)
  if (group === 0) return
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (!asking.withDrained && isDrained(board, table[at]! | 0)) continue
    choose(asking, at)
    // The answer is counted for the pool that comes first in it.
    if (asking.slot < 0) asking.slot = table[node + 1]!
  }
}

function sayUnusable(asking: Asking, node: number): void {
  const { table, trace } = asking
  trace!.say(node, `${trace!.nameOf(node)} is not usable: less than half of its weight is up`)
  const groups = table[node + 3]!
  for (let i = 0; i < groups; i++) {
    const group = node + 4 + i * GROUP
    if (table[group] !== asking.type && groupFor(table, node, asking.type) !== 0) continue
    sayPassedOver(asking, node, group)
  }
}

function sayPassedOver(asking: Asking, node: number, group: number): void {
  const { table, board, trace } = asking
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (isUsable(board, table[at]! | 0)) continue
    trace!.say(node, `passed over ${trace!.targetName(at)}: ${trace!.targetState(at)}`)
  }
}
