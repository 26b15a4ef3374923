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
