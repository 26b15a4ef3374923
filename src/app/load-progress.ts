// How far a load is, for those who wait for a large one: nothing in the first second, then a line now and then.

import type { LogLevel } from '../io/telemetry/log.ts'

export interface LoadProgress {
  /** Zones that are done, and the records of all that were read. */
  readonly zones: number
  readonly records: number
  /** What is being read, or made of what. */
  readonly step: string
  /** The log's, as the configuration that is being loaded has it. */
  readonly level: LogLevel
}

const FIRST_MS = 1000
const EVERY_MS = 2000

/** Passes on what is worth a line. `now` in ms. */
export function openProgress(
  tell: (progress: LoadProgress) => void,
  now: () => number = () => performance.now(),
): (progress: LoadProgress) => void {
  let nextMs = now() + FIRST_MS
  return (progress) => {
    if (now() < nextMs) return
    nextMs = now() + EVERY_MS
    tell(progress)
  }
}

/** `zones/example.com.zone: 12 of 27 MB; 3 zones and 410000 records so far` */
export function printProgress({ zones, records, step }: LoadProgress): string {
  return `${step}; ${zones} ${zones === 1 ? 'zone' : 'zones'} and ${records} records so far`
}
