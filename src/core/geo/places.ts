// The place image: which place an address is in, as one block of shared memory that every thread reads. An address
// space is a list of ranges in ascending order (see ranges.ts) with an index over it; a place is a row in parallel columns.
//
//   v4Jump     65537 words: for an address's first 16 bits, the range that holds the first address with them; the range
//              that is sought lies between it and the next word's, and is found by halving
//   v4Starts   a word, v4Places a word for each range; v6Starts 4 words, v6Places a word
//   v6Index    65536 words for the first 16 bits, then groups of 16 for 4 bits more each, because IPv6 is crowded where it
//              is used: a word ≥ 0 is where the next group begins, a word < 0 is 1, 3 bits n, 28 bits r: the range sought
//              is one of r to r + n
//
// Hot: findPlace allocates nothing and never throws.

import { continentNames, countryCode } from './country.ts'
import { latLon } from './distance.ts'
import { Located } from './facts.ts'

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
  readonly v4Jump: Uint32Array
  readonly v4Starts: Uint32Array
  readonly v4Places: Uint32Array
  readonly v6Index: Int32Array
  readonly v6Starts: Uint32Array
  readonly v6Places: Uint32Array
}

/** What the numbers in `Places` are called: plain data, for compiling rules and for explaining. */
export interface PlaceNames {
  readonly subdivisions: readonly string[]
  readonly networks: readonly string[]
  readonly databases: readonly DatabaseName[]
}

export interface DatabaseName {
  readonly name: string
  readonly type: string
  /** ISO 8601. */
  readonly builtAt: string
  readonly attribution?: string
}

export interface Found {
  /** 0 is "nothing known". */
  place: number
  /** Every address that shares this many leading bits is in this place. */
  length: number
}

/** How much of everything there is: the head of the image. */
export interface PlaceCounts {
  readonly places: number
  /** Including number 0, "none". */
  readonly networks: number
  readonly v4: number
  readonly v6: number
  readonly v6Index: number
}

const magic = 0x4d504c31 // "MPL1"
const headBytes = 32

/** An empty image, to be filled in through `bindPlaces`. */
export function createPlaces(counts: PlaceCounts): SharedArrayBuffer {
  const image = new SharedArrayBuffer(layOut(undefined, counts).end)
  new Uint32Array(image, 0, 6).set([magic, counts.places, counts.networks, counts.v4, counts.v6, counts.v6Index])
  return image
}

export function bindPlaces(image: SharedArrayBuffer): Places {
  const [found, places, networks, v4, v6, v6Index] = new Uint32Array(image, 0, 6) as unknown as number[]
  if (found !== magic) throw new Error('not a place image')
  return layOut(image, { places: places!, networks: networks!, v4: v4!, v6: v6!, v6Index: v6Index! }).places
}

/** The views one after another; without an image, only how long it would be. */
function layOut(image: SharedArrayBuffer | undefined, counts: PlaceCounts): { places: Places; end: number } {
  let end = headBytes
  function view<Array>(
    type: new (buffer: SharedArrayBuffer, at: number, length: number) => Array,
    size: number,
    count: number,
  ): Array {
    const at = end
    end += Math.ceil((size * count) / 8) * 8
    return image ? new type(image, at, count) : (undefined as never)
  }
  const words = (count: number): Uint32Array => view(Uint32Array, 4, count)
  const bytes = (count: number): Uint8Array => view(Uint8Array, 1, count)
  const floats = (count: number): Float32Array => view(Float32Array, 4, count)
  const n = counts.places
  const places: Places = {
    country: view(Uint16Array, 2, n),
    continent: bytes(n),
    subdivision: words(n),
    asn: words(n),
    network: words(n),
    networkParent: words(counts.networks),
    networkName: words(counts.networks),
    own: bytes(n),
    source: view(Uint16Array, 2, n),
    located: bytes(n),
    vantage: bytes(n),
    x: floats(n),
    y: floats(n),
    z: floats(n),
    v4Jump: words(65_537),
    v4Starts: words(counts.v4),
    v4Places: words(counts.v4),
    v6Index: view(Int32Array, 4, counts.v6Index),
    v6Starts: words(4 * counts.v6),
    v6Places: words(counts.v6),
  }
  return { places, end }
}

/** Looks the address at `at` up: 4 bytes for family 4, 16 for family 6, IPv4-in-IPv6 forms normalised before (client.ts). */
export function findPlace(places: Places, family: 4 | 6, bytes: Uint8Array, at: number, found: Found): void {
  if (family === 4) findV4(places, bytes, at, found)
  else findV6(places, bytes, at, found)
}

