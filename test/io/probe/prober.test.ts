// The prober in virtual time: what it probes when, and what it reports.

import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../../src/core/health/evidence.ts'
import { checkConfig } from '../../../src/io/probe/checks/index.ts'
import { openProber } from '../../../src/io/probe/prober.ts'
import { answering, closedPort, serveLoopback } from './loopback.ts'
import { check, gaps, healthy, openStage as open, refusing, subject } from './stage.ts'

function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))])
}

describe('the first round', () => {
  test('is over within a second and a bit, and reported at once', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `s${i}`)
    const { time, prober, reports } = open(names, healthy)
    await time.pass(5)
    expect(await isDone(prober.firstRoundDone)).toBe(false)
    await time.pass(1100)
    expect(await isDone(prober.firstRoundDone)).toBe(true)
    const complete = reports.find((report) => report.sightings.every((each) => each.up === true))
    expect(complete?.atMs).toBeLessThanOrEqual(1010)
  })

  test('waits for a target that hangs no longer than its timeout', async () => {
    const { time, prober, sighting } = open(['s'], () => undefined)
    await time.pass(4000)
    expect(await isDone(prober.firstRoundDone)).toBe(false)
    await time.pass(1000)
    expect(await isDone(prober.firstRoundDone)).toBe(true)
    expect(sighting('s')).toMatchObject({ up: false, reason: 'timed out after 4s' })
  })

  test('is over at once when there is nothing to probe', async () => {
    const { prober } = open([], healthy)
    expect(await isDone(prober.firstRoundDone)).toBe(true)
  })

  test('does not wait for a subject that has been taken away', async () => {
    const { time, prober } = open(['a', 'b'], (name) => (name === 'a' ? { ok: true, afterMs: 1 } : undefined))
    await time.pass(1500)
    expect(await isDone(prober.firstRoundDone)).toBe(false)
    prober.replaceSubjects([subject('a')])
    expect(await isDone(prober.firstRoundDone)).toBe(true)
  })
})

describe('the schedule', () => {
  test('leaves at most 1.1 intervals between two probes, 0.9 at least once the phases are taken', async () => {
    const { time, starts } = open(['a', 'b', 'c'], healthy)
    await time.pass(300_000)
    for (const times of starts.values()) {
      expect(times.length).toBeGreaterThan(25)
      for (const gap of gaps(times)) expect(gap).toBeLessThanOrEqual(11_000)
      for (const gap of gaps(times.slice(1))) expect(gap).toBeGreaterThanOrEqual(9000)
      expect(new Set(gaps(times)).size).toBeGreaterThan(10)
    }
  })

  test('spreads many subjects over the interval', async () => {
    const { time, starts } = open(
      Array.from({ length: 500 }, (_, i) => `s${i}`),
      healthy,
    )
    await time.pass(23_000)
    const perSecond = Array.from({ length: 10 }, () => 0)
    for (const atMs of [...starts.values()].flat())
      if (atMs >= 12_000 && atMs < 22_000) perSecond[Math.floor(atMs / 1000) - 12]!++
    for (const count of perSecond) expect(count).toBeLessThan(100)
  })

  test('waits for the end of a probe that is answered within confirm, even if it takes almost the whole interval', async () => {
    const slow = { ...check, everyMs: 1000, timeoutMs: 990 }
    const { time, starts, most } = open([subject('s', { check: slow })], () => ({ ok: true, afterMs: 985 }))
    await time.pass(30_000)
    for (const gap of gaps(starts.get('s')!)) expect(gap).toBeGreaterThanOrEqual(985)
    expect(most.ofOne).toBe(1)
  })

  test('runs no more probes at once than allowed, and loses none', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `s${i}`)
    const { time, starts, most, prober } = open(names, () => ({ ok: true, afterMs: 500 }), {
      limits: { atOnce: 4, perTarget: 1000 },
    })
    await time.pass(2000)
    expect(prober.state()).toMatchObject({ subjects: 40, running: 4 })
    expect(prober.state().lateMs).toBeGreaterThan(500)
    await time.pass(6000)
    expect(most.running).toBe(4)
    expect(starts.size).toBe(40)
  })

  test('confirms a first failure every second until it is down, then slows down again', async () => {
    const { time, starts, sighting } = open(['s'], (_, nowMs) => ({ ok: nowMs < 30_000, afterMs: 1 }))
    await time.pass(80_000)
    const failing = starts.get('s')!.filter((atMs) => atMs >= 30_000)
    expect(gaps(failing).slice(0, 2)).toEqual([1000, 1000])
    for (const gap of gaps(failing).slice(2)) expect(gap).toBeGreaterThanOrEqual(9000)
    expect(sighting('s')).toMatchObject({ up: false, reason: 'refused' })
  })

  test('a probe that succeeds ends the hurry', async () => {
    const { time, starts, sighting } = open(['s'], (_, __, count) => ({ ok: count !== 3, afterMs: 1 }))
    await time.pass(80_000)
    const after = gaps(starts.get('s')!).slice(3)
    expect(after[0]).toBe(1000)
    for (const gap of after.slice(1)) expect(gap).toBeGreaterThanOrEqual(9000)
    expect(sighting('s')).toMatchObject({ up: true })
  })

  test('recovery is not hurried', async () => {
    const { time, starts } = open(['s'], (_, nowMs) => ({ ok: nowMs >= 30_000, afterMs: 1 }))
    await time.pass(80_000)
    for (const gap of gaps(starts.get('s')!).slice(1)) expect(gap).toBeGreaterThanOrEqual(9000)
  })
})

