// weighted: one usable branch, in proportion to its weight. A branch of weight 0 is used only when no other is usable
// (as Route 53 does). Canaries take their percentage off the top, and the weights share the rest (canary.ts).
//
//   node: code, members, canaries, first cell + 1 (0: none), first counted part, then (branch, weight) per member, then the
//         canaries
//
// Draws are counted while everybody who has a share can have it (split.ts in core/answer): what they came to can then be held
// against what was configured.

import { z } from 'zod'
import { duration, moment, percent, weight } from '../base/schema.ts'
import { CANARY, CANARY_CELLS, CanaryField, isRamping, isWell, noteRamp, settleCanary, shareNow } from './canary.ts'
import {
  anyUsable,
  type Asking,
  aside,
  type Branch,
  definePolicy,
  Outcome,
  pickBy,
  type TableWriter,
  treatAll,
  weightedShare,
} from './policy.ts'
import { sayCanary, sayDrawn, sayOut } from './weighted-words.ts'

interface Ramp {
  readonly to: number
  readonly over: number
  readonly from: number
}

interface Member {
  readonly to: Branch
  readonly weight?: number | undefined
  readonly percent?: number | undefined
  readonly ramp?: Ramp | undefined
  readonly min_healthy?: number | undefined
}

/** Of what a canary must have up, per mille, where it does not say. */
const CANARY_LEAST = 900
const MEMBERS = 5

function memberConfig(branch: z.ZodType<Branch>) {
  const rampConfig = z.strictObject({
    to: percent().describe('the percentage at its end'),
    over: duration({ atLeastMs: 1000, atMostMs: 90 * 86_400_000 }).describe('how long it takes'),
    from: moment().describe('when it begins'),
  })
  return z.strictObject({
    to: branch,
    weight: weight().optional().describe('its share relative to that of its neighbours; 1 if not said'),
    percent: percent().optional().describe('a canary: it gets this much of all clients, and the others share the rest'),
    ramp: rampConfig
      .optional()
      .describe('the percentage grows to another one, and begins anew when the canary was ill'),
    min_healthy: percent()
      .optional()
      .describe('of a canary: how much of it must be usable for it to have its share; 90% if not said'),
  })
}

type Mistakes = z.core.$RefinementCtx<readonly Member[]>

function checkMembers(members: readonly Member[], context: Mistakes): void {
  const say = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message })
  for (const [i, member] of members.entries()) {
    const { percent: share, ramp } = member
    for (const key of ['ramp', 'min_healthy'] as const)
      if (share === undefined && member[key] !== undefined)
        say([i, key], `expected \`percent\` beside \`${key}\`, found none`)
    if (share !== undefined && member.weight !== undefined)
      say([i, 'weight'], 'expected either `weight` or `percent`, found both')
    if (share !== undefined && ramp && ramp.to <= share)
      say([i, 'ramp', 'to'], `expected more than the ${share / 10}% that it begins with, found ${ramp.to / 10}%`)
  }
  const most = members.reduce((sum, { percent: share = 0, ramp }) => sum + (ramp?.to ?? share), 0)
  if (most > 1000) say([], `expected percentages of 100% in all at most, found ${most / 10}%`)
  if (members.every((member) => member.percent !== undefined) && most < 1000)
    say([], `expected a member without \`percent\` for the rest, found ${most / 10}% in all`)
}

