// The keeper of health, on the main thread: evidence of all probers in, verdicts out, verdicts onto the board. A node's own
// probes reach its verdicts directly; the store is asked once a tick and whenever somebody hints at news, and nothing here
// waits for it.

import * as board from '../core/health/board.ts'
import { type Belief, observeEvidence, openBelief, verdicts } from '../core/health/belief.ts'
import type { Evidence } from '../core/health/evidence.ts'
import { nextChangeMs, type Pace, regionChangesMs } from '../core/health/next-change.ts'
import type { Override } from '../core/health/override.ts'
import { type Book, inForceOn, openBook } from '../core/health/override-book.ts'
import type { Rule, State, Verdict } from '../core/health/tally.ts'
import type { Store } from '../io/store/store.ts'
import type { Log } from '../io/telemetry/log.ts'
import { openEffects, type OverrideEffects } from './override-effects.ts'

/** What stands behind a row of the board. */
export interface RowPlan {
  readonly scope: string
  readonly pool: string
  readonly target: string
  readonly region: string | undefined
  /** What is probed for it; undefined where only draining can take it out. */
  readonly subject: string | undefined
  /** Of its check. */
  readonly pace: Pace | undefined
  readonly isDrained: boolean
  /** The subjects that a combined one is worked out from, those without a vote as well. */
  readonly parts?: readonly string[]
}

export interface KeeperOptions {
  /** How verdicts are made of what the regions say. */
  readonly rule: Rule
  /** What a target counts as while nothing is known of it. */
  readonly unknown: 'up' | 'down'
  /** What operators ordered; whoever writes into it calls `applyOverrides`. Without one there are no orders. */
  readonly overrides?: Book
  readonly store: Store
  readonly log: Log
  /** Milliseconds; must not jump. */
  now(): number
  /** Milliseconds since the Unix epoch, for the times on the board. */
  wallNow(): number
}

export interface Keeper {
  /** Puts the keeper onto another board, and fills it. `settle` makes the policies' cells anew from what stands on it. */
  useBoard(board: Int32Array, rows: readonly RowPlan[], settle?: (nowSec: number) => void): void
  /** Evidence of this node's own prober. */
  observeOwn(evidence: Evidence): void
  /** Puts onto the board what has been ordered, taken back, has faded or run out since the last time. */
  applyOverrides(): void
  /** What operators have ordered about the target of a row, as of a time. */
  overridesOn(row: number, nowSec: number): readonly Override[]
  /** One turn: judge, read, and judge again. Never rejects. */
  tick(): Promise<void>
  /** Whether every row has a verdict. */
  isDecided(): boolean
  verdictOf(row: number): Verdict | undefined
  rows(): readonly RowPlan[]
  /** What it goes by; only to be looked at. */
  belief(): Belief
  /** The newest evidence of each prober, with its age. */
  probers(): { prober: string; region: string; ageMs: number; sequence: number; subjects: number; own: boolean }[]
  /** Takes the own evidence back from the store; the board stays as it is. */
  stop(): Promise<void>
}

const CLOCKS_MS = 5
const stateWord = { unknown: board.UNKNOWN, up: board.UP, down: board.DOWN } as const satisfies Record<State, number>

interface Keeping {
  readonly options: KeeperOptions
  readonly belief: Belief
  board: Int32Array
  settle: (nowSec: number) => void
  rows: readonly RowPlan[]
  /** The rows of each subject. */
  rowsOf: ReadonlyMap<string, readonly number[]>
  readonly book: Book
  readonly effects: OverrideEffects
  /** Of each row: when its verdict could change, in Unix seconds; 0: not in sight. */
  nexts: number[]
  /** The same of what each vantage region says. */
  regionNexts: (readonly number[])[]
  own: Evidence | undefined
  current: ReadonlyMap<string, Verdict>
  /** When the verdict on each subject of the board could change; infinity: not foreseeable. */
  readonly changesMs: Map<string, number>
  readonly heard: Map<string, { evidence: Evidence; atMs: number }>
  isReading: boolean
  /** Somebody hinted at news during a read, which may have come too early for it. */
  isReadWanted: boolean
  isStopped: boolean
}

