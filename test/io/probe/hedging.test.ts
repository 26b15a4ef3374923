// Targets that hang, are slow, or both by turns, in virtual time: the bound holds whatever the phase, nothing healthy is taken
// down, and no target is asked more often than its state calls for.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ParsedCheck } from '../../../src/io/probe/check.ts'
import { type Answer, check, gaps, openStage, subject, type Stage, type Target } from './stage.ts'
import { seededRandom } from './virtual-time.ts'

const { everyMs, confirmMs, timeoutMs, fall } = check

function open(target: Target, seed: number, timing: Partial<ParsedCheck> = {}): Stage {
  const task = subject(`target-${seed}`, { check: { ...check, ...timing } })
  return openStage([task], target, { random: seededRandom(seed) })
}

/** When the target was reported down for the first time. */
function downAtMs({ reports }: Stage): number | undefined {
  return reports.find(({ sightings }) => sightings[0]!.up === false)?.atMs
}

const slowMs = timeoutMs - 100

describe('a stopped target is down within the bound, whatever the phase', () => {
  const boundMs = 1.1 * everyMs + (fall - 1) * confirmMs + timeoutMs
  const ok = { ok: true, afterMs: 5 }
  const slow = { ok: true, afterMs: slowMs }
  const refused: Answer = { ok: false, afterMs: 1 }
  test.each<[string, NonNullable<Answer>, (count: number) => Answer]>([
    ['refusing', ok, () => refused],
    ['hanging', ok, () => undefined],
    ['slow before, then hanging', slow, () => undefined],
    ['slow before, then refusing', slow, () => refused],
    ['hanging and refusing by turns', ok, (count) => (count % 2 === 0 ? undefined : refused)],
    ['hanging, then refusing for good', ok, (count) => (count === 0 ? undefined : refused)],
    ['failing just in time', ok, () => ({ ok: false, afterMs: slowMs })],
  ])('%s', async (_, before, then) => {
    let worstMs = 0
    for (let seed = 1; seed <= 100; seed++) {
      const stoppedMs = 47_000 + 113 * seed
      let failed = 0
      const stage = open((__, nowMs) => {
        if (nowMs + before.afterMs < stoppedMs) return before
        // What was under way at the stop ends as all that comes after it.
        const answer = then(failed++)
        return answer && { ok: false, afterMs: Math.max(0, stoppedMs - nowMs) + answer.afterMs }
      }, seed)
      await stage.time.pass(stoppedMs)
      expect(downAtMs(stage)).toBeUndefined()
      await stage.time.pass(boundMs + 1000)
      worstMs = Math.max(worstMs, downAtMs(stage)! - stoppedMs)
      expect(stage.most.ofOne).toBeLessThanOrEqual(fall)
    }
    expect(worstMs).toBeLessThanOrEqual(boundMs)
    // The phases are many enough to come near it: the bound is no guess.
    expect(worstMs).toBeGreaterThan(0.6 * everyMs)
  })

  test('with any timing, any mixture of failures, and any speed before', async () => {
    const timing = fc.record({
      everyMs: fc.integer({ min: 1000, max: 20_000 }),
      timeoutShare: fc.double({ min: 0.1, max: 0.99, noNaN: true }),
      confirmShare: fc.double({ min: 0.1, max: 1, noNaN: true }),
      fall: fc.integer({ min: 1, max: 5 }),
      seed: fc.integer({ min: 1, max: 1e9 }),
    })
    await fc.assert(
      fc.asyncProperty(timing, async ({ seed, timeoutShare, confirmShare, ...rest }) => {
        const limits = {
          ...rest,
          timeoutMs: Math.max(100, Math.floor(rest.everyMs * timeoutShare)),
          confirmMs: Math.max(100, Math.floor(rest.everyMs * confirmShare)),
        }
        const draw = seededRandom(seed)
        const stoppedMs = limits.everyMs * (3 + 2 * draw())
        const stage = open(
          (_, nowMs) => {
            const afterMs = draw() * (limits.timeoutMs - 1)
            if (nowMs < stoppedMs) return { ok: true, afterMs }
            return draw() < 0.5 ? undefined : { ok: false, afterMs }
          },
          seed,
          limits,
        )
        await stage.time.pass(stoppedMs)
        expect(downAtMs(stage)).toBeUndefined()
        const boundMs = 1.1 * limits.everyMs + (limits.fall - 1) * limits.confirmMs + limits.timeoutMs
        // News waits for up to 50 ms after a report, so that a lost region does not become a flood.
        await stage.time.pass(boundMs + 50)
        expect(downAtMs(stage)).toBeDefined()
        expect(stage.most.ofOne).toBeLessThanOrEqual(limits.fall)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a target that answers is never taken down', () => {
  test.each([
    ['at once', 5],
    ['just after confirm', confirmMs + 100],
    ['100 ms before the timeout', slowMs],
  ])('%s, always', async (_, afterMs) => {
    for (let seed = 1; seed <= 10; seed++) {
      const stage = open(() => ({ ok: true, afterMs }), seed)
      await stage.time.pass(600_000)
      for (const { sightings } of stage.reports) expect(sightings[0]!.up).not.toBe(false)
      expect(stage.reports.at(-1)!.sightings[0]).toMatchObject({
        up: true,
        streak: stage.prober.state().probes.success,
      })
      expect(stage.most.ofOne).toBeLessThanOrEqual(fall)
    }
  })

  test('slow, and refusing every second connection while it is busy with the first', async () => {
    let busyUntilMs = 0
    const stage = open((_, nowMs) => {
      if (nowMs < busyUntilMs) return { ok: false, afterMs: 1 }
      busyUntilMs = nowMs + slowMs
      return { ok: true, afterMs: slowMs }
    }, 1)
    await stage.time.pass(600_000)
    for (const { sightings } of stage.reports) expect(sightings[0]!.up).not.toBe(false)
    expect(stage.prober.state().probes).toMatchObject({ failure: 0 })
  })

  test('each time within the timeout, however long it takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
        const draw = seededRandom(seed)
        const stage = open(() => ({ ok: true, afterMs: draw() * slowMs }), seed)
        await stage.time.pass(200_000)
        expect(downAtMs(stage)).toBeUndefined()
        expect(stage.prober.state().probes.failure).toBe(0)
      }),
      { numRuns: 50 },
    )
  })
})

describe('in an hour a target sees', () => {
  const perHour = 3_600_000 / everyMs
  test.each<[string, Target, number, object]>([
    ['one probe an interval when healthy', () => ({ ok: true, afterMs: 5 }), 1, { discarded: 0 }],
    ['one also when it takes up to confirm', () => ({ ok: true, afterMs: confirmMs - 1 }), 1, { discarded: 0 }],
    ['two when it takes longer than confirm', () => ({ ok: true, afterMs: 1.5 * confirmMs }), 2, { failure: 0 }],
    ['as many as fall when it takes almost the timeout', () => ({ ok: true, afterMs: slowMs }), fall, { failure: 0 }],
    ['one when it refuses and is down', () => ({ ok: false, afterMs: 1 }), 1, { success: 0, discarded: 0 }],
    ['one when it hangs and is down', () => undefined, 1, { success: 0, discarded: 0 }],
  ])('%s', async (_, target, perInterval, counted) => {
    const stage = open(target, 1)
    await stage.time.pass(3_600_000)
    const probes = [...stage.starts.values()].flat().length
    // The jitter of single intervals evens out; what remains is the start.
    expect(Math.abs(probes - perInterval * perHour)).toBeLessThanOrEqual(0.02 * perInterval * perHour)
    expect(stage.prober.state().probes).toMatchObject(counted)
  })
})

test('probes beside an unanswered one start every confirm, and no more once it is down', async () => {
  const stage = open((_, nowMs) => (nowMs < 30_000 ? { ok: true, afterMs: 5 } : undefined), 1)
  await stage.time.pass(90_000)
  const starts = [...stage.starts.values()].flat().filter((atMs) => atMs >= 30_000)
  expect(gaps(starts).slice(0, fall - 1)).toEqual([confirmMs, confirmMs])
  expect(downAtMs(stage)).toBe(starts[fall - 1]! + timeoutMs)
  for (const gap of gaps(starts).slice(fall - 1)) expect(gap).toBeGreaterThanOrEqual(0.9 * everyMs)
})

test('one hanging probe among good ones is one failure, found in one timeout, and is forgiven', async () => {
  const stage = open((_, __, count) => (count === 3 ? undefined : { ok: true, afterMs: 5 }), 1)
  await stage.time.pass(300_000)
  expect(downAtMs(stage)).toBeUndefined()
  const starts = [...stage.starts.values()].flat()
  const counted = stage.reports.find(({ sightings }) => sightings[0]!.streak === -1)!
  expect(counted.atMs).toBeLessThanOrEqual(starts[3]! + timeoutMs + 1000)
  // Its neighbour, which was answered at once, starts the interval anew.
  expect(starts[4]! - starts[3]!).toBe(confirmMs)
  expect(starts[5]! - starts[4]!).toBeGreaterThanOrEqual(0.9 * everyMs)
  expect(stage.reports.at(-1)!.sightings[0]!.streak).toBeGreaterThan(0)
})

test('probes beside others count towards the limit of all, and the prober says how late it is', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `s${i}`)
  const target: Target = (_, nowMs) => (nowMs < 30_000 ? { ok: true, afterMs: 5 } : undefined)
  const { time, prober, most, reports } = openStage(names, target, { limits: { atOnce: 16, perTarget: 1000 } })
  await time.pass(45_000)
  expect(most.running).toBe(16)
  expect(prober.state()).toMatchObject({ running: 16 })
  expect(prober.state().lateMs).toBeGreaterThan(0)
  await time.pass(60_000)
  expect(most).toEqual({ running: 16, ofOne: fall })
  expect(reports.at(-1)!.sightings.every(({ up }) => up === false)).toBe(true)
})

