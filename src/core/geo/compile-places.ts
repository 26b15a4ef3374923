// From databases and own networks to the place image (places.ts). The preferred database comes first; the next ones add
// what it does not know, and the operator's own networks are laid over all of them.

import { type Prefix, printPrefix } from '../base/address.ts'
import type { Finding } from '../base/problem.ts'
import { chordSquared, unitVector } from './distance.ts'
import {
  completeFacts,
  type Facts,
  factsOf,
  type Interner,
  keyOfFacts,
  Located,
  mergeFacts,
  noFacts,
  openInterner,
  specialFacts,
} from './facts.ts'
import { type Database, openDatabase } from './mmdb.ts'
import type { NetworkConfig } from './networks.ts'
import { compileNetworks, namesOfNetworks, type OwnNetworks } from './own-networks.ts'
import { bindPlaces, createPlaces, type DatabaseName, type PlaceNames, type Places } from './places.ts'
import { fillMap } from './address-map.ts'
import { indexRanges } from './range-index.ts'
import { everywhere, mapRanges, mergeRanges, type Ranges } from './ranges.ts'
import { isNothing } from './record.ts'
import { holes, specialRanges } from './special.ts'

export interface DatabaseSource {
  readonly name: string
  /** The file's bytes; they are not needed afterwards. */
  readonly bytes: Uint8Array
  readonly attribution?: string
  /** Its index in the configuration, where that is not the one in the list. */
  readonly index?: number
}

export interface CompiledPlaces {
  readonly image: SharedArrayBuffer
  readonly names: PlaceNames
  /** Their paths begin with `databases` and the index in the list given, or with `networks` as in networks.yaml. */
  readonly problems: readonly Finding[]
}

type Vector = readonly [x: number, y: number, z: number]

/** Both families at once. */
interface Space {
  readonly v4: Ranges
  readonly v6: Ranges
}

/** The numbers behind names, for compiling conditions. */
export interface PlaceNumbers {
  subdivision(code: string): number | undefined
  network(name: string): number | undefined
  networkNames(): readonly string[]
  /** A prefix that a condition names; from then on it is one of the networks that clients may be in. */
  cidr(prefix: Prefix): number
}

export interface OpenedPlaces {
  readonly numbers: PlaceNumbers
  /**
   * Once all conditions have got their numbers. `vantages`: where each vantage region is, as a unit vector; undefined where
   * nobody said.
   */
  compile(vantages?: readonly (Vector | undefined)[]): CompiledPlaces
}

export function openPlaces(sources: readonly DatabaseSource[], networks: readonly NetworkConfig[]): OpenedPlaces {
  const problems: Finding[] = []
  const opened = openAll(sources, problems)
  const subdivisions = openInterner('', (name) => name)
  const facts = openInterner(noFacts, keyOfFacts)
  const known = opened
    .map(({ database }, i) => numberRecords(database, i + 1, facts, subdivisions.number))
    .reduce<Space>((first, second) => mergeSpaces(first, second, facts), { v4: everywhere(1, 0), v6: everywhere(4, 0) })
  for (const { subdivision } of networks) if (subdivision !== undefined) subdivisions.number(subdivision)
  const networkNames = namesOfNetworks(networks)
  const cidrs = openInterner<Prefix | undefined>(undefined, (prefix) => (prefix ? printPrefix(prefix) : ''))
  const networkNumbers = new Map(networkNames.map((name, i) => [name, i + 1]))
  return {
    numbers: {
      subdivision: (code) => subdivisions.find(code),
      network: (name) => networkNumbers.get(name),
      networkNames: () => networkNames,
      cidr: (prefix) => networkNames.length + cidrs.number(prefix),
    },
    compile(vantages = []) {
      const prefixes = cidrs.all.slice(1) as Prefix[]
      const own = compileNetworks(networks, prefixes, opened.length + 1, subdivisions.number, problems)
      const places = openInterner(noFacts, keyOfFacts)
      places.number(specialFacts) // SPECIAL_PLACE
      const space = numberPlaces(known, own, facts, places)
      const names: PlaceNames = {
        subdivisions: subdivisions.all.slice(1),
        networks: networkNames,
        cidrs: prefixes.map(printPrefix),
        databases: opened.map(({ name }) => name),
      }
      return { image: writeImage(space, places.all, own, vantages), names, problems }
    },
  }
}

/** For those without conditions. */
export function compilePlaces(
  sources: readonly DatabaseSource[],
  networks: readonly NetworkConfig[],
  vantages: readonly (Vector | undefined)[] = [],
): CompiledPlaces {
  return openPlaces(sources, networks).compile(vantages)
}

