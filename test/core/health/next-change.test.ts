// When a verdict could change at the earliest: by example, and against probers that really probe, in virtual time.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Belief, observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import { nextChangeMs, regionChangesMs } from '../../../src/core/health/next-change.ts'
import type { Answer } from '../../io/probe/stage.ts'
import { openStage, subject } from '../../io/probe/stage.ts'
import type { Voting } from '../../../src/core/health/tally.ts'
import { evidence, rule, sighting } from './sightings.ts'

const lastKnownMs = 600_000
const freshMs = 30_000
const pace = { rise: 2, fall: 3, confirmMs: 1000 }

/** Region and number, `+` up or `-` down or `?` not probed; results against it; due in so many milliseconds. */
type Said = readonly [prober: string, word: '+' | '-' | '?', against: number, dueMs: number]

function believe(vantages: readonly string[], said: readonly Said[], nowMs: number, before?: Belief): Belief {
  const belief = before ?? openBelief(rule(vantages, lastKnownMs))
  for (const [prober, word, against, dueMs] of said) {
    const up = word === '?' ? undefined : word === '+'
    const streak = up === undefined ? 0 : against > 0 ? -against : 9
    observeEvidence(belief, evidence(prober, nowMs, [sighting(up, { streak, dueMs })]), nowMs)
  }
  verdicts(belief, nowMs)
  return belief
}

describe.each<[string, readonly string[], readonly Said[], number | undefined]>([
  ['up and calm: the next probe and two confirmations', ['a'], [['a-1', '+', 0, 7000]], 9000],
  ['up with one failure: the next and one confirmation', ['a'], [['a-1', '+', 1, 700]], 1700],
  ['up with two failures: the next', ['a'], [['a-1', '+', 2, 700]], 700],
  ['a probe is under way: it began a while ago', ['a'], [['a-1', '+', 0, -300]], 1700],
  ['a probe is under way that decides: at any moment', ['a'], [['a-1', '+', 2, -300]], 0],
  ['overdue: at any moment', ['a'], [['a-1', '+', 0, -5000]], 0],
  ['down and calm: the next probe and the one after it', ['a'], [['a-1', '-', 0, 7000]], 16_000],
  ['down with one success: the next', ['a'], [['a-1', '-', 1, 7000]], 7000],
  [
    'three regions: when the second of them can have turned',
    ['a', 'b', 'c'],
    [
      ['a-1', '+', 0, 9000],
      ['b-1', '+', 0, 2000],
      ['c-1', '+', 0, 5000],
    ],
    7000,
  ],
  [
    'one of three has turned already: when the next can',
    ['a', 'b', 'c'],
    [
      ['a-1', '-', 0, 100],
      ['b-1', '+', 0, 2000],
      ['c-1', '+', 0, 5000],
    ],
    4000,
  ],
  [
    'two regions: both, because a tie changes nothing',
    ['a', 'b'],
    [
      ['a-1', '+', 0, 9000],
      ['b-1', '+', 0, 2000],
    ],
    11_000,
  ],
  [
    'a region of three probers: when the second of them can have turned',
    ['a'],
    [
      ['a-1', '+', 0, 9000],
      ['a-2', '+', 0, 2000],
      ['a-3', '+', 0, 5000],
    ],
    7000,
  ],
  [
    'a prober that has not probed yet decides with its first result',
    ['a'],
    [
      ['a-1', '+', 0, 9000],
      ['a-2', '?', 0, 100],
      ['a-3', '?', 0, 200],
    ],
    200,
  ],
  [
    'a region that has not spoken yet likewise',
    ['a', 'b', 'c'],
    [
      ['a-1', '+', 0, 1000],
      ['b-1', '+', 0, 2000],
      ['c-1', '?', 0, 100],
    ],
    3000,
  ],
  [
    'a region that does not count is not waited for',
    ['a'],
    [
      ['a-1', '+', 0, 9000],
      ['mars-1', '+', 2, 10],
      ['mars-2', '+', 2, 10],
    ],
    11_000,
  ],
  [
    'unknown: when enough regions can have spoken',
    ['a', 'b', 'c'],
    [
      ['a-1', '+', 0, 9000],
      ['b-1', '?', 0, 400],
      ['c-1', '?', 0, 600],
    ],
    400,
  ],
  [
    'unknown, and too few will speak: not foreseeable',
    ['a', 'b', 'c', 'd'],
    [
      ['a-1', '+', 0, 9000],
      ['b-1', '?', 0, 400],
    ],
    undefined,
  ],
])('%s', (_, vantages, said, delayMs) => {
  const expected = (nowMs: number) => (delayMs === undefined ? undefined : nowMs + delayMs)

  test('as said', () => {
    expect(nextChangeMs(believe(vantages, said, 5000), 's', pace, 5000)).toBe(expected(5000))
  })

  test('in whatever order it was heard', () => {
    expect(nextChangeMs(believe(vantages, said.toReversed(), 5000), 's', pace, 5000)).toBe(expected(5000))
  })
})

