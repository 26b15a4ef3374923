// Warming the answer path: each thread compiles its own machine code, so each asks itself some ten thousand questions of every
// kind, and some that are none, before it takes those of others. What is left to compile when a flood comes would be compiled in the
// processor time that answers want. The names come from the zones that it is going to serve.

import { answer } from '../core/answer/answer.ts'
import { limitRates, openContext } from '../core/answer/context.ts'
import type { Transport } from '../core/answer/counters.ts'
import type { Bound } from '../core/answer/snapshot.ts'
import { nameLength } from '../core/wire/name.ts'
import { At, nextNode, NodeField } from '../core/zone/image.ts'

const ROUNDS = 20_000
/** Where questions wait already: slower answers beat later ones. */
const HASTY_ROUNDS = 2000
/** Of the clock that rates are limited by, so that buckets run out and fill again. */
const ROUNDS_A_MS = 20
const NETWORKS = 16
/** Clients, half of them of IPv4. */
const CLIENTS = 64
const TYPES = [1, 28, 15, 16, 2, 6, 255, 33]

/** Runs questions through a context of its own, so that nothing of it is counted. */
export function warm(bound: Bound, transport: Transport, nowSec: number, isHasty: boolean): void {
  const context = openContext(bound, transport)
  context.nowSec = nowSec
  limitRates(context, { sharers: 1, seed: 1 })
  const out = new Uint8Array(65_535)
  const sources = sampleSources()
  const queries = sampleQueries(bound)
  for (let i = 0; i < (isHasty ? HASTY_ROUNDS : ROUNDS); i++) {
    const query = queries[i % queries.length]!
    const client = (i * 7) % CLIENTS
    context.nowMs = Math.floor(i / ROUNDS_A_MS)
    answer(context, query, 0, query.length, sources, client * 16, client % 2 === 0 ? 4 : 6, out, 0, 4096)
  }
}

/** 16 bytes each: documentation addresses of both families, in turns. */
function sampleSources(): Uint8Array {
  const sources = new Uint8Array(CLIENTS * 16)
  for (let i = 0; i < CLIENTS; i++)
    sources.set(i % 2 === 0 ? [203, 0, 113, i] : [0x20, 0x01, 0x0d, 0xb8, 0, i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], i * 16)
  return sources
}

function sampleQueries(bound: Bound): Uint8Array[] {
  const queries: Uint8Array[] = []
  for (const zone of bound.zones.slice(0, 20)) {
    let node = zone.words[At.nodes]!
    for (let i = 0; i < 25 && node !== 0; i++, node = nextNode(zone, node)) {
      const at = zone.words[node + NodeField.name]!
      const name = zone.bytes.slice(at, at + nameLength(zone.bytes, at))
      for (const [j, type] of TYPES.entries()) queries.push(queryFor(name, type, (i + j) % 3, i))
      // Addresses are what is asked for most, and each network may be steered elsewhere.
      for (let k = 0; k < NETWORKS; k++) queries.push(queryFor(name, 1 + 27 * (k % 2), 2, NETWORKS * i + k))
      const below = Uint8Array.from([4, 110, 111, 112, 101, ...name])
      if (below.length <= 255) queries.push(queryFor(below, 1, i % 3, i))
    }
  }
  queries.push(queryFor(Uint8Array.from([7, 105, 110, 118, 97, 108, 105, 100, 0]), 1, 0, 0), Uint8Array.from([1, 2, 3]))
  queries.push(...damagedQueries(queries))
  return queries
}

/** Every eighth of them cut short, and as often with another byte, each at another place. */
function damagedQueries(queries: readonly Uint8Array[]): Uint8Array[] {
  return queries.flatMap((query, i) => {
    if (i % 8 > 1) return []
    const at = (i * 5) % query.length
    return [i % 8 === 0 ? query.slice(0, at) : query.with(at, query[at]! ^ (1 + (i % 255)))]
  })
}

/** `kind`: 0 plain, 1 with EDNS, 2 with Client Subnet. */
function queryFor(name: Uint8Array, type: number, kind: number, seed: number): Uint8Array {
  const question = [...name, type >> 8, type & 255, 0, 1]
  const subnet = [0, 8, 0, 7, 0, 1, 24, 0, 1 + ((seed * 37) % 223), (seed * 91) & 255, seed & 255]
  const options = kind === 2 ? subnet : []
  const opt = kind === 0 ? [] : [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.length, ...options]
  return Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, kind === 0 ? 0 : 1, ...question, ...opt])
}
