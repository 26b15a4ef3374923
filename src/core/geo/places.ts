// The place image: which place an address is in, as one block of shared memory that every thread reads. A place is a row in
// parallel columns, and its number what the address map gives.

import { openLayout } from '../base/layout.ts'
import { type AddressMap, findIn, type Found, layOutMap, type MapHead, mapHead } from './address-map.ts'
import { continentNames, countryCode } from './country.ts'
import { latLon } from './distance.ts'
import { Located } from './facts.ts'
import type { IndexedRanges } from './range-index.ts'

export interface Places {
  /** Per place: 0 unknown, else 1 + (c0-65)*26 + (c1-65). */
  readonly country: Uint16Array
  /** Per place: 0 unknown, 1..7 = AF AN AS EU NA OC SA. */
  readonly continent: Uint8Array
  /** Per place: 0 unknown, else 1 + index into `PlaceNames.subdivisions`. */
  readonly subdivision: Uint32Array
  /** Per place: 0 unknown. */
  readonly asn: Uint32Array
  /** Per place: 0 none, else the innermost own network with a name; others around it follow by `networkParent`. */
  readonly network: Uint32Array
  /** Per network: the named network around it, 0 none. */
  readonly networkParent: Uint32Array
  /**
   * Per network: 1 + index into `PlaceNames.networks`. A name that stands in different surroundings (its IPv4 prefix
   * inside "corp", its IPv6 prefix in nothing) has several networks; the first of them has the number of its name.
   */
  readonly networkName: Uint32Array
  /** Per place: 1 where an own network, named or not, holds it. */
  readonly own: Uint8Array
  /** Per place: 1 in the ranges of RFC 6890 that no own network holds: nowhere on the Internet. */
  readonly special: Uint8Array
  /** Per place, who says where it is: 0 nobody, 1 + index into `PlaceNames.databases`, and one more for own networks. */
  readonly source: Uint16Array
  /** Per place: a `Located`. */
  readonly located: Uint8Array
  /** Per place: 0 unknown, else 1 + the index of the vantage region nearest to it. */
  readonly vantage: Uint8Array
  /** Per place: its unit vector; all 0 where unknown. */
  readonly x: Float32Array
  readonly y: Float32Array
  readonly z: Float32Array
  /** Addresses → places. */
  readonly map: AddressMap
}

/** What the numbers in `Places` are called: plain data, for compiling rules and for explaining. */
export interface PlaceNames {
  readonly subdivisions: readonly string[]
  readonly networks: readonly string[]
  /** Prefixes that conditions name; their numbers follow those of the networks. */
  readonly cidrs: readonly string[]
  readonly databases: readonly DatabaseName[]
}

export interface DatabaseName {
  readonly name: string
  readonly type: string
  /** ISO 8601. */
  readonly builtAt: string
  readonly attribution?: string
}

/** How much of everything there is: the head of the image. */
export interface PlaceCounts {
  readonly places: number
  /** Including number 0, "none". */
  readonly networks: number
  readonly map: MapHead
}

/** The place of clients who are nowhere on the Internet. */
export const SPECIAL_PLACE = 1

const magic = 0x4d504c32 // "MPL2"
const headBytes = 32

/** An empty image, to be filled in through `bindPlaces`. */
export function createPlaces(places: number, networks: number, ranges: IndexedRanges): SharedArrayBuffer {
  const counts = { places, networks, map: mapHead(ranges) }
  const image = new SharedArrayBuffer(layOut(undefined, counts).end)
  new Uint32Array(image, 0, 8).set([magic, places, networks, ...counts.map])
  return image
}

export function bindPlaces(image: SharedArrayBuffer): Places {
  const [found, places, networks, ...map] = new Uint32Array(image, 0, 8) as unknown as number[]
  if (found !== magic) throw new Error('not a place image')
  return layOut(image, { places: places!, networks: networks!, map: map as unknown as MapHead }).places
}