export const weighted = definePolicy<readonly Member[]>({
  name: 'weighted',
  usesPlace: false,

  config: (branch) =>
    z
      .array(memberConfig(branch))
      .min(1)
      .superRefine(checkMembers)
      .meta({ description: 'usable branches share the clients in proportion to their weights' }),

  branches: (config) => config.map(({ to }, i) => ({ to, path: [i, 'to'] })),

  compile(config, code, writer) {
    const branches = config.map(({ to }, i) => writer.branch(to, [i, 'to']))
    // A branch that is named twice is one, with both weights.
    const weights = new Map<number, number>()
    for (const [i, { percent: share, weight: own = 1 }] of config.entries())
      if (share === undefined) weights.set(branches[i]!, (weights.get(branches[i]!) ?? 0) + own)
    const canaries = config.flatMap((member, i) =>
      member.percent === undefined ? [] : [compileCanary(member, branches[i]!, writer)],
    )
    const hasRamp = config.some(({ ramp }) => ramp !== undefined)
    const cells = hasRamp ? 1 + writer.cells(canaries.length * CANARY_CELLS) : 0
    const parts = writer.split(partsOf(config, branches))
    const members = [...weights].flat()
    return writer.words(code, weights.size, canaries.length, cells, parts, ...members, ...canaries.flat())
  },

  usable(asking, node) {
    const { table } = asking
    return (
      anyUsable(asking, node + MEMBERS, table[node + 1]!, 2) ||
      anyUsable(asking, canaryAt(table, node, 0), table[node + 2]!, CANARY)
    )
  },

  pick(asking, node) {
    const { table } = asking
    const canary = table[node + 2] === 0 ? 0 : drawCanary(asking, node)
    if (canary === 0) return pickByWeight(asking, node)
    const part = table[node + 1]! + (canary - canaryAt(table, node, 0)) / CANARY
    return counted(asking, node, part, pickBy(asking, table[canary]!, table[canary + CanaryField.least]!))
  },

  gather(asking, node) {
    const { table } = asking
    for (let i = 0; i < table[node + 1]!; i++) asking.gather(table[node + MEMBERS + 2 * i]!)
    for (let i = 0; i < table[node + 2]!; i++) asking.gather(table[canaryAt(table, node, i)]!)
  },

  share(asking, node) {
    const { table } = asking
    const rest = weightedShare(asking, node + MEMBERS, table[node + 1]!, 2)
    let isUsable = asking.isShareUsable
    let left = 1000
    let ofCanaries = 0
    for (let i = 0; i < table[node + 2]!; i++) {
      const at = canaryAt(table, node, i)
      const share = asking.share(table[at]!)
      if (asking.isShareUsable) isUsable = true
      if (share < 0) continue
      const part = shareNow(asking, at, cellOf(table, node, i))
      left -= part
      ofCanaries += part * share
    }
    asking.isShareUsable = isUsable
    if (left === 1000) return rest
    return Math.floor(rest < 0 ? ofCanaries / (1000 - left) : (ofCanaries + left * rest) / 1000)
  },

  treat(treatment, node) {
    const { table } = treatment
    treatAll(treatment, node + MEMBERS, table[node + 1]!, 2)
    treatAll(treatment, canaryAt(table, node, 0), table[node + 2]!, CANARY)
  },

  leastOf(table, node, to) {
    for (let i = 0, at = canaryAt(table, node, 0); i < table[node + 2]!; i++, at += CANARY)
      if (table[at] === to) return table[at + CanaryField.least]!
    return -1
  },

  settle(settling, node) {
    const { table } = settling
    for (let i = 0; i < table[node + 2]!; i++) settleCanary(settling, canaryAt(table, node, i), cellOf(table, node, i))
  },
})

function compileCanary(
  { percent: share = 0, ramp, min_healthy }: Member,
  branch: number,
  writer: TableWriter,
): number[] {
  const pools = writer.poolsBeneath(branch)
  const times = ramp ? [Math.floor(ramp.from / 1000), Math.ceil(ramp.over / 1000)] : [0, 0]
  const poolsAt = ramp && pools.length > 0 ? writer.words(...pools) : 0
  return [branch, share, ramp?.to ?? share, min_healthy ?? CANARY_LEAST, ...times, pools.length, poolsAt]
}