export function openKeeper(options: KeeperOptions): Keeper {
  const { rule, store, log, overrides: book = openBook() } = options
  const k: Keeping = {
    options,
    belief: openBelief(rule),
    board: new Int32Array(0),
    settle: () => undefined,
    rows: [],
    rowsOf: new Map(),
    book,
    effects: openEffects(book, options.now),
    nexts: [],
    regionNexts: [],
    own: undefined,
    current: new Map(),
    changesMs: new Map(),
    heard: new Map(),
    isReading: false,
    isReadWanted: false,
    isStopped: false,
  }
  store.onHint(() => {
    k.isReadWanted = true
    readOthers(k).catch((error: unknown) => log.error({ error }, 'reading the evidence of others failed'))
  })
  return {
    useBoard(words, rows, settle = () => undefined) {
      k.settle = settle
      useBoard(k, words, rows)
      settle(Math.floor(options.wallNow() / 1000))
    },
    observeOwn(evidence) {
      if (k.isStopped) return
      k.own = evidence
      observe(k, evidence)
      judge(k)
      void store.publish(evidence)
    },
    applyOverrides: () => applyOverrides(k),
    overridesOn: (row, nowSec) => overridesOn(k, row, nowSec),
    async tick() {
      applyOverrides(k)
      // Before reading, because a store may take its time and evidence grows old meanwhile.
      judge(k)
      await readOthers(k)
    },
    isDecided: () =>
      k.rows.every(
        (row) => row.subject === undefined || (k.current.get(row.subject)?.state ?? 'unknown') !== 'unknown',
      ),
    verdictOf(row) {
      const subject = k.rows[row]?.subject
      return subject === undefined ? undefined : k.current.get(subject)
    },
    rows: () => k.rows,
    belief: () => k.belief,
    probers: () => describeProbers(k),
    async stop() {
      k.isStopped = true
      if (k.own) await store.withdraw(k.own.prober)
    },
  }
}

function useBoard(k: Keeping, words: Int32Array, rows: readonly RowPlan[]): void {
  const rowsOf = new Map<string, number[]>()
  for (const [row, { subject }] of rows.entries()) {
    if (subject === undefined) continue
    const others = rowsOf.get(subject)
    if (others) others.push(row)
    else rowsOf.set(subject, [row])
  }
  k.board = words
  k.changesMs.clear()
  k.rows = rows
  k.rowsOf = rowsOf
  k.effects.useRows(rows)
  k.nexts = rows.map(() => 0)
  k.regionNexts = rows.map(() => [])
  for (const row of rows.keys()) writeRow(k, row)
  for (const subject of rowsOf.keys()) writeChange(k, subject)
}

function applyOverrides(k: Keeping): void {
  if (k.isStopped) return
  for (const row of k.effects.refresh()) writeRow(k, row)
  k.settle(Math.floor(k.options.wallNow() / 1000))
}

function overridesOn(k: Keeping, row: number, nowSec: number): readonly Override[] {
  const plan = k.rows[row]
  // Orders have their times on our own clock, which does not jump with the other.
  const nowMs = k.options.now() + 1000 * nowSec - k.options.wallNow()
  return plan ? inForceOn(k.book, plan, nowMs).map(({ override }) => override) : []
}

function observe(k: Keeping, evidence: Evidence): void {
  const now = k.options.now()
  if (!observeEvidence(k.belief, evidence, now)) return
  k.heard.set(evidence.prober, { evidence, atMs: now })
}

async function readOthers(k: Keeping): Promise<void> {
  if (k.isReading || k.isStopped) return
  k.isReading = true
  try {
    do {
      k.isReadWanted = false
      const all = await k.options.store.read()
      for (const evidence of all) if (evidence.prober !== k.own?.prober) observe(k, evidence)
      judge(k)
    } while (k.isReadWanted && !k.isStopped)
  } finally {
    k.isReading = false
  }
}

/** Verdicts from what has been heard, and what changed onto the board and into the log. */
function judge(k: Keeping): void {
  if (k.isStopped) return
  const before = k.current
  k.current = verdicts(k.belief, k.options.now())
  if (k.current !== before) {
    for (const [subject, verdict] of k.current) {
      const was = before.get(subject)
      if (was !== verdict) announce(k, subject, was, verdict)
    }
    for (const [subject, was] of before) if (!k.current.has(subject)) announce(k, subject, was, undefined)
  }
  writeChanges(k)
  k.settle(Math.floor(k.options.wallNow() / 1000))
}

function announce(k: Keeping, subject: string, before: Verdict | undefined, verdict: Verdict | undefined): void {
  const rows = k.rowsOf.get(subject) ?? []
  for (const row of rows) writeRow(k, row)
  const was = before?.state ?? 'unknown'
  const state = verdict?.state ?? 'unknown'
  // That a subject is forgotten which nothing here depends on any more is no news.
  if (was === state || (!verdict && rows.length === 0)) return
  const because = verdict?.because ?? 'nobody has spoken of it for long'
  k.options.log[state === 'down' ? 'warn' : 'info']({ subject, was, because }, `${subject} is ${state}`)
}

/** To the board, unknown is a state of its own, which counts as up. */
function unknownAs(k: Keeping): State {
  return k.options.unknown === 'down' ? 'down' : 'unknown'
}

