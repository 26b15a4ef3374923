// Databases by preference, and own networks over them.

import { expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/base/address.ts'
import { compilePlaces, openPlaces } from '../../../src/core/geo/compile-places.ts'
import { networksConfig } from '../../../src/core/geo/networks.ts'
import {
  bindPlaces,
  describeNetwork,
  describePlace,
  describeSource,
  findPlace,
  isInNetwork,
  SPECIAL_PLACE,
} from '../../../src/core/geo/places.ts'
import { type Entry, writeMmdb } from './mmdb-writer.ts'

const countries: Entry[] = [
  { prefix: '192.0.2.0/24', record: { country_code: 'DE' } },
  { prefix: '198.51.100.0/24', record: { country_code: 'FR' } },
  { prefix: '203.0.113.0/24', record: { country_code: 'EU' } },
  { prefix: '2001:db8::/32', record: { country_code: 'DE' } },
]
const cities: Entry[] = [
  { prefix: '192.0.2.0/25', record: { country_code: 'DE', state1: 'BE', latitude: 52.5, longitude: 13.4 } },
  { prefix: '198.51.100.0/24', record: { country_code: 'ES', state1: 'M', latitude: 40.4, longitude: -3.7 } },
  { prefix: '203.0.113.0/24', record: { country: { iso_code: 'IT' }, continent: { code: 'EU' } } },
  { prefix: '100.0.0.0/8', record: { country_code: 'US', state1: 'NY' } },
]
const systems: Entry[] = [
  { prefix: '192.0.2.0/26', record: { autonomous_system_number: 64500 } },
  { prefix: '9.0.0.0/8', record: { autonomous_system_number: 64501 } },
]

function compile(
  databases: readonly (readonly Entry[])[],
  networks: readonly unknown[] = [],
  cidrs: readonly string[] = [],
) {
  const sources = databases.map((entries, i) => ({ name: `db${i + 1}.mmdb`, bytes: writeMmdb(entries) }))
  const { numbers, compile: finish } = openPlaces(sources, networksConfig.parse({ networks }).networks)
  for (const text of cidrs) numbers.cidr(parsePrefix(text)!)
  const compiled = finish()
  const places = bindPlaces(compiled.image)
  const find = (text: string) => {
    const { family, bytes } = parseAddress(text)!
    const found = { value: -1, length: -1 }
    findPlace(places, family, bytes, 0, found)
    return { place: found.value, length: found.length }
  }
  const at = (text: string): string => {
    const { place, length } = find(text)
    return `${describePlace(places, compiled.names, place)} /${length}`
  }
  const source = (text: string): string => describeSource(places, compiled.names, find(text).place)
  return { ...compiled, numbers, places, find, at, source }
}

test('without databases nothing is known about anybody, in pieces as wide as the special ranges leave', () => {
  expect(compile([]).at('192.0.2.1')).toBe('an unknown place /23')
  expect(compile([]).at('8.8.8.8')).toBe('an unknown place /7')
  expect(compile([]).find('2a00::1').place).toBe(0)
})

test.each([
  [
    '192.0.2.1',
    'DE-BE, Europe, AS64500 (at 52.5, 13.4) /26',
    'db1.mmdb of 2026-05-28',
    'each adds what the ones before lack',
  ],
  ['192.0.2.65', 'DE-BE, Europe (at 52.5, 13.4) /26', 'db1.mmdb of 2026-05-28', 'the third ends earlier'],
  ['192.0.2.129', 'DE, Europe (country centroid 51.0, 10.3) /25', 'db1.mmdb of 2026-05-28', 'only the first knows'],
  [
    '198.51.100.1',
    'FR, Europe (country centroid 46.6, 2.5) /24',
    'db1.mmdb of 2026-05-28',
    'the second disagrees and is not heard',
  ],
  ['203.0.113.1', 'IT, Europe (country centroid', 'db2.mmdb of 2026-05-28', 'a country is better than its continent'],
  [
    '100.1.2.3',
    'US-NY, North America (country centroid 39.9, -98.8) /10',
    'db2.mmdb of 2026-05-28',
    'only the second knows',
  ],
  ['9.9.9.9', 'AS64501 /8', 'db3.mmdb of 2026-05-28', 'only the third knows'],
  ['8.8.8.8', 'an unknown place /8', 'no source', 'nobody knows'],
])('%s is %s by %s: %s', (address, place, source) => {
  const compiled = compile([countries, cities, systems])
  expect(compiled.problems).toEqual([])
  expect(compiled.at(address)).toContain(place)
  expect(compiled.source(address)).toBe(source)
})

test('the order of the databases decides', () => {
  expect(compile([cities, countries]).at('198.51.100.1')).toBe('ES-M, Europe (at 40.4, -3.7) /24')
})

test('a database that cannot be read is a problem of that database, and the others are used', () => {
  const broken = { name: 'broken.mmdb', bytes: new Uint8Array(100) }
  const { problems, names } = compilePlaces([broken, { name: 'whole.mmdb', bytes: writeMmdb(countries) }], [])
  expect(problems).toMatchObject([{ path: ['databases', 0], severity: 'error' }])
  expect(names.databases.map(({ name }) => name)).toEqual(['whole.mmdb'])
})

test('a database that says nothing about places is pointed out', () => {
  const { problems } = compile([[{ prefix: '192.0.2.0/24', record: { isp: 'Example' } }]])
  expect(problems).toMatchObject([
    { path: ['databases', 0], severity: 'warning', message: expect.stringContaining('db1.mmdb (Test) without any') },
  ])
})

const nested = [
  { cidr: '192.0.2.0/28', name: 'lab', asn: 64510 },
  { cidrs: ['192.0.0.0/16', '10.0.0.0/8'], name: 'corp', country: 'IE' },
  { cidr: '192.0.2.0/24', name: 'office', subdivision: 'CA-QC', at: { lat: 45.5, lon: -73.6 } },
  { cidr: '10.1.0.0/16', at: { lat: 53.3, lon: -6.3 } },
  { cidr: '198.51.100.0/24', name: 'partner' },
  { cidr: '198.51.100.128/25', country: 'FR' },
]

test.each([
  ['192.0.2.1', 'network lab in office in corp, CA-QC, North America, AS64510 (at 45.5, -73.6) /28', 'own networks'],
  ['192.0.2.17', 'network office in corp, CA-QC, North America (at 45.5, -73.6) /28', 'own networks'],
  ['192.0.3.1', 'network corp, IE, Europe (country centroid', 'own networks'],
  ['10.1.2.3', 'network corp, IE, Europe (at 53.3, -6.3) /16', 'own networks'],
  [
    '198.51.100.1',
    'network partner, FR, Europe (country centroid 46.6, 2.5) /24',
    'db1.mmdb of 2026-05-28, own networks',
  ],
  [
    '198.51.100.200',
    'network partner, FR, Europe (country centroid 46.6, 2.5) /24',
    'db1.mmdb of 2026-05-28, own networks',
  ],
])('%s in nested networks, whatever their order in the file, is %s', (address, place, source) => {
  for (const networks of [nested, [...nested].reverse()]) {
    const compiled = compile([countries], networks)
    expect(compiled.problems).toEqual([])
    expect(compiled.at(address)).toContain(place)
    expect(compiled.source(address)).toBe(source)
  }
})

test('another country makes the coordinates and the subdivision beneath untrue; the same country does not', () => {
  const there = [{ cidr: '192.0.2.0/26', country: 'PL' }]
  const here = [{ cidr: '192.0.2.0/26', country: 'DE' }]
  expect(compile([cities], there).at('192.0.2.1')).toMatch(/^PL, Europe \(country centroid/)
  expect(compile([cities], here).at('192.0.2.1')).toBe('DE-BE, Europe (at 52.5, 13.4) /26')
})

test('a network around everything and one for a single address', () => {
  const { at } = compile(
    [],
    [
      { cidrs: ['0.0.0.0/0', '::/0'], name: 'all' },
      { cidrs: ['255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], name: 'last' },
    ],
  )
  expect(at('1.2.3.4')).toBe('network all /1')
  expect(at('255.255.255.254')).toBe('network all /32')
  expect(at('255.255.255.255')).toBe('network last in all /32')
  expect(at('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toBe('network last in all /128')
})

test('a name with one prefix inside another network and one outside is only as much inside as it is', () => {
  const networks = [
    { cidr: '10.0.0.0/8', name: 'corp' },
    { cidrs: ['10.1.0.0/16', '2001:db8:1::/48'], name: 'office' },
    { cidr: '10.1.1.0/24', name: 'lab' },
  ]
  const { places, numbers, find, at } = compile([], networks)
  const number = numbers.network
  const isIn = (address: string, name: string): boolean => isInNetwork(places, find(address).place, number(name)!)
  expect(at('10.1.1.1')).toContain('network lab in office in corp')
  expect(at('2001:db8:1::1')).toContain('network office /')
  expect(['corp', 'office', 'lab'].map((name) => isIn('10.1.1.1', name))).toEqual([true, true, true])
  expect(['corp', 'office', 'lab'].map((name) => isIn('10.1.2.1', name))).toEqual([true, true, false])
  expect(['corp', 'office', 'lab'].map((name) => isIn('2001:db8:1::1', name))).toEqual([false, true, false])
  expect(['corp', 'office', 'lab'].map((name) => isIn('8.8.8.8', name))).toEqual([false, false, false])
})

test('the first network of each name has the number of the name', () => {
  const { places, names } = compile([], nested)
  expect(names.networks).toEqual(['lab', 'corp', 'office', 'partner'])
  expect([...places.networkName]).toEqual([0, 1, 2, 3, 4])
  expect([...places.networkParent]).toEqual([0, 3, 0, 2, 0])
})

test('a repeated prefix is a mistake, shown where it stands the second time', () => {
  const { problems } = compile(
    [],
    [
      { cidr: '10.0.0.0/8', name: 'a' },
      { cidrs: ['10.1.0.0/16', '10.0.0.0/8'], name: 'b' },
    ],
  )
  const message = 'expected each prefix once, found 10.0.0.0/8 again (first in networks[0])'
  expect(problems).toEqual([{ path: ['networks', 1, 'cidrs', 1], message, severity: 'error' }])
})

test('an own network of transition addresses would never match, and a warning says so', () => {
  const { problems } = compile([], [{ cidrs: ['::ffff:10.0.0.0/104', '2002:c000::/24', '2001:db8::/32', '::/0'] }])
  expect(problems.map(({ path, severity }) => [...path, severity])).toEqual([
    ['networks', 0, 'cidrs', 0, 'warning'],
    ['networks', 0, 'cidrs', 1, 'warning'],
  ])
})

test('subdivisions have numbers behind their names', () => {
  const { places, numbers, find } = compile([cities], [{ cidr: '10.0.0.0/8', subdivision: 'CA-QC' }])
  const { subdivision } = numbers
  expect(places.subdivision[find('10.0.0.1').place]).toBe(subdivision('CA-QC'))
  expect(places.subdivision[find('192.0.2.1').place]).toBe(subdivision('DE-BE'))
  expect(subdivision('US-CA')).toBeUndefined()
})

test('prefixes that conditions name stand among the own networks, and say nothing else about their clients', () => {
  const cidrs = ['192.0.2.0/25', '192.0.2.0/24', '64.0.0.0/6', '10.3.0.0/16', '2001:db8:5::/48']
  const { places, names, numbers, find, at, problems } = compile([countries], nested, cidrs)
  const chain = (text: string): string[] => {
    const list: string[] = []
    for (let n = places.network[find(text).place]!; n !== 0; n = places.networkParent[n]!)
      list.push(describeNetwork(names, places.networkName[n]!))
    return list
  }
  expect(problems).toEqual([])
  expect(chain('192.0.2.17')).toEqual(['prefix 192.0.2.0/25', 'prefix 192.0.2.0/24', 'network office', 'network corp'])
  expect(chain('192.0.2.1')[0]).toBe('network lab')
  expect(chain('10.3.1.1')).toEqual(['prefix 10.3.0.0/16', 'network corp'])
  expect(chain('10.4.1.1')).toEqual(['network corp'])
  expect(at('192.0.2.17')).toBe('network office in corp, CA-QC, North America (at 45.5, -73.6) /28')
  expect(at('2001:db8:5::1')).toContain('DE, Europe')
  expect(places.own[find('2001:db8:5::1').place]).toBe(0)
  expect(find('65.0.0.0').length).toBe(6)
  expect(numbers.cidr(parsePrefix('64.0.0.0/6')!)).toBe(names.networks.length + 3)
})

test('a prefix of nowhere stays nowhere when a condition names it', () => {
  const { places, find } = compile([], [], ['172.16.0.0/12'])
  const { place } = find('172.20.0.1')
  expect([places.special[place], places.own[place]]).toEqual([1, 0])
  expect(places.network[place]).not.toBe(0)
  expect(find('10.0.0.1').place).toBe(SPECIAL_PLACE)
})

test('equal neighbours are one place, so that the prefix found is as wide as can be', () => {
  const halves: Entry[] = [
    { prefix: '192.0.2.0/25', record: { country_code: 'DE' } },
    { prefix: '192.0.2.128/25', record: { country: { iso_code: 'DE' } } },
  ]
  expect(compile([halves]).find('192.0.2.1').length).toBe(24)
})

test('100 000 own networks are read and compiled in seconds at most', () => {
  const networks = Array.from({ length: 100_000 }, (_, i) => ({
    cidr: `10.${i >> 10}.${(i >> 2) & 255}.${(i & 3) << 6}/26`,
    name: `n${i % 1000}`,
  }))
  const started = performance.now()
  const { at } = compile([], networks)
  expect(at('10.97.167.193')).toBe('network n999 /26')
  expect(performance.now() - started).toBeLessThan(10_000)
})
