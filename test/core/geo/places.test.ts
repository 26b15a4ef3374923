// The place image against an independent reader: maxmind, asked about the embedded database address by address.

import { readFileSync } from 'node:fs'
import { Reader } from 'maxmind'
import { expect, test } from 'vitest'
import { parseAddress, printAddress } from '../../../src/core/base/address.ts'
import { embeddedOffset } from '../../../src/core/geo/client.ts'
import { compilePlaces } from '../../../src/core/geo/compile-places.ts'
import { countryCode } from '../../../src/core/geo/country.ts'
import { bindPlaces, describePlace, describeSource, findPlace } from '../../../src/core/geo/places.ts'

const file = 'geo-whois-asn-country.mmdb'
const bytes = readFileSync(
  new URL(`../../../node_modules/@ip-location-db/geo-whois-asn-country-mmdb/${file}`, import.meta.url),
)
const reader = new Reader(bytes) as unknown as {
  get(address: string): { country_code: string } | null
}
const { image, names, problems } = compilePlaces([{ name: file, bytes, attribution: 'nro.net' }], [])
const places = bindPlaces(image)

/** A small repeatable generator (mulberry32), so that a failure can be repeated. */
function openDice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Below = (below: number) => number

function randomV4(below: Below): Uint8Array {
  return Uint8Array.from({ length: 4 }, () => below(256))
}

/** Half of them where the database knows something: most of the IPv6 space is empty. */
function randomV6(below: Below): Uint8Array {
  const address = Uint8Array.from({ length: 16 }, () => below(256))
  if (below(2) === 0) return address
  const at = 4 * below(places.map.v6Values.length)
  const known = 1 + below(16)
  for (let i = 0; i < known; i++) address[i] = places.map.v6Starts[at + (i >> 2)]! >>> (24 - 8 * (i & 3))
  return address
}

function find(address: Uint8Array): { place: number; length: number } {
  const found = { value: -1, length: -1 }
  findPlace(places, address.length === 4 ? 4 : 6, address, 0, found)
  return { place: found.value, length: found.length }
}

test('the embedded database compiles without problems', () => {
  expect(problems).toEqual([])
  expect(names.databases).toEqual([
    { name: file, type: 'country ipvAll', builtAt: '2026-06-17T19:51:40.000Z', attribution: 'nro.net' },
  ])
})

test.each([
  ['IPv4', randomV4],
  ['IPv6', randomV6],
] as const)('100 000 random %s addresses have the country that maxmind finds, unless they are nowhere', (_, random) => {
  const below = openDice(1)
  let known = 0
  for (let i = 0; i < 100_000; i++) {
    const address = random(below)
    if (address.length === 16 && embeddedOffset(address, 0) >= 0) continue
    const text = printAddress(address)
    const { place } = find(address)
    if (places.special[place] === 1) continue
    const record = reader.get(text)
    const country = countryCode(places.country[place]!)
    if (country !== (record?.country_code ?? '')) expect(`${text} ${country}`).toBe(`${text} ${record?.country_code}`)
    if (record) known++
  }
  expect(known).toBeGreaterThan(25_000)
})

/** A copy with the bits from `length` on drawn anew; with `flip`, the one before turned over. */
function redraw(address: Uint8Array, length: number, flip: boolean, below: Below): Uint8Array {
  const copy = address.slice()
  for (let bit = flip ? length - 1 : length; bit < 8 * copy.length; bit++) {
    const mask = 0x80 >> (bit & 7)
    if ((flip && bit === length - 1) || below(2) === 0) copy[bit >> 3]! ^= mask
  }
  return copy
}

test.each([
  ['IPv4', randomV4],
  ['IPv6', randomV6],
] as const)('the length found for an %s address is the widest in which the place is the same', (_, random) => {
  const below = openDice(2)
  let widened = 0
  for (let i = 0; i < 5000; i++) {
    const address = random(below)
    if (address.length === 16 && embeddedOffset(address, 0) >= 0) continue
    const found = find(address)
    for (let turn = 0; turn < 4; turn++) {
      const inside = redraw(address, found.length, false, below)
      expect({ inside, ...find(inside) }).toEqual({ inside, ...found })
    }
    if (found.length === 0) continue
    // The other half of the next wider prefix: either it has parts, or it is another place.
    const beside = redraw(address, found.length, true, below)
    if (beside.length === 16 && embeddedOffset(beside, 0) >= 0) continue // never merged with what is beside it
    const other = find(beside)
    const isWidest = other.place !== found.place || other.length > found.length
    expect(isWidest ? 'widest' : printAddress(address)).toBe('widest')
    widened++
  }
  expect(widened).toBeGreaterThan(4000)
})

test.each(['2003::1', '2001:1::1', '1::1', '64:ff9b:1::1', '3000::1', '8000::1'])(
  'what holds for %s promises nothing about addresses with IPv4 inside',
  (text) => {
    const address = parseAddress(text)!.bytes
    const { length } = find(address)
    for (const inside of [
      '2002:808:808::',
      '2001:0:1::',
      '::8.8.8.8',
      '::ffff:8.8.8.8',
      '::ffff:0:8.8.8.8',
      '64:ff9b::8.8.8.8',
    ]) {
      const other = parseAddress(inside)!.bytes
      let shared = 0
      while (((address[shared >> 3]! ^ other[shared >> 3]!) & (0x80 >> (shared & 7))) === 0) shared++
      expect(shared).toBeLessThan(length)
    }
  },
)

test('the first and the last address of the space are found', () => {
  for (const text of ['0.0.0.0', '255.255.255.255', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']) {
    expect(places.special[find(parseAddress(text)!.bytes).place]).toBe(1)
  }
})

test('a place says in words where it is and who says so', () => {
  const { place } = find(parseAddress('8.8.8.8')!.bytes)
  expect(describePlace(places, names, place)).toBe('US, North America (country centroid 39.9, -98.8)')
  expect(describeSource(places, names, place)).toBe('geo-whois-asn-country.mmdb of 2026-06-17')
  expect(describePlace(places, names, 0)).toBe('an unknown place')
  expect(describeSource(places, names, 0)).toBe('no source')
})

test('a block of memory that is no image is refused', () => {
  expect(() => bindPlaces(new SharedArrayBuffer(64))).toThrow('not a place image')
})
