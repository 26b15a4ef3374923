// Where clients are, from the operator's files: databases, own networks, groups of places, and where vantage regions stand.

import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { Snapshot } from '../core/answer/snapshot.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { type CompiledPlaces, type DatabaseSource, openPlaces, type PlaceNumbers } from '../core/geo/compile-places.ts'
import { compileGroups } from '../core/geo/groups.ts'
import type { PoolPlan } from '../core/steer/config.ts'
import type { GeoNames } from '../core/steer/policy.ts'
import { compileTreatments } from '../core/steer/treatments.ts'
import { readBytes } from '../io/config/bytes.ts'
import { type NodeConfig, vantagesOf } from './config.ts'
import { loadNetworks } from './networks.ts'
import { hasLost, report, reportError, vectorOf } from './plan.ts'
import { beside, type Reading } from './reading.ts'
import type { CompiledZone } from './zone-file.ts'

/** Reads databases and own networks. `finish` compiles the places, once all conditions have got their numbers. */
export function loadPlaces(
  reading: Reading,
  file: string,
  number: number,
  config: NodeConfig,
): { geo: GeoNames; finish: () => CompiledPlaces } {
  const sources = readDatabases(reading, file, number, config.geo.databases)
  const own = loadNetworks(reading, file, number, config.geo.networks)
  const opened = openPlaces(config.geo.databases.length > 0 ? sources : [embedded()], own.configs)
  const finish = (): CompiledPlaces => {
    const places = opened.compile(placeRegions(reading, number, config))
    for (const finding of places.problems) {
      if (finding.path[0] === 'networks') own.report(finding)
      else report(reading, { document: number, path: ['geo'] }, finding)
    }
    return places
  }
  const isLost = config.geo.networks.length === 0 && hasLost(reading.documents[number]!, ['geo'])
  const numbers = tolerant(opened.numbers, isLost ? undefined : own.lostNames)
  return { geo: loadGroups(reading, number, config, numbers), finish }
}

function readDatabases(reading: Reading, file: string, number: number, databases: readonly string[]): DatabaseSource[] {
  return databases.flatMap((path, i) => {
    const read = readBytes(beside(file, path))
    reading.watched.add(beside(file, path))
    if ('bytes' in read) return [{ name: basename(path), bytes: read.bytes, index: i }]
    reportError(
      reading,
      { document: number, path: ['geo', 'databases', i] },
      `expected a database at ${path}, found ${read.wrong}`,
    )
    return []
  })
}

/**
 * Where the vantage regions stand, in their order: as `regions` says, else where the first pool of that name of a region is
 * that has a place.
 */
function placeRegions(reading: Reading, number: number, config: NodeConfig): PoolPlan['at'][] {
  const vantages = vantagesOf(config)
  for (const name of Object.keys(config.regions)) {
    if (vantages.includes(name) || hasLost(reading.documents[number]!, ['health'])) continue
    const message = `expected a vantage region (${vantages.join(', ')}), found "${name}"`
    reportError(reading, { document: number, path: ['regions', name] }, message, didYouMean(name, vantages))
  }
  const written = new Map(
    Object.entries(config.regions).map(([name, { at }]) => [
      name,
      vectorOf(reading, at, { document: number, path: ['regions', name, 'at'] }),
    ]),
  )
  return vantages.map((name) => written.get(name) ?? reading.regionsAt.get(name))
}

/** To steer by a network that has a mistake itself is no second mistake. The numbers stand for nothing: this is never served. */
function tolerant(geo: PlaceNumbers, lostNames: readonly string[] | undefined): PlaceNumbers {
  const names = new Map((lostNames ?? []).map((name, i) => [name, 0xfffe0000 + i]))
  const numberOf = (name: string): number | undefined => {
    if (lostNames === undefined && !names.has(name)) names.set(name, 0xfffe0000 + names.size)
    return names.get(name)
  }
  return { ...geo, network: (name) => geo.network(name) ?? numberOf(name) }
}

/** A group with a mistake, or that nobody could read, is empty: to steer by it is no second mistake. */
function loadGroups(reading: Reading, number: number, config: NodeConfig, numbers: PlaceNumbers): GeoNames {
  const { members, problems } = compileGroups(config.geo.groups, (name) => numbers.network(name) !== undefined)
  for (const finding of problems) report(reading, { document: number, path: ['geo', 'groups'] }, finding)
  const isLost = hasLost(reading.documents[number]!, ['geo'])
  return {
    ...numbers,
    group: (name) => members.get(name) ?? (isLost ? [] : undefined),
    groupNames: () => [...members.keys()],
    vantages: vantagesOf(config).length,
  }
}

const EMBEDDED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'
const ATTRIBUTION =
  'IP allocation data of the regional registries, nro.net (CC BY 4.0), compiled by ip-location-db (CC0)'

/** The country database that comes with the package. */
function embedded(): { name: string; bytes: Uint8Array; attribution: string } {
  const file = createRequire(import.meta.url).resolve(EMBEDDED)
  const read = readBytes(file)
  if (!('bytes' in read)) throw new Error(`the embedded geo database is missing: ${read.wrong}`)
  return { name: 'embedded', bytes: read.bytes, attribution: ATTRIBUTION }
}

/** Which clients each service treats alike. */
export function mapTreatments(
  reading: Reading,
  number: number,
  places: CompiledPlaces,
  zones: readonly CompiledZone[],
): Snapshot['treatments'] {
  const { maps, narrowed } = compileTreatments(
    places.image,
    zones.map((zone) => zone.steering),
  )
  if (narrowed.length > 0)
    report(
      reading,
      { document: number, path: [] },
      {
        path: [],
        severity: 'warning',
        message: `expected services to tell clients apart in fewer ways, found no room for another way of ${narrowed.slice(0, 3).join(', ')}${narrowed.length > 3 ? ` and ${narrowed.length - 3} more` : ''}`,
        hint: 'their answers are right, but say so for narrower prefixes than they could: caches will ask more often',
      },
    )
  return maps
}
