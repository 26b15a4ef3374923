// Whose EDNS Client Subnet counts, zone by zone: everybody's, nobody's, or that of some resolvers. Who is not believed gets
// the answer for the address that he comes from, with scope 0 (RFC 7871 §7.2.1), as if there had been no subnet.

import { z } from 'zod'
import { type Prefix, printPrefix } from '../base/address.ts'
import { type AddressMap, createMap } from '../geo/address-map.ts'
import { prefix } from '../geo/networks.ts'
import { indexRanges } from '../geo/range-index.ts'
import { addressWords, comparePrefixes, nestPrefixes, type Ranges } from '../geo/ranges.ts'

export const subnetConfig = z.union([z.enum(['any', 'off']), z.array(prefix()).min(1)]).meta({
  description:
    "whose EDNS Client Subnet counts: any resolver's, nobody's (`off`), or that of resolvers in some prefixes; else the sender is the client",
})
export type SubnetConfig = z.infer<typeof subnetConfig>

export interface SubnetRules {
  /** Per zone: 0 any, -1 off, else 1 + the index of its list. */
  readonly ofZone: readonly number[]
  /** Address maps with 1 for those who are believed. */
  readonly lists: readonly SharedArrayBuffer[]
}

export interface BoundSubnetRules {
  readonly ofZone: readonly number[]
  readonly lists: readonly AddressMap[]
}

/** Zones with the same list share it. */
export function compileSubnetRules(zones: readonly SubnetConfig[]): SubnetRules {
  const lists: SharedArrayBuffer[] = []
  const known = new Map<string, number>()
  const ofZone = zones.map((config) => {
    if (config === 'any') return 0
    if (config === 'off') return -1
    const key = config.map(printPrefix).sort().join(' ')
    const number = known.get(key) ?? lists.push(compileList(config))
    known.set(key, number)
    return number
  })
  return { ofZone, lists }
}

/** An address map with 1 for what is in one of the prefixes. */
export function compileList(prefixes: readonly Prefix[]): SharedArrayBuffer {
  const unique = [...new Map(prefixes.map((each) => [printPrefix(each), each])).values()]
  const rangesOf = (family: 4 | 6): Ranges => {
    const values = unique
      .filter((each) => each.family === family)
      .map(({ bytes, length }) => ({ words: addressWords(bytes), length, value: 1 }))
    return nestPrefixes(family === 4 ? 1 : 4, values.sort(comparePrefixes), 0)
  }
  return createMap(indexRanges(rangesOf(4), rangesOf(6)))
}
