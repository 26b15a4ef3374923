// Keeps what is known of names fresh: each name and type is asked for anew when its TTL is over, and after a failure again and
// again, ever more slowly. Before its TTL is over there is no use in asking: a resolver that caches would say the same.

import { Type } from '../../core/wire/message.ts'
import type { Said } from './resolution.ts'
import type { Outcome } from './resolve.ts'

/** One name and type. */
export interface Wanted {
  /** In presentation format, lower-cased. */
  readonly name: string
  readonly type: number
}

export interface RefreshTiming {
  readonly leastTtlSec: number
  readonly mostTtlSec: number
}

export interface RefresherOptions {
  /** Seconds since the Unix epoch: TTLs are told to others by it. */
  nowSec(): number
  /** 0 to below 1, for spreading. */
  random(): number
  resolve(wanted: Wanted, signal: AbortSignal): Promise<Outcome>
  onSaid(wanted: Wanted, said: Said & { readonly resolver: number; readonly untilSec: number }): void
  /** `failures` in a row, this one included. */
  onFailed(wanted: Wanted, because: string, failures: number): void
}

export interface Refresher {
  /**
   * What is to be kept fresh from now on: names that stay keep their times, new ones are asked for at once. With `anew` all are, and
   * what those who were asked before still say does not count: who is to be asked has changed.
   */
  use(wanted: readonly Wanted[], timing: RefreshTiming, anew?: boolean): void
  /** Asks for what is due; once a second. */
  tick(): void
  /** Whether each name has been asked for once, whatever came of it. */
  isSettled(): boolean
  close(): void
}

interface Entry {
  readonly wanted: Wanted
  dueSec: number
  /** When it was asked for last; a clock that goes back makes it due. */
  askedSec: number
  failures: number
  isAsking: boolean
  /** It was asked for of those who are to be asked no more: what they say does not count. */
  isOutdated: boolean
  wasAsked: boolean
}

/** Names asked for at the same time. */
const AT_ONCE = 64
/** After so many failures the pause grows no more: 32 s. */
const MOST_FAILURES = 6

export function openRefresher(options: RefresherOptions): Refresher {
  const { nowSec } = options
  const closing = new AbortController()
  let entries = new Map<string, Entry>()
  let timing: RefreshTiming = { leastTtlSec: 5, mostTtlSec: 3600 }
  /** What is due, the first of it last. */
  let queue: Entry[] = []
  let asking = 0

  async function refresh(entry: Entry): Promise<void> {
    entry.isAsking = true
    entry.isOutdated = false
    asking++
    entry.askedSec = nowSec()
    settle(entry, await resolve(entry.wanted))
    asking--
    entry.isAsking = false
    entry.wasAsked = true
    pump()
  }

  async function resolve(wanted: Wanted): Promise<Outcome> {
    try {
      return await options.resolve(wanted, closing.signal)
    } catch (error) {
      // A bug that one name meets costs that name alone.
      return { failed: `asking itself failed: ${String(error)}` }
    }
  }

  function settle(entry: Entry, outcome: Outcome): void {
    if (closing.signal.aborted || entry.isOutdated) return
    const { wanted } = entry
    if ('failed' in outcome) {
      entry.failures++
      entry.dueSec = nowSec() + pauseSec(entry.failures, options.random())
      if (isCurrent(entry)) options.onFailed(wanted, outcome.failed, entry.failures)
      return
    }
    const { said, resolver } = outcome
    const ttlSec = Math.min(timing.mostTtlSec, Math.max(timing.leastTtlSec, said.ttlSec))
    entry.failures = 0
    entry.dueSec = nowSec() + ttlSec
    if (isCurrent(entry)) options.onSaid(wanted, { ...said, resolver, untilSec: entry.dueSec })
  }

  function isCurrent(entry: Entry): boolean {
    return entries.get(keyOf(entry.wanted)) === entry
  }

  function tick(): void {
    const now = nowSec()
    queue = [...entries.values()]
      .filter((entry) => !entry.isAsking && (now >= entry.dueSec || now < entry.askedSec))
      .sort((a, b) => b.dueSec - a.dueSec)
    pump()
  }

  function pump(): void {
    while (asking < AT_ONCE && !closing.signal.aborted) {
      const entry = queue.pop()
      if (!entry) return
      if (!entry.isAsking && isCurrent(entry)) void refresh(entry)
    }
  }

  return {
    use(wanted, next, anew = false) {
      timing = next
      const before = entries
      if (anew) for (const entry of before.values()) Object.assign(entry, { dueSec: 0, isOutdated: entry.isAsking })
      entries = new Map()
      for (const each of wanted) entries.set(keyOf(each), before.get(keyOf(each)) ?? newEntry(each))
      tick()
    },
    tick,
    isSettled: () => [...entries.values()].every(({ wasAsked }) => wasAsked),
    close: () => closing.abort(),
  }
}

function newEntry(wanted: Wanted): Entry {
  return { wanted, dueSec: 0, askedSec: 0, failures: 0, isAsking: false, isOutdated: false, wasAsked: false }
}

/** 1, 2, 4 … 32 seconds, a fourth more or less. */
function pauseSec(failures: number, random: number): number {
  return 2 ** (Math.min(failures, MOST_FAILURES) - 1) * (0.75 + random / 2)
}

export function keyOf({ name, type }: Wanted): string {
  return `${type === Type.AAAA ? 'AAAA' : 'A'} ${name}`
}
