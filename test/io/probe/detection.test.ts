// How soon failures are noticed, and what is not taken for one: probers, standings and verdicts together, in virtual time.

import { describe, expect, test } from 'vitest'
import { observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import { rule } from '../../core/health/sightings.ts'
import { openProber } from '../../../src/io/probe/prober.ts'
import { type Answer, check, openStage, subject, type Target } from './stage.ts'
import { openVirtualTime, seededRandom } from './virtual-time.ts'

const { everyMs, confirmMs, timeoutMs, fall, rise } = check

/** How long after `failingMs` the prober reported the subject down, and every change of mind. */
async function watch(target: Target, forMs: number, seed: number) {
  const name = `target-${seed}`
  const { time, reports } = openStage([name], target, { random: seededRandom(seed) })
  await time.pass(forMs)
  const changes: { atMs: number; up: boolean | undefined }[] = []
  for (const { atMs, sightings } of reports) {
    const up = sightings[0]!.up
    if (up !== changes.at(-1)?.up) changes.push({ atMs, up })
  }
  return changes
}

describe('a target that starts to fail is reported down within 1.1 × every + fall × confirm + timeout', () => {
  const failingMs = 61_234
  const boundMs = 1.1 * everyMs + fall * confirmMs + timeoutMs
  test.each<[string, Answer]>([
    ['refusing', { ok: false, afterMs: 1 }],
    ['failing after 900 ms', { ok: false, afterMs: 900 }],
    ['failing just before the timeout', { ok: false, afterMs: timeoutMs - 1 }],
    ['hanging', undefined],
  ])('%s', async (_, answer) => {
    for (let seed = 1; seed <= 40; seed++) {
      const changes = await watch(
        (__, nowMs) => (nowMs < failingMs + 137 * seed ? { ok: true, afterMs: 5 } : answer),
        100_000,
        seed,
      )
      expect(changes.map((change) => change.up)).toEqual([true, false])
      expect(changes[1]!.atMs - (failingMs + 137 * seed)).toBeLessThanOrEqual(boundMs)
    }
  })
})

test('a target that recovers is reported up within rise × 1.1 × every', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const changes = await watch((_, nowMs) => ({ ok: nowMs >= 60_000 + 211 * seed, afterMs: 5 }), 120_000, seed)
    expect(changes.map((change) => change.up)).toEqual([false, true])
    expect(changes[1]!.atMs - (60_000 + 211 * seed)).toBeLessThanOrEqual(rise * 1.1 * everyMs + 5)
  }
})

test('a target that fails every second probe is taken down, and stays down', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const changes = await watch((_, __, count) => ({ ok: count % 2 === 0, afterMs: 5 }), 3_600_000, seed)
    expect(changes.map((change) => change.up)).toEqual([true, false])
  }
})

test('a target that leaves every second probe hanging is taken down as well', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const changes = await watch(
      (_, __, count) => (count % 2 === 0 ? { ok: true, afterMs: 5 } : undefined),
      600_000,
      seed,
    )
    expect(changes.map((change) => change.up).slice(0, 2)).toEqual([true, false])
    expect(changes[1]!.atMs).toBeLessThanOrEqual(fall * 2 * 1.1 * everyMs)
  }
})

test('one failure in 360 probes never takes a target down', async () => {
  const changes = await watch((_, __, count) => ({ ok: count % 360 !== 359, afterMs: 5 }), 8 * 3_600_000, 1)
  expect(changes.map((change) => change.up)).toEqual([true])
}, 60_000)

test('a single slow probe does not either', async () => {
  const changes = await watch((_, __, count) => (count === 7 ? undefined : { ok: true, afterMs: 5 }), 200_000, 1)
  expect(changes.map((change) => change.up)).toEqual([true])
})

describe('three vantage regions', () => {
  /** Which regions see the target fail from 60 s on; returns the verdicts as they changed. */
  async function verdictsOf(failing: readonly string[], silentFromMs = Number.POSITIVE_INFINITY) {
    const time = openVirtualTime()
    const regions = ['eu', 'us', 'ap']
    const belief = openBelief(rule(regions, 600_000))
    const changes: { atMs: number; state: string; because: string }[] = []
    const look = (): void => {
      const verdict = verdicts(belief, time.now()).get('s')
      if (verdict && verdict.state !== changes.at(-1)?.state) changes.push({ atMs: time.now(), ...verdict })
    }
    const probers = regions.map((region, i) =>
      openProber({
        name: `${region}-1`,
        region,
        epoch: 1,
        subjects: [subject('s')],
        now: time.now,
        random: seededRandom(i),
        setTimer: time.setTimer,
        report(evidence) {
          if (time.now() >= silentFromMs) return
          observeEvidence(belief, evidence, time.now())
          look()
        },
        run: () =>
          Promise.resolve({
            ok: !(failing.includes(region) && time.now() >= 60_000),
            tookMs: 1,
            connectMs: 1,
            firstByteMs: 1,
            detail: 'seen',
          }),
      }),
    )
    for (let i = 0; i < 300; i++) {
      await time.pass(1000)
      look()
    }
    await Promise.all(probers.map((prober) => prober.close()))
    return changes
  }

  test('agree that it is down within the same bound', async () => {
    const changes = await verdictsOf(['eu', 'us', 'ap'])
    expect(changes.map((change) => change.state)).toEqual(['unknown', 'up', 'down'])
    expect(changes[2]!.atMs - 60_000).toBeLessThanOrEqual(1.1 * everyMs + fall * confirmMs + timeoutMs)
  })

  test('two of three are enough', async () => {
    const changes = await verdictsOf(['eu', 'ap'])
    expect(changes.at(-1)).toMatchObject({
      state: 'down',
      because: '2 of 3 vantage regions say down: eu (seen), ap (seen)',
    })
  })

  test('one that cannot reach the target does not take it down', async () => {
    expect((await verdictsOf(['us'])).map((change) => change.state)).toEqual(['unknown', 'up'])
  })

  test('losing them all changes nothing, although the target fails meanwhile', async () => {
    expect((await verdictsOf(['eu', 'us', 'ap'], 60_000)).map((change) => change.state)).toEqual(['unknown', 'up'])
  })
})
