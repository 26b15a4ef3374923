// The policies once more, straight from what docs/policies says: recursive, over names and objects, slow and plain. It shares
// no code with src/core/steer but the shape of the configuration.

import fc from 'fast-check'
import { expect } from 'vitest'
import { type Branch, MAX_CHOSEN } from '../../../src/core/steer/policy.ts'
import {
  type Client,
  clients,
  makeTree,
  pick,
  type Picked,
  type PoolText,
  type State,
  type TargetText,
  type TreeText,
} from './tree.ts'

interface Question {
  readonly tree: TreeText
  readonly client: Client
  readonly type: 1 | 28
  /** The dice always fall at the same part of the way: 0 ≤ u < 1. */
  readonly u: number
  /** Fading pools keep all of their clients. */
  readonly withFading?: boolean
}

const typeOf = ({ address }: TargetText): 1 | 28 => (address.includes(':') ? 28 : 1)
const isUp = ({ state }: TargetText): boolean => state !== 'down' && !isDrained(state)
const isDrained = (state: TargetText['state']): boolean => state?.includes('drained') ?? false
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const weightOf = ({ weight = 1 }: TargetText): number => weight

/** Which part of its clients a group of targets takes: all, that of the fading ones where it cannot do without them, or undefined: it is not usable. */
function partTaken(targets: readonly TargetText[]): number | undefined {
  const isWeightless = targets.every((target) => weightOf(target) === 0)
  const weigh = (some: readonly TargetText[]): number => sum(some.map((one) => (isWeightless ? 1 : weightOf(one))))
  const up = targets.filter(isUp)
  const fading = up.filter(({ fade = 1000 }) => fade < 1000)
  const half = weigh(targets) / 2
  if (weigh(up) === 0 || weigh(up) < half) return undefined
  if (weigh(up) - weigh(fading) >= half) return 1
  return sum(fading.map((one) => (isWeightless ? 1 : weightOf(one)) * one.fade!)) / (1000 * weigh(fading))
}

/** A pool that holds nothing of the type is no candidate for it. */
function poolUsable({ targets }: PoolText, { type, u, withFading }: Question): boolean {
  const own = targets.filter((target) => typeOf(target) === type)
  const part = own.length === 0 ? undefined : partTaken(own)
  return part !== undefined && (withFading === true || u < part)
}

function drawFrom(pool: PoolText, { type, u }: Question): string[] {
  const isEven = pool.targets.every((target) => weightOf(target) === weightOf(pool.targets[0]!))
  const answers = pool.answers ?? (isEven ? 4 : 1)
  const left = pool.targets.filter((target) => typeOf(target) === type && isUp(target))
  const drawn: string[] = []
  while (drawn.length < answers && left.length > 0) {
    const weights = left.map((target) => weightOf(target) * (target.fade ?? 1000))
    const isIdle = sum(weights) === 0
    if (isIdle && drawn.length > 0) break
    const shares = isIdle ? left.map(() => 1) : weights
    drawn.push(left.splice(indexAt(shares, u), 1)[0]!.address)
  }
  return drawn
}

function indexAt(shares: readonly number[], u: number): number {
  let drawn = Math.floor(u * sum(shares))
  return shares.findIndex((share) => (drawn -= share) < 0)
}

interface Rule {
  readonly where?: readonly string[]
  readonly to: Branch
  readonly fence?: boolean
}

/** The branches that a client of a geo policy may come to, in order. */
function rulesFor(rules: readonly Rule[], client: Client): Branch[] {
  const places = [
    ...client.networks.map((name) => `network ${name}`),
    client.asn && `asn ${client.asn}`,
    client.subdivision && `subdivision ${client.subdivision}`,
    client.country && `country ${client.country}`,
    client.continent && `continent ${client.continent}`,
  ]
  const matches = places.flatMap((place) => rules.filter(({ where }) => place && where?.includes(place)))
  matches.push(...rules.filter(({ where }) => !where))
  const fence = matches.findIndex((rule) => rule.fence)
  return (fence < 0 ? matches : matches.slice(0, fence + 1)).map(({ to }) => to)
}

function byDistance(names: readonly string[], { tree, client }: Question): readonly string[] {
  if (!client.at) return names
  const km = (name: string): number => {
    const radians = [...client.at!, ...tree.pools[name]!.at!].map((degrees) => (degrees * Math.PI) / 180)
    const [lat1 = 0, lon1 = 0, lat2 = 0, lon2 = 0] = radians
    const cos = Math.sin(lat1) * Math.sin(lat2) + Math.cos(lat1) * Math.cos(lat2) * Math.cos(lon1 - lon2)
    return 6371 * Math.acos(Math.max(-1, Math.min(1, cos)))
  }
  return names.toSorted((a, b) => km(a) - km(b))
}

