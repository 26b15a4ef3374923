// Files → Plan → Snapshot, or all that is wrong with them. Runs on the loader's thread, and in `check` and `explain`: validating
// a configuration is a dry run of loading it.

import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { z } from 'zod'
import type { Snapshot } from '../core/answer/snapshot.ts'
import type { SnapshotNames } from '../core/answer/trace.ts'
import type { Problem } from '../core/base/problem.ts'
import { compilePlaces, type CompiledPlaces } from '../core/geo/compile-places.ts'
import { indexPlaceNames } from '../core/geo/places.ts'
import { createBoard } from '../core/health/board.ts'
import type { GeoNames } from '../core/steer/policy.ts'
import { compileCatalog } from '../core/zone/catalog.ts'
import { bindZone } from '../core/zone/image.ts'
import { readBytes } from '../io/config/bytes.ts'
import { listFiles } from '../io/config/files.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import { networksConfig, type NodeConfig, nodeConfig, sharedConfig } from './config.ts'
import type { RowPlan } from './keeper.ts'
import { addScope, emptyScope, hasErrors, reportError, type Scope } from './plan.ts'
import { beside, checkAgainst, openDocument, openReading, type Reading, referenceOf } from './reading.ts'
import { checkScope, compileZoneFile, type CompiledZone } from './zone-file.ts'

export interface Loaded {
  readonly config: NodeConfig
  /** With an empty board: whoever puts it into service fills it. */
  readonly snapshot: Snapshot
  readonly names: SnapshotNames
  readonly rows: readonly RowPlan[]
  readonly subjects: readonly ProbeSubject[]
  readonly records: number
}

export interface LoadResult {
  /** Absent where any problem is an error. */
  readonly loaded?: Loaded
  readonly problems: readonly Problem[]
  /** Files and folders that a change of would matter. */
  readonly watched: readonly string[]
}

/** `file` is meridian.yaml; paths in problems are relative where it is. */
export function loadNode(file: string, epoch: number): LoadResult {
  const reading = openReading()
  const number = openDocument(reading, file, nodeConfig)
  const loaded = number === undefined ? undefined : loadFrom(reading, file, number, epoch)
  const problems = unique(reading.problems)
  const result = { problems, watched: [...reading.watched] }
  return loaded && !hasErrors(reading) ? { ...result, loaded } : result
}

function loadFrom(reading: Reading, file: string, number: number, epoch: number): Loaded | undefined {
  const { value: config, partial } = checkAgainst(reading, number, nodeConfig)
  // With a mistake in this file the others are looked at all the same: one run shows all mistakes.
  const known = config ?? partial
  if (!known) return undefined
  const places = loadPlaces(reading, file, number, known)
  const geo = indexPlaceNames(places.names)
  const shared = loadShared(reading, file, number, known)
  const zones = loadZones(reading, file, number, known, shared, geo)
  if (!config || hasErrors(reading)) return undefined
  const snapshot = makeSnapshot(reading, config, places, zones, epoch)
  return {
    config,
    snapshot,
    names: {
      zones: zones.map((zone) => zone.name),
      steering: zones.map((zone) => zone.steering.names),
      places: places.names,
    },
    rows: reading.rows,
    subjects: [...reading.subjects.values()],
    records: zones.reduce((sum, zone) => sum + zone.records, 0),
  }
}

function makeSnapshot(
  reading: Reading,
  config: NodeConfig,
  places: CompiledPlaces,
  zones: readonly CompiledZone[],
  epoch: number,
): Snapshot {
  const slotCounts = zones.map((zone) => zone.steering.names.slots.length)
  const vantages = config.health.vantages ?? [config.node.region]
  return {
    epoch,
    hash: reading.hash.digest('hex').slice(0, 12),
    zones: zones.map((zone) => zone.image),
    catalog: compileCatalog(zones.map((zone) => bindZone(zone.image))),
    steering: zones.map((zone) => zone.steering.table),
    slotBase: slotCounts.map((_, i) => slotCounts.slice(0, i).reduce((sum, count) => sum + count, 0)),
    slotCount: slotCounts.reduce((sum, count) => sum + count, 0),
    places: places.image,
    board: createBoard(reading.rows.length, vantages.length),
    secret: new Uint8Array(createHash('sha256').update(config.secret).digest().subarray(0, 16)),
  }
}

function loadPlaces(reading: Reading, file: string, number: number, config: NodeConfig): CompiledPlaces {
  const { databases, networks } = config.geo
  const sources = databases.flatMap((path, i) => {
    const read = readBytes(beside(file, path))
    reading.watched.add(beside(file, path))
    if ('bytes' in read) return [{ name: basename(path), bytes: read.bytes }]
    reportError(
      reading,
      { document: number, path: ['geo', 'databases', i] },
      `expected a database at ${path}, found ${read.wrong}`,
    )
    return []
  })
  let networksDocument: number | undefined
  let own: z.infer<typeof networksConfig> = { networks: [] }
  if (networks !== undefined) {
    networksDocument = openDocument(reading, beside(file, networks), networksConfig, {
      document: number,
      path: ['geo', 'networks'],
    })
    if (networksDocument !== undefined) {
      const { value, partial } = checkAgainst(reading, networksDocument, networksConfig)
      own = value ?? partial ?? own
    }
  }
  const places = compilePlaces(databases.length > 0 ? sources : [embedded()], own.networks)
  for (const { path, message, hint } of places.problems) {
    const isNetwork = path[0] === 'networks' && networksDocument !== undefined
    const origin = isNetwork ? { document: networksDocument!, path } : { document: number, path: ['geo', ...path] }
    reportError(reading, origin, message, hint)
  }
  return places
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

function loadShared(reading: Reading, file: string, number: number, config: NodeConfig): Scope {
  let scope: Scope = emptyScope
  for (const [i, path] of config.include.entries()) {
    const document = openDocument(reading, beside(file, path), sharedConfig, { document: number, path: ['include', i] })
    if (document === undefined) continue
    const { value, partial } = checkAgainst(reading, document, sharedConfig)
    const shared = value ?? partial
    if (shared) scope = addScope(reading, scope, '*', shared, document)
  }
  checkScope(reading, scope)
  return scope
}

function loadZones(
  reading: Reading,
  file: string,
  number: number,
  config: NodeConfig,
  shared: Scope,
  geo: GeoNames,
): CompiledZone[] {
  const zones: CompiledZone[] = []
  const seen = new Map<string, string>()
  for (const [i, path] of config.zones.entries()) {
    const isList = Array.isArray((reading.documents[number]!.data as { zones?: unknown } | null)?.zones)
    const origin = { document: number, path: isList ? ['zones', i] : ['zones'] }
    const place = beside(file, path)
    reading.watched.add(place)
    const listed = listFiles(place, ['.yaml', '.yml', '.zone'], referenceOf(reading, origin))
    reading.problems.push(...listed.problems)
    for (const zoneFile of listed.files) {
      const zone = compileZoneFile(reading, zoneFile, shared, geo)
      if (!zone) continue
      const other = seen.get(zone.name)
      if (other === undefined) {
        seen.set(zone.name, zoneFile)
        zones.push(zone)
      } else {
        const message = `expected each zone once, found ${zone.name} here and in ${other}`
        reading.problems.push({ file: zoneFile, line: 1, col: 1, path: '', message, severity: 'error' })
      }
    }
  }
  return zones
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = `${problem.file}:${problem.line}:${problem.col}:${problem.message}`
    return !seen.has(key) && seen.add(key)
  })
}
