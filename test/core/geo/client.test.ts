// Client addresses: which IPv4 address an IPv6 one holds, and which addresses are nowhere on the Internet.

import { expect, test } from 'vitest'
import { parseAddress, printAddress } from '../../../src/core/base/address.ts'
import { embeddedOffset, normaliseV6 } from '../../../src/core/geo/client.ts'

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
