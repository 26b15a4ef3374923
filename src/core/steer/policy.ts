// What a steering policy is: a schema, a way to compile itself to words, and a way to pick from the words.
// Slow to compile, fast to pick: names become integers at load, the query path sees no string and allocates nothing.
//
// A compiled tree is a table of 32-bit words. A node is its policy's code followed by the policy's own words; a branch is the
// index of a node's first word. Nodes stand after the nodes they refer to.

import type { z } from 'zod'
import type { Places } from '../geo/places.ts'

/** A branch as configured: the name of a pool or service, or one policy. */
export type Branch = string | { readonly [policy: string]: unknown }

export type Path = readonly (string | number)[]

export const Outcome = { unusable: 0, found: 1 } as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** Collects what happened, for `explain`; absent on the packet path. */
export interface SteerTrace {
  /** `node` is the word index of the node that speaks. */
  say(node: number, text: string): void
  /** What a node is called: "pool eu", "failover". */
  nameOf(node: number): string
  /** What a target is called, by the word index of its entry. */
  targetName(target: number): string
  /** Why a target is up or down, in words. */
  targetState(target: number): string
  describePlace(place: number): string
  /** How deep the walk is: nodes indent what they say by it. */
  depth: number
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
  /** Word indexes of the targets chosen so far. */
  readonly chosen: Int32Array
  chosenCount: number
  /** Whether `gather` takes drained targets too. */
  withDrained: boolean
  /** Counter slot of the pool that was chosen, -1 before. */
  slot: number
  /** Draws below `total`, keyed by `node`: equal on all replicas for the same client, service, slot and node. */
  draw(node: number, total: number): number
  /** Walks into a branch; these stand here so that a policy need not import the registry that imports it. */
  usable(node: number): boolean
  pick(node: number): Outcome
  /** Adds every target the branch could give this client, whatever its health, in order of preference. */
  gather(node: number): void
  trace: SteerTrace | undefined
}

/** Where a policy puts its words while it is compiled. */
export interface TableWriter {
  /** Appends words and returns the index of the first. */
  words(...values: number[]): number
  /** Compiles a branch (once per service) and returns its node. `path` leads to it from the policy's own configuration. */
  branch(to: Branch, path: Path): number
  /** Where a pool stands, for policies that measure distance; undefined for what has no place. */
  whereIs(to: Branch): readonly [x: number, y: number, z: number] | undefined
  readonly geo: GeoNames
  /** `path` leads to the mistake from the policy's own configuration. */
  problem(path: Path, message: string, hint?: string): void
}

/** Names of places → the integers that `Places` uses. */
export interface GeoNames {
  subdivision(code: string): number | undefined
  network(name: string): number | undefined
  networkNames(): readonly string[]
}

export interface Policy<Config = unknown> {
  readonly name: string
  /** The policy's schema, given the schema of a branch. */
  config(branch: z.ZodType<Branch>): z.ZodType<Config>
  /** Branches that the configuration names, with the path to each: for checking names and cycles before compiling. */
  branches(config: Config): { readonly to: Branch; readonly path: Path }[]
  /** Whether the answer depends on where the client is, so that it has an ECS scope. */
  readonly usesPlace: boolean
  /** Branches first (they must stand before), then `writer.words(code, …)`; returns the node. */
  compile(config: Config, code: number, writer: TableWriter): number
  usable(asking: Asking, node: number): boolean
  pick(asking: Asking, node: number): Outcome
  gather(asking: Asking, node: number): void
}

/** The registry holds policies of many configurations; each gets only what its own schema has let through. */
export function definePolicy<Config>(policy: Policy<Config>): Policy {
  return policy
}

/** Whether any of the `count` branches whose nodes stand `stride` words apart from `at` is usable. */
export function anyUsable(asking: Asking, at: number, count: number, stride: number): boolean {
  for (let i = 0; i < count; i++) if (asking.usable(asking.table[at + i * stride]!)) return true
  return false
}

/** Adds a target to the answer, unless it is there or the answer is full. */
export function choose(asking: Asking, target: number): void {
  if (asking.chosenCount >= MAX_CHOSEN) return
  for (let i = 0; i < asking.chosenCount; i++) if (asking.chosen[i] === target) return
  asking.chosen[asking.chosenCount++] = target
}
