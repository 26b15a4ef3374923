// geo: a branch by where the client is. The smallest place wins, whatever the order: own network or prefix, the innermost
// first, then autonomous system, subdivision, country, continent, and the rest branch at last. A branch that is not usable
// falls through to the next larger place, unless it is a fence.
//
//   node: code, rest branch, networks, systems, subdivisions, countries, continents (how many rules of each),
//         then (key, branch) …, 0 per kind, sorted by key; a key may have several branches, the first being that of the
//         smallest place. A branch's top bit marks a fence.

import { z } from 'zod'
import { addPlace, kinds, openRuleLists, ruleWords } from './geo-rules.ts'
import { type Asking, type Branch, definePolicy, Outcome, type SteerTrace } from './policy.ts'

const FENCE = 0x80000000
const COUNTS = 2
const LISTS = COUNTS + kinds.length
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
  // The rest and each kind of place, and as many again for networks and groups inside of each other.
  mostBranches: 2 * (kinds.length + 1),

  config: (branch) =>
    z
      .array(
        z.strictObject({
          where: z.array(z.string()).min(1).optional().meta({
            description:
              'places: `continent EU`, `country CA`, `subdivision US-CA`, `asn 64500`, `network office`, `cidr 192.0.2.0/24`, `group dach`; without it, the rest',
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
          'a branch by where the client is; the smallest place wins; one branch without `where` takes the rest',
      }),

  branches: (config) => config.map(({ to }, i) => ({ to, path: [i, 'to'] })),

  lastBranches: (config) =>
    config.flatMap(({ where, to, fence }, i) => (where && !fence ? [] : [{ to, path: [i, 'to'] }])),

  compile(config, code, writer) {
    const lists = openRuleLists()
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
    const counts = kinds.map((kind) => lists[kind].size)
    // One by one: ten thousand rules would be too many arguments.
    const node = writer.words(code, Math.max(rest, 0), ...counts)
    for (const word of kinds.flatMap((kind) => ruleWords(lists[kind]))) writer.words(word)
    return node
  },

  usable(asking, node) {
    let tried = 0
    for (let step = firstStep(asking, node); step <= REST; step = nextStep(asking, step)) {
      for (let at = ruleAt(asking, node, step); at >= 0; at = nextRule(asking, node, at)) {
        const branch = asking.table[at + 1]!
        if (!isTried(asking, node, at, tried++) && asking.usable(branch & ~FENCE)) return true
        if (branch >= FENCE) return false
      }
    }
    return false
  },

  pick(asking, node) {
    const { table, trace } = asking
    let tried = 0
    for (let step = firstStep(asking, node); step <= REST; step = nextStep(asking, step)) {
      for (let at = ruleAt(asking, node, step); at >= 0; at = nextRule(asking, node, at)) {
        const branch = table[at + 1]!
        const to = branch & ~FENCE
        if (trace) trace.say(node, `geo: ${describeStep(asking, trace, step)} leads to ${trace.nameOf(to)}`)
        if (!isTried(asking, node, at, tried++) && asking.pick(to) === Outcome.found) return Outcome.found
        if (branch >= FENCE) {
          trace?.say(node, 'geo: no branch is usable, and a fence is around this one')
          return Outcome.unusable
        }
        trace?.say(node, 'geo: that branch is not usable; falls through to the next larger place')
      }
    }
    trace?.say(node, 'geo: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    for (let step = firstStep(asking, node); step <= REST; step = nextStep(asking, step)) {
      for (let at = ruleAt(asking, node, step); at >= 0; at = nextRule(asking, node, at)) {
        const branch = asking.table[at + 1]!
        asking.gather(branch & ~FENCE)
        if (branch >= FENCE) return
      }
    }
  },

  share(asking, node) {
    let none = -1
    let tried = 0
    for (let step = firstStep(asking, node); step <= REST; step = nextStep(asking, step)) {
      for (let at = ruleAt(asking, node, step); at >= 0; at = nextRule(asking, node, at)) {
        const branch = asking.table[at + 1]!
        if (!isTried(asking, node, at, tried++)) {
          const share = asking.share(branch & ~FENCE)
          if (branch >= FENCE || asking.isShareUsable) return share
          if (share >= 0) none = 0
        } else if (branch >= FENCE) return unusableShare(asking, none)
      }
    }
    return unusableShare(asking, none)
  },

  treat(treatment, node) {
    // What is tried a second time was not usable the first time.
    const tried = new Set<number>()
    const goOn = (branch: number): boolean => {
      const to = branch & ~FENCE
      if (!tried.has(to)) {
        treatment.words.push(to)
        treatment.treat(to)
      }
      tried.add(to)
      return branch < FENCE
    }
    walk: for (let step = firstStep(treatment, node); step <= REST; step = nextStep(treatment, step))
      for (let at = ruleAt(treatment, node, step); at >= 0; at = nextRule(treatment, node, at))
        if (!goOn(treatment.table[at + 1]!)) break walk
    treatment.words.push(-1)
  },
})

function unusableShare(asking: Asking, share: number): number {
  asking.isShareUsable = false
  return share
}

type Placed = Pick<Asking, 'table' | 'places' | 'place'>

/**
 * Steps from the smallest place to the largest: the client's own networks from the innermost out, each as its number
 * - NETWORKS; then the kinds from 1 on by their index; then the rest.
 */
function firstStep({ table, places, place }: Placed, node: number): number {
  if (table[node + COUNTS] === 0) return 1
  const network = places.network[place]!
  return network === 0 ? 1 : network - NETWORKS
}

function nextStep(asking: Placed, step: number): number {
  if (step >= 0) return step + 1
  const outer = asking.places.networkParent[step + NETWORKS]!
  return outer === 0 ? 1 : outer - NETWORKS
}

function describeStep({ places }: Asking, trace: SteerTrace, step: number): string {
  if (step === REST) return 'the rest branch'
  if (step < 0) return `the client's ${trace.networkName(places.networkName[step + NETWORKS]!)}`
  return `the client's ${kinds[step]}`
}

/** Where the first (key, branch) for a step stands; -1 where there is none. The rest has no key before its branch. */
function ruleAt(asking: Placed, node: number, step: number): number {
  const { table, places, place } = asking
  if (step === REST) return node
  const kind = step < 0 ? 0 : step
  const count = table[node + COUNTS + kind]!
  if (count === 0) return -1
  let at = node + LISTS
  for (let i = 0; i < kind; i++) at += 2 * table[node + COUNTS + i]! + 1
  if (kind === 0) return find(table, at, count, places.networkName[step + NETWORKS]!)
  if (kind === 1) return find(table, at, count, places.asn[place]!)
  if (kind === 2) return find(table, at, count, places.subdivision[place]!)
  if (kind === 3) return find(table, at, count, places.country[place]!)
  return find(table, at, count, places.continent[place]!)
}

/**
 * Whether one of the `tried` rules before the one at `at` has led to the same branch: what was not usable then is not now, and
 * where several levels of a tree tried it again, each would double the work.
 */
function isTried(asking: Placed, node: number, at: number, tried: number): boolean {
  if (tried === 0) return false
  const { table } = asking
  const to = table[at + 1]! & ~FENCE
  for (let step = firstStep(asking, node); step <= REST; step = nextStep(asking, step)) {
    for (let before = ruleAt(asking, node, step); before >= 0; before = nextRule(asking, node, before)) {
      if (before === at) return false
      if ((table[before + 1]! & ~FENCE) === to) return true
    }
  }
  return false
}

/** The next one of the same place. */
function nextRule({ table }: Placed, node: number, at: number): number {
  return at !== node && table[at + 2] === table[at] ? at + 2 : -1
}

/** The first of the entries with that key. */
function find(table: Uint32Array, first: number, count: number, key: number): number {
  if (key === 0) return -1
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (table[first + 2 * middle]! < key) low = middle + 1
    else high = middle
  }
  return low < count && table[first + 2 * low] === key ? first + 2 * low : -1
}
