// What a thread that answers brings to the limiting of rates: a seed of its own, its share, and the clock.

import { randomBytes } from 'node:crypto'
import type { LimiterPlace } from '../core/answer/limit.ts'
import type { AnsweringData } from './message.ts'

export function limiterPlace({ sharers, heaviest }: AnsweringData): LimiterPlace {
  return { sharers, seed: randomBytes(4).readInt32LE(), ...(heaviest && { heaviest }) }
}

/** Milliseconds of the steady clock, wrapped to 32 bits: a larger number would be boxed. */
export function steadyMs(): number {
  return performance.now() | 0
}
