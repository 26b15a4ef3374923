// Explaining an answer: the question is written as a client would send it, and goes through the function that answers on the
// wire, which is passed a trace. There is no second evaluator.

import { answer } from '../core/answer/answer.ts'
import { openContext } from '../core/answer/context.ts'
import { type Bound, bindSnapshot, settleSnapshot } from '../core/answer/snapshot.ts'
import type { ToldNode } from '../core/answer/told-tree.ts'
import { openTrace, type SnapshotNames, type Step } from '../core/answer/trace.ts'
import { type Address, maskBytes, parseAddress, parsePrefix, type Prefix } from '../core/base/address.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { DOWN, FULL, isDrained, writeFade, writeNext, writeSince, writeState } from '../core/health/board.ts'
import type { OverrideSubject } from '../core/health/override.ts'
import { parseName, ROOT } from '../core/wire/name.ts'
import { shiftOverlay } from '../core/zone/overlay.ts'
import { knownTypes, parseType } from '../io/ask/mnemonic.ts'
import { findSubject } from './override-names.ts'

export interface Question {
  readonly name: Uint8Array
  readonly type: number
  /** Asked on behalf of this network, by EDNS Client Subnet. */
  readonly subnet: Prefix | undefined
  readonly resolver: Address
}

/** A question as the operator typed it; what is wrong with it as a string. `client` is an address or a prefix. */
export function parseQuestion(
  name: string,
  type: string,
  client: string | undefined,
  resolver = '127.0.0.1',
): Question | string {
  const wire = parseName(name, ROOT)
  if (typeof wire === 'string') return `expected a domain name, found ${wire}`
  const code = parseType(type)
  if (code === undefined) {
    const hint = didYouMean(type, knownTypes)
    return `expected a record type such as A, MX or TYPE65, found "${type}"${hint === undefined ? '' : ` (${hint})`}`
  }
  const from = parseAddress(resolver)
  if (!from) return `expected an IP address for the resolver, found "${resolver}"`
  if (client === undefined) return { name: wire, type: code, subnet: undefined, resolver: from }
  const subnet = parsePrefix(client)
  if (!subnet) return `expected an address or prefix for the client, found "${client}"`
  return { name: wire, type: code, subnet: cutSubnet(subnet), resolver: from }
}

/** Resolvers send at most 24 bits of an IPv4 address and 56 of an IPv6 one (RFC 7871 §11.1). */
export function cutSubnet(subnet: Prefix): Prefix {
  const most = subnet.family === 4 ? 24 : 56
  if (subnet.length <= most) return subnet
  return { family: subnet.family, bytes: maskBytes(subnet.bytes, most), length: most }
}

/** The question in wire form. */
export function writeQuestion({ name, type, subnet }: Question): Uint8Array {
  const size = subnet ? (subnet.length + 7) >> 3 : 0
  const option = subnet
    ? [0, 8, 0, 4 + size, 0, subnet.family === 4 ? 1 : 2, subnet.length, 0, ...subnet.bytes.subarray(0, size)]
    : []
  const opt = [0, 0, 41, 0xff, 0xff, 0, 0, 0, 0, 0, option.length, ...option]
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...name, type >> 8, type & 255, 0, 1, ...opt])
}

export interface Explanation {
  readonly steps: readonly Step[]
  /** The nodes of steering trees, in the order in which they were come to. */
  readonly tree: readonly ToldNode[]
  /** The response as it would be on the wire, over TCP, with ID 0. */
  readonly response: Uint8Array
}

/** The rows of all targets of pools by their names, as typed; what is wrong with one as a string. */
export function rowsOfPools(names: readonly string[], rows: readonly OverrideSubject[]): ReadonlySet<number> | string {
  const found = new Set<number>()
  for (const name of names) {
    const named = findSubject(name, rows, true)
    if (!('subject' in named)) return named.error
    const { scope, pool } = named.subject
    for (const [i, row] of rows.entries()) if (row.scope === scope && row.pool === pool) found.add(i)
  }
  return found
}

/**
 * As it will be, or was, at a time: ramps and returns go by the clock; and as if the targets in the rows of `down` had just been
 * found down. What answers stays as it is. What ALIAS records lead to is as old as it is now: that is `laterSec` before.
 */
export function boundAt(
  { snapshot, overlay }: Bound,
  nowSec: number,
  down: ReadonlySet<number> = new Set(),
  laterSec = 0,
): Bound {
  const board = new SharedArrayBuffer(snapshot.board.byteLength)
  new Uint8Array(board).set(new Uint8Array(snapshot.board))
  const bound = bindSnapshot({ ...snapshot, board, overlay: shiftOverlay(overlay, laterSec) })
  for (const row of down) {
    writeState(bound.board, row, DOWN, isDrained(bound.board, row))
    writeFade(bound.board, row, FULL)
    writeNext(bound.board, row, 0)
    writeSince(bound.board, row, nowSec)
  }
  settleSnapshot(bound, nowSec)
  return bound
}

/** What is said of a target that is only taken to be down. */
export const SUPPOSED = 'supposed'

/** `because` tells what is known of the target in a row of the board. */
export function explainAnswer(
  bound: Bound,
  names: SnapshotNames,
  question: Question,
  nowSec: number,
  because: (row: number) => string | undefined,
): Explanation {
  const context = openContext(bound, 'tcp')
  const trace = openTrace(names, bound.places, bound.board, because)
  context.trace = trace
  context.nowSec = nowSec
  const request = writeQuestion(question)
  const out = new Uint8Array(65_535)
  const { resolver } = question
  const length = answer(context, request, 0, request.length, resolver.bytes, 0, resolver.family, out, 0, out.length)
  return { steps: trace.steps, tree: trace.tree, response: out.slice(0, length) }
}
