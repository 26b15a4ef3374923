// failover: tiers in order of preference. The first usable one answers; with `spill` a tier that is partly down keeps what the
// rest of it can carry, and the next ones take what it cannot (Envoy's priority levels, with capacities).
//
// Room is what a tier could take of the demand when all of it is up, in millionths. Clients draw a point between 0 and all; the
// tiers lie side by side along that line, each as long as its room is now, and behind them, in the same order, what is held back:
//
//   |--- tier 1, up 50 % ---|--- tier 2 ---|· held back: tier 1 ·|· tier 2 ·|      cut off where the demand is met

import { z } from 'zod'
import { duration, percent } from '../base/schema.ts'
import { FAMILIES } from './continuity.ts'
import { settleTiers } from './failback.ts'
import {
  branchOf,
  FailoverField,
  HELD,
  HOLD_CELLS,
  holdAt,
  HoldCell,
  leastOf,
  MANUAL,
  MOST_ROOM,
  TIER,
  TierField,
  TIERS,
  WHOLE,
} from './failover-layout.ts'
import { sayDrawn, sayTier } from './failover-words.ts'
import {
  anyUsable,
  type Asking,
  type Branch,
  definePolicy,
  isUsableBy,
  noteChange,
  Outcome,
  pickBy,
  treatAll,
} from './policy.ts'

interface Options {
  readonly tiers: readonly Branch[]
  readonly min_healthy?: number | undefined
  readonly spill: boolean | { readonly factor: number; readonly panic: number }
  readonly failback: number | 'manual'
  readonly slow_start: number
}
type Config = readonly Branch[] | Options

/** All tiers together lack room: by more than the rounding of their shares, which are per mille. */
const SHORT = 0.99 * WHOLE

const DAY_MS = 86_400_000
const spillDefaults = { factor: 1.4, panic: 500 }

function optionsConfig(branch: z.ZodType<Branch>) {
  const spillConfig = z.strictObject({
    factor: z
      .number()
      .min(1)
      .max(100)
      .default(spillDefaults.factor)
      .describe('a tier carries all while so much of it is up that this times it is all: 1.4 spills below 71.5 %'),
    panic: percent()
      .prefault('50%')
      .describe('when all tiers together lack room, one with less than this up answers with everything; 0% never does'),
  })
  return z.strictObject({
    tiers: z.array(branch).min(1).describe('branches in order of preference'),
    min_healthy: percent()
      .optional()
      .describe(
        'how much of a tier must be usable for it to be used, in the place of `min_healthy` of the pools beneath; with `spill` 0% if not said',
      ),
    spill: z
      .union([z.boolean(), spillConfig])
      .default(false)
      .describe('a tier that is partly down keeps what it can carry, and the next ones take the rest'),
    failback: z
      .union([z.literal('manual'), duration({ atMostMs: 30 * DAY_MS })])
      .prefault('0s')
      .describe(
        'a tier that was out is returned to when it has been usable for so long; manual: when an operator says so',
      ),
    slow_start: duration({ atMostMs: 30 * DAY_MS })
      .prefault('0s')
      .describe('after its return a tier takes its clients little by little, all of them after so long'),
  })
}

function optionsOf(config: Config): Options {
  return Array.isArray(config)
    ? { tiers: config as readonly Branch[], spill: false, failback: 0, slow_start: 0 }
    : (config as Options)
}

