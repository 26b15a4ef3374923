// Doubt: a prober that finds most of what it watches changed at once has more likely lost its own way to the world (FIELD: the
// mass-change brake). What it says of those subjects does not count until somebody in another region says the same. Where there
// is nobody else to ask, there is nobody to believe instead, and so no doubt.

import { freshForMs, type Rule, type Vote } from './tally.ts'

/** With fewer subjects than this, "most" is a matter of one or two. */
const FEWEST = 4

/** What is kept of a vote for this. */
export interface Flip {
  readonly everyMs: number
  /** When the prober changed its mind on the reader's clock; undefined: never. */
  readonly flippedMs: number | undefined
  /** Whether that was one of many at once. */
  isMass: boolean
}

/** Marks the flips that were part of a mass change; returns those whose mark is another now. `total`: subjects of the prober. */
export function markMassFlips<F extends Flip>(flips: readonly F[], total: number, doubtAt: number): F[] {
  const flipped = flips.filter((flip) => flip.flippedMs !== undefined).sort((a, b) => a.flippedMs! - b.flippedMs!)
  const isMass = new Set<F>()
  const least = Math.max(FEWEST, Math.floor((total * doubtAt) / 1000) + 1)
  let first = 0
  for (let last = 0; last < flipped.length; last++) {
    // Regular probes come once an interval: what breaks at once is seen within one, and a little.
    while (flipped[last]!.flippedMs! - flipped[first]!.flippedMs! > 1.5 * flipped[last]!.everyMs) first++
    if (last - first + 1 < least) continue
    for (let i = last; i >= first && !isMass.has(flipped[i]!); i--) isMass.add(flipped[i]!)
  }
  const changed = flips.filter((flip) => flip.isMass !== isMass.has(flip))
  for (const flip of changed) flip.isMass = !flip.isMass
  return changed
}

/** Whether nobody confirms what is said in a mass change, though somebody could. */
export function isDoubted(vote: Vote, votes: readonly Vote[], { vantages }: Rule, nowMs: number): boolean {
  const others = votes.filter(
    (other) =>
      other.up !== undefined &&
      (vantages.length > 1
        ? other.region !== vote.region && vantages.includes(other.region)
        : other.prober !== vote.prober) &&
      nowMs <= other.heardMs + freshForMs(other.everyMs),
  )
  return others.length > 0 && others.every((other) => other.up !== vote.up)
}
