// A pool: the targets of one region, and the leaf of every steering tree. It is usable while enough of its weight is up (half,
// unless it says otherwise), judged per type: a broken IPv6 path takes the AAAA answers elsewhere and leaves the A answers where
// they are. A pool that holds nothing of the asked type is no candidate for it, whatever its health.
// Surprising: a pool that fades is usable for some clients and not for others, by the dice, so that whatever policy stands above
// moves a growing part of them elsewhere. It only fades as a whole where what does not fade could not carry it alone.
//
//   node:    code, counter slot, answers, least share up (per mille), capacity, groups,
//            then per group: type, targets, weight in all, first target's word
//   target:  TARGET words each: board row, weight, data at (byte), data length, hints (a word index, and FOLLOWS)

import { anyFades, fadeOf, FULL, isDrained, isUsableTo, nextChangeIn, nextChangeOf } from '../health/board.ts'
import { Type } from '../wire/message.ts'
import { type Asking, choose, noteChange, Outcome } from './policy.ts'

export const POOL = 0
export const TARGET = 5
export const TargetField = { row: 0, weight: 1, data: 2, length: 3, hints: 4 } as const
export const PoolField = { slot: 1, answers: 2, minHealthy: 3, capacity: 4, groups: 5 } as const
/** Words of a pool before its first group, and of a group. */
export const GROUPS = 6
export const GROUP = 4
/** Bit of `hints`: nothing checks the target itself, and it is up while the pool's addresses are. */
export const FOLLOWS = 0x40000000

/** Sets the draw of a fading pool apart from those of its targets. */
const FADE_DRAW = 0x2000_0000

/** Of one type in one pool: the draw looks at each. */
export const MAX_TARGETS = 256

export type PoolAsking = Pick<Asking, 'table' | 'board' | 'regional' | 'changesSec' | 'followed' | 'isFollowedUp'>

/** The group of targets that answers `type`; 0 where the pool has none. */
export function groupFor(table: Uint32Array, node: number, type: number): number {
  const count = table[node + PoolField.groups]!
  for (let i = 0, at = node + GROUPS; i < count; i++, at += GROUP) if (table[at] === type) return at
  return 0
}

export function poolUsable(asking: Asking, node: number): boolean {
  const { table } = asking
  const group = groupFor(table, node, asking.type)
  if (group === 0) return false
  const least = leastOf(asking, node)
  if (!groupUsable(asking, node, group, least)) return false
  return !anyFades(asking.board) || asking.withFading || keepsClient(asking, node, group, least)
}

function leastOf(asking: Asking, node: number): number {
  return asking.minHealthy < 0 ? asking.table[node + PoolField.minHealthy]! : asking.minHealthy
}

/** How much of a pool's weight is up, per mille, for the asked type; -1 where it holds none. */
export function poolShare(asking: Asking, node: number): number {
  const { table } = asking
  const group = groupFor(table, node, asking.type)
  if (group === 0) return -1
  const count = table[group + 1]!
  const total = table[group + 2]!
  let up = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    noteChanges(asking, table[at]! | 0)
    if (isTargetUsable(asking, node, at)) up += total === 0 ? 1 : table[at + 1]!
  }
  return Math.floor((1000 * up) / (total === 0 ? count : total))
}

/** `least`: of its weight, per mille. One target at least is always needed. */
export function groupUsable(asking: PoolAsking, node: number, group: number, least: number): boolean {
  const { table } = asking
  const count = table[group + 1]!
  const total = table[group + 2]!
  let up = 0
  let upCount = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    noteChanges(asking, table[at]! | 0)
    if (!isTargetUsable(asking, node, at)) continue
    up += table[at + 1]!
    upCount++
  }
  return upCount > 0 && (total === 0 ? upCount * 1000 >= count * least : up * 1000 >= total * least)
}

/** What may become of the target in a row, by the verdict and by the word of the client's region, bounds the TTL. */
function noteChanges(asking: PoolAsking, row: number): void {
  const { board, regional } = asking
  noteChange(asking, nextChangeOf(board, row))
  if (regional >= 0) noteChange(asking, nextChangeIn(board, row, regional))
}

/**
 * Whether a usable pool keeps this client: each, where what does not fade could carry it alone; else the mean part of what fades.
 * The same draw for all types.
 */
