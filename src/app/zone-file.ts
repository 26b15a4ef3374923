// One zone, from its file to its image and steering table: a YAML file, which may include master files, or a master file alone.

import { basename, extname } from 'node:path'
import type { AliasRecord, AliasZone } from '../core/answer/alias-targets.ts'
import type { SubnetConfig } from '../core/answer/subnet-rules.ts'
import { isError } from '../core/base/problem.ts'
import { type CompiledSteering, checkServices, compileSteering, namesIn } from '../core/steer/compile.ts'
import type { Origin } from '../core/steer/config.ts'
import {
  checkAliases,
  checkAllDown,
  checkCoverage,
  type Covered,
  openCovered,
  typesOf,
} from '../core/steer/coverage.ts'
import type { GeoNames } from '../core/steer/policy.ts'
import { Type } from '../core/wire/message.ts'
import { parseName, printName, ROOT } from '../core/wire/name.ts'
import { ALIAS } from '../core/wire/rdata/alias.ts'
import { typeName } from '../core/wire/rdata/index.ts'
import { checkZone } from '../core/zone/check/check.ts'
import { compileZone } from '../core/zone/image.ts'
import type { ReadPiece } from '../core/zone/master/lexer.ts'
import { parseMaster } from '../core/zone/master/parse.ts'
import { gatherNames } from '../core/zone/names.ts'
import { openRecords, ownerOf, placeOf, type Records, typeOf } from '../core/zone/records.ts'
import { addApexRecords } from '../core/zone/yaml/apex.ts'
import { addYamlRecords, type NamedService } from '../core/zone/yaml/records.ts'
import { apexOfConfig } from '../core/zone/yaml/schema.ts'
import { newestChangeSec } from '../io/config/bytes.ts'
import { type ZoneFileConfig, zoneFileConfig } from './config.ts'
import { beside, checkAgainst, openDocument, openMaster, type Reading, say } from './reading.ts'
import { addScope, hasLost, hintOf, isExcused, report, reportError, type Scope } from './plan.ts'
import type { Path } from './salvage.ts'

export interface CompiledZone {
  /** Presentation format, without the final dot. */
  readonly name: string
  readonly image: SharedArrayBuffer
  readonly steering: CompiledSteering
  readonly records: number
  readonly aliases: readonly AliasRecord[]
  /** By service: the names that its CNAME targets are. */
  readonly serviceNames: AliasZone['serviceNames']
  /** Whose Client Subnet counts, where the zone says so. */
  readonly ecs?: SubnetConfig
}

/** As people write it, without the final dot. */
function zoneName(apex: Uint8Array): string {
  const name = printName(apex)
  return name === '.' ? name : name.slice(0, -1)
}

/** Undefined where the file has a mistake; what is wrong is in the reading's problems. */
export function compileZoneFile(
  reading: Reading,
  file: string,
  shared: Scope,
  geo: GeoNames,
): CompiledZone | undefined {
  return extname(file) === '.zone' ? compileMasterFile(reading, file, geo) : compileYamlFile(reading, file, shared, geo)
}

/** The name of a master file is that of its zone: `example.org.zone`. */
function compileMasterFile(reading: Reading, file: string, geo: GeoNames): CompiledZone | undefined {
  const before = reading.problems.length
  const apex = parseName(basename(file, '.zone'), ROOT)
  if (typeof apex === 'string') {
    reading.problems.push({
      file,
      line: 0,
      col: 0,
      path: '',
      message: `expected a file named after its zone, found ${apex}`,
      severity: 'error',
    })
    return undefined
  }
  const records = openRecords()
  const isPartial = !readMaster(reading, file, apex, records)
  say(reading, records, `${file}: checking`)
  const names = gatherNames(records, apex)
  reading.problems.push(...checkZone(records, apex, { names, place: { file, line: 1, col: 1 }, isPartial }))
  if (reading.problems.slice(before).some(isError)) return undefined
  const name = zoneName(apex)
  reading.onZone?.({ name, apex, records, services: [] })
  const steering = compileSteering({ zone: name, pools: new Map(), services: new Map(), roots: [], geo })
  return {
    name,
    image: compileZone(records, apex, [], names),
    steering,
    records: records.count,
    aliases: aliasesOf(records),
    serviceNames: [],
  }
}

/** False where some of it could not be read. */
function readMaster(
  reading: Reading,
  file: string,
  apex: Uint8Array,
  records: Records,
  from?: Origin,
  ttlSec?: number,
): boolean {
  const opened = openMaster(reading, file, records, from)
  if (opened.problem) {
    reading.problems.push(opened.problem)
    return false
  }
  const closing = [opened.close]
  const include = (path: string): { text: ReadPiece } | { problem: string } => {
    const included = openMaster(reading, path, records)
    if (included.problem) return { problem: included.problem.message }
    closing.push(included.close)
    return { text: included.read }
  }
  const problems = parseMaster(opened.read, file, apex, records, include, ttlSec === undefined ? {} : { ttlSec })
  for (const close of closing) close()
  reading.problems.push(...problems)
  return !problems.some(isError)
}

