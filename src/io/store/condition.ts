// How a store is doing: folds the outcome of every read and publication into its StoreState, and logs the turns, not every failure.

import type { Failure } from '../../core/base/failure.ts'
import type { Log } from '../telemetry/log.ts'
import type { StoreError, StoreState } from './store.ts'

export interface Condition {
  succeed(what: 'read' | 'publish', tookMs: number): void
  fail(what: 'read' | 'publish', failure: Failure): void
  /** The names of the probers whose values could not be read, in one read; [] when all could. */
  garble(probers: readonly string[]): void
  state(): StoreState
}

export function openCondition(now: () => number, log: Log): Condition {
  // undefined: not tried yet, or not tried since the store was last lost.
  let readable: boolean | undefined
  let writable: boolean | undefined
  let reachable: boolean | undefined
  let sinceMs = now()
  let lastError: StoreError | undefined
  let garbled = 0
  let lastGarbled = ''
  let reads = 0
  let writes = 0
  let failures = 0
  let lastLatencyMs: number | undefined

  const turn = (): void => {
    const isReachable = readable === true || writable === true
    if (isReachable === reachable) return
    reachable = isReachable
    sinceMs = now()
    if (isReachable) log.info({}, 'the store answers')
    else
      log.warn(
        { code: lastError?.code, reason: lastError?.message },
        'the store is out of reach: going on with what is known',
      )
  }

  return {
    succeed(what, tookMs) {
      lastLatencyMs = tookMs
      if (what === 'read') {
        readable = true
        reads++
      } else {
        writable = true
        writes++
      }
      turn()
    },

    fail(what, failure) {
      failures++
      const code = failure.code === 'store-refused' ? failure.code : 'store-unreachable'
      lastError = { code, message: failure.message, atMs: now() }
      if (what === 'publish' && code === 'store-refused' && writable !== false) {
        log.warn({ code, reason: failure.message }, 'the store refuses our evidence')
      }
      // A refusal concerns what was asked; silence concerns everything.
      if (what === 'read' || code === 'store-unreachable') readable = false
      if (what === 'publish' || code === 'store-unreachable') writable = false
      turn()
    },

    garble(probers) {
      garbled += probers.length
      const names = probers.toSorted().join(', ')
      if (names !== lastGarbled && probers.length > 0)
        log.warn({ probers: names }, 'the store holds values that are no evidence: ignored')
      lastGarbled = names
    },

    state() {
      const base = { sinceMs, garbled, reads, writes, failures, lastLatencyMs }
      return { reachable: reachable ?? false, writable: writable ?? true, ...base, ...(lastError && { lastError }) }
    },
  }
}
