// One request → one response: the steps, in order. Synchronous and pure but for the scratch in the context; runs for every
// packet, so it allocates nothing, awaits nothing and never throws. `explain` runs it with a trace.

import { NodeField, NodeFlag, RrsetField, type Zone } from '../zone/image.ts'
import { findName, findRrset, Landed, landOn, serviceAt } from '../zone/find.ts'
import { Ede } from '../wire/ede.ts'
import { Class, Flag, Rcode, Type } from '../wire/message.ts'
import { decodeQuery, Decoded, isMetaType, type NameScan, type Query } from '../wire/query.ts'
import { cutReply, finishReply, OWNER_IS_QUESTION, startReply } from '../wire/reply.ts'
import { follow, isChainOver, redirect, startChain, writeAlias, zoneFor } from './chain.ts'
import { answerChaos } from './chaos.ts'
import type { Context } from './context.ts'
import { admitResponse } from './limit.ts'
import { Count, count, countQuery } from './counters.ts'
import { admitCookie, reserveOpt, writeEdns } from './edns.ts'
import { flatten } from './flatten.ts'
import { writeAdditional, writeAnyAnswer, writeNegative, writeReferral, writeRrset } from './section.ts'
import { mayEndChain, steer, typeHeld } from './steered.ts'

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
  r.limit = outAt + responseLimit(ctx, q, room) - reserveOpt(ctx, q)
  r.flags = 0
  r.rcode = Rcode.noError
  ctx.ede = Ede.none
  startReply(r, request, at, q)
  if (q.wants !== 0 && !admitCookie(ctx, q)) r.rcode = decoded === Decoded.formErr ? Rcode.formErr : Rcode.badCookie
  else if (decoded === Decoded.ok) respond(ctx, q)
  else if (decoded === Decoded.formErr) r.rcode = Rcode.formErr
  else if (decoded === Decoded.notImp) {
    r.rcode = Rcode.notImp
    ctx.ede = Ede.notSupported
  }
  if (ctx.limiter !== undefined && ctx.isUdp && !admitResponse(ctx, ctx.limiter, q)) return 0
  return finish(ctx, q)
}

/** RFC 6891 §6.2.5: the client's size, within what we are willing to send in one packet. */
function responseLimit(ctx: Context, q: Query, room: number): number {
  if (!ctx.isUdp) return room
  const most = ctx.bound.snapshot.options.udpSize
  return q.udpSize < most ? q.udpSize : most
}

function finish(ctx: Context, q: Query): number {
  const { reply: r, counters } = ctx
  if (r.overflowed || r.at > r.limit) {
    cutReply(r)
    r.flags |= Flag.tc
    count(counters, Count.truncated, 1)
    ctx.trace?.step('size', 'does not fit: truncated, the client asks again over TCP')
  }
  if (q.hasEdns) writeEdns(ctx, q)
  if (q.hasSubnet) count(counters, Count.withSubnet, 1)
  countQuery(counters, q.hasQuestion && q.opcode === 0 ? q.type : 0, r.rcode)
  return finishReply(r, q)
}

function respond(ctx: Context, q: Query): void {
  const { reply: r, bound, trace } = ctx
  if (q.hasEdns && q.ednsVersion !== 0) {
    r.rcode = Rcode.badVers
    return
  }
  if (isMetaType(q.type)) {
    refuseMetaType(ctx, q)
    return
  }
  if (q.class === Class.CH) {
    answerChaos(ctx, q)
    return
  }
  const isOurs = q.class === Class.IN || q.class === Class.ANY
  const zone = isOurs ? zoneFor(bound, q.name, q.type) : -1
  if (zone < 0) {
    r.rcode = Rcode.refused
    ctx.ede = Ede.notAuthoritative
    trace?.step('zone', 'in none of our zones: REFUSED')
    return
  }
  trace?.zone(zone)
  resolve(ctx, q, zone)
  // For all classes nobody can speak (RFC 1034 §6.2.2 says so of a server that has one of them).
  if (q.class === Class.ANY) r.flags &= ~Flag.aa
}

