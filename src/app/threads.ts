// The main thread's ends of the loader and the prober, each on a thread of its own.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Failure } from '../core/base/failure.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { ProberState, ProbeSubject } from '../io/probe/prober.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { LoadResult } from './load.ts'
import type { FromLoader, FromProber, ProberWorkerData, ToLoader, ToProber } from './message.ts'

export interface Loader {
  load(file: string, epoch: number): Promise<LoadResult>
  close(): Promise<void>
}

/** A thread per load would be simpler, but it would warm up anew each time, and a reload should not take long. */
export function openLoader(): Loader {
  const worker = new Worker(new URL('./loader-worker.ts', import.meta.url))
  return {
    load: (file, epoch) =>
      new Promise((resolve, reject) => {
        const onMessage = (message: FromLoader): void => {
          if (message.epoch !== epoch) return
          worker.off('message', onMessage)
          worker.off('error', reject)
          if ('bug' in message) reject(message.bug)
          else resolve(message.result)
        }
        worker.on('message', onMessage)
        worker.once('error', reject)
        worker.postMessage({ file, epoch } satisfies ToLoader)
      }),
    close: async () => void (await worker.terminate()),
  }
}

export interface ProberThread {
  /** Resolves when each subject has been probed once, or the thread is gone. */
  readonly firstRound: Promise<void>
  replaceSubjects(subjects: readonly ProbeSubject[]): void
  /** At its last report, at most a second ago; undefined before the first. */
  state(): ProberState | undefined
  stop(): Promise<void>
}

const STOP_MS = 3000

export function openProberThread(
  data: ProberWorkerData,
  log: Log,
  onEvidence: (evidence: Evidence) => void,
): ProberThread {
  const worker = new Worker(new URL('./prober-worker.ts', import.meta.url), { workerData: data })
  let isStopping = false
  let state: ProberState | undefined
  const gone = once(worker, 'exit').then(() => undefined)
  worker.on('error', (error) => log.error({ error }, 'the prober failed'))
  void gone.then(() => {
    if (!isStopping)
      log.error({ error: new Failure('worker-lost', 'the prober is gone') }, 'this node probes no more; restart it')
  })
  const firstRound = new Promise<void>((resolve) => {
    worker.on('message', (message: FromProber) => {
      if (message.kind === 'evidence') {
        state = message.state
        onEvidence(message.evidence)
      } else resolve()
    })
    void gone.then(resolve)
  })
  return {
    firstRound,
    replaceSubjects: (subjects) => worker.postMessage({ kind: 'subjects', subjects } satisfies ToProber),
    state: () => state,
    async stop() {
      isStopping = true
      worker.postMessage({ kind: 'stop' } satisfies ToProber)
      const limit = setTimeout(() => void worker.terminate(), STOP_MS)
      await gone
      clearTimeout(limit)
    },
  }
}
