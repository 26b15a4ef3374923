// A snapshot from text, for tests: zones as master files, services and pools as they stand in YAML, own networks as places.

import { answer } from '../../src/core/answer/answer.ts'
import { type Context, openContext } from '../../src/core/answer/context.ts'
import type { Transport } from '../../src/core/answer/counters.ts'
import { type AnswerOptions, plainOptions } from '../../src/core/answer/options.ts'
import { type Bound, bindSnapshot, type Snapshot } from '../../src/core/answer/snapshot.ts'
import type { ToldNode } from '../../src/core/answer/told-tree.ts'
import { openTrace, type SnapshotNames, type Step } from '../../src/core/answer/trace.ts'
import { parseAddress, parsePrefix } from '../../src/core/base/address.ts'
import { type DatabaseSource, openPlaces } from '../../src/core/geo/compile-places.ts'
import { compileSubnetRules, subnetConfig } from '../../src/core/answer/subnet-rules.ts'
import { compileGroups } from '../../src/core/geo/groups.ts'
import { networksConfig } from '../../src/core/geo/networks.ts'
import { unitVector } from '../../src/core/geo/distance.ts'
import { createBoard, DOWN, NO_ROW, UNKNOWN, UP, writeRegion, writeState } from '../../src/core/health/board.ts'
import { checkServices, compileSteering, slotCountOf } from '../../src/core/steer/compile.ts'
import { cellsOf } from '../../src/core/steer/settle.ts'
import { poolConfig, type PoolPlan, type ServicePlan } from '../../src/core/steer/config.ts'
import { checkAliases, checkAllDown, openCovered, typesOf } from '../../src/core/steer/coverage.ts'
import { compileTreatments } from '../../src/core/steer/treatments.ts'
import { branchConfig } from '../../src/core/steer/index.ts'
import type { Branch } from '../../src/core/steer/policy.ts'
import { pooledTargets } from '../../src/core/steer/pool-targets.ts'
import { Type } from '../../src/core/wire/message.ts'
import { parseName, ROOT } from '../../src/core/wire/name.ts'
import { compileCatalog } from '../../src/core/zone/catalog.ts'
import { bindZone, compileZone } from '../../src/core/zone/image.ts'
import { type AliasRecord, findAliasTargets } from '../../src/core/answer/alias-targets.ts'
import { ALIAS } from '../../src/core/wire/rdata/alias.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { createOverlay, Resolved, type Resolution, writeTarget } from '../../src/core/zone/overlay.ts'
import { openRecords, ownerOf, placeOf, type Records, typeOf } from '../../src/core/zone/records.ts'

export interface PoolText {
  readonly at?: readonly [lat: number, lon: number]
  readonly answers?: number
  /** "192.0.2.1", or "192.0.2.1 *3" with a weight; others as in a configuration, such as { mx: "10 mail" }. */
  readonly targets: readonly (string | object)[]
}

export interface ServiceText {
  readonly ttl: number
  readonly minTtl?: number
  readonly allDown?: string
  readonly regional?: boolean
  readonly steer: Branch
}

export interface World {
  /** Apex → master file text; a SOA and NS are put in front where there is none. */
  readonly zones?: Readonly<Record<string, string>>
  /** Of the first zone. */
  readonly pools?: Readonly<Record<string, PoolText>>
  readonly services?: Readonly<Record<string, Branch | ServiceText>>
  /** Owner in the first zone → service. */
  readonly owners?: Readonly<Record<string, string>>
  /** As in geo/networks.yaml. */
  readonly networks?: readonly object[]
  readonly databases?: readonly DatabaseSource[]
  readonly options?: Partial<AnswerOptions>
  /** Vantage regions, and where they stand. */
  readonly vantages?: Readonly<Record<string, readonly [lat: number, lon: number]>>
  /** As in meridian.yaml. */
  readonly ecs?: string | readonly string[]
  /** As geo.groups in meridian.yaml. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
}

const SOA = '@ 3600 SOA ns1 hostmaster 1 3600 900 1209600 30\n@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n'

export interface TestWorld {
  readonly snapshot: Snapshot
  readonly names: SnapshotNames
  readonly bound: Bound
  /** Target's text → board row. */
  readonly rows: ReadonlyMap<string, number>
  set(target: string, state: 'up' | 'down' | 'drained'): void
  /** Names that a resolver would be asked for. */
  readonly aliasTargets: readonly string[]
  /** What a resolver has said of such a name. */
  resolve(name: string, type: 'A' | 'AAAA', value: ResolutionText): void
  /** What one vantage region says. */
  say(vantage: string, target: string, state: 'up' | 'down' | 'unknown'): void
}

