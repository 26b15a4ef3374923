// Several probes of one subject in flight: which result counts when, and when the next one starts.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { observe, type Standing, unprobed } from '../../../src/core/health/standing.ts'
import type { Seen } from '../../../src/io/probe/check.ts'
import { type Flight, hedgeDueMs, land, mostInFlight, openFlight } from '../../../src/io/probe/flight.ts'

const timing = { fall: 3, rise: 2, forgive: 10, confirmMs: 1000 }

function result(ok: boolean | undefined, detail = ''): Seen {
  return { ok, tookMs: 1, connectMs: 1, firstByteMs: 1, detail }
}

/** The standing after these results: + success, - failure. */
function after(results: string): Standing {
  let standing = unprobed
  for (const each of results) standing = observe(standing, each === '+', 0, timing)
  return standing
}

/** Flights that started a second apart. */
function launch(count: number): Flight[] {
  return Array.from({ length: count }, (_, i) => openFlight(1000 * i))
}

const words = { '+': true, '-': false, '?': undefined } as const

describe('results count in the order of starting', () => {
  // Each step is the number of a flight and its result; what counts then stands behind the arrow, a dot for nothing.
  test.each<[string, string]>([
    ['1+', '1+'],
    ['1-', '1-'],
    ['2- 3- 1-', '. | . | 1- 2- 3-'],
    ['3- 1- 2-', '. | 1- | 2- 3-'],
    ['2+ 1-', '. | 1- 2+'],
    ['2+ 1+', '. | 1+'],
    ['2- 1+', '. | 1+'],
    ['3+ 2- 1-', '. | . | 1- 2- 3+'],
    ['3- 2+ 1-', '. | . | 1- 2+'],
    ['2? 1- 3-', '. | 1- 2? | 3-'],
    ['1? 2- 3+', '1? | 2- | 3+'],
  ])('"%s" → "%s"', (steps, expected) => {
    const all = launch(3)
    const flights = [...all]
    const counted = steps.split(' ').map((step) => {
      const at = Number(step[0]) - 1
      const landing = land(flights, all[at]!, result(words[step[1] as '+' | '-' | '?'], step))
      return landing.counted.map(({ seen }) => seen.detail).join(' ') || '.'
    })
    expect(counted.join(' | ')).toBe(expected)
  })
})

test('a success aborts the probes that started after it, and leaves those before it', () => {
  const flights = launch(3)
  const [first, second, third] = flights as [Flight, Flight, Flight]
  expect(land(flights, second, result(true))).toMatchObject({ counted: [], discarded: 1 })
  expect(flights).toEqual([first, second])
  expect([first, third].map(({ controller, isDiscarded }) => [controller.signal.aborted, isDiscarded])).toEqual([
    [false, false],
    [true, true],
  ])
})

test('whatever the order of the results, nothing counts after a success and nothing is lost before it', () => {
  const outcome = fc.constantFrom<'+' | '-' | '?'>('+', '-', '?')
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (outcomes, draws) => {
      const all = launch(outcomes.length)
      const flights = [...all]
      const counted: string[] = []
      let discarded = 0
      const open = new Set(all)
      while (open.size > 0) {
        const flight = [...open][draws.next().value! % open.size]!
        open.delete(flight)
        if (flight.isDiscarded) continue
        const landing = land(flights, flight, result(words[outcomes[all.indexOf(flight)]!]))
        counted.push(...landing.counted.map((each) => outcomes[all.indexOf(each)]!))
        discarded += landing.discarded
      }
      const firstSuccess = outcomes.indexOf('+')
      expect(counted).toEqual(firstSuccess === -1 ? outcomes : outcomes.slice(0, firstSuccess + 1))
      expect(counted.length + discarded).toBe(outcomes.length)
      expect(flights).toEqual([])
    }),
  )
})

test.each([
  ['not known yet', '', 1],
  ['up', '+', 3],
  ['up with one failure', '+-', 2],
  ['up with one failure that is not forgiven', '+-++', 2],
  ['up with two failures', '+--', 1],
  ['down', '+---', 1],
])('%s: at most as many in flight as take it down', (_, results, most) => {
  expect(mostInFlight(after(results), timing.fall)).toBe(most)
})

describe('the next probe starts', () => {
  test.each<[string, number, string, number | undefined]>([
    ['confirm after one that is not answered', 1, '+', 1000],
    ['and again after the second', 2, '+', 2000],
    ['but not beyond fall', 3, '+', undefined],
    ['nor beyond what is missing to fall', 2, '+-', undefined],
    ['not beside a target that is down', 1, '+---', undefined],
    ['not before the first result', 1, '', undefined],
    ['not at this rule when none is in flight', 0, '+', undefined],
  ])('%s', (_, inFlight, results, dueMs) => {
    expect(hedgeDueMs(launch(inFlight), after(results), timing)).toBe(dueMs)
  })

  test('not once a later one was answered, although the first is still open', () => {
    const flights = launch(2)
    land(flights, flights[1]!, result(true))
    expect(hedgeDueMs(flights, after('+'), timing)).toBeUndefined()
  })
})
