// The dice: a keyed hash in place of chance, so that replicas agree, A and AAAA fall on the same pool, caches see what the
// scope promises and `explain` repeats what the wire said. Hot: allocates nothing.
//
// key of a draw: secret · service · client's prefix · time slot · node of the tree
//
// A slot lasts one TTL and starts at another moment for each client, so that not everybody moves at once.

import { readSipKey, type SipKey, siphash13 } from '../base/siphash.ts'

export interface Dice {
  readonly key: SipKey
  /** service key (2 words) · prefix (1 or 4) · family, prefix length, and the message's length (1), see `hash` */
  readonly message: Int32Array
  readonly state: { lo: number; hi: number }
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
    message: new Int32Array(8),
    state: { lo: 0, hi: 0 },
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
  const { state } = dice
  hash(dice, keyLo, keyHi, family, family, bytes, at, length)
  const span = ttlSec < 1 ? 1 : ttlSec
  // Said to be unsigned words, which V8 divides as such; as floats it would call a function for the remainder.
  const slot = Math.floor((nowSec + ((state.lo >>> 0) % (span >>> 0))) / span)
  dice.slot = slot
  dice.a = mix(state.lo ^ Math.imul(slot, 0x9e3779b1)) | 0
  dice.b = mix(state.hi ^ Math.imul(slot, 0x85ebca6b)) | 0
}

/** Hashes a service and the first `length` bits of an address into `dice.state`. `kind` tells what for. */
function hash(
  dice: Dice,
  keyLo: number,
  keyHi: number,
  kind: number,
  family: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): void {
  const { message } = dice
  message[0] = keyLo
  message[1] = keyHi
  message[2] = word(bytes, at) & maskOf(length)
  const how = kind | (length << 8)
  // As the 14 bytes, or 26, that these words are: the last block ends with their number.
  if (family === 4) {
    message[3] = how | (14 << 24)
    siphash13(dice.key, message, 2, dice.state)
    return
  }
  message[3] = word(bytes, at + 4) & maskOf(length - 32)
  message[4] = word(bytes, at + 8) & maskOf(length - 64)
  message[5] = word(bytes, at + 12) & maskOf(length - 96)
  message[6] = how
  message[7] = 26 << 24
  siphash13(dice.key, message, 4, dice.state)
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** The first `bits` bits of a word: none below 1, all from 32 on. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits)
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
  const { state } = dice
  // Not a family that a draw has: a bucket's numbers have nothing to do with those of the dice.
  hash(dice, keyLo, keyHi, family | 0x80, family, bytes, 0, bucketBits(family))
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
