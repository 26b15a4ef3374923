// The RRsets of one name after the other, in arrays that are used again: one TTL for a set, the lowest (RFC 2181 §5.2), and no
// record twice (§5), names in its data compared without case (RFC 4343 §3).

import { lowerByte } from '../wire/name.ts'
import { typeByCode } from '../wire/rdata/index.ts'
import type { Names } from './names.ts'
import { rdataAtOf, rdataLengthOf, rdataOf, type Records, ttlOf, typeOf } from './records.ts'

export interface Sets {
  count: number
  /** By set, in the order in which the types came up. */
  type: Uint16Array
  ttl: Uint32Array
  /** Where its records end; they begin where those of the set before do. */
  end: Uint32Array
  /** Records, set by set, in the order read. */
  records: Uint32Array
  used: number
}

/** Comparing each with each is cheaper up to this many. */
const FEW = 16

export function openSets(): Sets {
  const room = 16
  const [type, ttl, end, records] = [
    new Uint16Array(room),
    new Uint32Array(room),
    new Uint32Array(room),
    new Uint32Array(room),
  ]
  return { count: 0, type, ttl, end, records, used: 0 }
}

export function gatherSets(sets: Sets, names: Names, name: number): void {
  const { records, next, first } = names
  sets.count = 0
  sets.used = 0
  for (let i = first[name]!; i >= 0; i = next[i]!) if (!hasType(sets, typeOf(records, i))) gatherSet(sets, names, i)
}

function hasType({ type, count }: Sets, wanted: number): boolean {
  for (let i = 0; i < count; i++) if (type[i] === wanted) return true
  return false
}

/** The set that begins with record `first`. */
function gatherSet(sets: Sets, { records, next }: Names, first: number): void {
  const type = typeOf(records, first)
  const start = sets.used
  let ttl = ttlOf(records, first)
  let seen: Set<string> | undefined
  for (let i = first; i >= 0; i = next[i]!) {
    if (typeOf(records, i) !== type) continue
    ttl = Math.min(ttl, ttlOf(records, i))
    if (sets.used - start < FEW) {
      if (isRepeated(sets, records, start, i)) continue
    } else {
      seen ??= new Set(Array.from(sets.records.subarray(start, sets.used), (record) => rdataKey(records, record)))
      const key = rdataKey(records, i)
      if (seen.has(key)) continue
      seen.add(key)
    }
    if (sets.used === sets.records.length) sets.records = larger(sets.records, new Uint32Array(sets.used * 2))
    sets.records[sets.used++] = i
  }
  if (sets.count === sets.type.length) {
    sets.type = larger(sets.type, new Uint16Array(sets.count * 2))
    sets.ttl = larger(sets.ttl, new Uint32Array(sets.count * 2))
    sets.end = larger(sets.end, new Uint32Array(sets.count * 2))
  }
  sets.type[sets.count] = type
  sets.ttl[sets.count] = ttl
  sets.end[sets.count++] = sets.used
}

function larger<Numbers extends Uint16Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}

function isRepeated(sets: Sets, records: Records, start: number, record: number): boolean {
  for (let i = start; i < sets.used; i++) if (isEqual(records, sets.records[i]!, record)) return true
  return false
}

function isEqual(records: Records, a: number, b: number): boolean {
  const length = rdataLengthOf(records, a)
  if (rdataLengthOf(records, b) !== length) return false
  const [from, other] = [rdataAtOf(records, a), rdataAtOf(records, b)]
  let isCased = false
  for (let i = 0; i < length; i++) {
    const [left, right] = [records.bytes[from + i]!, records.bytes[other + i]!]
    if (left === right) continue
    if (lowerByte(left) !== lowerByte(right)) return false
    isCased = true
  }
  return !isCased || rdataKey(records, a) === rdataKey(records, b)
}

/** Equal for records of one type that are the same. */
export function rdataKey(records: Records, i: number): string {
  const rdata = rdataOf(records, i).slice()
  for (let at of typeByCode(typeOf(records, i)).nameOffsets(rdata))
    for (; rdata[at] !== 0; at++) rdata[at] = lowerByte(rdata[at]!)
  return rdata.join()
}
