// One request → one response: the steps, in order. Synchronous and pure but for the scratch in the context; runs for every
// packet, so it allocates nothing, awaits nothing and never throws. `explain` runs it with a trace.

import { NodeField, RrsetField, type Zone } from '../zone/image.ts'
import { findZone } from '../zone/catalog.ts'
import { findName, findRrset, Landed, serviceAt } from '../zone/find.ts'
import { Flag, Rcode, Type, UDP_SIZE } from '../wire/message.ts'
import { decodeQuery, Decoded, isInternet, isMetaType, type NameScan, type Query, scanName } from '../wire/query.ts'
import { emptyReply, finishReply, optSize, OWNER_IS_QUESTION, startReply, writeOpt } from '../wire/reply.ts'
import { type Context, VISITED } from './context.ts'
import { Count, count, countQuery } from './counters.ts'
import type { Bound } from './snapshot.ts'
import { writeAnyAnswer, writeNegative, writeReferral, writeRrset } from './section.ts'
import { hasType, mayEndChain, steer } from './steered.ts'

/** CNAMEs followed for one question; BIND and NSD stop there as well. */
const MAX_CHAIN = VISITED - 1

/**
 * Answers the `length` bytes at `request`/`at`, sent by the address at `source`/`sourceAt` (4 or 16 bytes). The response goes
 * to `out`/`outAt`, where `room` bytes are free: at least 4096 for UDP, so that a record may be written before it is
 * found too long. Returns the response's length; 0 is silence.
 */
export function answer(
  ctx: Context,
  request: Uint8Array,
  at: number,
  length: number,
  source: Uint8Array,
  sourceAt: number,
  family: 4 | 6,
  out: Uint8Array,
  outAt: number,
  room: number,
): number {
  const { query: q, reply: r, counters } = ctx
  const decoded = decodeQuery(request, at, length, q)
  if (decoded === Decoded.drop) {
    count(counters, Count.malformed, 1)
    return 0
  }
  ctx.source = source
  ctx.sourceAt = sourceAt
  ctx.sourceFamily = family
  ctx.scope = 0
  r.bytes = out
  r.start = outAt
  r.end = outAt + room
  r.limit = outAt + responseLimit(ctx, q, room) - optSize(q)
  r.flags = 0
  r.rcode = Rcode.noError
  startReply(r, request, at, q)
  if (decoded === Decoded.ok) respond(ctx, q)
  else r.rcode = decoded === Decoded.formErr ? Rcode.formErr : Rcode.notImp
  return finish(ctx, q)
}

/** RFC 6891 §6.2.5: the client's size, within what we are willing to send in one packet. */
function responseLimit(ctx: Context, q: Query, room: number): number {
  if (!ctx.isUdp) return room
  return q.udpSize < UDP_SIZE ? q.udpSize : UDP_SIZE
}

function finish(ctx: Context, q: Query): number {
  const { reply: r, counters } = ctx
  if (r.overflowed || r.at > r.limit) {
    emptyReply(r, q)
    r.flags |= Flag.tc
    count(counters, Count.truncated, 1)
    ctx.trace?.step('size', 'does not fit: truncated, the client asks again over TCP')
  }
  if (q.hasEdns) writeOpt(r, q, UDP_SIZE, ctx.scope)
  if (q.hasSubnet) count(counters, Count.withSubnet, 1)
  countQuery(counters, q.hasQuestion ? q.type : 0, r.rcode)
  return finishReply(r, q)
}

function respond(ctx: Context, q: Query): void {
  const { reply: r, bound, trace } = ctx
  if (q.hasEdns && q.ednsVersion !== 0) {
    r.rcode = Rcode.badVers
    return
  }
  if (isMetaType(q.type)) {
    r.rcode = q.type === Type.AXFR || q.type === Type.IXFR ? Rcode.refused : Rcode.formErr
    return
  }
  const zone = isInternet(q.class) ? zoneFor(bound, q) : -1
  if (zone < 0) {
    r.rcode = Rcode.refused
    trace?.step('zone', 'in none of our zones: REFUSED')
    return
  }
  trace?.zone(zone)
  resolve(ctx, q, zone)
}

/** The zone that the question is for, -1 where it is none of ours. */
function zoneFor(bound: Bound, q: Query): number {
  if (q.type === Type.DS) {
    // DS stands above the cut: where we have both zones it is the parent that answers (RFC 4035 §3.1.4.1).
    const parent = findZone(bound.catalog, bound.zones, q.name, 1)
    if (parent >= 0) return parent
  }
  return findZone(bound.catalog, bound.zones, q.name)
}