describe('reports', () => {
  test('are whole, numbered, and come every second whether anything happened or not', async () => {
    const { time, reports } = open(['a', 'b'], healthy)
    await time.pass(10_500)
    const ticks = reports.filter((report) => report.atMs % 1000 === 0)
    expect(ticks.map((report) => report.atMs)).toEqual(Array.from({ length: 10 }, (_, i) => 1000 * (i + 1)))
    expect(reports.map((report) => report.sequence)).toEqual(reports.map((_, i) => i + 1))
    for (const report of reports) {
      expect(report).toMatchObject({ prober: 'ns1', region: 'eu', epoch: 7 })
      expect(report.sightings.map((each) => each.subject)).toEqual(['a', 'b'])
    }
  })

  test('say of a subject that was not probed yet just that', async () => {
    const { time, sighting } = open(['s'], () => undefined)
    await time.pass(1000)
    expect(sighting('s')).toEqual({
      subject: 's',
      up: undefined,
      streak: 0,
      hasTurned: false,
      forMs: 0,
      everyMs: 10_000,
      dueMs: expect.any(Number),
      latencyMs: undefined,
      timings: undefined,
      load: undefined,
      certDays: undefined,
      reason: 'not probed yet',
    })
  })

  test('say how long a subject has been so, how often in a row, and what was seen last', async () => {
    const { time, sighting, starts } = open(['s'], healthy)
    await time.pass(60_000)
    const [firstMs] = starts.get('s')!
    const streak = starts.get('s')!.length
    expect(sighting('s')).toEqual({
      subject: 's',
      up: true,
      streak,
      hasTurned: false,
      forMs: Math.round(60_000 - firstMs! - 5),
      everyMs: 10_000,
      dueMs: expect.any(Number),
      latencyMs: undefined,
      timings: { connectMs: undefined, tlsMs: undefined, firstByteMs: undefined, totalMs: 5 },
      load: undefined,
      certDays: undefined,
      reason: 'fine',
    })
  })

  test('say when the next probe starts, and of one under way when it did', async () => {
    const { time, reports, starts } = open(['s'], (_, __, count) => ({ ok: true, afterMs: count === 3 ? 3500 : 5 }))
    await time.pass(60_000)
    const times = starts.get('s')!
    const slowMs = times[3]!
    let underWay = 0
    for (const { atMs, sightings } of reports) {
      const isUnderWay = atMs > slowMs && atMs <= slowMs + 3500
      if (isUnderWay) underWay++
      const next = isUnderWay ? slowMs : times.find((startMs) => startMs >= atMs)
      if (next !== undefined) expect(sightings[0]!.dueMs).toBe(Math.round(next - atMs))
    }
    expect(underWay).toBeGreaterThanOrEqual(3)
  })

  test('smooth the latency over the successes, by the time to connect where there is one', async () => {
    const tellings = [{ connectMs: 10, firstByteMs: 50 }, { connectMs: 20 }, { connectMs: 999 }, { connectMs: 12 }]
    const { time, sighting } = open(['s'], (_, __, count) => ({
      ok: count !== 2,
      afterMs: 1,
      seen: tellings[count] ?? { connectMs: undefined, firstByteMs: undefined },
    }))
    await time.pass(60_000)
    expect(sighting('s')!.latencyMs).toBe(12) // 10, then 0.8 × 10 + 0.2 × 20, then 0.8 × 12 + 0.2 × 12
  })

  test('take the time to the answer for the latency where nothing is connected', async () => {
    const { time, sighting } = open(['s'], () => ({ ok: true, afterMs: 1, seen: { firstByteMs: 7.04 } }))
    await time.pass(60_000)
    expect(sighting('s')!.latencyMs).toBe(7)
  })

  test('keep what a target last said of itself while it fails', async () => {
    const { time, sighting } = open(['s'], (_, nowMs) =>
      nowMs < 30_000
        ? { ok: true, afterMs: 1, seen: { load: 250, certDays: 9, tlsMs: 3.14 } }
        : { ok: false, afterMs: 1, seen: { load: 999, certDays: -1 } },
    )
    await time.pass(25_000)
    expect(sighting('s')).toMatchObject({ load: 250, certDays: 9, timings: { tlsMs: 3.1 } })
    await time.pass(25_000)
    expect(sighting('s')).toMatchObject({ up: false, load: 250, certDays: -1 })
  })

  test('come at once when a standing changes', async () => {
    const { time, reports, starts } = open(['s'], (_, nowMs) => ({ ok: nowMs < 30_000, afterMs: 1 }))
    await time.pass(60_000)
    const third = starts.get('s')!.filter((atMs) => atMs >= 30_000)[2]!
    expect(reports.find((report) => report.atMs > 30_000 && report.sightings[0]!.up === false)?.atMs).toBe(third + 1)
  })

  test('of many changes at once come together, so that a lost region does not become a flood', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `s${i}`)
    const { time, reports } = open(names, (_, nowMs) => ({ ok: nowMs < 30_000, afterMs: 1 }))
    await time.pass(30_000)
    const before = reports.length
    await time.pass(15_000)
    expect(reports.at(-1)!.sightings.every((each) => each.up === false)).toBe(true)
    const times = reports.slice(before).map((report) => report.atMs)
    const news = gaps(times).filter((_, i) => times[i + 1]! % 1000 !== 0)
    expect(news.length).toBeGreaterThan(50)
    for (const gap of news) expect(Math.round(gap)).toBeGreaterThanOrEqual(50)
  })

  test('go on when there is nothing to probe, as a sign of life', async () => {
    const { time, reports } = open([], healthy)
    await time.pass(3000)
    expect(reports.map((report) => report.sightings)).toEqual([[], [], []])
  })
})