/** What each is to get of all clients when its ramp is over: those with a weight first. */
function partsOf(config: readonly Member[], branches: readonly number[]): { to: Branch; share: number }[] {
  const canaries = config.filter((member) => member.percent !== undefined)
  const shares = canaries.map(({ percent: share = 0, ramp }) => (ramp?.to ?? share) / 1000)
  const rest = 1 - shares.reduce((sum, share) => sum + share, 0)
  const plain = new Map<number, { to: Branch; weight: number }>()
  for (const [i, { to, percent: share, weight: own = 1 }] of config.entries())
    if (share === undefined) plain.set(branches[i]!, { to, weight: (plain.get(branches[i]!)?.weight ?? 0) + own })
  const members = [...plain.values()]
  const total = members.reduce((sum, member) => sum + member.weight, 0)
  return [
    ...members.map(({ to, weight: own }) => ({ to, share: total === 0 ? 0 : (rest * own) / total })),
    ...canaries.map(({ to }, i) => ({ to, share: shares[i]! })),
  ]
}

/** Word of a node's canary. */
function canaryAt(table: Uint32Array, node: number, i: number): number {
  return node + MEMBERS + 2 * table[node + 1]! + i * CANARY
}

/** A canary's first cell; without a ramp it has none, and none is read. */
function cellOf(table: Uint32Array, node: number, i: number): number {
  return table[node + 3]! - 1 + i * CANARY_CELLS
}

/** The canary that takes this client, 0 where none does: those that are well lie side by side from 0 on, 1000 is all. */
function drawCanary(asking: Asking, node: number): number {
  const { table, trace } = asking
  // A key of its own, so that the members' draws stay as they are while a canary grows.
  const point = asking.draw(node + 2, 1000)
  let drawn = 0
  let end = 0
  for (let i = 0; i < table[node + 2]!; i++) {
    const at = canaryAt(table, node, i)
    const cell = cellOf(table, node, i)
    const isUp = isWell(asking, at)
    if (trace) sayCanary(asking, node, at, cell, isUp)
    if (!isUp) continue
    const share = shareNow(asking, at, cell)
    if (drawn === 0 && point < end + share) {
      drawn = at
      if (trace) sayDrawn(asking, node, table[at]!, share, 1000, point, '')
    } else if (drawn === 0) noteRamp(asking, at, cell, point - end)
    end += share
  }
  return drawn
}

// The first draw is among all branches, and only who drew an unusable one draws again: so the loss of a branch, or a type that
// it lacks, moves its own clients alone, and A and AAAA come from one pool wherever that holds both.
function pickByWeight(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  const hasCanaries = table[node + 2] !== 0
  if (trace) sayUnusable(asking, node)
  const first = drawMember(asking, node, node, false)
  if (first !== 0 && !(hasCanaries && table[first + 1] === 0) && asking.usable(table[first]!))
    return counted(asking, node, (first - node - MEMBERS) / 2, asking.pick(table[first]!))
  if (first !== 0) trace?.say(node, 'weighted: draws again, among the usable branches')
  const second = drawMember(asking, node, node + 1, true)
  if (hasCanaries && (second === 0 || table[second + 1] === 0)) {
    const canary = canaryForRest(asking, node, second !== 0)
    if (canary !== 0) return pickRest(asking, node, canary)
  }
  if (second !== 0) return asking.pick(table[second]!)
  trace?.say(node, 'weighted: no branch is usable')
  return Outcome.unusable
}

