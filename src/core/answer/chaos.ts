// Class CHAOS: what a server says of itself (RFC 4892, and the names that BIND gave them first). Hot only for who asks.

import { Flag, Rcode, Type } from '../wire/message.ts'
import type { NameScan, Query } from '../wire/query.ts'
import { fits, OWNER_IS_QUESTION, put16, writeBytes, writeHead } from '../wire/reply.ts'
import type { Context } from './context.ts'

const CLASS_CHAOS = 3

const versionNames = [
  ['version', 'bind'],
  ['version', 'server'],
].map(wireOf)
const idNames = [
  ['id', 'server'],
  ['hostname', 'bind'],
].map(wireOf)

function wireOf(labels: readonly string[]): Uint8Array {
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0])
}

/** A TXT record for the names that there are; whatever else is asked in this class is refused. */
export function answerChaos(ctx: Context, q: Query): void {
  const { reply: r } = ctx
  const { options } = ctx.bound.snapshot
  const isVersion = isOneOf(q.name, versionNames)
  const data = isVersion ? options.chaosVersion : options.chaosId
  if ((!isVersion && !isOneOf(q.name, idNames)) || data.length === 0) {
    r.rcode = Rcode.refused
    ctx.trace?.step('chaos', 'says nothing to this name: REFUSED')
    return
  }
  r.flags |= Flag.aa
  ctx.trace?.step('chaos', 'tells about this server')
  if ((q.type !== Type.TXT && q.type !== Type.ANY) || !fits(r, 12 + data.length)) return
  const at = r.at
  // Not to be kept: another server may answer next (RFC 4892 §2).
  writeHead(r, OWNER_IS_QUESTION, Type.TXT, 0, data.length)
  put16(r.bytes, at + 4, CLASS_CHAOS)
  writeBytes(r, data, 0, data.length)
  r.answers++
}

function isOneOf(name: NameScan, known: readonly Uint8Array[]): boolean {
  for (let i = 0; i < known.length; i++) if (isSame(name, known[i]!)) return true
  return false
}

function isSame(name: NameScan, wire: Uint8Array): boolean {
  if (name.length !== wire.length) return false
  for (let i = 0; i < wire.length; i++) if (name.lower[i] !== wire[i]) return false
  return true
}
