// The evidence that this node holds, kept on its disk: written now and then, and soon after a verdict has changed; read before the
// first answer, so that a restart forgets nothing, though all nodes restart and the store has gone.

import { setImmediate as turn } from 'node:timers/promises'
import type { Failure } from '../core/base/failure.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { Belief } from '../core/health/belief.ts'
import { keepVerdict, keepWitness } from '../core/health/memory.ts'
import {
  type EvidenceSnapshot,
  type KeptRow,
  type Moment,
  readSnapshot,
  writeHead,
  writeParts,
} from '../io/store/snapshot-encoding.ts'
import type { StateFolder } from '../io/store/state-folder.ts'
import type { Log } from '../io/telemetry/log.ts'

export interface EvidenceFileOptions {
  readonly node: string
  readonly folder: StateFolder
  readonly log: Log
  /** Milliseconds; must not jump. */
  now(): number
  /** The clocks that outlive this process. */
  clock(): Moment
  belief(): Belief
  rows(nowMs: number): Iterable<KeptRow>
  /** Grows with each verdict that goes up or down. */
  turns(): number
  /** What this node's own prober looks after, with a digest of the check. */
  checks(): Iterable<readonly [subject: string, digest: string]>
}

/** What was read, and how long ago it was kept. */
export interface Remembered {
  readonly snapshot: EvidenceSnapshot
  readonly ageMs: number
}

export interface EvidenceFile {
  /** What is on disk, unless it is older than this or nobody can tell how old it is. */
  read(atMostMs: number): Remembered | undefined
  /** To be called about once a second; writes where it is time to. */
  tick(): void
  /** Writes now, and resolves when it stands on disk or has failed. Never rejects. */
  save(): Promise<void>
  state(): { readonly savedMs: number | undefined; readonly problem: string | undefined }
}

export const EVIDENCE_FILE = 'evidence.jsonl'
/** Between two writes. */
const EVERY_MS = 10_000
/** After a verdict has changed. */
const SOON_MS = 1000
/** Writing takes a twentieth of the main thread's time at most, so the gap grows with what there is to write. */
const GAP_FACTOR = 20
/** Clocks that are put right now and then go back by moments. */
const SLACK_MS = 2000

interface Keeping {
  readonly options: EvidenceFileOptions
  /** When the next write may begin at the earliest, and when it has to. */
  soonMs: number
  dueMs: number
  savedTurns: number
  savedMs: number | undefined
  saving: Promise<void> | undefined
  problem: string | undefined
}

export function openEvidenceFile(options: EvidenceFileOptions): EvidenceFile {
  const nowMs = options.now()
  const times = { soonMs: nowMs + SOON_MS, dueMs: nowMs + EVERY_MS, savedMs: undefined }
  const f: Keeping = { options, ...times, savedTurns: 0, saving: undefined, problem: undefined }
  return {
    read: (atMostMs) => readFile(f, atMostMs),
    tick() {
      const now = options.now()
      const isNews = options.turns() !== f.savedTurns
      if (!f.saving && (now >= f.dueMs || (isNews && now >= f.soonMs))) void save(f)
    },
    async save() {
      await f.saving
      await save(f)
    },
    state: () => ({ savedMs: f.savedMs, problem: f.problem }),
  }
}

function readFile({ options }: Keeping, atMostMs: number): Remembered | undefined {
  const { folder, log, node } = options
  const ignore = (because: string): void =>
    log.warn({ folder: folder.path }, `the evidence on disk is ignored: ${because}`)
  let text: string | undefined
  try {
    text = folder.read(EVIDENCE_FILE)
  } catch (error) {
    const { code, message } = error as Failure
    log.warn({ code, reason: message }, 'the evidence on disk cannot be read: going on without it')
  }
  if (text === undefined) return undefined
  const snapshot = readSnapshot(text)
  if (!snapshot) {
    folder.setAside(EVIDENCE_FILE)
    log.warn(
      { code: 'state-garbled', folder: folder.path },
      `${EVIDENCE_FILE} is not what this version writes: set aside, going on without it`,
    )
    return undefined
  }
  if (snapshot.node !== node) ignore(`it is of another node, ${snapshot.node}`)
  else {
    const ageMs = ageOf(snapshot.at, options.clock())
    if (ageMs === undefined) ignore('it is from the future, so a clock of this host was set back')
    else if (ageMs > atMostMs)
      ignore(`it is ${Math.round(ageMs / 1000)} s old, or a clock of this host was set forward`)
    else return { snapshot, ageMs }
  }
  return undefined
}

