// A belief that is kept and recalled: what it holds is the same, only older by the time between.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Belief,
  observeEvidence,
  openBelief,
  useRule,
  verdicts,
  votesOn,
} from '../../../src/core/health/belief.ts'
import { keepVerdict, keepWitness, recallVerdict, recallWitness } from '../../../src/core/health/memory.ts'
import type { Verdict } from '../../../src/core/health/tally.ts'
import { evidence, rule, sighting } from './sightings.ts'

const vantages = ['eu', 'us', 'ap']
const lastKnownMs = 600_000

/** As after a restart: kept at `keptMs`, recalled `ageMs` later by a process whose clock says `nowMs`. */
function restart(belief: Belief, keptMs: number, ageMs: number, nowMs: number): Belief {
  const kept = [...belief.witnesses.keys()].map((prober) => keepWitness(belief, prober, keptMs)!)
  const keptVerdicts = [...belief.verdicts].map(([subject, verdict]) => keepVerdict(subject, verdict, keptMs))
  const next = openBelief(belief.rule)
  for (const witness of kept) recallWitness(next, witness, nowMs - ageMs)
  for (const verdict of keptVerdicts) recallVerdict(next, verdict, nowMs - ageMs)
  return next
}

/** With times as ages, so that two clocks can be compared. */
function aged(verdict: Verdict | undefined, nowMs: number) {
  if (!verdict) return undefined
  const age = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(nowMs - ms))
  const { sinceMs, turnedMs, beforeMs, freshUntilMs, regions, ...rest } = verdict
  return {
    ...rest,
    ages: [sinceMs, turnedMs, beforeMs, freshUntilMs].map(age),
    regions: regions.map((region) => ({ ...region, turnedMs: age(region.turnedMs), beforeMs: age(region.beforeMs) })),
  }
}

const publications = fc.array(
  fc.record({
    prober: fc.constantFrom('eu-1', 'eu-2', 'us-1', 'ap-1'),
    afterMs: fc.integer({ min: 0, max: 20_000 }),
    seen: fc.array(
      fc.record({
        up: fc.constantFrom(true, false, undefined),
        forMs: fc.integer({ min: 0, max: 100_000 }),
        hasTurned: fc.boolean(),
        heldMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { minLength: 1, maxLength: 15 },
)

test('whatever was heard, a restart changes no verdict, no time and no vote, then or later', () => {
  fc.assert(
    fc.property(
      publications,
      fc.integer({ min: 0, max: 900_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      (said, ageMs, gapMs) => {
        const belief = openBelief(rule(vantages, lastKnownMs))
        let now = 0
        for (const [sequence, { prober, afterMs, seen }] of said.entries()) {
          now += afterMs
          const sightings = seen.map((one, i) =>
            sighting(one.up, { ...one, subject: `s${i}`, hasTurned: one.hasTurned && one.up !== undefined }),
          )
          observeEvidence(belief, evidence(prober, sequence, sightings), now)
          verdicts(belief, now)
        }
        const kept = now + gapMs
        verdicts(belief, kept)
        // The clock of the next run began anew.
        const nextNow = 5000
        const next = restart(belief, kept, ageMs, nextNow)
        for (const laterMs of [0, 1, 31_000, 700_000]) {
          // What nothing has happened to is not decided again; here it is, as after a restart.
          useRule(belief, belief.rule)
          const before = verdicts(belief, kept + ageMs + laterMs)
          const after = verdicts(next, nextNow + laterMs)
          expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
          for (const [subject, verdict] of before)
            expect(aged(after.get(subject), nextNow + laterMs)).toEqual(aged(verdict, kept + ageMs + laterMs))
        }
      },
    ),
    { numRuns: 400 },
  )
})

test('a prober that goes on counting is heard, and what it said before is a replay', () => {
  const belief = openBelief(rule(['eu'], lastKnownMs))
  const said = evidence('eu-1', 7, [sighting(false)])
  observeEvidence(belief, said, 1000)
  verdicts(belief, 1000)
  const next = restart(belief, 1000, 5000, 0)
  expect(verdicts(next, 0).get('s')?.state).toBe('down')
  expect(observeEvidence(next, said, 10)).toBe(false)
  expect(observeEvidence(next, { ...said, sequence: 8, sightings: [sighting(true)] }, 20)).toBe(true)
  expect(verdicts(next, 20).get('s')?.state).toBe('up')
})

test('who has been heard already is not set back', () => {
  const belief = openBelief(rule(['eu'], lastKnownMs))
  observeEvidence(belief, evidence('eu-1', 7, [sighting(false)]), 1000)
  const kept = keepWitness(belief, 'eu-1', 1000)!
  const next = openBelief(rule(['eu'], lastKnownMs))
  observeEvidence(next, evidence('eu-1', 9, [sighting(true)]), 0)
  recallWitness(next, kept, 0)
  expect(votesOn(next, 's')[0]).toMatchObject({ up: true })
  expect(keepWitness(belief, 'nobody', 0)).toBeUndefined()
})
