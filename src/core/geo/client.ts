// What a client's address really says: IPv4 addresses inside IPv6 ones are taken out, and addresses that are nowhere on
// the Internet (RFC 6890) are recognised. Hot: works on the bytes in place, allocates nothing, never throws.

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
  return specialV4(word(bytes, at + 12)) === 0
}

/**
 * 0 where the address is a public one, otherwise the length of the range of RFC 6890 it is in: private, loopback,
 * link-local, shared (CGNAT), multicast … Such a client is nowhere on the map, nor is any other in the range.
 * The documentation ranges count as public, because examples and tests are written with them.
 * IPv6 addresses with an IPv4 address inside are judged as what they are in IPv6: normalise first.
 */
export function specialLength(family: 4 | 6, bytes: Uint8Array, at: number): number {
  if (family === 4) return specialV4(word(bytes, at))
  return specialV6(bytes, at)
}

function specialV4(address: number): number {
  switch (address >>> 24) {
    case 0: // this network
    case 10: // private
    case 127: // loopback
      return 8
    case 100: // shared, for CGNAT (RFC 6598)
      return (address & 0x00c00000) === 0x00400000 ? 10 : 0
    case 169: // link-local
      return (address & 0x00ff0000) === 0x00fe0000 ? 16 : 0
    case 172: // private
      return (address & 0x00f00000) === 0x00100000 ? 12 : 0
    case 192: // IETF protocol assignments 192.0.0.0/24; private 192.168.0.0/16
      if ((address & 0x00ffff00) === 0) return 24
      return (address & 0x00ff0000) === 0x00a80000 ? 16 : 0
    case 198: // benchmarks (RFC 2544)
      return (address & 0x00fe0000) === 0x00120000 ? 15 : 0
  }
  return address >>> 0 >= 0xe0000000 ? 4 : 0 // multicast 224.0.0.0/4, reserved 240.0.0.0/4
}

function specialV6(bytes: Uint8Array, at: number): number {
  const word0 = word(bytes, at)
  switch (word0 >>> 24) {
    case 0x00:
      return specialLow(bytes, at, word0)
    case 0x01: // discard 100::/64 (RFC 6666)
      return word0 === 0x01000000 && word(bytes, at + 4) === 0 ? 64 : 0
    case 0x20: // benchmarks 2001:2::/48 (RFC 5180), ORCHID 2001:10::/28 and 2001:20::/28 (RFC 4843, RFC 7343)
      if (word0 === 0x20010002) return word(bytes, at + 4) >>> 16 === 0 ? 48 : 0
      return (word0 & 0xfffffff0) === 0x20010010 || (word0 & 0xfffffff0) === 0x20010020 ? 28 : 0
    case 0x5f: // segment routing 5f00::/16 (RFC 9602)
      return bytes[at + 1] === 0 ? 16 : 0
    case 0xfc: // unique local
    case 0xfd:
      return 7
    case 0xfe: // link-local fe80::/10; site-local fec0::/10, deprecated by RFC 3879 and still seen
      return bytes[at + 1]! >= 0x80 ? 10 : 0
    case 0xff: // multicast
      return 8
  }
  return 0
}

/** Below ::/8: the unspecified address, loopback, and NAT64 for local use 64:ff9b:1::/48 (RFC 8215). */
function specialLow(bytes: Uint8Array, at: number, word0: number): number {
  if (word0 === 0x0064ff9b) return word(bytes, at + 4) >>> 16 === 1 ? 48 : 0
  if (word0 !== 0 || word(bytes, at + 4) !== 0 || word(bytes, at + 8) !== 0) return 0
  const last = word(bytes, at + 12)
  return last === 0 || last === 1 ? 128 : 0
}

/** Unsigned, so that it compares equal to a literal such as 0xffff0000. */
function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
