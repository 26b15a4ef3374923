// The Plan: what the operator wrote, read from disk and checked, as plain data. Every mistake of every file is collected.

import type { Finding, Problem } from '../core/base/problem.ts'
import { isError, printPath } from '../core/base/problem.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { type PositionConfig, positionOf } from '../core/geo/position.ts'
import type { Origin, PoolConfig, PoolPlan, ServiceConfig, ServicePlan, TargetPlan } from '../core/steer/config.ts'
import { pooledTargets } from '../core/steer/pool-targets.ts'
import { apexOfConfig } from '../core/zone/yaml/schema.ts'
import type { SourceDocument } from '../io/config/yaml.ts'
import type { ParsedCheck } from '../io/probe/check.ts'
import { resolveFiles } from '../io/probe/checks/index.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import type { SharedConfig } from './config.ts'
import type { RowPlan } from './keeper.ts'
import { addSubject, findParts, type NamedCheck, paceOf } from './plan-check.ts'
import { beside, readFile, type Reading } from './reading.ts'
import type { Path } from './salvage.ts'

/** A document, and what was cut out of it where it has mistakes. */
export interface PlanDocument extends SourceDocument {
  readonly cuts: readonly Path[]
  /** A path in what is left → the same in the document. */
  original(path: Path): Path
}

/** What several zones' steering has in common while it is put together. */
export interface Ledger {
  /** Documents by number, as `Origin` names them. */
  readonly documents: PlanDocument[]
  readonly problems: Problem[]
  readonly rows: RowPlan[]
  readonly subjects: Map<string, ProbeSubject>
  /** Where the first pool of each region stands. */
  readonly regionsAt: Map<string, PoolPlan['at']>
  /** Whether this node may run what it would have to run for `exec` checks. */
  mayRun: boolean
  /** The largest TTL that each pool is answered with, in seconds, by scope and name. */
  readonly poolTtls: Map<string, number>
}

/** The pools and services that a zone can name. */
export interface Scope {
  /** A zone's name, or `*` for included files. */
  readonly name: string
  readonly checks: ReadonlyMap<string, NamedCheck>
  readonly pools: ReadonlyMap<string, PoolPlan>
  readonly services: ReadonlyMap<string, ServicePlan>
  /** Names that stand in a file but have a mistake: to name them is no second mistake. */
  readonly broken: ReadonlySet<string>
  /** Nobody knows all the names, because a file or a whole part of one could not be read. */
  readonly isIncomplete: boolean
}

export const emptyScope: Scope = {
  name: '*',
  checks: new Map(),
  pools: new Map(),
  services: new Map(),
  broken: new Set(),
  isIncomplete: false,
}

/** Whether a name that is not in the scope may be right all the same. */
export function isExcused(scope: Pick<Scope, 'broken' | 'isIncomplete'>, name: string): boolean {
  return scope.isIncomplete || scope.broken.has(name)
}

/** Whether something at or beneath a path of the document was cut out. */
export function hasLost(document: PlanDocument, path: Path): boolean {
  return document.cuts.some((cut) => path.every((step, i) => cut[i] === step))
}

export function report(ledger: Ledger, origin: Origin, finding: Finding): void {
  const document = ledger.documents[origin.document]!
  const path = document.original([...origin.path, ...finding.path])
  const { message, hint, severity } = finding
  ledger.problems.push({
    file: document.file,
    ...document.locate(path, finding.at),
    path: printPath(path),
    message,
    severity,
    ...(hint !== undefined && { hint }),
  })
}

export function reportError(ledger: Ledger, origin: Origin, message: string, hint?: string): void {
  report(ledger, origin, { path: [], message, severity: 'error', ...(hint !== undefined && { hint }) })
}

export function hasErrors(ledger: Ledger): boolean {
  return ledger.problems.some(isError)
}

const kinds = ['checks', 'pools', 'services'] as const

/** Adds what one document defines to an outer scope. `raw` is the document as written, to know what stands in it. */
export function addScope(ledger: Reading, outer: Scope, name: string, config: SharedConfig, document: number): Scope {
  const { data, cuts } = ledger.documents[document]!
  const raw = data as Partial<Record<(typeof kinds)[number], object>> | null
  const broken = new Set(outer.broken)
  for (const kind of kinds)
    for (const key of Object.keys(raw?.[kind] ?? {})) if (!(key in config[kind])) broken.add(key)
  const isIncomplete =
    outer.isIncomplete || kinds.some((kind) => cuts.some((cut) => cut.length === 1 && cut[0] === kind))
  const checks = new Map(outer.checks)
  for (const [key, check] of Object.entries(config.checks)) {
    if (check.type === 'exec' && !ledger.mayRun)
      reportError(
        ledger,
        { document, path: ['checks', key, 'exec'] },
        'expected allow_exec: true in meridian.yaml, since this node probes and would run the program',
      )
    checks.set(key, { name: key, check: findFiles(ledger, { document, path: ['checks', key] }, check), scope: name })
  }
  for (const key of Object.keys(config.checks)) {
    const written = (raw?.checks as Record<string, unknown> | undefined)?.[key]
    const isExcusedHere = (word: string): boolean => isExcused({ broken, isIncomplete }, word)
    const found = findParts(checks.get(key)!, checks, written, isExcusedHere, (finding) =>
      report(ledger, { document, path: ['checks', key] }, finding),
    )
    checks.set(key, found)
  }
  const pools = new Map(outer.pools)
  const services = new Map(outer.services)
  // The first keeps the name: what names it is then no second mistake.
  const isTaken = (key: string, origin: Origin): boolean => {
    if (!pools.has(key) && !services.has(key)) return false
    const message = `expected a name of its own, found "${key}" a second time`
    reportError(ledger, origin, message, 'pools and services share their names')
    broken.add(key)
    return true
  }
  for (const [key, pool] of Object.entries(config.pools)) {
    const origin = { document, path: ['pools', key] }
    const plan = planPool(ledger, { checks, broken, isIncomplete }, name, key, pool, origin)
    if (!isTaken(key, origin)) pools.set(key, plan)
  }
  for (const [key, service] of Object.entries(config.services)) {
    const origin = { document, path: ['services', key] }
    if (isTaken(key, origin)) continue
    services.set(key, planService(ledger, key, service, origin))
  }
  return { name, checks, pools, services, broken, isIncomplete }
}

