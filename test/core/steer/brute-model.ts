// The policies that choose by distance, bucket, measurement or load, and those that join branches, once more: straight from
// what docs/policies says, over names and objects, slow and plain. Shares no code with src/core/steer but the configuration.

import type { Branch } from '../../../src/core/steer/policy.ts'
import { poolPlaces } from './random-trees.ts'
import { type Client, makeTree, pick, type Picked, type PoolText, type TargetText, type TreeText } from './tree.ts'

type Place = readonly [lat: number, lon: number]
type Named = Exclude<Branch, string>

/** What is true now: pools with the states and reports of this moment, and the orders that stand. */
export interface World {
  readonly tree: TreeText
  readonly pools: Record<string, PoolText>
  /** By the configuration of the policy that has it, and the vantage region. */
  readonly orders: Map<unknown, Order[]>
}

interface Order {
  members: number[]
  changedSec: number
}

export interface Question {
  readonly client: Client
  readonly type: 1 | 28
  /** The dice always fall at the same part of the way: 0 ≤ u < 1. */
  readonly u: number
  readonly bucket: number
}

interface Answer {
  readonly targets: string[]
  pool: string
  limit: number
}

// ── members, as they are written ──

interface Member {
  readonly to: Branch
  readonly at?: { readonly lat: number; readonly lon: number }
  readonly bias?: number
  readonly weight?: number
}

const isMember = (member: Branch | Member): member is Member => typeof member === 'object' && 'to' in member
const policyOf = (branch: Named): [string, Record<string, never>] => Object.entries(branch)[0] as never

function membersOf(branch: Named): Member[] {
  const [policy, config] = policyOf(branch)
  if (policy === 'shed') return [{ to: config['to']! }, { to: config['rest']! }]
  const list = (Array.isArray(config) ? config : config['of']) as readonly (Branch | Member)[]
  return list.map((member) => (isMember(member) ? member : { to: member }))
}

const numberIn = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Number.parseFloat(text)

function resolve(world: World, branch: Branch): PoolText | Named {
  if (typeof branch !== 'string') return branch
  const service = world.tree.services?.[branch]
  return service === undefined ? world.pools[branch]! : resolve(world, service)
}

const isPool = (node: PoolText | Named): node is PoolText => 'targets' in node

// ── pools ──

const typeOf = ({ address }: TargetText): 1 | 28 => (address.includes(':') ? 28 : 1)
const isUp = ({ state }: TargetText): boolean => state !== 'down' && state !== 'drained' && state !== 'down drained'
export const isDrained = ({ state }: TargetText): boolean => state === 'drained' || state === 'down drained'
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
export const weightOf = ({ weight = 1 }: TargetText): number => weight

function halfIsUp(targets: readonly TargetText[]): boolean {
  const up = targets.filter(isUp)
  const total = sum(targets.map(weightOf))
  if (up.length === 0) return false
  return total === 0 ? 2 * up.length >= targets.length : 2 * sum(up.map(weightOf)) >= total
}

/** A pool that holds nothing of the type is no candidate for it. */
function poolUsable({ targets }: PoolText, type: 1 | 28): boolean {
  const own = targets.filter((target) => typeOf(target) === type)
  return own.length > 0 && halfIsUp(own)
}

function pickPool(name: string, pool: PoolText, { type, u }: Question, answer: Answer): boolean {
  if (!poolUsable(pool, type)) return false
  const own = pool.targets.filter((target) => typeOf(target) === type)
  const isEven = pool.targets.every((target) => weightOf(target) === weightOf(pool.targets[0]!))
  const most = pool.answers ?? (isEven ? 4 : 1)
  const left = own.filter((target) => isUp(target) && !answer.targets.includes(target.address))
  let added = 0
  while (added < most && left.length > 0 && answer.targets.length < answer.limit) {
    const weights = left.map(weightOf)
    const isIdle = sum(weights) === 0
    if (isIdle && added > 0) break
    const shares = isIdle ? left.map(() => 1) : weights
    answer.targets.push(left.splice(indexAt(shares, u), 1)[0]!.address)
    added++
  }
  if (added === 0) return false
  if (answer.pool === '') answer.pool = name
  return true
}

function indexAt(shares: readonly number[], u: number): number {
  let drawn = Math.floor(u * sum(shares))
  return shares.findIndex((share) => (drawn -= share) < 0)
}

// ── distance ──

