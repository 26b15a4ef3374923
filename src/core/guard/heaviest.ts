// Who is limited most, in a small table that one worker writes and the main thread reads: prefixes compete for places by counts
// (Boyer and Moore's vote, one ballot for each place), so whoever makes most of the flood in a place ends up holding it. Hot.
//
//   place     6 words: the prefix's two, 4 or 6, kind, count, time of the last (seconds)

const PLACES = 64
const PLACE = 6
const HIGH = 0
const LOW = 1
const FAMILY = 2
const KIND = 3
const COUNT = 4
const LAST = 5

export interface Heavy {
  readonly high: number
  readonly low: number
  readonly family: 4 | 6
  readonly kind: number
  readonly count: number
  readonly lastSec: number
}

export function createHeaviest(): SharedArrayBuffer {
  return new SharedArrayBuffer(PLACES * PLACE * 4)
}

export function noteHeavy(
  words: Int32Array,
  high: number,
  low: number,
  family: 4 | 6,
  kind: number,
  nowSec: number,
): void {
  const place = (Math.imul(high ^ Math.imul(low, 0x85ebca6b), 0x9e3779b1) >>> 26) * PLACE
  if (words[place + HIGH] === high && words[place + LOW] === low && words[place + FAMILY] === family) {
    words[place + COUNT] = (words[place + COUNT]! + 1) & 0x7fffffff
  } else if (words[place + COUNT]! > 0) {
    words[place + COUNT] = words[place + COUNT]! - 1
    return
  } else {
    words[place + HIGH] = high
    words[place + LOW] = low
    words[place + FAMILY] = family
    words[place + COUNT] = 1
  }
  words[place + KIND] = kind
  words[place + LAST] = nowSec | 0
}

/** Those that hold a place, in no order. A place that is being written is shown as it is: this is for people. */
export function readHeaviest(block: SharedArrayBuffer): Heavy[] {
  const words = new Int32Array(block)
  const found: Heavy[] = []
  for (let at = 0; at < words.length; at += PLACE) {
    const count = words[at + COUNT]!
    if (count === 0) continue
    found.push({
      high: words[at + HIGH]!,
      low: words[at + LOW]!,
      family: words[at + FAMILY] === 6 ? 6 : 4,
      kind: words[at + KIND]!,
      count,
      lastSec: words[at + LAST]! >>> 0,
    })
  }
  return found
}
