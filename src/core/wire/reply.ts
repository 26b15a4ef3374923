// Writing a response (RFC 1035 §4.1, compression §4.1.4). Hot: one Reply is reused for all responses of a thread; it
// allocates nothing and never throws. What does not fit sets `overflowed`, and the caller decides what truncation means.
//
// Names are compressed against the question and against names written before them. Owners are nearly always the
// question's name, so the common record starts with a constant pointer and sees none of that machinery. Nothing is hashed for
// it: with the question a name is compared from the right, and few names are written before.

import { Flag, HEADER } from './message.ts'
import type { NameScan, Query } from './query.ts'

const MAX_NAMES = 128
/** Offsets above this do not fit into a pointer. */
const MAX_POINTER = 0x3fff
export const OWNER_IS_QUESTION = HEADER

export interface Reply {
  bytes: Uint8Array
  /** Where the message starts in `bytes`. */
  start: number
  /** Where the next byte goes. */
  at: number
  /** The end of what the client can take. */
  limit: number
  /** The end of the buffer: a record may be written past `limit` before it is taken back. */
  end: number
  overflowed: boolean
  rcode: number
  flags: number
  answers: number
  authorities: number
  additionals: number
  /** What stays of a response that grows too long: up to here, with so many answers and names. */
  keptAt: number
  keptAnswers: number
  keptNames: number
  /** Where the OPT record stands in `bytes`, once it is written. */
  optAt: number
  /** Names in the message, for compression: the key of each (`keyOf`), and its offset from `start`. */
  names: number
  readonly nameKey: Int32Array
  readonly nameAt: Uint16Array
  /** Where the labels of the name begin that is being written; behind them the root. */
  readonly labelAt: Uint8Array
}

export function openReply(): Reply {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    at: 0,
    limit: 0,
    end: 0,
    overflowed: false,
    rcode: 0,
    flags: 0,
    answers: 0,
    authorities: 0,
    additionals: 0,
    keptAt: 0,
    keptAnswers: 0,
    keptNames: 0,
    optAt: 0,
    names: 0,
    nameKey: new Int32Array(MAX_NAMES),
    nameAt: new Uint16Array(MAX_NAMES),
    labelAt: new Uint8Array(129),
  }
}

/** Echoes the question byte for byte, its case included (RFC 1034 §3.1, 0x20). `request` starts at `requestAt`. */
export function startReply(r: Reply, request: Uint8Array, requestAt: number, q: Query): void {
  r.overflowed = false
  r.answers = 0
  r.authorities = 0
  r.additionals = 0
  r.names = 0
  r.at = r.start + HEADER
  if (q.hasQuestion) {
    const size = q.name.length + 4
    for (let i = 0; i < size; i++) r.bytes[r.at + i] = request[requestAt + HEADER + i]!
    r.at += size
  }
  r.keptAt = r.at
  r.keptAnswers = 0
  r.keptNames = 0
}

/** What has been written so far stays even if more does not fit: a whole answer section, before what goes with it (RFC 2181 §9). */
export function keepReply(r: Reply): void {
  if (r.overflowed || r.at > r.limit) return
  r.keptAt = r.at
  r.keptAnswers = r.answers
  r.keptNames = r.names
}

/** Takes back everything after the question, or after what was kept, for a truncated response. */
export function cutReply(r: Reply): void {
  r.overflowed = false
  r.at = r.keptAt
  r.answers = r.keptAnswers
  r.names = r.keptNames
  r.authorities = 0
  r.additionals = 0
}

/** Takes everything after the question back, what was kept too: for a refused response. */
export function emptyReply(r: Reply, q: Query): void {
  r.keptAt = r.start + HEADER + (q.hasQuestion ? q.name.length + 4 : 0)
  r.keptAnswers = 0
  r.keptNames = 0
  cutReply(r)
}

/** Writes the header over the finished sections and returns the response's length. */
export function finishReply(r: Reply, q: Query): number {
  const { bytes, start } = r
  put16(bytes, start, q.id)
  put16(bytes, start + 2, Flag.qr | (q.flags & (0x7800 | Flag.rd)) | r.flags | (r.rcode & 15))
  put16(bytes, start + 4, q.hasQuestion ? 1 : 0)
  put16(bytes, start + 6, r.answers)
  put16(bytes, start + 8, r.authorities)
  put16(bytes, start + 10, r.additionals)
  return r.at - start
}

/** The fixed part of a record whose owner stands at offset `owner` of the message. Check `fits` before. */
export function writeHead(r: Reply, owner: number, type: number, ttlSec: number, dataLength: number): void {
  const { bytes, at } = r
  bytes[at] = 0xc0 | (owner >>> 8)
  bytes[at + 1] = owner
  bytes[at + 2] = type >>> 8
  bytes[at + 3] = type
  bytes[at + 4] = 0
  bytes[at + 5] = 1
  bytes[at + 6] = ttlSec >>> 24
  bytes[at + 7] = ttlSec >>> 16
  bytes[at + 8] = ttlSec >>> 8
  bytes[at + 9] = ttlSec
  bytes[at + 10] = dataLength >>> 8
  bytes[at + 11] = dataLength
  r.at = at + 12
}

/** Type, class, TTL and an open length, after an owner that was written as a name. */
export function writeHeadAfterName(r: Reply, type: number, ttlSec: number): void {
  put16(r.bytes, r.at, type)
  put16(r.bytes, r.at + 2, 1)
  put32(r.bytes, r.at + 4, ttlSec)
  r.at += 10
}

