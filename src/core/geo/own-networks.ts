// The operator's networks as ranges to lay over what the databases know. Each prefix becomes a link to the prefix around
// it, so that an inner network inherits what it does not say, and so that conditions on the outer one hold inside as well.

import { type Prefix, printPrefix } from '../base/address.ts'
import type { Finding } from '../base/problem.ts'
import { embeddedOffset } from './client.ts'
import { countryNumber } from './country.ts'
import { type Facts, keyOfFacts, Located, noFacts, openInterner, overlayFacts } from './facts.ts'
import type { NetworkConfig } from './networks.ts'
import { addressWords, comparePrefixes, nestPrefixes, type PrefixValue, prefixContains, type Ranges } from './ranges.ts'

export interface OwnNetworks {
  /** As `Places.networkParent` and `Places.networkName`, number 0 included. */
  readonly parents: readonly number[]
  readonly nameOf: readonly number[]
  /** Values are for `apply`; 0 is "in no own network". */
  readonly v4: Ranges
  readonly v6: Ranges
  /** What holds in a range, given what the databases know there. */
  apply(beneath: Facts, value: number): Facts
}

/** What one network says, under the chain of networks around it. */
interface Link {
  readonly outer: number
  readonly facts: Facts
}

interface Written extends PrefixValue {
  readonly prefix: Prefix
  readonly path: readonly (string | number)[]
  readonly name: string | undefined
  readonly facts: Facts
  /** Named by a condition: it says nothing about its clients but that they are in it. */
  readonly isCidr: boolean
}

/** In the order of their numbers, from 1 on. */
export function namesOfNetworks(configs: readonly NetworkConfig[]): string[] {
  return [...new Set(configs.flatMap((config) => config.name ?? []))]
}

/** `cidrs` are networks after those with names, called what they are. */
export function compileNetworks(
  configs: readonly NetworkConfig[],
  cidrs: readonly Prefix[],
  source: number,
  subdivision: (name: string) => number,
  problems: Finding[],
): OwnNetworks {
  const written: Record<4 | 6, Written[]> = { 4: [], 6: [] }
  for (const [i, config] of configs.entries()) {
    const facts = factsOfNetwork(config, source, subdivision)
    const add = (prefix: Prefix, path: readonly (string | number)[]): void => {
      written[prefix.family].push(write(prefix, path, config.name, facts, false))
      checkEmbedded(prefix, path, problems)
    }
    if (config.cidr) add(config.cidr, ['networks', i, 'cidr'])
    for (const [j, prefix] of (config.cidrs ?? []).entries()) add(prefix, ['networks', i, 'cidrs', j])
  }
  for (const prefix of cidrs) written[prefix.family].push(write(prefix, [], printPrefix(prefix), noFacts, true))
  const tree = openTree([...namesOfNetworks(configs), ...cidrs.map(printPrefix)])
  const links = openInterner<Link>({ outer: 0, facts: noFacts }, (link) => `${link.outer}:${keyOfFacts(link.facts)}`)
  const nest = (family: 4 | 6): Ranges =>
    nestPrefixes(family === 4 ? 1 : 4, linkAll(written[family], tree, links.number, links.all, configs, problems), 0)
  const apply = (beneath: Facts, value: number): Facts => {
    if (value === 0) return beneath
    const { outer, facts } = links.all[value]!
    return overlayFacts(apply(beneath, outer), facts)
  }
  return { v4: nest(4), v6: nest(6), parents: tree.parents, nameOf: tree.nameOf, apply }
}

function write(
  prefix: Prefix,
  path: readonly (string | number)[],
  name: string | undefined,
  facts: Facts,
  isCidr: boolean,
): Written {
  return { prefix, path, name, facts, isCidr, words: addressWords(prefix.bytes), length: prefix.length, value: 0 }
}

function factsOfNetwork(config: NetworkConfig, source: number, subdivision: (name: string) => number): Facts {
  const country = config.country ?? config.subdivision?.slice(0, 2) ?? ''
  return {
    ...noFacts,
    country: countryNumber(country),
    subdivision: config.subdivision === undefined ? 0 : subdivision(config.subdivision),
    asn: config.asn ?? 0,
    ...(config.at && { lat: config.at.lat, lon: config.at.lon, located: Located.byNetwork }),
    source,
    own: 1,
  }
}

/** Clients with such addresses are looked up by the IPv4 address inside, so the prefix would never match. */
function checkEmbedded(prefix: Prefix, path: readonly (string | number)[], problems: Finding[]): void {
  if (prefix.family === 4) return
  const offset = embeddedOffset(prefix.bytes, 0)
  if (offset < 0 || prefix.length < offset) return
  const message = `expected the IPv4 prefix itself, found it inside of IPv6 as ${printPrefix(prefix)}`
  const hint = 'clients with such addresses are looked up by the IPv4 address inside'
  problems.push({ path, message, hint, severity: 'warning' })
}

/** Named networks with the ones around them; see `Places.networkName` for why a name may have several. */
function openTree(names: readonly string[]) {
  const numbers = new Map(names.map((name, i) => [name, i + 1]))
  const parents = [0, ...names.map(() => -1)] // -1 until the first prefix shows what is around it
  const nameOf = [0, ...names.map((_, i) => i + 1)]
  const extra = new Map<string, number>()

  /** The network of that name inside the network `parent`. */
  const enter = (name: string | undefined, parent: number): number => {
    if (name === undefined) return parent
    const main = numbers.get(name)!
    if (nameOf[parent] === main) return parent
    if (parents[main] === -1) parents[main] = parent
    if (parents[main] === parent) return main
    const key = `${main}:${parent}`
    const known = extra.get(key)
    if (known !== undefined) return known
    const number = parents.push(parent) - 1
    nameOf.push(main)
    extra.set(key, number)
    return number
  }
  return { parents, nameOf, enter }
}

/** Gives every prefix the number of its link; repeated prefixes are reported and left out. */
function linkAll(
  written: Written[],
  tree: ReturnType<typeof openTree>,
  number: (link: Link) => number,
  links: readonly Link[],
  configs: readonly NetworkConfig[],
  problems: Finding[],
): PrefixValue[] {
  const linked: PrefixValue[] = []
  const open: (PrefixValue & Pick<Written, 'path' | 'prefix'>)[] = []
  // Sorting keeps the order of equal ones, so that the later one is the one reported; and a condition's prefix, which comes
  // last, lies inside of the network with the same prefix.
  for (const each of written.sort(comparePrefixes)) {
    while (open.length > 0 && !prefixContains(open.at(-1)!, each)) open.pop()
    const around = open.at(-1)
    if (around && around.length === each.length && !each.isCidr) {
      problems.push(repeated(each, around.path, configs))
      continue
    }
    const outer = around?.value ?? 0
    const facts = { ...each.facts, network: tree.enter(each.name, links[outer]!.facts.network) }
    const value = number({ outer, facts })
    linked.push({ words: each.words, length: each.length, value })
    open.push({ ...each, value })
  }
  return linked
}

function repeated(
  { path, prefix }: Written,
  first: readonly (string | number)[],
  configs: readonly NetworkConfig[],
): Finding {
  const where = configs[first[1] as number]!.called ?? `networks[${first[1]}]`
  const message = `expected each prefix once, found ${printPrefix(prefix)} again (first in ${where})`
  return { path, message, severity: 'error' }
}
