// The records of a zone as they were read, packed: a million of them are a few arrays and not a million objects.
//
//   bytes:  owner name (as written) · rdata (wire, uncompressed), one after the other; equal owners in a row once
//   words:  WORDS per record: owner at, rdata at, rdata length, type, ttl, file, line, col

import { nameLength } from '../wire/name.ts'

const WORDS = 8

export interface Records {
  bytes: Uint8Array
  usedBytes: number
  words: Uint32Array
  count: number
  /** Files that records came from; a record names its file by index. */
  readonly files: string[]
}

export interface RecordPlace {
  readonly file: string
  readonly line: number
  readonly col: number
}

export function openRecords(): Records {
  return { bytes: new Uint8Array(4096), usedBytes: 0, words: new Uint32Array(64 * WORDS), count: 0, files: [] }
}

/** Appends a record. `owner` is absolute and in wire form, `rdata` uncompressed, `ttlSec` below 2^31. */
export function addRecord(
  records: Records,
  owner: Uint8Array,
  type: number,
  ttlSec: number,
  rdata: Uint8Array,
  place: RecordPlace,
): void {
  if ((records.count + 1) * WORDS > records.words.length) {
    const larger = new Uint32Array(records.words.length * 2)
    larger.set(records.words)
    records.words = larger
  }
  let file = records.files.lastIndexOf(place.file)
  if (file < 0) file = records.files.push(place.file) - 1
  const ownerAt = hasLastOwner(records, owner) ? records.words[(records.count - 1) * WORDS]! : addBytes(records, owner)
  const rdataAt = addBytes(records, rdata)
  const { words } = records
  const at = records.count++ * WORDS
  words[at] = ownerAt
  words[at + 1] = rdataAt
  words[at + 2] = rdata.length
  words[at + 3] = type
  words[at + 4] = ttlSec
  words[at + 5] = file
  words[at + 6] = place.line
  words[at + 7] = place.col
}

/** Appends bytes that are no record, such as a name without any; returns where they stand. */
export function addBytes(records: Records, added: Uint8Array): number {
  const { usedBytes } = records
  if (usedBytes + added.length > records.bytes.length) {
    const larger = new Uint8Array(Math.max(records.bytes.length * 2, usedBytes + added.length))
    larger.set(records.bytes)
    records.bytes = larger
  }
  records.bytes.set(added, usedBytes)
  records.usedBytes += added.length
  return usedBytes
}

/** Whether the record before has this very owner: then its bytes serve for both. */
function hasLastOwner({ bytes, words, count }: Records, owner: Uint8Array): boolean {
  if (count === 0) return false
  const at = words[(count - 1) * WORDS]!
  for (let i = 0; i < owner.length; i++) if (bytes[at + i] !== owner[i]) return false
  return true
}

/** Where the owner begins in the bytes: equal for records in a row that have the same. */
export function ownerAtOf(records: Records, i: number): number {
  return records.words[i * WORDS]!
}

/** The owner in wire form, as written. A view: copy it to keep it. */
export function ownerOf(records: Records, i: number): Uint8Array {
  const at = records.words[i * WORDS]!
  return records.bytes.subarray(at, at + nameLength(records.bytes, at))
}

export function rdataOf(records: Records, i: number): Uint8Array {
  const at = records.words[i * WORDS + 1]!
  return records.bytes.subarray(at, at + records.words[i * WORDS + 2]!)
}

export function rdataAtOf(records: Records, i: number): number {
  return records.words[i * WORDS + 1]!
}

export function rdataLengthOf(records: Records, i: number): number {
  return records.words[i * WORDS + 2]!
}

export function typeOf(records: Records, i: number): number {
  return records.words[i * WORDS + 3]!
}

export function ttlOf(records: Records, i: number): number {
  return records.words[i * WORDS + 4]!
}

export function placeOf(records: Records, i: number): RecordPlace {
  const at = i * WORDS
  return { file: records.files[records.words[at + 5]!]!, line: records.words[at + 6]!, col: records.words[at + 7]! }
}
