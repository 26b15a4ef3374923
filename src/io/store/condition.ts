// How a store is doing: folds the outcome of every read and publication into its StoreState, and logs the turns, not every failure.

import type { Failure } from '../../core/base/failure.ts'
import type { Log } from '../telemetry/log.ts'
import type { StoreError, StoreState } from './store.ts'

/** Evidence is read and published, and overrides are. */
type Use = 'read' | 'publish' | 'read overrides' | 'publish overrides'

export interface Condition {
  succeed(what: Use, tookMs: number): void
  fail(what: Use, failure: Failure): void
  /** Whose values could not be read, in one read; [] when all could. */
  garble(what: 'evidence' | 'overrides', names: readonly string[]): void
  state(): StoreState
}

export function openCondition(now: () => number, log: Log): Condition {
  // undefined: not tried yet, or not tried since the store was last lost.
  let readable: boolean | undefined
  let writable: boolean | undefined
  let reachable: boolean | undefined
  const refused = { 'read overrides': false, 'publish overrides': false }
  let sinceMs = now()
  let lastError: StoreError | undefined
  let garbled = 0
  const lastGarbled = { evidence: '', overrides: '' }
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
      if (what === 'read' || what === 'read overrides') reads++
      else writes++
      if (what === 'read') readable = true
      else if (what === 'publish') writable = true
      else refused[what] = false
      turn()
    },

    fail(what, failure) {
      failures++
      const code = failure.code === 'store-refused' ? failure.code : 'store-unreachable'
      const reason = failure.message
      lastError = { code, message: reason, atMs: now() }
      // A refusal concerns what was asked; silence concerns everything.
      const isRefusal = code === 'store-refused'
      if (what === 'publish' && isRefusal && writable !== false)
        log.warn({ code, reason }, 'the store refuses our evidence')
      if (what === 'read overrides' || what === 'publish overrides') {
        // Where it refuses everything there is a line about that already.
        if (isRefusal && !refused[what] && reachable && writable !== false)
          log.warn({ code, reason }, `the store refuses to ${what}`)
        refused[what] = isRefusal
      }
      if (what === 'read' || !isRefusal) readable = false
      if (what === 'publish' || !isRefusal) writable = false
      turn()
    },

    garble(what, names) {
      garbled += names.length
      const list = names.toSorted().join(', ')
      const label = what === 'evidence' ? 'probers' : 'nodes'
      if (list !== lastGarbled[what] && names.length > 0)
        log.warn({ [label]: list }, `the store holds values that are no ${what}: ignored`)
      lastGarbled[what] = list
    },

    state() {
      const isRefused = refused['read overrides'] || refused['publish overrides']
      const known = { reachable: reachable ?? false, writable: writable ?? true, sharesOverrides: !isRefused }
      return { ...known, sinceMs, garbled, reads, writes, failures, lastLatencyMs, ...(lastError && { lastError }) }
    },
  }
}
