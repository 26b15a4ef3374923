// Where things stand in a message (RFC 1035 §4.1): its names, records and rdata as bytes. dns2 decodes, but loses some of them:
// it joins labels unescaped, reads strings as UTF-8 and drops EDNS options. It also follows pointer chains of any length,
// at seconds of CPU for one crafted message, so what does not pass here must not get there.

import { MAX_NAME } from '../../core/wire/name.ts'

export interface WalkedQuestion {
  /** Uncompressed wire form. */
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
}

export interface WalkedRecord extends WalkedQuestion {
  readonly ttl: number
  /** Where the rdata starts in the message. */
  readonly dataAt: number
  readonly data: Uint8Array
}

export interface Walk {
  readonly question: readonly WalkedQuestion[]
  readonly answers: readonly WalkedRecord[]
  readonly authorities: readonly WalkedRecord[]
  readonly additionals: readonly WalkedRecord[]
  /** Bytes after the last record. */
  readonly trailing: number
}

const HEADER = 12
/** A name has at most 127 labels, and no writer needs a pointer for less than one. */
const MAX_JUMPS = 127

/** The parts of a message, or what keeps it from being one. */
export function walkMessage(bytes: Uint8Array): Walk | string {
  if (bytes.length < HEADER) return `only ${bytes.length} bytes, fewer than a header`
  let at = HEADER

  function readQuestion(): WalkedQuestion | undefined {
    const owner = readName(bytes, at)
    if (owner === undefined || owner.end + 4 > bytes.length) return undefined
    at = owner.end + 4
    return { name: owner.name, type: u16(bytes, owner.end), class: u16(bytes, owner.end + 2) }
  }

  function readRecord(): WalkedRecord | undefined {
    const head = readQuestion()
    if (head === undefined || at + 6 > bytes.length) return undefined
    const dataAt = at + 6
    const ttl = u16(bytes, at) * 65_536 + u16(bytes, at + 2)
    at = dataAt + u16(bytes, at + 4)
    if (at > bytes.length || !rdataNames(bytes, head.type, dataAt, at)) return undefined
    return { ...head, ttl, dataAt, data: bytes.subarray(dataAt, at) }
  }

  function readAll<Part>(count: number, read: () => Part | undefined): Part[] | undefined {
    const parts: Part[] = []
    for (let i = 0; i < count; i++) {
      const part = read()
      if (part === undefined) return undefined
      parts.push(part)
    }
    return parts
  }

  const question = readAll(u16(bytes, 4), readQuestion)
  const answers = question && readAll(u16(bytes, 6), readRecord)
  const authorities = answers && readAll(u16(bytes, 8), readRecord)
  const additionals = authorities && readAll(u16(bytes, 10), readRecord)
  if (additionals === undefined) return `broken at byte ${at} of ${bytes.length}`
  return { question: question!, answers: answers!, authorities: authorities!, additionals, trailing: bytes.length - at }
}

/** A name that may be compressed; `end` is where it ends in place. Undefined where it is malformed. */
export function readName(bytes: Uint8Array, start: number): { name: Uint8Array; end: number } | undefined {
  const name: number[] = []
  let at = start
  let end = -1
  let before = start
  let jumps = 0
  for (;;) {
    const length = bytes[at]
    if (length === undefined) return undefined
    if (length >= 0xc0) {
      if (at + 1 >= bytes.length) return undefined
      if (end < 0) end = at + 2
      at = u16(bytes, at) & 0x3fff
      // A pointer goes to a *prior* occurrence (RFC 1035 §4.1.4), so each must lead further back: no loops.
      if (at >= before || ++jumps > MAX_JUMPS) return undefined
      before = at
      continue
    }
    if (length > 63 || at + length >= bytes.length || name.length + length + 1 > MAX_NAME) return undefined
    for (let i = at; i <= at + length; i++) name.push(bytes[i]!)
    at += length + 1
    if (length === 0) return { name: Uint8Array.from(name), end: end < 0 ? at : end }
  }
}

/** The names in rdata, in order, of the types that dns2 reads names of; undefined where one is malformed. */
export function rdataNames(bytes: Uint8Array, type: number, dataAt: number, dataEnd: number): Uint8Array[] | undefined {
  const { skip, count } = namesIn(type)
  const names: Uint8Array[] = []
  let at = dataAt + skip
  for (let i = 0; i < count; i++) {
    const found = at < dataEnd ? readName(bytes, at) : undefined
    if (found === undefined || found.end > dataEnd) return undefined
    names.push(found.name)
    at = found.end
  }
  return names
}

/** How many bytes stand before how many names. */
function namesIn(type: number): { skip: number; count: number } {
  switch (type) {
    case 2: // NS
    case 5: // CNAME
    case 12: // PTR
      return { skip: 0, count: 1 }
    case 6: // SOA
      return { skip: 0, count: 2 }
    case 15: // MX
      return { skip: 2, count: 1 }
    case 33: // SRV
      return { skip: 6, count: 1 }
    case 46: // RRSIG
      return { skip: 18, count: 1 }
    default:
      return { skip: 0, count: 0 }
  }
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}
