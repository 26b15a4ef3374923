// Minimum dwell: what is shown of a verdict that changes, told as seconds; D is the dwell.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dwell, type Found, freeAtMs, isHeld, type Shown } from '../../../src/core/health/dwell.ts'

const D = 60
type Change = readonly [atMs: number, state: 'up' | 'down']

/** What a node finds at a time, by the changes up to then. */
function found(changes: readonly Change[], at: number): Found {
  const past = changes.filter(([time]) => time <= at)
  const [turnedMs, state] = past.at(-1)!
  return {
    state,
    turnedMs: past.length > 1 ? turnedMs : undefined,
    beforeMs: past.length > 2 ? past.at(-2)![0] : undefined,
  }
}

/** A node that hears of each change at once, and looks now and then as well. */
function follow(
  changes: readonly Change[],
  looks: readonly number[],
  from = Number.NEGATIVE_INFINITY,
): Map<number, Shown> {
  const times = [...new Set([...changes.map(([time]) => time), ...looks])].filter((time) => time >= from)
  const seen = new Map<number, Shown>()
  let shown: Shown | undefined
  for (const time of times.sort((a, b) => a - b)) {
    if (changes[0]![0] > time) continue
    shown = dwell(shown, found(changes, time), D, time)
    seen.set(time, shown)
  }
  return seen
}

describe('what is shown', () => {
  test.each<[string, readonly Change[], number, string, number | undefined]>([
    [
      'what was found at the first look may change at once',
      [
        [0, 'up'],
        [5, 'down'],
      ],
      5,
      'down',
      5,
    ],
    [
      'a recovery waits',
      [
        [0, 'up'],
        [100, 'down'],
        [110, 'up'],
      ],
      159,
      'down',
      100,
    ],
    [
      'until the dwell is over',
      [
        [0, 'up'],
        [100, 'down'],
        [110, 'up'],
      ],
      160,
      'up',
      160,
    ],
    [
      'a failure waits as well',
      [
        [0, 'down'],
        [100, 'up'],
        [110, 'down'],
      ],
      159,
      'up',
      100,
    ],
    [
      'what is over by then was nothing',
      [
        [0, 'up'],
        [100, 'down'],
        [110, 'up'],
        [150, 'down'],
      ],
      300,
      'down',
      100,
    ],
    [
      'what has lasted changes at once',
      [
        [0, 'up'],
        [100, 'down'],
        [200, 'up'],
      ],
      200,
      'up',
      200,
    ],
    [
      'a change at the very end counts then',
      [
        [0, 'up'],
        [100, 'down'],
        [160, 'up'],
      ],
      160,
      'up',
      160,
    ],
    [
      'a held change begins a dwell of its own',
      [
        [0, 'up'],
        [100, 'down'],
        [110, 'up'],
        [170, 'down'],
      ],
      219,
      'up',
      160,
    ],
    [
      'which ends as any other',
      [
        [0, 'up'],
        [100, 'down'],
        [110, 'up'],
        [170, 'down'],
      ],
      220,
      'down',
      220,
    ],
  ])('%s', (_, changes, at, state, sinceMs) => {
    const shown = follow(changes, [at]).get(at)
    expect(shown).toMatchObject({ state, sinceMs })
  })

  test('does not depend on when a node looks', () => {
    // The dwell ends at 160, and the verdict turns at 160.5: who looked in between saw it, who did not has to know.
    const changes: Change[] = [
      [0, 'up'],
      [100, 'down'],
      [110, 'up'],
      [160.5, 'down'],
    ]
    const early = follow(changes, [160.2, 161]).get(161)
    expect(follow(changes, [161]).get(161)).toEqual(early)
    expect(early).toMatchObject({ state: 'up', sinceMs: 160, found: 'down' })
  })

  test('an order ends a hold, and not those that come later', () => {
    let shown = dwell(undefined, { state: 'down', turnedMs: 100, beforeMs: undefined }, D, 100)
    const up = { state: 'up', turnedMs: 110, beforeMs: 100 } as const
    shown = dwell(shown, up, D, 120)
    expect(isHeld(shown)).toBe(true)
    shown = dwell(shown, up, D, 125, 125)
    expect(shown).toMatchObject({ state: 'up', sinceMs: 125 })
    shown = dwell(shown, { state: 'down', turnedMs: 130, beforeMs: 110 }, D, 140, 125)
    expect([shown.state, freeAtMs(shown, D, 125)]).toEqual(['up', 185])
  })

  test('what is no longer known is shown when the dwell is over, and ends it for what comes after', () => {
    let shown = dwell(undefined, { state: 'down', turnedMs: 100, beforeMs: undefined }, D, 100)
    const unknown = { state: 'unknown', turnedMs: 100, beforeMs: undefined } as const
    shown = dwell(shown, unknown, D, 130)
    expect(shown.state).toBe('down')
    shown = dwell(shown, unknown, D, 160)
    expect(shown).toMatchObject({ state: 'unknown', sinceMs: undefined })
    expect(dwell(shown, { state: 'up', turnedMs: 161, beforeMs: 100 }, D, 161).state).toBe('up')
  })
})

const histories = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 12 }).map((gaps) => {
  let at = 0
  return [[0, 'up'], ...gaps.map((gap, i): Change => [(at += gap), i % 2 === 0 ? 'down' : 'up'])] as Change[]
})
const looks = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 30 })

describe('by properties', () => {
  test('nothing that is shown ever changes again before the dwell is over, and never before the time that was named', () => {
    fc.assert(
      fc.property(histories, looks, (changes, times) => {
        let before: Shown | undefined
        for (const [at, shown] of follow(changes, [...times, 2500])) {
          if (before && shown.state !== before.state) expect(at).toBeGreaterThanOrEqual(freeAtMs(before, D))
          if (before?.sinceMs !== undefined && shown.state !== before.state)
            expect(shown.sinceMs! - before.sinceMs).toBeGreaterThanOrEqual(D)
          before = shown
        }
        // Once it has been calm for long enough, what is found is what is shown.
        expect(before!.state).toBe(changes.at(-1)![1])
      }),
      { numRuns: 1000 },
    )
  })

  test('two nodes agree whenever they look', () => {
    fc.assert(
      fc.property(histories, looks, looks, fc.integer({ min: 0, max: 2000 }), (changes, one, other, at) => {
        expect(follow(changes, [...one, at]).get(at)).toEqual(follow(changes, [...other, at]).get(at))
      }),
      { numRuns: 1000 },
    )
  })

  test('a node that has just begun agrees, where all states but the last had lasted for the dwell', () => {
    const calm = fc
      .tuple(fc.array(fc.integer({ min: D, max: 150 }), { maxLength: 4 }), fc.integer({ min: 1, max: 150 }))
      .map(([gaps, last]) => [...gaps, last])
    fc.assert(
      fc.property(calm, fc.integer({ min: 0, max: 2 * D }), (gaps, later) => {
        let at = 0
        const changes: Change[] = [
          [0, 'up'],
          ...gaps.map((gap, i): Change => [(at += gap), i % 2 === 0 ? 'down' : 'up']),
        ]
        const from = at + later
        const old = follow(changes, [from, from + D])
        const young = follow(changes, [from, from + D], from)
        for (const time of [from, from + D]) expect(young.get(time)!.state).toBe(old.get(time)!.state)
      }),
      { numRuns: 1000 },
    )
  })
})