describe('of what single regions say', () => {
  test('each has its own, and one that is silent has none', () => {
    const said: readonly Said[] = [
      ['a-1', '+', 0, 9000],
      ['b-1', '-', 0, 2000],
    ]
    const belief = believe(['a', 'b', 'c'], said, 5000)
    expect(regionChangesMs(belief, 's', pace, 5000)).toEqual([16_000, 16_000, undefined])
    expect(regionChangesMs(believe(['a', 'b', 'c'], said.toReversed(), 5000), 's', pace, 5000)).toEqual([
      16_000,
      16_000,
      undefined,
    ])
  })

  test('one that has not spoken does with its first result', () => {
    const belief = believe(
      ['a', 'b'],
      [
        ['a-1', '+', 2, 700],
        ['b-1', '?', 0, 100],
      ],
      5000,
    )
    expect(regionChangesMs(belief, 's', pace, 5000)).toEqual([5700, 5100])
  })

  test('one of two that falls silent may tip the other when its last word runs out', () => {
    const belief = believe(
      ['a'],
      [
        ['a-1', '+', 0, 0],
        ['a-2', '+', 0, 0],
        ['a-3', '-', 0, 0],
      ],
      0,
    )
    const nowMs = freshMs + 1
    observeEvidence(belief, evidence('a-1', nowMs, [sighting(true, { dueMs: 2 * lastKnownMs })]), nowMs)
    verdicts(belief, nowMs)
    expect(regionChangesMs(belief, 's', pace, nowMs)).toEqual([freshMs + lastKnownMs])
  })

  test('nobody has spoken of it: not foreseeable', () => {
    expect(regionChangesMs(openBelief(rule(['a', 'b'], lastKnownMs)), 's', pace, 0)).toEqual([undefined, undefined])
  })
})

test('nobody has spoken of it: not foreseeable', () => {
  expect(nextChangeMs(openBelief(rule(['a'], lastKnownMs)), 's', pace, 0)).toBeUndefined()
})

test('with too few fresh regions it is the end of last_known', () => {
  const belief = believe(['a'], [['a-1', '+', 0, 1000]], 0)
  verdicts(belief, 40_000)
  expect(nextChangeMs(belief, 's', pace, 40_000)).toBe(freshMs + lastKnownMs)
})

test('a region that fell silent is not counted on: those that are heard can turn without it', () => {
  const vantages = ['a', 'b', 'c', 'd', 'e']
  const all = vantages.map((region): Said => [`${region}-1`, '+', 0, 5000])
  const belief = believe(vantages, all, 0)
  expect(nextChangeMs(belief, 's', pace, 0)).toBe(7000)
  const heard = all.slice(0, 3).map(([prober, word], i): Said => [prober, word, 0, 1000 * (i + 1)])
  believe(vantages, heard, freshMs + 1, belief)
  expect(nextChangeMs(belief, 's', pace, freshMs + 1)).toBe(freshMs + 1 + 4000)
})

test('a silent voice that runs out can turn the rest by its end alone', () => {
  const vantages = ['a', 'b', 'c', 'd', 'e']
  const words: Said[] = [
    ['a-1', '+', 0, 9e8],
    ['b-1', '+', 0, 9e8],
    ['c-1', '+', 0, 9e8],
    ['d-1', '-', 0, 9e8],
    ['e-1', '-', 0, 9e8],
  ]
  const belief = believe(vantages, words, 0)
  for (let nowMs = 10_000; nowMs <= 640_000; nowMs += 10_000) {
    const state = verdicts(belief, nowMs).get('s')!.state
    const nextMs = nextChangeMs(belief, 's', pace, nowMs)!
    believe(vantages, words.slice(2), nowMs + 10_000, belief)
    if (verdicts(belief, nowMs + 10_000).get('s')!.state !== state) expect(nextMs).toBeLessThanOrEqual(nowMs + 10_000)
  }
  expect(verdicts(belief, 640_000).get('s')!.state).toBe('down')
})