function compileYamlFile(reading: Reading, file: string, shared: Scope, geo: GeoNames): CompiledZone | undefined {
  const before = reading.problems.length
  const document = openDocument(reading, file, zoneFileConfig)
  if (document === undefined) return undefined
  const { value, partial } = checkAgainst(reading, document, zoneFileConfig)
  const config = value ?? partial
  if (!config) return undefined
  const apex = apexOfConfig(config.zone)
  const name = zoneName(apex)
  const scope = addScope(reading, shared, name, config, document)
  const records = openRecords()
  const { services, isPartial } = addRecords(reading, document, config, apex, records)
  checkServiceNames(reading, document, services, scope)
  const covered = openCovered(scope)
  const place = { file, ...reading.documents[document]!.locate(['zone']) }
  const checked = services.map(({ service, ...named }) => ({ ...named, types: [...typesOf(covered, service)] }))
  say(reading, records, `${file}: checking`)
  const names = gatherNames(records, apex)
  reading.problems.push(...checkZone(records, apex, { names, services: checked, place, isPartial }))
  const roots = [...new Set(services.map(({ service }) => service))].filter((service) => scope.services.has(service))
  const pools: PoolsOf = new Map(roots.map((root) => [root, poolsUnder(scope, root, new Set())]))
  const steering = compileSteering({ zone: name, pools: scope.pools, services: scope.services, roots, geo })
  checkScope(reading, scope, shared, geo, { covered, roots, findings: steering.findings })
  // What seems to be missing may stand in a part that has a mistake of its own.
  if (value && !reading.problems.slice(before).some(isError)) {
    const gaps = checkCoverage(covered, roots)
    for (const gap of gaps) reportFinding(reading, gap)
    if (gaps.length === 0) warnOfMixedTypes(reading, scope, covered, pools)
  }
  noteTtls(reading, scope, pools)
  if (!value || reading.problems.slice(before).some(isError)) return undefined
  reading.onZone?.({ name, apex, records, services })
  const numbers = new Map(roots.map((root, i) => [root, i]))
  const owners = services.map(({ owner, service }) => ({ owner, service: numbers.get(service)! }))
  const { ecs } = value
  return {
    name,
    image: compileZone(records, apex, owners, names),
    steering,
    records: records.count,
    aliases: aliasesOf(records),
    serviceNames: roots.map((root) => namesOfTargets(scope, root, pools.get(root)!)),
    ...(ecs && { ecs }),
  }
}

function aliasesOf(records: Records): AliasRecord[] {
  const aliases: AliasRecord[] = []
  for (let i = 0; i < records.count; i++)
    if (typeOf(records, i) === ALIAS.code)
      aliases.push({ owner: ownerOf(records, i).slice(), place: placeOf(records, i) })
  return aliases
}

/** By service that names use: all pools that it may lead to, but that of `all_down`. */
type PoolsOf = ReadonlyMap<string, readonly string[]>

/** The names that the CNAME targets of a service are, whichever of its pools they stand in. */
function namesOfTargets(scope: Scope, root: string, pools: readonly string[]): Uint8Array[] {
  const { allDown } = scope.services.get(root)!
  return [...new Set([...pools, allDown])]
    .flatMap((pool) => (pool === undefined ? [] : (scope.pools.get(pool)?.targets ?? [])))
    .filter(({ type }) => type === Type.CNAME)
    .map(({ rdata }) => rdata)
}

/** The parts of a document that records come from. */
const dnsParts = ['zone', 'ttl', 'soa', 'ns', 'include', 'records']

function addRecords(
  reading: Reading,
  number: number,
  config: ZoneFileConfig,
  apex: Uint8Array,
  records: Records,
): { services: NamedService[]; isPartial: boolean } {
  const document = reading.documents[number]!
  const findings: Parameters<typeof report>[2][] = []
  const context = {
    origin: apex,
    ttlSec: config.ttl,
    records,
    findings,
    placeAt: (path: Path) => ({ file: document.file, ...document.locate(document.original(path)) }),
  }
  addApexRecords(
    config,
    newestChangeSec([document.file, ...config.include.map((path) => beside(document.file, path))]),
    context,
  )
  const services = addYamlRecords(config.records, context)
  for (const finding of findings) report(reading, { document: number, path: [] }, finding)
  const included = config.include.map((path, i) =>
    readMaster(
      reading,
      beside(document.file, path),
      apex,
      records,
      { document: number, path: ['include', i] },
      config.ttl,
    ),
  )
  const isPartial =
    findings.length > 0 || included.includes(false) || dnsParts.some((part) => hasLost(document, [part]))
  return { services, isPartial }
}

function checkServiceNames(reading: Reading, document: number, services: readonly NamedService[], scope: Scope): void {
  for (const { service, path } of services) {
    if (scope.services.has(service) || isExcused(scope, service)) continue
    const hint = scope.pools.has(service)
      ? `${service} is a pool: make a service of it with \`steer: ${service}\``
      : hintOf(service, scope.services.keys(), scope)
    reportError(reading, { document, path }, `expected the name of a service, found "${service}"`, hint)
  }
}