/** Seconds: what an answer's TTL falls to at least, unless the service says otherwise. */
const LEAST_TTL = 10

function planService(ledger: Ledger, name: string, service: ServiceConfig, origin: Origin): ServicePlan {
  const ttlSec = Math.floor(service.ttl / 1000)
  const minTtlSec = service.min_ttl === undefined ? Math.min(LEAST_TTL, ttlSec) : Math.floor(service.min_ttl / 1000)
  if (minTtlSec > ttlSec)
    report(ledger, origin, {
      path: ['min_ttl'],
      message: `expected at most the service's ttl of ${ttlSec} s, found ${minTtlSec} s`,
      severity: 'error',
    })
  const { all_down: allDown, regional, steer } = service
  return { name, ttlSec, minTtlSec, allDown, regional, steer, origin }
}

/** The files that a check names, from the folder that its document is in. One that cannot be read is a problem now and not a failed probe later. */
function findFiles(reading: Reading, { document, path }: Origin, check: ParsedCheck): ParsedCheck {
  return resolveFiles(check, (name, at) => {
    const file = beside(reading.documents[document]!.file, name)
    readFile(reading, file, { document, path: [...path, ...at] })
    return file
  })
}

function planPool(
  ledger: Ledger,
  known: Pick<Scope, 'checks' | 'broken' | 'isIncomplete'>,
  scope: string,
  name: string,
  pool: PoolConfig,
  origin: Origin,
): PoolPlan {
  const named = pool.check === undefined ? undefined : known.checks.get(pool.check)
  if (pool.check !== undefined && !named && !isExcused(known, pool.check)) {
    const message = `expected the name of a check, found "${pool.check}"`
    report(ledger, origin, {
      path: ['check'],
      message,
      severity: 'error',
      hint: hintOf(pool.check, known.checks.keys(), known),
    })
  }
  const pace = named && paceOf(named)
  const problem = (path: Path, message: string, hint?: string): void =>
    report(ledger, origin, { path, message, severity: 'error', ...(hint !== undefined && { hint }) })
  if (pool.min_dwell > 0 && pool.check === undefined)
    problem(['min_dwell'], 'expected a `check` beside it, found none: without one nothing changes')
  const pooled = pooledTargets(pool, scope === '*' ? undefined : apexOfConfig(scope), problem)
  const targets = pool.targets.flatMap((target, i): TargetPlan | [] => {
    const known = pooled[i]
    if (!known) return []
    const { text, type, rdata, hints, address, mayFollow } = known
    const isDrained = pool.drained || target.drained
    const probed = named && addSubject(ledger.subjects, named, address, target.probe_at)
    const { subject, parts } = probed ?? {}
    const place = { scope, pool: name, target: text, region: pool.region }
    // Also without a check: an operator can drain any target.
    const minDwellMs = pool.min_dwell
    const row = { ...place, subject, pace, isDrained, ...(minDwellMs > 0 && { minDwellMs }), ...(parts && { parts }) }
    return {
      text,
      type,
      rdata,
      hints,
      follows: mayFollow && subject === undefined,
      weight: target.weight,
      row: ledger.rows.push(row) - 1,
    }
  })
  return {
    name,
    region: pool.region,
    at: placeOfPool(ledger, pool, origin),
    answers: pool.answers,
    minHealthy: pool.min_healthy,
    capacity: pool.capacity ?? 0,
    targets,
    origin,
  }
}

/** Where a place was written but is wrong, any place stands in for it: that it has none would be a second complaint. */
const SOMEWHERE: PoolPlan['at'] = [1, 0, 0]

function placeOfPool(ledger: Ledger, { at, region }: PoolConfig, origin: Origin): PoolPlan['at'] {
  const path = [...origin.path, 'at']
  if (at === undefined) return hasLost(ledger.documents[origin.document]!, path) ? SOMEWHERE : undefined
  const vector = vectorOf(ledger, at, { document: origin.document, path })
  if (region !== undefined && !ledger.regionsAt.has(region)) ledger.regionsAt.set(region, vector)
  return vector
}

/** The place that stands at `origin`. */
export function vectorOf(ledger: Ledger, at: PositionConfig, origin: Origin): PoolPlan['at'] {
  const vector = positionOf(at)
  if (vector) return [vector.x, vector.y, vector.z]
  const found = 'country' in at ? at.country : ''
  report(ledger, origin, {
    path: ['country'],
    message: `expected a country code such as IE, found "${found}"`,
    severity: 'error',
  })
  return SOMEWHERE
}

/** The name that was probably meant, one that has a mistake itself included; or which there are. */
export function hintOf(word: string, names: Iterable<string>, { broken }: Pick<Scope, 'broken'>): string {
  const known = [...names]
  return (
    didYouMean(word, [...known, ...broken]) ??
    (known.length > 0 ? `there is ${known.slice(0, 8).join(', ')}` : 'none is defined')
  )
}
