// What a steering policy is: a schema, a way to compile itself to words, and a way to pick from the words.
// Slow to compile, fast to pick: names become integers at load, the query path sees no string and allocates nothing.
//
// A compiled tree is a table of 32-bit words. A node is its policy's code followed by the policy's own words; a branch is the
// index of a node's first word. Nodes stand after the nodes they refer to.

import type { z } from 'zod'
import type { Prefix } from '../base/address.ts'
import type { GroupMember } from '../geo/groups.ts'
import type { Places } from '../geo/places.ts'

/** A branch as configured: the name of a pool or service, or one policy. */
export type Branch = string | { readonly [policy: string]: unknown }

export type Path = readonly (string | number)[]

export const Outcome = { unusable: 0, found: 1 } as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** A branch of a policy, or a target of a pool. */
export interface Candidate {
  /** Its word index. */
  readonly at: number
  readonly name: string
  /** Why it falls out; undefined where it does not. */
  readonly why: string | undefined
}

/** Collects what happened, for `explain`; absent on the packet path. */
export interface SteerTrace {
  /** `node` is the word index of the node that speaks. */
  say(node: number, text: string): void
  /** What a node is called: "pool eu", "failover". */
  nameOf(node: number): string
  /** What a target is called, by the word index of its entry. */
  targetName(target: number): string
  /** Why a target is up or down, in words; to a vantage region, or to all (-1). */
  targetState(target: number, regional: number): string
  /** `vantage` counts from 0. */
  vantageName(vantage: number): string
  describePlace(place: number): string
  /** What a network is called, by its number in `Places.networkName`: "network corp", "prefix 192.0.2.0/24". */
  networkName(name: number): string
  /** How deep the walk is: nodes indent what they say by it. */
  depth: number
  /** The walk comes to a node with these candidates. */
  enter(node: number, candidates: readonly Candidate[]): void
  /** A candidate of `node`, where the walk is, falls out by the policy's own rules, besides what it says. */
  out(node: number, to: number, why: string): void
  /** The walk goes back from a node; `chosen` are targets that it has added to the answer. */
  leave(node: number, chosen: readonly number[]): void
}

/** At most this many targets in one answer. */
export const MAX_CHOSEN = 32

/** One question to a steering tree. Reused from query to query. */
export interface Asking {
  table: Uint32Array
  /** The same words as 32-bit floats, for coordinates. */
  floats: Float32Array
  places: Places
  /** Id of the client's place in `places`; 0 is "unknown". */
  place: number
  /** RR type asked for. */
  type: number
  board: Int32Array
  /** Word index on the board of the first cell of this zone. */
  cells: number
  /** The vantage region nearest to the client; -1 where none is known. */
  vantage: number
  /** The vantage region whose own word goes before the verdict, in a regional service (regional.ts); -1: none. */
  regional: number
  /** Of what a pool must have up, per mille, in the place of its own rule; -1: the pool's own. */
  minHealthy: number
  /** Epoch seconds of the earliest moment at which a check or an override could change this answer; 0: none in sight. */
  changesSec: number
  /** Word indexes of the targets chosen so far, and of the pools that they are from. */
  readonly chosen: Int32Array
  readonly chosenFrom: Int32Array
  chosenCount: number
  /** Scratch for the addresses that a record hints at. */
  readonly hinted: Int32Array
  /** The pool whose addresses were looked at last for targets that follow them, and what was seen; -1: none yet. */
  followed: number
  isFollowedUp: boolean
  /** At most so many targets in this answer. */
  limit: number
  /** Whether `gather` takes drained targets too. */
  withDrained: boolean
  /** Whether pools that fade keep all of their clients: where nothing else is left, fading would send them nowhere. */
  withFading: boolean
  /** Set by a pool that fades and did not keep this client. */
  turnedAway: boolean
  /** Counter slot of the pool that was chosen, -1 before. */
  slot: number
  /** Dice thrown since whoever keeps count of them (kept.ts) set it to 0. */
  draws: number
  /** The one pool that was picked from, if no dice led to it; 0 before, -1 otherwise. Its `limit`, and `draws` when it was done. */
  leaf: number
  leafLimit: number
  leafDraws: number
  /** Draws below `total`, keyed by `node`: equal on all replicas for the same client, service, slot and node. */
  draw(node: number, total: number): number
  /**
   * A number above 0 and below 1 for the client's bucket (its /24 or /56) and `key`: the same for all times, types and
   * replicas. Only in services with a policy that `usesBucket`.
   */
  bucket(key: number): number
  /** Walks into a branch; these stand here so that a policy need not import the registry that imports it. */
  usable(node: number): boolean
  pick(node: number): Outcome
  /** Adds every target the branch could give this client, whatever its health, in order of preference. */
  gather(node: number): void
  /** How much of what the branch has is usable, per mille; -1 where it holds nothing of the asked type. Sets `isShareUsable`. */
  share(node: number): number
  /** Whether the branch that `share` was asked of last is usable: who wants both need not look at all beneath it twice. */
  isShareUsable: boolean
  /** Counts a draw of `node` for a part that `TableWriter.split` gave, once per client and time slot of the dice. */
  countDraw(node: number, part: number): void
  trace: SteerTrace | undefined
}

