// Evidence as text: JSON arrays without names, because a prober of 10 000 targets writes this every second. What is read back may
// come from another version, another program or a bad disk, so every value is checked and what fails is no evidence.
//
//   ["evidence/1", prober, region, epoch, sequence, [[subject, up, streak, forMs, everyMs, tookMs, reason], …]]
//   up: 1, 0, or null for not probed yet; tookMs: null before the first result

import { z } from 'zod'
import type { Evidence, Sighting } from '../../core/health/evidence.ts'

const TAG = 'evidence/1'

/** Characters; 10 000 sightings take about 760 000. More is not written, and not parsed. */
export const MAX_ENCODED = 8_000_000

/** Characters of a sighting's reason; longer ones are cut when written, so that a check's chatter never costs the whole evidence. */
export const MAX_REASON = 200

const name = z.string().min(1).max(255)
const ms = z.number().min(0)

const encodedSighting = z.tuple([
  z.string().min(1).max(600), // zone (255), check (63), address and port (47), and what stands between them
  z.union([z.literal(1), z.literal(0), z.null()]),
  z.int(),
  ms,
  z
    .number()
    .positive()
    .max(7 * 86_400_000),
  ms.nullable(),
  z.string().max(MAX_REASON),
])

const encodedEvidence = z.tuple([z.literal(TAG), name, name, z.int().min(0), z.int().min(0), z.array(encodedSighting)])

/** The text, or undefined where it would be longer than anyone reads. */
export function writeEvidence(evidence: Evidence): string | undefined {
  const sightings = evidence.sightings.map(
    (seen): z.input<typeof encodedSighting> => [
      seen.subject,
      seen.up === undefined ? null : seen.up ? 1 : 0,
      seen.streak,
      seen.forMs,
      seen.everyMs,
      seen.tookMs ?? null,
      seen.reason.slice(0, MAX_REASON),
    ],
  )
  const text = JSON.stringify([TAG, evidence.prober, evidence.region, evidence.epoch, evidence.sequence, sightings])
  return text.length <= MAX_ENCODED ? text : undefined
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
  const [subject, up, streak, forMs, everyMs, tookMs, reason] = encoded
  return {
    subject,
    up: up === null ? undefined : up === 1,
    streak,
    forMs,
    everyMs,
    tookMs: tookMs ?? undefined,
    reason,
  }
}
