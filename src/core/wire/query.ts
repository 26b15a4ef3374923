// Decoding a request (RFC 1035 §4.1, RFC 6891, RFC 7871 §6). Runs for every packet: it reuses one Query, allocates nothing
// and never throws, because hostile bytes are a normal case here and not an exceptional one.

import { CLIENT_COOKIE, MAX_COOKIE } from './cookie.ts'
import { EdnsOption, Flag, HEADER, Type } from './message.ts'
import { HASH_STEP, MAX_NAME, ROOT_HASH } from './name.ts'

/** `cookieOnly`: no question, but a cookie to be answered with ours (RFC 7873 §5.4). */
export const Decoded = { ok: 0, drop: 1, formErr: 2, notImp: 3, cookieOnly: 4 } as const
export type Decoded = (typeof Decoded)[keyof typeof Decoded]

/** Options of the request that the response answers with one of its own: bits of `Query.wants`. */
export const Wants = { nsid: 1, cookie: 2, keepalive: 4 } as const

/** A lower-cased name with the hashes of all its ancestors, ready for lookups. */
export interface NameScan {
  readonly lower: Uint8Array
  /** The same bytes, as words. */
  readonly words: Uint32Array
  length: number
  /** Labels without the root. */
  labels: number
  /** Where label i starts in `lower`; entry `labels` is the root. */
  readonly labelAt: Uint8Array
  /** Hash of the name that starts with label i. */
  readonly hash: Uint32Array
}

export interface Query {
  id: number
  flags: number
  opcode: number
  /** Whether the question was readable, so that it may be echoed. */
  hasQuestion: boolean
  readonly name: NameScan
  type: number
  class: number
  hasEdns: boolean
  ednsVersion: number
  /** What the client says it can take, 512 at least. */
  udpSize: number
  dnssecOk: boolean
  /** Bits of `Wants`. */
  wants: number
  /** The cookie option: 8 bytes, or 16 to 40. */
  readonly cookie: Uint8Array
  cookieLength: number
  /** Client Subnet as it came, to be echoed bit for bit. */
  hasSubnet: boolean
  subnetFamily: number
  subnetLength: number
  readonly subnet: Uint8Array
}

export function openNameScan(): NameScan {
  const lower = new Uint8Array(MAX_NAME + 1)
  return {
    lower,
    words: new Uint32Array(lower.buffer),
    length: 0,
    labels: 0,
    labelAt: new Uint8Array(129),
    hash: new Uint32Array(129),
  }
}

export function openQuery(): Query {
  return {
    id: 0,
    flags: 0,
    opcode: 0,
    hasQuestion: false,
    name: openNameScan(),
    type: 0,
    class: 0,
    hasEdns: false,
    ednsVersion: 0,
    udpSize: 512,
    dnssecOk: false,
    wants: 0,
    cookie: new Uint8Array(MAX_COOKIE),
    cookieLength: 0,
    hasSubnet: false,
    subnetFamily: 0,
    subnetLength: 0,
    subnet: new Uint8Array(16),
  }
}

/** Decodes the `length` bytes from `at`. On `formErr` and `notImp` the header is valid, and the question where `hasQuestion`. */
export function decodeQuery(bytes: Uint8Array, at: number, length: number, q: Query): Decoded {
  q.hasQuestion = false
  q.hasEdns = false
  q.hasSubnet = false
  q.wants = 0
  q.udpSize = 512
  if (length < HEADER) return Decoded.drop
  q.id = u16(bytes, at)
  q.flags = u16(bytes, at + 2)
  if (q.flags & Flag.qr) return Decoded.drop // a response: answering it could start a loop between servers
  q.opcode = (q.flags >>> 11) & 15
  const decoded = decodeBody(bytes, at, at + length, q)
  // Another opcode may mean its sections otherwise; what could be read of them is echoed (RFC 6891 §7: OPT is answered by OPT).
  return q.opcode === 0 ? decoded : Decoded.notImp
}

function decodeBody(bytes: Uint8Array, at: number, end: number, q: Query): Decoded {
  const questions = u16(bytes, at + 4)
  const ordinary = u16(bytes, at + 6) + u16(bytes, at + 8)
  const additional = u16(bytes, at + 10)
  if (questions !== 1) {
    if (questions > 1) return Decoded.formErr // RFC 9619
    const decoded = decodeRecords(bytes, at + HEADER, end, ordinary, additional, q)
    return decoded === Decoded.ok && q.wants & Wants.cookie ? Decoded.cookieOnly : Decoded.formErr
  }
  const next = scanName(bytes, at + HEADER, end, q.name)
  if (next < 0 || next + 4 > end) return Decoded.formErr
  q.type = u16(bytes, next)
  q.class = u16(bytes, next + 2)
  q.hasQuestion = true
  // Almost every query ends here, or holds nothing more than one OPT record.
  if ((ordinary | additional) === 0) return next + 4 === end ? Decoded.ok : Decoded.formErr
  return decodeRecords(bytes, next + 4, end, ordinary, additional, q)
}

