// geo: a branch by where the client is. The most specific place wins, whatever the order: own network, then autonomous system,
// subdivision, country, continent, and the rest branch at last. A branch that is not usable falls through to the next less
// specific one, unless it is a fence.
//
//   node: code, rest branch, networks, systems, subdivisions, countries, continents (how many of each),
//         then (key, branch) … per kind, sorted by key. A branch's top bit marks a fence.

import { z } from 'zod'
import { parseWhere, type Where } from '../geo/where.ts'
import { type Asking, type Branch, definePolicy, Outcome, type Path, type TableWriter } from './policy.ts'

const kinds = ['network', 'asn', 'subdivision', 'country', 'continent'] as const
type Kind = (typeof kinds)[number]

const FENCE = 0x80000000
const LISTS = 7
const REST = kinds.length
/** Own networks are numbered from 1: minus this they are the steps below 0. */
const NETWORKS = 0x40000000

interface Rule {
  readonly where?: readonly string[] | undefined
  readonly to: Branch
  readonly fence?: boolean | undefined
}

export const geo = definePolicy<readonly Rule[]>({
  name: 'geo',
  usesPlace: true,

  config: (branch) =>
    z
      .array(
        z.strictObject({
          where: z.array(z.string()).min(1).optional().meta({
            description:
              'places: `continent EU`, `country CA`, `subdivision US-CA`, `asn 64500`, `network office`; without it, the rest',
          }),
          to: branch,
          fence: z
            .boolean()
            .optional()
            .meta({ description: 'clients of this branch never fall through to another one' }),
        }),
      )
      .min(1)
      .meta({
        description:
          'a branch by where the client is; the most specific place wins; one branch without `where` takes the rest',
      }),

  branches: (config) => config.map(({ to }, i) => ({ to, path: [i, 'to'] })),

  lastBranches: (config) =>
    config.flatMap(({ where, to, fence }, i) => (where && !fence ? [] : [{ to, path: [i, 'to'] }])),

  compile(config, code, writer) {
    const lists: Record<Kind, Map<number, number>> = {
      network: new Map(),
      asn: new Map(),
      subdivision: new Map(),
      country: new Map(),
      continent: new Map(),
    }
    let rest = -1
    for (const [i, rule] of config.entries()) {
      const branch = (writer.branch(rule.to, [i, 'to']) | (rule.fence ? FENCE : 0)) >>> 0
      if (rule.where)
        for (const [j, text] of rule.where.entries()) addPlace(lists, text, branch, [i, 'where', j], writer)
      else if (rest >= 0)
        writer.problem([i], 'expected one branch without `where`, found a second', 'only one branch can take the rest')
      else rest = branch
    }
    if (rest < 0)
      writer.problem([], 'expected a branch without `where` for the rest of the world, found none', 'add `- { to: … }`')
    const sorted = kinds.map((kind) => [...lists[kind]].sort((a, b) => a[0] - b[0]))
    return writer.words(code, Math.max(rest, 0), ...sorted.map((list) => list.length), ...sorted.flat(2))
  },

  usable(asking, node) {
    for (let step = firstStep(asking); step <= REST; step = nextStep(asking, step)) {
      const branch = branchAt(asking, node, step)
      if (branch < 0) continue
      if (asking.usable(branch & ~FENCE)) return true
      if (branch >= FENCE) return false
    }
    return false
  },

  pick(asking, node) {
    const { trace } = asking
    for (let step = firstStep(asking); step <= REST; step = nextStep(asking, step)) {
      const branch = branchAt(asking, node, step)
      if (branch < 0) continue
      const to = branch & ~FENCE
      trace?.say(node, `geo: ${describeStep(step)} leads to ${trace.nameOf(to)}`)
      if (asking.pick(to) === Outcome.found) return Outcome.found
      if (branch >= FENCE) break
      trace?.say(node, 'geo: that branch is not usable; falls through to the next less specific place')
    }
    trace?.say(node, 'geo: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    for (let step = firstStep(asking); step <= REST; step = nextStep(asking, step)) {
      const branch = branchAt(asking, node, step)
      if (branch < 0) continue
      asking.gather(branch & ~FENCE)
      if (branch >= FENCE) return
    }
  },

  share(asking, node) {
    let none = -1
    for (let step = firstStep(asking); step <= REST; step = nextStep(asking, step)) {
      const branch = branchAt(asking, node, step)
      if (branch < 0) continue
      const share = asking.share(branch & ~FENCE)
      if (branch >= FENCE || (share >= 0 && asking.usable(branch))) return share
      if (share >= 0) none = 0
    }
    return none
  },

  treat(treatment, node) {
    // What is tried a second time was not usable the first time.
    const tried = new Set<number>()
    for (let step = firstStep(treatment); step <= REST; step = nextStep(treatment, step)) {
      const branch = branchAt(treatment, node, step)
      if (branch < 0) continue
      const to = branch & ~FENCE
      if (!tried.has(to)) {
        treatment.words.push(to)
        treatment.treat(to)
      }
      tried.add(to)
      if (branch >= FENCE) break
    }
    treatment.words.push(-1)
  },
})