export const failover = definePolicy<Config>({
  name: 'failover',
  usesPlace: false,

  config: (branch) =>
    z.union([z.array(branch).min(1), optionsConfig(branch)]).meta({
      description: 'branches in order of preference: the first usable one answers; or `tiers` with options',
    }),

  branches: (config) => {
    const isList = Array.isArray(config)
    return optionsOf(config).tiers.map((to, i) => ({ to, path: isList ? [i] : ['tiers', i] }))
  },

  compile(config, code, writer) {
    const { tiers, min_healthy, spill, failback, slow_start } = optionsOf(config)
    const isList = Array.isArray(config)
    const branches = tiers.map((to, i) => writer.branch(to, isList ? [i] : ['tiers', i]))
    const pools = branches.map((node) => writer.poolsBeneath(node))
    const spillOptions = spill === true ? spillDefaults : spill === false ? undefined : spill
    const capacities = pools.map((nodes) => nodes.reduce((sum, pool) => sum + writer.capacityOf(pool), 0))
    const isUndeclared = pools.map((nodes) => nodes.some((pool) => writer.capacityOf(pool) === 0))
    const hasCapacities = capacities.some((capacity, i) => capacity > 0 && !isUndeclared[i])
    if (spillOptions && hasCapacities && isUndeclared.includes(true))
      writer.problem(
        ['tiers', isUndeclared.indexOf(true)],
        'expected a `capacity` of every pool, found one without, while pools of other tiers have one',
        'to spill by capacity, give one to all pools of this failover, or to none',
      )
    const hasMemory = failback !== 0 || slow_start !== 0
    const failbackSec = failback === 'manual' ? MANUAL : Math.ceil(failback / 1000)
    const cells = hasMemory ? 1 + writer.cells(tiers.length * FAMILIES * HOLD_CELLS, tiers) : 0
    const least = min_healthy ?? (spillOptions ? 0 : undefined)
    const words = branches.flatMap((node, i) => {
      const share = hasCapacities ? capacities[i]! / capacities[0]! : 1
      const room = Math.max(1, Math.min(MOST_ROOM, Math.floor((spillOptions?.factor ?? 1) * share * WHOLE)))
      return [node, room, pools[i]!.length, hasMemory ? writer.words(...pools[i]!) : 0]
    })
    const spilling = [spillOptions ? 1 : 0, spillOptions?.panic ?? 0]
    const timing = [failbackSec, Math.ceil(slow_start / 1000), cells]
    return writer.words(code, tiers.length, (least ?? -1) + 1, ...spilling, ...timing, ...words)
  },

  usable(asking, node) {
    const { table } = asking
    const least = leastOf(table, node)
    if (least < 0) return anyUsable(asking, node + TIERS, table[node + 1]!, TIER)
    for (let i = 0; i < table[node + 1]!; i++) if (isUsableBy(asking, branchOf(table, node, i), least)) return true
    return false
  },

  pick(asking, node) {
    const { table } = asking
    if (leastOf(table, node) < 0 && table[node + FailoverField.cells] === 0) return pickFirst(asking, node)
    return pickByRoom(asking, node)
  },

  gather(asking, node) {
    const count = asking.table[node + 1]!
    for (let i = 0; i < count; i++) asking.gather(branchOf(asking.table, node, i))
  },

  // One tier serves at a time, but for spill, where they are parts of one whole. As when it is picked, a minimum of its own counts
  // and not one from above.
  share(asking, node) {
    const { table } = asking
    const least = leastOf(table, node)
    const isSpilling = table[node + FailoverField.spill] !== 0
    const before = asking.minHealthy
    if (least >= 0) asking.minHealthy = least
    let isUsable = false
    let largest = -1
    let total = 0
    let up = 0
    for (let i = 0, at = node + TIERS; i < table[node + 1]!; i++, at += TIER) {
      const share = asking.share(table[at]!)
      if (asking.isShareUsable && share >= least) isUsable = true
      if (share < 0) continue
      if (share > largest) largest = share
      total += table[at + TierField.room]!
      up += table[at + TierField.room]! * share
    }
    asking.minHealthy = before
    asking.isShareUsable = isUsable
    return isSpilling && total > 0 ? Math.floor(up / total) : largest
  },

  treat: (treatment, node) => treatAll(treatment, node + TIERS, treatment.table[node + 1]!, TIER),

  leastOf: (table, node) => leastOf(table, node),

  settle: (settling, node) => settleTiers(settling, node),
})

/** Without options there is nothing to weigh. */
function pickFirst(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  const count = table[node + 1]!
  for (let i = 0; i < count; i++) {
    const to = branchOf(table, node, i)
    trace?.say(node, `failover: tries ${trace.nameOf(to)} (${i + 1} of ${count})`)
    if (asking.pick(to) === Outcome.found) return Outcome.found
  }
  trace?.say(node, 'failover: no branch is usable')
  return Outcome.unusable
}

