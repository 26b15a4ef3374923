// Databases of all shapes, from the file to the place: every entry is found, with its exact prefix length, as maxmind finds it.

import { Reader } from 'maxmind'
import { describe, expect, test } from 'vitest'
import { maskBytes, type Prefix, printAddress, printPrefix } from '../../../src/core/base/address.ts'
import { embeddedOffset } from '../../../src/core/geo/client.ts'
import { compilePlaces } from '../../../src/core/geo/compile-places.ts'
import { countries, countryCode } from '../../../src/core/geo/country.ts'
import { latLon } from '../../../src/core/geo/distance.ts'
import { bindPlaces, findPlace } from '../../../src/core/geo/places.ts'
import { openNumbers } from '../../support/chance.ts'
import { type Entry, writeMmdb } from './mmdb-writer.ts'

type Below = (limit: number) => number

const codes = [...countries.keys()]

/** What an entry says, and its two forms in a file. No two are the same. */
interface Known {
  readonly country: string
  readonly asn: number
  readonly lat: number
  readonly lon: number
}

const shapes = {
  flat: ({ country, asn, lat, lon }: Known) => ({
    country_code: country,
    asn: `AS${asn}`,
    latitude: lat,
    longitude: lon,
  }),
  GeoIP2: ({ country, asn, lat, lon }: Known) => ({
    country: { iso_code: country, names: { en: 'somewhere' } },
    autonomous_system_number: asn,
    location: { latitude: lat, longitude: lon },
  }),
} as const

function anyPrefix(family: 4 | 6, below: Below): Prefix {
  const bytes = Uint8Array.from({ length: family === 4 ? 4 : 16 }, () => below(256))
  bytes[0] = family === 4 ? pickFirst(below) : 0x24 + below(8)
  const length = 8 + below(family === 4 ? 25 : 121)
  return { family, length, bytes: maskBytes(bytes, length) }
}

/** Public, whatever follows. */
function pickFirst(below: Below): number {
  const first = 1 + below(222)
  return [10, 100, 127, 169, 172, 192, 198].includes(first) ? 8 : first
}

function isIn(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false
  return Buffer.compare(maskBytes(inner.bytes, outer.length), outer.bytes) === 0
}

/** Prefixes apart from one another. */
function anyEntries(families: readonly (4 | 6)[], shape: keyof typeof shapes, below: Below) {
  const entries: { prefix: Prefix; known: Known }[] = []
  for (let i = 0; i < 400; i++) {
    const prefix = anyPrefix(families[i % families.length]!, below)
    if (entries.some((other) => isIn(other.prefix, prefix) || isIn(prefix, other.prefix))) continue
    const known = {
      country: codes[below(codes.length)]!,
      asn: i + 1,
      lat: 1 + (i % 89) + 0.5,
      lon: 1 + (i % 179) + 0.25,
    }
    entries.push({ prefix, known })
  }
  const written = entries.map(
    ({ prefix, known }): Entry => ({ prefix: printPrefix(prefix), record: shapes[shape](known) }),
  )
  return { entries, written }
}

/** Some address in the prefix. */
function within({ bytes, length }: Prefix, below: Below): Uint8Array {
  return bytes.map((byte, i) => byte | (below(256) & (0xff >> Math.min(8, Math.max(0, length - 8 * i)))))
}

describe.each(['flat', 'GeoIP2'] as const)('%s records', (shape) => {
  describe.each([24, 28, 32] as const)('of %d-bit nodes', (recordSize) => {
    test.each([
      ['IPv4 only', 4, [4]],
      ['IPv6, with IPv4 inside', 6, [4, 6]],
    ] as const)('%s: each entry is found with its exact prefix length', (_, ipVersion, families) => {
      const below = openNumbers(recordSize + ipVersion)
      const { entries, written } = anyEntries(families, shape, below)
      expect(entries.length).toBeGreaterThan(300)
      const bytes = writeMmdb(written, { recordSize, ipVersion })
      const reader = new Reader(Buffer.from(bytes)) as unknown as {
        getWithPrefixLength(address: string): [unknown, number]
      }
      const { image, problems } = compilePlaces([{ name: 'test.mmdb', bytes }], [])
      expect(problems).toEqual([])
      const places = bindPlaces(image)
      for (const { prefix, known } of entries) {
        const address = within(prefix, below)
        if (address.length === 16 && embeddedOffset(address, 0) >= 0) continue
        const found = { value: 0, length: 0 }
        findPlace(places, prefix.family, address, 0, found)
        const { lat, lon } = latLon(places.x[found.value]!, places.y[found.value]!, places.z[found.value]!)
        const told = {
          country: countryCode(places.country[found.value]!),
          asn: places.asn[found.value],
          length: found.length,
        }
        expect({ prefix: printPrefix(prefix), ...told }).toEqual({
          prefix: printPrefix(prefix),
          country: known.country,
          asn: known.asn,
          length: prefix.length,
        })
        expect(Math.abs(lat - known.lat) + Math.abs(lon - known.lon)).toBeLessThan(0.001)
        const [record, length] = reader.getWithPrefixLength(printAddress(address))
        expect([record, length]).toEqual([shapes[shape](known), prefix.length])
      }
    })
  })
})
