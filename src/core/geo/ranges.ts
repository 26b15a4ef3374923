// A map of the whole address space as ranges: where each begins, in ascending order, and the value that holds from there
// to the next. Databases and own networks become such lists, and laying one over another is one sweep over both.
// Neighbours always differ in value, so that a range is as wide as it can be.

export interface Ranges {
  /** 32-bit words in an address: 1 for IPv4, 4 for IPv6. */
  readonly width: 1 | 4
  readonly count: number
  /** `width` words for each range, most significant first; the first range begins at 0. */
  readonly starts: Uint32Array
  readonly values: Uint32Array
}

export interface RangeWriter {
  readonly width: 1 | 4
  count: number
  starts: Uint32Array
  values: Uint32Array
}

export function openRanges(width: 1 | 4, expected = 1024): RangeWriter {
  return { width, count: 0, starts: new Uint32Array(expected * width), values: new Uint32Array(expected) }
}

/** From the `width` words at `at` on, `value` holds. Starts must ascend; a start that is repeated replaces. */
export function writeRange(writer: RangeWriter, words: Uint32Array, at: number, value: number): void {
  const { width } = writer
  if (writer.count > 0 && startsAt(writer, writer.count - 1, words, at)) writer.count--
  if (writer.count > 0 && writer.values[writer.count - 1] === value) return
  if (writer.count === writer.values.length) grow(writer)
  const to = writer.count * width
  for (let i = 0; i < width; i++) writer.starts[to + i] = words[at + i]!
  writer.values[writer.count++] = value
}

function startsAt(ranges: Ranges, index: number, words: Uint32Array, at: number): boolean {
  const from = index * ranges.width
  for (let i = 0; i < ranges.width; i++) if (ranges.starts[from + i] !== words[at + i]) return false
  return true
}

function grow(writer: RangeWriter): void {
  const starts = new Uint32Array(writer.starts.length * 2)
  const values = new Uint32Array(writer.values.length * 2)
  starts.set(writer.starts)
  values.set(writer.values)
  writer.starts = starts
  writer.values = values
}

/** One value for every address. */
export function everywhere(width: 1 | 4, value: number): Ranges {
  const writer = openRanges(width, 1)
  writeRange(writer, new Uint32Array(width), 0, value)
  return writer
}

/** Two maps into one: each address gets `combine(its value in a, its value in b)`. */
export function mergeRanges(a: Ranges, b: Ranges, combine: (a: number, b: number) => number): Ranges {
  const { width } = a
  const writer = openRanges(width, Math.max(1, a.count + b.count))
  let i = 0
  let j = 0
  while (i < a.count || j < b.count) {
    const order = compareStarts(a, i, b, j)
    if (order <= 0) i++
    if (order >= 0) j++
    const from = order <= 0 ? a : b
    const value = combine(a.values[i - 1]!, b.values[j - 1]!)
    writeRange(writer, from.starts, ((order <= 0 ? i : j) - 1) * width, value)
  }
  return writer
}

/** Where a list has ended, the other is the next. */
function compareStarts(a: Ranges, i: number, b: Ranges, j: number): number {
  if (i === a.count) return 1
  if (j === b.count) return -1
  const { width } = a
  for (let k = 0; k < width; k++) {
    const difference = a.starts[i * width + k]! - b.starts[j * width + k]!
    if (difference !== 0) return difference
  }
  return 0
}

/** The same map with other values. */
export function mapRanges(ranges: Ranges, change: (value: number) => number): Ranges {
  const writer = openRanges(ranges.width, Math.max(1, ranges.count))
  for (let i = 0; i < ranges.count; i++) {
    writeRange(writer, ranges.starts, i * ranges.width, change(ranges.values[i]!))
  }
  return writer
}

/** One range to be laid over the rest: `length` leading bits of `words` are those of its addresses. */
export interface PrefixValue {
  readonly words: Uint32Array
  readonly length: number
  readonly value: number
}

/**
 * Prefixes, one inside another or apart, into a map where the innermost holds; `background` where there is none.
 * They must come in the order of `comparePrefixes`, without repetitions.
 */
export function nestPrefixes(width: 1 | 4, prefixes: readonly PrefixValue[], background: number): Ranges {
  const writer = openRanges(width, 2 * prefixes.length + 1)
  writeRange(writer, new Uint32Array(width), 0, background)
  const open: PrefixValue[] = []
  const end = new Uint32Array(width)
  const close = (): void => {
    const inner = open.pop()!
    if (nextAfter(inner, end)) writeRange(writer, end, 0, open.at(-1)?.value ?? background)
  }
  for (const prefix of prefixes) {
    while (open.length > 0 && !prefixContains(open.at(-1)!, prefix)) close()
    writeRange(writer, prefix.words, 0, prefix.value)
    open.push(prefix)
  }
  while (open.length > 0) close()
  return writer
}

/** By first address, the wider first. */
export function comparePrefixes(a: PrefixValue, b: PrefixValue): number {
  for (let i = 0; i < a.words.length; i++) {
    const difference = a.words[i]! - b.words[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function prefixContains(outer: PrefixValue, inner: PrefixValue): boolean {
  if (outer.length > inner.length) return false
  for (let i = 0; i < outer.words.length && 32 * i < outer.length; i++) {
    const left = outer.length - 32 * i
    const mask = left >= 32 ? 0xffffffff : ~(0xffffffff >>> left)
    if (((outer.words[i]! ^ inner.words[i]!) & mask) !== 0) return false
  }
  return true
}

/** The first address after a prefix; false where the prefix reaches to the very end. */
function nextAfter(prefix: PrefixValue, into: Uint32Array): boolean {
  into.set(prefix.words)
  let at = (prefix.length - 1) >> 5
  let step = 2 ** (31 - ((prefix.length - 1) & 31))
  for (; at >= 0; at--) {
    const sum = into[at]! + step
    into[at] = sum % 2 ** 32
    if (sum < 2 ** 32) return true
    step = 1
  }
  return false
}

/** 4 or 16 bytes as 1 or 4 words. */
export function addressWords(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(bytes.length >> 2)
  for (let i = 0; i < bytes.length; i++) words[i >> 2] = ((words[i >> 2]! << 8) | bytes[i]!) >>> 0
  return words
}