/** Reads an uncompressed name into `scan`; returns the position after it, or -1 where it is malformed. */
export function scanName(bytes: Uint8Array, at: number, end: number, scan: NameScan): number {
  const { lower, labelAt, hash } = scan
  let from = at
  let to = 0
  let labels = 0
  for (;;) {
    if (from >= end) return -1
    const length = bytes[from]!
    labelAt[labels] = to
    if (length === 0) break
    // Longer than 63 is a pointer or reserved; the first name in a message has nothing earlier to point at.
    if (length > 63 || from + length >= end || to + length + 2 > MAX_NAME) return -1
    to += 1 + length
    from += 1 + length
    labels++
  }
  lower[to] = 0
  scan.length = to + 1
  scan.labels = labels
  // Each byte is read once: made small, kept, and hashed as `hashLabel` does.
  let suffix = ROOT_HASH | 0
  hash[labels] = suffix
  for (let label = labels - 1; label >= 0; label--) {
    for (let i = labelAt[label]!; i < to; i++) {
      const byte = bytes[at + i]!
      const small = byte >= 65 && byte <= 90 ? byte + 32 : byte
      lower[i] = small
      suffix = Math.imul(suffix ^ small, HASH_STEP)
    }
    to = labelAt[label]!
    suffix ^= suffix >>> 15
    hash[label] = suffix
  }
  return from + 1
}

function decodeRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  ordinary: number,
  additional: number,
  q: Query,
): Decoded {
  let at = start
  const records = ordinary + additional
  for (let i = 0; i < records; i++) {
    const owner = at
    at = skipName(bytes, at, end)
    if (at < 0 || at + 10 > end) return Decoded.formErr
    const dataAt = at + 10
    const dataEnd = dataAt + u16(bytes, at + 8)
    if (dataEnd > end) return Decoded.formErr
    if (u16(bytes, at) === Type.OPT) {
      // One OPT, owned by the root, in the additional section (RFC 6891 §6.1.1).
      if (q.hasEdns || bytes[owner] !== 0 || i < ordinary) {
        // Which of two would be meant is not known, so neither is answered: so do BIND, Knot and NSD.
        q.hasEdns = false
        return Decoded.formErr
      }
      q.hasEdns = true
      const size = u16(bytes, at + 2)
      q.udpSize = size < 512 ? 512 : size
      q.ednsVersion = bytes[at + 5]!
      q.dnssecOk = (bytes[at + 6]! & 0x80) !== 0
      // Options of another version may mean something else (RFC 6891 §6.1.3).
      if (q.ednsVersion === 0 && !decodeOptions(bytes, dataAt, dataEnd, q)) return Decoded.formErr
    }
    at = dataEnd
  }
  return at === end ? Decoded.ok : Decoded.formErr
}

function decodeOptions(bytes: Uint8Array, start: number, end: number, q: Query): boolean {
  let at = start
  while (at < end) {
    if (at + 4 > end) return false
    const code = u16(bytes, at)
    const next = at + 4 + u16(bytes, at + 2)
    if (next > end) return false
    if (!decodeOption(bytes, at + 4, next, code, q)) return false
    at = next
  }
  return true
}

/** False where an option is malformed. One that nobody here knows is passed over (RFC 6891 §6.1.2), and so is a second of a kind. */
function decodeOption(bytes: Uint8Array, at: number, end: number, code: number, q: Query): boolean {
  if (code === EdnsOption.clientSubnet) return q.hasSubnet || decodeSubnet(bytes, at, end, q)
  if (code === EdnsOption.cookie) return (q.wants & Wants.cookie) !== 0 || decodeCookie(bytes, at, end, q)
  // What stands in these two is no matter of the server's (RFC 5001 §2.1).
  if (code === EdnsOption.nsid) q.wants |= Wants.nsid
  else if (code === EdnsOption.tcpKeepalive) q.wants |= Wants.keepalive
  return true
}

/** RFC 7873 §5.2.2: a client cookie alone, or with a server cookie of 8 to 32 bytes. */
function decodeCookie(bytes: Uint8Array, at: number, end: number, q: Query): boolean {
  const size = end - at
  if (size !== CLIENT_COOKIE && (size < 2 * CLIENT_COOKIE || size > MAX_COOKIE)) return false
  for (let i = 0; i < size; i++) q.cookie[i] = bytes[at + i]!
  q.cookieLength = size
  q.wants |= Wants.cookie
  return true
}

/** RFC 7871 §6: the address is cut to whole bytes, what it holds beyond the prefix is zero, and the scope of a query is 0. */
function decodeSubnet(bytes: Uint8Array, at: number, end: number, q: Query): boolean {
  if (end - at < 4) return false
  const family = u16(bytes, at)
  const length = bytes[at + 2]!
  const most = family === 1 ? 32 : family === 2 ? 128 : 0
  if (length > most || bytes[at + 3] !== 0) return false
  const size = (length + 7) >> 3
  if (end - at - 4 !== size) return false
  if (length & 7 && bytes[end - 1]! & (0xff >> (length & 7))) return false
  for (let i = 0; i < 16; i++) q.subnet[i] = i < size ? bytes[at + 4 + i]! : 0
  q.hasSubnet = true
  q.subnetFamily = family
  q.subnetLength = length
  return true
}

/** The position after a name that may be compressed, or -1. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const length = bytes[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1
    if (length > 63) return -1
    at += 1 + length
  }
  return -1
}

/** Whether a type is about messages and not about data (RFC 6895 §3.1), ANY excepted. Type 0 is data that no zone has. */
export function isMetaType(type: number): boolean {
  return type === Type.OPT || (type >= 128 && type < Type.ANY)
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}