export interface ResolutionText {
  readonly state?: 'failed' | 'nothing' | 'nowhere'
  readonly addresses?: readonly string[]
  /** Seconds before and after `NOW`. */
  readonly ageSec?: number
  readonly ttlSec?: number
  /** After the time is over. */
  readonly keepSec?: number
}

/** The time at which worlds are asked where none is given. */
export const NOW = 1_800_000_000

export function resolutionOf({
  state,
  addresses = [],
  ageSec = 0,
  ttlSec = 60,
  keepSec = 1000,
}: ResolutionText): Resolution {
  const sinceSec = NOW - ageSec
  return {
    state: state === undefined ? Resolved.addresses : Resolved[state],
    addresses: addresses.map((text) => parseAddress(text)!.bytes),
    sinceSec,
    untilSec: sinceSec + ttlSec,
    keptSec: sinceSec + ttlSec + keepSec,
    resolver: 0,
  }
}

function aliasesOf(records: Records): AliasRecord[] {
  return Array.from({ length: records.count }, (_, i) => i)
    .filter((i) => typeOf(records, i) === ALIAS.code)
    .map((i) => ({ owner: ownerOf(records, i).slice(), place: placeOf(records, i) }))
}

/** Of all pools: a world is small. */
function cnamesOf(
  root: string,
  pools: ReadonlyMap<string, PoolPlan>,
  services: ReadonlyMap<string, ServicePlan>,
): Uint8Array[] {
  if (!typesOf(openCovered({ pools, services }), root).has(Type.CNAME)) return []
  return [...pools.values()].flatMap(({ targets }) =>
    targets.filter(({ type }) => type === Type.CNAME).map(({ rdata }) => rdata),
  )
}

