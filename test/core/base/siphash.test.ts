// SipHash-2-4 against the vectors of its authors: key 00 01 … 0f, message 00 01 … of each length. SipHash-1-3 against the
// algorithm as it is written down, which those vectors vouch for.

import { expect, test } from 'vitest'
import { readSipKey, siphash, siphash13 } from '../../../src/core/base/siphash.ts'

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

/** As in the paper, on 64-bit words. */
function written(bytes: Uint8Array, compression: number, finalisation: number): bigint {
  const mask = (1n << 64n) - 1n
  const word = (from: Uint8Array, at: number): bigint => new DataView(from.buffer).getBigUint64(at, true)
  const turn = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask
  const k = count(16)
  let v0 = word(k, 0) ^ 0x736f6d6570736575n
  let v1 = word(k, 8) ^ 0x646f72616e646f6dn
  let v2 = word(k, 0) ^ 0x6c7967656e657261n
  let v3 = word(k, 8) ^ 0x7465646279746573n
  const rounds = (many: number): void => {
    for (let i = 0; i < many; i++) {
      v0 = (v0 + v1) & mask
      v1 = turn(v1, 13n) ^ v0
      v0 = turn(v0, 32n)
      v2 = (v2 + v3) & mask
      v3 = turn(v3, 16n) ^ v2
      v0 = (v0 + v3) & mask
      v3 = turn(v3, 21n) ^ v0
      v2 = (v2 + v1) & mask
      v1 = turn(v1, 17n) ^ v2
      v2 = turn(v2, 32n)
    }
  }
  const padded = new Uint8Array((bytes.length & ~7) + 8)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length
  for (let at = 0; at < padded.length; at += 8) {
    v3 ^= word(padded, at)
    rounds(compression)
    v0 ^= word(padded, at)
  }
  v2 ^= 0xffn
  rounds(finalisation)
  return v0 ^ v1 ^ v2 ^ v3
}

test.each([0, 1, 7, 8, 14, 15, 26, 63])('%i bytes of whole words, the shorter way', (length) => {
  const bytes = count(length)
  expect(written(bytes, 2, 4).toString(16).padStart(16, '0')).toBe(hash(bytes))
  const padded = new Uint8Array((length & ~7) + 8)
  padded.set(bytes)
  padded[padded.length - 1] = length
  const state = { lo: 0, hi: 0 }
  siphash13(key, new Int32Array(padded.buffer), padded.length / 8, state)
  expect((BigInt(state.hi >>> 0) << 32n) | BigInt(state.lo >>> 0)).toBe(written(bytes, 1, 3))
})
