// Overrides as they are shown: by status, by the admin HTTP, and as the reply to an order.

import { printTime } from '../core/base/time.ts'
import { isDrained } from '../core/health/board.ts'
import {
  covers,
  effectOf,
  goneMs,
  isInForce,
  type OverrideKind,
  type OverrideSubject,
  printOverrideSubject,
} from '../core/health/override.ts'
import { allInForce, type Changed, type Held, inForceOn } from '../core/health/override-book.ts'
import type { Order, Ordered } from '../io/control/node.ts'
import type { RowPlan } from './keeper.ts'
import { type NodeState, slotsOf } from './node-state.ts'
import type { Obeyed } from './operator.ts'
import { printOverride } from './override-log.ts'
import { safeStop } from './safe-stop.ts'

export interface OverrideView {
  readonly id: string
  readonly kind: OverrideKind
  /** `example.com/eu` or `example.com/eu/192.0.2.10` */
  readonly subject: string
  /** How many targets it is about; 0 where the configuration has none of that name. */
  readonly targets: number
  readonly author: string
  readonly why: string
  /** The node that took the order. */
  readonly node: string
  readonly since: string
  /** Absent for a return, which has no end. */
  readonly until?: string
  readonly leftSec?: number
  /** Of a drain: per mille of the weight that it leaves at the moment. */
  readonly fade?: number
  /** Of a drain: when the last answer has run out in every cache. */
  readonly safeToStop?: SafeStopView
  /** The nodes that answer DNS and have taken it up, this one included. */
  readonly knownTo: readonly string[]
}

export interface SafeStopView {
  readonly at?: string
  /** 0 where that is over. */
  readonly inSec?: number
  readonly because: string
}

/** The reply to an order. */
export interface OrderView {
  /** What is in force of what was named; nothing after it was taken back. */
  readonly overrides: readonly OverrideView[]
  /** What was taken back. */
  readonly over: readonly string[]
  readonly warnings: readonly string[]
}

export function viewOverrides(state: NodeState): OverrideView[] {
  observeStillAnswered(state)
  return allInForce(state.book, state.now()).map((held) => viewOne(state, held))
}

function viewOne(state: NodeState, held: Held): OverrideView {
  const { override } = held
  const { id, kind, author, why, node, sinceSec, untilSec } = override
  const nowMs = state.now()
  const drain = kind === 'drain' && {
    fade: fadeOf(held, nowMs),
    safeToStop: viewSafeStop(state, held, nowMs),
  }
  return {
    id,
    kind,
    subject: printOverrideSubject(override),
    targets: state.keeper.rows().filter((row) => covers(override, row)).length,
    author,
    why,
    node,
    since: printTime(sinceSec),
    ...(untilSec !== undefined && { until: printTime(untilSec), leftSec: Math.ceil((held.endMs - nowMs) / 1000) }),
    ...drain,
    knownTo: knownTo(state, held, nowMs),
  }
}

function fadeOf(held: Held, nowMs: number): number {
  const { isDrained, fade } = effectOf([held], nowMs)
  return isDrained ? 0 : fade
}

function knownTo(state: NodeState, held: Held, nowMs: number): string[] {
  const { peers } = state.operator
  const others = peers.list(nowMs).filter(({ node, answers }) => answers && peers.tookUpMs(node, held.override))
  const own = answersDns(state) ? [state.loaded.config.node.name] : []
  return [...own, ...others.map(({ node }) => node)].sort()
}

function answersDns(state: NodeState): boolean {
  return state.options.role === 'serve'
}

function viewSafeStop(state: NodeState, held: Held, nowMs: number): SafeStopView {
  const { store, operator, ttls, still, keeper } = state
  const { scope, pool } = held.override
  const scopeOf = poolScopes(keeper.rows())
  const { atMs, because } = safeStop(
    held,
    {
      peers: operator.peers,
      answers: answersDns(state),
      isHearing: store.kind === 'memory' || (store.state().reachable && store.state().sharesOverrides),
      ttls,
      still: still.of((zone, name) => name === pool && scopeOf(zone, name) === scope, goneMs(held)),
    },
    nowMs,
  )
  if (atMs === undefined) return { because }
  const atSec = Math.ceil((state.wallNow() + atMs - nowMs) / 1000)
  return { at: printTime(atSec), inSec: Math.max(0, Math.ceil((atMs - nowMs) / 1000)), because }
}

/** Notes which services still answer with what is drained. Only where there are orders, because it looks at every row. */
export function observeStillAnswered(state: NodeState): void {
  const { still, keeper, bound, book } = state
  if (book.held.size === 0) return
  const answered = new Set<string>()
  for (const [row, { scope, pool }] of keeper.rows().entries())
    if (!isDrained(bound.board, row)) answered.add(`${scope}/${pool}`)
  const scopeOf = poolScopes(keeper.rows())
  const isOut = (zone: string, pool: string): boolean => !answered.has(`${scopeOf(zone, pool)}/${pool}`)
  still.observe(slotsOf(state), isOut, state.now())
}

/** Which scope a pool is of that a zone names: its own pools and those of included files share their names. */
function poolScopes(rows: readonly RowPlan[]): (zone: string, pool: string) => string {
  const own = new Set(rows.map(({ scope, pool }) => `${scope}/${pool}`))
  return (zone, pool) => (own.has(`${zone}/${pool}`) ? zone : '*')
}

export async function obeyOrder(state: NodeState, order: Order): Promise<Ordered> {
  const obeyed = await state.operator.order(order)
  return obeyed.ok ? { ok: true, value: viewOrder(state, obeyed) } : obeyed
}

function viewOrder(state: NodeState, { changes, isShared }: Obeyed): OrderView {
  observeStillAnswered(state)
  const nowMs = state.now()
  const unkept = state.operator.unkept()
  const warnings: string[] = []
  if (!isShared) warnings.push('the store does not take it: other nodes learn of it once the store does')
  if (unkept !== undefined) warnings.push(`it is not kept on disk, and lost with a restart: ${unkept}`)
  const over = changes.filter(({ held }) => held.override.isOver)
  for (const { held } of over) warnings.push(...whatRemains(state, held.override, nowMs))
  return {
    overrides: changes.filter((change) => isStanding(change, nowMs)).map(({ held }) => viewOne(state, held)),
    over: over.map(({ before }) => printOverride(before!.override)),
    warnings,
  }
}

function isStanding({ held }: Changed, nowMs: number): boolean {
  return !held.override.isOver && isInForce(held, nowMs)
}

/** What else keeps a pool or target out of answers. */
function whatRemains(state: NodeState, subject: OverrideSubject, nowMs: number): string[] {
  const rows = state.keeper.rows().filter((row) => covers(subject, row))
  const others = new Set(rows.flatMap((row) => inForceOn(state.book, row, nowMs)))
  const found = [...others]
    .filter(({ override }) => override.kind !== 'return')
    .map(({ override }) => `still in force: ${printOverride(override)}`)
  const written = rows.filter(({ isDrained }) => isDrained).map(({ target }) => target)
  return written.length > 0 ? [...found, `still drained in the configuration: ${written.join(', ')}`] : found
}
