// What a node shows of itself: readiness, status, metrics, explanations. Only reads.

import { printEndpoint } from '../core/base/address.ts'
import { printProblem } from '../core/base/problem.ts'
import { printTime } from '../core/base/time.ts'
import { fadeOf, isDrained } from '../core/health/board.ts'
import type { RegionVerdict, State } from '../core/health/tally.ts'
import { typeName } from '../core/wire/rdata/index.ts'
import type { Explained, ExplainQuestion, NodeActs, NodeFacts, Readiness } from '../io/control/node.ts'
import { transportFamilies } from '../io/listen/metrics.ts'
import { counterFamilies, sumCounters } from '../io/telemetry/counters.ts'
import { counter, type Family, gauge, printMetrics, type Sample } from '../io/telemetry/metrics.ts'
import { vantagesOf } from './config.ts'
import { boundAt, explainAnswer, parseQuestion, rowsOfPools, SUPPOSED } from './explain.ts'
import { figureFamilies, labelsOf, proberFamilies } from './probe-facts.ts'
import { allAnswersOf, type NodeState } from './node-state.ts'
import { overrideFamilies } from './override-metrics.ts'
import { obeyOrder, viewOverrides } from './override-view.ts'
import { takePush } from './push.ts'
import { describeSplits, splitFamilies } from './splits.ts'

export function nodeFacts(state: NodeState): NodeFacts & NodeActs {
  return {
    metricsText: () => printMetrics(familiesOf(state)),
    ready: () => readiness(state),
    status: () => describeNode(state),
    explain: (question) => explain(state, question),
    overrides: () => viewOverrides(state),
    order: (order) => obeyOrder(state, order),
    push: (push) => takePush({ subjects: state.loaded.subjects, prober: state.prober }, push),
  }
}

function readiness(state: NodeState): Readiness {
  const reasons: string[] = []
  if (state.isStopping) reasons.push('stopping')
  if (!state.isFirstRoundDone) reasons.push('the first round of probes is not done')
  else if (!state.workers && state.options.role === 'serve') reasons.push('not listening yet')
  return reasons.length === 0 ? { ready: true } : { ready: false, reasons }
}

function explain(state: NodeState, { name, type, client, resolver, at, down }: ExplainQuestion): Explained {
  const question = parseQuestion(name, type, client, resolver)
  if (typeof question === 'string') return { ok: false, error: question }
  const time = at === undefined ? Date.now() : Date.parse(at)
  if (Number.isNaN(time)) return { ok: false, error: `expected a time such as 2026-01-01T12:00:00Z, found "${at}"` }
  const { loaded } = state
  const rows = rowsOfPools(down, loaded.rows)
  if (typeof rows === 'string') return { ok: false, error: rows }
  const nowSec = Math.floor(time / 1000)
  const bound = at === undefined && rows.size === 0 ? state.bound : boundAt(state.bound, nowSec, rows)
  const { response, ...told } = explainAnswer(bound, loaded.names, question, nowSec, (row) =>
    rows.has(row) ? SUPPOSED : because(state, row),
  )
  const { hash, epoch } = loaded.snapshot
  return {
    ok: true,
    value: { node: loaded.config.node.name, hash, epoch, ...told, response: Buffer.from(response).toString('base64') },
  }
}

/** What operators ordered about the target of a row, and who saw it in which state, since when. */
export function because(state: NodeState, row: number): string | undefined {
  const { keeper } = state
  // A return is behind no target that is up or down.
  const orders = keeper.overridesOn(row, state.wallNow() / 1000).filter(({ kind }) => kind !== 'return')
  const words = orders.map(({ kind, author, why, sinceSec, untilSec }) => {
    const until = untilSec === undefined ? '' : ` until ${printTime(untilSec)}`
    const ago = Math.max(0, Math.round(state.wallNow() / 1000 - sinceSec))
    return `${kind} by ${author} ${ago} s ago${until}${why === '' ? '' : `: ${why}`}`
  })
  if (keeper.rows()[row]?.isDrained) words.push('drained in the configuration')
  const verdict = keeper.verdictOf(row)
  const hold = keeper.holdOn(row)
  if (hold) words.push(holdWords(state, hold))
  if (verdict) words.push(`for ${Math.round((state.now() - verdict.sinceMs) / 1000)} s: ${verdict.because}`)
  return words.length === 0 ? undefined : words.join('; ')
}

/** A verdict that is not in effect yet, because the one before has not lasted long enough. */
function holdWords(
  { now }: NodeState,
  { state, untilMs }: NonNullable<ReturnType<NodeState['keeper']['holdOn']>>,
): string {
  return `still ${state === 'unknown' ? 'taken for unknown' : state}, by min_dwell, for ${Math.max(0, Math.ceil((untilMs - now()) / 1000))} s`
}

/** What `/status` shows. */
export type NodeStatus = ReturnType<typeof describeNode>

