// Files → Plan → Snapshot, or all that is wrong with them. Runs on the loader's thread, and in `check` and `explain`: validating
// a configuration is a dry run of loading it.

import { createHash } from 'node:crypto'
import { compileOptions } from '../core/answer/config.ts'
import type { Snapshot } from '../core/answer/snapshot.ts'
import { compileSubnetRules } from '../core/answer/subnet-rules.ts'
import type { SnapshotNames } from '../core/answer/trace.ts'
import { printEndpoint } from '../core/base/address.ts'
import type { Problem } from '../core/base/problem.ts'
import type { CompiledPlaces } from '../core/geo/compile-places.ts'
import { bindBoard, createBoard, UNKNOWN, UP, writeState } from '../core/health/board.ts'
import { slotCountOf } from '../core/steer/compile.ts'
import type { GeoNames } from '../core/steer/policy.ts'
import { cellsOf } from '../core/steer/settle.ts'
import { compileCatalog } from '../core/zone/catalog.ts'
import { bindZone } from '../core/zone/image.ts'
import type { ServedSerial } from '../core/zone/serial.ts'
import { listFiles } from '../io/config/files.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import { type AliasPlan, makeOverlay, planAliases } from './alias-plan.ts'
import { DEFAULT_SECRET, type NodeConfig, nodeConfig, sharedConfig, vantagesOf } from './config.ts'
import type { RowPlan } from './keeper.ts'
import { type LoadProgress, openProgress } from './load-progress.ts'
import { loadPlaces, mapTreatments } from './places.ts'
import { addScope, emptyScope, hasErrors, hasLost, type Scope } from './plan.ts'
import { beside, checkAgainst, openDocument, openReading, type Reading, type ReadZone, referenceOf } from './reading.ts'
import { raiseSerial, type Serials } from './serials.ts'
import { version } from './version.ts'
import { checkScope, compileZoneFile, type CompiledZone } from './zone-file.ts'

export interface Loaded {
  readonly config: NodeConfig
  /** With a board that knows of no evidence: whoever puts it into service fills it. */
  readonly snapshot: Snapshot
  readonly names: SnapshotNames
  readonly rows: readonly RowPlan[]
  readonly subjects: readonly ProbeSubject[]
  /** The largest TTL that each pool is answered with, in seconds, by scope and name. */
  readonly poolTtls: ReadonlyMap<string, number>
  readonly records: number
  /** What is to be remembered of the zones' serials; empty where nobody asked what was before. */
  readonly serials: Serials
  readonly aliases: AliasPlan
}

/** What a load has to know of those before. */
export interface LoadContext {
  /** For DNS cookies where the settings name no secret of their own. */
  readonly cookieSecret?: Uint8Array
  /** Told now and then how far it is. */
  readonly onProgress?: (progress: LoadProgress) => void
  /** What was served before: no serial is to be earlier. */
  readonly serials?: (config: NodeConfig) => Serials
  /** Told of each zone that has no mistake. */
  readonly onZone?: (zone: ReadZone) => void
}

export interface LoadResult {
  /** Absent where any problem is an error. */
  readonly loaded?: Loaded
  readonly problems: readonly Problem[]
  /** Files and folders that a change of would matter. */
  readonly watched: readonly string[]
}

/** `file` is meridian.yaml; paths in problems are relative where it is. */
export function loadNode(file: string, epoch: number, context: LoadContext = {}): LoadResult {
  const reading = openReading(context.onProgress && openProgress(context.onProgress))
  reading.onZone = context.onZone
  const number = openDocument(reading, file, nodeConfig)
  const loaded = number === undefined ? undefined : loadFrom(reading, file, number, epoch, context)
  const problems = inOrder(unique(reading.problems), file)
  const result = { problems, watched: [...reading.watched] }
  return loaded && !hasErrors(reading) ? { ...result, loaded } : result
}

function loadFrom(
  reading: Reading,
  file: string,
  number: number,
  epoch: number,
  context: LoadContext,
): Loaded | undefined {
  const { value: config, partial } = checkAgainst(reading, number, nodeConfig)
  // With a mistake in this file the others are looked at all the same: one run shows all mistakes.
  const known = config ?? partial
  if (!known) return undefined
  reading.done.level = known.log.level
  reading.mayRun = !known.prober || known.allow_exec
  const { geo, finish } = loadPlaces(reading, file, number, known)
  const shared = loadShared(reading, file, number, known, geo)
  const { zones, serials } = loadZones(reading, file, number, known, shared, geo, context)
  const places = finish()
  if (!config || hasErrors(reading)) return undefined
  const treatments = mapTreatments(reading, number, places, zones)
  const catalog = compileCatalog(zones.map((zone) => bindZone(zone.image)))
  const aliases = planAliases(reading, file, config, zones, catalog)
  if (hasErrors(reading)) return undefined
  const snapshot = makeSnapshot(reading, config, { places, treatments, zones, catalog, aliases }, epoch, context)
  return {
    config,
    snapshot,
    names: {
      zones: zones.map((zone) => zone.name),
      steering: zones.map((zone) => zone.steering.names),
      places: places.names,
      vantages: vantagesOf(config),
      resolvers: aliases.resolvers.map(printEndpoint),
    },
    rows: reading.rows,
    subjects: [...reading.subjects.values()],
    poolTtls: reading.poolTtls,
    records: zones.reduce((sum, zone) => sum + zone.records, 0),
    serials,
    aliases,
  }
}