function keepsClient(asking: Asking, node: number, group: number, least: number): boolean {
  const { table, board } = asking
  const count = table[group + 1]!
  const isWeightless = table[group + 2] === 0
  const total = isWeightless ? count : table[group + 2]!
  let steady = 0
  let fading = 0
  let left = 0
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (!isTargetUsable(asking, node, at)) continue
    const weight = isWeightless ? 1 : table[at + 1]!
    const fade = fadeOf(board, table[at]! | 0)
    if (fade === FULL) steady += weight
    else {
      fading += weight
      left += weight * fade
    }
  }
  if (fading === 0 || (steady > 0 && steady * 1000 >= total * least)) return true
  if (asking.draw(node ^ FADE_DRAW, FULL * fading) < left) return true
  asking.turnedAway = true
  return false
}

/** Whether a target of the pool `node` may be named. */
export function isTargetUsable(asking: PoolAsking, node: number, target: number): boolean {
  const { table } = asking
  if (!isUsableTo(asking.board, table[target]! | 0, asking.regional)) return false
  return (table[target + TargetField.hints]! & FOLLOWS) === 0 || addressesUsable(asking, node)
}

/** Whether the pool is usable for A or AAAA by its own rule. Looked at once per query, as each follower asks. */
function addressesUsable(asking: PoolAsking, node: number): boolean {
  if (asking.followed === node) return asking.isFollowedUp
  const { table } = asking
  const least = table[node + PoolField.minHealthy]!
  const four = groupFor(table, node, Type.A)
  const six = groupFor(table, node, Type.AAAA)
  const isUp =
    (four !== 0 && groupUsable(asking, node, four, least)) || (six !== 0 && groupUsable(asking, node, six, least))
  asking.followed = node
  asking.isFollowedUp = isUp
  return isUp
}

/** Draws up to `answers` usable targets by weight, without replacement. */
export function pickFromPool(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  if (!poolUsable(asking, node)) {
    if (trace) sayUnusable(asking, node)
    return Outcome.unusable
  }
  asking.slot = table[node + PoolField.slot]!
  // The first pool of a walk, without dice before it, is told apart from one after others: see kept.ts.
  asking.leaf = asking.leaf === 0 && asking.draws === 0 ? node : -1
  asking.leafLimit = asking.limit
  const outcome = drawFromPool(asking, node)
  asking.leafDraws = asking.draws
  if (trace) {
    const group = groupFor(table, node, asking.type)
    sayRegional(asking, node, group)
    sayPassedOver(asking, node, group)
    sayFading(asking, node, group)
  }
  return outcome
}

/** The draws of a pool that is usable. */
export function drawFromPool(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  const group = groupFor(table, node, asking.type)
  const answers = table[node + PoolField.answers]!
  const before = asking.chosenCount
  for (let turn = 0; turn < answers && asking.chosenCount < asking.limit; turn++) {
    const target = drawTarget(asking, node, group, turn, asking.chosen, asking.chosenCount)
    if (target === 0) break
    choose(asking, target, node)
    trace?.say(node, `${trace.nameOf(node)} answers ${trace.targetName(target)}`)
  }
  return asking.chosenCount > before ? Outcome.found : Outcome.unusable
}

/** Draws for the hints of a record what the same client gets for the addresses' own type; returns how many. */
export function drawHints(asking: Asking, node: number, type: number, into: Int32Array): number {
  const { table } = asking
  const group = groupFor(table, node, type)
  if (group === 0) return 0
  const answers = table[node + PoolField.answers]!
  let count = 0
  while (count < answers) {
    const target = drawTarget(asking, node, group, count, into, count)
    if (target === 0) break
    into[count++] = target
  }
  return count
}

/**
 * One usable target that is not among the first `count` of `drawn`, by weight; 0 where none is left. Weight 0 is drawn only
 * when nothing else is left.
 */
function drawTarget(
  asking: Asking,
  node: number,
  group: number,
  turn: number,
  drawn: Int32Array,
  drawnCount: number,
): number {
  const { table } = asking
  const count = table[group + 1]!
  const first = table[group + 3]!
  let total = 0
  let idle = 0
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!isTargetUsable(asking, node, at) || isAmong(drawn, drawnCount, at)) continue
    const weight = weightOf(asking, at)
    total += weight
    if (weight === 0) idle++
  }
  const sole = total === 0
  if (sole && (idle === 0 || turn > 0)) return 0
  let left = asking.draw(node + Math.imul(turn, 0x10001), sole ? idle : total)
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!isTargetUsable(asking, node, at) || isAmong(drawn, drawnCount, at)) continue
    left -= sole ? 1 : weightOf(asking, at)
    if (left < 0) return at
  }
  return 0
}

/** In effect now: of what fades less. */
export function weightOf(asking: Asking, target: number): number {
  const weight = asking.table[target + 1]!
  return weight * fadeOf(asking.board, asking.table[target]! | 0)
}

