// Writing the sections of a response from a zone image: RRsets, referrals with glue, negative answers, RFC 8482. Hot.

import { At, NODE, NodeField, RRSET, RrsetField, type Zone } from '../zone/image.ts'
import { findRrset } from '../zone/find.ts'
import { Class, Flag, Type } from '../wire/message.ts'
import { Layout } from '../wire/rdata.ts'
import {
  fits,
  keepReply,
  offsetOf,
  put16,
  writeBytes,
  writeHead,
  writeHeadAfterName,
  writeName,
} from '../wire/reply.ts'
import type { Context } from './context.ts'
import { Count, count } from './counters.ts'

/** "RFC8482" and an empty string, as HINFO rdata (RFC 8482 §4.2), and the TTL that goes with it. */
const ANY_RDATA = Uint8Array.from([7, 0x52, 0x46, 0x43, 0x38, 0x34, 0x38, 0x32, 0])
const ANY_TTL = 3600

/**
 * Writes every record of an RRset, whose owner can be pointed at. The caller counts them. Returns the offset of the last
 * record's name (a CNAME's target), 0 where its data is no name.
 */
export function writeRrset(ctx: Context, zone: Zone, rrset: number, owner: number, ttlSec: number): number {
  const { words, bytes } = zone
  const { reply: r } = ctx
  const type = words[rrset + RrsetField.type]!
  const layout = words[rrset + RrsetField.layout]!
  let data = words[rrset + RrsetField.data]!
  let target = 0
  for (let left = words[rrset + RrsetField.count]!; left > 0; left--) {
    const length = (bytes[data]! << 8) | bytes[data + 1]!
    if (!fits(r, 12 + length)) return 0
    writeHead(r, owner, type, ttlSec, length)
    if (layout === Layout.none) writeBytes(r, bytes, data + 2, length)
    else target = writeNamed(ctx, bytes, data + 2, layout)
    data += 2 + length
  }
  return target
}

/** Data with names that may be compressed (RFC 3597 §4); mends the length that the head was given. */
export function writeNamed(ctx: Context, bytes: Uint8Array, at: number, layout: number): number {
  const { reply: r, query: q } = ctx
  const start = r.at
  let from = at
  if (layout === Layout.u16Name) {
    writeBytes(r, bytes, from, 2)
    from += 2
  }
  const target = writeName(r, q, bytes, from)
  if (layout === Layout.twoNames) {
    while (bytes[from] !== 0) from += 1 + bytes[from]!
    from++
    writeName(r, q, bytes, from)
    while (bytes[from] !== 0) from += 1 + bytes[from]!
    writeBytes(r, bytes, from + 1, 20)
  }
  put16(r.bytes, start - 2, r.at - start)
  return target
}

/** As `writeRrset`, for a set of `node`, whose name may not stand in the message yet: after an alias, say. */
export function writeRrsetAt(ctx: Context, zone: Zone, node: number, rrset: number, ttlSec: number): void {
  const { words, bytes } = zone
  const { reply: r, query: q } = ctx
  const owner = nameOffset(ctx, zone, node)
  if (owner !== 0) {
    writeRrset(ctx, zone, rrset, owner, ttlSec)
    return
  }
  const layout = words[rrset + RrsetField.layout]!
  let data = words[rrset + RrsetField.data]!
  for (let left = words[rrset + RrsetField.count]!; left > 0; left--) {
    const length = (bytes[data]! << 8) | bytes[data + 1]!
    if (!fits(r, 265 + length)) return
    writeName(r, q, bytes, words[node + NodeField.name]!)
    writeHeadAfterName(r, words[rrset + RrsetField.type]!, ttlSec)
    put16(r.bytes, r.at - 2, length)
    if (layout === Layout.none) writeBytes(r, bytes, data + 2, length)
    else writeNamed(ctx, bytes, data + 2, layout)
    data += 2 + length
  }
}

