// The main thread's end of the prober, which has a thread of its own. One that is lost, or that says nothing any more, is replaced
// by one that goes on from what the last one reported.

import { Worker } from 'node:worker_threads'
import { Failure } from '../core/base/failure.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { EarlierRun, ProberState, ProbeSubject } from '../io/probe/prober.ts'
import type { PushReport } from '../io/probe/pushed.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { Standings } from './evidence-file.ts'
import type { FromProber, ProberWorkerData, ToProber } from './message.ts'

export interface ProberThread {
  /** Resolves when each subject has been probed once. */
  readonly firstRound: Promise<void>
  replaceSubjects(subjects: readonly ProbeSubject[]): void
  /** What the application itself says of a subject. */
  push(subject: string, report: PushReport): void
  /** Of those that report themselves, the ones that do so to other nodes. */
  noteElsewhere(subjects: readonly string[]): void
  /** At its last report, at most a second ago; undefined before the first. */
  state(): ProberState | undefined
  restarts(): number
  stop(): Promise<void>
}

export interface ProberThreadOptions {
  readonly data: Omit<ProberWorkerData, 'epoch' | 'before'>
  /** What an earlier run of the process kept: this one's epoch is larger than its own, whatever the clock says. */
  readonly before?: Standings | undefined
  readonly log: Log
  /** Milliseconds since the Unix epoch: each run's epoch is larger than that of the run before. */
  wallNow(): number
  onEvidence(evidence: Evidence): void
  /** Seconds of silence after which it is taken for hung. */
  readonly hungAfter?: number
}

const STOP_MS = 3000
/** It reports once a second: one that has not for so many of our own seconds hangs. */
const HUNG_AFTER = 30
/** One that has only just been started may take so many times as long. */
const START_FACTOR = 4
/** One that fails again and again is not restarted faster than this. */
const RESTART_MS = 500

interface Running {
  readonly options: ProberThreadOptions
  subjects: readonly ProbeSubject[]
  worker: Worker
  gone: Promise<void>
  epoch: number
  state: ProberState | undefined
  /** What it said last, and when. */
  last: Evidence | undefined
  heardMs: number
  /** Seconds of ours without a word; counted, and not measured, because we may have stood still ourselves. */
  silentSec: number
  /** This thread, and not one before it. */
  hasSpoken: boolean
  watching: NodeJS.Timeout | undefined
  /** As was told last. */
  elsewhere: readonly string[]
  restarts: number
  isStopping: boolean
  replacing: NodeJS.Timeout | undefined
  finishFirstRound(): void
}

export function openProberThread(options: ProberThreadOptions): ProberThread {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { subjects } = options.data
  const epoch = Math.max(options.wallNow(), (options.before?.epoch ?? 0) + 1)
  const { worker, gone } = spawn(options, subjects, epoch, options.before)
  const rest = {
    state: undefined,
    last: undefined,
    heardMs: performance.now(),
    silentSec: 0,
    hasSpoken: false,
    elsewhere: [],
    watching: undefined,
    restarts: 0,
    isStopping: false,
    replacing: undefined,
    finishFirstRound: resolve,
  }
  const running: Running = { options, subjects, worker, gone, epoch, ...rest }
  attend(running)
  running.watching = setInterval(() => watch(running), 1000)
  running.watching.unref()
  return {
    firstRound: promise,
    replaceSubjects(next) {
      running.subjects = next
      running.worker.postMessage({ kind: 'subjects', subjects: next } satisfies ToProber)
    },
    push: (subject, report) => running.worker.postMessage({ kind: 'push', subject, report } satisfies ToProber),
    noteElsewhere(next) {
      if (next.join('\n') === running.elsewhere.join('\n')) return
      running.elsewhere = next
      tellElsewhere(running)
    },
    state: () => running.state,
    restarts: () => running.restarts,
    stop: () => stop(running),
  }
}

function spawn(
  options: ProberThreadOptions,
  subjects: readonly ProbeSubject[],
  epoch: number,
  before: EarlierRun | undefined,
) {
  const workerData: ProberWorkerData = { ...options.data, subjects, epoch, before }
  const worker = new Worker(new URL('./prober-worker.ts', import.meta.url), { workerData })
  // Not by `once` of node:events, which rejects where an error comes before: that is what mostly ends a thread.
  return { worker, gone: new Promise<void>((resolve) => worker.once('exit', () => resolve())) }
}

function attend(running: Running): void {
  const { worker, gone, options } = running
  const { log } = options
  worker.on('error', (error) => log.error({ error }, 'the prober failed'))
  worker.on('message', (message: FromProber) => {
    running.silentSec = 0
    running.hasSpoken = true
    if (message.kind === 'first-round') return running.finishFirstRound()
    running.state = message.state
    running.last = message.evidence
    running.heardMs = performance.now()
    options.onEvidence(message.evidence)
    worker.postMessage({ kind: 'taken' } satisfies ToProber)
  })
  void gone.then(() => {
    if (running.isStopping) return
    log.error({ error: new Failure('worker-lost', 'the prober is gone') }, 'the prober was lost and is replaced')
    running.replacing = setTimeout(() => replace(running), RESTART_MS)
  })
}

function replace(running: Running): void {
  if (running.isStopping) return
  running.restarts++
  // Clocks are set back at times.
  running.epoch = Math.max(running.epoch + 1, running.options.wallNow())
  const before = running.last && { sightings: running.last.sightings, ageMs: performance.now() - running.heardMs }
  running.heardMs = performance.now()
  running.silentSec = 0
  running.hasSpoken = false
  Object.assign(running, spawn(running.options, running.subjects, running.epoch, before))
  attend(running)
  tellElsewhere(running)
}

function tellElsewhere({ worker, elsewhere }: Running): void {
  worker.postMessage({ kind: 'elsewhere', subjects: elsewhere } satisfies ToProber)
}

function watch(running: Running): void {
  const { hungAfter = HUNG_AFTER, log } = running.options
  const limit = hungAfter * (running.hasSpoken ? 1 : START_FACTOR)
  if (++running.silentSec < limit || running.isStopping) return
  running.silentSec = 0
  log.error({ silentSec: limit }, 'the prober says nothing any more, and is ended')
  void running.worker.terminate()
}

async function stop(running: Running): Promise<void> {
  running.isStopping = true
  clearInterval(running.watching)
  clearTimeout(running.replacing)
  running.worker.postMessage({ kind: 'stop' } satisfies ToProber)
  const limit = setTimeout(() => void running.worker.terminate(), STOP_MS)
  await running.gone
  clearTimeout(limit)
}
