// Regional services: a client near a vantage region is answered by that region's own word on each target while it is fresh, and
// by the verdict else. After a split of the network each side is so served what it can reach. What an operator ordered counts
// everywhere, and so does what policies remember (settle.ts): returns, ramps and orders go by the verdict.

import { VANTAGES } from '../health/board.ts'
import { ServiceField, ServiceFlag } from './compile.ts'
import type { Asking, SteerTrace, Treatment } from './policy.ts'

/** Hot. The vantage region whose word goes before the verdict for the client of an Asking; -1: none. */
export function regionalOf({ vantage, board }: Asking, flags: number): number {
  return (flags & ServiceFlag.regional) !== 0 && vantage < board[VANTAGES]! ? vantage : -1
}

/** As `treat`, for a whole service, whose record is at `at`. */
export function treatService(treatment: Treatment, at: number): void {
  const { table, words, places, place } = treatment
  if ((table[at + ServiceField.flags]! & ServiceFlag.regional) !== 0) words.push(places.vantage[place]!)
  treatment.treat(table[at + ServiceField.root]!)
}

export function describeRegional(trace: SteerTrace, regional: number): string {
  if (regional < 0) return 'those of all regions: none is known to be near the client'
  return `of region ${trace.vantageName(regional)}, the nearest, where it has a fresh one; else those of all regions`
}