test('probers that have left turn nothing', () => {
  const belief = believe(
    ['a', 'b'],
    [
      ['a-1', '+', 0, 100],
      ['b-1', '+', 0, 200],
    ],
    0,
  )
  observeEvidence(belief, evidence('a-1', 1000, []), 1000)
  verdicts(belief, 1000)
  expect(nextChangeMs(belief, 's', pace, 1000)).toBe(freshMs + lastKnownMs)
})

// Probers in three regions look at one target that fails and hangs as it likes; one tells what it saw once a second.
const mood = fc.record({
  forMs: fc.integer({ min: 500, max: 40_000 }),
  answer: fc.constantFrom<Answer>(
    { ok: true, afterMs: 5 },
    { ok: true, afterMs: 1500 },
    { ok: false, afterMs: 1 },
    { ok: false, afterMs: 900 },
    undefined,
  ),
})

test('no verdict ever changes before the time that was named for it', async () => {
  let changes = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(mood, { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Voting>(
        { by: 'majorities' },
        { by: 'majority' },
        { by: 'share', perMille: 300 },
        { by: 'down', regions: 1 },
      ),
      async (moods, n, voting) => {
        const regions = ['a', 'b', 'c', 'd', 'e'].slice(0, n)
        const answerAt = (nowMs: number): Answer => {
          let endMs = 0
          for (const { forMs, answer } of moods) if (nowMs < (endMs += forMs)) return answer
          return moods.at(-1)!.answer
        }
        const stages = regions.map((region) =>
          openStage([subject('s')], (_, nowMs) => answerAt(nowMs), { name: `${region}-1`, region }),
        )
        const belief = openBelief(rule(regions, lastKnownMs, { voting }))
        let named = Number.NEGATIVE_INFINITY
        const namedIn = regions.map(() => Number.NEGATIVE_INFINITY)
        let state: string | undefined
        let said: readonly string[] = []
        for (let nowMs = 0; nowMs <= 120_000; nowMs += 50) {
          for (const stage of stages) {
            await stage.time.pass(50)
            for (const report of stage.reports.splice(0)) observeEvidence(belief, report, nowMs + 50)
          }
          const verdict = verdicts(belief, nowMs + 50).get('s')
          const now = verdict?.state
          const words = verdict?.regions.map((region) => region.state) ?? []
          for (const [i, word] of words.entries())
            if (said[i] !== undefined && said[i] !== 'unknown' && word !== said[i])
              expect(nowMs + 50).toBeGreaterThanOrEqual(namedIn[i]! - 50)
          said = words
          if (nowMs >= 1000)
            for (const [i, ms] of regionChangesMs(belief, 's', pace, nowMs + 50).entries())
              namedIn[i] = Math.max(namedIn[i]!, ms ?? Number.NEGATIVE_INFINITY)
          if (state !== undefined && now !== state) {
            changes++
            // What is seen is up to 50 ms old.
            expect(nowMs + 50).toBeGreaterThanOrEqual(named - 50)
          }
          state = now
          // Whoever asked earlier was promised as much. In the first second not everybody has been heard.
          const nextMs = nextChangeMs(belief, 's', pace, nowMs + 50)
          if (nowMs >= 1000 && nextMs !== undefined) named = Math.max(named, nextMs)
        }
        for (const stage of stages) await stage.prober.close()
      },
    ),
    { numRuns: 40 },
  )
  expect(changes).toBeGreaterThan(40)
})

test.each([1, 2, 3, 5])('with %i regions it does change then, if everything fails from now on', async (n) => {
  const regions = ['a', 'b', 'c', 'd', 'e'].slice(0, n)
  for (const failsFromMs of [41_000, 43_350, 47_700]) {
    const stages = regions.map((region) =>
      openStage([subject('s')], (_, nowMs) => ({ ok: nowMs < failsFromMs, afterMs: 1 }), {
        name: `${region}-1`,
        region,
      }),
    )
    const belief = openBelief(rule(regions, lastKnownMs))
    let named: number | undefined
    for (let nowMs = 50; verdicts(belief, nowMs).get('s')?.state !== 'down'; nowMs += 50) {
      expect(nowMs).toBeLessThanOrEqual((named ?? failsFromMs + 1000) + 150)
      for (const stage of stages) {
        await stage.time.pass(50)
        for (const report of stage.reports.splice(0)) observeEvidence(belief, report, nowMs)
      }
      verdicts(belief, nowMs)
      // Evidence is up to a second old, so from here on all of it is of what fails.
      if (nowMs === failsFromMs + 1000) named = nextChangeMs(belief, 's', pace, nowMs)
    }
    expect(named).toBeGreaterThan(failsFromMs)
  }
})
