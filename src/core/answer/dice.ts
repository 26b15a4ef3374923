// The dice: a keyed hash in place of chance, so that replicas agree, A and AAAA fall on the same pool, caches see what the
// scope promises and `explain` repeats what the wire said. Hot: allocates nothing.
//
// key of a draw: secret · service · client's prefix · time slot · node of the tree
//
// A slot lasts one TTL and starts at another moment for each client, so that not everybody moves at once.

import { readSipKey, type SipKey, siphash } from '../base/siphash.ts'
import { put32 } from '../wire/reply.ts'

export interface Dice {
  readonly key: SipKey
  /** service key (8) · family (1) · prefix length (1) · prefix (16) */
  readonly message: Uint8Array
  readonly state: { lo: number; hi: number }
  /** Bytes of the prefix that may be other than 0. */
  size: number
  a: number
  b: number
  /** The slot that was drawn for, for `explain`. */
  slot: number
  /** Of the client's bucket, whatever the time; set by `throwBucket`. */
  bucketA: number
  bucketB: number
}

export function openDice(secret: Uint8Array): Dice {
  return {
    key: readSipKey(secret),
    message: new Uint8Array(26),
    state: { lo: 0, hi: 0 },
    size: 0,
    a: 0,
    b: 0,
    slot: 0,
    bucketA: 0,
    bucketB: 0,
  }
}

/** Seeds the dice for one service and one client: the first `length` bits of the address at `bytes`/`at`. */
export function throwDice(
  dice: Dice,
  keyLo: number,
  keyHi: number,
  family: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  nowSec: number,
  ttlSec: number,
): void {
  const { message, state } = dice
  put32(message, 0, keyLo)
  put32(message, 4, keyHi)
  message[8] = family
  message[9] = length
  const size = family === 4 ? 4 : 16
  const whole = length >> 3
  for (let i = 0; i < size; i++) message[10 + i] = i < whole ? bytes[at + i]! : 0
  if (length & 7) message[10 + whole] = bytes[at + whole]! & (0xff00 >> (length & 7))
  // What an IPv6 prefix has left behind.
  if (size < dice.size) for (let i = size; i < 16; i++) message[10 + i] = 0
  dice.size = size
  siphash(dice.key, message, 0, 26, state)
  const span = ttlSec < 1 ? 1 : ttlSec
  const slot = Math.floor((nowSec + (state.lo % span)) / span)
  dice.slot = slot
  dice.a = mix(state.lo ^ Math.imul(slot, 0x9e3779b1))
  dice.b = mix(state.hi ^ Math.imul(slot, 0x85ebca6b))
}

/** A number from 0 to `total` - 1, the same for the same seed and node. `total` is below 2^53. */
export function drawBelow(dice: Dice, node: number, total: number): number {
  const high = mix(dice.a ^ Math.imul(node + 1, 0xc2b2ae35))
  const low = mix(dice.b ^ Math.imul(node + 1, 0x27d4eb2f))
  return Math.floor(((high * 0x200000 + (low >>> 11)) / 0x20000000000000) * total)
}

/** Tells the same draw of the same client in the same slot from others; 0 is none. Says nothing of what was drawn. */
export function drawTag(dice: Dice, node: number): number {
  return mix(dice.b ^ mix(dice.a ^ Math.imul(node + 1, 0x165667b1))) | 1
}

/** The bits of an address that name a client's bucket: what resolvers send at most (RFC 7871 §11.1). */
export function bucketBits(family: 4 | 6): number {
  return family === 4 ? 24 : 56
}

/** Seeds `bucketNumber` with a service and the client's bucket: no time, no type, no place. */
export function throwBucket(dice: Dice, keyLo: number, keyHi: number, family: 4 | 6, bytes: Uint8Array): void {
  const { message, state } = dice
  put32(message, 0, keyLo)
  put32(message, 4, keyHi)
  // Not a length that a draw has: a bucket's numbers have nothing to do with those of the dice.
  message[8] = family | 0x80
  message[9] = bucketBits(family)
  const whole = bucketBits(family) >> 3
  for (let i = 0; i < 16; i++) message[10 + i] = i < whole ? bytes[i]! : 0
  dice.size = 16
  siphash(dice.key, message, 0, 26, state)
  dice.bucketA = mix(state.lo)
  dice.bucketB = mix(state.hi)
}

/** Above 0 and below 1, the same for the same bucket and key. */
export function bucketNumber(dice: Dice, key: number): number {
  const high = mix(dice.bucketA ^ Math.imul(key, 0xc2b2ae35))
  const low = mix(dice.bucketB ^ Math.imul(key, 0x27d4eb2f))
  return (high * 0x200000 + (low >>> 11) + 0.5) / 0x20000000000000
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