/**
 * How a client of some place is treated, whatever the health and the dice: the branches that it may come to, in order. Two
 * places with equal words are one to a service, and an answer for one holds for the other. Made by the loader, once per place.
 */
export interface Treatment {
  readonly words: number[]
  /** Whether the client's bucket counts too: no answer holds for more than one bucket. */
  hasBucket: boolean
  /** Walks into a branch. */
  treat(node: number): void
  readonly places: Places
  place: number
  readonly table: Uint32Array
  readonly floats: Float32Array
}

/**
 * What a policy with a memory works with: once a second, and after each change of a verdict, its `settle` writes cells, which
 * its `pick` reads on all threads. It runs on the main thread and may allocate.
 */
export interface Settling {
  readonly table: Uint32Array
  readonly floats: Float32Array
  readonly board: Int32Array
  /** Seconds since the Unix epoch. */
  readonly nowSec: number
  /** By how much that clock has jumped since the last settling: times kept in cells move along, so that nothing lasts longer or ends sooner. */
  readonly jumpSec: number
  /** `cell` counts from the zone's first. */
  read(cell: number): number
  write(cell: number, value: number): void
  /** Whether something is so now, for a client of unknown place. `test` may set the type it asks for. */
  holds(test: Test): boolean
  /**
   * Since when it has been so without a break, in epoch seconds; 0: for longer than is known; undefined: it is not so now.
   * `pools` are those that it depends on. From the times of the targets' last changes, so that all nodes agree and a restart
   * forgets nothing.
   */
  since(pools: readonly number[], test: Test): number | undefined
  /** Epoch seconds of the last order to return to a target of any of the pools; 0: none. */
  returnedSec(pools: readonly number[]): number
}

/** Something that a board, present or past, can be asked. */
export type Test = (asking: Asking) => boolean

/** Where a policy puts its words while it is compiled. */
export interface TableWriter {
  /** Appends words and returns the index of the first. */
  words(...values: number[]): number
  /** Compiles a branch (once per service) and returns its node. `path` leads to it from the policy's own configuration. */
  branch(to: Branch, path: Path): number
  /** Nodes of all pools at or beneath a compiled branch. */
  poolsBeneath(node: number): readonly number[]
  /** What a compiled pool can carry; 0: not declared. */
  capacityOf(pool: number): number
  /**
   * Reserves cells on the board; returns the first, counted from the zone's first. A policy that has some has `settle`. A
   * reload keeps their values while `members` (the whole configuration, unless given) reads the same.
   */
  cells(count: number, members?: unknown): number
  /** Reserves a counter for each of several branches that share the clients, and says in which parts; returns the first. */
  split(parts: readonly { readonly to: Branch; readonly share: number }[]): number
  /** A number for a branch that depends on what it is called (or looks like) and on nothing around it. */
  keyOf(to: Branch): number
  /** Where a pool stands, for policies that measure distance; undefined for what has no place. */
  whereIs(to: Branch): readonly [x: number, y: number, z: number] | undefined
  readonly geo: GeoNames
  /** How many vantage regions there are. */
  readonly vantages: number
  /** `path` leads to the mistake from the policy's own configuration. */
  problem(path: Path, message: string, hint?: string): void
}

/** Names of places → the integers that `Places` uses. */
export interface GeoNames {
  subdivision(code: string): number | undefined
  network(name: string): number | undefined
  networkNames(): readonly string[]
  /** As `network`, for a prefix that a condition names. */
  cidr(prefix: Prefix): number
  /** The places in a group, the groups in it included. */
  group(name: string): readonly GroupMember[] | undefined
  groupNames(): readonly string[]
  /** How many vantage regions there are; 0 unless given. */
  readonly vantages?: number
}

export interface Policy<Config = unknown> {
  readonly name: string
  /** The policy's schema, given the schema of a branch. */
  config(branch: z.ZodType<Branch>): z.ZodType<Config>
  /** Branches that the configuration names, with the path to each: for checking names and cycles before compiling. */
  branches(config: Config): { readonly to: Branch; readonly path: Path }[]
  /**
   * Branches that some clients may be left alone with, because none comes after them: each must hold all that the service
   * holds. Without it, every client may come to every branch.
   */
  lastBranches?(config: Config): { readonly to: Branch; readonly path: Path }[]
  /** How many of its branches one client may come to at most; all of them where it is left out. */
  readonly mostBranches?: number
  /** Whether the answer depends on where the client is, so that it has an ECS scope. */
  readonly usesPlace: boolean
  /** Whether the answer depends on the client's bucket. */
  readonly usesBucket?: boolean
  /** Branches first (they must stand before), then `writer.words(code, …)`; returns the node. */
  compile(config: Config, code: number, writer: TableWriter): number
  usable(asking: Asking, node: number): boolean
  pick(asking: Asking, node: number): Outcome
  gather(asking: Asking, node: number): void
  /**
   * Per mille of what the node has that is usable for this client; -1 where it holds nothing of the asked type. Leaves in
   * `isShareUsable` what `usable` would say, and looks at each branch once.
   */
  share(asking: Asking, node: number): number
  /** Pushes what tells this place's clients from others, and walks into the branches they may come to, in order. */
  treat(treatment: Treatment, node: number): void
  /** For policies that judge a branch by a minimum of their own, per mille; -1: by the rules beneath. */
  leastOf?(table: Uint32Array, node: number, to: number): number
  /** For policies that have cells. */
  settle?(settling: Settling, node: number): void
}