/** A branch's possible next branches in order of preference; weighted is handled by its callers. */
function inOrder(branch: Exclude<Branch, string>, question: Question): readonly Branch[] {
  const [[policy, config]] = Object.entries(branch) as [[string, never]]
  if (policy === 'failover') return config
  if (policy === 'nearest') return byDistance(config, question)
  if (policy === 'weighted') return (config as readonly Member[]).map(({ to }) => to)
  return rulesFor(config, question.client)
}

interface Member {
  readonly to: Branch
  readonly weight: number
}

function resolve(branch: Branch, { tree }: Question): PoolText | Exclude<Branch, string> {
  if (typeof branch !== 'string') return branch
  return tree.pools[branch] ?? (tree.services![branch] as Exclude<Branch, string>)
}

const isPool = (node: PoolText | Exclude<Branch, string>): node is PoolText => 'targets' in node

function usable(branch: Branch, question: Question): boolean {
  const node = resolve(branch, question)
  if (typeof node === 'string') return usable(node, question)
  if (isPool(node)) return poolUsable(node, question)
  return inOrder(node, question).some((next) => usable(next, question))
}

function choose(branch: Branch, question: Question): { pool: string; targets: string[] } | undefined {
  const node = resolve(branch, question)
  if (typeof node === 'string') return choose(node, question)
  if (isPool(node))
    return poolUsable(node, question) ? { pool: branch as string, targets: drawFrom(node, question) } : undefined
  let open = inOrder(node, question).filter((next) => usable(next, question))
  if ('weighted' in node) {
    const members = merged(node['weighted'] as readonly Member[], question)
    const first = drawMember(members, question)
    const usableMembers = members.filter(({ to }) => usable(to, question))
    const drawn = first && usable(first.to, question) ? first : drawMember(usableMembers, question)
    open = drawn ? [drawn.to] : []
  }
  return open[0] === undefined ? undefined : choose(open[0], question)
}

/** A branch that is named twice is one, with both weights. */
function merged(members: readonly Member[], { tree }: Question): Member[] {
  const nameOf = (to: Branch): Branch => {
    const next = typeof to === 'string' ? tree.services?.[to] : undefined
    return typeof next === 'string' ? nameOf(next) : to
  }
  const kept: { to: Branch; weight: number }[] = []
  for (const { to, weight } of members) {
    const twin = kept.find((other) => typeof to === 'string' && nameOf(other.to) === nameOf(to))
    if (twin) twin.weight += weight
    else kept.push({ to, weight })
  }
  return kept
}

function drawMember(members: readonly Member[], { u }: Question): Member | undefined {
  const isIdle = sum(members.map(({ weight }) => weight)) === 0
  return members[
    indexAt(
      members.map(({ weight }) => (isIdle ? 1 : weight)),
      u,
    )
  ]
}

function gather(branch: Branch, question: Question, withDrained: boolean): { pool: string; address: string }[] {
  const node = resolve(branch, question)
  if (typeof node === 'string') return gather(node, question, withDrained)
  if (!isPool(node)) return inOrder(node, question).flatMap((next) => gather(next, question, withDrained))
  return node.targets
    .filter((target) => typeOf(target) === question.type && (withDrained || !isDrained(target.state)))
    .map(({ address }) => ({ pool: branch as string, address }))
}

function expected(question: Question): Picked {
  const tree = { ...question.tree, services: { ...question.tree.services, root: question.tree.steer } }
  const chosen = choose('root', { ...question, tree }) ?? choose('root', { ...question, tree, withFading: true })
  if (chosen) return { isUsable: true, ...chosen }
  const sober = gather(question.tree.steer, question, false)
  const all = sober.length > 0 ? sober : gather(question.tree.steer, question, true)
  const targets = [...new Set(all.map(({ address }) => address))].slice(0, MAX_CHOSEN)
  return { isUsable: false, targets, pool: all[0]?.pool ?? '' }
}

const poolPlaces: readonly (readonly [number, number])[] = [
  [53.3, -6.2],
  [39, -77.5],
  [1.3, 103.8],
  [1.3, 103.8],
  [-23.5, -46.6],
]

const state = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<State | 'unchecked'>('up', 'up', 'unknown', 'unchecked') },
  { weight: 3, arbitrary: fc.constantFrom<State>('down', 'drained', 'down drained') },
)