export function makeWorld(world: World): TestWorld {
  const zones = Object.entries(world.zones ?? { 'example.com': '' })
  const opened = openPlaces(world.databases ?? [], networksConfig.parse({ networks: world.networks ?? [] }).networks)
  const vantages = Object.entries(world.vantages ?? {})
  const groups = compileGroups(world.groups ?? {}, () => true)
  const rows = new Map<string, number>()
  const pools = new Map(
    Object.entries(world.pools ?? {}).map(([name, pool]) => [name, planPool(name, pool, rows, nameOf(zones[0]![0]))]),
  )
  const services = new Map(
    Object.entries(world.services ?? {}).map(([name, service]) => [name, planService(name, service)]),
  )
  const roots = [...new Set(Object.values(world.owners ?? {}))]
  const covered = openCovered({ pools, services })
  const mistakes = [...checkServices(services, pools), ...checkAliases(covered), ...checkAllDown(covered)]
  if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes))
  const geo = {
    ...opened.numbers,
    group: (name: string) => groups.members.get(name),
    groupNames: () => [],
    vantages: vantages.length,
  }
  const images: SharedArrayBuffer[] = []
  const aliases: AliasRecord[][] = []
  const tables = zones.map(([apexText, text], i) => {
    const apex = nameOf(apexText)
    const records = openRecords()
    const problems = parseMaster(text.includes('SOA') ? text : SOA + text, `${apexText}.zone`, apex, records, () => ({
      problem: 'no includes here',
    }))
    if (problems.length > 0) throw new Error(JSON.stringify(problems))
    aliases.push(aliasesOf(records))
    const owners = i > 0 ? [] : Object.entries(world.owners ?? {})
    images.push(
      compileZone(
        records,
        apex,
        owners.map(([owner, service]) => ({ owner: nameOf(owner, apex), service: roots.indexOf(service) })),
      ),
    )
    const compiled = compileSteering({ zone: apexText, pools, services, roots: i > 0 ? [] : roots, geo })
    if (compiled.findings.length > 0) throw new Error(JSON.stringify(compiled.findings))
    return compiled
  })
  const places = opened.compile(vantages.map(([, at]) => vectorOf(at)))
  if (places.problems.length > 0) throw new Error(JSON.stringify(places.problems))
  const cellCounts = tables.map(({ table }) => cellsOf(table))
  const cellBase = cellCounts.map((_, i) => cellCounts.slice(0, i).reduce((sum, count) => sum + count, 0))
  const cellCount = cellCounts.reduce((sum, count) => sum + count, 0)
  const board = createBoard(rows.size, vantages.length, cellCount)
  const catalog = compileCatalog(images.map(bindZone))
  const serviceNames = roots.map((root) => cnamesOf(root, pools, services))
  const found = findAliasTargets(
    images.map((image, i) => ({
      zone: bindZone(image),
      aliases: aliases[i]!,
      serviceNames: i > 0 ? [] : serviceNames,
    })),
    catalog,
  )
  if (found.findings.some(({ severity }) => severity === 'error')) throw new Error(JSON.stringify(found.findings))
  const snapshot: Snapshot = {
    epoch: 1,
    hash: 'test',
    zones: images,
    catalog,
    steering: tables.map(({ table }) => table),
    slotBase: tables.map((_, i) => tables.slice(0, i).reduce((sum, { names }) => sum + slotCountOf(names), 0)),
    cellBase,
    cellCount,
    slotCount: tables.reduce((sum, { names }) => sum + slotCountOf(names), 0),
    places: places.image,
    subnets: compileSubnetRules(zones.map(() => subnetConfig.parse(world.ecs ?? 'any'))),
    treatments: compileTreatments(places.image, tables).maps,
    board,
    overlay: createOverlay(
      found.targets.map(({ name }) => name),
      { leastTtlSec: 5, staleTtlSec: 30 },
    ),
    secret: new TextEncoder().encode('sixteen byte key'),
    options: { ...plainOptions, ...world.options },
  }
  const bound = bindSnapshot(snapshot)
  return {
    snapshot,
    names: {
      zones: zones.map(([apex]) => apex),
      steering: tables.map(({ names }) => names),
      places: places.names,
      vantages: vantages.map(([name]) => name),
      resolvers: ['192.0.2.99:53'],
    },
    aliasTargets: found.targets.map(({ text }) => text),
    bound,
    rows,
    set(target, state) {
      writeState(bound.board, rowOf(rows, target), state === 'down' ? DOWN : UP, state === 'drained')
    },
    resolve(name, type, value) {
      const target = found.targets.findIndex(({ text }) => text === name)
      if (target < 0) throw new Error(`no ALIAS leads to ${name}`)
      writeTarget(bound.overlay, target, type === 'AAAA', resolutionOf(value))
    },
    say(vantage, target, state) {
      const index = vantages.findIndex(([name]) => name === vantage)
      const word = state === 'up' ? UP : state === 'down' ? DOWN : UNKNOWN
      writeRegion(bound.board, rowOf(rows, target), index, word)
    },
  }
}

function rowOf(rows: ReadonlyMap<string, number>, target: string): number {
  const row = rows.get(target)
  if (row === undefined) throw new Error(`no target ${target}`)
  return row
}

function vectorOf([lat, lon]: readonly [number, number]): readonly [number, number, number] {
  const { x, y, z } = unitVector(lat, lon)
  return [x, y, z]
}

function planPool(name: string, pool: PoolText, rows: Map<string, number>, origin: Uint8Array): PoolPlan {
  const at = pool.at && unitVector(...pool.at)
  const config = poolConfig.parse({
    ...(pool.answers !== undefined && { answers: pool.answers }),
    targets: pool.targets.map((target) => {
      if (typeof target !== 'string') return target
      const [address = '', weight = '*1'] = target.split(' ')
      return { address, weight: Number(weight.slice(1)) }
    }),
  })
  const pooled = pooledTargets(config, origin, (path, message) => {
    throw new Error(`${path.join('.')}: ${message}`)
  })
  return {
    name,
    region: name,
    at: at && [at.x, at.y, at.z],
    answers: pool.answers,
    minHealthy: 500,
    capacity: 0,
    origin: { document: 0, path: ['pools', name] },
    targets: config.targets.map((target, i) => {
      const { text, type, rdata, hints, mayFollow } = pooled[i]!
      if (!rows.has(text)) rows.set(text, rows.size)
      const row = rows.get(text) ?? NO_ROW
      return { text, type, rdata, hints, follows: mayFollow && !target.probe_at, weight: target.weight, row }
    }),
  }
}

