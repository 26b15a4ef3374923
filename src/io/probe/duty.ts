// A duty: one subject that the prober looks after, and what it knows of it.

import type { Sighting } from '../../core/health/evidence.ts'
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
  readonly phase: Phase
  standing: Standing
  reason: string
  tookMs: number | undefined
  /** How many results have counted. */
  probes: number
  /** When the last result came that says something of the target. */
  seenMs: number
  /** When the next probe is to start, while queued. */
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
    phase: phaseOf(prober, task.subject),
    standing: unprobed,
    reason: 'not probed yet',
    tookMs: undefined,
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
  duty.tookMs = seen.tookMs
  duty.seenMs = nowMs
}

export function sightingOf(duty: Duty, nowMs: number): Sighting {
  const { standing, reason, task } = duty
  const { everyMs } = task.check
  // Evidence is taken to be as fresh as its publication, so what we could not look at for long must not pass for an opinion.
  const up = nowMs - duty.seenMs <= freshForMs(everyMs) ? standing.up : undefined
  return {
    subject: task.subject,
    up,
    streak: up === undefined ? 0 : streakOf(standing),
    forMs: up === undefined ? 0 : Math.max(0, Math.round(nowMs - standing.sinceMs)),
    everyMs,
    tookMs: duty.tookMs,
    reason,
  }
}
