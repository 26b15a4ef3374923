// The caches of resolvers: who holds which answer until when. A resolver that passes its clients' networks on keeps an answer for
// each prefix that the scope names (RFC 7871 §7.3.1), every other one an answer for all. Demand is dense: what has expired is
// asked for again at once.

import { type Address, maskBytes, type Prefix } from '../../core/base/address.ts'
import { NO_ROW } from '../../core/health/board.ts'
import { cutSubnet } from '../explain.ts'
import { type Asker, type Reply, requestFor } from './ask.ts'
import type { Population, Resolver, SimulatedClient } from './population.ts'

/** Where the traffic of a line goes: a part of its weight to each record of the answer. */
export interface Flow {
  /** undefined: the clients get no address. */
  readonly pool: string | undefined
  readonly row: number
  weight: number
}

/** One answer in one cache, and the clients that live by it. */
interface Line {
  readonly resolver: Resolver
  readonly question: number
  /** It holds for clients with this prefix. */
  readonly scope: number
  readonly family: 4 | 6
  readonly prefix: Uint8Array
  readonly clients: SimulatedClient[]
  readonly flows: readonly Flow[]
}

export interface Caches {
  /** Every cache filled, as if it had been so for long: answers expire at moments spread over their TTL. */
  fill(nowSec: number): void
  /** What has expired by now is asked for again; to be called for every second. */
  refresh(nowSec: number): void
  /** Questions that reached the node. */
  asked(): number
}

export interface CacheOptions {
  readonly asker: Asker
  readonly population: Population
  /** From 0 to below 1. */
  readonly next: () => number
  /** Told of weight that begins (above 0) or ceases to go somewhere. */
  readonly flow: (pool: string | undefined, row: number, weight: number) => void
}

/** What a cache holds, by prefix. */
interface Live {
  readonly lines: Map<string, Line>
  /** How many lines there are of each scope. */
  readonly scopes: Map<number, number>
}

interface Caching extends CacheOptions {
  /** By the second at which they expire. */
  readonly due: Map<number, Line[]>
  /** Of resolvers that pass networks on, by resolver and question. */
  readonly live: Map<Resolver, Map<number, Live>>
  asked: number
}

export function openCaches(options: CacheOptions): Caches {
  const caching: Caching = { ...options, due: new Map(), live: new Map(), asked: 0 }
  return {
    fill(nowSec) {
      for (const resolver of options.population.resolvers) {
        for (const [question, clients] of byQuestion(resolver.clients)) {
          for (const { line, keptSec } of askForAll(caching, resolver, question, [...clients], nowSec))
            keep(caching, line, nowSec + Math.ceil(options.next() * keptSec))
        }
      }
    },
    refresh(nowSec) {
      const expired = caching.due.get(nowSec) ?? []
      caching.due.delete(nowSec)
      for (const line of expired) drop(caching, line)
      for (const { resolver, question, clients } of expired) {
        const waiting = resolver.passesOn ? joinLive(caching, resolver, question, clients) : [...clients]
        for (const { line, keptSec } of askForAll(caching, resolver, question, waiting, nowSec))
          keep(caching, line, nowSec + keptSec)
      }
    },
    asked: () => caching.asked,
  }
}

function keep(caching: Caching, line: Line, untilSec: number): void {
  const lines = caching.due.get(untilSec)
  if (lines) lines.push(line)
  else caching.due.set(untilSec, [line])
  for (const { pool, row, weight } of line.flows) caching.flow(pool, row, weight)
  if (!line.resolver.passesOn) return
  const live = liveOf(caching, line)
  live.lines.set(keyOf(line.family, line.scope, line.prefix), line)
  live.scopes.set(line.scope, (live.scopes.get(line.scope) ?? 0) + 1)
}

function drop(caching: Caching, line: Line): void {
  for (const { pool, row, weight } of line.flows) caching.flow(pool, row, -weight)
  if (!line.resolver.passesOn) return
  const live = liveOf(caching, line)
  const key = keyOf(line.family, line.scope, line.prefix)
  if (live.lines.get(key) === line) live.lines.delete(key)
  const left = live.scopes.get(line.scope)! - 1
  if (left === 0) live.scopes.delete(line.scope)
  else live.scopes.set(line.scope, left)
}

