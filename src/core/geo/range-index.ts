// The two indexes over ranges in the place image, drawn at the head of places.ts.

import type { Ranges } from './ranges.ts'

/** For each 16-bit beginning of an IPv4 address, and for what comes after the last, the range that holds its first address. */
export function indexV4(ranges: Ranges): Uint32Array {
  const table = new Uint32Array(0x10001)
  let at = 0
  for (let i = 0; i < table.length; i++) {
    while (at + 1 < ranges.count && ranges.starts[at + 1]! <= i * 0x10000) at++
    table[i] = at
  }
  return table
}

/** So many ranges after the first are left to be tried one by one: with fewer the index grows, with more the search. */
const most = 7

/** IPv6: 65536 words, then groups of 16. */
export function indexV6(ranges: Ranges): Int32Array {
  let index = new Int32Array(0x20000)
  let used = 0x10000

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
  function split(low: number, high: number, bit: number, width: 4 | 16, group: number): void {
    let at = low
    for (let part = 0; part < 2 ** width; part++) {
      if (at < high && beginsPart(ranges.starts, 4 * (at + 1), bit, width, part)) at++
      const first = at
      while (at < high && partOf(ranges.starts, 4 * (at + 1), bit, width) === part) at++
      const word = entry(first, at, bit + width)
      index[group + part] = word // not in one line: `index` may have been replaced meanwhile
    }
  }

  split(0, ranges.count - 1, 0, 16, 0)
  return index.subarray(0, used)
}

function partOf(starts: Uint32Array, at: number, bit: number, width: 4 | 16): number {
  return (starts[at + (bit >> 5)]! >>> (32 - (bit & 31) - width)) & (2 ** width - 1)
}

/** Whether the start is the very first address of the part. */
function beginsPart(starts: Uint32Array, at: number, bit: number, width: 4 | 16, part: number): boolean {
  if (partOf(starts, at, bit, width) !== part) return false
  const next = bit + width
  if ((next & 31) !== 0 && starts[at + (next >> 5)]! << (next & 31) !== 0) return false
  for (let i = (next + 31) >> 5; i < 4; i++) if (starts[at + i] !== 0) return false
  return true
}
