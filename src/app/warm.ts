// Warming the answer path: each thread compiles its own machine code, so each asks itself a few thousand questions of every
// kind before it takes those of others. The names come from the zones that it is going to serve.

import { answer } from '../core/answer/answer.ts'
import { type Context, limitRates, openContext } from '../core/answer/context.ts'
import type { Transport } from '../core/answer/counters.ts'
import type { Bound } from '../core/answer/snapshot.ts'
import { nameLength } from '../core/wire/name.ts'
import { At, nextNode, NodeField } from '../core/zone/image.ts'

const ROUNDS = 6000
const TYPES = [1, 28, 15, 16, 2, 6, 255, 33]

/** Runs questions through a context of its own, so that nothing of it is counted. */
export function warm(bound: Bound, transport: Transport, nowSec: number): void {
  const context = openContext(bound, transport)
  context.nowSec = nowSec
  limitRates(context, { sharers: 1, seed: 1 })
  const out = new Uint8Array(65_535)
  const source = Uint8Array.from([127, 0, 0, 1])
  const queries = sampleQueries(bound)
  if (queries.length === 0) return
  for (let i = 0; i < ROUNDS; i++) ask(context, queries[i % queries.length]!, source, out)
}

function ask(context: Context, query: Uint8Array, source: Uint8Array, out: Uint8Array): void {
  answer(context, query, 0, query.length, source, 0, 4, out, 0, 4096)
}

function sampleQueries(bound: Bound): Uint8Array[] {
  const queries: Uint8Array[] = []
  for (const zone of bound.zones.slice(0, 20)) {
    let node = zone.words[At.nodes]!
    for (let i = 0; i < 25 && node !== 0; i++, node = nextNode(zone, node)) {
      const at = zone.words[node + NodeField.name]!
      const name = zone.bytes.slice(at, at + nameLength(zone.bytes, at))
      for (const [j, type] of TYPES.entries()) queries.push(queryFor(name, type, (i + j) % 3, i))
      const below = Uint8Array.from([4, 110, 111, 112, 101, ...name])
      if (below.length <= 255) queries.push(queryFor(below, 1, i % 3, i))
    }
  }
  queries.push(queryFor(Uint8Array.from([7, 105, 110, 118, 97, 108, 105, 100, 0]), 1, 0, 0), Uint8Array.from([1, 2, 3]))
  return queries
}

/** `kind`: 0 plain, 1 with EDNS, 2 with Client Subnet. */
function queryFor(name: Uint8Array, type: number, kind: number, seed: number): Uint8Array {
  const question = [...name, type >> 8, type & 255, 0, 1]
  const subnet = [0, 8, 0, 7, 0, 1, 24, 0, 1 + ((seed * 37) % 223), (seed * 91) & 255, seed & 255]
  const options = kind === 2 ? subnet : []
  const opt = kind === 0 ? [] : [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.length, ...options]
  return Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, kind === 0 ? 0 : 1, ...question, ...opt])
}
