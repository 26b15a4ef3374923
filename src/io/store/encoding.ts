// Evidence as text: JSON arrays without names, because a prober of 10 000 targets writes this every second. What is read back may
// come from another version, another program or a bad disk, so every value is checked and what fails is no evidence.
//
//   ["evidence/2", prober, region, epoch, sequence,
//     [[subject, up, streak, forMs, everyMs, dueMs, latencyMs, timings, load, certDays, reason], …]]
//   up: 1, 0, or null for not probed yet; 3 and 2 are 1 and 0 after a change that the prober saw; timings: [connectMs, tlsMs, firstByteMs, totalMs]; null: not known
//
// A version is written by one program and read by no other: values of "evidence/1" are counted as garbled.

import { z } from 'zod'
import type { Evidence, Sighting, Timings } from '../../core/health/evidence.ts'

const TAG = 'evidence/2'

/** Characters; 10 000 sightings take about 1 100 000. More is not written, and not parsed. */
export const MAX_ENCODED = 8_000_000

/** Characters of a sighting's reason; longer ones are cut when written, so that a check's chatter never costs the whole evidence. */
export const MAX_REASON = 200

/** Of an interval. */
const MOST_MS = 7 * 86_400_000

/** Per mille: a hundred times what it is meant to carry. */
const MAX_LOAD = 100_000

const name = z.string().min(1).max(255)
const ms = z.number().min(0)
const some = ms.nullable()

const encodedSighting = z.tuple([
  z.string().min(1).max(600), // zone (255), check (63), address and port (47), and what stands between them
  z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.null()]),
  z.int(),
  ms,
  z.number().positive().max(MOST_MS),
  z.number().min(-MOST_MS).max(MOST_MS),
  some,
  z.tuple([some, some, some, ms]).nullable(),
  z.int().min(0).max(MAX_LOAD).nullable(),
  z.int().min(-36_500).max(3_650_000).nullable(),
  z.string().max(MAX_REASON),
])

const encodedEvidence = z.tuple([z.literal(TAG), name, name, z.int().min(0), z.int().min(0), z.array(encodedSighting)])

/** The text, or undefined where it would be longer than anyone reads. */
export function writeEvidence(evidence: Evidence): string | undefined {
  const sightings = evidence.sightings.map(
    (seen): z.input<typeof encodedSighting> => [
      seen.subject,
      writeUp(seen),
      seen.streak,
      seen.forMs,
      seen.everyMs,
      seen.dueMs,
      seen.latencyMs ?? null,
      writeTimings(seen.timings),
      seen.load ?? null,
      seen.certDays ?? null,
      seen.reason.slice(0, MAX_REASON),
    ],
  )
  const text = JSON.stringify([TAG, evidence.prober, evidence.region, evidence.epoch, evidence.sequence, sightings])
  return text.length <= MAX_ENCODED ? text : undefined
}

function writeUp({ up, hasTurned }: Sighting): z.input<typeof encodedSighting>[1] {
  if (up === undefined) return null
  return hasTurned ? (up ? 3 : 2) : up ? 1 : 0
}

function writeTimings(timings: Timings | undefined): z.input<typeof encodedSighting>[7] {
  if (!timings) return null
  return [timings.connectMs ?? null, timings.tlsMs ?? null, timings.firstByteMs ?? null, timings.totalMs]
}

/** Never throws: undefined where the text is not evidence as this version writes it. */
export function readEvidence(text: string): Evidence | undefined {
  if (text.length > MAX_ENCODED) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const checked = encodedEvidence.safeParse(value)
  if (!checked.success) return undefined
  const [, prober, region, epoch, sequence, sightings] = checked.data
  return { prober, region, epoch, sequence, sightings: sightings.map(readSighting) }
}

function readSighting(encoded: z.output<typeof encodedSighting>): Sighting {
  const [subject, up, streak, forMs, everyMs, dueMs, latencyMs, timings, load, certDays, reason] = encoded
  return {
    subject,
    up: up === null ? undefined : (up & 1) === 1,
    hasTurned: up !== null && up > 1,
    streak: streak + 0,
    forMs: forMs + 0,
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

function readTimings([connectMs, tlsMs, firstByteMs, totalMs]: NonNullable<
  z.output<typeof encodedSighting>[7]
>): Timings {
  return {
    connectMs: orNot(connectMs),
    tlsMs: orNot(tlsMs),
    firstByteMs: orNot(firstByteMs),
    totalMs: totalMs + 0,
  }
}
