// What a client's address really says: IPv4 addresses inside IPv6 ones are taken out.
// Hot: works on the bytes in place, allocates nothing, never throws.

/** Where in an IPv6 address the IPv4 address begins, in bits, for each form that has one. */
const after16 = 16 // 6to4: 2002:V4::/16 (RFC 3056 §2)
const after96 = 96 // all others have it at the end

/**
 * Takes an IPv4 address out of the IPv6 address at `at`: returns 4 and writes its bytes to the first four of `out`, or
 * returns 6 and leaves `out` alone. `offset` is where it begins. A prefix of Client Subnet is taken as its first address.
 */
export function normaliseV6(bytes: Uint8Array, at: number, out: Uint8Array, offset = embeddedOffset(bytes, at)): 4 | 6 {
  if (offset < 0) return 6
  const from = at + (offset >> 3)
  // Teredo writes the client's address with every bit turned over (RFC 4380 §4).
  const flip = isTeredo(bytes, at) ? 0xff : 0
  for (let i = 0; i < 4; i++) out[i] = bytes[from + i]! ^ flip
  return 4
}

/**
 * How many bits stand before the IPv4 address inside the IPv6 address at `at` (16 or 96), or -1 where there is none.
 * A prefix length that belongs to the IPv4 address is a prefix length of the IPv6 address when this is added.
 */
export function embeddedOffset(bytes: Uint8Array, at: number): number {
  const offset = fixedOffset(bytes, at)
  return offset < 0 && isIsatap(bytes, at) ? after96 : offset
}

/** The same for the forms that have a prefix of their own, which is all but ISATAP. */
export function fixedOffset(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first === 0x20) {
    if (bytes[at + 1] === 0x02) return after16
    if (isTeredo(bytes, at)) return after96
  } else if (first === 0 && isAtEnd(bytes, at)) {
    return after96
  }
  return -1
}

/**
 * Whether the IPv6 address is an IPv4-compatible one. Of these ::/104 is none, so that what holds for a prefix of the IPv4
 * address inside does not hold for that of the whole unless it is a /8 at least.
 */
export function isCompatible(bytes: Uint8Array, at: number): boolean {
  return word(bytes, at) === 0 && word(bytes, at + 4) === 0 && word(bytes, at + 8) === 0
}

/** 2001::/32 (RFC 4380 §2.6). */
function isTeredo(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x20 && bytes[at + 1] === 0x01 && bytes[at + 2] === 0 && bytes[at + 3] === 0
}

/** The four forms below ::/8 that end in an IPv4 address. */
function isAtEnd(bytes: Uint8Array, at: number): boolean {
  const word0 = word(bytes, at)
  const word1 = word(bytes, at + 4)
  const word2 = word(bytes, at + 8)
  if (word0 === 0x0064ff9b) return word1 === 0 && word2 === 0 // NAT64 64:ff9b::/96 (RFC 6052 §2.1)
  if (word0 !== 0 || word1 !== 0) return false
  if (word2 === 0x0000ffff) return true // mapped ::ffff:0:0/96 (RFC 4291 §2.5.5.2)
  if (word2 === 0xffff0000) return true // translated ::ffff:0:0:0/96 (RFC 7915, first in RFC 2765)
  // Compatible ::/96 (RFC 4291 §2.5.5.1), but not :: and ::1, which are addresses of their own.
  return word2 === 0 && bytes[at + 12] !== 0
}

/** ISATAP (RFC 5214 §6.1): an interface id of 0:5efe:V4, or 200:5efe:V4 where the IPv4 address is a public one. */
function isIsatap(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 10] !== 0x5e || bytes[at + 11] !== 0xfe || bytes[at + 9] !== 0) return false
  if ((bytes[at + 8]! & 0xfd) !== 0) return false
  // A private address inside tells less than the IPv6 prefix around it.
  return !isSpecialV4(word(bytes, at + 12))
}

/** Whether an IPv4 address is nowhere on the Internet; the same ranges as in special.ts. */
function isSpecialV4(address: number): boolean {
  switch (address >>> 24) {
    case 0:
    case 10:
    case 127:
      return true
    case 100:
      return (address & 0x00c00000) === 0x00400000
    case 169:
      return (address & 0x00ff0000) === 0x00fe0000
    case 172:
      return (address & 0x00f00000) === 0x00100000
    case 192:
      return (address & 0x00ffff00) === 0 || (address & 0x00ff0000) === 0x00a80000
    case 198:
      return (address & 0x00fe0000) === 0x00120000
  }
  return address >>> 0 >= 0xe0000000
}

/** Unsigned, so that it compares equal to a literal such as 0xffff0000. */
function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