function findV4(places: Places, bytes: Uint8Array, at: number, found: Found): void {
  const { v4Starts, v4Jump } = places
  const bucket = (bytes[at]! << 8) | bytes[at + 1]!
  const address = ((bucket << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  // The last range that begins at or before the address.
  let low = v4Jump[bucket]!
  let high = v4Jump[bucket + 1]!
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (v4Starts[middle]! <= address) low = middle
    else high = middle - 1
  }
  found.place = places.v4Places[low]!
  // The widest prefix that holds neither the address before the range nor the one after it: one bit more than is shared.
  let length = 0
  if (low > 0) length = Math.clz32(address ^ (v4Starts[low]! - 1)) + 1
  if (low + 1 < v4Starts.length) {
    const other = Math.clz32(address ^ v4Starts[low + 1]!) + 1
    if (other > length) length = other
  }
  found.length = length
}

function findV6(places: Places, bytes: Uint8Array, at: number, found: Found): void {
  const { v6Starts, v6Index } = places
  const w0 = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  const w1 = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0
  const w2 = ((bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!) >>> 0
  const w3 = ((bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!) >>> 0
  let word = v6Index[w0 >>> 16]!
  for (let bit = 16; word >= 0; bit += 4) {
    const byte = bytes[at + (bit >>> 3)]!
    word = v6Index[word + ((bit & 4) === 0 ? byte >>> 4 : byte & 15)]!
  }
  let low = word & 0x0fffffff
  const high = low + ((word >>> 28) & 7)
  while (low < high && isAtOrBefore(v6Starts, 4 * low + 4, w0, w1, w2, w3)) low++
  found.place = places.v6Places[low]!
  let length = low === 0 ? 0 : sharedWithBefore(v6Starts, 4 * low, w0, w1, w2, w3) + 1
  if (low + 1 < places.v6Places.length) {
    const other = sharedWith(v6Starts, 4 * low + 4, w0, w1, w2, w3) + 1
    if (other > length) length = other
  }
  found.length = length
}

function isAtOrBefore(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): boolean {
  const s0 = starts[at]!
  if (s0 !== w0) return s0 < w0
  const s1 = starts[at + 1]!
  if (s1 !== w1) return s1 < w1
  const s2 = starts[at + 2]!
  if (s2 !== w2) return s2 < w2
  return starts[at + 3]! <= w3
}

/** How many leading bits an address has in common with the start at `at`. */
function sharedWith(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): number {
  return sharedBits(w0 ^ starts[at]!, w1 ^ starts[at + 1]!, w2 ^ starts[at + 2]!, w3 ^ starts[at + 3]!)
}

/** The same with the address just before that start, which is not ::. */
function sharedWithBefore(starts: Uint32Array, at: number, w0: number, w1: number, w2: number, w3: number): number {
  const s1 = starts[at + 1]!
  const s2 = starts[at + 2]!
  const s3 = starts[at + 3]!
  // Borrowing goes on as long as the words to the right are 0.
  const b2 = s3 === 0 ? 1 : 0
  const b1 = b2 === 1 && s2 === 0 ? 1 : 0
  const b0 = b1 === 1 && s1 === 0 ? 1 : 0
  return sharedBits(w0 ^ (starts[at]! - b0), w1 ^ (s1 - b1), w2 ^ (s2 - b2), w3 ^ (s3 - 1))
}

function sharedBits(x0: number, x1: number, x2: number, x3: number): number {
  if (x0 !== 0) return Math.clz32(x0)
  if (x1 !== 0) return 32 + Math.clz32(x1)
  if (x2 !== 0) return 64 + Math.clz32(x2)
  return 96 + Math.clz32(x3)
}

/** Whether the place lies in the network of that name (1 + index into `PlaceNames.networks`), at any depth. Hot. */
export function isInNetwork(places: Places, place: number, name: number): boolean {
  for (let network = places.network[place]!; network !== 0; network = places.networkParent[network]!) {
    if (places.networkName[network] === name) return true
  }
  return false
}

/** The numbers behind names, for compiling conditions. */
export function indexPlaceNames(names: PlaceNames) {
  const subdivisions = new Map(names.subdivisions.map((code, i) => [code, i + 1]))
  const networks = new Map(names.networks.map((name, i) => [name, i + 1]))
  return {
    subdivision: (code: string): number | undefined => subdivisions.get(code),
    network: (name: string): number | undefined => networks.get(name),
    networkNames: (): readonly string[] => names.networks,
  }
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

/** Names from the innermost network outwards. */
function networkNamesOf(places: Places, names: PlaceNames, place: number): string[] {
  const found: string[] = []
  for (let network = places.network[place]!; network !== 0; network = places.networkParent[network]!) {
    found.push(names.networks[places.networkName[network]! - 1]!)
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