/** The registry holds policies of many configurations; each gets only what its own schema has let through. */
export function definePolicy<Config>(policy: Policy<Config>): Policy {
  return policy
}

/**
 * Hot. Whether a branch is usable and so much of it is, per mille; -1: by the rules beneath. A minimum replaces the rules of the
 * pools beneath, as it must when the branch is picked.
 */
export function isUsableBy(asking: Asking, node: number, minHealthy: number): boolean {
  if (minHealthy < 0) return asking.usable(node)
  const before = asking.minHealthy
  asking.minHealthy = minHealthy
  const isUsable = asking.share(node) >= minHealthy && asking.isShareUsable
  asking.minHealthy = before
  return isUsable
}

/** Hot. Picks from a branch with the minimum that it was judged by. */
export function pickBy(asking: Asking, node: number, minHealthy: number): Outcome {
  if (minHealthy < 0) return asking.pick(node)
  const before = asking.minHealthy
  asking.minHealthy = minHealthy
  const outcome = asking.pick(node)
  asking.minHealthy = before
  return outcome
}

/** Whether any of the `count` branches whose nodes stand `stride` words apart from `at` is usable. */
export function anyUsable(asking: Asking, at: number, count: number, stride: number): boolean {
  for (let i = 0; i < count; i++) if (asking.usable(asking.table[at + i * stride]!)) return true
  return false
}

/** The largest share among `count` branches, for policies that use one of them; -1 where none holds the asked type. */
export function largestShare(asking: Asking, at: number, count: number, stride: number): number {
  let largest = -1
  let isUsable = false
  for (let i = 0; i < count; i++) {
    const share = asking.share(asking.table[at + i * stride]!)
    if (share > largest) largest = share
    if (asking.isShareUsable) isUsable = true
  }
  asking.isShareUsable = isUsable
  return largest
}

/** The mean share of `count` members by their weights, for policies that use all; a member is branch, weight, …. */
export function weightedShare(asking: Asking, at: number, count: number, stride: number): number {
  const { table } = asking
  let total = 0
  let up = 0
  let largest = -1
  let isUsable = false
  for (let i = 0, member = at; i < count; i++, member += stride) {
    const share = asking.share(table[member]!)
    if (asking.isShareUsable) isUsable = true
    if (share < 0) continue
    total += table[member + 1]!
    up += table[member + 1]! * share
    if (share > largest) largest = share
  }
  asking.isShareUsable = isUsable
  return total === 0 ? largest : Math.floor(up / total)
}

/** Picks from one more branch of several that share an answer: it is counted for the pool that came first. */
export function pickAlso(asking: Asking, to: number): Outcome {
  const { slot } = asking
  const outcome = asking.pick(to)
  if (slot >= 0) asking.slot = slot
  return outcome
}

/** Says that a branch falls out, and why, if it is not usable. What is looked at for that alone bounds no TTL. */
export function sayUnusable(asking: Asking, trace: SteerTrace, node: number, to: number, policy: string): void {
  aside(asking, () => {
    if (asking.usable(to)) return
    trace.say(node, `${policy}: ${trace.nameOf(to)} falls out: not usable`)
    asking.pick(to) // picks nothing, and says why
  })
}

/** Looks at something only to tell of it: what is met on the way bears neither on the answer nor on its TTL. */
export function aside<T>(asking: Asking, look: () => T): T {
  const { changesSec, followed, isFollowedUp, turnedAway } = asking
  const seen = look()
  asking.changesSec = changesSec
  asking.followed = followed
  asking.isFollowedUp = isFollowedUp
  asking.turnedAway = turnedAway
  return seen
}

/** Walks into `count` branches. */
export function treatAll(treatment: Treatment, at: number, count: number, stride: number): void {
  for (let i = 0; i < count; i++) treatment.treat(treatment.table[at + i * stride]!)
}

/** Takes note of a moment at which the answer could change; 0 is none. */
export function noteChange(asking: Pick<Asking, 'changesSec'>, epochSec: number): void {
  if (epochSec !== 0 && (asking.changesSec === 0 || epochSec < asking.changesSec)) asking.changesSec = epochSec
}

/** Adds a target of a pool to the answer, unless it is there or the answer is full. */
export function choose(asking: Asking, target: number, pool: number): void {
  const { chosen, chosenFrom, chosenCount } = asking
  if (chosenCount >= asking.limit) return
  for (let i = 0; i < chosenCount; i++) if (chosen[i] === target) return
  chosen[chosenCount] = target
  chosenFrom[chosenCount] = pool
  asking.chosenCount = chosenCount + 1
}