function openAll(
  sources: readonly DatabaseSource[],
  problems: Finding[],
): { database: Database; name: DatabaseName }[] {
  const opened: { database: Database; name: DatabaseName }[] = []
  for (const [i, { name, bytes, attribution, index = i }] of sources.entries()) {
    const database = openDatabase(name, bytes)
    if ('severity' in database) {
      problems.push({ ...database, path: ['databases', index] })
      continue
    }
    if (database.records.every(isNothing)) {
      const message = `expected a database of countries, places or autonomous systems, found ${name} (${database.type}) without any`
      problems.push({ path: ['databases', index], message, severity: 'warning' })
    }
    const { type, builtAt } = database
    opened.push({ database, name: { name, type, builtAt, ...(attribution === undefined ? {} : { attribution }) } })
  }
  return opened
}

/** The ranges of a database, with facts in the place of its records. */
function numberRecords(
  database: Database,
  source: number,
  facts: Interner<Facts>,
  subdivision: (name: string) => number,
): Space {
  const numbers = database.records.map((record) => facts.number(factsOf(record, source, subdivision)))
  const change = (record: number): number => numbers[record]!
  return { v4: mapRanges(database.v4, change), v6: mapRanges(database.v6, change) }
}

function mergeSpaces(first: Space, second: Space, facts: Interner<Facts>): Space {
  const combine = remember((a, b) => facts.number(mergeFacts(facts.all[a]!, facts.all[b]!)))
  return { v4: mergeRanges(first.v4, second.v4, combine), v6: mergeRanges(first.v6, second.v6, combine) }
}

/** Ranges meet in the same pairs again and again. */
function remember(combine: (a: number, b: number) => number): (a: number, b: number) => number {
  const known = new Map<number, number>()
  return (a, b) => {
    const key = a * 0x4000000 + b
    let value = known.get(key)
    if (value === undefined) {
      value = combine(a, b)
      known.set(key, value)
    }
    return value
  }
}

/** Lays own networks over the databases, and numbers what comes out: those are the places. */
function numberPlaces(known: Space, own: OwnNetworks, facts: Interner<Facts>, places: Interner<Facts>): Space {
  const combine = remember((beneath, value) => places.number(completeFacts(own.apply(facts.all[beneath]!, value))))
  // Only who knows of such a range as his own knows anything about who is in it.
  const settle = (place: number, special: number): number => {
    const { own, network } = places.all[place]!
    return special === 1 && own === 0 ? places.number({ ...specialFacts, network }) : place
  }
  const v4 = mergeRanges(mergeRanges(known.v4, own.v4, combine), specialRanges(4), settle)
  const v6 = mergeRanges(mergeRanges(known.v6, own.v6, combine), specialRanges(6), settle)
  return { v4, v6: mergeRanges(v6, holes(), (place, hole) => (hole === 1 ? hole6 : place)) }
}

/** Stands for place 0 in a hole. */
const hole6 = 0xffffffff

function writeImage(
  space: Space,
  facts: readonly Facts[],
  own: OwnNetworks,
  vantages: readonly (Vector | undefined)[],
): SharedArrayBuffer {
  const { v4, v6 } = space
  const ranges = indexRanges(v4, v6)
  const image = createPlaces(facts.length, own.parents.length, ranges)
  const places = bindPlaces(image)
  writeColumns(places, facts)
  for (let place = 0; place < facts.length; place++) places.vantage[place] = 1 + nearestOf(places, place, vantages)
  // A name all of whose prefixes were refused has met nothing around it.
  places.networkParent.set(own.parents.map((parent) => Math.max(parent, 0)))
  places.networkName.set(own.nameOf)
  fillMap(places.map, ranges)
  for (let i = 0; i < v6.count; i++) if (v6.values[i] === hole6) places.map.v6Values[i] = 0
  return image
}

/** The index of the vantage region nearest to a place; -1 where either is unknown. */
function nearestOf({ x, y, z }: Places, place: number, vantages: readonly (Vector | undefined)[]): number {
  if (x[place] === 0 && y[place] === 0 && z[place] === 0) return -1
  let best = -1
  let shortest = Number.POSITIVE_INFINITY
  for (const [i, at] of vantages.entries()) {
    const distance = at ? chordSquared(x[place]!, y[place]!, z[place]!, ...at) : Number.POSITIVE_INFINITY
    if (distance >= shortest) continue
    best = i
    shortest = distance
  }
  return best
}

function writeColumns(places: Places, facts: readonly Facts[]): void {
  for (const [
    i,
    { country, continent, subdivision, asn, network, own, special, source, located, lat, lon },
  ] of facts.entries()) {
    places.country[i] = country
    places.continent[i] = continent
    places.subdivision[i] = subdivision
    places.asn[i] = asn
    places.network[i] = network
    places.own[i] = own
    places.special[i] = special
    places.source[i] = source
    places.located[i] = located
    if (located === Located.nowhere) continue
    const { x, y, z } = unitVector(lat, lon)
    places.x[i] = x
    places.y[i] = y
    places.z[i] = z
  }
}
