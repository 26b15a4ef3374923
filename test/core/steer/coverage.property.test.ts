// Nobody is steered by NODATA: random trees of pools that hold different types. What the check at load lets through answers each
// type that the service holds to every client in any state; what it refuses leaves some client without. Written from docs/pools.md.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkCoverage, openCovered, typesOf } from '../../../src/core/steer/coverage.ts'
import type { PoolPlan } from '../../../src/core/steer/config.ts'
import { branchConfig } from '../../../src/core/steer/index.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { type Client, clients, makeTree, pick, type State, type TargetText, type TreeText } from './tree.ts'

const types = [1, 28, 65, 15] as const
type Holding = readonly (typeof types)[number][]

/** Each pool by the types that it holds; most hold both families. */
const holding: fc.Arbitrary<Holding> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Holding>([1, 28]) },
  { weight: 3, arbitrary: fc.subarray([...types], { minLength: 1 }) },
)
const POOLS = 4
const holdings = fc.array(holding, { minLength: POOLS, maxLength: POOLS })

const poolName = fc.constantFrom(...Array.from({ length: POOLS }, (_, i) => `p${i}`))
const places = ['network corp', 'network desk', 'network lonely', 'asn 64500', 'asn 64501', 'country FR', 'country US']
places.push('subdivision US-CA', 'country JP', 'continent EU', 'continent NA')

interface Rule {
  readonly where?: readonly string[]
  readonly to: Branch
  readonly fence?: boolean
}

function policyOf(to: fc.Arbitrary<Branch>): fc.Arbitrary<Branch> {
  return fc.oneof(
    fc.array(to, { minLength: 1, maxLength: 3 }).map((failover) => ({ failover })),
    fc
      .array(fc.record({ to, weight: fc.constantFrom(0, 1, 1, 5) }), { minLength: 1, maxLength: 4 })
      .map((weighted) => ({ weighted })),
    fc.array(poolName, { minLength: 1, maxLength: 3 }).map((nearest) => ({ nearest })),
    fc
      .tuple(fc.shuffledSubarray(places), fc.array(fc.record({ to, fence: fc.boolean() }), { maxLength: 3 }), to)
      .map(([named, rules, rest]) => {
        const placed = rules
          .map((rule, i) => ({ ...rule, where: named.filter((_, n) => n % rules.length === i) }))
          .filter(({ where }) => where.length > 0)
        return { geo: [...placed, { to: rest }] }
      }),
  )
}

const steer = policyOf(fc.oneof(poolName, policyOf(fc.oneof(poolName, fc.constant<Branch>('s')))))
const inner = policyOf(poolName)

const state = fc.constantFrom<State>('up', 'up', 'up', 'down', 'drained', 'unknown', 'down drained')

function targetsOf(p: number, held: Holding, states: readonly State[]): TargetText[] {
  return held.map((type, i) => {
    const address = type === 1 ? `192.0.2.${p}` : type === 28 ? `2001:db8::${p}` : `record ${type} of ${p}`
    const hasAddresses = held.includes(1) || held.includes(28)
    return { address, type, state: states[i % states.length]!, follows: type > 28 && hasAddresses }
  })
}

