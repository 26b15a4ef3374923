// The ranges of RFC 6890 that are nowhere on the Internet, as prefixes, for laying them over a map. `specialLength` in client.ts
// knows the same ones by looking at the bytes; a test keeps the two equal.

import { parsePrefix, type Prefix } from '../base/address.ts'

const v4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
]

const v6 = [
  '::/127',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:2::/48',
  '2001:10::/28',
  '2001:20::/28',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
]

export function specialPrefixes(family: 4 | 6): Prefix[] {
  return (family === 4 ? v4 : v6).map((text) => {
    const prefix = parsePrefix(text)
    if (!prefix) throw new Error(`no prefix: ${text}`)
    return prefix
  })
}