/** Kilometres that a member counts as being away; all alike for a client whose place is unknown. */
function distance(world: World, { to, at, bias = 0 }: Member, { at: from }: Client): number {
  const place: Place | undefined = at ? [at.lat, at.lon] : typeof to === 'string' ? world.pools[to]?.at : undefined
  if (!place) return Number.POSITIVE_INFINITY
  if (!from) return 0
  const [lat1 = 0, lon1 = 0, lat2 = 0, lon2 = 0] = [...from, ...place].map((degrees) => (degrees * Math.PI) / 180)
  const cos = Math.sin(lat1) * Math.sin(lat2) + Math.cos(lat1) * Math.cos(lat2) * Math.cos(lon1 - lon2)
  const km = 6371 * Math.acos(Math.max(-1, Math.min(1, cos)))
  return bias >= 0 ? km * (1 - bias / 100) : km / (1 + bias / 100)
}

function byDistance(world: World, members: readonly Member[], client: Client): Member[] {
  const far = new Map(members.map((member) => [member, distance(world, member, client)]))
  return members.toSorted((a, b) => (far.get(a) === far.get(b) ? 0 : far.get(a)! - far.get(b)!))
}

function nearestOnes(world: World, branch: Named, question: Question): Branch[] {
  const config = policyOf(branch)[1] as { tie?: string; limit?: number }
  const all = membersOf(branch)
  const open = all.filter(({ to }) => usable(world, to, question))
  const ordered = byDistance(world, open, question.client)
  const limit = config.limit ?? 1
  if (config.tie === undefined || !question.client.at || open.length === 0) return branches(ordered.slice(0, limit))
  const band = distance(world, ordered[0]!, question.client) * (1 + Number.parseFloat(config.tie) / 100) + 1e-6
  const near = all.filter((member) => distance(world, member, question.client) <= band)
  const tied = near.filter((member) => open.includes(member))
  const start = drawn(near, tied, question)
  const rest = ordered.filter((member) => !tied.includes(member))
  return branches([...tied.slice(start), ...tied.slice(0, start), ...rest].slice(0, limit))
}

/** Where among the usable members the die leads: it is thrown for all of them, and again where it shows one that is not. */
function drawn(all: readonly Member[], open: readonly Member[], { u }: Question): number {
  const at = open.indexOf(all[Math.floor(u * all.length)]!)
  return at < 0 ? Math.floor(u * open.length) : at
}

const branches = (members: readonly Member[]): Branch[] => members.map(({ to }) => to)

// ── buckets ──

const keys = new Map<string, number>()

/** The key of a member, as a service shows it that has no other. */
function keyOf(to: Branch): number {
  const text = JSON.stringify(to)
  if (!keys.has(text)) {
    const pool = (at: Place): PoolText => ({ at, targets: [{ address: '192.0.2.1' }] })
    const pools = Object.fromEntries(poolPlaces.map((at, i) => [`p${i}`, pool(at)]))
    const services: Record<string, Branch> = { s0: 'p0', s1: 'p0' }
    const alone = makeTree({ pools, services, steer: { sticky: [{ to }] } }, undefined, (key) => {
      if (!keys.has(text)) keys.set(text, key)
      return 0.5
    })
    pick(alone)
  }
  return keys.get(text)!
}

/** A number above 0 and below 1 from two others. */
export function uniform(key: number, seed: number): number {
  let x = key ^ Math.imul(seed + 1, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (((x ^ (x >>> 16)) >>> 0) + 0.5) / 0x100000000
}

function keeper(world: World, branch: Named, question: Question): Branch[] {
  const open = membersOf(branch).filter(({ to }) => usable(world, to, question))
  const heavy = open.filter(({ weight = 1 }) => weight > 0)
  const scored = (heavy.length > 0 ? heavy : open).map(({ to, weight = 1 }) => ({
    to,
    score: -Math.max(weight, heavy.length > 0 ? 0 : 1) / Math.log(uniform(keyOf(to), question.bucket)),
  }))
  return scored
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 1)
    .map(({ to }) => to)
}

// ── reports ──

function poolsBeneath(world: World, branch: Branch): PoolText[] {
  const node = resolve(world, branch)
  if (isPool(node)) return [node]
  return [...new Set(membersOf(node).flatMap(({ to }) => poolsBeneath(world, to)))]
}