function addPlace(
  lists: Record<Kind, Map<number, number>>,
  text: string,
  branch: number,
  path: Path,
  writer: TableWriter,
): void {
  const where = parseWhere(text)
  if (where.kind === 'mistake') {
    writer.problem(path, where.message, where.hint)
    return
  }
  const key = keyOf(where, path, writer)
  if (key === undefined) return
  const list = lists[where.kind]
  if (list.has(key)) writer.problem(path, `expected each place once, found "${text}" a second time`)
  list.set(key, branch)
}

function keyOf(where: Where, path: Path, writer: TableWriter): number | undefined {
  if (typeof where.value === 'number') return where.value
  // A subdivision that no database knows matches nobody, and so needs no key.
  if (where.kind === 'subdivision') return writer.geo.subdivision(where.value)
  const network = writer.geo.network(where.value)
  if (network === undefined) {
    const known = writer.geo.networkNames()
    const list = known.length > 0 ? `one of ${known.slice(0, 8).join(', ')}` : 'none is configured'
    writer.problem(path, `expected a network of geo.networks (${list}), found "${where.value}"`)
  }
  return network
}

type Placed = Pick<Asking, 'table' | 'places' | 'place'>

/**
 * Steps from the most specific place to the least: the client's own networks from the innermost out, each as its number
 * - NETWORKS; then the kinds from 1 on by their index; then the rest.
 */
function firstStep(asking: Placed): number {
  const network = asking.places.network[asking.place]!
  return network === 0 ? 1 : network - NETWORKS
}

function nextStep(asking: Placed, step: number): number {
  if (step >= 0) return step + 1
  const outer = asking.places.networkParent[step + NETWORKS]!
  return outer === 0 ? 1 : outer - NETWORKS
}

function describeStep(step: number): string {
  return step === REST ? 'the rest branch' : `the client's ${kinds[Math.max(step, 0)]}`
}

/** The branch for a step, with its fence bit; -1 where there is none. */
function branchAt(asking: Placed, node: number, step: number): number {
  const { table, places, place } = asking
  if (step === REST) return table[node + 1]!
  const kind = step < 0 ? 0 : step
  const count = table[node + 2 + kind]!
  if (count === 0) return -1
  let at = node + LISTS
  for (let i = 0; i < kind; i++) at += 2 * table[node + 2 + i]!
  if (kind === 0) return find(table, at, count, places.networkName[step + NETWORKS]!)
  if (kind === 1) return find(table, at, count, places.asn[place]!)
  if (kind === 2) return find(table, at, count, places.subdivision[place]!)
  if (kind === 3) return find(table, at, count, places.country[place]!)
  return find(table, at, count, places.continent[place]!)
}

function find(table: Uint32Array, at: number, count: number, key: number): number {
  if (key === 0) return -1
  let low = 0
  let high = count - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const here = table[at + 2 * middle]!
    if (here === key) return table[at + 2 * middle + 1]!
    if (here < key) low = middle + 1
    else high = middle - 1
  }
  return -1
}
