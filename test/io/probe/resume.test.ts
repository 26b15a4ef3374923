// A prober that goes on from what an earlier run of it published, in virtual time.

import { expect, test } from 'vitest'
import type { Sighting } from '../../../src/core/health/evidence.ts'
import { healthy, openStage, subject } from './stage.ts'

/** What the first run published last, of a target that was up and went down after 30 s. */
async function earlier(): Promise<readonly Sighting[]> {
  const first = openStage([subject('s')], (_, nowMs) => ({ ok: nowMs < 30_000, afterMs: 5 }))
  await first.time.pass(60_000)
  const { sightings } = first.reports.at(-1)!
  expect(sightings[0]).toMatchObject({ up: false, hasTurned: true })
  return sightings
}

test('it keeps its opinion, its times and its count: one result turns nothing', async () => {
  const sightings = await earlier()
  const before = { sightings, ageMs: 7000 }
  const { time, sighting } = openStage([subject('s')], healthy, { before })
  await time.pass(1200)
  expect(sighting('s')).toMatchObject({ up: false, hasTurned: true, streak: -1 })
  expect(sighting('s')!.forMs).toBeGreaterThanOrEqual(sightings[0]!.forMs + 7000)
  await time.pass(25_000)
  expect(sighting('s')).toMatchObject({ up: true, hasTurned: true })
  // How long it was down counts from when the first run saw it go.
  expect(sighting('s')!.heldMs).toBeGreaterThan(sightings[0]!.forMs + 7000)
})

test('it speaks before it has looked, as long as what it knew is fresh', async () => {
  const before = { sightings: await earlier(), ageMs: 20_000 }
  const { time, sighting } = openStage([subject('s')], () => undefined, { before })
  await time.pass(1000)
  expect(sighting('s')).toMatchObject({ up: false })
  await time.pass(3500)
  expect(sighting('s')).toMatchObject({ up: false, reason: 'refused' })
})

test('it begins anew where that is no longer fresh, and with what it knows nothing of', async () => {
  const before = { sightings: await earlier(), ageMs: 31_000 }
  const { time, sighting } = openStage([subject('s'), subject('t')], healthy, { before })
  await time.pass(1200)
  for (const name of ['s', 't']) expect(sighting(name)).toMatchObject({ up: true, hasTurned: false })
})
