// ALIAS: a name that has the addresses of another one. What lies in zones of this server is followed here, steering included, so
// that each client gets what the target would give him; what lies elsewhere was resolved beforehand and stands in the overlay.
// Hot: allocates nothing, never throws, and waits for nobody. Unlike a CNAME nothing of the way is seen: all records are the owner's.

import { TargetField } from '../steer/pool.ts'
import { Ede } from '../wire/ede.ts'
import { Type } from '../wire/message.ts'
import { MAX_NAME } from '../wire/name.ts'
import { scanName } from '../wire/query.ts'
import { fits, put32, writeHead } from '../wire/reply.ts'
import { findName, findRrset, Landed, serviceAt } from '../zone/find.ts'
import { ALIAS_SET, RrsetField, type Zone } from '../zone/image.ts'
import { Field, findTarget, leastTtlOf, readTarget, Resolved, secondsUntil, staleTtlOf } from '../zone/overlay.ts'
import { fail } from './all-down.ts'
import { MAX_CHAIN, substitute, zoneFor } from './chain.ts'
import type { Context } from './context.ts'
import { writeNegative, writeRrset } from './section.ts'
import { choose, mayEndChain, typeHeld } from './steered.ts'
import { writeTargets } from './targets.ts'

/** Answers a question for A or AAAA at a node with an ALIAS. `hops` are the aliases on the wire before it. */
export function flatten(ctx: Context, zoneIndex: number, node: number, owner: number, hops: number): void {
  const home = ctx.bound.zones[zoneIndex]!
  ctx.aliasTtl = 0x7fffffff
  enter(ctx, home, findRrset(home, node, ALIAS_SET))
  for (let i = 0; i < MAX_CHAIN; i++) if (!goOn(ctx, home, owner, hops)) return
  // The check at load has ruled circles out, and chains as long as this.
  fail(ctx, Ede.chainTooLong)
}

/** Goes to the target of a CNAME or ALIAS: its name is the next one. */
function enter(ctx: Context, { words, bytes }: Zone, alias: number): void {
  ctx.raw = bytes
  ctx.rawAt = words[alias + RrsetField.data]! + 2
  cap(ctx, words[alias + RrsetField.ttl]!)
}

function cap(ctx: Context, ttlSec: number): void {
  if (ttlSec < ctx.aliasTtl) ctx.aliasTtl = ttlSec
}

/** Looks at the name at `ctx.raw`. False where the answer is complete. */
function goOn(ctx: Context, home: Zone, owner: number, hops: number): boolean {
  const { bound, chased, landing, query: q, trace } = ctx
  scanName(ctx.raw, ctx.rawAt, ctx.rawAt + MAX_NAME, chased)
  const zoneIndex = zoneFor(bound, chased, q.type)
  if (zoneIndex < 0) return answerResolved(ctx, home, owner)
  const zone = bound.zones[zoneIndex]!
  findName(zone, chased, landing)
  ctx.landedIn = zoneIndex
  trace?.aliasTarget(chased)
  trace?.landed(zone, landing)
  const { kind, node } = landing
  // Delegated: the child's servers know, so the resolver was asked.
  if (kind === Landed.cut) return answerResolved(ctx, home, owner)
  if (kind === Landed.redirected) {
    const dname = findRrset(zone, node, Type.DNAME)
    cap(ctx, zone.words[dname + RrsetField.ttl]!)
    return substitute(ctx, zone, node, dname, chased) > 0 || hasNothing(ctx, home)
  }
  if (kind === Landed.nowhere) {
    ctx.ede = Ede.aliasNowhere
    return hasNothing(ctx, home)
  }
  return answerFrom(ctx, home, zoneIndex, node, owner, hops)
}

