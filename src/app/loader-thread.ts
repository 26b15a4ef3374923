// The main thread's end of the loader, which has a thread of its own.

import { Worker } from 'node:worker_threads'
import type { LoadResult } from './load.ts'
import type { LoadProgress } from './load-progress.ts'
import type { FromLoader, ToLoader } from './message.ts'

export interface Loader {
  load(file: string, epoch: number, onProgress: (progress: LoadProgress) => void): Promise<LoadResult>
  close(): Promise<void>
}

/** A thread per load would be simpler, but it would warm up anew each time, and a reload should not take long. */
export function openLoader(): Loader {
  const worker = new Worker(new URL('./loader-worker.ts', import.meta.url))
  return {
    load: (file, epoch, onProgress) =>
      new Promise((resolve, reject) => {
        const onMessage = (message: FromLoader): void => {
          if (message.epoch !== epoch) return
          if ('progress' in message) return onProgress(message.progress)
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