/** Five pools of up to four targets, whose addresses say which they are. */
const pools: fc.Arbitrary<Record<string, PoolText>> = fc
  .tuple(
    ...poolPlaces.map((at, p) =>
      fc
        .record({
          answers: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
          targets: fc.array(
            fc.record({
              isV6: fc.boolean(),
              weight: fc.constantFrom(0, 1, 1, 1, 2, 7),
              state,
              fade: fc.constantFrom(1000, 1000, 250, 0),
            }),
            { minLength: 1, maxLength: 4 },
          ),
        })
        .map(({ answers, targets }) => ({
          at,
          ...(answers !== undefined && { answers }),
          targets: targets.map(({ isV6, state: now, ...target }, t) => ({
            ...target,
            // What nothing checks cannot fade either.
            ...(now === 'unchecked' && { fade: 1000 }),
            state: now,
            address: isV6 ? `2001:db8::${p}:${t + 1}` : `192.0.${p}.${t + 1}`,
          })),
        })),
    ),
  )
  .map((list) => Object.fromEntries(list.map((pool, i) => [`p${i}`, pool])))

const poolName = fc.constantFrom(...poolPlaces.map((_, i) => `p${i}`))
const places = [
  ...['corp', 'office', 'desk', 'lonely'].map((name) => `network ${name}`),
  ...['asn 64500', 'asn 64501', 'asn 64502', 'asn 64503'],
  ...['US-CA', 'CA-QC', 'FR-IDF', 'DE-BE', 'DE-BY'].map((code) => `subdivision ${code}`),
  ...['DE', 'FR', 'US', 'CA', 'JP', 'BR'].map((code) => `country ${code}`),
  ...['EU', 'NA', 'AS', 'AF'].map((code) => `continent ${code}`),
]

export type PolicyName = 'geo' | 'failover' | 'weighted' | 'nearest'

export function branchOf(policy: PolicyName, to: fc.Arbitrary<Branch>): fc.Arbitrary<Branch> {
  switch (policy) {
    case 'failover':
      return fc.array(to, { minLength: 1, maxLength: 4 }).map((branches) => ({ failover: branches }))
    case 'nearest':
      return fc.array(poolName, { minLength: 1, maxLength: 5 }).map((names) => ({ nearest: names }))
    case 'weighted':
      return fc
        .array(fc.record({ to, weight: fc.constantFrom(0, 0, 1, 1, 3, 10, 1_000_000) }), { minLength: 1, maxLength: 4 })
        .map((members) => ({ weighted: members }))
    case 'geo':
      return fc
        .tuple(
          fc.shuffledSubarray(places, { minLength: 1 }),
          fc.array(fc.record({ to, fence: fc.boolean() }), {
            minLength: 1,
            maxLength: 5,
          }),
          fc.nat(5),
        )
        .map(([named, rules, restAt]) => {
          const parts = rules.map(({ to: branch, fence }, i) => ({
            where: named.filter((_, n) => n % rules.length === i),
            to: branch,
            ...(fence && { fence }),
          }))
          const kept: Rule[] = parts.filter(({ where }) => where.length > 0)
          kept.splice(restAt, 0, { to: rules[0]!.to })
          return { geo: kept }
        })
  }
}

const anyPolicy: readonly PolicyName[] = ['geo', 'failover', 'weighted', 'nearest']

/** Trees whose root is `policy`, with pools, services and further policies below it. */
function treeOf(policy: PolicyName): fc.Arbitrary<TreeText> {
  const leaf: fc.Arbitrary<Branch> = poolName
  const shallow = fc.oneof(
    { weight: 3, arbitrary: leaf },
    ...anyPolicy.map((name) => ({ weight: 1, arbitrary: branchOf(name, leaf) })),
  )
  const inner = fc.oneof(
    { weight: 2, arbitrary: shallow },
    { weight: 1, arbitrary: fc.constantFrom<Branch>('s0', 's1') },
  )
  return fc.record({
    pools,
    services: fc.record({ s0: shallow, s1: shallow }),
    steer: branchOf(policy, inner),
  })
}

/** Compares compiled trees with the model for random trees, health, clients, types and dice. */
export function expectModelAgrees(policy: PolicyName | 'pool', runs: number): void {
  const tree = policy === 'pool' ? fc.record({ pools, steer: poolName }) : treeOf(policy)
  const question = fc.record({
    tree,
    client: fc.constantFrom(...clients),
    type: fc.constantFrom<1 | 28>(1, 28),
    u: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  const seen = { usable: 0, open: 0 }
  fc.assert(
    fc.property(question, (asked) => {
      const compiled = makeTree(asked.tree, (total) => Math.floor(asked.u * total))
      expect(compiled.findings).toEqual([])
      const picked = pick(compiled, asked.type, asked.client.address)
      expect(picked).toEqual(expected(asked))
      if (picked.isUsable) seen.usable++
      else seen.open++
    }),
    { numRuns: runs, seed: 31 },
  )
  // Both outcomes were met, or the comparison would say little.
  expect(Math.min(seen.usable, seen.open)).toBeGreaterThan(runs / 50)
}
