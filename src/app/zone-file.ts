// One zone, from its file to its image and steering table: a YAML file, which may include master files, or a master file alone.

import { basename, extname } from 'node:path'
import { isError } from '../core/base/problem.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { type CompiledSteering, checkServices, compileSteering, namesIn } from '../core/steer/compile.ts'
import type { Origin } from '../core/steer/config.ts'
import type { GeoNames } from '../core/steer/policy.ts'
import { Type } from '../core/wire/message.ts'
import { parseName, printName, ROOT } from '../core/wire/name.ts'
import { checkZone } from '../core/zone/check/check.ts'
import { compileZone } from '../core/zone/image.ts'
import { parseMaster } from '../core/zone/master/parse.ts'
import { openRecords, type Records } from '../core/zone/records.ts'
import { addApexRecords } from '../core/zone/yaml/apex.ts'
import { addYamlRecords, type NamedService } from '../core/zone/yaml/records.ts'
import { apexOfConfig } from '../core/zone/yaml/schema.ts'
import { newestChangeSec } from '../io/config/bytes.ts'
import { readText } from '../io/config/files.ts'
import { type ZoneFileConfig, zoneFileConfig } from './config.ts'
import { beside, checkAgainst, openDocument, type Reading, readFile } from './reading.ts'
import { addScope, report, reportError, type Scope } from './plan.ts'

export interface CompiledZone {
  /** Presentation format, without the final dot. */
  readonly name: string
  readonly image: SharedArrayBuffer
  readonly steering: CompiledSteering
  readonly records: number
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
  readMaster(reading, file, apex, records)
  reading.problems.push(...checkZone(records, apex, { place: { file, line: 1, col: 1 } }))
  if (reading.problems.slice(before).some(isError)) return undefined
  const name = zoneName(apex)
  const steering = compileSteering({ zone: name, pools: new Map(), services: new Map(), roots: [], geo })
  return { name, image: compileZone(records, apex, []), steering, records: records.count }
}

function readMaster(
  reading: Reading,
  file: string,
  apex: Uint8Array,
  records: Records,
  from?: Origin,
  ttlSec?: number,
): void {
  const text = readFile(reading, file, from)
  if (text === undefined) return
  const include = (path: string): { text: string } | { problem: string } => {
    reading.watched.add(path)
    const { text, problem } = readText(path)
    if (problem) return { problem: problem.message }
    reading.hash.update(`${path}\0${text}\0`)
    return { text }
  }
  reading.problems.push(...parseMaster(text, file, apex, records, include, ttlSec === undefined ? {} : { ttlSec }))
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
  checkScope(reading, scope)
  const records = openRecords()
  const services = addRecords(reading, document, config, apex, records)
  checkServiceNames(reading, document, services, scope)
  // Of a document that has lost parts, no zone-wide check would tell the truth.
  if (value)
    reading.problems.push(
      ...checkZone(records, apex, { services, place: { file, ...reading.documents[document]!.locate(['zone']) } }),
    )
  const roots = [...new Set(services.map(({ service }) => service))].filter((service) => scope.services.has(service))
  const steering = compileSteering({ zone: name, pools: scope.pools, services: scope.services, roots, geo })
  reportSteering(reading, steering.findings)
  warnOfMixedFamilies(reading, scope, roots)
  if (!value || reading.problems.slice(before).some(isError)) return undefined
  const owners = services.map(({ owner, service }) => ({ owner, service: roots.indexOf(service) }))
  return { name, image: compileZone(records, apex, owners), steering, records: records.count }
}

function addRecords(
  reading: Reading,
  number: number,
  config: ZoneFileConfig,
  apex: Uint8Array,
  records: Records,
): NamedService[] {
  const document = reading.documents[number]!
  const findings: Parameters<typeof report>[2][] = []
  const context = {
    origin: apex,
    ttlSec: config.ttl,
    records,
    findings,
    placeAt: (path: readonly (string | number)[]) => ({ file: document.file, ...document.locate(path) }),
  }
  addApexRecords(
    config,
    newestChangeSec([document.file, ...config.include.map((path) => beside(document.file, path))]),
    context,
  )
  const services = addYamlRecords(config.records, context)
  for (const finding of findings) report(reading, { document: number, path: [] }, finding)
  for (const [i, path] of config.include.entries()) {
    readMaster(
      reading,
      beside(document.file, path),
      apex,
      records,
      { document: number, path: ['include', i] },
      config.ttl,
    )
  }
  return services
}

function checkServiceNames(reading: Reading, document: number, services: readonly NamedService[], scope: Scope): void {
  for (const { service, path } of services) {
    if (scope.services.has(service) || scope.broken.has(service)) continue
    const names = [...scope.services.keys()]
    const hint = scope.pools.has(service)
      ? `${service} is a pool: make a service of it with \`steer: ${service}\``
      : (didYouMean(service, names) ??
        (names.length > 0 ? `there is ${names.slice(0, 8).join(', ')}` : 'none is defined'))
    reportError(reading, { document, path }, `expected the name of a service, found "${service}"`, hint)
  }
}

/** Names and cycles of all services of a scope, used or not. */
export function checkScope(reading: Reading, scope: Scope): void {
  const findings = checkServices(scope.services, scope.pools)
  reportSteering(
    reading,
    findings.filter(({ message }) => ![...scope.broken].some((name) => message.endsWith(`found "${name}"`))),
  )
}

function reportSteering(reading: Reading, findings: CompiledSteering['findings']): void {
  for (const { document, path, message, hint } of findings) {
    report(reading, { document, path }, { path: [], message, severity: 'error', ...(hint !== undefined && { hint }) })
  }
}

/** A pool without IPv6 beside one with it answers "no data", which a cache may keep for everybody (RFC 7871 §7.4). */
function warnOfMixedFamilies(reading: Reading, scope: Scope, roots: readonly string[]): void {
  for (const root of roots) {
    const service = scope.services.get(root)!
    const pools = poolsUnder(scope, root, new Set())
    const with6 = pools.filter((name) => scope.pools.get(name)!.targets.some(({ type }) => type === Type.AAAA))
    const without6 = pools.filter((name) => !with6.includes(name))
    if (with6.length === 0 || without6.length === 0) continue
    const message = `expected IPv6 targets in all pools of a service or in none, found them in ${with6.join(', ')} and not in ${without6.join(', ')}`
    const hint = 'a cache may show the missing AAAA answer of one pool to clients of the other'
    report(reading, service.origin, { path: [], message, hint, severity: 'warning' })
  }
}

function poolsUnder(scope: Scope, name: string, seen: Set<string>): string[] {
  if (seen.has(name)) return []
  seen.add(name)
  if (scope.pools.has(name)) return [name]
  const service = scope.services.get(name)
  return service ? namesIn(service.steer, []).flatMap((member) => poolsUnder(scope, member.name, seen)) : []
}