/** What a snapshot is made of. */
interface Parts {
  readonly places: CompiledPlaces
  readonly treatments: Snapshot['treatments']
  readonly zones: readonly CompiledZone[]
  readonly catalog: SharedArrayBuffer
  readonly aliases: AliasPlan
}

function makeSnapshot(
  reading: Reading,
  config: NodeConfig,
  { places, treatments, zones, catalog, aliases }: Parts,
  epoch: number,
  context: LoadContext,
): Snapshot {
  const slotCounts = zones.map((zone) => slotCountOf(zone.steering.names))
  const cellCounts = zones.map((zone) => cellsOf(zone.steering.table))
  const cellCount = cellCounts.reduce((sum, count) => sum + count, 0)
  return {
    epoch,
    hash: reading.hash.digest('hex').slice(0, 12),
    zones: zones.map((zone) => zone.image),
    catalog,
    steering: zones.map((zone) => zone.steering.table),
    slotBase: startsOf(slotCounts),
    slotCount: slotCounts.reduce((sum, count) => sum + count, 0),
    cellBase: startsOf(cellCounts),
    cellCount,
    places: places.image,
    treatments,
    subnets: compileSubnetRules(zones.map(({ ecs }) => ecs ?? config.ecs)),
    board: makeBoard(reading.rows, vantagesOf(config).length, cellCount),
    overlay: makeOverlay(aliases),
    secret: keyOf(config.secret),
    options: compileOptions(config, {
      nodeName: config.node.name,
      version: version(),
      cookieSecret: cookieSecretOf(config, context),
      idleMs: config.tcp.idle,
    }),
  }
}

/** Where each begins that has so many, one behind the other. */
function startsOf(counts: readonly number[]): number[] {
  let next = 0
  return counts.map((count) => {
    next += count
    return next - count
  })
}

function keyOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest().subarray(0, 16))
}

/** A secret that everybody knows would let everybody make cookies: then one is drawn for as long as the process lasts. */
function cookieSecretOf(config: NodeConfig, context: LoadContext): Uint8Array {
  const isDrawn = config.secret === DEFAULT_SECRET && context.cookieSecret !== undefined
  return isDrawn ? context.cookieSecret : keyOf(`dns cookies\0${config.secret}`)
}

/** What is known without evidence: what is drained in the files, and what nothing checks. */
function makeBoard(rows: readonly RowPlan[], vantages: number, cells: number): SharedArrayBuffer {
  const board = createBoard(rows.length, vantages, cells)
  const words = bindBoard(board)
  for (const [row, { subject, isDrained }] of rows.entries())
    writeState(words, row, subject === undefined ? UP : UNKNOWN, isDrained)
  return board
}

function loadShared(reading: Reading, file: string, number: number, config: NodeConfig, geo: GeoNames): Scope {
  let scope: Scope = { ...emptyScope, isIncomplete: hasLost(reading.documents[number]!, ['include']) }
  for (const [i, path] of config.include.entries()) {
    const document = openDocument(reading, beside(file, path), sharedConfig, { document: number, path: ['include', i] })
    const { value, partial } = document === undefined ? {} : checkAgainst(reading, document, sharedConfig)
    const shared = value ?? partial
    scope =
      shared && document !== undefined
        ? addScope(reading, scope, '*', shared, document)
        : { ...scope, isIncomplete: true }
  }
  checkScope(reading, scope, emptyScope, geo)
  return scope
}

function loadZones(
  reading: Reading,
  file: string,
  number: number,
  config: NodeConfig,
  shared: Scope,
  geo: GeoNames,
  context: LoadContext,
): { zones: CompiledZone[]; serials: Map<string, ServedSerial> } {
  const zones: CompiledZone[] = []
  const before = context.serials?.(config)
  const serials = new Map(before)
  const seen = new Map<string, string>()
  const document = reading.documents[number]!
  const isList = Array.isArray((document.data as { zones?: unknown } | null)?.zones)
  // Where the setting is wrong, its default is not what was meant.
  for (const [i, path] of (!isList && hasLost(document, ['zones']) ? [] : config.zones).entries()) {
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
        if (before) serials.set(zone.name, raisedSerial(reading, zoneFile, zone, before.get(zone.name)))
        zones.push(zone)
        reading.done.zones++
        reading.done.records += zone.records
      } else {
        const message = `expected each zone once, found ${zone.name} here and in ${other}`
        reading.problems.push({ file: zoneFile, line: 1, col: 1, path: '', message, severity: 'error' })
      }
    }
  }
  return { zones, serials }
}

function raisedSerial(
  reading: Reading,
  file: string,
  zone: CompiledZone,
  before: ServedSerial | undefined,
): ServedSerial {
  const serial = raiseSerial(zone.image, before)
  const { wanted, served } = serial
  if (served === wanted) return serial
  const message = `expected a serial after the one served before, found ${wanted}: ${served} is served`
  reading.problems.push({ file, line: 1, col: 1, path: '', message, severity: 'warning' })
  return serial
}

/** By file, the first one first and the others as they came up, then by line. */
function inOrder(problems: readonly Problem[], first: string): Problem[] {
  const rank = new Map([...new Set([first, ...problems.map(({ file }) => file)])].map((file, i) => [file, i]))
  return [...problems].sort((a, b) => rank.get(a.file)! - rank.get(b.file)! || a.line - b.line || a.col - b.col)
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = `${problem.file}:${problem.line}:${problem.col}:${problem.message}`
    return !seen.has(key) && seen.add(key)
  })
}
