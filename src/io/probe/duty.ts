// A duty: one subject that the prober looks after, and what it knows of it.

import { printEndpoint } from '../../core/base/address.ts'
import type { Sighting, Timings } from '../../core/health/evidence.ts'
import { observe, type Standing, streakOf, unprobed } from '../../core/health/standing.ts'
import { freshForMs } from '../../core/health/tally.ts'
import type { Seen } from './check.ts'
import type { Flight } from './flight.ts'
import type { ProbeSubject } from './prober.ts'
import { type Phase, phaseOf } from './schedule.ts'

export interface Duty {
  readonly task: ProbeSubject
  /** Equal for equal tasks. */
  readonly identity: string
  /** What its probes are counted by. */
  readonly endpoint: string
  readonly phase: Phase
  standing: Standing
  reason: string
  timings: Timings | undefined
  latencyMs: number | undefined
  load: number | undefined
  certDays: number | undefined
  /** How many results have counted. */
  probes: number
  /** When the last result came that says something of the target. */
  seenMs: number
  /** When the next probe is to start, while queued; the last one, while it is not. */
  dueMs: number
  /** In the order of their starting. */
  readonly flights: Flight[]
}

export function identityOf({ address, port, check }: ProbeSubject): string {
  return JSON.stringify([address, port, check])
}

export function openDuty(prober: string, task: ProbeSubject): Duty {
  return {
    task,
    identity: identityOf(task),
    endpoint: printEndpoint(task),
    phase: phaseOf(prober, task.subject),
    standing: unprobed,
    reason: 'not probed yet',
    timings: undefined,
    latencyMs: undefined,
    load: undefined,
    certDays: undefined,
    probes: 0,
    seenMs: 0,
    dueMs: 0,
    flights: [],
  }
}

/** Folds one result in. */
export function countResult(duty: Duty, seen: Seen, nowMs: number): void {
  duty.probes++
  duty.reason = seen.detail
  if (seen.ok === undefined) return
  duty.standing = observe(duty.standing, seen.ok, nowMs, duty.task.check)
  duty.timings = {
    connectMs: tenths(seen.connectMs),
    tlsMs: tenths(seen.tlsMs),
    firstByteMs: tenths(seen.firstByteMs),
    totalMs: tenths(seen.tookMs),
  }
  // A failure may come before the certificate or the load is told; what was told last stands until it is told otherwise.
  if (seen.ok || seen.certDays !== undefined) duty.certDays = seen.certDays
  if (seen.ok) {
    duty.load = seen.load
    duty.latencyMs = smooth(duty.latencyMs, seen)
  }
  duty.seenMs = nowMs
}

/** At the usual interval half of a change shows after 30 s, and one slow answer in a hundred moves nobody. */
const alpha = 0.2

/**
 * Latency is the time to connect: one round trip, answered by the target's kernel. The first byte would measure the application
 * and the handshake as well, and with them its load: steering by that moves the load to where it is low, and back again. Where
 * there is no connection (dns, icmp) it is the time to the answer.
 */
function smooth(before: number | undefined, { connectMs, firstByteMs }: Seen): number | undefined {
  const tookMs = connectMs ?? firstByteMs
  if (tookMs === undefined) return before
  return before === undefined ? tookMs : before + alpha * (tookMs - before)
}

/** What is shared has tenths of a millisecond: with ten thousand subjects the further digits are most of the text. */
function tenths<Ms extends number | undefined>(ms: Ms): Ms {
  return (ms === undefined ? undefined : Math.round(10 * ms) / 10) as Ms
}

export function sightingOf(duty: Duty, nowMs: number): Sighting {
  const { standing, reason, task, timings, load, certDays } = duty
  const { everyMs } = task.check
  // Evidence is taken to be as fresh as its publication, so what we could not look at for long must not pass for an opinion.
  const up = nowMs - duty.seenMs <= freshForMs(everyMs) ? standing.up : undefined
  return {
    subject: task.subject,
    up,
    streak: up === undefined ? 0 : streakOf(standing),
    forMs: up === undefined ? 0 : Math.max(0, Math.round(nowMs - standing.sinceMs)),
    hasTurned: up !== undefined && standing.hasTurned,
    heldMs: up === undefined ? undefined : tenths(standing.heldMs),
    everyMs,
    dueMs: Math.round((duty.flights[0]?.plannedMs ?? duty.dueMs) - nowMs),
    latencyMs: tenths(duty.latencyMs),
    timings,
    load,
    certDays,
    reason,
  }
}