/** The mean of what is told of a member's usable targets, rounded; undefined where nothing is. */
function figureOf(world: World, branch: Branch, tell: (target: TargetText) => number | undefined): number | undefined {
  const pools = poolsBeneath(world, branch).flatMap((pool) => {
    const told = pool.targets.filter(
      (target) => isUp(target) && target.state !== 'unchecked' && tell(target) !== undefined,
    )
    if (told.length === 0) return []
    const isIdle = sum(told.map(weightOf)) === 0
    const weights = told.map((target) => (isIdle ? 1 : weightOf(target)))
    const mean = Math.round(sum(told.map((target, i) => tell(target)! * weights[i]!)) / sum(weights))
    return [{ mean, capacity: pool.capacity ?? 0 }]
  })
  if (pools.length === 0) return undefined
  const isDeclared = pools.every(({ capacity }) => capacity > 0)
  const shares = pools.map(({ capacity }) => (isDeclared ? capacity : 1))
  return Math.round(sum(pools.map(({ mean }, i) => mean * shares[i]!)) / sum(shares))
}

interface Rule {
  readonly margin: number
  readonly share: number
  readonly dwellSec: number
}

function advance(order: Order, figures: readonly (number | undefined)[], rule: Rule, nowSec: number): void {
  const fresh = figures.flatMap((figure, i) => (figure === undefined || order.members.includes(i) ? [] : [i]))
  for (const member of fresh.toSorted((a, b) => figures[a]! - figures[b]!)) {
    const before = order.members.findIndex((other) => (figures[other] ?? -1) > figures[member]!)
    order.members = before < 0 ? [...order.members, member] : order.members.toSpliced(before, 0, member)
  }
  if (order.changedSec > 0 && nowSec < order.changedSec + rule.dwellSec) return
  const after = overtake(order.members, figures, rule)
  if (after.join() === order.members.join()) return
  order.members = after
  order.changedSec = nowSec
}

function overtake(members: readonly number[], figures: readonly (number | undefined)[], rule: Rule): number[] {
  const [head, ...tail] = members
  if (head === undefined) return []
  const held = figures[head]
  const known = tail.filter((member) => figures[member] !== undefined)
  const [best] = known.toSorted((a, b) => figures[a]! - figures[b]!)
  if (held !== undefined && best !== undefined) {
    const less = held - figures[best]!
    if (less > 0 && less >= rule.margin && less >= (held * rule.share) / 1000 - 1e-9)
      return [best, ...overtake([head, ...tail.filter((member) => member !== best)], figures, rule)]
  }
  return [head, ...overtake(tail, figures, rule)]
}

/** Every policy with an order looks at the reports again. */
export function settle(world: World, branch: Branch, nowSec: number, done: Set<unknown> = new Set()): void {
  const node = resolve(world, branch)
  if (isPool(node) || done.has(node)) return
  done.add(node)
  const members = membersOf(node)
  for (const { to } of members) settle(world, to, nowSec, done)
  const [policy, config] = policyOf(node) as [string, Record<string, string>]
  const orders = world.orders.get(node)
  if (!orders) return
  for (const [vantage, order] of orders.entries()) {
    const isFastest = policy === 'fastest'
    const tenths = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms * 10))
    const tell = (target: TargetText): number | undefined =>
      isFastest ? tenths(target.latency?.[vantage]) : target.load
    const rule = {
      margin: 10 * numberIn(config['margin'], 10),
      share: isFastest ? 10 * numberIn(config['margin_share'], 10) : 0,
      dwellSec: isFastest ? 60 * numberIn(config['dwell'], 5) : 60 * numberIn(config['dwell'], 1),
    }
    const figures = members.map(({ to }) => figureOf(world, to, tell))
    advance(order, figures, rule, nowSec)
  }
}

/** Every node with an order, found once. */
export function openOrders(world: World, branch: Branch): void {
  const node = resolve(world, branch)
  if (isPool(node) || world.orders.has(node)) return
  const [policy] = policyOf(node)
  const count = policy === 'fastest' ? 2 : policy === 'least' ? 1 : 0
  if (count > 0)
    world.orders.set(
      node,
      Array.from({ length: count }, () => ({ members: [], changedSec: 0 })),
    )
  for (const { to } of membersOf(node)) openOrders(world, to)
}

/** The region that is nearest to a client: 0 in Frankfurt, 1 in Virginia. */
function vantageOf({ continent }: Client): number {
  return continent === undefined ? -1 : continent === 'NA' ? 1 : 0
}

function standing(world: World, branch: Named, { client }: Question): Member[] {
  const [policy] = policyOf(branch)
  const members = membersOf(branch)
  const order = world.orders.get(branch)![policy === 'least' ? 0 : vantageOf(client)]
  const ranked = (order?.members ?? []).map((i) => members[i]!)
  const others = members.filter((member) => !ranked.includes(member))
  return [...ranked, ...(policy === 'least' ? others : byDistance(world, others, client))]
}

