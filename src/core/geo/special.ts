// Parts of the address space where a client is not where its address stands: ranges that are nowhere on the Internet, and
// those of IPv6 that hold IPv4 addresses. As ranges, to be laid over maps of places.

import { parsePrefix } from '../base/address.ts'
import { addressWords, comparePrefixes, nestPrefixes, type Ranges } from './ranges.ts'

/**
 * Private, loopback, link-local, shared (CGNAT), multicast … (RFC 6890). The documentation ranges count as public, because
 * examples and tests are written with them.
 */
const special = {
  4: [
    '0.0.0.0/8', // this network
    '10.0.0.0/8', // private, as 172.16.0.0/12 and 192.168.0.0/16
    '100.64.0.0/10', // shared, for CGNAT (RFC 6598)
    '127.0.0.0/8', // loopback
    '169.254.0.0/16', // link-local
    '172.16.0.0/12',
    '192.0.0.0/24', // IETF protocol assignments
    '192.168.0.0/16',
    '198.18.0.0/15', // benchmarks (RFC 2544)
    '224.0.0.0/3', // multicast 224.0.0.0/4, reserved 240.0.0.0/4
  ],
  6: [
    '::/104', // unspecified, loopback, and what is no IPv4-compatible address (RFC 4291 §2.5.5.1)
    '64:ff9b:1::/48', // NAT64 for local use (RFC 8215)
    '100::/64', // discard (RFC 6666)
    '2001:2::/48', // benchmarks (RFC 5180)
    '2001:10::/28', // ORCHID (RFC 4843), as the next
    '2001:20::/28', // ORCHIDv2 (RFC 7343)
    '5f00::/16', // segment routing (RFC 9602)
    'fc00::/7', // unique local
    'fe80::/9', // link-local fe80::/10; site-local fec0::/10, deprecated by RFC 3879 and still seen
    'ff00::/8', // multicast
  ],
} as const

/** Where IPv6 addresses hold IPv4 addresses at a fixed place; see client.ts. */
const embedding = ['::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '2001::/32', '2002::/16'] as const

/** 1 in the special ranges, 0 elsewhere. */
export function specialRanges(family: 4 | 6): Ranges {
  return rangesOf(special[family], family === 4 ? 1 : 4)
}

/**
 * 1 where IPv6 addresses hold IPv4 addresses, 0 elsewhere. These are never merged with their neighbours, because what is in
 * them is looked up elsewhere: the length found for 2003::1 must not promise anything about 2002::1.
 */
export function holes(): Ranges {
  return rangesOf(embedding, 4, ['::/104'])
}

function rangesOf(texts: readonly string[], width: 1 | 4, except: readonly string[] = []): Ranges {
  const prefixes = [...texts, ...except].map((text) => {
    const { bytes, length } = parsePrefix(text)!
    return { words: addressWords(bytes), length, value: except.includes(text) ? 0 : 1 }
  })
  return nestPrefixes(width, prefixes.sort(comparePrefixes), 0)
}