function isAmong(list: Int32Array, count: number, target: number): boolean {
  for (let i = 0; i < count; i++) if (list[i] === target) return true
  return false
}

/** Word indexes of a pool's targets, of all types. For the main thread. */
export function targetsOf(table: Uint32Array, pool: number): number[] {
  const targets: number[] = []
  for (let i = 0; i < table[pool + PoolField.groups]!; i++) {
    const group = pool + GROUPS + i * GROUP
    for (let t = 0; t < table[group + 1]!; t++) targets.push(table[group + 3]! + t * TARGET)
  }
  return targets
}

/** Every target of the asked type, down or not; drained ones only where the asking says so. Of aliases one, by weight. */
export function gatherPool(asking: Asking, node: number): void {
  const { table } = asking
  const group = groupFor(table, node, asking.type)
  if (group === 0) return
  if (asking.type === Type.CNAME) return gatherAlias(asking, node, group)
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET)
    if (mayGather(asking, at)) take(asking, at, node)
}

function mayGather({ withDrained, board, table }: Asking, target: number): boolean {
  return withDrained || !isDrained(board, table[target]! | 0)
}

function take(asking: Asking, target: number, node: number): void {
  choose(asking, target, node)
  // The answer is counted for the pool that comes first in it.
  if (asking.slot < 0) asking.slot = asking.table[node + PoolField.slot]!
}

/** A name has one CNAME (RFC 2181 §10.1), so "everything" is a draw among all. */
function gatherAlias(asking: Asking, node: number, group: number): void {
  const { table } = asking
  const count = table[group + 1]!
  const first = table[group + 3]!
  let total = 0
  let open = 0
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!mayGather(asking, at)) continue
    total += table[at + 1]!
    open++
  }
  if (open === 0 || asking.chosenCount > 0) return
  let left = asking.draw(node, total === 0 ? open : total)
  for (let i = 0, at = first; i < count; i++, at += TARGET) {
    if (!mayGather(asking, at)) continue
    left -= total === 0 ? 1 : table[at + 1]!
    if (left < 0) return take(asking, at, node)
  }
}

/** Why a pool that is not usable is not. */
export function whyUnusable(asking: Asking, node: number): string {
  const group = groupFor(asking.table, node, asking.type)
  if (group === 0) return 'it holds nothing of this type'
  const least = leastOf(asking, node)
  if (groupUsable(asking, node, group, least)) return 'it keeps a part of its clients, and not this one'
  return `less than ${least === 500 ? 'half' : `${least / 10} %`} of its weight is up`
}

function sayUnusable(asking: Asking, node: number): void {
  const { table, trace } = asking
  const group = groupFor(table, node, asking.type)
  const why = whyUnusable(asking, node)
  if (group === 0) {
    trace!.say(node, `${trace!.nameOf(node)} is passed over: ${why}`)
    return
  }
  if (groupUsable(asking, node, group, leastOf(asking, node))) {
    trace!.say(node, `${trace!.nameOf(node)} fades: ${why}`)
    sayFading(asking, node, group)
    return
  }
  trace!.say(node, `${trace!.nameOf(node)} is not usable: ${why}`)
  sayPassedOver(asking, node, group)
}

function sayFading(asking: Asking, node: number, group: number): void {
  const { table, board, trace } = asking
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (isTargetUsable(asking, node, at) && fadeOf(board, table[at]! | 0) < FULL)
      trace!.say(node, `fading ${trace!.targetName(at)}: ${trace!.targetState(at, asking.regional)}`)
  }
}

/** Targets that only the region's own word makes usable. */
function sayRegional(asking: Asking, node: number, group: number): void {
  const { table, board, regional, trace } = asking
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (isUsableTo(board, table[at]! | 0, -1) || !isTargetUsable(asking, node, at)) continue
    trace!.say(node, `usable here ${trace!.targetName(at)}: ${trace!.targetState(at, regional)}`)
  }
}

function sayPassedOver(asking: Asking, node: number, group: number): void {
  const { table, board, regional, trace } = asking
  const count = table[group + 1]!
  for (let i = 0, at = table[group + 3]!; i < count; i++, at += TARGET) {
    if (isTargetUsable(asking, node, at)) continue
    const isOwnUp = isUsableTo(board, table[at]! | 0, regional)
    const because = isOwnUp ? "the pool's addresses are down" : trace!.targetState(at, regional)
    trace!.say(node, `passed over ${trace!.targetName(at)}: ${because}`)
  }
}
