// The indexes over ranges in an address map, drawn at the head of address-map.ts. As large as the ranges are many: a node may
// hold hundreds of small maps.

import type { Ranges } from './ranges.ts'

/** Ranges of both families, and the indexes over them. */
export interface IndexedRanges {
  readonly v4: Ranges
  readonly v6: Ranges
  /** How far an IPv4 address is shifted to the right for its word in `v4Index`. */
  readonly v4Shift: number
  readonly v4Index: Int32Array
  /** How many of an IPv6 address's first bits are its word in the first part of `v6Index`. */
  readonly v6Bits: 4 | 8 | 12 | 16
  readonly v6Index: Int32Array
}

export function indexRanges(v4: Ranges, v6: Ranges): IndexedRanges {
  // About one range for each word, up to 16 bits of the address.
  const v4Shift = 32 - Math.min(16, Math.max(4, 32 - Math.clz32(v4.count - 1)))
  const v6Bits = v6.count < 64 ? 4 : v6.count < 512 ? 8 : v6.count < 4096 ? 12 : 16
  return { v4, v6, v4Shift, v4Index: indexV4(v4, v4Shift), v6Bits, v6Index: indexV6(v6, v6Bits) }
}

/** The lower bits of a word in `v4Index`: a value, or the number of a range. Above them are 5 bits. */
export const V4_LOW = 26
const MOST_LOW = 2 ** V4_LOW - 1

/** A word for each beginning of an IPv4 address. Most of these lie in one range, and then its word says all that there is to find. */
function indexV4({ count, starts, values }: Ranges, shift: number): Int32Array {
  const index = new Int32Array(2 ** (32 - shift))
  let first = 0
  for (let i = 0; i < index.length; i++) {
    const from = i * 2 ** shift
    while (first + 1 < count && starts[first + 1]! <= from) first++
    let last = first
    while (last + 1 < count && starts[last + 1]! < from + 2 ** shift) last++
    if (last === first && values[first]! <= MOST_LOW) {
      // The neighbours are outside, so that what is shared with them is the same for all addresses that begin like this.
      const length = Math.max(
        first > 0 ? Math.clz32(from ^ (starts[first]! - 1)) + 1 : 0,
        first + 1 < count ? Math.clz32(from ^ starts[first + 1]!) + 1 : 0,
      )
      index[i] = 0x80000000 | (length << V4_LOW) | values[first]!
    } else index[i] = ((32 - Math.clz32(last - first)) << V4_LOW) | first
    first = last
  }
  return index
}

/** So many ranges after the first are left to be tried one by one: with fewer the index grows, with more the search. */
const most = 7

/** IPv6: 2^bits words, then groups of 16. */
function indexV6(ranges: Ranges, bits: 4 | 8 | 12 | 16): Int32Array {
  let used = 2 ** bits
  let index = new Int32Array(2 * used)

  /** What stands for the range `low` to `high`, of which all but the first begin with the same `bit` bits. */
  function entry(low: number, high: number, bit: number): number {
    if (high - low <= most) return 0x80000000 | ((high - low) << 28) | low | 0
    const group = used
    used += 16
    if (used > index.length) {
      const grown = new Int32Array(2 * index.length)
      grown.set(index)
      index = grown
    }
    split(low, high, bit, 4, group)
    return group
  }

  /** Deals the ranges out to the 2^width parts of the addresses with the same first `bit` bits. */
  function split(low: number, high: number, bit: number, width: number, group: number): void {
    let at = low
    for (let part = 0; part < 2 ** width; part++) {
      if (at < high && beginsPart(ranges.starts, 4 * (at + 1), bit, width, part)) at++
      const first = at
      while (at < high && partOf(ranges.starts, 4 * (at + 1), bit, width) === part) at++
      const word = entry(first, at, bit + width)
      index[group + part] = word // not in one line: `index` may have been replaced meanwhile
    }
  }

  split(0, ranges.count - 1, 0, bits, 0)
  return index.subarray(0, used)
}

function partOf(starts: Uint32Array, at: number, bit: number, width: number): number {
  return (starts[at + (bit >> 5)]! >>> (32 - (bit & 31) - width)) & (2 ** width - 1)
}

/** Whether the start is the very first address of the part. */
function beginsPart(starts: Uint32Array, at: number, bit: number, width: number, part: number): boolean {
  if (partOf(starts, at, bit, width) !== part) return false
  const next = bit + width
  if ((next & 31) !== 0 && starts[at + (next >> 5)]! << (next & 31) !== 0) return false
  for (let i = (next + 31) >> 5; i < 4; i++) if (starts[at + i] !== 0) return false
  return true
}
