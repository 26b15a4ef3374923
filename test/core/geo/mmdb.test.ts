// MaxMind DB files: what is in them is read to the last entry, and broken ones are refused.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePrefix } from '../../../src/core/base/address.ts'
import { type Database, openDatabase } from '../../../src/core/geo/mmdb.ts'
import { addressWords, type Ranges } from '../../../src/core/geo/ranges.ts'
import { type Entry, Float, type MmdbOptions, writeMmdb } from './mmdb-writer.ts'

const v4Entries: Entry[] = [
  { prefix: '1.0.0.0/8', record: { country_code: 'AU' } },
  { prefix: '1.2.3.0/24', record: { country_code: 'JP' } },
  { prefix: '1.2.3.4/32', record: { country_code: 'KR' } },
  { prefix: '128.0.0.0/1', record: { country_code: 'US' } },
  { prefix: '198.51.100.128/25', record: { country_code: 'FR' } },
]
const v6Entries: Entry[] = [
  { prefix: '2001:db8::/32', record: { country_code: 'DE' } },
  { prefix: '2001:db8:1::/48', record: { country_code: 'IE' } },
  { prefix: '2001:db8:1::1/128', record: { country_code: 'GB' } },
  { prefix: '2a00::/11', record: { country_code: 'NL' } },
]

function open(entries: readonly Entry[], options?: MmdbOptions): Database {
  const database = openDatabase('test.mmdb', writeMmdb(entries, options))
  if ('severity' in database) throw new Error(database.message)
  return database
}

/** `first address as hex words → country` for every range. */
function list(database: Database, ranges: Ranges): string[] {
  return Array.from({ length: ranges.count }, (_, i) => {
    const words = ranges.starts.subarray(i * ranges.width, (i + 1) * ranges.width)
    const hex = [...words].map((word) => word.toString(16).padStart(8, '0')).join('')
    return `${hex} ${database.records[ranges.values[i]!]!.country}`.trim()
  })
}

const v4Ranges = [
  '00000000',
  '01000000 AU',
  '01020300 JP',
  '01020304 KR',
  '01020305 JP',
  '01020400 AU',
  '02000000',
  '80000000 US',
  'c6336480 FR',
  'c6336500 US',
]

test.each([
  [24, 4],
  [28, 4],
  [32, 4],
  [24, 6],
  [28, 6],
  [32, 6],
] as const)(
  'a tree of %d-bit records for IPv%d gives every IPv4 entry, from its first address to its last',
  (recordSize, ipVersion) => {
    const database = open(v4Entries, { recordSize, ipVersion })
    expect(list(database, database.v4)).toEqual(v4Ranges)
  },
)

test.each([24, 28, 32] as const)('a tree of %d-bit records gives every IPv6 entry', (recordSize) => {
  const database = open([...v4Entries, ...v6Entries], { recordSize })
  expect(list(database, database.v6)).toEqual([
    `${'0'.repeat(32)}`,
    '20010db8000000000000000000000000 DE',
    '20010db8000100000000000000000000 IE',
    '20010db8000100000000000000000001 GB',
    '20010db8000100000000000000000002 IE',
    '20010db8000200000000000000000000 DE',
    '20010db9000000000000000000000000',
    '2a000000000000000000000000000000 NL',
    '2a200000000000000000000000000000',
  ])
})

test('a record far into a big data section is found, where 28-bit words use their shared byte', () => {
  const filler = 'x'.repeat(60_000) // 300 of them reach beyond the 16.7 MB of 24 bits
  const many = Array.from({ length: 300 }, (_, i) => ({
    prefix: `${16 + (i >> 8)}.${i & 255}.0.0/16`,
    record: { city: `${i}${filler}`, country_code: 'DE' },
  }))
  const last = { prefix: '1.0.0.0/8', record: { country_code: 'AU' } }
  const database = open([...many, last], { recordSize: 28, ipVersion: 4 })
  expect(database.records.map(({ country }) => country).sort()).toEqual(['', 'AU', ...many.map(() => 'DE')])
  expect(list(database, database.v4)).toContain('01000000 AU')
})

test('a database for IPv4 only knows nothing about any IPv6 address', () => {
  const database = open(v4Entries, { ipVersion: 4 })
  expect(list(database, database.v6)).toEqual(['0'.repeat(32)])
})

test('IPv4 addresses are not listed again where an IPv6 tree has aliases for them', () => {
  const plain = open([...v4Entries, ...v6Entries])
  const aliased = open([...v4Entries, ...v6Entries], { aliases: ['::ffff:0:0/96', '2002::/16', '2001::/32'] })
  expect(list(aliased, aliased.v4)).toEqual(v4Ranges)
  expect(list(aliased, aliased.v6)).toEqual(list(plain, plain.v6))
})

