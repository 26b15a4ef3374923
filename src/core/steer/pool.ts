// A pool: the targets of one region, and the leaf of every steering tree. It is usable while enough of its weight is up (half,
// unless it says otherwise), judged per family: a broken IPv6 path takes the AAAA answers elsewhere and leaves the A answers where they are.
//
//   node:    code, counter slot, answers, least share up (per mille), capacity, groups,
//            then per group: type, targets, weight in all, first target's word
//   target:  TARGET words each: board row, weight, data at (byte), data length

import { fadeOf, isDrained, isUsable, nextChangeOf } from '../health/board.ts'
import { type Asking, choose, noteChange, Outcome } from './policy.ts'

export const POOL = 0
export const TARGET = 4
export const TargetField = { row: 0, weight: 1, data: 2, length: 3 } as const
export const PoolField = { slot: 1, answers: 2, minHealthy: 3, capacity: 4, groups: 5 } as const
/** Words of a pool before its first group, and of a group. */
export const GROUPS = 6
export const GROUP = 4

/** Of one type in one pool: the draw looks at each. */
export const MAX_TARGETS = 256

type GroupAsking = Pick<Asking, 'table' | 'board' | 'changesSec'>

/** The group of targets that answers `type`; 0 where the pool has none. */
function groupFor(table: Uint32Array, node: number, type: number): number {
  const count = table[node + PoolField.groups]!
  for (let i = 0, at = node + GROUPS; i < count; i++, at += GROUP) if (table[at] === type) return at
  return 0
}

export function poolUsable(asking: Asking, node: number): boolean {
  const { table } = asking
  const least = asking.minHealthy < 0 ? table[node + PoolField.minHealthy]! : asking.minHealthy
  const group = groupFor(table, node, asking.type)
  if (group !== 0) return groupUsable(asking, group, least)
  // The pool holds nothing of this type: it is judged by what it holds, so that the pool chosen for AAAA is that for A.
  const count = table[node + PoolField.groups]!
  for (let i = 0; i < count; i++) if (groupUsable(asking, node + GROUPS + i * GROUP, least)) return true
  return false
}

/** How much of a pool's weight is up, per mille, for the asked type. */
export function poolShare(asking: Asking, node: number): number {
  const { table, board } = asking
  const group = groupFor(table, node, asking.type)
  if (group === 0) return poolUsable(asking, node) ? 1000 : 0
  const count = table[group + 1]!
  const total = table[group + 2]!
  let up = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET)
    if (isUsable(board, table[at]! | 0)) up += total === 0 ? 1 : table[at + 1]!
  return Math.floor((1000 * up) / (total === 0 ? count : total))
}

/** `least`: of its weight, per mille. One target at least is always needed. */
export function groupUsable(asking: GroupAsking, group: number, least: number): boolean {
  const { table, board } = asking
  const count = table[group + 1]!
  const total = table[group + 2]!
  let up = 0
  let upCount = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    const row = table[at]! | 0
    noteChange(asking, nextChangeOf(board, row))
    if (!isUsable(board, row)) continue
    up += table[at + 1]!
    upCount++
  }
  return upCount > 0 && (total === 0 ? upCount * 1000 >= count * least : up * 1000 >= total * least)
}

/** Draws up to `answers` usable targets by weight, without replacement. */
export function pickFromPool(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  if (!poolUsable(asking, node)) {
    if (trace) sayUnusable(asking, node)
    return Outcome.unusable
  }
  asking.slot = table[node + PoolField.slot]!
  const group = groupFor(table, node, asking.type)
  if (group === 0) {
    trace?.say(node, `${trace.nameOf(node)} is usable but holds nothing of this type: no data`)
    return Outcome.found
  }
  const answers = table[node + PoolField.answers]!
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
    if (asking.slot < 0) asking.slot = table[node + PoolField.slot]!
  }
}

function sayUnusable(asking: Asking, node: number): void {
  const { table, trace } = asking
  const least = asking.minHealthy < 0 ? table[node + PoolField.minHealthy]! : asking.minHealthy
  const needed = least === 500 ? 'half' : `${least / 10} %`
  trace!.say(node, `${trace!.nameOf(node)} is not usable: less than ${needed} of its weight is up`)
  const groups = table[node + PoolField.groups]!
  for (let i = 0; i < groups; i++) {
    const group = node + GROUPS + i * GROUP
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
