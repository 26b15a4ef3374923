// The main thread's end of the loader, which has a thread of its own. One that is lost is replaced by the next load; what loads have
// to know of those before is kept here.

import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { Failure } from '../core/base/failure.ts'
import type { LoadResult } from './load.ts'
import type { LoadProgress } from './load-progress.ts'
import type { FromLoader, ToLoader } from './message.ts'
import type { Serials } from './serials.ts'

export interface Loader {
  load(file: string, epoch: number, onProgress?: (progress: LoadProgress) => void): Promise<LoadResult>
  close(): Promise<void>
}

/** A thread per load would be simpler, but it would warm up anew each time, and a reload should not take long. */
export function openLoader(): Loader {
  const cookieSecret = new Uint8Array(randomBytes(16))
  let served: Serials | undefined
  let worker: Worker | undefined
  const begin = (): Worker => {
    const begun = new Worker(new URL('./loader-worker.ts', import.meta.url))
    // Whoever waits for a load is told; an error that nobody hears would end the process.
    begun.on('error', () => undefined)
    begun.once('exit', () => {
      if (worker === begun) worker = undefined
    })
    return begun
  }
  return {
    async load(file, epoch, onProgress) {
      worker ??= begin()
      const result = await loadOn(worker, { file, epoch, cookieSecret, served }, onProgress)
      served = result.loaded?.serials ?? served
      return result
    },
    close: async () => void (await worker?.terminate()),
  }
}

function loadOn(
  worker: Worker,
  order: ToLoader,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      worker.off('message', hear)
      worker.off('error', fail)
      worker.off('exit', lose)
      settle()
    }
    const hear = (message: FromLoader): void => {
      if (message.epoch !== order.epoch) return
      if ('progress' in message) return onProgress(message.progress)
      end(() => ('bug' in message ? reject(message.bug) : resolve(message.result)))
    }
    const fail = (error: Error): void => end(() => reject(error))
    const lose = (): void => end(() => reject(new Failure('worker-lost', 'the loader is gone')))
    worker.on('message', hear)
    worker.once('error', fail)
    worker.once('exit', lose)
    worker.postMessage(order)
  })
}