describe('faults on this side say nothing of the target', () => {
  test('a probe that could not be made changes no standing', async () => {
    const { time, sighting } = open(['s'], (_, __, count) => ({ ok: count < 3 ? true : undefined, afterMs: 1 }))
    await time.pass(40_000)
    expect(sighting('s')).toMatchObject({ up: true, streak: 3, reason: 'refused' })
  })

  test('but after three intervals without a result there is no opinion left, and the next result brings it back', async () => {
    const { time, sighting } = open(['s'], (_, nowMs) => ({
      ok: nowMs < 30_000 || nowMs > 100_000 ? true : undefined,
      afterMs: 1,
    }))
    await time.pass(70_000)
    expect(sighting('s')).toMatchObject({ up: undefined, streak: 0, forMs: 0 })
    await time.pass(50_000)
    expect(sighting('s')).toMatchObject({ up: true })
  })

  test('a check that throws neither, and is said to have failed itself', async () => {
    const { time, sighting, prober } = open(['s'], healthy, { run: () => Promise.reject(new Error('bug')) })
    await time.pass(60_000)
    expect(await isDone(prober.firstRoundDone)).toBe(true)
    expect(sighting('s')).toMatchObject({ up: undefined, reason: 'not probed: the check itself failed: Error: bug' })
  })
})

