// Client addresses: which IPv4 address an IPv6 one holds, and which addresses are nowhere on the Internet.

import { expect, test } from 'vitest'
import { parseAddress, printAddress } from '../../../src/core/base/address.ts'
import { embeddedOffset, normaliseV6, specialLength } from '../../../src/core/geo/client.ts'

const bytesOf = (text: string): Uint8Array => parseAddress(text)!.bytes

/** With bytes before and after, so that a wrong offset shows. */
function normalise(text: string): string {
  const padded = new Uint8Array(20).fill(0x5e)
  padded.set(bytesOf(text), 3)
  const out = new Uint8Array(16).fill(7)
  const family = normaliseV6(padded, 3, out)
  if (family === 6) expect([...out]).toEqual(Array.from({ length: 16 }, () => 7))
  return family === 4 ? printAddress(out.subarray(0, 4)) : 'IPv6'
}

test.each([
  ['mapped', '::ffff:192.0.2.1', '192.0.2.1'],
  ['translated', '::ffff:0:192.0.2.1', '192.0.2.1'],
  ['compatible', '::192.0.2.1', '192.0.2.1'],
  ['NAT64', '64:ff9b::192.0.2.1', '192.0.2.1'],
  ['6to4', '2002:c000:201:7::1', '192.0.2.1'],
  ['Teredo, all bits turned over', '2001:0:4136:e378:8000:63bf:3fff:fdfe', '192.0.2.1'],
  ['ISATAP', '2001:db8:1:2:0:5efe:192.0.2.1', '192.0.2.1'],
  ['ISATAP, universal bit', '2001:db8:1:2:200:5efe:192.0.2.1', '192.0.2.1'],
  ['ISATAP with a private address says less than its prefix', '2001:db8:1:2:0:5efe:10.0.0.1', 'IPv6'],
  ['the unspecified address', '::', 'IPv6'],
  ['loopback', '::1', 'IPv6'],
  ['NAT64 for local use', '64:ff9b:1::192.0.2.1', 'IPv6'],
  ['next to 6to4', '2003:c000:201::1', 'IPv6'],
  ['next to Teredo', '2001:1::1', 'IPv6'],
  ['next to mapped', '::fffe:192.0.2.1', 'IPv6'],
  ['next to ISATAP', '2001:db8::100:5efe:192.0.2.1', 'IPv6'],
  ['an ordinary address', '2a00:1450:4001::1', 'IPv6'],
])('%s: %s → %s', (_, address, expected) => expect(normalise(address)).toBe(expected))

test.each([
  ['2002:c000:200::', '192.0.2.0'],
  ['2002::', '0.0.0.0'],
  ['64:ff9b::', '0.0.0.0'],
  ['::ffff:192.0.2.0', '192.0.2.0'],
  ['::', 'IPv6'],
  ['2001:0:4136:e378::', '255.255.255.255'],
  ['2001:0:4136:e378:8000:63bf:3fff:fd00', '192.0.2.255'],
])('a prefix of Client Subnet is taken as its first address: %s → %s', (address, expected) => {
  expect(normalise(address)).toBe(expected)
})

test.each([
  ['2002:c000:201::1', 16],
  ['::ffff:192.0.2.1', 96],
  ['2001:0:4136:e378:8000:63bf:3fff:fdfe', 96],
  ['2001:db8::1', -1],
])('the IPv4 address in %s begins after %d bits', (address, offset) =>
  expect(embeddedOffset(bytesOf(address), 0)).toBe(offset),
)

test.each([
  ['0.1.2.3', 8],
  ['10.255.0.1', 8],
  ['11.0.0.1', 0],
  ['100.63.255.255', 0],
  ['100.64.0.0', 10],
  ['100.127.255.255', 10],
  ['100.128.0.0', 0],
  ['127.0.0.1', 8],
  ['169.254.1.1', 16],
  ['169.253.1.1', 0],
  ['172.15.255.255', 0],
  ['172.16.0.0', 12],
  ['172.31.255.255', 12],
  ['172.32.0.0', 0],
  ['192.0.0.8', 24],
  ['192.0.1.1', 0],
  ['192.168.3.4', 16],
  ['192.169.0.0', 0],
  ['198.17.255.255', 0],
  ['198.18.0.0', 15],
  ['198.19.255.255', 15],
  ['198.20.0.0', 0],
  ['223.255.255.255', 0],
  ['224.0.0.1', 4],
  ['240.0.0.1', 4],
  ['255.255.255.255', 4],
  ['8.8.8.8', 0],
  ['192.0.2.1', 0],
  ['198.51.100.1', 0],
  ['203.0.113.1', 0],
  ['::', 128],
  ['::1', 128],
  ['::2', 0],
  ['64:ff9b:1::1', 48],
  ['64:ff9b:2::1', 0],
  ['100::1', 64],
  ['100:0:0:1::1', 0],
  ['2001:2::1', 48],
  ['2001:2:1::1', 0],
  ['2001:10::1', 28],
  ['2001:2f::1', 28],
  ['2001:30::1', 0],
  ['2001:db8::1', 0],
  ['3fff::1', 0],
  ['5f00::1', 16],
  ['5f01::1', 0],
  ['fbff::1', 0],
  ['fc00::1', 7],
  ['fdff::1', 7],
  ['fe7f::1', 0],
  ['fe80::1', 10],
  ['fec0::1', 10],
  ['ff02::1', 8],
  ['2a00:1450::1', 0],
])('%s is in a special range of length %d', (text, length) => {
  const { family, bytes } = parseAddress(text)!
  expect(specialLength(family, Uint8Array.of(1, ...bytes, 1), 1)).toBe(length)
})