function describeNode(state: NodeState) {
  const { loaded, keeper, workers, store, reloads, operator } = state
  const { config, snapshot, names } = loaded
  return {
    node: config.node,
    ready: readiness(state),
    uptimeSec: Math.round((Date.now() - state.startedMs) / 1000),
    config: {
      file: state.options.file,
      hash: snapshot.hash,
      epoch: snapshot.epoch,
      zones: names.zones,
      records: loaded.records,
    },
    listening: workers && {
      addresses: workers.endpoints.map(printEndpoint),
      transport: workers.transport,
      restarts: workers.restarts(),
    },
    geo: names.places.databases.map((database) => ({ ...database, ageSec: ageOf(database.builtAt) })),
    store: { kind: store.kind, ...store.state(), forSec: Math.round((state.now() - store.state().sinceMs) / 1000) },
    probers: keeper.probers(),
    nodes: operator.peers.list(state.now()),
    overrides: viewOverrides(state),
    unkept: operator.unkept(),
    targets: describeTargets(state),
    answers: Object.fromEntries(allAnswersOf(state).byPool),
    allDown: state.allDown.services().flatMap(({ isInForce, ...service }) => (isInForce ? service : [])),
    splits: describeSplits(state),
    reloads: { ...reloads, lastProblems: reloads.lastProblems.map(printProblem) },
  }
}

interface TargetStatus {
  readonly scope: string
  readonly pool: string
  readonly target: string
  readonly region: string | undefined
  readonly subject: string | undefined
  /** Of the probers, whatever operators ordered. */
  readonly verdict: State
  /** What it counts as until `min_dwell` of its pool is over; absent where it counts as its verdict says. */
  readonly held?: { readonly as: State; readonly forSec: number }
  /** By an operator or in the configuration. */
  readonly drained: boolean
  /** Counts as down because of a drill. */
  readonly drilled: boolean
  /** Per mille of the weight that is left. */
  readonly fade: number
  readonly sinceSec?: number
  readonly because?: string
  /** Per mille of the capacity. */
  readonly load?: number | undefined
  readonly certDays?: number | undefined
  readonly regions?: readonly Omit<RegionVerdict, 'turnedMs' | 'beforeMs'>[]
  /** The checks that its own combines. */
  readonly parts?: readonly PartStatus[]
}

interface PartStatus {
  readonly subject: string
  readonly verdict: State
  readonly because: string | undefined
}

function describeTargets(state: NodeState): TargetStatus[] {
  const { keeper, bound } = state
  return keeper.rows().map((row, i) => {
    const verdict = keeper.verdictOf(i)
    const hold = keeper.holdOn(i)
    return {
      scope: row.scope,
      pool: row.pool,
      target: row.target,
      region: row.region,
      subject: row.subject,
      verdict: row.subject === undefined ? 'up' : (verdict?.state ?? 'unknown'),
      ...(hold && { held: { as: hold.state, forSec: Math.max(0, Math.ceil((hold.untilMs - state.now()) / 1000)) } }),
      drained: isDrained(bound.board, i),
      drilled: keeper.overridesOn(i, state.wallNow() / 1000).some(({ kind }) => kind === 'drill'),
      fade: fadeOf(bound.board, i),
      ...(verdict && {
        sinceSec: Math.round((state.now() - verdict.sinceMs) / 1000),
        because: verdict.because,
        load: verdict.load,
        certDays: verdict.certDays,
        // Times are ages outside of this process.
        regions: verdict.regions.map(({ turnedMs: _turned, beforeMs: _before, ...region }) => region),
      }),
      ...(row.parts && { parts: row.parts.map((part) => describePart(state, part)) }),
    }
  })
}

/** What is believed of one of the checks that a combined one is made of. */
function describePart({ keeper }: NodeState, subject: string): PartStatus {
  const verdict = keeper.belief().verdicts.get(subject)
  return { subject, verdict: verdict?.state ?? 'unknown', because: verdict?.because }
}

function familiesOf(state: NodeState): Family[] {
  const { workers, loaded } = state
  const blocks = workers?.counterBlocks() ?? []
  const { config, snapshot } = loaded
  return [
    gauge('meridian_info', 'Always 1; its labels say which node and configuration this is.', [
      { labels: { node: config.node.name, region: config.node.region, config: snapshot.hash }, value: 1 },
    ]),
    gauge('meridian_ready', '1 when DNS is served as configured.', [{ value: readiness(state).ready ? 1 : 0 }]),
    ...counterFamilies(sumCounters(blocks.map(({ counters }) => counters)), typeName),
    ...transportFamilies(blocks),
    ...workerFamilies(state),
    ...answerFamilies(state),
    ...splitFamilies(state),
    ...healthFamilies(state),
    ...figureFamilies(state),
    ...overrideFamilies(state),
    ...proberFamilies(state),
    ...storeFamilies(state),
    counter('meridian_reloads_total', 'Reloads of the configuration, by outcome.', [
      { labels: { outcome: 'done' }, value: state.reloads.done },
      { labels: { outcome: 'refused' }, value: state.reloads.refused },
    ]),
    gauge('meridian_geo_database_age_seconds', 'Age of the geo databases.', ageSamples(state)),
    gauge('meridian_zones', 'Zones served.', [{ value: snapshot.zones.length }]),
    gauge('meridian_records', 'Records served.', [{ value: loaded.records }]),
  ]
}