/** Whether `size` more bytes can be written at all; the client's limit is looked at after a record is complete. */
export function fits(r: Reply, size: number): boolean {
  if (r.at + size <= r.end) return true
  r.overflowed = true
  return false
}

export function writeBytes(r: Reply, from: Uint8Array, at: number, length: number): void {
  const { bytes } = r
  const to = r.at
  for (let i = 0; i < length; i++) bytes[to + i] = from[at + i]!
  r.at = to + length
}

/**
 * Writes a name, compressed against the question (where there is one) and the names before it. `from` at `at` is an
 * uncompressed name. Returns the offset at which this name can be pointed at.
 */
export function writeName(r: Reply, q: Query, from: Uint8Array, at: number): number {
  const { labelAt } = r
  const labels = scanLabels(r, from, at)
  const length = labelAt[labels]!
  // An address's owner, say, which stands in a record before it.
  const again = writtenBefore(r, from, at, length)
  if (again !== 0) return writePointer(r, again)
  const offset = r.at - r.start
  // Searched first and registered afterwards: a name that is only half written must not be compared with.
  let own = labels
  let known = 0
  if (q.hasQuestion) {
    const shared = sharedLabels(q.name, from, at, labelAt, labels)
    own -= shared
    if (shared > 0) known = HEADER + q.name.labelAt[q.name.labels - shared]!
  }
  for (let i = 1; i < own; i++) {
    const found = writtenBefore(r, from, at + labelAt[i]!, length - labelAt[i]!)
    if (found === 0) continue
    own = i
    known = found
  }
  if (own === 0 && labels > 0) return writePointer(r, known)
  const ownLength = labelAt[own]!
  writeBytes(r, from, at, ownLength)
  if (known !== 0) writePointer(r, known)
  else r.bytes[r.at++] = 0
  for (let i = 0; i < own && r.names < MAX_NAMES && offset + labelAt[i]! <= MAX_POINTER; i++) {
    r.nameKey[r.names] = keyOf(from, at + labelAt[i]!, length - labelAt[i]!)
    r.nameAt[r.names++] = offset + labelAt[i]!
  }
  return offset
}

function writePointer(r: Reply, to: number): number {
  put16(r.bytes, r.at, 0xc000 | to)
  r.at += 2
  return to
}

/** The offset of an equal name in the message, 0 where there is none. */
export function offsetOf(r: Reply, q: Query, from: Uint8Array, at: number): number {
  const { labelAt } = r
  const labels = scanLabels(r, from, at)
  // The root at its end included: the apex of the root zone is found like any other.
  if (q.hasQuestion && sharedLabels(q.name, from, at, labelAt, labels) === labels)
    return HEADER + q.name.labelAt[q.name.labels - labels]!
  return writtenBefore(r, from, at, labelAt[labels]!)
}

/** Finds the labels of the plain name at `from`/`at`. Returns how many there are without the root. */
function scanLabels({ labelAt }: Reply, from: Uint8Array, at: number): number {
  let labels = 0
  let next = 0
  for (let size = from[at]!; size !== 0; size = from[at + next]!) {
    labelAt[labels++] = next
    next += 1 + size
  }
  labelAt[labels] = next
  return labels
}

/** How many labels at its end, the root left out, a name has in common with the question's. */
function sharedLabels(asked: NameScan, from: Uint8Array, at: number, labelAt: Uint8Array, labels: number): number {
  const { lower } = asked
  let shared = 0
  for (let i = labels - 1, j = asked.labels - 1; i >= 0 && j >= 0; i--, j--, shared++) {
    const own = at + labelAt[i]!
    const other = asked.labelAt[j]!
    const size = lower[other]!
    if (from[own] !== size) break
    let k = 1
    while (k <= size && fold(from[own + k]!) === lower[other + k]) k++
    if (k <= size) break
  }
  return shared
}

/** The offset at which a name of `size` bytes, its root left out, was written before; 0 where it was not. */
function writtenBefore(r: Reply, from: Uint8Array, at: number, size: number): number {
  if (r.names === 0 || size === 0) return 0
  const key = keyOf(from, at, size)
  for (let i = 0; i < r.names; i++) if (r.nameKey[i] === key && isNameAt(r, r.nameAt[i]!, from, at)) return r.nameAt[i]!
  return 0
}

/** Tells nearly all names of a message apart: the size, and two bytes of the first label, which is where they differ. */
function keyOf(from: Uint8Array, at: number, size: number): number {
  return (size << 16) | (fold(from[at + 1]!) << 8) | fold(from[at + from[at]!]!)
}

/** Whether the (possibly compressed) name at `offset` of the message equals the plain one at `from`/`at`. */
function isNameAt(r: Reply, offset: number, from: Uint8Array, at: number): boolean {
  const { bytes, start } = r
  let here = start + offset
  let there = at
  for (;;) {
    let length = bytes[here]!
    while (length >= 0xc0) {
      here = start + (((length & 0x3f) << 8) | bytes[here + 1]!)
      length = bytes[here]!
    }
    if (length !== from[there]) return false
    if (length === 0) return true
    for (let i = 1; i <= length; i++) if (fold(bytes[here + i]!) !== fold(from[there + i]!)) return false
    here += 1 + length
    there += 1 + length
  }
}

function fold(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
