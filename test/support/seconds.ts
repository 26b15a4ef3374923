// Latencies as of the seconds of a stretch: what somebody else's second of work on the same machine does makes no difference.

export interface Timed {
  readonly sentMs: number
  /** Absent where no answer came. */
  readonly tookMs?: number | undefined
}

/** The latencies of each whole second from `fromMs` to `toMs`, sorted; one without an answer is endless. */
export function secondsOf(outcomes: readonly Timed[], [fromMs, toMs]: readonly [number, number]): number[][] {
  return Array.from({ length: Math.floor((toMs - fromMs) / 1000) }, (_, i) =>
    outcomes
      .filter(({ sentMs }) => sentMs >= fromMs + 1000 * i && sentMs < fromMs + 1000 * (i + 1))
      .map(({ tookMs }) => tookMs ?? Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b),
  )
}

/** Of the seconds' quantiles the middle one. */
export function usual(seconds: readonly number[][], share: number): number {
  const each = seconds.map((sorted) => sorted[Math.floor(sorted.length * share)]!).sort((a, b) => a - b)
  return each[(each.length - 1) >> 1]!
}
