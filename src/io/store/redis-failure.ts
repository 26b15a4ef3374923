// What goes wrong with Redis, in our words: silence, a refusal, or a server that is not the one any more.

import { Failure } from '../../core/base/failure.ts'

export class Silence extends Failure {}

/** What a timer may be late by in a busy process, and how long an answer that lies unread may then take to be read. */
const LATE_MS = 100

/**
 * Rejects with a Silence after `ms`; the work itself is left to end as it will. Timers come before what the network has brought: a
 * limit that is noticed late, because this process stood still, waits a little for the answer that may lie there.
 */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const dueMs = performance.now() + ms
    const giveUp = (): void => reject(new Silence('store-unreachable', `no answer within ${Math.round(ms)} ms`))
    let timer = setTimeout(() => {
      if (performance.now() - dueMs <= LATE_MS) giveUp()
      else timer = setTimeout(giveUp, LATE_MS)
    }, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Without the cause: ioredis puts the command into its errors, and that of a login holds the password. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return new Failure('store-unreachable', String(error))
  if (error.name === 'ReplyError') return new Failure('store-refused', error.message)
  if (error.message === 'Command timed out') return new Silence('store-unreachable', 'no answer in time')
  // A host with several addresses fails with an AggregateError, whose own message is empty.
  return new Failure('store-unreachable', error.message || ('code' in error ? String(error.code) : error.name))
}

/** Whether the answer was that another server is the one to ask by now. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|READONLY|CLUSTERDOWN|MASTERDOWN) /.test(error.message)
}

/** For what may fail without anyone minding. */
export function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined)
}