/**
 * How long ago something was kept. Where the host has not started anew, the clock since then tells, whatever was done to the other;
 * but a host that slept has no time of its own for that: where both tell, the longer counts. Undefined: nobody can tell.
 */
export function ageOf(then: Moment, now: Moment): number | undefined {
  const wallMs = now.wallMs - then.wallMs
  const bootMs = then.boot && now.boot?.id === then.boot.id ? now.boot.ms - then.boot.ms : undefined
  if (bootMs !== undefined) return bootMs < 0 ? undefined : Math.max(bootMs, wallMs)
  return wallMs < -SLACK_MS ? undefined : Math.max(0, wallMs)
}

function save(f: Keeping): Promise<void> {
  const saving = trySave(f).finally(() => {
    if (f.saving === saving) f.saving = undefined
  })
  f.saving = saving
  return saving
}

async function trySave(f: Keeping): Promise<void> {
  const { folder, log, now, turns } = f.options
  const startedMs = now()
  f.savedTurns = turns()
  let tookMs = 0
  try {
    const { text, busyMs } = await write(f.options)
    tookMs = busyMs
    await folder.write(EVIDENCE_FILE, text)
    f.savedMs = startedMs
    if (f.problem !== undefined) log.info({ folder: folder.path }, 'evidence is kept on disk again')
    f.problem = undefined
  } catch (error) {
    const { code, message } = error as Failure
    if (f.problem === undefined) log.warn({ code, reason: message }, 'evidence cannot be kept on disk')
    f.problem = message
  }
  f.soonMs = now() + Math.max(SOON_MS, GAP_FACTOR * tookMs)
  f.dueMs = now() + Math.max(EVERY_MS, GAP_FACTOR * tookMs)
}

/** In pieces, between which the thread does its other work. */
async function write({
  node,
  now,
  clock,
  belief,
  rows,
  checks,
}: EvidenceFileOptions): Promise<{ text: string; busyMs: number }> {
  const at = clock()
  const nowMs = now()
  const known = belief()
  const parts = writeParts({
    witnesses: eachWitness(known, nowMs),
    verdicts: eachVerdict(known, nowMs),
    rows: rows(nowMs),
    checks: checks(),
  })
  const lines: string[] = []
  let busyMs = 0
  for (;;) {
    const beganMs = now()
    const part = parts.next()
    busyMs += now() - beganMs
    if (part.done === true) break
    lines.push(part.value)
    await turn()
  }
  return { text: `${[writeHead(node, at, lines.length), ...lines].join('\n')}\n`, busyMs }
}

function* eachWitness(belief: Belief, nowMs: number) {
  for (const prober of [...belief.witnesses.keys()]) {
    const kept = keepWitness(belief, prober, nowMs)
    if (kept) yield kept
  }
}

function* eachVerdict({ verdicts }: Belief, nowMs: number) {
  for (const [subject, verdict] of verdicts) yield keepVerdict(subject, verdict, nowMs)
}

/** What the prober of this name said of what is still checked in the same way, for its next run to go on from. */
export function ownStandings({ snapshot, ageMs }: Remembered, checks: Iterable<readonly [string, string]>) {
  const before = new Map(snapshot.checks)
  const same = new Set([...checks].flatMap(([subject, digest]) => (before.get(subject) === digest ? [subject] : [])))
  const own = snapshot.witnesses.find(({ evidence }) => evidence.prober === snapshot.node)
  if (!own) return undefined
  const sightings = own.evidence.sightings.filter(({ subject }) => same.has(subject))
  return { epoch: own.evidence.epoch, sightings, ageMs: ageMs + own.heardAgeMs } satisfies Standings
}

/** Evidence of an earlier run of a prober, as of some time ago. */
export interface Standings {
  readonly epoch: number
  readonly sightings: Evidence['sightings']
  readonly ageMs: number
}
