// The store: where nodes leave what their probers saw and what operators ordered, and find the same of others. It carries
// evidence and orders that expire, and decides nothing; the DNS path never waits for it. One contract
// (test/contract/store.test.ts), several implementations.

import type { Evidence } from '../../core/health/evidence.ts'
import type { Replica } from '../../core/health/override-book.ts'
import type { Log } from '../telemetry/log.ts'

/** Nothing here rejects, and nothing takes longer than the store's time limit: what goes wrong shows in `state`. */
export interface Store {
  readonly kind: string
  /**
   * Shares what a prober of this node saw, whole, in place of what it published before. The promise settles when it is shared,
   * given up, or overtaken by a newer one: while one publication is under way only the newest of the others waits.
   */
  publish(evidence: Evidence): Promise<void>
  /** The latest of every prober that is alive, own ones included; [] when the store is out of reach. */
  read(): Promise<readonly Evidence[]>
  /** Shares this node's book of overrides, whole, in place of what it shared before. True once it is shared. */
  publishOverrides(replica: Replica): Promise<boolean>
  /** The latest book of every node, of those that have gone as well; undefined when the store is out of reach. */
  readOverrides(): Promise<readonly Replica[] | undefined>
  state(): StoreState
  /** Called when somebody published a change. Only a hint: it may be lost, so reading at intervals stays the truth. */
  onHint(listener: () => void): void
  close(): Promise<void>
}

export interface StoreState {
  /** The last read or the last publication went well. False before the first. */
  readonly reachable: boolean
  /** The last publication went well; true before the first. A read-only or full Redis is reachable and not writable. */
  readonly writable: boolean
  /** The store takes and gives overrides; true before it was asked. It may refuse these alone. */
  readonly sharesOverrides: boolean
  /** When `reachable` last changed, on the clock that the store was opened with. */
  readonly sinceMs: number
  /** The newest one, which may be over: `reachable` and `writable` tell what is now. */
  readonly lastError?: StoreError
  /** Values read that were no evidence and no overrides, and were ignored. */
  readonly garbled: number
  readonly reads: number
  readonly writes: number
  /** Reads and publications that went wrong. */
  readonly failures: number
  /** How long the last successful read or publication took; undefined before the first. */
  readonly lastLatencyMs: number | undefined
}

export interface StoreError {
  readonly code: 'store-unreachable' | 'store-refused'
  readonly message: string
  readonly atMs: number
}

/** What every store is opened with. */
export interface StoreDeps {
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number
  /** From 0 to below 1; spreads reconnections. */
  readonly random: () => number
  readonly log: Log
}

/** How long a prober's evidence outlives its last publication: three of its longest interval, and at least ten seconds. */
export function expiryMs(evidence: Evidence): number {
  let longestMs = 0
  for (const { everyMs } of evidence.sightings) longestMs = Math.max(longestMs, everyMs)
  return Math.max(10_000, Math.ceil(3 * longestMs))
}

/** How long a book outlives its last publication: as long as an order in it may matter, and at least an hour. */
export function overridesExpiryMs({ entries }: Replica): number {
  let longestMs = 3_600_000
  for (const { orderedSec, keepUntilSec } of entries)
    longestMs = Math.max(longestMs, keepUntilSec === undefined ? LONGEST_EXPIRY_MS : 1000 * (keepUntilSec - orderedSec))
  return Math.min(LONGEST_EXPIRY_MS, longestMs)
}

/** 31 days: nodes publish every second, so this only counts for those that are gone. */
const LONGEST_EXPIRY_MS = 31 * 86_400_000

/** Whether `next` says something new, so that others should read it now and not at their next turn. */
export function isChange(last: Evidence | undefined, next: Evidence): boolean {
  if (last?.prober !== next.prober || last.epoch !== next.epoch || last.sightings.length !== next.sightings.length)
    return true
  return next.sightings.some((sighting, i) => {
    const before = last.sightings[i]!
    return sighting.up !== before.up || sighting.subject !== before.subject
  })
}

/** The same for books, which are small: whether they hold other entries. */
export function isOtherBook(last: Replica | undefined, next: Replica): boolean {
  return JSON.stringify(last?.entries ?? []) !== JSON.stringify(next.entries)
}
