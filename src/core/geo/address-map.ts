// An address map: which number an address has, in shared memory that every thread reads. An address space is a list of ranges
// in ascending order (see ranges.ts) with an index over it.
//
//   v4Index    2^n words for an address's first n bits: a word < 0 is 1, 5 bits l, 26 bits v: all addresses with them have the
//              value v and the length l; a word ≥ 0 is 0, 5 bits k, 26 bits r: the range sought is one of r to r + 2^k - 1, and
//              is found by halving
//   v4Ranges   two words for each range, where it begins and its value: side by side, as they are read; v6Starts 4 words,
//              v6Values a word
//   v6Index    2^n words for the first n bits, then groups of 16 for 4 bits more each, because IPv6 is crowded where it is
//              used: a word ≥ 0 is where the next group begins, a word < 0 is 1, 3 bits k, 28 bits r: the range sought is one
//              of r to r + k
//
// Hot: findIn allocates nothing and never throws.

import { type Layout, openLayout } from '../base/layout.ts'
import { type IndexedRanges, V4_LOW } from './range-index.ts'
import type { Ranges } from './ranges.ts'

export interface AddressMap {
  readonly v4Shift: number
  readonly v4Index: Int32Array
  readonly v4Ranges: Uint32Array
  readonly v6Bits: number
  readonly v6Index: Int32Array
  readonly v6Starts: Uint32Array
  readonly v6Values: Uint32Array
}

export interface Found {
  value: number
  /** Every address that shares this many leading bits has this value. */
  length: number
}

/** The words at the head of an image that say how large the map in it is. */
export type MapHead = readonly [v4: number, v4Shift: number, v6: number, v6Bits: number, v6Index: number]

export function mapHead({ v4, v4Shift, v6, v6Bits, v6Index }: IndexedRanges): MapHead {
  return [v4.count, v4Shift, v6.count, v6Bits, v6Index.length]
}

export function layOutMap(layout: Layout, [v4, v4Shift, v6, v6Bits, v6Index]: MapHead): AddressMap {
  return {
    v4Shift,
    v4Index: layout.ints(2 ** (32 - v4Shift)),
    v4Ranges: layout.words(2 * v4),
    v6Bits,
    v6Index: layout.ints(v6Index),
    v6Starts: layout.words(4 * v6),
    v6Values: layout.words(v6),
  }
}

export function fillMap(map: AddressMap, { v4, v4Index, v6, v6Index }: IndexedRanges): void {
  map.v4Index.set(v4Index)
  for (let i = 0; i < v4.count; i++) {
    map.v4Ranges[2 * i] = v4.starts[i]!
    map.v4Ranges[2 * i + 1] = v4.values[i]!
  }
  map.v6Index.set(v6Index)
  map.v6Starts.set(v6.starts.subarray(0, 4 * v6.count))
  map.v6Values.set(v6.values.subarray(0, v6.count))
}

const MAGIC = 0x4d414d31
const HEAD = 24

/** A map as a block of its own. */
export function createMap(ranges: IndexedRanges): SharedArrayBuffer {
  const head = mapHead(ranges)
  const measure = openLayout(undefined, HEAD)
  layOutMap(measure, head)
  const image = new SharedArrayBuffer(measure.end())
  new Uint32Array(image, 0, 6).set([MAGIC, ...head])
  fillMap(bindMap(image), ranges)
  return image
}

export function bindMap(image: SharedArrayBuffer): AddressMap {
  const [magic, ...head] = new Uint32Array(image, 0, 6)
  if (magic !== MAGIC) throw new Error('not an address map')
  return layOutMap(openLayout(image, HEAD), head as unknown as MapHead)
}

/** Both families of a map as ranges again, to be regrouped: those of IPv4 are copied. */
export function rangesOf(map: AddressMap): { v4: Ranges; v6: Ranges } {
  const { v4Ranges, v6Starts, v6Values } = map
  const count = v4Ranges.length / 2
  const v4 = { width: 1, count, starts: new Uint32Array(count), values: new Uint32Array(count) } as const
  for (let i = 0; i < count; i++) {
    v4.starts[i] = v4Ranges[2 * i]!
    v4.values[i] = v4Ranges[2 * i + 1]!
  }
  return { v4, v6: { width: 4, count: v6Values.length, starts: v6Starts, values: v6Values } }
}

