// Aliases on the way to an answer: CNAME (RFC 1034 §3.6.2) and DNAME (RFC 6672), from zone to zone of this server. Hot: the name
// gone on with stands in `ctx.chased`, and the bytes it was read from, with their capitals, at `ctx.raw`/`ctx.rawAt`.

import { findZone, hasZonesBeneath } from '../zone/catalog.ts'
import { findRrset } from '../zone/find.ts'
import { NodeField, RrsetField, type Zone } from '../zone/image.ts'
import { Ede } from '../wire/ede.ts'
import { HEADER, Rcode, Type } from '../wire/message.ts'
import { MAX_NAME, nameLength } from '../wire/name.ts'
import { type NameScan, scanName } from '../wire/query.ts'
import { fits, put16, writeHead, writeName } from '../wire/reply.ts'
import { type Context, VISITED } from './context.ts'
import type { Bound } from './snapshot.ts'
import { writeRrset, writeRrsetAt } from './section.ts'

/** Aliases followed for one question. */
export const MAX_CHAIN = VISITED - 1

/** The zone that a question for `name` is answered from, -1 where it is none of ours. */
export function zoneFor(bound: Bound, name: NameScan, type: number): number {
  if (type === Type.DS) {
    // DS stands above the cut: where we have both zones it is the parent that answers (RFC 4035 §3.1.4.1).
    const parent = findZone(bound.catalog, bound.zones, name, 1)
    if (parent >= 0) return parent
  }
  return findZone(bound.catalog, bound.zones, name)
}

/** The question's own name starts a chain: its bytes stand in the response already. */
export function startChain(ctx: Context): void {
  ctx.ahead = 0
  ctx.raw = ctx.reply.bytes
  ctx.rawAt = ctx.reply.start + HEADER
}

/** Whether the chain has come back to a name, of which this is the hash, or is too long to be followed further. */
export function isChainOver(ctx: Context, hash: number, hops: number): boolean {
  const { visited } = ctx
  // Two names with one hash would cut a chain short, which a resolver mends by asking on.
  for (let i = 0; i < hops; i++) if (visited[i] === hash) return true
  if (hops > MAX_CHAIN) {
    ctx.ede = Ede.chainTooLong
    ctx.trace?.step('alias', `more than ${MAX_CHAIN} aliases: the resolver goes on from here`)
    return true
  }
  visited[hops] = hash
  ctx.redirected[hops] = 0
  return false
}

/** Writes the CNAME of a node. Returns the offset of its target in the message. */
export function writeAlias(ctx: Context, zoneIndex: number, alias: number, owner: number): number {
  const { bound, query: q } = ctx
  const zone = bound.zones[zoneIndex]!
  const { words } = zone
  const target = writeRrset(ctx, zone, alias, owner, words[alias + RrsetField.ttl]!)
  ctx.reply.answers++
  ctx.raw = zone.bytes
  ctx.rawAt = words[alias + RrsetField.data]! + 2
  // Found when the zone was loaded; but DS and a zone beneath this one are looked for by name.
  if (q.type !== Type.DS && !hasZonesBeneath(bound.catalog, zoneIndex)) ctx.ahead = words[alias + RrsetField.leadsTo]!
  return target
}

/** The zone in which to go on behind an alias whose target stands at `ctx.raw`/`ctx.rawAt`, -1 where that is none of ours. */
export function follow(ctx: Context, type: number): number {
  const { bound, chased } = ctx
  if (scanName(ctx.raw, ctx.rawAt, ctx.rawAt + MAX_NAME, chased) < 0) return -1
  const next = zoneFor(bound, chased, type)
  if (next < 0) ctx.trace?.step('alias', 'the target is in none of our zones: the resolver goes on from here')
  return next
}

/**
 * Answers for a name beneath the DNAME at `node` (RFC 6672 §3.2): the DNAME and the CNAME made of it. Returns the offset of the
 * new name in the message; -1 where nothing is to be followed.
 */
export function redirect(
  ctx: Context,
  zoneIndex: number,
  node: number,
  name: NameScan,
  owner: number,
  hops: number,
): number {
  const { query: q } = ctx
  const zone = ctx.bound.zones[zoneIndex]!
  const { words } = zone
  const { reply: r, synthesised } = ctx
  const dname = findRrset(zone, node, Type.DNAME)
  const ttlSec = words[dname + RrsetField.ttl]!
  if (!isRedirectedBy(ctx, zoneIndex, dname, hops)) {
    writeRrsetAt(ctx, zone, node, dname, ttlSec)
    r.answers++
  }
  ctx.redirected[hops] = dname
  ctx.redirectedIn[hops] = zoneIndex
  const length = substitute(ctx, zone, node, dname, name)
  if (length < 0) {
    r.rcode = Rcode.yxDomain
    ctx.trace?.step('alias', 'the new name would be too long: YXDOMAIN')
    return -1
  }
  if (!fits(r, 12 + length)) return -1
  writeHead(r, owner, Type.CNAME, ttlSec, 0)
  const start = r.at
  const at = writeName(r, q, synthesised, 0)
  put16(r.bytes, start - 2, r.at - start)
  r.answers++
  return q.type === Type.CNAME || q.type === Type.ANY ? -1 : at
}

/** Puts the name that the DNAME at `node` makes of `name` at `ctx.raw`. Returns its length; -1 where it would be too long. */
export function substitute(ctx: Context, zone: Zone, node: number, dname: number, name: NameScan): number {
  const { words, bytes } = zone
  const { synthesised } = ctx
  const prefix = name.length - nameLength(bytes, words[node + NodeField.name])
  const target = words[dname + RrsetField.data]! + 2
  const targetLength = nameLength(bytes, target)
  if (prefix + targetLength > MAX_NAME) return -1
  for (let i = 0; i < prefix; i++) synthesised[i] = ctx.raw[ctx.rawAt + i]!
  for (let i = 0; i < targetLength; i++) synthesised[prefix + i] = bytes[target + i]!
  ctx.raw = synthesised
  ctx.rawAt = 0
  return prefix + targetLength
}

/** Whether the chain has been here: the same DNAME is not written twice. */
function isRedirectedBy(ctx: Context, zoneIndex: number, dname: number, hops: number): boolean {
  for (let i = 0; i < hops; i++) if (ctx.redirected[i] === dname && ctx.redirectedIn[i] === zoneIndex) return true
  return false
}
