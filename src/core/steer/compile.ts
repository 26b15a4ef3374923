// Compiling the services of a zone to one table of words. Each service that a name uses gets nodes of its own, so that every
// pool under it has a counter of its own; within a service a pool or nested service is compiled once.
//
//   header:   magic, services, cells, nodes that settle, first of them, first counter slot of draws
//   service:  SERVICE words each: root node, ttl, least ttl, flags, key (2 words), types, first type's word, treatment,
//            all down (a mode, or the node of a pool), its counter slot, 5 spare
//   nodes, targets, nodes that settle, data

import { didYouMean } from '../base/suggest.ts'
import { poolWords, writeTargets } from './compile-pool.ts'
import type { PoolPlan, ServicePlan } from './config.ts'
import { policies, policyCode } from './index.ts'
import type { Branch, GeoNames, Path, TableWriter } from './policy.ts'
import { GROUP, GROUPS, PoolField } from './pool.ts'
import { shapeOf } from './shape.ts'
import { walkFrom, wrongWalk } from './walk.ts'

export const HeaderField = { cells: 2, settlerCount: 3, settlers: 4, firstDraw: 5 } as const
export const SERVICES_AT = 6
export const SERVICE = 16
export const ServiceField = {
  root: 0,
  ttl: 1,
  minTtl: 2,
  flags: 3,
  keyLo: 4,
  keyHi: 5,
  typeCount: 6,
  types: 7,
  treatment: 8,
  allDown: 9,
  allDownSlot: 10,
} as const
/** What a service answers when nothing is usable; any other number is the node of the pool that answers then. */
export const AllDown = { open: 0, closed: 1 } as const
export const ServiceFlag = { usesPlace: 1, usesBucket: 2, regional: 4 } as const

const MAGIC = 0x4d535431

/** A mistake in a service or pool, and the document it stands in. */
export interface SteerFinding {
  readonly document: number
  readonly path: Path
  readonly message: string
  readonly hint?: string
}

/** What nodes, targets and counters are called: plain data for `explain` and metrics. */
export interface SteerNames {
  readonly nodes: ReadonlyMap<number, string>
  readonly targets: ReadonlyMap<number, { readonly text: string; readonly row: number; readonly pool: string }>
  /** Counter slots of pools, from the zone's first on. Behind them each service has one for what `all_down` gave. */
  readonly slots: readonly { readonly service: string; readonly pool: string }[]
  /** Nodes whose draws are counted: their slots come last. */
  readonly splits: readonly SplitNames[]
  readonly services: readonly string[]
  /** What `all_down` says, by service. */
  readonly allDown: readonly string[]
  /** Which cells are whose, from the zone's first on: equal keys mean the same before and after a reload. */
  readonly cells: readonly CellNames[]
}

export interface CellNames {
  readonly key: string
  readonly first: number
  readonly count: number
}

/** How many counter slots a zone needs. */
export function slotCountOf({ slots, services, splits }: SteerNames): number {
  return splits.reduce((sum, { members }) => sum + members.length, slots.length + services.length)
}

/** A node that shares clients out. */
export interface SplitNames {
  readonly service: string
  /** Where it stands in the service: "steer.geo.0.to.weighted". */
  readonly node: string
  /** Of its first member; the others follow. */
  readonly slot: number
  /** With the part of all clients that each is to get. */
  readonly members: readonly { readonly name: string; readonly share: number }[]
}

export interface CompiledSteering {
  readonly table: SharedArrayBuffer
  readonly names: SteerNames
  /** Per service, what `shapeOf` says; empty where it asks for nothing of the client. */
  readonly shapes: readonly string[]
  readonly findings: readonly SteerFinding[]
}

export interface SteerPlan {
  /** The zone's apex in presentation format: part of the dice's key. */
  readonly zone: string
  readonly pools: ReadonlyMap<string, PoolPlan>
  readonly services: ReadonlyMap<string, ServicePlan>
  /** Services that names of the zone use; a record refers to them by index. */
  readonly roots: readonly string[]
  readonly geo: GeoNames
}