const trees = fc.record({
  held: holdings,
  states: fc.array(fc.array(state, { minLength: 4, maxLength: 4 }), { minLength: POOLS, maxLength: POOLS }),
  steer,
  inner,
  u: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

function treeText(held: readonly Holding[], states: readonly (readonly State[])[], root: Branch, s: Branch): TreeText {
  const pools = held.map((types_, p) => [
    `p${p}`,
    { at: [p * 20, p * 30] as const, targets: targetsOf(p, types_, states[p]!) },
  ])
  return { pools: Object.fromEntries(pools), services: { s }, steer: root }
}

function coveredBy(text: TreeText) {
  const pools = Object.entries(text.pools).map(([name, { targets }]): [string, PoolPlan] => [
    name,
    { name, targets: targets.map(({ type }) => ({ type })) } as unknown as PoolPlan,
  ])
  const services = Object.entries({ ...text.services, root: text.steer }).map(([name, branch]) => {
    const origin = { document: 0, path: ['services', name] }
    return [name, { name, ttlSec: 30, minTtlSec: 10, steer: branchConfig.parse(branch), origin }] as const
  })
  return openCovered({ pools: new Map(pools), services: new Map(services) })
}

/** The pools that a client may come to, whatever their health. */
function reachable(branch: Branch, text: TreeText, client: Client): string[] {
  if (typeof branch === 'string') return branch === 's' ? reachable(text.services!['s']!, text, client) : [branch]
  const [[policy, config]] = Object.entries(branch) as [[string, never]]
  if (policy === 'weighted')
    return (config as readonly { to: Branch }[]).flatMap(({ to }) => reachable(to, text, client))
  if (policy !== 'geo') return (config as readonly Branch[]).flatMap((to) => reachable(to, text, client))
  const rules = config as readonly Rule[]
  const where = [
    ...client.networks.map((name) => `network ${name}`),
    `asn ${client.asn}`,
    `subdivision ${client.subdivision}`,
    `country ${client.country}`,
    `continent ${client.continent}`,
  ]
  const matches = where.flatMap((place) => rules.filter((rule) => rule.where?.includes(place)))
  matches.push(...rules.filter((rule) => !rule.where))
  const fence = matches.findIndex((rule) => rule.fence)
  return matches.slice(0, fence < 0 ? undefined : fence + 1).flatMap(({ to }) => reachable(to, text, client))
}

/** Everybody there could be, not only who the tests ask for. */
const areas = [
  {},
  { continent: 'EU' },
  { continent: 'NA' },
  { country: 'JP', continent: 'AS' },
  { country: 'FR', continent: 'EU' },
  { country: 'US', continent: 'NA' },
  { country: 'US', continent: 'NA', subdivision: 'US-CA' },
]
const anybody = [[], ['corp'], ['desk', 'office', 'corp'], ['lonely']].flatMap((networks) =>
  [{}, { asn: 64_500 }, { asn: 64_501 }].flatMap((system) =>
    areas.map((area): Client => ({ address: '', networks, ...system, ...area })),
  ),
)

/** The check knows nothing of places, so of a `geo` inside another it may complain of clients that never come there. */
function nestsGeo(branch: Branch, text: TreeText, isInside = false): boolean {
  if (typeof branch === 'string') return branch === 's' && nestsGeo(text.services!['s']!, text, isInside)
  const [[policy, config]] = Object.entries(branch) as [[string, readonly (Branch | { to: Branch })[]]]
  const isGeo = policy === 'geo'
  if (isGeo && isInside) return true
  return config.some((member) => {
    const to = typeof member === 'object' && 'to' in member ? (member.to as Branch) : member
    return nestsGeo(to, text, isInside || isGeo)
  })
}

test('a checked service answers every type that it holds, to every client, in any state; a refused one does not', () => {
  const seen = { passed: 0, refused: 0, asked: 0, open: 0 }
  fc.assert(
    fc.property(trees, fc.constantFrom(...clients), ({ held, states, steer: root, inner: s, u }, client) => {
      const text = treeText(held, states, root, s)
      const covered = coveredBy(text)
      const findings = checkCoverage(covered, ['root'])
      const all = [...typesOf(covered, root)]
      const lacking = anybody.some((somebody) => {
        const got = new Set(reachable(root, text, somebody).flatMap((name) => held[Number(name.slice(1))]!))
        return all.some((type) => !got.has(type as 1))
      })
      if (findings.length > 0) {
        seen.refused++
        if (!nestsGeo(root, text)) expect(lacking).toBe(true)
        return
      }
      seen.passed++
      expect(lacking).toBe(false)
      const tree = makeTree(text, (total) => Math.floor(u * total))
      for (const type of typesOf(covered, root)) {
        const { isUsable, targets, pool } = pick(tree, type, client.address)
        expect(targets.length).toBeGreaterThan(0)
        const mates = Object.values(text.pools).flatMap((each) => each.targets)
        for (const target of targets) expect(mates.find(({ address }) => address === target)!.type).toBe(type)
        expect(text.pools[pool]!.targets.some((target) => target.type === type)).toBe(true)
        if (!isUsable) seen.open++
        seen.asked++
      }
    }),
    { numRuns: 20_000, seed: 3 },
  )
  expect(seen.passed).toBeGreaterThan(5000)
  expect(seen.refused).toBeGreaterThan(2000)
  expect(seen.open).toBeGreaterThan(1000)
})

test('A and AAAA come from the same pool wherever the pool that a client comes to holds both', () => {
  let compared = 0
  const allUp = Array.from({ length: POOLS }, (): State[] => ['up'])
  const both = Array.from({ length: POOLS }, (): Holding => [1, 28])
  fc.assert(
    fc.property(trees, fc.constantFrom(...clients), ({ held, steer: root, inner: s, u }, client) => {
      const poolOf = (types_: readonly Holding[], type: number): string =>
        pick(
          makeTree(treeText(types_, allUp, root, s), (total) => Math.floor(u * total)),
          type,
          client.address,
        ).pool
      // Where types made no difference.
      const own = poolOf(both, 1)
      const holds = held[Number(own.slice(1))]!
      for (const type of [1, 28] as const) if (holds.includes(type)) expect(poolOf(held, type)).toBe(own)
      if (holds.includes(1) && holds.includes(28)) compared++
    }),
    { numRuns: 20_000, seed: 4 },
  )
  expect(compared).toBeGreaterThan(8000)
})