/** Looks the address at `at` up: 4 bytes for family 4, 16 for family 6, IPv4-in-IPv6 forms normalised before (client.ts). */
export function findIn(map: AddressMap, family: 4 | 6, bytes: Uint8Array, at: number, found: Found): void {
  if (family === 4) findV4(map, bytes, at, found)
  else findV6(map, bytes, at, found)
}

function findV4(map: AddressMap, bytes: Uint8Array, at: number, found: Found): void {
  const { v4Ranges, v4Index, v4Shift } = map
  const address = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  const word = v4Index[address >>> v4Shift]!
  const lower = word & (2 ** V4_LOW - 1)
  const upper = (word >>> V4_LOW) & 31
  if (word < 0) {
    found.value = lower
    found.length = upper
    return
  }
  // The last range that begins at or before the address.
  let low = lower
  let high = lower + (1 << upper) - 1
  if (2 * high >= v4Ranges.length) high = v4Ranges.length / 2 - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (v4Ranges[2 * middle]! <= address) low = middle
    else high = middle - 1
  }
  found.value = v4Ranges[2 * low + 1]!
  // The widest prefix that holds neither the address before the range nor the one after it: one bit more than is shared.
  let length = 0
  if (low > 0) length = Math.clz32(address ^ (v4Ranges[2 * low]! - 1)) + 1
  if (2 * low + 2 < v4Ranges.length) {
    const other = Math.clz32(address ^ v4Ranges[2 * low + 2]!) + 1
    if (other > length) length = other
  }
  found.length = length
}

function findV6(map: AddressMap, bytes: Uint8Array, at: number, found: Found): void {
  const { v6Starts, v6Values, v6Index, v6Bits } = map
  const w0 = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  const w1 = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0
  const w2 = ((bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!) >>> 0
  const w3 = ((bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!) >>> 0
  let word = v6Index[w0 >>> (32 - v6Bits)]!
  for (let bit = v6Bits; word >= 0; bit += 4) {
    const byte = bytes[at + (bit >>> 3)]!
    word = v6Index[word + ((bit & 4) === 0 ? byte >>> 4 : byte & 15)]!
  }
  let low = word & 0x0fffffff
  const high = low + ((word >>> 28) & 7)
  while (low < high && isAtOrBefore(v6Starts, 4 * low + 4, w0, w1, w2, w3)) low++
  found.value = v6Values[low]!
  let length = low === 0 ? 0 : sharedWithBefore(v6Starts, 4 * low, w0, w1, w2, w3) + 1
  if (low + 1 < v6Values.length) {
    const other = sharedWith(v6Starts, 4 * low + 4, w0, w1, w2, w3) + 1
    if (other > length) length = other
  }
  found.length = length
}

function isAtOrBefore(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): boolean {
  const s0 = starts[at]!
  if (s0 !== w0) return s0 < w0
  const s1 = starts[at + 1]!
  if (s1 !== w1) return s1 < w1
  const s2 = starts[at + 2]!
  if (s2 !== w2) return s2 < w2
  return starts[at + 3]! <= w3
}

/** How many leading bits an address has in common with the start at `at`. */
function sharedWith(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): number {
  return sharedBits(w0 ^ starts[at]!, w1 ^ starts[at + 1]!, w2 ^ starts[at + 2]!, w3 ^ starts[at + 3]!)
}

/** The same with the address just before that start, which is not ::. */
function sharedWithBefore(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): number {
  const s1 = starts[at + 1]!
  const s2 = starts[at + 2]!
  const s3 = starts[at + 3]!
  // Borrowing goes on as long as the words to the right are 0.
  const b2 = s3 === 0 ? 1 : 0
  const b1 = b2 === 1 && s2 === 0 ? 1 : 0
  const b0 = b1 === 1 && s1 === 0 ? 1 : 0
  return sharedBits(w0 ^ (starts[at]! - b0), w1 ^ (s1 - b1), w2 ^ (s2 - b2), w3 ^ (s3 - 1))
}

function sharedBits(x0: number, x1: number, x2: number, x3: number): number {
  if (x0 !== 0) return Math.clz32(x0)
  if (x1 !== 0) return 32 + Math.clz32(x1)
  if (x2 !== 0) return 64 + Math.clz32(x2)
  return 96 + Math.clz32(x3)
}