interface Compiling {
  readonly plan: SteerPlan
  words: number[]
  readonly data: { readonly at: number; readonly rdata: Uint8Array }[]
  readonly nodes: Map<number, string>
  readonly targets: Map<number, { text: string; row: number; pool: string }>
  readonly slots: { service: string; pool: string }[]
  /** Their slots still counted from the first of their kind. */
  readonly splits: SplitNames[]
  readonly findings: SteerFinding[]
  /** Targets of a pool are written once, however many services use it. */
  readonly groups: Map<string, number[]>
  /** Pool nodes at or beneath each node. */
  readonly beneath: Map<number, readonly number[]>
  /** Nodes that are looked at from each node down (walk.ts). */
  readonly walks: Map<number, number>
  /** Nodes whose policy has cells. */
  readonly settlers: number[]
  readonly cellNames: CellNames[]
  cells: number
}

export function compileSteering(plan: SteerPlan): CompiledSteering {
  const c: Compiling = {
    plan,
    words: [],
    data: [],
    nodes: new Map(),
    targets: new Map(),
    slots: [],
    splits: [],
    findings: [],
    groups: new Map(),
    beneath: new Map(),
    walks: new Map(),
    settlers: [],
    cellNames: [],
    cells: 0,
  }
  c.words.push(MAGIC, plan.roots.length, 0, 0, 0, 0)
  for (let i = 0; i < plan.roots.length * SERVICE; i++) c.words.push(0)
  const shapes: string[] = []
  for (const [index, name] of plan.roots.entries()) {
    const service = plan.services.get(name)
    if (service) compileRoot(c, service, SERVICES_AT + index * SERVICE)
    const asksForClient = c.words[SERVICES_AT + index * SERVICE + ServiceField.flags] !== 0
    shapes.push(service && asksForClient ? shapeOf(service, plan) : '')
  }
  for (const index of plan.roots.keys())
    c.words[SERVICES_AT + index * SERVICE + ServiceField.allDownSlot] = c.slots.length + index
  c.words[HeaderField.cells] = c.cells
  c.words[HeaderField.settlerCount] = c.settlers.length
  c.words[HeaderField.settlers] = c.words.length
  const firstDraw = c.slots.length + plan.roots.length
  c.words[HeaderField.firstDraw] = firstDraw
  for (const node of c.settlers) c.words.push(node)
  return {
    table: writeTable(c),
    names: {
      nodes: c.nodes,
      targets: c.targets,
      slots: c.slots,
      splits: c.splits.map((split) => ({ ...split, slot: firstDraw + split.slot })),
      services: plan.roots,
      cells: c.cellNames,
      allDown: plan.roots.map((name) => plan.services.get(name)?.allDown ?? 'open'),
    },
    shapes,
    findings: c.findings,
  }
}

/** Unknown names and cycles in services, used or not. `all`: with those of the scope around them, which they may name. */
export function checkServices(
  services: ReadonlyMap<string, ServicePlan>,
  pools: ReadonlyMap<string, PoolPlan>,
  all = services,
): SteerFinding[] {
  const findings: SteerFinding[] = []
  const named = new Map([...services].map(([name, { steer }]) => [name, namesIn(steer, ['steer'])]))
  for (const service of services.values()) {
    for (const { name, path } of named.get(service.name)!) {
      if (pools.has(name) || all.has(name)) continue
      const names = [...pools.keys(), ...all.keys()]
      const some = names.slice(0, 8).join(', ')
      const hint = didYouMean(name, names) ?? (some === '' ? undefined : `there is ${some}`)
      const message = `expected the name of a pool or service, found "${name}"`
      findings.push({
        document: service.origin.document,
        path: [...service.origin.path, ...path],
        message,
        ...(hint && { hint }),
      })
    }
    const way = wayTo(service.name, service.name, named, new Set())
    if (way) {
      const cycle = [service.name, ...way]
      const message = `expected a tree, found a cycle: ${cycle.join(' → ')}`
      findings.push({ document: service.origin.document, path: [...service.origin.path, 'steer'], message })
    }
  }
  return findings
}

