// The keeper of health, on the main thread: evidence of all probers in, verdicts out, verdicts onto the board. A node's own
// probes reach its verdicts directly; the store is asked once a tick and whenever somebody hints at news, and nothing here
// waits for it.

import { type Belief, observeEvidence, openBelief, useRule, verdicts } from '../core/health/belief.ts'
import { type Evidence, farewell } from '../core/health/evidence.ts'
import { recallVerdict, recallWitness } from '../core/health/memory.ts'
import type { Override } from '../core/health/override.ts'
import { type Book, inForceOn, openBook } from '../core/health/override-book.ts'
import type { Rule, State, Verdict } from '../core/health/tally.ts'
import type { Store } from '../io/store/store.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { EvidenceSnapshot, KeptRow } from '../io/store/snapshot-encoding.ts'
import { openEffects } from './override-effects.ts'
import {
  holdOn,
  keepRows,
  openPosting,
  postAll,
  postChanges,
  type Posting,
  postReleased,
  postRow,
  recallRows,
  type RowPlan,
  useRows,
} from './posting.ts'

export type { RowPlan } from './posting.ts'

export interface KeeperOptions {
  /** How verdicts are made of what the regions say. */
  readonly rule: Rule
  /** What a target counts as while nothing is known of it. */
  readonly unknown: 'up' | 'down'
  /** What operators ordered; whoever writes into it calls `applyOverrides`. Without one there are no orders. */
  readonly overrides?: Book
  readonly store: Store
  /** The name of this node's own prober, where it has one. */
  readonly prober?: string | undefined
  readonly log: Log
  /** Milliseconds; must not jump. */
  now(): number
  /** Milliseconds since the Unix epoch, for the times on the board. */
  wallNow(): number
}

export interface Keeper {
  /** Puts the keeper onto another board, and fills it. `settle` makes the policies' cells anew from what stands on it. */
  useBoard(board: Int32Array, rows: readonly RowPlan[], settle?: Settle): void
  /** How verdicts are made from now on; the board that is used next has a column for each of its regions. */
  useRule(rule: Rule, unknown: 'up' | 'down'): void
  /** Takes up what was kept on disk, which was so long ago; before a board is used. */
  recall(kept: Pick<EvidenceSnapshot, 'witnesses' | 'verdicts' | 'rows'>, ageMs: number): void
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
  /** Whether that of every row is of fresh evidence, too. */
  isFresh(): boolean
  /** How many verdicts have gone up or down so far. */
  turns(): number
  /** What a minimum dwell shows, to be kept on disk. */
  keptRows(nowMs: number): Iterable<KeptRow>
  verdictOf(row: number): Verdict | undefined
  /** What the row shows in the place of its verdict, for a pool's `min_dwell`, and until when. */
  holdOn(row: number): { readonly state: State; readonly untilMs: number } | undefined
  rows(): readonly RowPlan[]
  /** What it goes by; only to be looked at. */
  belief(): Belief
  /** The newest evidence of each prober, with its age; of one that sees nothing, only while it is heard. */
  probers(): { prober: string; region: string; ageMs: number; sequence: number; subjects: number; own: boolean }[]
  /** Takes the own evidence back, for all others; the board and what is kept on disk stay as they are. */
  stop(): Promise<void>
}

/** Makes the policies' cells anew; `jumpSec` is by how much the time of day has jumped since the last time. */
type Settle = (nowSec: number, jumpSec: number) => void

/** The time of day is nudged all the while; from so much on it has jumped. */
const JUMP_MS = 1000
/** So long a farewell lies in the store. Probers report once a second. */
const HEARD_MS = 10_000

interface Keeping {
  readonly options: KeeperOptions
  readonly belief: Belief
  readonly book: Book
  readonly posting: Posting
  settle: Settle
  own: Evidence | undefined
  current: ReadonlyMap<string, Verdict>
  turns: number
  readonly heard: Map<string, { evidence: Evidence; atMs: number }>
  /** How far the time of day is ahead of our own clock. */
  aheadMs: number
  isReading: boolean
  /** Somebody hinted at news during a read, which may have come too early for it. */
  isReadWanted: boolean
  isStopped: boolean
}

