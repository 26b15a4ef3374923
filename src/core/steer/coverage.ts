// Which types a service holds, and whether every client gets each of them: nobody is steered by NODATA, because a cache may show
// that to everybody (RFC 7871 §7.4). Done when the configuration is loaded, over names and before any word is compiled.

import { didYouMean } from '../base/suggest.ts'
import { Type } from '../wire/message.ts'
import { typeName } from '../wire/rdata/index.ts'
import type { SteerFinding } from './compile.ts'
import type { PoolPlan, ServicePlan } from './config.ts'
import { policies, policyCode } from './index.ts'
import type { Branch, Path, Policy } from './policy.ts'

export interface Covered {
  readonly pools: ReadonlyMap<string, PoolPlan>
  readonly services: ReadonlyMap<string, ServicePlan>
  /** By service or pool, so that each is looked into once; one that leads back to itself holds nothing more by that. */
  readonly held: Map<string, ReadonlySet<number>>
  readonly sure: Map<string, ReadonlySet<number>>
}

export function openCovered({ pools, services }: Pick<Covered, 'pools' | 'services'>): Covered {
  return { pools, services, held: new Map(), sure: new Map() }
}

interface Member {
  readonly to: Branch
  readonly path: Path
}

function opened(branch: Exclude<Branch, string>): { name: string; config: unknown; policy: Policy } {
  const [[name, config]] = Object.entries(branch) as [[string, unknown]]
  return { name, config, policy: policies[policyCode(name) - 1]! }
}

/** Members of a policy, with their paths from the branch on. */
function membersOf(branch: Exclude<Branch, string>): Member[] {
  const { name, config, policy } = opened(branch)
  return policy.branches(config).map(({ to, path }) => ({ to, path: [name, ...path] }))
}

/** Every type that some pool at or beneath a branch holds. */
export function typesOf(covered: Covered, branch: Branch): ReadonlySet<number> {
  if (typeof branch !== 'string') return union(membersOf(branch).map(({ to }) => typesOf(covered, to)))
  const known = covered.held.get(branch)
  if (known) return known
  const pool = covered.pools.get(branch)
  if (!pool) return ofService(covered, branch, covered.held, typesOf)
  const types = new Set(pool.targets.map(({ type }) => type))
  covered.held.set(branch, types)
  return types
}

/** The types that every client gets from a branch while all is up, whatever its place. */
function sureTypes(covered: Covered, branch: Branch): ReadonlySet<number> {
  if (typeof branch === 'string')
    return covered.pools.has(branch) ? typesOf(covered, branch) : ofService(covered, branch, covered.sure, sureTypes)
  const last = lastOf(branch)
  if (!last) return union(membersOf(branch).map(({ to }) => sureTypes(covered, to)))
  const [first = new Set<number>(), ...others] = last.map(({ to }) => sureTypes(covered, to))
  return new Set([...first].filter((type) => others.every((other) => other.has(type))))
}

function ofService(
  covered: Covered,
  name: string,
  known: Map<string, ReadonlySet<number>>,
  find: (covered: Covered, branch: Branch) => ReadonlySet<number>,
): ReadonlySet<number> {
  const service = covered.services.get(name)
  const types = known.get(name)
  if (types || !service) return types ?? new Set()
  known.set(name, new Set())
  const found = find(covered, service.steer)
  known.set(name, found)
  return found
}

function union(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return new Set(sets.flatMap((set) => [...set]))
}

function lastOf(branch: Exclude<Branch, string>): Member[] | undefined {
  const { name, config, policy } = opened(branch)
  return policy.lastBranches?.(config).map(({ to, path }) => ({ to, path: [name, ...path] }))
}

/** Services that names use, in which some client would get no answer of a type that others get. */
export function checkCoverage(covered: Covered, roots: Iterable<string>): SteerFinding[] {
  const findings: SteerFinding[] = []
  for (const name of roots) {
    const service = covered.services.get(name)
    if (!service) continue
    const sure = sureTypes(covered, service.steer)
    for (const type of typesOf(covered, service.steer)) {
      if (sure.has(type)) continue
      const search = { covered, type, root: name, seen: new Set([name]), findings }
      findGaps(search, service.steer, service, ['steer'])
    }
  }
  return findings
}

