// Standing: what one prober believes about one subject after rise, fall and forgive.
// Failures pile up even with successes between them, and only `forgive` clean results in a row wipe them out: a subject that
// fails every second probe goes down, which counting failures in a row would never notice.

export interface Thresholds {
  /** Successes in a row that bring a subject up. */
  readonly rise: number
  /** Unforgiven failures that take it down. */
  readonly fall: number
  /** Successes in a row after which earlier failures no longer count. */
  readonly forgive: number
}

export interface Standing {
  /** undefined: not probed yet. */
  readonly up: boolean | undefined
  /** The latest equal results: 3 is three successes in a row, -2 two failures in a row. */
  readonly row: number
  /** Failures not yet forgiven; 0 unless up. */
  readonly failures: number
  /** When `up` last changed, on the prober's clock. */
  readonly sinceMs: number
  /** Whether that was a change, and not the first result. */
  readonly hasTurned: boolean
  /** How long the state before had lasted; undefined where its beginning was not seen. */
  readonly heldMs: number | undefined
}

export const unprobed: Standing = Object.freeze({
  up: undefined,
  row: 0,
  failures: 0,
  sinceMs: 0,
  hasTurned: false,
  heldMs: undefined,
})

/** The standing after one more result. The first result decides at once: a guess that is seconds old beats none. */
export function observe(standing: Standing, ok: boolean, nowMs: number, thresholds: Thresholds): Standing {
  const row = ok ? Math.max(standing.row, 0) + 1 : Math.min(standing.row, 0) - 1
  if (standing.up === undefined) return { ...unprobed, up: ok, row, sinceMs: nowMs }
  if (!standing.up) {
    return row >= thresholds.rise ? turn(standing, row, nowMs) : { ...standing, row }
  }
  const failures = ok ? (row >= thresholds.forgive ? 0 : standing.failures) : standing.failures + 1
  if (failures >= thresholds.fall) return turn(standing, row, nowMs)
  return { ...standing, row, failures }
}

/** The other state, from now on. */
export function turn({ up, sinceMs, hasTurned }: Standing, row: number, nowMs: number): Standing {
  return { up: !up, row, failures: 0, sinceMs: nowMs, hasTurned: true, heldMs: hasTurned ? nowMs - sinceMs : undefined }
}

/** As published: results in a row that agree with `up`, or (negative) how many count towards a change. */
export function streakOf(standing: Standing): number {
  if (standing.up === undefined) return 0
  if (standing.up) return standing.failures > 0 ? -standing.failures : standing.row
  return -standing.row
}

/** Whether the subject is up and its last result was a failure, so that it is worth asking again soon. */
export function isInDoubt(standing: Standing): boolean {
  return standing.up === true && standing.row < 0
}