/** Every name in a tree, with the path to it. */
export function namesIn(branch: Branch, path: Path): { name: string; path: Path }[] {
  if (typeof branch === 'string') return [{ name: branch, path }]
  const [[policyName, config]] = Object.entries(branch) as [[string, unknown]]
  const policy = policies[policyCode(policyName) - 1]!
  return policy.branches(config).flatMap((member) => namesIn(member.to, [...path, policyName, ...member.path]))
}

/** The names from a service down to another one, which may be itself; undefined where none leads there. Each is gone into once. */
function wayTo(
  goal: string,
  from: string,
  named: ReadonlyMap<string, readonly { readonly name: string }[]>,
  seen: Set<string>,
): readonly string[] | undefined {
  for (const { name } of named.get(from) ?? []) {
    if (name === goal) return [name]
    if (seen.has(name)) continue
    seen.add(name)
    const way = wayTo(goal, name, named, seen)
    if (way) return [name, ...way]
  }
  return undefined
}

function compileRoot(c: Compiling, service: ServicePlan, at: number): void {
  const root = {
    service,
    made: new Map<string, number>(),
    flags: service.regional ? ServiceFlag.regional | ServiceFlag.usesPlace : 0,
    above: [service.name],
  }
  const node = compileBranch(c, root, service.steer, service, ['steer'])
  const types = typesBeneath(c, node)
  const [lo, hi] = keyOf(`${service.name}@${c.plan.zone}`)
  const typesAt = c.words.push(...types) - types.length
  const words = [node, service.ttlSec, service.minTtlSec, root.flags, lo, hi, types.length, typesAt]
  for (const [i, word] of words.entries()) c.words[at + i] = word
  const { allDown = 'open' } = service
  c.words[at + ServiceField.allDown] = compileAllDown(c, root, allDown)
}

function compileAllDown(c: Compiling, root: Root, allDown: string): number {
  if (allDown === 'closed') return AllDown.closed
  const pool = c.plan.pools.get(allDown)
  if (allDown === 'open' || !pool) return AllDown.open
  return root.made.get(allDown) ?? compilePool(c, root, pool)
}

/** All types that the pools at or beneath a node hold. */
function typesBeneath(c: Compiling, node: number): number[] {
  const types = new Set<number>()
  for (const pool of c.beneath.get(node) ?? [])
    for (let i = 0; i < c.words[pool + PoolField.groups]!; i++) types.add(c.words[pool + GROUPS + i * GROUP]!)
  return [...types]
}

interface Root {
  readonly service: ServicePlan
  readonly made: Map<string, number>
  flags: number
  above: string[]
}

function compileBranch(c: Compiling, root: Root, branch: Branch, owner: ServicePlan, path: Path): number {
  if (typeof branch === 'string') return compileName(c, root, branch)
  const [[policyName, config]] = Object.entries(branch) as [[string, unknown]]
  const code = policyCode(policyName)
  const policy = policies[code - 1]!
  const here: Path = [...path, policyName]
  if (policy.usesPlace) root.flags |= ServiceFlag.usesPlace
  if (policy.usesBucket) root.flags |= ServiceFlag.usesBucket
  const pools = new Set<number>()
  const branches = new Set<number>()
  let ownCells = 0
  const writer: TableWriter = {
    words: (...values) => c.words.push(...values) - values.length,
    branch(to, more) {
      const node = compileBranch(c, root, to, owner, [...here, ...more])
      branches.add(node)
      for (const pool of c.beneath.get(node) ?? []) pools.add(pool)
      return node
    },
    poolsBeneath: (beneath) => c.beneath.get(beneath) ?? [],
    capacityOf: (at) => c.words[at + PoolField.capacity]!,
    cells(count, members = config) {
      const first = c.cells
      const key = [root.service.name, owner.name, policyName, JSON.stringify(members)].join(' ')
      c.cellNames.push({ key, first, count })
      c.cells += count
      ownCells += count
      return first
    },
    split: (parts) => addSplit(c, root.service, owner, here, parts),
    keyOf: (to) => keyOf(typeof to === 'string' ? to : JSON.stringify(to))[0] | 0,
    whereIs: (to) => (typeof to === 'string' ? c.plan.pools.get(to)?.at : undefined),
    geo: c.plan.geo,
    vantages: c.plan.geo.vantages ?? 0,
    problem(more, message, hint) {
      const { document, path: base } = owner.origin
      c.findings.push({ document, path: [...base, ...here, ...more], message, ...(hint && { hint }) })
    },
  }
  const node = policy.compile(config, code, writer)
  c.nodes.set(node, policyName)
  c.beneath.set(node, [...pools])
  const walks = Array.from(branches, (branch) => c.walks.get(branch) ?? 1)
  const walk = walkFrom(walks, policy.mostBranches)
  c.walks.set(node, walk)
  const wrong = wrongWalk(walks, walk)
  if (wrong !== undefined) writer.problem([], wrong)
  if (ownCells > 0 && policy.settle) c.settlers.push(node)
  return node
}