/** NODATA and NXDOMAIN carry the SOA, with the TTL for which the absence may be kept (RFC 2308 §3, §5). */
export function writeNegative(ctx: Context, zone: Zone): void {
  const { words } = zone
  const apex = words[At.nodes]!
  const soa = findRrset(zone, apex, Type.SOA)
  // Without authority for all classes there is no SOA to show.
  if (soa === 0 || ctx.query.class === Class.ANY) return
  keepReply(ctx.reply)
  ctx.trace?.step('negative', `the SOA says the absence may be kept for ${words[At.negativeTtl]} s`)
  writeRrsetAt(ctx, zone, apex, soa, words[At.negativeTtl]!)
  ctx.reply.authorities++
}

/** A referral: the NS set of the cut, and the addresses that it cannot be followed without (RFC 1034 §4.3.2 3b, RFC 9471). */
export function writeReferral(ctx: Context, zone: Zone, cut: number): void {
  const { words } = zone
  const { reply: r } = ctx
  const ns = findRrset(zone, cut, Type.NS)
  keepReply(r)
  writeRrsetAt(ctx, zone, cut, ns, words[ns + RrsetField.ttl]!)
  r.authorities += words[ns + RrsetField.count]!
  writeAdditional(ctx, zone, ns)
  ctx.trace?.step('referral', `${r.authorities} name servers, ${r.additionals} addresses of theirs`)
}

/** Addresses of the names in a set, as far as they fit; what a referral cannot be followed without sets TC where it does not. */
export function writeAdditional(ctx: Context, zone: Zone, rrset: number): void {
  const { words } = zone
  const { reply: r } = ctx
  const glue = words[rrset + RrsetField.glue]!
  if (glue === 0 || r.overflowed || r.at > r.limit) return
  const must = words[glue]!
  const all = words[glue + 1]!
  for (let i = 0; i < all; i++) {
    const node = words[glue + 2 + 2 * i]!
    const given = words[glue + 3 + 2 * i]!
    if (writeGlue(ctx, zone, node, given === 0 ? words[node + NodeField.name]! : given)) continue
    if (i < must) {
      r.flags |= Flag.tc
      count(ctx.counters, Count.truncated, 1)
    }
    break
  }
}

/** All addresses of one name, which stands at byte `name`, or none of them: false where they do not fit. */
function writeGlue(ctx: Context, zone: Zone, node: number, name: number): boolean {
  const { words, bytes } = zone
  const { reply: r, query: q } = ctx
  const start = r.at
  const names = r.names
  let records = 0
  let at = node + NODE
  for (let left = words[node + NodeField.rrsetCount]!; left > 0; left--, at += RRSET) {
    const type = words[at]!
    if (type !== Type.A && type !== Type.AAAA) continue
    let data = words[at + RrsetField.data]!
    for (let i = 0; i < words[at + RrsetField.count]!; i++) {
      const length = (bytes[data]! << 8) | bytes[data + 1]!
      if (!fits(r, 265 + length)) break
      writeName(r, q, bytes, name)
      writeHeadAfterName(r, type, words[at + RrsetField.ttl]!)
      put16(r.bytes, r.at - 2, length)
      writeBytes(r, bytes, data + 2, length)
      data += 2 + length
      records++
    }
  }
  if (r.overflowed || r.at > r.limit) {
    r.overflowed = false
    r.at = start
    r.names = names
    return false
  }
  r.additionals += records
  return true
}

/** ANY gets one synthesised HINFO, which ends amplification and keeps nobody guessing (RFC 8482). */
export function writeAnyAnswer(ctx: Context, owner: number): void {
  const { reply: r } = ctx
  if (!fits(r, 12 + ANY_RDATA.length)) return
  writeHead(r, owner, Type.HINFO, ANY_TTL, ANY_RDATA.length)
  writeBytes(r, ANY_RDATA, 0, ANY_RDATA.length)
  r.answers++
}

/** Where a node's name stands in the message already; 0 where it does not. */
function nameOffset(ctx: Context, zone: Zone, node: number): number {
  const { words, bytes } = zone
  return offsetOf(ctx.reply, ctx.query, bytes, words[node + NodeField.name]!)
}
