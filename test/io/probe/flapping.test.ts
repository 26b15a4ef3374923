// What a target that fails now and then comes to, through the prober itself, in virtual time: schedule, confirmation and standing
// together, and the verdict of a node that hears three such probers.

import { expect, test } from 'vitest'
import { observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import { rule } from '../../core/health/sightings.ts'
import { openStage, type Target } from './stage.ts'

const HOUR_MS = 3_600_000
const regions = ['eu', 'us', 'ap'] as const

/** The turns of the verdict on one target: [when, what it became]. */
async function turnsOf(target: Target, hours: number): Promise<[number, string][]> {
  const stages = regions.map((region) => openStage(['s'], target, { name: `${region}-1`, region }))
  const belief = openBelief(rule(regions, 600_000))
  const turns: [number, string][] = []
  const taken = new Map(regions.map((region) => [region, 0]))
  for (let atMs = 1000; atMs <= hours * HOUR_MS; atMs += 1000) {
    for (const [i, { time, reports }] of stages.entries()) {
      await time.pass(1000)
      for (; taken.get(regions[i]!)! < reports.length; taken.set(regions[i]!, taken.get(regions[i]!)! + 1))
        observeEvidence(belief, reports[taken.get(regions[i]!)!]!, atMs)
    }
    const state = verdicts(belief, atMs).get('s')?.state ?? 'unknown'
    if (state !== 'unknown' && turns.at(-1)?.[1] !== state) turns.push([atMs, state])
  }
  return turns
}

test('a target that fails every second check goes down once, and stays down', async () => {
  const turns = await turnsOf((_, __, count) => ({ ok: count % 2 === 0, afterMs: 5 }), 2)
  expect(turns.map(([, state]) => state)).toEqual(['up', 'down'])
  // Three failures, each of them confirmed by a success: every + confirm for each.
  expect(turns[1]![0]).toBeLessThan(45_000)
})

test('a target that fails one check an hour is never down', async () => {
  let failures = 0
  const turns = await turnsOf((_, __, count) => {
    const isTheOne = count % 360 === 359
    if (isTheOne) failures++
    return { ok: !isTheOne, afterMs: 5 }
  }, 6)
  expect(failures).toBeGreaterThanOrEqual(3 * 5)
  expect(turns.map(([, state]) => state)).toEqual(['up'])
})