/** Services that have been compiled, and what was found in them. */
interface Compiled {
  readonly covered: Covered
  readonly roots: readonly string[]
  readonly findings: CompiledSteering['findings']
}

/**
 * Names, cycles and trees of all services that a scope adds to the `outer` one, used or not. Those of the outer one are what they
 * were there, because no name stands twice.
 */
export function checkScope(reading: Reading, scope: Scope, outer: Scope, geo: GeoNames, done?: Compiled): void {
  const { name, pools, services } = scope
  const own = new Map([...services].filter(([service]) => !outer.services.has(service)))
  if (own.size === 0) return
  const covered = done?.covered ?? openCovered(scope)
  const named = [...checkServices(own, pools, services), ...checkAliases(covered, own), ...checkAllDown(covered, own)]
  const used = new Set(done?.roots)
  const roots = [...own.keys()].filter((service) => !used.has(service))
  const rest = compileSteering({ zone: name, pools, services, roots, geo }).findings
  const documents = new Set([...own.values()].map(({ origin }) => origin.document))
  // A pool of the outer scope may be used for the first time here.
  const isOwn = ({ document, path }: SteerFinding): boolean => documents.has(document) || path[0] === 'pools'
  const compiled = [...(done?.findings ?? []), ...rest].filter(isOwn)
  // To a policy, a branch with an unknown name also lacks whatever it wants of it.
  const known = new Set(named.map(placeOfFinding))
  const findings = [
    ...named.filter((finding) => !isExcusedName(reading, scope, finding)),
    ...compiled.filter((finding) => !known.has(placeOfFinding(finding)) && !isEcho(reading, finding)),
  ]
  for (const finding of findings) reportFinding(reading, finding)
}

function reportFinding(reading: Reading, { document, path, message, hint }: SteerFinding): void {
  report(reading, { document, path }, { path: [], message, severity: 'error', ...(hint !== undefined && { hint }) })
}

type SteerFinding = CompiledSteering['findings'][number]

function placeOfFinding({ document, path }: SteerFinding): string {
  return JSON.stringify([document, path])
}

/** Names are the only mistakes at a single value that `checkServices` finds; a cycle is one of a whole tree. */
function isExcusedName(reading: Reading, scope: Scope, finding: SteerFinding): boolean {
  const name = valueIn(reading, finding)
  return typeof name === 'string' && !scope.services.has(name) && !scope.pools.has(name) && isExcused(scope, name)
}

/** What is said of a list, or of the order of its items, may be true of what is left only: where it has lost one, or a part of one. */
function isEcho(reading: Reading, finding: SteerFinding): boolean {
  if (typeof valueIn(reading, finding) !== 'object') return false
  const { cuts, original } = reading.documents[finding.document]!
  const path = original(finding.path)
  const list = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
  return cuts.some((cut) => cut.length - list.length <= 2 && list.every((step, i) => cut[i] === step))
}

function valueIn(reading: Reading, { document, path }: SteerFinding): unknown {
  const { data, original } = reading.documents[document]!
  return original(path).reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | null)?.[step],
    data,
  )
}

/** For how long caches may keep an answer of each pool. */
function noteTtls({ rows, poolTtls }: Reading, scope: Scope, poolsOf: PoolsOf): void {
  for (const [root, pools] of poolsOf) {
    const { ttlSec, allDown = '' } = scope.services.get(root)!
    for (const name of new Set([...pools, allDown])) {
      // None where all of its targets have mistakes.
      const first = scope.pools.get(name)?.targets[0]
      if (!first) continue
      const row = rows[first.row]!
      const key = `${row.scope}/${row.pool}`
      poolTtls.set(key, Math.max(ttlSec, poolTtls.get(key) ?? 0))
    }
  }
}

/** Types that go together: what a client connects to. */
const addressTypes: readonly number[] = [Type.A, Type.AAAA, Type.HTTPS, Type.SVCB]

/** Clients of a pool that lacks a type get it from another one, so that A and AAAA may lead to different places. */
function warnOfMixedTypes(reading: Reading, scope: Scope, covered: Covered, poolsOf: PoolsOf): void {
  for (const [root, pools] of poolsOf) {
    const service = scope.services.get(root)!
    for (const type of addressTypes) {
      const holding = pools.filter((name) => typesOf(covered, name).has(type))
      const lacking = pools.filter(
        (name) => !holding.includes(name) && addressTypes.some((other) => typesOf(covered, name).has(other)),
      )
      if (holding.length === 0 || lacking.length === 0) continue
      const what = typeName(type)
      const message = `expected ${what} targets in all pools of a service or in none, found them in ${holding.join(', ')} and not in ${lacking.join(', ')}`
      const hint = `clients of a pool without ${what} get that from another pool than the rest`
      report(reading, service.origin, { path: [], message, hint, severity: 'warning' })
    }
  }
}

function poolsUnder(scope: Scope, name: string, seen: Set<string>): string[] {
  if (seen.has(name)) return []
  seen.add(name)
  if (scope.pools.has(name)) return [name]
  const service = scope.services.get(name)
  return service ? namesIn(service.steer, []).flatMap((member) => poolsUnder(scope, member.name, seen)) : []
}
