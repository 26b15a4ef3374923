// DNS cookies (RFC 7873) as all servers of an address can make and check them alike (RFC 9018). Hot: a jar is reused for every query
// of a thread, nothing is allocated.
//
//   server cookie: version 1 · reserved 000000 · time (32 bits) · SipHash-2-4 of
//                  client cookie · version · reserved · time · client's address

import { readSipKey, type SipKey, siphash } from '../base/siphash.ts'

/** A client cookie, and the longest option (RFC 7873 §4). */
export const CLIENT_COOKIE = 8
export const MAX_COOKIE = 40
/** What we send: the client's cookie and ours. */
export const FULL_COOKIE = 24

/** RFC 9018 §4.3: an hour back, five minutes ahead, and renewed when half an hour old. */
const MAX_AGE = 3600
const MAX_AHEAD = 300
const RENEW_AGE = 1800

export interface CookieJar {
  /** The first makes cookies; the others are still believed. Empty: no cookies. */
  readonly keys: readonly SipKey[]
  /** client cookie · version, reserved, time · address */
  readonly message: Uint8Array
  readonly state: { lo: number; hi: number }
  /** The cookie to send, after `checkCookie`. */
  readonly cookie: Uint8Array
}

/** `secrets` have 16 bytes each. */
export function openCookieJar(secrets: readonly Uint8Array[]): CookieJar {
  return {
    keys: secrets.map(readSipKey),
    message: new Uint8Array(32),
    state: { lo: 0, hi: 0 },
    cookie: new Uint8Array(FULL_COOKIE),
  }
}

/**
 * Whether the `length` bytes of the option prove that the client got a cookie of ours at this address. What to send back is left
 * in `jar.cookie`: the same while it is young, else a new one.
 */
export function checkCookie(
  jar: CookieJar,
  option: Uint8Array,
  length: number,
  source: Uint8Array,
  sourceAt: number,
  family: 4 | 6,
  nowSec: number,
): boolean {
  const { message, cookie, keys } = jar
  const size = 16 + (family === 4 ? 4 : 16)
  for (let i = 0; i < CLIENT_COOKIE; i++) message[i] = option[i]!
  for (let i = 16; i < size; i++) message[i] = source[sourceAt + i - 16]!
  let isKnown = false
  // Another version may be a server's beside us, and says nothing to us (RFC 9018 §4).
  if (length === FULL_COOKIE && option[CLIENT_COOKIE] === 1) {
    for (let i = CLIENT_COOKIE; i < 16; i++) message[i] = option[i]!
    const time = (option[12]! << 24) | (option[13]! << 16) | (option[14]! << 8) | option[15]!
    const age = ((nowSec | 0) - time) | 0
    const isFresh = age <= MAX_AGE && age >= -MAX_AHEAD
    for (let k = 0; k < keys.length && isFresh && !isKnown; k++) {
      siphash(keys[k]!, message, 0, size, jar.state)
      isKnown = isHashAt(jar, option)
      if (!isKnown || k > 0 || age > RENEW_AGE) continue
      for (let i = 0; i < FULL_COOKIE; i++) cookie[i] = option[i]!
      return true
    }
  }
  makeCookie(jar, size, nowSec)
  return isKnown
}

function makeCookie(jar: CookieJar, size: number, nowSec: number): void {
  const { message, cookie, state } = jar
  message[8] = 1
  message[9] = message[10] = message[11] = 0
  for (let i = 0; i < 4; i++) message[12 + i] = nowSec >>> (24 - 8 * i)
  siphash(jar.keys[0]!, message, 0, size, state)
  for (let i = 0; i < 16; i++) cookie[i] = message[i]!
  for (let i = 0; i < 8; i++) cookie[16 + i] = hashByte(state, i)
}

/** Every byte is looked at, so that time tells nothing. */
function isHashAt(jar: CookieJar, option: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < 8; i++) difference |= hashByte(jar.state, i) ^ option[16 + i]!
  return difference === 0
}

/** Little-endian, as the reference code of SipHash writes it. */
function hashByte(state: { lo: number; hi: number }, i: number): number {
  return ((i < 4 ? state.lo : state.hi) >>> (8 * (i & 3))) & 255
}
