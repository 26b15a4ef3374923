// The OPT record of a response (RFC 6891 §6) and its options. Hot: written straight into the message, nothing allocated. OPT is the
// last record that a response gets, so an option is added by writing it behind and mending the record's length.

import { edeText, infoCodeOf } from './ede.ts'
import { EdnsOption, Type } from './message.ts'
import type { Query } from './query.ts'
import { put16, type Reply } from './reply.ts'

const HEAD = 11
const OPTION_HEAD = 4

/** Bytes that the OPT record of this response will take (RFC 6891), the Client Subnet echo included. */
export function optSize(q: Query): number {
  if (!q.hasEdns) return 0
  return HEAD + (q.hasSubnet ? 8 + ((q.subnetLength + 7) >> 3) : 0)
}

/** What an option of so many bytes takes. */
export function optionSize(length: number): number {
  return OPTION_HEAD + length
}

/** Writes the OPT record; `scope` is the prefix length the answer holds for (RFC 7871 §7.2.1). */
export function writeOpt(r: Reply, q: Query, udpSize: number, scope: number): void {
  const { bytes } = r
  const at = r.at
  r.optAt = at
  bytes[at] = 0
  put16(bytes, at + 1, Type.OPT)
  put16(bytes, at + 3, udpSize)
  bytes[at + 5] = r.rcode >>> 4
  bytes[at + 6] = 0
  put16(bytes, at + 7, q.dnssecOk ? 0x8000 : 0)
  put16(bytes, at + 9, 0)
  r.at = at + HEAD
  r.additionals++
  if (!q.hasSubnet) return
  const size = (q.subnetLength + 7) >> 3
  beginOption(r, EdnsOption.clientSubnet, 4 + size)
  put16(bytes, r.at, q.subnetFamily)
  bytes[r.at + 2] = q.subnetLength
  bytes[r.at + 3] = scope
  for (let i = 0; i < size; i++) bytes[r.at + 4 + i] = q.subnet[i]!
  r.at += 4 + size
}

/** Adds an option to the OPT record that was written last. */
export function addOption(r: Reply, code: number, data: Uint8Array, length: number): void {
  beginOption(r, code, length)
  for (let i = 0; i < length; i++) r.bytes[r.at + i] = data[i]!
  r.at += length
}

/** Adds an option that is one number of 16 bits. */
export function addNumberOption(r: Reply, code: number, value: number): void {
  beginOption(r, code, 2)
  put16(r.bytes, r.at, value)
  r.at += 2
}

/** Adds an extended error where `room` bytes hold it, without its text where they hold no more (RFC 8914 §3). */
export function addExtendedError(r: Reply, ede: number, room: number): void {
  const text = edeText(ede)
  if (room < optionSize(2)) return
  const length = room < optionSize(2 + text.length) ? 0 : text.length
  beginOption(r, EdnsOption.extendedError, 2 + length)
  put16(r.bytes, r.at, infoCodeOf(ede))
  for (let i = 0; i < length; i++) r.bytes[r.at + 2 + i] = text[i]!
  r.at += 2 + length
}

function beginOption(r: Reply, code: number, length: number): void {
  const { bytes, optAt } = r
  const before = (bytes[optAt + 9]! << 8) | bytes[optAt + 10]!
  put16(bytes, optAt + 9, before + OPTION_HEAD + length)
  put16(bytes, r.at, code)
  put16(bytes, r.at + 2, length)
  r.at += OPTION_HEAD
}