test('one record for all of IPv4 is read, though the tree ends before depth 96', () => {
  const database = open([{ prefix: '::/64', record: { country_code: 'DE' } }])
  expect(list(database, database.v4)).toEqual(['00000000 DE'])
})

test('type, date and nested records are read', () => {
  const record = {
    country: { iso_code: 'CA' },
    subdivisions: [{ iso_code: 'QC' }],
    location: { latitude: new Float(45.5), longitude: -73.6 },
  }
  const database = open([{ prefix: '1.0.0.0/8', record }], { type: 'GeoIP2-City' })
  expect(database).toMatchObject({ type: 'GeoIP2-City', builtAt: '2026-05-28T20:26:40.000Z' })
  expect(database.records[1]).toEqual({
    country: 'CA',
    continent: '',
    subdivision: 'CA-QC',
    asn: 0,
    at: { lat: 45.5, lon: -73.6 },
  })
})

test('random prefixes come out as they went in', () => {
  const prefix = fc.tuple(fc.integer({ min: 1, max: 32 }), fc.nat(0xffffffff)).map(([length, bits]) => {
    const first = (bits & (-1 << (32 - length))) >>> 0
    return `${[24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.')}/${length}`
  })
  const sizes = fc.constantFrom(24 as const, 28 as const, 32 as const)
  fc.assert(
    fc.property(
      fc.uniqueArray(prefix, { minLength: 1, maxLength: 30 }),
      sizes,
      fc.constantFrom(4 as const, 6 as const),
      (prefixes, recordSize, ipVersion) => {
        const sorted = prefixes.map((text) => ({ text, ...parsePrefix(text)! })).sort((a, b) => a.length - b.length)
        const entries = sorted.map(({ text }, i) => ({ prefix: text, record: { autonomous_system_number: i + 1 } }))
        const database = open(entries, { recordSize, ipVersion })
        for (const { bytes } of sorted) {
          const address = addressWords(bytes)[0]!
          // The narrowest that holds the address, which is the last of them.
          const expected = sorted.findLastIndex(
            ({ bytes: first, length }) => ((addressWords(first)[0]! ^ address) & (-1 << (32 - length))) === 0,
          )
          expect(database.records[valueAt(database.v4, address)]!.asn).toBe(expected + 1)
        }
      },
    ),
    { numRuns: 60 },
  )
})

function valueAt(ranges: Ranges, address: number): number {
  let i = 0
  while (i + 1 < ranges.count && ranges.starts[i + 1]! <= address) i++
  return ranges.values[i]!
}

function refusal(bytes: Uint8Array): string {
  const result = openDatabase('broken.mmdb', bytes)
  if (!('severity' in result)) throw new Error('it was accepted')
  expect(result).toMatchObject({ path: [], severity: 'error', hint: expect.stringContaining('is it complete?') })
  return result.message
}

const whole = writeMmdb([...v4Entries, ...v6Entries])

test('a file cut short anywhere is refused', () => {
  for (let length = 0; length < whole.length; length += 7) {
    expect(refusal(whole.subarray(0, length))).toContain('broken.mmdb unreadable')
  }
})

test('a file with its front missing is refused', () => {
  for (let at = 6; at < whole.length; at += 60) expect(refusal(whole.subarray(at))).toContain('broken.mmdb unreadable')
})

test.each([
  ['an empty file', new Uint8Array(0), ''],
  ['text', new TextEncoder().encode('<!doctype html><title>404</title>'), ''],
  ['a loop', changed(0, [0, 0, 0, 0, 0, 0]), 'has a loop'],
  ['a pointer outside', changed(3, [0xff, 0xff, 0xff]), 'points outside its data'],
])('%s is refused', (_, bytes, message) => expect(refusal(bytes)).toContain(message))

function changed(at: number, bytes: readonly number[]): Uint8Array {
  const copy = whole.slice()
  copy.set(bytes, at)
  return copy
}

test('no change of bytes makes it throw or hang', () => {
  const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const copy = whole.slice()
      for (const [at, byte] of changes) copy[at] = byte
      const result = openDatabase('changed.mmdb', copy)
      if ('severity' in result) expect(result.severity).toBe('error')
      else expect(result.v4.count).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})

test('shared memory is read in place', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(whole.length + 5), 5)
  shared.set(whole)
  expect(openDatabase('shared.mmdb', shared)).toMatchObject({ type: 'Test' })
})