function planService(name: string, service: Branch | ServiceText): ServicePlan {
  const whole = isWhole(service) ? service : { ttl: 30, steer: service }
  const { ttl, minTtl = Math.min(10, ttl), allDown, regional = false } = whole
  return {
    name,
    ttlSec: ttl,
    minTtlSec: minTtl,
    ...(allDown !== undefined && { allDown }),
    regional,
    steer: branchConfig.parse(whole.steer),
    origin: { document: 0, path: ['services', name] },
  }
}

function isWhole(service: Branch | ServiceText): service is ServiceText {
  return typeof service === 'object' && 'steer' in service
}

export function nameOf(text: string, origin: Uint8Array = ROOT): Uint8Array {
  const name = parseName(text, origin)
  if (typeof name === 'string') throw new Error(name)
  return name
}

export interface QuestionText {
  readonly name: string
  readonly type?: number
  readonly class?: number
  /** "192.0.2.0/24", or "0.0.0.0/0". */
  readonly subnet?: string
  readonly edns?: boolean
  readonly udpSize?: number
  readonly dnssecOk?: boolean
  readonly flags?: number
  readonly id?: number
}

/** A query as a client would send it. */
export function writeQuery(question: QuestionText): Uint8Array {
  const { name, type = Type.A, flags = 0, id = 4711 } = question
  const subnet = question.subnet === undefined ? undefined : parsePrefix(question.subnet)
  if (question.subnet !== undefined && !subnet) throw new Error(`no prefix: ${question.subnet}`)
  const hasEdns =
    subnet !== undefined || question.edns === true || question.udpSize !== undefined || question.dnssecOk === true
  const size = subnet ? (subnet.length + 7) >> 3 : 0
  const option = subnet
    ? [0, 8, 0, 4 + size, 0, subnet.family === 4 ? 1 : 2, subnet.length, 0, ...subnet.bytes.subarray(0, size)]
    : []
  const udpSize = question.udpSize ?? 1232
  const opt = [
    0,
    0,
    41,
    udpSize >> 8,
    udpSize & 255,
    0,
    0,
    question.dnssecOk ? 0x80 : 0,
    0,
    0,
    option.length,
    ...option,
  ]
  const qclass = question.class ?? 1
  return Uint8Array.from([
    ...[id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, hasEdns ? 1 : 0],
    ...nameOf(name),
    ...[type >> 8, type & 255, qclass >> 8, qclass & 255],
    ...(hasEdns ? opt : []),
  ])
}

export interface AskOptions {
  readonly from?: string
  readonly nowSec?: number
  readonly transport?: Transport
}

/** Sends raw bytes through the function that answers; undefined for silence. */
export function askBytes(
  context: Context,
  query: Uint8Array,
  from = '127.0.0.1',
  nowSec = NOW,
): Uint8Array | undefined {
  const source = parseAddress(from)
  if (!source) throw new Error(`no address: ${from}`)
  const out = new Uint8Array(context.isUdp ? 4096 : 65_535)
  context.nowSec = nowSec
  const length = answer(context, query, 0, query.length, source.bytes, 0, source.family, out, 0, out.length)
  return length === 0 ? undefined : out.slice(0, length)
}

/** Asks a world and returns the response's bytes. */
export function ask(world: TestWorld, question: QuestionText, options: AskOptions = {}): Uint8Array {
  const response = askBytes(
    openContext(world.bound, options.transport ?? 'udp'),
    writeQuery(question),
    options.from,
    options.nowSec,
  )
  if (!response) throw new Error('no response')
  return response
}

/** As `ask`, with what `explain` would print. */
export function explain(
  world: TestWorld,
  question: QuestionText,
  options: AskOptions = {},
): { response: Uint8Array; steps: Step[]; tree: readonly ToldNode[] } {
  const context = openContext(world.bound, options.transport ?? 'udp')
  const trace = openTrace(world.names, world.bound.places, world.bound.board, () => undefined)
  context.trace = trace
  const response = askBytes(context, writeQuery(question), options.from, options.nowSec)
  if (!response) throw new Error('no response')
  return { response, steps: trace.steps, tree: trace.tree }
}
