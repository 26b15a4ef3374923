// Telling the main thread of a bug that was caught in a worker: the count is exact, the words are limited to a few a second,
// so that a flood of packets that meet a bug does not become a flood of messages.

import type { MessagePort } from 'node:worker_threads'
import { Count, count } from '../core/answer/counters.ts'
import type { FromWorker } from './message.ts'

const PER_SECOND = 3

export function openReporter(port: MessagePort, counters: Float64Array): (error: unknown) => void {
  let second = 0
  let told = 0
  return (error) => {
    count(counters, Count.errors, 1)
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      second = now
      told = 0
    }
    if (++told > PER_SECOND) return
    const bug = error instanceof Error ? error : new Error(String(error))
    port.postMessage({ kind: 'bug', message: bug.message, stack: bug.stack ?? '' } satisfies FromWorker)
  }
}
