// Small configurations for rehearsals: four countries, three pools, a service that a test writes.

import { writeMmdb } from '../../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../../support/folder.ts'
import { openStage, type Stage } from '../../../src/app/rehearsal/stage.ts'
import { printProblem } from '../../../src/core/base/problem.ts'

const places = writeMmdb([
  { prefix: '11.0.0.0/8', record: { country_code: 'DE' } },
  { prefix: '12.0.0.0/8', record: { country_code: 'FR' } },
  { prefix: '13.0.0.0/8', record: { country_code: 'US' } },
  { prefix: '14.0.0.0/8', record: { country_code: 'CA' } },
  { prefix: '2a00::/16', record: { country_code: 'DE' } },
])

export interface Configuration {
  readonly steer: unknown
  readonly ttl?: string
  readonly records?: Readonly<Record<string, unknown>>
  readonly pools?: Readonly<Record<string, unknown>>
  readonly settings?: Readonly<Record<string, unknown>>
  readonly networks?: readonly object[]
}

const pools = {
  eu: { check: 'up', targets: [{ address: '192.0.2.1' }, { address: '2001:db8:1::1' }] },
  us: { check: 'up', targets: [{ address: '198.51.100.1' }, { address: '2001:db8:2::1' }] },
  ap: { check: 'up', targets: [{ address: '203.0.113.1' }, { address: '2001:db8:3::1' }] },
}

export function configure({ steer, ttl = '30s', records, pools: own, settings, networks = [] }: Configuration): Folder {
  return openFolder({
    'meridian.yaml': { geo: { databases: ['places.mmdb'], networks: 'networks.yaml' }, ...settings },
    'places.mmdb': places,
    'networks.yaml': { networks },
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: { serial: 1 },
      records: { www: { service: 'web' }, mail: { A: '192.0.2.25' }, ...records },
      checks: { up: { tcp: { port: 80 }, every: '10s', timeout: '4s', fall: 3, rise: 2, confirm: '1s' } },
      pools: { ...pools, ...own },
      services: { web: { ttl, steer } },
    },
  })
}

/** The stage of a configuration, whose folder is gone again. */
export function stageOf(configuration: Configuration): Stage {
  using folder = configure(configuration)
  const staged = openStage(folder.path)
  if ('problems' in staged) throw new Error(staged.problems.map(printProblem).join('\n'))
  return staged.stage
}
