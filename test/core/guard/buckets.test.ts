// Token buckets, held against a model that keeps every key for ever.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Buckets, openBuckets, takeToken } from '../../../src/core/guard/buckets.ts'

/** A bucket as one would write it down: real numbers, no table, no wrapping. */
function openModel(perSecond: number, windowMs: number): (key: string, nowMs: number) => boolean {
  const kept = new Map<string, { tokens: number; at: number }>()
  return (key, nowMs) => {
    const full = (perSecond * windowMs) / 1000
    const bucket = kept.get(key) ?? { tokens: full, at: nowMs }
    const tokens = Math.min(full, bucket.tokens + ((nowMs - bucket.at) * perSecond) / 1000)
    kept.set(key, { tokens: tokens >= 1 - 1e-9 ? tokens - 1 : tokens, at: nowMs })
    return tokens >= 1 - 1e-9
  }
}

const take = (buckets: Buckets, key: number, nowMs: number, perSecond = 10, windowMs = 1000): number =>
  takeToken(buckets, key, 0, 0, 0, perSecond, windowMs, nowMs | 0)

test('every key gets what the model says, wherever the wrapped clock stands', () => {
  const steps = fc.array(fc.record({ key: fc.nat(7), waitMs: fc.oneof(fc.nat(40), fc.nat(3000)) }), { maxLength: 400 })
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1000, max: 20_000 }),
      fc.nat(2 ** 33),
      steps,
      (seed, perSecond, windowMs, startMs, asked) => {
        const buckets = openBuckets(4096, seed)
        const model = openModel(perSecond, windowMs)
        let nowMs = startMs
        for (const { key, waitMs } of asked) {
          nowMs += waitMs
          expect(take(buckets, key, nowMs, perSecond, windowMs) === 0).toBe(model(String(key), nowMs))
        }
      },
    ),
  )
})

test('the highest rate and the longest window stay within 31 bits', () => {
  const buckets = openBuckets(16, 1)
  const admitted = Array.from({ length: 2_100_000 }, () => take(buckets, 1, 5, 100_000, 20_000)).filter((n) => n === 0)
  expect(admitted).toHaveLength(2_000_000)
  // 10 ms later there are 1000 more.
  const later = Array.from({ length: 3000 }, () => take(buckets, 1, 15, 100_000, 20_000)).filter((n) => n === 0)
  expect(later).toHaveLength(1000)
})

test('a flood keeps its own bucket, however many others pass through the table', () => {
  const buckets = openBuckets(1024, 99)
  let admitted = 0
  for (let i = 0; i < 1_000_000; i++) {
    const nowMs = Math.floor(i / 100)
    take(buckets, 1_000_000 + i, nowMs)
    if (take(buckets, 7, nowMs) === 0) admitted++
  }
  // Ten seconds at ten a second, and a full bucket at the beginning.
  expect(admitted).toBe(10 + 99)
})

test('refusals are counted for each bucket, so that every n-th can be picked', () => {
  const buckets = openBuckets(64, 3)
  for (let i = 0; i < 10; i++) expect(take(buckets, 1, 0)).toBe(0)
  expect([take(buckets, 1, 0), take(buckets, 1, 0), take(buckets, 2, 0), take(buckets, 1, 0)]).toEqual([1, 2, 0, 3])
})

describe('what makes a key', () => {
  const ways: readonly (readonly [string, readonly [number, number, number, number]])[] = [
    ['the first half of a prefix', [2, 1, 1, 1]],
    ['the second half', [1, 2, 1, 1]],
    ['the kind', [1, 1, 2, 1]],
    ['the name', [1, 1, 1, 2]],
  ]
  test.each(ways)('%s', (_, [high, low, kind, name]) => {
    const buckets = openBuckets(1024, 5)
    for (let i = 0; i < 11; i++) takeToken(buckets, 1, 1, 1, 1, 10, 1000, 0)
    expect(takeToken(buckets, 1, 1, 1, 1, 10, 1000, 0)).toBeGreaterThan(0)
    expect(takeToken(buckets, high, low, kind, name, 10, 1000, 0)).toBe(0)
  })
})