// ── the walk ──

function usable(world: World, branch: Branch, question: Question): boolean {
  const node = resolve(world, branch)
  if (isPool(node)) return poolUsable(node, question.type)
  return membersOf(node).some(({ to }) => usable(world, to, question))
}

/** Branches that answer together, the room that each has by itself, or the first that has something. */
function choose(world: World, branch: Branch, question: Question, answer: Answer): boolean {
  const node = resolve(world, branch)
  if (isPool(node)) return pickPool(nameOf(world, branch), node, question, answer)
  const members = membersOf(node)
  const open = members.filter(({ to }) => usable(world, to, question))
  switch (policyOf(node)[0]) {
    case 'nearest':
      return nearestOnes(world, node, question).filter((to) => choose(world, to, question, answer)).length > 0
    case 'sticky':
      return keeper(world, node, question).some((to) => choose(world, to, question, answer))
    case 'shed':
      return shedOrder(world, node, question).some((to) => choose(world, to, question, answer))
    case 'fastest':
    case 'least': {
      const ordered = standing(world, node, question).filter((member) => usable(world, member.to, question))
      return ordered.some(({ to }) => choose(world, to, question, answer))
    }
    case 'failover':
      return open.some(({ to }) => choose(world, to, question, answer))
    default:
      return join(world, node, members, open, question, answer)
  }
}

function nameOf(world: World, branch: Branch): string {
  const service = world.tree.services?.[branch as string]
  return service === undefined ? (branch as string) : nameOf(world, service)
}

function shedOrder(world: World, branch: Named, question: Question): Branch[] {
  const { to, rest, low, high } = policyOf(branch)[1] as unknown as {
    to: Branch
    rest: Branch
    low: string
    high: string
  }
  if (!usable(world, to, question)) return [rest]
  const load = figureOf(world, to, (target) => target.load)
  const [from, until] = [10 * Number.parseFloat(low), 10 * Number.parseFloat(high)]
  const odds = load === undefined ? 0 : Math.max(0, Math.min(1000, Math.round((1000 * (load - from)) / (until - from))))
  const isShed = Math.floor(question.u * 1000) < odds
  return isShed && usable(world, rest, question) ? [rest, to] : [to]
}

function join(
  world: World,
  branch: Named,
  members: readonly Member[],
  open: readonly Member[],
  question: Question,
  answer: Answer,
): boolean {
  const [policy, config] = policyOf(branch) as unknown as [string, { answers?: number }]
  const outer = answer.limit
  const end = Math.min(outer, answer.targets.length + (config.answers ?? (policy === 'all' ? 32 : 4)))
  const start = policy === 'rotate' ? drawn(members, open, question) : 0
  const ordered = [...open.slice(start), ...open.slice(0, start)]
  let isFound = false
  for (const [i, { to }] of ordered.entries()) {
    const room = end - answer.targets.length
    if (room <= 0) break
    answer.limit = policy === 'first' ? end : answer.targets.length + Math.ceil(room / (ordered.length - i))
    if (choose(world, to, question, answer)) isFound = true
  }
  answer.limit = outer
  return isFound
}

function gather(
  world: World,
  branch: Branch,
  question: Question,
  withDrained: boolean,
): [pool: string, address: string][] {
  const node = resolve(world, branch)
  if (isPool(node))
    return node.targets
      .filter((target) => typeOf(target) === question.type && (withDrained || !isDrained(target)))
      .map(({ address }) => [nameOf(world, branch), address])
  const [policy] = policyOf(node)
  const members = membersOf(node)
  const ordered =
    policy === 'nearest'
      ? byDistance(world, members, question.client)
      : policy === 'fastest' || policy === 'least'
        ? standing(world, node, question)
        : members
  return ordered.flatMap(({ to }) => gather(world, to, question, withDrained))
}

export function expected(world: World, question: Question): Picked {
  const answer: Answer = { targets: [], pool: '', limit: 32 }
  if (choose(world, world.tree.steer, question, answer))
    return { isUsable: true, targets: answer.targets, pool: answer.pool }
  const sober = gather(world, world.tree.steer, question, false)
  const everything = sober.length > 0 ? sober : gather(world, world.tree.steer, question, true)
  const targets = [...new Set(everything.map(([, address]) => address))].slice(0, 32)
  return { isUsable: false, targets, pool: everything[0]?.[0] ?? '' }
}
