// Judging chance by numbers: Pearson's statistic and the bounds that an honest die exceeds once in a thousand times; and
// numbers that are the same in every run.

/** Σ (seen − expected)² / expected, for counts against weights. */
export function chiSquare(seen: readonly number[], weights: readonly number[]): number {
  const total = seen.reduce((a, b) => a + b, 0)
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.reduce((value, weight, i) => {
    const expected = (total * weight) / sum
    return value + ((seen[i] ?? 0) - expected) ** 2 / expected
  }, 0)
}

/** What the statistic exceeds with p = 0.001, by degrees of freedom. */
export const exceededOnceInThousand: Readonly<Record<number, number>> = {
  1: 10.828,
  2: 13.816,
  3: 16.266,
  7: 24.322,
  9: 27.877,
  15: 37.697,
  99: 148.23,
}

/** Marsaglia's xorshift with 32 bits: from 0 to below `limit`. */
export function openNumbers(seed: number): (limit: number) => number {
  let state = seed | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 0x1_0000_0000) * limit)
  }
}
