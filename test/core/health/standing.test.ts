// Rise, fall and forgive, result by result: "+" is a success, "-" a failure.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isInDoubt,
  observe,
  type Standing,
  streakOf,
  type Thresholds,
  unprobed,
} from '../../../src/core/health/standing.ts'

const usual: Thresholds = { rise: 2, fall: 3, forgive: 10 }

function after(results: string, thresholds = usual, from = unprobed): Standing {
  let standing = from
  let nowMs = 0
  for (const result of results) standing = observe(standing, result === '+', (nowMs += 1000), thresholds)
  return standing
}

describe('the first result decides at once', () => {
  test.each([
    ['', undefined],
    ['+', true],
    ['-', false],
  ])('after "%s" a subject is up: %s', (results, up) => expect(after(results).up).toBe(up))
})

describe('rise 2, fall 3, forgive 10', () => {
  test.each([
    ['+--', true, 'two failures are not three'],
    ['+---', false, 'three failures in a row'],
    ['+-+-+-', false, 'failures add up even with successes between them'],
    ['+--+++++++++-', false, 'nine clean results do not forgive'],
    ['+--++++++++++-', true, 'ten clean results forgive'],
    ['+--++++++++++--', true, 'after which the count begins anew'],
    ['+--++++++++++---', false, 'and three failures are enough again'],
    ['-+', false, 'one success is not two'],
    ['-++', true, 'two successes in a row'],
    ['-+-+-+-+', false, 'successes with failures between them never bring it up'],
    ['+---+', false, 'down again needs the full rise'],
    ['+---++', true, 'which two successes are'],
    ['+---++--', true, 'after coming up, earlier failures are forgotten'],
  ])('"%s" → up: %s (%s)', (results, up) => expect(after(results).up).toBe(up))
})

test('one failure in 360 never takes a subject down', () => {
  let standing = after('+')
  for (let i = 1; i <= 36_000; i++) {
    standing = observe(standing, i % 360 !== 0, i, usual)
    if (!standing.up) throw new Error(`down after ${i}`)
  }
  expect(standing.up).toBe(true)
})

test('a subject that fails every second probe goes down once and stays down', () => {
  let standing = after('+')
  const changes: boolean[] = []
  for (let i = 0; i < 1000; i++) {
    const next = observe(standing, i % 2 === 1, i, usual)
    if (next.up !== standing.up) changes.push(next.up!)
    standing = next
  }
  expect(changes).toEqual([false])
})

test.each([
  ['', 0],
  ['+++', 3],
  ['+++-', -1],
  ['+-+-', -2],
  ['+-+++', -1],
  ['+---', 3],
  ['+---+', -1],
  ['-', 1],
  ['--', 2],
])('after "%s" the published streak is %i', (results, streak) => expect(streakOf(after(results))).toBe(streak))

test.each([
  ['', false],
  ['+', false],
  ['+-', true],
  ['+-+', false],
  ['+--', true],
  ['+---', false],
  ['-', false],
])('after "%s" a subject is in doubt: %s', (results, doubt) => expect(isInDoubt(after(results))).toBe(doubt))

test('the time of the change is that of the deciding result', () => {
  expect(after('++---').sinceMs).toBe(5000)
  expect(after('++----').sinceMs).toBe(5000)
  expect(after('+++').sinceMs).toBe(1000)
})

const thresholds = fc.record({
  rise: fc.integer({ min: 1, max: 5 }),
  fall: fc.integer({ min: 1, max: 5 }),
  forgive: fc.integer({ min: 1, max: 12 }),
})

test('whatever came before, enough equal results in a row decide', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), thresholds, fc.boolean(), (history, limits, ok) => {
      let standing = unprobed
      for (const result of history) standing = observe(standing, result, 0, limits)
      for (let i = 0; i < (ok ? limits.rise : limits.fall); i++) standing = observe(standing, ok, 0, limits)
      expect(standing.up).toBe(ok)
    }),
  )
})

test('it never goes down with fewer failures than fall, nor up with fewer successes in a row than rise', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), thresholds, (results, limits) => {
      let standing = unprobed
      let failures = 0
      let row = 0
      for (const result of results) {
        const next = observe(standing, result, 0, limits)
        row = result ? row + 1 : 0
        failures += result ? 0 : 1
        if (standing.up === true && next.up === false) expect(failures).toBeGreaterThanOrEqual(limits.fall)
        if (standing.up === false && next.up === true) expect(row).toBeGreaterThanOrEqual(limits.rise)
        if (next.up !== standing.up) failures = 0
        standing = next
      }
    }),
  )
})