function layOut(image: SharedArrayBuffer | undefined, counts: PlaceCounts): { places: Places; end: number } {
  const layout = openLayout(image, headBytes)
  const { words, bytes, shorts, floats } = layout
  const n = counts.places
  const places: Places = {
    country: shorts(n),
    continent: bytes(n),
    subdivision: words(n),
    asn: words(n),
    network: words(n),
    networkParent: words(counts.networks),
    networkName: words(counts.networks),
    own: bytes(n),
    special: bytes(n),
    source: shorts(n),
    located: bytes(n),
    vantage: bytes(n),
    x: floats(n),
    y: floats(n),
    z: floats(n),
    map: layOutMap(layout, counts.map),
  }
  return { places, end: layout.end() }
}

/** Finds the place of the address at `at`: see `findIn`. Place 0 is "nothing known". */
export function findPlace(places: Places, family: 4 | 6, bytes: Uint8Array, at: number, found: Found): void {
  findIn(places.map, family, bytes, at, found)
}

/** Whether the place lies in the network of that name (1 + index into `PlaceNames.networks`), at any depth. Hot. */
export function isInNetwork(places: Places, place: number, name: number): boolean {
  for (let network = places.network[place]!; network !== 0; network = places.networkParent[network]!) {
    if (places.networkName[network] === name) return true
  }
  return false
}

/** "network corp", "prefix 192.0.2.0/24", by the number in `Places.networkName`. */
export function describeNetwork(names: PlaceNames, name: number): string {
  const { networks, cidrs } = names
  return name <= networks.length ? `network ${networks[name - 1]}` : `prefix ${cidrs[name - 1 - networks.length]}`
}

/** Such as `network office in corp, CA-QC, North America, AS64500 (at 45.5, -73.6)`; `an unknown place` where nothing is known. */
export function describePlace(places: Places, names: PlaceNames, place: number): string {
  const parts: string[] = []
  const networks = networkNamesOf(places, names, place)
  if (networks.length > 0) parts.push(`network ${networks.join(' in ')}`)
  const subdivision = places.subdivision[place]!
  const where = subdivision === 0 ? countryCode(places.country[place]!) : names.subdivisions[subdivision - 1]!
  if (where !== '') parts.push(where)
  const continent = continentNames[places.continent[place]! - 1]
  if (continent !== undefined) parts.push(continent)
  if (places.asn[place] !== 0) parts.push(`AS${places.asn[place]}`)
  const at = describeCoordinates(places, place)
  if (parts.length === 0 && at === '') return 'an unknown place'
  return [parts.join(', '), at].filter((text) => text !== '').join(' ')
}

function describeCoordinates(places: Places, place: number): string {
  const located = places.located[place]
  if (located === Located.nowhere) return ''
  const { lat, lon } = latLon(places.x[place]!, places.y[place]!, places.z[place]!)
  return `(${located === Located.byCountry ? 'country centroid' : 'at'} ${lat.toFixed(1)}, ${lon.toFixed(1)})`
}

/** Names from the innermost network outwards, without the prefixes of conditions. */
function networkNamesOf(places: Places, names: PlaceNames, place: number): string[] {
  const found: string[] = []
  for (let network = places.network[place]!; network !== 0; network = places.networkParent[network]!) {
    const name = names.networks[places.networkName[network]! - 1]
    if (name !== undefined) found.push(name)
  }
  return found
}

/** Who says so: `geo-whois-asn-country.mmdb of 2026-06-17`, `own networks`, or both; `no source` where nothing is known. */
export function describeSource(places: Places, names: PlaceNames, place: number): string {
  const database = names.databases[places.source[place]! - 1]
  const parts = database ? [`${database.name} of ${database.builtAt.slice(0, 10)}`] : []
  if (places.own[place] === 1) parts.push('own networks')
  return parts.length === 0 ? 'no source' : parts.join(', ')
}
