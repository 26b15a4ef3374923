// How long it takes until a change of a target shows in the answers: the formulas of the manual (docs/checks/http.md) as
// functions. Bounds, and not averages: a change is noticed at the latest after so long.

export interface Timing {
  readonly everyMs: number
  readonly timeoutMs: number
  readonly fall: number
  readonly rise: number
  readonly confirmMs: number
}

/** Probes are moved by up to a tenth of the interval. */
const JITTER = 1.1
/** The keeper judges once a second. */
const TICK_MS = 1000

/** A target that hangs is out of the answers after at most so long; one that refuses, `timeout` sooner. */
export function latestDownMs({ everyMs, timeoutMs, fall, confirmMs }: Timing): number {
  return everyMs * JITTER + fall * confirmMs + timeoutMs + TICK_MS
}

/** A target that answers again, at once, is in the answers after at most so long: recovery is not hurried. */
export function latestUpMs({ everyMs, rise }: Timing): number {
  return rise * everyMs * JITTER + TICK_MS
}