/** From a node of ours. */
function answerFrom(ctx: Context, home: Zone, zoneIndex: number, node: number, owner: number, hops: number): boolean {
  const { query: q } = ctx
  const zone = ctx.bound.zones[zoneIndex]!
  const service = serviceAt(zone, node)
  if (service >= 0) {
    const type = typeHeld(ctx, zoneIndex, service, q.type)
    if (type >= 0) return answerSteered(ctx, home, zoneIndex, service, type, owner, hops)
  }
  const rrset = findRrset(zone, node, q.type)
  if (rrset !== 0) {
    const { words } = zone
    cap(ctx, words[rrset + RrsetField.ttl]!)
    writeRrset(ctx, zone, rrset, owner, ctx.aliasTtl)
    ctx.reply.answers += words[rrset + RrsetField.count]!
    return false
  }
  let alias = findRrset(zone, node, Type.CNAME)
  if (alias === 0) alias = findRrset(zone, node, ALIAS_SET)
  if (alias === 0) return hasNothing(ctx, home)
  enter(ctx, zone, alias)
  return true
}

/** What the service of the target chooses for this client, with the scope that it has there. */
function answerSteered(
  ctx: Context,
  home: Zone,
  zoneIndex: number,
  service: number,
  type: number,
  owner: number,
  hops: number,
): boolean {
  // What is tailored to the client is not joined to a chain that is not (RFC 7871 §7.2.1): the resolver asks for this name again.
  if (hops > 0 && mayEndChain(ctx, zoneIndex, service)) return false
  const scope = ctx.scope
  const ttlSec = choose(ctx, home, zoneIndex, service, type)
  if (ttlSec < 0) return false
  // Where one choice leads to another, the answer holds for those whom both treat alike.
  if (ctx.scope < scope) ctx.scope = scope
  cap(ctx, ttlSec)
  const { bytes } = ctx.bound.tables[zoneIndex]!
  if (type !== Type.CNAME) {
    writeTargets(ctx, bytes, owner, ctx.aliasTtl)
    return false
  }
  const { asking } = ctx
  ctx.raw = bytes
  ctx.rawAt = asking.table[asking.chosen[0]! + TargetField.data]!
  return true
}

/** No data and never NXDOMAIN, whatever the target is: the owner exists. Its own zone says so. */
function hasNothing(ctx: Context, home: Zone): false {
  writeNegative(ctx, home)
  return false
}

/** From what a resolver said of the name in `ctx.chased`. */
function answerResolved(ctx: Context, home: Zone, owner: number): false {
  const { bound, chased, resolved, nowSec, query: q } = ctx
  const { overlay } = bound
  const target = findTarget(overlay, chased)
  // A load enters every name that an ALIAS may lead to.
  if (target < 0) resolved[Field.state] = Resolved.pending
  else readTarget(overlay, target, q.type === Type.AAAA, resolved)
  ctx.trace?.aliasTarget(chased)
  ctx.trace?.resolved(ctx)
  const state = resolved[Field.state]!
  if (state === Resolved.pending || state === Resolved.failed || secondsUntil(resolved[Field.kept]!, nowSec) < 0) {
    // A false "no data" would be kept by caches; SERVFAIL makes the resolver ask another server.
    fail(ctx, state === Resolved.pending ? Ede.aliasPending : Ede.aliasFailed)
    return false
  }
  const least = leastTtlOf(overlay)
  const left = secondsUntil(resolved[Field.until]!, nowSec)
  if (left > -least) cap(ctx, left < least ? least : left)
  else {
    ctx.ede = Ede.aliasStale
    cap(ctx, staleTtlOf(overlay))
  }
  if (state === Resolved.addresses) return writeAddresses(ctx, owner)
  if (state === Resolved.nowhere && ctx.ede === Ede.none) ctx.ede = Ede.aliasNowhere
  return hasNothing(ctx, home)
}

function writeAddresses(ctx: Context, owner: number): false {
  const { reply: r, resolved, query: q } = ctx
  const words = q.type === Type.AAAA ? 4 : 1
  let at = Field.addresses as number
  for (let left = resolved[Field.count]!; left > 0; left--) {
    if (!fits(r, 12 + 4 * words)) return false
    writeHead(r, owner, q.type, ctx.aliasTtl, 4 * words)
    for (let i = 0; i < words; i++, r.at += 4) put32(r.bytes, r.at, resolved[at++]!)
    r.answers++
  }
  return false
}
