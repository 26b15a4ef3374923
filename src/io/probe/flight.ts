// The probes of one subject that are under way, in the order of their starting.
// A target that hangs says nothing until the timeout. Asking it `fall` times one after the other would take `fall` timeouts, so
// while a target that is up leaves a probe unanswered for `confirm`, the next one starts beside it:
//
//   probe 1   ├───────────────────────────✗ timeout      fall 3: down here ─┐
//   probe 2   ┊confirm├───────────────────────────✗                         │
//   probe 3   ┊       ┊confirm├───────────────────────────✗ ◀───────────────┘
//
// Results count in this order, whichever comes first, so that they are those of one probe after the other, only sooner. A
// success makes the probes that started after it needless: they are aborted, and nothing of them counts. It does not speak for
// those before it: a target that leaves every second request hanging is not well.

import type { Standing } from '../../core/health/standing.ts'
import type { Seen } from './check.ts'

export interface Flight {
  readonly startedMs: number
  /** When it was to start. */
  readonly plannedMs: number
  readonly controller: AbortController
  /** Once it has ended; held until those before it have ended too. */
  seen: Seen | undefined
  isDiscarded: boolean
}

export interface Landing {
  /** What counts now, in order. */
  readonly counted: readonly (Flight & { readonly seen: Seen })[]
  readonly discarded: number
}

export function openFlight(startedMs: number, plannedMs = startedMs): Flight {
  return { startedMs, plannedMs, controller: new AbortController(), seen: undefined, isDiscarded: false }
}

/** As many failures as it takes to bring it down, and no more. What is down, or not known yet, is not hurried. */
export function mostInFlight(standing: Standing, fall: number): number {
  return standing.up === true ? Math.max(1, fall - standing.failures) : 1
}

/** When the next probe is to start beside those in flight, unless one of them is answered before; undefined: not at all. */
export function hedgeDueMs(
  flights: readonly Flight[],
  standing: Standing,
  { fall, confirmMs }: { readonly fall: number; readonly confirmMs: number },
): number | undefined {
  const last = flights.at(-1)
  if (!last || last.seen?.ok === true || flights.length >= mostInFlight(standing, fall)) return undefined
  return last.startedMs + confirmMs
}

/** One of them has ended: takes out of `flights` what is over. */
export function land(flights: Flight[], flight: Flight, seen: Seen): Landing {
  flight.seen = seen
  const needless = seen.ok === true ? flights.splice(flights.indexOf(flight) + 1) : []
  for (const each of needless) abandon(each, 'an earlier probe was answered')
  const open = flights.findIndex((each) => each.seen === undefined)
  const counted = flights.splice(0, open === -1 ? flights.length : open) as Landing['counted'][number][]
  return { counted, discarded: needless.length }
}

/** Ends it where it stands; its result, if one still comes, is to be ignored. */
export function abandon(flight: Flight, reason: string): void {
  flight.isDiscarded = true
  flight.controller.abort(new Error(reason))
}
