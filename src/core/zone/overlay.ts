// The overlay: what stands beside the zone images and changes without a reload, in shared memory. Here are the addresses that
// targets of ALIAS records resolve to. One writer (the main thread), many readers, which are hot: they allocate nothing, never
// throw, and never wait for the writer.
//
//   header  magic, targets, mask, slots at, rows at, least TTL, TTL of what is stale, 1 spare
//   slots   open addressing: [name hash, target + 1, name at (byte)] …, at most half full
//   rows    two per target, for A and AAAA:  VERSION, 3 spare, copy 0, copy 1
//   copy    STATE, COUNT, SINCE, UNTIL, KEPT, RESOLVER, then the addresses: a word each for A, four for AAAA
//   names   lower-cased, wire
//
// VERSION says which copy counts (its last bit). The writer fills the other one and then adds one, so a reader meets a torn copy
// only where two writes fell into one reading, and then VERSION has moved: he reads again. A writer that is stopped half-way
// stops nobody. Every word is read and written by Atomics, because nothing else orders them between threads.

import { hashName } from '../wire/name.ts'
import type { NameScan } from '../wire/query.ts'

/** As many as an answer holds; the rest of a larger set is left out. */
export const MAX_ADDRESSES = 32

const HEADER = 8
const SLOT = 3
const At = { magic: 0, targets: 1, mask: 2, slots: 3, rows: 4, leastTtl: 5, staleTtl: 6 } as const
const MAGIC = 0x4d4f5631

/** Fields of a copy. Times are in seconds since the Unix epoch. */
export const Field = {
  state: 0,
  count: 1,
  /** When it was said. */
  since: 2,
  /** Until when it holds, by its TTL. */
  until: 3,
  /** Until when it may be used though nothing newer is to be had. */
  kept: 4,
  /** Which of the resolvers said it. */
  resolver: 5,
  addresses: 6,
} as const
/** Room for a copy of either family. */
export const COPY = Field.addresses + MAX_ADDRESSES * 4
const COPY_V4 = Field.addresses + MAX_ADDRESSES
const COPIES = 4
const ROW_V4 = COPIES + 2 * COPY_V4
const ROW_V6 = COPIES + 2 * COPY

/**
 * pending: nobody has asked yet. failed: asked, and there has never been an answer. nothing: the name has no such address.
 * nowhere: there is no such name.
 */
export const Resolved = { pending: 0, failed: 1, addresses: 2, nothing: 3, nowhere: 4 } as const
export type Resolved = (typeof Resolved)[keyof typeof Resolved]

export interface Overlay {
  readonly words: Int32Array
  readonly bytes: Uint8Array
}

export interface OverlayTiming {
  /** No answer says less: targets are asked for no more often. */
  readonly leastTtlSec: number
  /** Of answers whose time is over while nothing newer is to be had. */
  readonly staleTtlSec: number
}

/** What is known of one target and family. */
export interface Resolution {
  readonly state: Resolved
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[]
  readonly sinceSec: number
  readonly untilSec: number
  readonly keptSec: number
  readonly resolver: number
}

/** `names` are distinct, absolute and lower-cased; a target goes by its index among them. */
export function createOverlay(names: readonly Uint8Array[], timing: OverlayTiming): SharedArrayBuffer {
  let slots = 4
  while (slots < names.length * 2) slots *= 2
  const rowsAt = HEADER + slots * SLOT
  const namesAt = (rowsAt + names.length * (ROW_V4 + ROW_V6)) * 4
  const size = names.reduce((sum, name) => sum + name.length, namesAt)
  const image = new SharedArrayBuffer((size + 3) & ~3)
  const words = new Int32Array(image)
  const bytes = new Uint8Array(image)
  words.set([MAGIC, names.length, slots - 1, HEADER, rowsAt, timing.leastTtlSec, timing.staleTtlSec])
  let at = namesAt
  for (const [index, name] of names.entries()) {
    const hash = hashName(name) | 0
    let slot = hash & (slots - 1)
    while (words[HEADER + SLOT * slot + 1] !== 0) slot = (slot + 1) & (slots - 1)
    words.set([hash, index + 1, at], HEADER + SLOT * slot)
    bytes.set(name, at)
    at += name.length
  }
  return image
}