function workerFamilies(state: NodeState): Family[] {
  const { workers } = state
  return [
    counter('meridian_kernel_drops_total', 'Packets that the kernel dropped because a receive buffer was full.', [
      { value: workers?.kernelDrops() ?? 0 },
    ]),
    counter('meridian_worker_restarts_total', 'Workers that were lost and replaced.', [
      { value: workers?.restarts() ?? 0 },
    ]),
  ]
}

function answerFamilies(state: NodeState): Family[] {
  const { byPool, allDown } = allAnswersOf(state)
  const samples = (counts: ReadonlyMap<string, number>, last: string): Sample[] =>
    [...counts].map(([key, value]) => {
      const [zone = '', service = '', name = ''] = key.split(' ')
      return { labels: { zone, service, [last]: name }, value }
    })
  return [
    counter('meridian_answers_total', 'Steered answers, by zone, service and pool.', samples(byPool, 'pool')),
    counter(
      'meridian_all_down_answers_total',
      'Answers of services of which nothing was usable, by what all_down says.',
      samples(allDown, 'all_down'),
    ),
    gauge(
      'meridian_all_down',
      '1 while a service answers by its all_down.',
      state.allDown.services().map(({ zone, service, mode, isInForce }) => ({
        labels: { zone, service, all_down: mode },
        value: isInForce ? 1 : 0,
      })),
    ),
  ]
}

function healthFamilies(state: NodeState): Family[] {
  const { keeper, bound, loaded } = state
  const rows = keeper.rows()
  const stateOf = (i: number): string =>
    rows[i]!.subject === undefined ? 'up' : (keeper.verdictOf(i)?.state ?? 'unknown')
  return [
    gauge(
      'meridian_target_up',
      '1 where the verdict is up, 0 where it is down, absent where it is unknown.',
      rows.flatMap((row, i) =>
        stateOf(i) === 'unknown' ? [] : [{ labels: labelsOf(row), value: stateOf(i) === 'up' ? 1 : 0 }],
      ),
    ),
    gauge(
      'meridian_target_held',
      '1 where min_dwell does not let the verdict take effect yet.',
      rows.flatMap((row, i) =>
        row.minDwellMs ? [{ labels: labelsOf(row), value: keeper.holdOn(i) === undefined ? 0 : 1 }] : [],
      ),
    ),
    gauge(
      'meridian_target_drained',
      '1 where no new answers name the target.',
      rows.map((row, i) => ({ labels: labelsOf(row), value: isDrained(bound.board, i) ? 1 : 0 })),
    ),
    gauge(
      'meridian_evidence_age_seconds',
      'Age of the newest evidence, by prober.',
      keeper.probers().map(({ prober, region, ageMs }) => ({ labels: { prober, region }, value: ageMs / 1000 })),
    ),
    gauge('meridian_vantage_regions', 'Regions that evidence is expected from.', [
      { value: vantagesOf(loaded.config).length },
    ]),
  ]
}

function storeFamilies(state: NodeState): Family[] {
  const { kind } = state.store
  const { reachable, garbled, reads, writes, failures, lastLatencyMs } = state.store.state()
  const labels = { kind }
  return [
    gauge('meridian_store_reachable', '1 when the last use of the store went well.', [
      { labels, value: reachable ? 1 : 0 },
    ]),
    counter('meridian_store_reads_total', 'Reads of the store that went well.', [{ labels, value: reads }]),
    counter('meridian_store_writes_total', 'Publications to the store that went well.', [{ labels, value: writes }]),
    counter('meridian_store_failures_total', 'Uses of the store that went wrong.', [{ labels, value: failures }]),
    counter('meridian_store_garbled_total', 'Values in the store that were no evidence, and were ignored.', [
      { labels, value: garbled },
    ]),
    gauge(
      'meridian_store_latency_seconds',
      'How long the last use of the store took.',
      lastLatencyMs === undefined ? [] : [{ labels, value: lastLatencyMs / 1000 }],
    ),
  ]
}

function ageSamples(state: NodeState): { labels: Record<string, string>; value: number }[] {
  return state.loaded.names.places.databases.map(({ name, builtAt }) => ({
    labels: { database: name },
    value: ageOf(builtAt),
  }))
}

/** In seconds. */
function ageOf(builtAt: string): number {
  return Math.max(0, Math.round((Date.now() - Date.parse(builtAt)) / 1000))
}
