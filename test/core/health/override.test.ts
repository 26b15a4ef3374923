// What orders do to a target: drains, fades, drills, alone and together.

import { expect, test } from 'vitest'
import { covers, effectOf, type Override, printOverrideSubject, type Timed } from '../../../src/core/health/override.ts'
import { entry } from './orders.ts'

function timed(parts: Partial<Override>, startMs = 0, endMs = 600_000): Timed {
  return { override: entry(parts), startMs, endMs }
}

const drain = timed({})
const fading = timed({ fadeSec: 100 })
const drill = timed({ kind: 'drill' }, 0, 300_000)
const returned = timed({ kind: 'return', untilSec: undefined }, 0, Number.POSITIVE_INFINITY)
const never = Number.POSITIVE_INFINITY

test.each<[string, Timed[], number, boolean, boolean, number, number]>([
  ['nothing ordered', [], 0, false, false, 1000, never],
  ['a drain, at once', [drain], 0, true, false, 1000, 600_000],
  ['to its last moment', [drain], 599_999, true, false, 1000, 600_000],
  ['and no longer', [drain], 600_000, false, false, 1000, never],
  ['a fade begins with all of the weight', [fading], 0, false, false, 1000, 100_000],
  ['half-way half of it is left', [fading], 50_000, false, false, 500, 100_000],
  ['never nothing before its time', [fading], 99_999, false, false, 1, 100_000],
  ['then it is drained', [fading], 100_000, true, false, 1000, 600_000],
  ['a drill counts as down and drains nothing', [drill], 0, false, true, 1000, 300_000],
  ['a return does nothing to the weight', [returned], 5, false, false, 1000, never],
  ['a drain and a drill: both, until the first ends', [drain, drill], 1, true, true, 1000, 300_000],
  ['after that the other', [drain, drill], 300_000, true, false, 1000, 600_000],
  ['of two fades the lower', [fading, timed({ fadeSec: 50 })], 25_000, false, false, 500, 50_000],
  ['a fade beside a drain takes nothing back', [fading, drain], 1, true, false, 1000, 100_000],
])('%s', (_, overrides, nowMs, isDrained, isDown, fade, nextMs) => {
  const effect = effectOf(overrides, nowMs)
  expect(effect).toMatchObject({ isDrained, isDown, nextMs })
  // What is drained gives no answers, whatever is left of its weight.
  expect(isDrained ? 1000 : effect.fade).toBe(fade)
})

test('a fade takes the weight away evenly', () => {
  const shares = Array.from({ length: 101 }, (_, second) => effectOf([fading], 1000 * second).fade)
  expect(shares.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, second) => 1000 - 10 * second))
})

test.each([
  [undefined, undefined, true],
  [undefined, '192.0.2.10', true],
  ['192.0.2.10', '192.0.2.10', true],
  ['192.0.2.10', '192.0.2.11', false],
  ['192.0.2.10', undefined, false],
])('an order about target %s is about target %s: %s', (ordered, asked, expected) => {
  const about = (target: string | undefined) => ({ scope: 'example.com', pool: 'eu', target })
  expect(covers(about(ordered), about(asked))).toBe(expected)
  expect(covers(about(ordered), { ...about(asked), scope: '*' })).toBe(false)
  expect(covers(about(ordered), { ...about(asked), pool: 'us' })).toBe(false)
})

test('subjects are written as operators may write them', () => {
  expect(printOverrideSubject({ scope: '*', pool: 'eu', target: undefined })).toBe('*/eu')
  expect(printOverrideSubject({ scope: 'example.com', pool: 'eu', target: '2001:db8::1' })).toBe(
    'example.com/eu/2001:db8::1',
  )
})
