// Evidence as text: JSON arrays without names, because a prober of 10 000 targets writes this every second. What is read back may
// come from another version, another program or a bad disk, so every value is checked and what fails is no evidence. Checked by
// hand, because a general validator takes several times as long as the parsing (bench/evidence.ts), on the thread of the verdicts.
//
//   ["evidence/3", prober, region, epoch, sequence,
//     [[subject, up, streak, forMs, everyMs, dueMs, latencyMs, timings, load, certDays, reason, heldMs], …]]
//   up: 1, 0, or null for not probed yet; 3 and 2 are 1 and 0 after a change that the prober saw; timings: [connectMs, tlsMs, firstByteMs, totalMs]; null: not known
//
// A version is written by one program and read by no other: values of "evidence/2" are counted as garbled.

import type { Evidence, Sighting, Timings } from '../../core/health/evidence.ts'
import { readJson } from './json-text.ts'

const TAG = 'evidence/3'

/** Characters; 10 000 sightings take about 1 100 000. More is not written, and not parsed. */
export const MAX_ENCODED = 8_000_000

/** Characters of a sighting's reason; longer ones are cut when written, so that a check's chatter never costs the whole evidence. */
export const MAX_REASON = 200

/** Of an interval, and of how overdue a probe is told to be: one that cannot be made is ever more so. */
const MOST_MS = 7 * 86_400_000

/** Per mille: a hundred times what it is meant to carry. */
const MAX_LOAD = 100_000

const MAX_NAME = 255
/** Zone (255), check (63), address and port (47), and what stands between them. */
const MAX_SUBJECT = 600
const MIN_CERT_DAYS = -36_500
const MAX_CERT_DAYS = 3_650_000

type EncodedTimings = readonly [number | null, number | null, number | null, number]
type EncodedSighting = readonly [
  subject: string,
  up: number | null,
  streak: number,
  forMs: number,
  everyMs: number,
  dueMs: number,
  latencyMs: number | null,
  timings: EncodedTimings | null,
  load: number | null,
  certDays: number | null,
  reason: string,
  heldMs: number | null,
]
const FIELDS = 12

/** The text, or undefined where it would be longer than anyone reads. */
export function writeEvidence(evidence: Evidence): string | undefined {
  const sightings = evidence.sightings.map(
    (seen): EncodedSighting => [
      seen.subject,
      writeUp(seen),
      seen.streak,
      seen.forMs,
      seen.everyMs,
      Math.max(-MOST_MS, Math.min(MOST_MS, seen.dueMs)),
      seen.latencyMs ?? null,
      writeTimings(seen.timings),
      seen.load ?? null,
      seen.certDays ?? null,
      seen.reason.slice(0, MAX_REASON),
      seen.heldMs ?? null,
    ],
  )
  const text = JSON.stringify([TAG, evidence.prober, evidence.region, evidence.epoch, evidence.sequence, sightings])
  return text.length <= MAX_ENCODED ? text : undefined
}

function writeUp({ up, hasTurned }: Sighting): number | null {
  if (up === undefined) return null
  return hasTurned ? (up ? 3 : 2) : up ? 1 : 0
}

function writeTimings(timings: Timings | undefined): EncodedTimings | null {
  if (!timings) return null
  return [timings.connectMs ?? null, timings.tlsMs ?? null, timings.firstByteMs ?? null, timings.totalMs]
}

/** Never throws: undefined where the text is not evidence as this version writes it. */
export function readEvidence(text: string): Evidence | undefined {
  const value = readJson(text, MAX_ENCODED)
  if (!Array.isArray(value) || value.length !== 6 || value[0] !== TAG) return undefined
  const [, prober, region, epoch, sequence, encoded] = value as unknown[]
  if (!isText(prober, 1, MAX_NAME) || !isText(region, 1, MAX_NAME)) return undefined
  if (!isInt(epoch, 0, Number.MAX_SAFE_INTEGER) || !isInt(sequence, 0, Number.MAX_SAFE_INTEGER)) return undefined
  if (!Array.isArray(encoded)) return undefined
  const sightings: Sighting[] = []
  for (const each of encoded) {
    if (!isSighting(each)) return undefined
    sightings.push(readSighting(each))
  }
  return { prober, region, epoch: epoch + 0, sequence: sequence + 0, sightings }
}

function isText(value: unknown, least: number, most: number): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most
}

function isInt(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

/** JSON knows no NaN; but 1e999 is read as infinity. */
function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

const isMs = (value: unknown): boolean => isBetween(value, 0, Number.MAX_VALUE)
const isSomeMs = (value: unknown): boolean => value === null || isMs(value)

function isSighting(value: unknown): value is EncodedSighting {
  if (!Array.isArray(value) || value.length !== FIELDS) return false
  const [subject, up, streak, forMs, everyMs, dueMs, latencyMs, timings, load, certDays, reason, heldMs] =
    value as unknown[]
  return (
    isText(subject, 1, MAX_SUBJECT) &&
    (up === null || isInt(up, 0, 3)) &&
    Number.isSafeInteger(streak) &&
    isMs(forMs) &&
    isBetween(everyMs, Number.MIN_VALUE, MOST_MS) &&
    isBetween(dueMs, -MOST_MS, MOST_MS) &&
    isSomeMs(latencyMs) &&
    (timings === null || isTimings(timings)) &&
    (load === null || isInt(load, 0, MAX_LOAD)) &&
    (certDays === null || isInt(certDays, MIN_CERT_DAYS, MAX_CERT_DAYS)) &&
    isText(reason, 0, MAX_REASON) &&
    isSomeMs(heldMs)
  )
}

function isTimings(value: unknown): value is EncodedTimings {
  if (!Array.isArray(value) || value.length !== 4) return false
  return isSomeMs(value[0]) && isSomeMs(value[1]) && isSomeMs(value[2]) && isMs(value[3])
}

function readSighting(encoded: EncodedSighting): Sighting {
  const [subject, up, streak, forMs, everyMs, dueMs, latencyMs, timings, load, certDays, reason, heldMs] = encoded
  return {
    subject,
    up: up === null ? undefined : (up & 1) === 1,
    hasTurned: up !== null && up > 1,
    streak: streak + 0,
    forMs: forMs + 0,
    heldMs: orNot(heldMs),
    everyMs,
    dueMs: dueMs + 0,
    latencyMs: orNot(latencyMs),
    timings: timings ? readTimings(timings) : undefined,
    load: orNot(load),
    certDays: orNot(certDays),
    reason,
  }
}

/** JSON has no undefined, but a -0. */
function orNot(value: number | null): number | undefined {
  return value === null ? undefined : value + 0
}

function readTimings([connectMs, tlsMs, firstByteMs, totalMs]: EncodedTimings): Timings {
  return {
    connectMs: orNot(connectMs),
    tlsMs: orNot(tlsMs),
    firstByteMs: orNot(firstByteMs),
    totalMs: totalMs + 0,
  }
}