export function openKeeper(options: KeeperOptions): Keeper {
  const { rule, unknown, store, log, now, wallNow, overrides: book = openBook() } = options
  const belief = openBelief(rule)
  const k: Keeping = {
    options,
    belief,
    book,
    posting: openPosting({ belief, effects: openEffects(book, now), unknown, now, wallNow }),
    settle: () => undefined,
    own: undefined,
    current: new Map(),
    turns: 0,
    heard: new Map(),
    aheadMs: wallNow() - now(),
    isReading: false,
    isReadWanted: false,
    isStopped: false,
  }
  store.onHint(() => {
    k.isReadWanted = true
    readOthers(k).catch((error: unknown) => log.error({ error }, 'reading the evidence of others failed'))
  })
  return {
    useBoard(words, rows, how = () => undefined) {
      k.settle = how
      useRows(k.posting, words, rows)
      // By another rule the verdicts may be others.
      decide(k)
      postAll(k.posting)
      settle(k)
    },
    useRule(next, nextUnknown) {
      useRule(k.belief, next)
      k.posting.unknown = nextUnknown
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
    recall: (kept, ageMs) => recall(k, kept, now() - ageMs),
    isFresh: () =>
      k.posting.rows.every(({ subject }) => subject === undefined || isFresh(k.current.get(subject), now())),
    turns: () => k.turns,
    keptRows: (nowMs) => keepRows(k.posting, nowMs),
    isDecided: () =>
      k.posting.rows.every(
        (row) => row.subject === undefined || (k.current.get(row.subject)?.state ?? 'unknown') !== 'unknown',
      ),
    verdictOf(row) {
      const subject = k.posting.rows[row]?.subject
      return subject === undefined ? undefined : k.current.get(subject)
    },
    holdOn: (row) => holdOn(k.posting, row),
    rows: () => k.posting.rows,
    belief: () => k.belief,
    probers: () => describeProbers(k),
    async stop() {
      k.isStopped = true
      if (k.own) await store.publish(farewell(k.own))
    },
  }
}

function isFresh(verdict: Verdict | undefined, nowMs: number): boolean {
  return verdict !== undefined && verdict.state !== 'unknown' && nowMs <= verdict.freshUntilMs
}

function recall(
  k: Keeping,
  { witnesses, verdicts: kept, rows }: Pick<EvidenceSnapshot, 'witnesses' | 'verdicts' | 'rows'>,
  atMs: number,
): void {
  for (const witness of witnesses) {
    const { evidence, heardAgeMs } = witness
    recallWitness(k.belief, witness, atMs)
    k.heard.set(evidence.prober, { evidence, atMs: atMs - heardAgeMs })
  }
  for (const verdict of kept) recallVerdict(k.belief, verdict, atMs)
  k.current = k.belief.verdicts
  recallRows(k.posting, rows, atMs)
}

function applyOverrides(k: Keeping): void {
  if (k.isStopped) return
  for (const row of k.posting.effects.refresh()) postRow(k.posting, row)
  settle(k)
}

/**
 * Where the time of day has jumped (somebody has set it, or a machine was asleep), all that was written by it moves along: nothing
 * is held back for longer, or let go sooner, because a clock was wrong.
 */
function settle(k: Keeping): void {
  const { now, wallNow, log } = k.options
  const jumpMs = wallNow() - now() - k.aheadMs
  let jumpSec = 0
  if (Math.abs(jumpMs) > JUMP_MS) {
    jumpSec = Math.round(jumpMs / 1000)
    k.aheadMs += jumpMs
    log.warn({ jumpSec }, `the time of day has jumped by ${jumpSec} s`)
    postAll(k.posting)
  }
  k.settle(Math.floor(wallNow() / 1000), jumpSec)
}

function overridesOn(k: Keeping, row: number, nowSec: number): readonly Override[] {
  const plan = k.posting.rows[row]
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
      for (const evidence of all) if (!isOwnEcho(k, evidence)) observe(k, evidence)
      judge(k)
    } while (k.isReadWanted && !k.isStopped)
  } finally {
    k.isReading = false
  }
}

/**
 * What this node's own prober left in the store. Once it has spoken, that may be older than what is known here; before, it is of an
 * earlier run, which this one goes on from: its farewell was for others.
 */
function isOwnEcho({ own, options }: Keeping, { prober, sightings }: Evidence): boolean {
  return prober === own?.prober || (prober === options.prober && sightings.length === 0)
}

/** Verdicts from what has been heard, and what changed onto the board and into the log. */
function judge(k: Keeping): void {
  if (k.isStopped) return
  decide(k)
  postReleased(k.posting)
  postChanges(k.posting)
  settle(k)
}

function decide(k: Keeping): void {
  const before = k.current
  k.current = verdicts(k.belief, k.options.now())
  if (k.current !== before) {
    for (const [subject, verdict] of k.current) {
      const was = before.get(subject)
      if (was !== verdict) announce(k, subject, was, verdict)
    }
    for (const [subject, was] of before) if (!k.current.has(subject)) announce(k, subject, was, undefined)
  }
}

function announce(k: Keeping, subject: string, before: Verdict | undefined, verdict: Verdict | undefined): void {
  const rows = k.posting.rowsOf.get(subject) ?? []
  for (const row of rows) postRow(k.posting, row)
  const was = before?.state ?? 'unknown'
  const state = verdict?.state ?? 'unknown'
  if (was !== state) k.turns++
  // That a subject is forgotten which nothing here depends on any more is no news.
  if (was === state || (!verdict && rows.length === 0)) return
  const because = verdict?.because ?? 'nobody has spoken of it for long'
  k.options.log[state === 'down' ? 'warn' : 'info']({ subject, was, because }, `${subject} is ${state}`)
}

function describeProbers(k: Keeping): ReturnType<Keeper['probers']> {
  const now = k.options.now()
  for (const prober of k.heard.keys()) if (!k.belief.witnesses.has(prober)) k.heard.delete(prober)
  // One that has left, or stood by and is lost: nothing of it can grow old.
  const isGone = ({ evidence, atMs }: { evidence: Evidence; atMs: number }): boolean =>
    evidence.sightings.length === 0 && now - atMs > HEARD_MS
  const listed = [...k.heard.values()].filter((one) => !isGone(one))
  return listed.map(({ evidence, atMs }) => ({
    prober: evidence.prober,
    region: evidence.region,
    ageMs: Math.round(now - atMs),
    sequence: evidence.sequence,
    subjects: evidence.sightings.length,
    own: evidence.prober === k.own?.prober,
  }))
}