/** RFC 1034 §4.3.2, with CNAMEs followed inside the zone. */
function resolve(ctx: Context, q: Query, zoneIndex: number): void {
  const { bound, landing, reply: r, trace } = ctx
  const zone = bound.zones[zoneIndex]!
  let name: NameScan = q.name
  let owner = OWNER_IS_QUESTION
  for (let hops = 0; ; hops++) {
    findName(zone, name, landing)
    trace?.landed(zone, landing)
    if (landing.kind === Landed.cut && !(landing.isCutItself && q.type === Type.DS)) {
      // Without AA, but for that of an alias before it.
      writeReferral(ctx, zone, landing.node)
      return
    }
    r.flags |= Flag.aa
    if (landing.kind === Landed.nowhere) {
      r.rcode = Rcode.nxDomain
      writeNegative(ctx, zone)
      return
    }
    if (isVisited(ctx, landing.node, hops)) return
    const cname = answerAt(ctx, q, zoneIndex, landing.node, owner, hops)
    if (cname < 0 || hops === MAX_CHAIN) return
    owner = cname
    if (!follow(ctx, zoneIndex, landing.node)) return
    name = ctx.chased
  }
}

/**
 * Answers from one node. Returns the offset of the name to go on with where the node is an alias, else -1.
 */
function answerAt(ctx: Context, q: Query, zoneIndex: number, node: number, owner: number, hops: number): number {
  const zone = ctx.bound.zones[zoneIndex]!
  const { words } = zone
  if (q.type === Type.ANY) {
    answerAny(ctx, zone, node, owner)
    return -1
  }
  const service = serviceAt(zone, node)
  const rrset = findRrset(zone, node, q.type)
  if (rrset !== 0) {
    writeRrset(ctx, zone, rrset, owner, words[rrset + RrsetField.ttl]!)
    ctx.reply.answers += words[rrset + RrsetField.count]!
    return -1
  }
  if (service >= 0 && hasType(ctx, zoneIndex, service, q.type)) {
    // What is tailored to the client is not joined to a chain that is not (RFC 7871 §7.2.1): the resolver asks again.
    if (hops > 0 && mayEndChain(ctx, zoneIndex, service)) return -1
    steer(ctx, zone, zoneIndex, service, owner)
    return -1
  }
  const alias = findRrset(zone, node, Type.CNAME)
  if (alias === 0) {
    writeNegative(ctx, zone)
    return -1
  }
  const target = writeRrset(ctx, zone, alias, owner, words[alias + RrsetField.ttl]!)
  ctx.reply.answers++
  return target
}

/** RFC 8482 §4.2: one synthesised HINFO, but the CNAME where there is one, and no data where there is none (RFC 8020 §3.1). */
function answerAny(ctx: Context, zone: Zone, node: number, owner: number): void {
  const { words } = zone
  const alias = findRrset(zone, node, Type.CNAME)
  if (alias !== 0) {
    writeRrset(ctx, zone, alias, owner, words[alias + RrsetField.ttl]!)
    ctx.reply.answers++
  } else if (words[node + NodeField.rrsetCount] !== 0 || serviceAt(zone, node) >= 0) writeAnyAnswer(ctx, owner)
  else writeNegative(ctx, zone)
}

/** Scans the target of the CNAME at `node`; false where the chain leaves the zone. */
function follow(ctx: Context, zoneIndex: number, node: number): boolean {
  const { bound, chased } = ctx
  const zone = bound.zones[zoneIndex]!
  const alias = findRrset(zone, node, Type.CNAME)
  const at = zone.words[alias + RrsetField.data]!
  const length = (zone.bytes[at]! << 8) | zone.bytes[at + 1]!
  if (scanName(zone.bytes, at + 2, at + 2 + length, chased) < 0) return false
  if (findZone(bound.catalog, bound.zones, chased) !== zoneIndex) {
    ctx.trace?.step('alias', 'the target is not in this zone: the resolver goes on from here')
    return false
  }
  return true
}

/** Whether the chain has come back to a node; a wildcard reached twice leads to the same target twice. */
function isVisited(ctx: Context, node: number, hops: number): boolean {
  for (let i = 0; i < hops; i++) if (ctx.visited[i] === node) return true
  ctx.visited[hops] = node
  return false
}
