// The main thread's end of the prober, which has a thread of its own. One that is lost is replaced: what it knew of its targets is
// gone, but verdicts stand, because a prober that has not looked yet is silent and not of another mind.

import { Worker } from 'node:worker_threads'
import { Failure } from '../core/base/failure.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { ProberState, ProbeSubject } from '../io/probe/prober.ts'
import type { PushReport } from '../io/probe/pushed.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { FromProber, ProberWorkerData, ToProber } from './message.ts'

export interface ProberThread {
  /** Resolves when each subject has been probed once. */
  readonly firstRound: Promise<void>
  replaceSubjects(subjects: readonly ProbeSubject[]): void
  /** What the application itself says of a subject. */
  push(subject: string, report: PushReport): void
  /** At its last report, at most a second ago; undefined before the first. */
  state(): ProberState | undefined
  restarts(): number
  stop(): Promise<void>
}

export interface ProberThreadOptions {
  readonly data: Omit<ProberWorkerData, 'epoch'>
  readonly log: Log
  /** Milliseconds since the Unix epoch: each run's epoch is larger than that of the run before. */
  wallNow(): number
  onEvidence(evidence: Evidence): void
}

const STOP_MS = 3000
/** One that fails again and again is not restarted faster than this. */
const RESTART_MS = 500

interface Running {
  readonly options: ProberThreadOptions
  subjects: readonly ProbeSubject[]
  worker: Worker
  gone: Promise<void>
  epoch: number
  state: ProberState | undefined
  restarts: number
  isStopping: boolean
  replacing: NodeJS.Timeout | undefined
  finishFirstRound(): void
}

export function openProberThread(options: ProberThreadOptions): ProberThread {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { subjects } = options.data
  const epoch = options.wallNow()
  const { worker, gone } = spawn(options, subjects, epoch)
  const rest = { state: undefined, restarts: 0, isStopping: false, replacing: undefined, finishFirstRound: resolve }
  const running: Running = { options, subjects, worker, gone, epoch, ...rest }
  attend(running)
  return {
    firstRound: promise,
    replaceSubjects(next) {
      running.subjects = next
      running.worker.postMessage({ kind: 'subjects', subjects: next } satisfies ToProber)
    },
    push: (subject, report) => running.worker.postMessage({ kind: 'push', subject, report } satisfies ToProber),
    state: () => running.state,
    restarts: () => running.restarts,
    stop: () => stop(running),
  }
}

function spawn(options: ProberThreadOptions, subjects: readonly ProbeSubject[], epoch: number) {
  const workerData: ProberWorkerData = { ...options.data, subjects, epoch }
  const worker = new Worker(new URL('./prober-worker.ts', import.meta.url), { workerData })
  // Not by `once` of node:events, which rejects where an error comes before: that is what mostly ends a thread.
  return { worker, gone: new Promise<void>((resolve) => worker.once('exit', () => resolve())) }
}

function attend(running: Running): void {
  const { worker, gone, options } = running
  const { log } = options
  worker.on('error', (error) => log.error({ error }, 'the prober failed'))
  worker.on('message', (message: FromProber) => {
    if (message.kind === 'first-round') return running.finishFirstRound()
    running.state = message.state
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
  Object.assign(running, spawn(running.options, running.subjects, running.epoch))
  attend(running)
}

async function stop(running: Running): Promise<void> {
  running.isStopping = true
  clearTimeout(running.replacing)
  running.worker.postMessage({ kind: 'stop' } satisfies ToProber)
  const limit = setTimeout(() => void running.worker.terminate(), STOP_MS)
  await running.gone
  clearTimeout(limit)
}