test('a subject that goes takes all its probes with it', async () => {
  const { time, prober, starts } = openStage(['a', 'b'], (_, nowMs) =>
    nowMs < 30_000 ? { ok: true, afterMs: 5 } : undefined,
  )
  await time.pass(30_000)
  while (prober.state().running < 3) await time.pass(100)
  prober.replaceSubjects([])
  await time.pass(1)
  expect(prober.state()).toMatchObject({ subjects: 0, running: 0, lateMs: 0 })
  const before = [...starts.values()].flat().length
  await time.pass(60_000)
  expect([...starts.values()].flat()).toHaveLength(before)
})

test('when this side stood still, what was answered meanwhile is read before anything is asked again or given up', async () => {
  // The fourth answer comes while nobody looks, and is read 50 ms after waking.
  const stage = open((_, __, count) => ({ ok: true, afterMs: count === 3 ? 10_050 : 5 }), 1)
  const starts = (): number => stage.starts.get('target-1')?.length ?? 0
  while (starts() < 4) await stage.time.pass(10)
  stage.time.freeze(10_000)
  await stage.time.pass(200)
  expect(starts()).toBe(4)
  await stage.time.pass(2000)
  expect(stage.reports.at(-1)!.sightings[0]!.streak).toBeGreaterThanOrEqual(4)
  expect(stage.prober.state().probes).toMatchObject({ failure: 0, discarded: 0 })
})