export function bindOverlay(image: SharedArrayBuffer): Overlay {
  const overlay = { words: new Int32Array(image), bytes: new Uint8Array(image) }
  if (overlay.words[At.magic] !== MAGIC) throw new Error('not an overlay')
  return overlay
}

export function leastTtlOf({ words }: Overlay): number {
  return words[At.leastTtl]!
}

export function staleTtlOf({ words }: Overlay): number {
  return words[At.staleTtl]!
}

/** Hot. From `nowSec` to a time in the overlay, where it stands modulo 2³²; less than 0 where it is past. */
export function secondsUntil(time: number, nowSec: number): number {
  return (time - nowSec) | 0
}

/** Hot. The target of that name; -1 where there is none. */
export function findTarget({ words, bytes }: Overlay, name: NameScan): number {
  const hash = name.hash[0]! | 0
  const mask = words[At.mask]!
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const at = HEADER + SLOT * slot
    const target = words[at + 1]! - 1
    if (target < 0) return -1
    if (words[at] === hash && isSame(bytes, words[at + 2]!, name)) return target
  }
}

function isSame(bytes: Uint8Array, at: number, { lower, length }: NameScan): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== lower[i]) return false
  return true
}

function rowAt(words: Int32Array, target: number, isV6: boolean): number {
  return words[At.rows]! + target * (ROW_V4 + ROW_V6) + (isV6 ? ROW_V4 : 0)
}

/** Hot. Copies what counts now to `into` (COPY words): `Field`s, and as many addresses as there are. */
export function readTarget({ words }: Overlay, target: number, isV6: boolean, into: Int32Array): void {
  const row = rowAt(words, target, isV6)
  const copy = isV6 ? COPY : COPY_V4
  for (;;) {
    const version = Atomics.load(words, row)
    const from = row + COPIES + (version & 1) * copy
    for (let i = 0; i < Field.addresses; i++) into[i] = Atomics.load(words, from + i)
    // A torn count must not lead out of the row.
    const size = (into[Field.count]! & 63) * (isV6 ? 4 : 1)
    for (let i = Field.addresses; i < Field.addresses + size && i < copy; i++) into[i] = Atomics.load(words, from + i)
    if (Atomics.load(words, row) === version) return
  }
}

/** For the one writer. Addresses beyond MAX_ADDRESSES are left out. */
export function writeTarget({ words }: Overlay, target: number, isV6: boolean, value: Resolution): void {
  if (!(target >= 0 && target < words[At.targets]!)) throw new RangeError(`no target ${target} in the overlay`)
  const row = rowAt(words, target, isV6)
  const version = Atomics.load(words, row)
  const to = row + COPIES + ((version + 1) & 1) * (isV6 ? COPY : COPY_V4)
  const addresses = value.addresses.slice(0, MAX_ADDRESSES)
  const fields = [value.state, addresses.length, value.sinceSec, value.untilSec, value.keptSec, value.resolver]
  for (const [i, field] of fields.entries()) Atomics.store(words, to + i, field | 0)
  let at = to + Field.addresses
  for (const address of addresses) {
    const view = new DataView(address.buffer, address.byteOffset, address.length)
    for (let i = 0; i < address.length; i += 4) Atomics.store(words, at++, view.getInt32(i))
  }
  Atomics.store(words, row, (version + 1) | 0)
}

/** A copy in which everything was said, and ends, so many seconds later: what is known now, for an answer at another time. */
export function shiftOverlay({ words }: Overlay, bySec: number): SharedArrayBuffer {
  const image = new SharedArrayBuffer(words.byteLength)
  const shifted = new Int32Array(image)
  shifted.set(words)
  for (let target = 0; target < words[At.targets]!; target++) {
    for (const isV6 of [false, true]) {
      const row = rowAt(words, target, isV6)
      const at = row + COPIES + (words[row]! & 1) * (isV6 ? COPY : COPY_V4)
      for (const field of [Field.since, Field.until, Field.kept]) shifted[at + field]! += bySec
    }
  }
  return image
}
