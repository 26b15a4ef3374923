// push at a prober, in virtual time: reports, and their absence.

import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/io/probe/checks/index.ts'
import type { ProbeSubject } from '../../../src/io/probe/prober.ts'
import { healthy, openStage, subject } from './stage.ts'

const id = 'example.com/self@192.0.2.10:0'
const token = 'the-application-itself'
const pushCheck = (more: object = {}) => checkConfig.parse({ push: { token, of: 100, ...more }, fall: 2, rise: 2 })
const self = (more: object = {}): ProbeSubject => ({
  subject: id,
  check: pushCheck(more),
  address: '192.0.2.10',
  port: 0,
})

test('what was never reported has no opinion, however long nothing comes, and is never probed', async () => {
  const { time, sighting, starts, prober } = openStage([self()], healthy)
  await prober.firstRoundDone
  await time.pass(600_000)
  expect(sighting(id)).toMatchObject({ up: undefined, streak: 0, reason: 'nothing pushed yet' })
  expect(starts.size).toBe(0)
})

test('reports count by rise and fall, with the load per mille of what is full', async () => {
  const { time, sighting, prober, reports } = openStage([self()], healthy)
  prober.push(id, { ok: true, load: 73 })
  expect(reports.at(-1)!.atMs).toBe(time.now())
  await time.pass(12_000)
  expect(sighting(id)).toMatchObject({ up: true, load: 730, hasTurned: false, reason: 'pushed 12 s ago' })
  prober.push(id, { ok: false, reason: 'queue full' })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true, streak: -1, reason: 'a failure pushed 1 s ago: queue full' })
  prober.push(id, { ok: false })
  await time.pass(60)
  expect(sighting(id)).toMatchObject({ up: false, hasTurned: true })
  prober.push(id, { ok: true })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: false, load: undefined })
  prober.push(id, { ok: true, load: 5 })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true, load: 50 })
})

test('silence is down within a tick of its time, and reports bring it back by rise', async () => {
  const { time, sighting, prober } = openStage([self({ silence: '30s' })], healthy)
  prober.push(id, { ok: true })
  await time.pass(30_000)
  expect(sighting(id)).toMatchObject({ up: true })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: false, hasTurned: true, reason: 'nothing pushed for 31 s', forMs: 1000 })
  prober.push(id, { ok: true })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: false })
  prober.push(id, { ok: true })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true })
})

test('a reload keeps what was reported, also with another token; another time of silence begins anew', async () => {
  const { time, sighting, prober } = openStage([self()], healthy)
  prober.push(id, { ok: true })
  prober.replaceSubjects([self({ token: 'another-token-than-it-was' })])
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true })
  prober.replaceSubjects([self({ silence: '1m' })])
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: undefined })
})

test('it can be a part of a combined check', async () => {
  const all = { ...subject('all'), combination: { parts: [id], needed: 1, must: [], watch: [] } }
  const { time, sighting, prober } = openStage([self(), all], healthy)
  prober.push(id, { ok: true, load: 50 })
  await time.pass(2000)
  expect(sighting('all')).toMatchObject({ up: true, load: 500 })
  await time.pass(31_000)
  expect(sighting('all')).toMatchObject({ up: false })
})

test('a report on what does not report itself is ignored', async () => {
  const { time, sighting, prober } = openStage(['web'], healthy)
  prober.push('web', { ok: false })
  prober.push('nothing', { ok: false })
  await time.pass(20_000)
  expect(sighting('web')).toMatchObject({ up: true })
})

test('where another prober has good reports, silence here is no opinion, and counts from when it has none any more', async () => {
  const { time, sighting, prober, reports } = openStage([self({ silence: '30s' })], healthy)
  const named = (): number => reports.at(-1)!.sightings.length
  prober.push(id, { ok: true })
  prober.noteElsewhere([id])
  await time.pass(10_000)
  // As long as there are reports here, they count.
  expect(sighting(id)).toMatchObject({ up: true })
  await time.pass(50_000)
  expect(named()).toBe(0)
  prober.push(id, { ok: true })
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true, hasTurned: false })
  await time.pass(60_000)
  expect(named()).toBe(0)
  prober.noteElsewhere([])
  await time.pass(2000)
  expect(sighting(id)).toMatchObject({ up: false, reason: 'nothing pushed for 63 s' })
  expect(sighting(id)!.forMs).toBeLessThanOrEqual(2000)
})

test('what is combined with it is left to the other node as well', async () => {
  const all = {
    ...self(),
    subject: 'example.com/all@192.0.2.10:0',
    combination: { parts: [id], needed: 1, must: [], watch: [] },
  }
  const combined = { ...all, check: checkConfig.parse({ tcp: { port: 1 } }) }
  const { time, prober, reports } = openStage([self({ silence: '30s' }), combined], healthy)
  const named = (): string[] => reports.at(-1)!.sightings.map(({ subject: name }) => name)
  prober.push(id, { ok: true })
  await time.pass(1000)
  expect(named()).toEqual([id, combined.subject])
  prober.noteElsewhere([id])
  await time.pass(60_000)
  expect(named()).toEqual([])
})

test('a prober that starts again goes on from what was published, and one that died meanwhile is found out', async () => {
  const first = openStage([self({ silence: '30s' })], healthy)
  first.prober.push(id, { ok: true, load: 50 })
  await first.time.pass(5000)
  const { sightings } = first.reports.at(-1)!
  const again = (ageMs: number) => openStage([self({ silence: '30s' })], healthy, { before: { sightings, ageMs } })
  const { time, sighting } = again(10_000)
  await time.pass(1000)
  expect(sighting(id)).toMatchObject({ up: true, load: 500 })
  await time.pass(28_000)
  expect(sighting(id)).toMatchObject({ up: true })
  await time.pass(3000)
  expect(sighting(id)).toMatchObject({ up: false, hasTurned: true })
  const late = again(31_000)
  await late.time.pass(60_000)
  expect(late.sighting(id)).toMatchObject({ up: undefined })
})