describe('new subjects', () => {
  test('those that remain keep their standing and schedule', async () => {
    const { time, prober, starts, sighting } = open(['a', 'b'], refusing)
    await time.pass(20_000)
    const before = sighting('a')!
    expect(before).toMatchObject({ up: false })
    prober.replaceSubjects([subject('b'), subject('c'), subject('a', { check: { ...check } })])
    await time.pass(1000)
    expect(sighting('a')).toMatchObject({ up: false, forMs: before.forMs + 1000 })
    expect(sighting('c')).toBeDefined()
    await time.pass(30_000)
    for (const gap of gaps(starts.get('a')!)) expect(gap).toBeLessThanOrEqual(11_000)
  })

  test.each([
    ['its check', { check: { ...check, fall: 5 } }],
    ['its endpoint', { port: 81 }],
  ])('a subject that has changed %s starts anew', async (_, more) => {
    const { time, prober, sighting } = open(['a'], (__, nowMs) =>
      nowMs < 20_000 ? { ok: false, afterMs: 1 } : undefined,
    )
    await time.pass(20_000)
    expect(sighting('a')).toMatchObject({ up: false })
    prober.replaceSubjects([subject('a', more)])
    await time.pass(1000)
    expect(sighting('a')).toMatchObject({ up: undefined })
  })

  test('those that are gone are no longer probed nor reported, even in the middle of a probe', async () => {
    const { time, prober, starts, reports } = open(['a', 'b'], (name) =>
      name === 'a' ? undefined : { ok: true, afterMs: 1 },
    )
    await time.pass(2000)
    expect(prober.state().running).toBe(1)
    prober.replaceSubjects([subject('b')])
    await time.pass(1)
    expect(prober.state().running).toBe(0)
    const probes = starts.get('a')!.length
    await time.pass(60_000)
    expect(starts.get('a')).toHaveLength(probes)
    expect(reports.at(-1)!.sightings.map((each) => each.subject)).toEqual(['b'])
    expect(prober.state()).toMatchObject({ subjects: 1, running: 0 })
  })

  test('a subject named twice is probed once', async () => {
    const { time, starts, reports } = open(['a', 'a'], healthy)
    await time.pass(1500)
    expect(starts.get('a')).toHaveLength(1)
    expect(reports.at(-1)!.sightings).toHaveLength(1)
  })
})

test('closed, it ends its probes, reports no more and sets no timers', async () => {
  const { time, prober, reports, starts } = open(['a', 'b'], () => undefined)
  await time.pass(1500)
  expect(prober.state().running).toBe(2)
  await prober.close()
  expect(await isDone(prober.firstRoundDone)).toBe(true)
  expect(prober.state().running).toBe(0)
  const [reported, probed] = [reports.length, [...starts.values()].flat().length]
  prober.replaceSubjects([subject('c')])
  await time.pass(60_000)
  expect(reports).toHaveLength(reported)
  expect([...starts.values()].flat()).toHaveLength(probed)
})

test('with real time and real checks, a server that answers is up and one that is not there is down', async () => {
  const server = await serveLoopback(answering('HTTP/1.1 200 OK\r\n\r\n'))
  const http = checkConfig.parse({ http: {} })
  const reports: Evidence[] = []
  const prober = openProber({
    name: 'ns1',
    region: 'eu',
    epoch: 1,
    subjects: [
      { subject: 'there', check: http, address: server.address, port: server.port },
      { subject: 'gone', check: http, ...(await closedPort()) },
    ],
    now: () => performance.now(),
    random: Math.random,
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
    report: (evidence) => reports.push(evidence),
  })
  await prober.firstRoundDone
  expect(reports.at(-1)!.sightings.map(({ subject: name, up, reason }) => [name, up, reason])).toEqual([
    ['there', true, 'status 200'],
    ['gone', false, 'connection refused'],
  ])
  await prober.close()
  await server.close()
})

test('what was late together does not stay together', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `s${i}`)
  const { time, starts } = open(names, healthy)
  await time.pass(60_000)
  time.freeze(4000)
  await time.pass(25_000)
  // Those that waited start at once after the pause, and return to where they would have been: 20 are due in a second.
  const second = (fromMs: number): number =>
    [...starts.values()].flat().filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length
  expect(second(64_000)).toBeGreaterThan(80)
  for (let fromMs = 70_000; fromMs < 84_000; fromMs += 1000) expect(second(fromMs)).toBeLessThan(50)
})
