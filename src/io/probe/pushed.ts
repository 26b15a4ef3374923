// A subject that reports itself, at one prober: its sighting from the reports that came to this node.
//
//   no report ever          not known: this node has no opinion, and silence is none
//   reports                 up and down by rise, fall and forgive, as with results of probes
//   none for `silence`      down, until `rise` good reports in a row have come

import type { Sighting } from '../../core/health/evidence.ts'
import { observe, type Standing, streakOf, turn, unprobed } from '../../core/health/standing.ts'
import { perMille } from './load.ts'
import type { ProbeSubject } from './prober.ts'
import { type PushSettings, pushOf } from './push.ts'

/** One report, as it came. */
export interface PushReport {
  readonly ok: boolean
  /** In units of the check's `of`. */
  readonly load?: number | undefined
  readonly reason?: string | undefined
}

export interface Pushed {
  readonly task: ProbeSubject
  readonly settings: PushSettings
  readonly identity: string
  standing: Standing
  last: PushReport | undefined
  /** When the last report came. */
  heardMs: number
  /** Between the last two reports; undefined before the second. */
  gapMs: number | undefined
  load: number | undefined
  /** Nothing has come for too long. */
  isSilent: boolean
}

export function openPushed(task: ProbeSubject, before: Pushed | undefined): Pushed {
  const settings = pushOf(task.check)!
  // Another token is no other subject.
  const identity = JSON.stringify([task.address, task.port, { ...task.check, settings: { ...settings, token: '' } }])
  if (before?.identity === identity) return { ...before, task, settings }
  const nothing = { last: undefined, heardMs: 0, gapMs: undefined, load: undefined, isSilent: false }
  return { task, settings, identity, standing: unprobed, ...nothing }
}

/** Folds a report in; whether the subject has gone up or down. */
export function hear(pushed: Pushed, report: PushReport, nowMs: number): boolean {
  const before = pushed.standing.up
  noticeSilence(pushed, nowMs)
  pushed.gapMs = pushed.last && nowMs - pushed.heardMs
  pushed.last = report
  pushed.heardMs = nowMs
  pushed.isSilent = false
  pushed.standing = observe(pushed.standing, report.ok, nowMs, pushed.task.check)
  if (report.ok) pushed.load = perMille(report.load, pushed.settings.of)
  return pushed.standing.up !== before
}

function noticeSilence(pushed: Pushed, nowMs: number): void {
  const { last, standing, settings, heardMs, isSilent } = pushed
  if (!last || isSilent || nowMs - heardMs <= settings.silence) return
  pushed.isSilent = true
  pushed.standing = standing.up ? turn(standing, -1, heardMs + settings.silence) : { ...standing, row: -1 }
}

export function observePushed(pushed: Pushed, nowMs: number): Sighting {
  noticeSilence(pushed, nowMs)
  const { standing, task, settings, last, heardMs, gapMs, load } = pushed
  const { up } = standing
  // The next report is expected as long after the last as that came after the one before.
  const expectedMs = heardMs + Math.min(gapMs ?? settings.silence, settings.silence)
  return {
    subject: task.subject,
    up,
    streak: streakOf(standing),
    forMs: up === undefined ? 0 : Math.max(0, Math.round(nowMs - standing.sinceMs)),
    hasTurned: standing.hasTurned,
    heldMs: standing.heldMs === undefined ? undefined : Math.max(0, Math.round(standing.heldMs)),
    everyMs: task.check.everyMs,
    dueMs: last ? Math.max(0, Math.round(expectedMs - nowMs)) : 0,
    latencyMs: undefined,
    timings: undefined,
    load,
    certDays: undefined,
    reason: reasonOf(pushed, nowMs),
  }
}

function reasonOf({ last, heardMs, isSilent }: Pushed, nowMs: number): string {
  if (!last) return 'nothing pushed yet'
  const seconds = Math.round((nowMs - heardMs) / 1000)
  if (isSilent) return `nothing pushed for ${seconds} s`
  const words = last.reason === undefined ? '' : `: ${last.reason}`
  return `${last.ok ? 'pushed' : 'a failure pushed'} ${seconds} s ago${words}`
}