/** Types that are no data: transfers are refused, mailboxes of RFC 883 were never built, the rest makes no question. */
function refuseMetaType(ctx: Context, q: Query): void {
  const { reply: r } = ctx
  if (q.type === Type.AXFR || q.type === Type.IXFR) {
    r.rcode = Rcode.refused
    ctx.ede = Ede.prohibited
  } else if (q.type === Type.MAILA || q.type === Type.MAILB) {
    r.rcode = Rcode.notImp
    ctx.ede = Ede.notSupported
  } else r.rcode = Rcode.formErr
}

/** RFC 1034 §4.3.2: back to step 1 with each alias, through all zones of this server. */
function resolve(ctx: Context, q: Query, first: number): void {
  const { bound, landing, reply: r, trace } = ctx
  let name: NameScan = q.name
  let owner = OWNER_IS_QUESTION
  let zoneIndex = first
  startChain(ctx)
  for (let hops = 0; ; hops++) {
    const zone = bound.zones[zoneIndex]!
    const { ahead } = ctx
    if (isChainOver(ctx, (ahead === 0 ? name.hash[0]! : zone.words[ahead + NodeField.hash]!) | 0, hops)) return
    if (ahead === 0) findName(zone, name, landing)
    else landOn(ahead, landing)
    ctx.ahead = 0
    ctx.landedIn = zoneIndex
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
    if (landing.kind === Landed.redirected) {
      owner = redirect(ctx, zoneIndex, landing.node, name, owner, hops)
    } else {
      owner = answerAt(ctx, q, zoneIndex, landing.node, owner, hops)
    }
    if (owner < 0) return
    if (ctx.ahead !== 0) continue
    zoneIndex = follow(ctx, q.type)
    if (zoneIndex < 0) return
    name = ctx.chased
  }
}

/**
 * Answers from one node. Returns the offset of the name to go on with where the node is an alias, else -1.
 */
function answerAt(ctx: Context, q: Query, zoneIndex: number, node: number, owner: number, hops: number): number {
  const zone = ctx.bound.zones[zoneIndex]!
  const { words } = zone
  const service = serviceAt(zone, node)
  if (service >= 0) {
    const type = typeHeld(ctx, zoneIndex, service, q.type)
    if (type >= 0) {
      // What is tailored to the client is not joined to a chain that is not (RFC 7871 §7.2.1): the resolver asks again.
      if (hops > 0 && mayEndChain(ctx, zoneIndex, service)) return -1
      return steer(ctx, zone, zoneIndex, service, type, owner)
    }
  }
  if (q.type === Type.ANY) {
    answerAny(ctx, zone, node, owner)
    return -1
  }
  const rrset = findRrset(zone, node, q.type)
  if (rrset !== 0) {
    writeRrset(ctx, zone, rrset, owner, words[rrset + RrsetField.ttl]!)
    ctx.reply.answers += words[rrset + RrsetField.count]!
    // Who asks for name servers wants to reach them (RFC 9471 has it for referrals): BIND, Knot and NSD add their addresses as well.
    if (q.type === Type.NS || (ctx.bound.snapshot.options.fullAdditional && q.type !== Type.CNAME))
      writeAdditional(ctx, zone, rrset)
    return -1
  }
  if ((words[node + NodeField.flags]! & NodeFlag.alias) !== 0 && (q.type === Type.A || q.type === Type.AAAA)) {
    flatten(ctx, zoneIndex, node, owner, hops)
    return -1
  }
  const alias = findRrset(zone, node, Type.CNAME)
  // What secures an alias is asked for at the alias (RFC 4035 §2.5).
  if (alias === 0 || q.type === Type.NSEC || q.type === Type.RRSIG) {
    writeNegative(ctx, zone)
    return -1
  }
  return writeAlias(ctx, zoneIndex, alias, owner)
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
