// What a running node is made of: changed by node.ts, shown by facts.ts.

import type { Bound } from '../core/answer/snapshot.ts'
import type { Problem } from '../core/base/problem.ts'
import { votingOf } from '../core/health/config.ts'
import type { Book } from '../core/health/override-book.ts'
import type { Rule } from '../core/health/tally.ts'
import type { Watching } from '../io/config/watch.ts'
import type { Admin } from '../io/control/admin.ts'
import type { Store } from '../io/store/store.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { AllDownWatch } from './all-down.ts'
import { type NodeConfig, vantagesOf } from './config.ts'
import type { Collector } from './garbage.ts'
import type { Keeper } from './keeper.ts'
import type { Loaded } from './load.ts'
import type { Loader } from './loader-thread.ts'
import type { Operator } from './operator.ts'
import type { ProberThread } from './prober-thread.ts'
import type { Roster } from './roster.ts'
import type { TtlMemory } from './safe-stop.ts'
import type { SerialKeeper } from './serials.ts'
import type { Slot, StillAnswered } from './still-answered.ts'
import type { Workers } from './workers.ts'

export interface NodeOptions {
  /** `probe` only probes: it opens no DNS listener. */
  readonly role: 'serve' | 'probe'
  readonly file: string
  readonly openLog: (level: NodeConfig['log']['level']) => Log
  /** Aborted when a stop is asked for: a node that is still starting then waits for nothing more. */
  readonly stopping?: AbortSignal
}

export interface NodeState {
  readonly options: NodeOptions
  readonly log: Log
  readonly loader: Loader
  readonly store: Store
  readonly keeper: Keeper
  /** What operators ordered. */
  readonly book: Book
  readonly operator: Operator
  /** For how long caches may hold answers with each pool. */
  readonly ttls: TtlMemory
  readonly serials: SerialKeeper
  readonly still: StillAnswered
  /** Milliseconds on a clock that never jumps, and of the time of day. */
  now(): number
  wallNow(): number
  readonly collector: Collector
  readonly startedMs: number
  loaded: Loaded
  bound: Bound
  workers: Workers | undefined
  prober: ProberThread | undefined
  /** Where there is a prober. */
  roster: Roster | undefined
  admin: Admin | undefined
  watching: Watching | undefined
  stopTicking: () => void
  isFirstRoundDone: boolean
  isStopping: boolean
  /** The reload under way; before the node is ready, its start. Never rejects. */
  reloading: Promise<unknown>
  /** The one after that, where somebody has asked for it. */
  nextReload: Promise<readonly Problem[]> | undefined
  reloads: { done: number; refused: number; lastProblems: readonly Problem[]; lastMs: number | undefined }
  readonly allDown: AllDownWatch
  /** Answers by service and pool under snapshots that are gone, and those that `all_down` gave. */
  readonly answered: Map<string, number>
  readonly answeredAllDown: Map<string, number>
  /** Draws of nodes that share clients out, likewise. */
  readonly drawn: Map<string, number>
}

/** How verdicts are made. */
export function ruleOf(config: NodeConfig): Rule {
  const { last_known: lastKnownMs, rule, doubt: doubtAt } = config.health
  return { vantages: vantagesOf(config), lastKnownMs, voting: votingOf(rule), doubtAt }
}

/** The pools of services, and how often each has been answered with since the start. */
export function slotsOf(state: NodeState): Slot[] {
  const { names } = state.loaded
  const { byPool } = allAnswersOf(state)
  return names.steering.flatMap(({ slots, services, allDown }, i) =>
    slots.map(({ service, pool }) => {
      const zone = names.zones[i]!
      const mode = allDown[services.indexOf(service)] ?? 'open'
      return { zone, service, pool, allDown: mode, count: byPool.get(`${zone} ${service} ${pool}`) ?? 0 }
    }),
  )
}

export interface Counted {
  readonly key: string
  /** Among all slots of the snapshot. */
  readonly slot: number
  readonly count: number
}

/**
 * Answers under the current snapshot by zone, service and pool, parted by blanks (which no name has unescaped), and those that
 * `all_down` gave, by zone, service and `all_down`.
 */
export function answersOf(state: NodeState): {
  readonly byPool: readonly Counted[]
  readonly allDown: readonly Counted[]
} {
  const { names, snapshot } = state.loaded
  const totals = state.workers?.slotTotals()
  if (!totals) return { byPool: [], allDown: [] }
  const counted = (zone: number, name: string, own: number): Counted => {
    const slot = snapshot.slotBase[zone]! + own
    return { key: `${names.zones[zone]} ${name}`, slot, count: totals[slot] ?? 0 }
  }
  return {
    byPool: names.steering.flatMap(({ slots }, zone) =>
      slots.map(({ service, pool }, i) => counted(zone, `${service} ${pool}`, i)),
    ),
    allDown: names.steering.flatMap(({ slots, services, allDown }, zone) =>
      services.map((service, i) => counted(zone, `${service} ${allDown[i]}`, slots.length + i)),
    ),
  }
}

/** Answers since the start by zone, service and pool, and those that `all_down` gave. */
export function allAnswersOf(state: NodeState): {
  readonly byPool: ReadonlyMap<string, number>
  readonly allDown: ReadonlyMap<string, number>
} {
  const { byPool, allDown } = answersOf(state)
  return { byPool: addUp(state.answered, byPool), allDown: addUp(state.answeredAllDown, allDown) }
}

function addUp(kept: ReadonlyMap<string, number>, counted: readonly Counted[]): Map<string, number> {
  const all = new Map(kept)
  for (const { key, count } of counted) all.set(key, (all.get(key) ?? 0) + count)
  return all
}