function addSplit(
  c: Compiling,
  service: ServicePlan,
  owner: ServicePlan,
  path: Path,
  parts: readonly { readonly to: Branch; readonly share: number }[],
): number {
  const last = c.splits.at(-1)
  const slot = last ? last.slot + last.members.length : 0
  const seen = new Map<string, number>()
  const members = parts.map(({ to, share }) => {
    const name = typeof to === 'string' ? to : Object.keys(to)[0]!
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return { name: count === 1 ? name : `${name} (${count})`, share }
  })
  const node = (owner === service ? [] : [owner.name]).concat(path.map(String)).join('.')
  c.splits.push({ service: service.name, node, slot, members })
  return slot
}

/** A pool or service by its name; 0 for one that is unknown or leads back to itself, which `checkServices` reports. */
function compileName(c: Compiling, root: Root, name: string): number {
  const made = root.made.get(name)
  if (made !== undefined) return made
  const service = c.plan.services.get(name)
  const pool = c.plan.pools.get(name)
  let node = 0
  if (pool) node = compilePool(c, root, pool)
  else if (service && !root.above.includes(name)) {
    root.above.push(name)
    node = compileBranch(c, root, service.steer, service, ['steer'])
    root.above.pop()
    if (c.nodes.has(node)) c.nodes.set(node, `service ${name} (${c.nodes.get(node)})`)
  }
  root.made.set(name, node)
  return node
}

function compilePool(c: Compiling, root: Root, pool: PoolPlan): number {
  let groups = c.groups.get(pool.name)
  if (!groups) {
    const { document, path } = pool.origin
    const problem = (more: Path, message: string): void =>
      void c.findings.push({ document, path: [...path, ...more], message })
    groups = writeTargets({ ...c, problem }, pool)
    c.groups.set(pool.name, groups)
  }
  const slot = c.slots.push({ service: root.service.name, pool: pool.name }) - 1
  const node = c.words.length
  c.words.push(...poolWords(pool, slot, groups))
  c.nodes.set(node, `pool ${pool.name}`)
  c.beneath.set(node, [node])
  return node
}

function writeTable(c: Compiling): SharedArrayBuffer {
  let size = c.words.length * 4
  for (const { at, rdata } of c.data) {
    c.words[at] = size
    size += rdata.length
  }
  const table = new SharedArrayBuffer((size + 3) & ~3)
  new Uint32Array(table, 0, c.words.length).set(c.words)
  const bytes = new Uint8Array(table)
  for (const { at, rdata } of c.data) bytes.set(rdata, c.words[at])
  return table
}

/** Two different 32-bit hashes of a service's full name: the dice depend on what it is called, not on where it is stored. */
function keyOf(text: string): [number, number] {
  let lo = 0x811c9dc5
  let hi = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    lo = Math.imul(lo ^ text.charCodeAt(i), 0x01000193)
    hi = Math.imul(hi ^ text.charCodeAt(i), 0x5bd1e995) ^ (hi >>> 13)
  }
  return [lo >>> 0, hi >>> 0]
}
