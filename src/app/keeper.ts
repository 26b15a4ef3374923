// The keeper of health, on the main thread: evidence of all probers in, verdicts out, verdicts onto the board. A node's own
// probes reach its verdicts directly; the store is asked once a tick and whenever somebody hints at news, and nothing here
// waits for it.

import { DOWN, FULL, UNKNOWN, UP, writeFade, writeLatency, writeRegion, writeState } from '../core/health/board.ts'
import { type Belief, observeEvidence, openBelief, verdicts } from '../core/health/belief.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { State, Verdict } from '../core/health/tally.ts'
import type { Store } from '../io/store/store.ts'
import type { Log } from '../io/telemetry/log.ts'

/** What stands behind a row of the board. */
export interface RowPlan {
  readonly scope: string
  readonly pool: string
  readonly target: string
  readonly region: string | undefined
  /** What is probed for it; undefined where only draining can take it out. */
  readonly subject: string | undefined
  readonly isDrained: boolean
}

export interface KeeperOptions {
  readonly vantages: readonly string[]
  readonly lastKnownMs: number
  readonly store: Store
  readonly log: Log
  /** Milliseconds; must not jump. */
  now(): number
}

export interface Keeper {
  /** Puts the keeper onto another board, and fills it. */
  useBoard(board: Int32Array, rows: readonly RowPlan[]): void
  /** Evidence of this node's own prober. */
  observeOwn(evidence: Evidence): void
  /** One turn: publish, read, judge. Never rejects. */
  tick(): Promise<void>
  /** Resolves when every row has a verdict. */
  isDecided(): boolean
  verdictOf(row: number): Verdict | undefined
  rows(): readonly RowPlan[]
  /** The newest evidence of each prober, with its age. */
  probers(): { prober: string; region: string; ageMs: number; sequence: number; subjects: number; own: boolean }[]
  /** Takes the own evidence back, from this node and the store. */
  stop(): Promise<void>
}

const stateWord = { unknown: UNKNOWN, up: UP, down: DOWN } as const satisfies Record<State, number>

interface Keeping {
  readonly options: KeeperOptions
  readonly belief: Belief
  board: Int32Array
  rows: readonly RowPlan[]
  own: Evidence | undefined
  current: ReadonlyMap<string, Verdict>
  readonly heard: Map<string, { evidence: Evidence; atMs: number }>
  isReading: boolean
  isStopped: boolean
}

export function openKeeper(options: KeeperOptions): Keeper {
  const { vantages, lastKnownMs, store } = options
  const k: Keeping = {
    options,
    belief: openBelief({ vantages, lastKnownMs }),
    board: new Int32Array(0),
    rows: [],
    own: undefined,
    current: new Map(),
    heard: new Map(),
    isReading: false,
    isStopped: false,
  }
  store.onHint(() => void readOthers(k))
  return {
    useBoard(board, rows) {
      k.board = board
      k.rows = rows
      writeBoard(k)
    },
    observeOwn(evidence) {
      if (k.isStopped) return
      k.own = evidence
      observe(k, evidence)
      judge(k)
      void store.publish(evidence)
    },
    async tick() {
      await readOthers(k)
      judge(k)
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
    probers: () => describeProbers(k),
    async stop() {
      k.isStopped = true
      if (k.own) await store.withdraw(k.own.prober)
    },
  }
}

function observe(k: Keeping, evidence: Evidence): void {
  const now = k.options.now()
  if (observeEvidence(k.belief, evidence, now)) k.heard.set(evidence.prober, { evidence, atMs: now })
}

async function readOthers(k: Keeping): Promise<void> {
  if (k.isReading || k.isStopped) return
  k.isReading = true
  try {
    const all = await k.options.store.read()
    for (const evidence of all) {
      if (evidence.prober !== k.own?.prober) observe(k, evidence)
    }
    judge(k)
  } finally {
    k.isReading = false
  }
}

/** Verdicts from what has been heard, and the changes onto the board and into the log. */
function judge(k: Keeping): void {
  if (k.isStopped) return
  const before = k.current
  k.current = verdicts(k.belief, k.options.now())
  for (const [subject, verdict] of k.current) {
    const was = before.get(subject)?.state ?? 'unknown'
    if (was === verdict.state) continue
    const level = verdict.state === 'down' ? 'warn' : 'info'
    k.options.log[level]({ subject, was, because: verdict.because }, `${subject} is ${verdict.state}`)
  }
  writeBoard(k)
}

function writeBoard(k: Keeping): void {
  const { board, rows, current, options } = k
  for (const [row, plan] of rows.entries()) {
    const verdict = plan.subject === undefined ? undefined : current.get(plan.subject)
    // A row without a check is up: nothing can say otherwise.
    writeState(board, row, plan.subject === undefined ? UP : stateWord[verdict?.state ?? 'unknown'], plan.isDrained)
    writeFade(board, row, FULL)
    if (!verdict) continue
    for (const [vantage, region] of options.vantages.entries()) {
      const seen = verdict.regions.find((one) => one.region === region)
      if (seen) writeRegion(board, row, vantage, stateWord[seen.state])
    }
    writeLatency(board, row, verdict.regions.find((region) => region.tookMs !== undefined)?.tookMs)
  }
}

function describeProbers(k: Keeping): ReturnType<Keeper['probers']> {
  const now = k.options.now()
  return [...k.heard.values()].map(({ evidence, atMs }) => ({
    prober: evidence.prober,
    region: evidence.region,
    ageMs: Math.round(now - atMs),
    sequence: evidence.sequence,
    subjects: evidence.sightings.length,
    own: evidence.prober === k.own?.prober,
  }))
}