function pickByRoom(asking: Asking, node: number): Outcome {
  const { table, trace } = asking
  const count = table[node + 1]!
  let room = 0
  for (let turn = 0; turn < 2 && room < WHOLE; turn++)
    for (let i = 0; i < count && room < WHOLE; i++) {
      if (trace && turn === 0) sayTier(asking, node, i, roomOf(asking, node, i), openShare(asking, node, i))
      room += partOf(asking, node, i, turn)
    }
  if (room === 0) {
    trace?.say(node, 'failover: no branch is usable')
    return Outcome.unusable
  }
  const whole = room < WHOLE ? room : WHOLE
  // Where the first tier takes all, nothing needs to be drawn.
  const isSole = partOf(asking, node, 0, 0) >= whole
  const point = isSole ? 0 : Math.floor((asking.draw(node, WHOLE) * whole) / WHOLE)
  let before = 0
  for (let turn = 0; turn < 2; turn++)
    for (let i = 0; i < count; i++) {
      const part = partOf(asking, node, i, turn)
      if (turn === 0) noteReturn(asking, node, i, point - before)
      if (point >= before + part) {
        before += part
        continue
      }
      if (trace && !isSole) sayDrawn(asking, node, i, Math.min(part, whole - before), whole)
      return pickTier(asking, node, i, room < SHORT)
    }
  return Outcome.unusable
}

/** `isShort`: all tiers together lack room. */
function pickTier(asking: Asking, node: number, tier: number, isShort: boolean): Outcome {
  const { table, trace } = asking
  const to = branchOf(table, node, tier)
  const panic = table[node + FailoverField.panic]!
  if (!isShort || table[node + FailoverField.spill] === 0 || asking.share(to) >= panic)
    return pickBy(asking, to, leastOf(table, node))
  trace?.say(node, `failover: all tiers together lack room, and ${trace.nameOf(to)} panics: it answers with everything`)
  const before = asking.chosenCount
  asking.withDrained = false
  asking.gather(to)
  return asking.chosenCount > before ? Outcome.found : pickBy(asking, to, leastOf(table, node))
}

/** What a tier can take of the demand now, in millionths, whether it is held back or not. */
function roomOf(asking: Asking, node: number, tier: number): number {
  const { table } = asking
  const least = leastOf(table, node)
  const at = node + TIERS + tier * TIER
  if (!isUsableBy(asking, table[at]!, least)) return 0
  if (table[node + FailoverField.spill] === 0) return WHOLE
  const room = Math.floor((table[at + TierField.room]! * asking.share(table[at]!)) / 1000)
  return room < WHOLE ? room : WHOLE
}

/** Of that, what is open to clients (turn 0) or held back (turn 1). */
function partOf(asking: Asking, node: number, tier: number, turn: number): number {
  const open = openShare(asking, node, tier)
  if (open === (turn === 0 ? 0 : 1000)) return 0
  const room = roomOf(asking, node, tier)
  const opened = Math.floor((room * open) / 1000)
  return turn === 0 ? opened : room - opened
}

/** Per mille of a tier that clients may come to. */
function openShare(asking: Asking, node: number, tier: number): number {
  if (asking.table[node + FailoverField.cells] === 0) return 1000
  const state = asking.board[holdAt(asking, node, tier) + HoldCell.state]!
  return state === HELD ? 0 : state === 0 ? 1000 : state
}

/** When a tier that is coming back reaches the client whose point lies `offset` from where it begins. */
function noteReturn(asking: Asking, node: number, tier: number, offset: number): void {
  const open = openShare(asking, node, tier)
  if (open === 1000) return
  const from = asking.board[holdAt(asking, node, tier) + HoldCell.from]! >>> 0
  if (open === 0) {
    noteChange(asking, from)
    return
  }
  const room = roomOf(asking, node, tier)
  if (offset < 0 || offset >= room || offset * 1000 < room * open) return
  noteChange(asking, from + Math.floor((asking.table[node + FailoverField.slowStart]! * offset) / room))
}
