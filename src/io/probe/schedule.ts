// When to probe next. Pure: durations in, durations out.
// Probes of many subjects by many probers must not come in step, neither with each other nor after a restart: each pair of prober
// and subject has a phase of its own, from a hash, and every interval is jittered by ±10 %.
//
//   start ─ first probe, within 1-2 s ─ second, `phase` of an interval later ─ then one every 0.9…1.1 intervals
//   a failure while up ─ again `confirm` after that probe began (but not before it ended), until it is down or a probe succeeds
//   no answer for `confirm` while up ─ another beside it (flight.ts)
//
// So a target that fails, be it at once, late or by hanging, is down within 1.1 × every + (fall − 1) × confirm + timeout.
// Recovery is not hurried: rise × every.

import { JITTER } from '../../core/health/next-change.ts'
import { readSipKey, type SipState, siphash } from '../../core/base/siphash.ts'

/** Two numbers in [0, 1), equal for the same prober and subject whenever and wherever they are asked for. */
export interface Phase {
  readonly first: number
  readonly second: number
}

// No secret: nobody gains by knowing when a probe comes.
const key = readSipKey(new Uint8Array(16))

export function phaseOf(prober: string, subject: string): Phase {
  const bytes = new TextEncoder().encode(`${prober}\n${subject}`)
  const state: SipState = { lo: 0, hi: 0 }
  siphash(key, bytes, 0, bytes.length, state)
  return { first: state.lo / 2 ** 32, second: state.hi / 2 ** 32 }
}

/** From the start to the first probe. All subjects within a second, two where there are many: a node waits for its first round. */
export function firstDelayMs(phase: Phase, everyMs: number, subjects: number): number {
  const spreadMs = Math.min(2000, Math.max(1000, subjects))
  return phase.first * Math.min(everyMs, spreadMs)
}

/**
 * How long to wait on because of a timer that fires so late: this side stood still, and what the target has answered meanwhile is
 * read after the timers. 0 for what every busy program is late by.
 */
export function graceMs(lateMs: number): number {
  return lateMs > 100 ? 100 : 0
}

export interface Timing {
  readonly everyMs: number
  readonly confirmMs: number
}

export interface Progress {
  /** Results of this subject that have counted. */
  readonly probes: number
  readonly phase: Phase
  /** Up, and the last probe failed. */
  readonly isInDoubt: boolean
}

/** From the start of the probe that was counted last to that of the next, when none is under way; `draw` is a random number in [0, 1). Never more than 1.1 intervals. */
export function nextDelayMs(timing: Timing, progress: Progress, draw: number): number {
  if (progress.isInDoubt) return timing.confirmMs
  // The first round was crowded into a second or two; from the second on, the phases fill the whole interval.
  if (progress.probes === 1) return progress.phase.second * timing.everyMs
  return timing.everyMs * (1 - JITTER + 2 * JITTER * draw)
}