interface GapSearch {
  readonly covered: Covered
  readonly type: number
  readonly root: string
  /** Services that were gone into. */
  readonly seen: Set<string>
  readonly findings: SteerFinding[]
}

/** Reports the branches that lack a type and that clients may be left with; those that only lack it inside are looked into. */
function findGaps(search: GapSearch, branch: Branch, owner: ServicePlan, path: Path): void {
  const { covered, type, root, seen, findings } = search
  if (typeof branch === 'string') {
    const service = covered.services.get(branch)
    if (!service || covered.pools.has(branch) || seen.has(branch)) return
    seen.add(branch)
    findGaps(search, service.steer, service, ['steer'])
    return
  }
  const last = lastOf(branch)
  for (const { to, path: more } of last ?? membersOf(branch)) {
    if (sureTypes(covered, to).has(type)) continue
    const here = [...path, ...more]
    if (typesOf(covered, to).has(type)) findGaps(search, to, owner, here)
    else if (last) {
      const held = [...typesOf(covered, to)].map(typeName).join(', ') || 'nothing'
      const message = `expected ${typeName(type)} in a branch that clients cannot leave, as service ${root} holds it elsewhere; found ${held}`
      const hint = `some clients would get no ${typeName(type)}, and caches may show that to all: add such targets to the branch, or take them out of the others`
      findings.push({ document: owner.origin.document, path: [...owner.origin.path, ...here], message, hint })
    }
  }
}

/** A tree answers every type with its CNAME or none: the two cannot be mixed (RFC 1034 §3.6.2). */
export function checkAliases(covered: Covered, services = covered.services): SteerFinding[] {
  const findings: SteerFinding[] = []
  for (const { steer, origin } of services.values()) {
    const leaves = leavesOf(steer, ['steer']).map((leaf) => ({ ...leaf, types: typesOf(covered, leaf.name) }))
    const plain = leaves.find(({ types }) => types.size > 0 && !types.has(Type.CNAME))
    if (!plain) continue
    for (const { name, path, types } of leaves) {
      // One that is mixed itself is reported where it is.
      if (!types.has(Type.CNAME) || types.size > 1) continue
      const found = `${plain.name} (${[...plain.types].map(typeName).join(', ')})`
      const message = `expected ${name} alone or among its like, because its targets are CNAMEs; found ${found} in the same tree`
      findings.push({ document: origin.document, path: [...origin.path, ...path], message })
    }
  }
  return findings
}

function leavesOf(branch: Branch, path: Path): { name: string; path: Path }[] {
  if (typeof branch === 'string') return [{ name: branch, path }]
  return membersOf(branch).flatMap(({ to, path: more }) => leavesOf(to, [...path, ...more]))
}

/** `all_down` names a pool, and that pool answers whatever the tree would. */
export function checkAllDown(covered: Covered, services = covered.services): SteerFinding[] {
  const findings: SteerFinding[] = []
  for (const { steer, origin, allDown = 'open' } of services.values()) {
    if (allDown === 'open' || allDown === 'closed') continue
    const at = { document: origin.document, path: [...origin.path, 'all_down'] }
    const pool = covered.pools.get(allDown)
    if (!pool) {
      const found = covered.services.has(allDown) ? `the service "${allDown}"` : `"${allDown}"`
      const hint = didYouMean(allDown, ['open', 'closed', ...covered.pools.keys()])
      const message = `expected open, closed or the name of a pool, found ${found}`
      findings.push({ ...at, message, ...(hint && { hint }) })
      continue
    }
    const held = typesOf(covered, allDown)
    const lacking = [...typesOf(covered, steer)].filter((type) => !held.has(type)).map(typeName)
    if (lacking.length === 0) continue
    const message = `expected a pool that holds all types of the service, found ${allDown} without ${lacking.join(', ')}`
    findings.push({ ...at, message })
  }
  return findings
}
