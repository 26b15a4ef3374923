// Short forms for evidence in tests.

import type { Evidence, Sighting } from '../../../src/core/health/evidence.ts'
import type { Rule } from '../../../src/core/health/tally.ts'

export function sighting(up: boolean | undefined, more: Partial<Sighting> = {}): Sighting {
  const reason = up === undefined ? 'not probed yet' : up ? 'status 200' : 'connection refused'
  return {
    subject: 's',
    up,
    streak: up === undefined ? 0 : 5,
    forMs: 0,
    hasTurned: false,
    heldMs: undefined,
    everyMs: 10_000,
    dueMs: 10_000,
    latencyMs: up ? 12 : undefined,
    timings: undefined,
    load: undefined,
    certDays: undefined,
    reason,
    ...more,
  }
}

/** `eu-1` stands in region `eu`. */
export function evidence(
  prober: string,
  sequence: number,
  sightings: readonly Sighting[],
  more: Partial<Evidence> = {},
): Evidence {
  return { prober, region: prober.split('-')[0]!, epoch: 1, sequence, sightings, ...more }
}

/** The usual rule: most regions decide. */
export function rule(vantages: readonly string[], lastKnownMs: number, more: Partial<Rule> = {}): Rule {
  return { vantages, lastKnownMs, voting: { by: 'majorities' }, doubtAt: 700, ...more }
}
