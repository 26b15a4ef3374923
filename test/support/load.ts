// Steady load from a thread of its own: questions at an even pace from a few ports, each sent once and never repeated.

import { Worker } from 'node:worker_threads'
import type { Endpoint } from '../../src/core/base/address.ts'

export interface LoadOptions {
  readonly to: Endpoint
  /** Asked in turn; the id is set by the generator. */
  readonly queries: readonly Uint8Array[]
  readonly perSecond: number
  readonly ports: number
  /**
   * Unanswered questions at most, of each port; default: no limit. Where they fit into the server's receive buffer, whatever that
   * is, a machine that is busy with other things slows the load down, and what is lost was lost by the server.
   */
  readonly window?: number
}

export interface Load {
  look(): Promise<LoadProgress>
  /** Ends it, waits for answers under way, and tells what came of it. */
  stop(): Promise<LoadResult>
}

/** One question and what came of it. */
export interface Outcome {
  readonly query: number
  readonly port: number
  /** Milliseconds since the Unix epoch, to the microsecond: comparable between threads. */
  readonly sentMs: number
  /** undefined: not answered. */
  readonly tookMs: number | undefined
  readonly rcode: number
  /** The last four bytes of the answer section's first record, which is where a short one without EDNS ends. */
  readonly tail: string
}

export interface LoadResult {
  readonly outcomes: readonly Outcome[]
  /** Answers that nobody waited for: repeated ones. */
  readonly strays: number
}

export interface LoadProgress {
  readonly asked: number
  /** The last answer's, by port and query; empty before the first. */
  readonly tails: readonly (readonly string[])[]
}

export type ToLoad = 'stop' | 'look'
export type FromLoad = 'running' | LoadProgress | LoadResult

/** The clock of `sentMs`. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now()
}

/** Resolves when it runs. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: options })
  const running = Promise.withResolvers<void>()
  const result = Promise.withResolvers<LoadResult>()
  const looking: ((progress: LoadProgress) => void)[] = []
  worker.on('message', (message: FromLoad) => {
    if (message === 'running') running.resolve()
    else if ('asked' in message) looking.shift()?.(message)
    else result.resolve(message)
  })
  worker.on('error', (error) => {
    running.reject(error)
    result.reject(error)
  })
  result.promise.catch(() => undefined)
  await running.promise
  return {
    look: () =>
      new Promise((resolve) => {
        looking.push(resolve)
        worker.postMessage('look' satisfies ToLoad)
      }),
    async stop() {
      worker.postMessage('stop' satisfies ToLoad)
      return result.promise
    },
  }
}
