// The delivered split: what the draws of a weighted node came to, against what was configured. So that "the weights are wrong" has
// an answer.
//
// A draw is a keyed hash of client, time slot and node: of a client that asks again in its slot it is the same draw again, and to
// count it twice would make an honest split look crooked. So draws counted lately are remembered, in a table for all threads,
// since a client's questions come to any of them. Two threads may count one draw if they meet in the same nanoseconds, one that
// was pushed out may be counted again, and one in some ten thousand looks like another and is not counted: all of it rare, and
// none of it depends on what was drawn.

/** Draws remembered: each in one of the two places that its tag points to, until two others have come there. */
const SEEN = 32_768

export function createSeen(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * SEEN)
}

/** Hot. Whether the draw was not counted lately; from now on it was. */
export function isFirst(seen: Int32Array, tag: number): boolean {
  const at = (tag >>> 1) & (SEEN - 2)
  if (seen[at] === tag || seen[at + 1] === tag) return false
  seen[at + 1] = seen[at]!
  seen[at] = tag
  return true
}

export type SplitVerdict = 'within chance' | 'not within chance' | 'too few draws'

export interface JudgedSplit {
  readonly verdict: SplitVerdict
  readonly draws: number
  /** How likely an honest die is to stray so far, or farther; undefined with too few draws. */
  readonly p: number | undefined
}

/** Below this an honest die is not believed: it strays so far once in a thousand times. */
const BELIEVED = 0.001
const FEWEST_DRAWS = 300
/** Expected for each part at least, for the statistic to be near its distribution (Cochran's rule). */
const FEWEST_EACH = 5

/** Pearson's chi-square test of counts against shares, which add up to 1. */
export function judgeSplit(counts: readonly number[], shares: readonly number[]): JudgedSplit {
  const draws = counts.reduce((sum, count) => sum + count, 0)
  const parts = shares.flatMap((share, i) => (share > 0 ? [{ share, count: counts[i] ?? 0 }] : []))
  const strays = draws - parts.reduce((sum, { count }) => sum + count, 0)
  if (strays > 0) return { verdict: 'not within chance', draws, p: 0 }
  const isEnough = draws >= FEWEST_DRAWS && parts.every(({ share }) => share * draws >= FEWEST_EACH)
  if (!isEnough || parts.length < 2) return { verdict: 'too few draws', draws, p: undefined }
  const statistic = parts.reduce((sum, { share, count }) => sum + (count - share * draws) ** 2 / (share * draws), 0)
  const p = tailOfChiSquare(statistic, parts.length - 1)
  return { verdict: p >= BELIEVED ? 'within chance' : 'not within chance', draws, p }
}

/** The probability that chi-square with so many degrees of freedom exceeds `value`: by recurrence from those of 1 and 2. */
export function tailOfChiSquare(value: number, freedom: number): number {
  if (value <= 0) return 1
  const half = value / 2
  const isOdd = freedom % 2 === 1
  let tail = isOdd ? complementaryErrorFunction(Math.sqrt(half)) : Math.exp(-half)
  // half^(f/2) · e^-half / Γ(f/2 + 1), for f = 1 or 2; Γ(3/2) = √π/2.
  let term = isOdd ? (Math.sqrt(half) * Math.exp(-half) * 2) / Math.sqrt(Math.PI) : half * Math.exp(-half)
  for (let f = isOdd ? 1 : 2; f < freedom; f += 2) {
    tail += term
    term *= half / (f / 2 + 1)
  }
  return Math.min(1, tail)
}

/** For arguments from 0 on, within 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function complementaryErrorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return series * Math.exp(-x * x)
}