function writeRow(k: Keeping, row: number): void {
  const { subject, isDrained } = k.rows[row]!
  const effect = k.effects.of(row)
  const verdict = subject === undefined ? undefined : k.current.get(subject)
  // A row without a check is up: nothing can say otherwise, but an operator.
  const known = verdict?.state ?? 'unknown'
  const state = subject === undefined ? board.UP : stateWord[known === 'unknown' ? unknownAs(k) : known]
  board.writeState(k.board, row, effect.isDown ? board.DOWN : state, isDrained || effect.isDrained)
  board.writeFade(k.board, row, effect.fade)
  // Where a drill has ended, the target came back then, if nothing else is wrong with it.
  const drilledMs = effect.isDown || state !== board.DOWN ? effect.drilledMs : Number.NEGATIVE_INFINITY
  const turnedMs = Math.max(verdict?.turnedMs ?? Number.NEGATIVE_INFINITY, drilledMs)
  // Orders are given by the second: what two clocks, read one after the other, differ by must not make it the one before.
  board.writeSince(k.board, row, wallSec(k, turnedMs + CLOCKS_MS))
  board.writeReturned(k.board, row, wallSec(k, effect.returnedMs + CLOCKS_MS))
  for (let vantage = 0; vantage < columnsOf(k); vantage++) {
    // A verdict begins with the configured regions, in their order.
    const region = verdict?.regions[vantage]
    board.writeRegion(k.board, row, vantage, effect.isDown ? board.DOWN : stateWord[region?.state ?? 'unknown'])
    board.writeVantageLatency(k.board, row, vantage, region?.latencyMs)
  }
  board.writeLatency(k.board, row, verdict && nearestMs(verdict))
  board.writeLoad(k.board, row, verdict?.load)
  writeNext(k, row)
}

/** The columns are those of the configuration now in service; a change of the vantages takes a restart. */
function columnsOf(k: Keeping): number {
  return Math.min(k.options.rule.vantages.length, k.board[board.VANTAGES]!)
}

/** The earlier of what the verdict and what an override will do. To what is drained or drilled, verdicts make no difference. */
function writeNext(k: Keeping, row: number): void {
  const { nextMs, isDown, isDrained } = k.effects.of(row)
  const isSettled = isDown || isDrained || k.rows[row]!.isDrained
  const ofVerdict = isSettled ? 0 : k.nexts[row]!
  const ofOverride = wallSec(k, nextMs)
  const isSooner = ofVerdict === 0 || (ofOverride > 0 && ofOverride < ofVerdict)
  board.writeNext(k.board, row, isSooner ? ofOverride : ofVerdict)
  for (let vantage = 0; vantage < columnsOf(k); vantage++)
    board.writeNextIn(k.board, row, vantage, isSettled ? 0 : (k.regionNexts[row]![vantage] ?? 0))
}

/** A time of our own clock in Unix seconds; 0 for never. */
function wallSec(k: Keeping, ms: number): number {
  if (!Number.isFinite(ms)) return 0
  return Math.floor((k.options.wallNow() + ms - k.options.now()) / 1000)
}

/** Of the vantage region that is nearest to the target, because that is where its users are. */
function nearestMs({ regions }: Verdict): number | undefined {
  const known = regions.flatMap(({ counts, latencyMs }) => (counts && latencyMs !== undefined ? [latencyMs] : []))
  return known.length === 0 ? undefined : Math.min(...known)
}

/**
 * When verdicts could change, onto the board. With 10 000 subjects this is called up to 20 times a second, so it looks only at those
 * that have been probed since, and at those whose time has come without a probe.
 */
function writeChanges(k: Keeping): void {
  const now = k.options.now()
  for (const subject of k.belief.moved) writeChange(k, subject)
  k.belief.moved.clear()
  for (const [subject, changeMs] of k.changesMs) if (changeMs < now) writeChange(k, subject)
}

function writeChange(k: Keeping, subject: string): void {
  const rows = k.rowsOf.get(subject)
  const pace = rows && k.rows[rows[0]!]!.pace
  if (!pace) return
  const nextMs = nextChangeMs(k.belief, subject, pace, k.options.now())
  k.changesMs.set(subject, nextMs ?? Number.POSITIVE_INFINITY)
  const nextSec = wallSec(k, nextMs ?? Number.POSITIVE_INFINITY)
  const regionsMs = regionChangesMs(k.belief, subject, pace, k.options.now())
  const regionsSec = regionsMs.map((ms) => wallSec(k, ms ?? Number.POSITIVE_INFINITY))
  for (const row of rows) {
    k.nexts[row] = nextSec
    k.regionNexts[row] = regionsSec
    writeNext(k, row)
  }
}

function describeProbers(k: Keeping): ReturnType<Keeper['probers']> {
  const now = k.options.now()
  for (const prober of k.heard.keys()) if (!k.belief.witnesses.has(prober)) k.heard.delete(prober)
  return [...k.heard.values()].map(({ evidence, atMs }) => ({
    prober: evidence.prober,
    region: evidence.region,
    ageMs: Math.round(now - atMs),
    sequence: evidence.sequence,
    subjects: evidence.sightings.length,
    own: evidence.prober === k.own?.prober,
  }))
}
