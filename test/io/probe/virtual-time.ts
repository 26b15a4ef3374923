// Virtual time for tests: timers fire in order when the test moves the clock, and promises settle in between.

import type { SetTimer } from '../../../src/io/probe/prober.ts'

export interface VirtualTime {
  now(): number
  readonly setTimer: SetTimer
  /** Moves the clock on, firing what is due on the way. */
  pass(ms: number): Promise<void>
  /** The process stands still: nothing fires until it is over. */
  freeze(ms: number): void
}

export function openVirtualTime(startMs = 0): VirtualTime {
  let nowMs = startMs
  const timers = new Set<{ dueMs: number; callback: () => void }>()
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    now: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { dueMs: nowMs + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    freeze(ms) {
      nowMs += ms
    },
    async pass(ms) {
      const untilMs = nowMs + ms
      await settled()
      for (;;) {
        let next: { dueMs: number; callback: () => void } | undefined
        for (const timer of timers) if (timer.dueMs <= untilMs && (!next || timer.dueMs < next.dueMs)) next = timer
        if (!next) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.dueMs)
        next.callback()
        await settled()
      }
      nowMs = untilMs
    },
  }
}

/** A small deterministic generator (mulberry32), so that a failure can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
