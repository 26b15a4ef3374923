// A combined subject at one prober: its sighting, worked out from those of its parts whenever the prober reports.

import type { Sighting } from '../../core/health/evidence.ts'
import { turnMs } from '../../core/health/next-change.ts'
import { parseSubject } from '../../core/health/subject.ts'
import { type Combination, combine, votersOf } from './combine.ts'
import type { ProbeSubject } from './prober.ts'

export interface Combined {
  readonly subject: string
  readonly combination: Combination
  up: boolean | undefined
  sinceMs: number
  hasTurned: boolean
  heldMs: number | undefined
}

/** A part as it is reported, and the check behind it. */
export interface Part {
  readonly sighting: Sighting
  readonly task: ProbeSubject
}

export function openCombined(subject: string, combination: Combination, before: Combined | undefined): Combined {
  if (before && JSON.stringify(before.combination) === JSON.stringify(combination)) return before
  return { subject, combination, up: undefined, sinceMs: 0, hasTurned: false, heldMs: undefined }
}

/** `nowMs` is the time of the report; parts that this prober does not look after are not known. */
export function observeCombined(combined: Combined, parts: ReadonlyMap<string, Part>, nowMs: number): Sighting {
  const { combination, subject } = combined
  const up = combine(combination, (part) => parts.get(part)?.sighting.up)
  if (up !== combined.up) {
    combined.heldMs = combined.hasTurned && up !== undefined ? Math.round(nowMs - combined.sinceMs) : undefined
    combined.hasTurned = combined.up !== undefined && up !== undefined
    combined.sinceMs = nowMs
    combined.up = up
  }
  const voters = votersOf(combination).flatMap((part) => parts.get(part) ?? [])
  const seen = voters.map(({ sighting }) => sighting)
  return {
    subject,
    up,
    streak: up === undefined ? 0 : settledFor(seen),
    forMs: up === undefined ? 0 : Math.max(0, Math.round(nowMs - combined.sinceMs)),
    hasTurned: combined.hasTurned,
    heldMs: combined.heldMs,
    everyMs: Math.max(1000, ...seen.map(({ everyMs }) => everyMs)),
    dueMs: dueMsOf(voters),
    latencyMs: seen.find(({ latencyMs }) => latencyMs !== undefined)?.latencyMs,
    timings: undefined,
    load: seen.find(({ load }) => load !== undefined)?.load,
    certDays: leastOf(seen.flatMap(({ certDays }) => (certDays === undefined ? [] : [certDays]))),
    reason: reasonOf(combination, parts),
  }
}

/** The fewest results in a row that any voter agrees with itself by. Never against: what comes next shows in `dueMs` alone. */
function settledFor(voters: readonly Sighting[]): number {
  return Math.max(1, leastOf(voters.map(({ streak }) => streak)) ?? 1)
}

/** When the first of the voters can have turned: one result more, and the combination may. */
function dueMsOf(voters: readonly Part[]): number {
  const times = voters.map(({ sighting, task }) =>
    sighting.up === undefined ? sighting.dueMs : turnMs({ ...sighting, dueAtMs: sighting.dueMs }, task.check),
  )
  return Math.round(leastOf(times) ?? 0)
}

function leastOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values)
}

function reasonOf(combination: Combination, parts: ReadonlyMap<string, Part>): string {
  const { parts: counted, needed, must } = combination
  const upOf = (part: string): boolean | undefined => parts.get(part)?.sighting.up
  const count = counted.filter((part) => upOf(part) === true).length
  const words = `${count} of ${counted.length} up${needed < counted.length ? `, ${needed} needed` : ''}`
  const wrong = [...must, ...counted].filter((part) => upOf(part) !== true)
  const list = wrong.map((part) => {
    const isMust = must.includes(part) ? ', which must be up' : ''
    const state = upOf(part) === false ? parts.get(part)!.sighting.reason : 'not known'
    return `${parseSubject(part)?.check ?? part} (${state}${isMust})`
  })
  return list.length === 0 ? words : `${words}; not up: ${list.join(', ')}`
}