/** Asks for the first of those who wait, takes along all for whom the answer holds, and goes on with the rest. */
function askForAll(
  caching: Caching,
  resolver: Resolver,
  question: number,
  clients: readonly SimulatedClient[],
  nowSec: number,
): { line: Line; keptSec: number }[] {
  const asked: { line: Line; keptSec: number }[] = []
  const { name, type } = caching.population.questions[question]!
  for (let waiting = clients; waiting.length > 0; ) {
    const { family, bytes } = waiting[0]!
    const subnet = resolver.passesOn ? subnetOf(waiting[0]!) : undefined
    const reply = caching.asker.ask(requestFor(name, type, subnet, resolver.address), resolver.address, nowSec)
    caching.asked++
    // Without a subnet the answer is for all; a scope beyond what was asked for is held for what was asked for.
    const scope = subnet ? Math.min(reply.scope, subnet.length) : 0
    const prefix = maskBytes(bytes, scope)
    const held: SimulatedClient[] = []
    const rest: SimulatedClient[] = []
    for (const client of waiting) (holds(scope, family, prefix, client) ? held : rest).push(client)
    const line = { resolver, question, scope, family, prefix, clients: held, flows: flowsOf(reply, held) }
    asked.push({ line, keptSec: Math.max(1, reply.ttlSec, resolver.holdSec) })
    waiting = rest
  }
  return asked
}

function flowsOf({ given }: Reply, clients: readonly SimulatedClient[]): Flow[] {
  const weight = clients.reduce((sum, client) => sum + client.weight, 0)
  if (given.length === 0) return [{ pool: undefined, row: NO_ROW, weight }]
  return given.map(({ pool, row }) => ({ pool, row, weight: weight / given.length }))
}

function liveOf({ live }: Caching, { resolver, question }: Pick<Line, 'resolver' | 'question'>): Live {
  let questions = live.get(resolver)
  if (!questions) live.set(resolver, (questions = new Map<number, Live>()))
  let held = questions.get(question)
  if (!held) questions.set(question, (held = { lines: new Map(), scopes: new Map() }))
  return held
}

function keyOf(family: 4 | 6, scope: number, bytes: Uint8Array): string {
  return scope === 0 ? 'everybody' : `${family}/${scope}/${maskBytes(bytes, scope).join('.')}`
}

/** Clients for whom another answer of this cache holds live by that one, the longest prefix first; returns the others. */
function joinLive(
  caching: Caching,
  resolver: Resolver,
  question: number,
  clients: readonly SimulatedClient[],
): SimulatedClient[] {
  const { lines, scopes } = liveOf(caching, { resolver, question })
  const longestFirst = [...scopes.keys()].sort((a, b) => b - a)
  return clients.filter((client) => {
    let line: Line | undefined
    for (const scope of longestFirst) line ??= lines.get(keyOf(client.family, scope, client.bytes))
    if (!line) return true
    line.clients.push(client)
    for (const flow of line.flows) {
      const weight = client.weight / line.flows.length
      flow.weight += weight
      caching.flow(flow.pool, flow.row, weight)
    }
    return false
  })
}

function holds(scope: number, family: 4 | 6, prefix: Uint8Array, client: SimulatedClient): boolean {
  if (scope === 0) return true
  if (client.family !== family) return false
  const whole = scope >> 3
  for (let i = 0; i < whole; i++) if (client.bytes[i] !== prefix[i]) return false
  const left = scope & 7
  return left === 0 || ((client.bytes[whole]! ^ prefix[whole]!) & (0xff00 >> left) & 0xff) === 0
}

function subnetOf({ family, bytes }: Address): Prefix {
  return cutSubnet({ family, bytes, length: bytes.length * 8 })
}

function byQuestion(clients: readonly SimulatedClient[]): Map<number, SimulatedClient[]> {
  const groups = new Map<number, SimulatedClient[]>()
  for (const client of clients) {
    const group = groups.get(client.question)
    if (group) group.push(client)
    else groups.set(client.question, [client])
  }
  return groups
}
