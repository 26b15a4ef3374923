// SipHash-2-4 against the vectors of its authors: key 00 01 … 0f, message 00 01 … of each length.

import { expect, test } from 'vitest'
import { readSipKey, siphash } from '../../../src/core/base/siphash.ts'

const count = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)
const key = readSipKey(count(16))

function hash(bytes: Uint8Array, at = 0, length = bytes.length): string {
  const state = { lo: 0, hi: 0 }
  siphash(key, bytes, at, length, state)
  return ((BigInt(state.hi) << 32n) | BigInt(state.lo)).toString(16).padStart(16, '0')
}

test.each([
  [0, '726fdb47dd0e0e31'],
  [1, '74f839c593dc67fd'],
  [7, 'ab0200f58b01d137'],
  [8, '93f5f5799a932462'],
  [15, 'a129ca6149be45e5'],
  [16, '3f2acc7f57c29bdb'],
  [63, '958a324ceb064572'],
])('%i bytes', (length, expected) => {
  expect(hash(count(length))).toBe(expected)
})

test('a message may stand anywhere', () => {
  expect(hash(Uint8Array.from([9, 9, 9, ...count(15), 9]), 3, 15)).toBe('a129ca6149be45e5')
})

test('both halves are unsigned', () => {
  const state = { lo: 0, hi: 0 }
  for (let length = 0; length < 64; length++) {
    siphash(key, count(length), 0, length, state)
    expect(Math.min(state.lo, state.hi)).toBeGreaterThanOrEqual(0)
  }
})

test('a key that is too short is a bug', () => {
  expect(() => readSipKey(count(15))).toThrow(RangeError)
})
