// Where clients and vantage regions are, from the operator's files.

import { expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { bindSnapshot } from '../../src/core/answer/snapshot.ts'
import { parseAddress } from '../../src/core/base/address.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { describeSource, findPlace } from '../../src/core/geo/places.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openFolder } from '../support/folder.ts'

const zone = {
  zone: 'example.com',
  soa: { rname: 'hostmaster' },
  ns: ['ns1'],
  records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' } },
  pools: {
    none: { region: 'eu', targets: [{ address: '192.0.2.9' }] },
    eu: { region: 'eu', at: { country: 'IE' }, targets: [{ address: '192.0.2.10' }] },
    far: { region: 'eu', at: { country: 'AU' }, targets: [{ address: '192.0.2.11' }] },
    us: { region: 'us', at: { lat: 39, lon: -77.5 }, targets: [{ address: '192.0.2.20' }] },
  },
  services: { web: { steer: { failover: ['eu', 'us', 'far', 'none'] } } },
}

const networks = {
  networks: [
    { cidr: '20.0.0.0/8', country: 'FR' },
    { cidr: '30.0.0.0/8', country: 'CA' },
    { cidr: '40.0.0.0/8', country: 'NZ' },
  ],
}

function load(settings: object, files: object = {}) {
  using folder = openFolder({
    'meridian.yaml': { geo: { networks: 'networks.yaml' }, ...settings },
    'networks.yaml': networks,
    'zones/example.com.yaml': zone,
    ...files,
  })
  const { loaded, problems } = loadNode(`${folder.path}/meridian.yaml`, 1)
  return { loaded, problems: problems.map((problem) => printProblem(problem).replace(`${folder.path}/`, '')) }
}

/** The vantage regions nearest to clients in France, Canada and New Zealand, and in no known place. */
function nearest(settings: object): (string | undefined)[] {
  const { loaded, problems } = load(settings)
  expect(problems).toEqual([])
  const { places } = bindSnapshot(loaded!.snapshot)
  const { vantages = [loaded!.config.node.region] } = loaded!.config.health
  return ['20.0.0.1', '30.0.0.1', '40.0.0.1', '10.0.0.1'].map((text) => {
    const found = { value: 0, length: 0 }
    findPlace(places, 4, parseAddress(text)!.bytes, 0, found)
    return vantages[places.vantage[found.value]! - 1]
  })
}

const vantages = ['ap', 'eu', 'us']

test.each([
  ['the first pool of a region that has a place says where it stands', {}, ['eu', 'us', 'us', undefined]],
  ['`regions` says so for those without', { ap: { country: 'SG' } }, ['eu', 'us', 'ap', undefined]],
  ['and before any pool', { eu: { lat: -41, lon: 174 } }, ['us', 'us', 'eu', undefined]],
])('%s', (_, at, expected) => {
  const regions = Object.fromEntries(Object.entries(at).map(([name, place]) => [name, { at: place }]))
  expect(nearest({ health: { vantages }, regions })).toEqual(expected)
})

test('a node without a list of vantage regions has its own', () => {
  const found = nearest({ node: { region: 'home' }, regions: { home: { at: { country: 'FR' } } } })
  expect(found).toEqual(['home', 'home', 'home', undefined])
})

test.each([
  [
    { eus: { at: { country: 'IE' } } },
    'regions.eus: expected a vantage region (ap, eu, us), found "eus" (did you mean "eu"?)',
  ],
  [{ eu: { at: { country: 'IR', lat: 1 } } }, 'regions.eu.at'],
  [{ eu: { at: { country: 'XX' } } }, 'regions.eu.at.country: expected a country code such as IE, found "XX"'],
  [{ eu: {} }, 'regions.eu: missing key "at"'],
])('%j is a mistake', (regions, message) => {
  const { loaded, problems } = load({ health: { vantages }, regions })
  expect(loaded).toBeUndefined()
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(message)
})

test('databases are asked in the order of the list, and each mistake is told of its own', () => {
  const one = writeMmdb([{ prefix: '50.0.0.0/8', record: { country_code: 'IE' } }])
  const two = writeMmdb([{ prefix: '50.0.0.0/7', record: { country_code: 'IT' } }])
  const files = { 'one.mmdb': one, 'two.mmdb': two, 'cut.mmdb': two.subarray(0, two.length - 90) }
  const { loaded } = load({ geo: { databases: ['one.mmdb', 'two.mmdb'] } }, files)
  const { places } = bindSnapshot(loaded!.snapshot)
  const sourceOf = (text: string): string => {
    const found = { value: 0, length: 0 }
    findPlace(places, 4, parseAddress(text)!.bytes, 0, found)
    return describeSource(places, loaded!.names.places, found.value)
  }
  expect(sourceOf('50.1.1.1')).toMatch(/^one.mmdb of /)
  expect(sourceOf('51.1.1.1')).toMatch(/^two.mmdb of /)
  const { problems } = load({ geo: { databases: ['missing.mmdb', 'one.mmdb', 'cut.mmdb'] } }, files)
  expect(problems.map((text) => text.split(': expected')[0]!.replace(/^.*geo/, 'geo'))).toEqual([
    'geo.databases[0]',
    'geo.databases[2]',
  ])
})

test('networks may stand in several files, YAML and tables, and mistakes say where they are', () => {
  const tables = { geo: { networks: ['networks.yaml', 'more.csv', 'last.yaml'] } }
  const more = 'cidr,name,country\n50.0.0.0/8,partner,IE\n'
  const last = { networks: [{ cidr: '60.0.0.0/8', name: 'own' }] }
  const { loaded, problems } = load(tables, { 'more.csv': more, 'last.yaml': last })
  expect(problems).toEqual([])
  expect(loaded!.names.places.networks).toEqual(['partner', 'own'])
  const wrong = {
    'more.csv': `${more}20.0.0.0/8,again,\nx,,\n::ffff:1.0.0.0/104,,\n`,
    'last.yaml': { networks: [{ cidr: '60.0.0.0/8' }, { cidr: '50.0.0.0/8' }] },
  }
  expect(load(tables, wrong).problems).toEqual([
    'more.csv:3:1: expected each prefix once, found 20.0.0.0/8 again (first in networks[0] of networks.yaml)',
    'more.csv:4:1: expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "x"',
    'more.csv:5:1: warning: expected the IPv4 prefix itself, found it inside of IPv6 as ::ffff:1.0.0.0/104 (clients with such addresses are looked up by the IPv4 address inside)',
    'last.yaml:7:12 networks[1].cidr: expected each prefix once, found 50.0.0.0/8 again (first in line 2 of more.csv)',
  ])
  expect(load({ geo: { networks: 'missing.csv' } }).problems).toHaveLength(1)
})

test('a table of 100 000 prefixes is loaded in seconds at most', () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, i) => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24,n${i % 1000},FR`,
  )
  const started = performance.now()
  const { loaded, problems } = load(
    { geo: { networks: 'many.csv' } },
    { 'many.csv': `cidr,name,country\n${rows.join('\n')}\n` },
  )
  expect(problems).toEqual([])
  expect(loaded!.names.places.networks).toHaveLength(1000)
  expect(performance.now() - started).toBeLessThan(10_000)
})