/** A member by weight, among all or the usable ones; 0 where there is none. Those of weight 0 only where no other is left. */
function drawMember(asking: Asking, node: number, key: number, ofUsable: boolean): number {
  const { table, trace } = asking
  const count = table[node + 1]!
  let total = 0
  let idle = 0
  for (let i = 0, at = node + MEMBERS; i < count; i++, at += 2) {
    if (ofUsable && !asking.usable(table[at]!)) continue
    total += table[at + 1]!
    if (table[at + 1] === 0) idle++
  }
  const isIdle = total === 0
  if (isIdle && idle === 0) return 0
  const drawn = asking.draw(key, isIdle ? idle : total)
  let left = drawn
  for (let i = 0, at = node + MEMBERS; i < count; i++, at += 2) {
    if (ofUsable && !asking.usable(table[at]!)) continue
    const share = isIdle ? 1 : table[at + 1]!
    left -= share
    if (left >= 0) continue
    const of = table[node + 2] === 0 ? '' : ' of the rest'
    if (trace) sayDrawn(asking, node, table[at]!, share, isIdle ? idle : total, drawn, of)
    return at
  }
  return 0
}

/** Tells of the members that fall out. What is looked at for that alone bounds no TTL. */
function sayUnusable(asking: Asking, node: number): void {
  const { table } = asking
  aside(asking, () => {
    let total = 0
    for (let i = 0, at = node + MEMBERS; i < table[node + 1]!; i++, at += 2)
      if (asking.usable(table[at]!)) total += table[at + 1]!
      else sayOut(asking, node, table[at]!)
    for (let i = 0, at = node + MEMBERS; i < table[node + 1]!; i++, at += 2)
      if (total > 0 && table[at + 1] === 0) asking.trace!.out(node, table[at]!, 'weight 0, and others are usable')
  })
}

/** Passes an outcome on, and counts it for a part of the split where all parts could have come of the draw. */
function counted(asking: Asking, node: number, part: number, outcome: Outcome): Outcome {
  if (outcome === Outcome.found && isWholeNow(asking, node)) asking.countDraw(node, asking.table[node + 4]! + part)
  return outcome
}

/** Whether all who have a share can have it, and no ramp is under way. */
function isWholeNow(asking: Asking, node: number): boolean {
  const { table } = asking
  // What does not bear on the answer does not bound its TTL.
  const before = asking.changesSec
  let isWhole = true
  for (let i = 0, at = node + MEMBERS; i < table[node + 1]! && isWhole; i++, at += 2)
    if (table[at + 1] !== 0) isWhole = asking.usable(table[at]!)
  for (let i = 0; i < table[node + 2]! && isWhole; i++) {
    const at = canaryAt(table, node, i)
    isWhole = !isRamping(asking, at, cellOf(table, node, i)) && isWell(asking, at)
  }
  asking.changesSec = before
  // Whoever comes to the same pool after this has to look at it himself.
  asking.followed = -1
  return isWhole
}

/** Where no member with a weight is usable: a canary that is well, or (where there is no reserve) that is usable at all. */
function canaryForRest(asking: Asking, node: number, hasReserve: boolean): number {
  const { table } = asking
  const count = table[node + 2]!
  for (let turn = 0; turn < (hasReserve ? 1 : 2); turn++) {
    let total = 0
    for (let i = 0; i < count; i++) total += restShare(asking, node, i, turn)
    if (total === 0) continue
    let left = asking.draw(node + 3, total)
    for (let i = 0; i < count; i++) {
      left -= restShare(asking, node, i, turn)
      if (left < 0) return canaryAt(table, node, i)
    }
  }
  return 0
}

/** Of those that are well (turn 0) or usable (turn 1); one of 0 % still counts for a little. */
function restShare(asking: Asking, node: number, i: number, turn: number): number {
  const at = canaryAt(asking.table, node, i)
  if (turn === 0 ? !isWell(asking, at) : !asking.usable(asking.table[at]!)) return 0
  return shareNow(asking, at, cellOf(asking.table, node, i)) || 1
}

function pickRest(asking: Asking, node: number, canary: number): Outcome {
  const { table, trace } = asking
  trace?.say(node, `weighted: no branch with a weight is usable: ${trace.nameOf(table[canary]!)} takes its place`)
  return isWell(asking, canary)
    ? pickBy(asking, table[canary]!, table[canary + CanaryField.least]!)
    : asking.pick(table[canary]!)
}
