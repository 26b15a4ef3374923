// Response rate limiting: whether a response that stands written goes out, goes out truncated, or not at all. Responses are counted
// by the prefix of their receiver and by what they say: a name that exists counts for itself, all others for what they have in
// common (their wildcard, their delegation, their zone), so that made-up names share one bucket. Hot: allocates nothing, never
// throws, shares nothing that is written with other threads but the table for `status`.

import { type AddressMap, bindMap, type Found, findIn } from '../geo/address-map.ts'
import { type Buckets, openBuckets, takeToken } from '../guard/buckets.ts'
import { createHeaviest, noteHeavy } from '../guard/heaviest.ts'
import { Class, Flag, Rcode } from '../wire/message.ts'
import { type Query, Wants } from '../wire/query.ts'
import { emptyReply } from '../wire/reply.ts'
import { Landed } from '../zone/find.ts'
import { At, NodeField } from '../zone/image.ts'
import type { Context } from './context.ts'
import { Count, count, limitAt, Limited } from './counters.ts'
import { Kind, type RateLimits } from './limits.ts'

export interface Limiter {
  readonly limits: RateLimits
  readonly buckets: Buckets
  /** By `Kind`: this worker's part of what all workers may send. */
  readonly perSecond: Int32Array
  readonly v4Mask: number
  readonly v6High: number
  readonly v6Low: number
  readonly exempt: AddressMap
  readonly found: Found
  /** Who is limited most, for the main thread to read. */
  readonly heaviest: Int32Array
}

/** What a thread brings along. */
export interface LimiterPlace {
  /** Workers that share the limits. */
  readonly sharers: number
  /** Drawn, and known to nobody outside. */
  readonly seed: number
  /** From `createHeaviest`. */
  readonly heaviest?: SharedArrayBuffer
}

/** `before` keeps its buckets where there are as many: a reload is no amnesty. */
export function openLimiter(
  limits: RateLimits | undefined,
  place: LimiterPlace,
  before?: Limiter,
): Limiter | undefined {
  if (!limits) return undefined
  const { perSecond, table, v4Bits, v6Bits, exempt } = limits
  const keepsBuckets = before?.limits.table === table
  return {
    limits,
    buckets: keepsBuckets ? before.buckets : openBuckets(table, place.seed),
    perSecond: Int32Array.from(perSecond, (rate) => Math.ceil(rate / place.sharers)),
    v4Mask: maskOf(v4Bits),
    v6High: maskOf(Math.min(32, v6Bits)),
    v6Low: maskOf(Math.max(0, v6Bits - 32)),
    exempt: bindMap(exempt),
    found: { value: 0, length: 0 },
    heaviest: new Int32Array(place.heaviest ?? createHeaviest()),
  }
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits)
}

/** Decides on the response in `ctx.reply`, and cuts it where it is to go truncated. False: silence. */
export function admitResponse(ctx: Context, limiter: Limiter, q: Query): boolean {
  // Who brings a cookie of ours has shown that the address is his own.
  if ((q.wants & Wants.cookie) !== 0 && ctx.hasCookie) return true
  const { source, sourceAt: at, sourceFamily: family } = ctx
  let high = (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!
  let low = 0
  if (family === 4) high &= limiter.v4Mask
  else {
    low = (source[at + 4]! << 24) | (source[at + 5]! << 16) | (source[at + 6]! << 8) | source[at + 7]!
    high &= limiter.v6High
    low &= limiter.v6Low
  }
  const kind = kindOf(ctx, q)
  let limited = kind
  let refusals = draw(ctx, limiter, high, low, kind, nameOf(ctx, kind))
  if (refusals === 0) {
    limited = Kind.all
    refusals = draw(ctx, limiter, high, low, Kind.all, 0)
    if (refusals === 0) return true
  }
  return refuse(ctx, limiter, q, high, low, limited, kind, refusals)
}

function draw(ctx: Context, limiter: Limiter, high: number, low: number, kind: number, name: number): number {
  const perSecond = limiter.perSecond[kind]!
  if (perSecond === 0) return 0
  // Prefixes of the two families are no neighbours: 10.0.0.0 is not a00::.
  const about = kind | (ctx.sourceFamily << 8)
  return takeToken(limiter.buckets, high, low, about, name, perSecond, limiter.limits.windowMs, ctx.nowMs)
}

function kindOf(ctx: Context, q: Query): number {
  const { reply: r, landing } = ctx
  if (!q.hasQuestion || q.class === Class.CH) return Kind.error
  if (r.rcode === Rcode.nxDomain) return Kind.nxdomain
  // A service that is closed answers SERVFAIL: that belongs to its name.
  if (r.rcode !== Rcode.noError && r.rcode !== Rcode.servFail && r.rcode !== Rcode.yxDomain) return Kind.error
  if (landing.kind === Landed.cut) return Kind.referral
  if (landing.kind === Landed.wildcard) return Kind.wildcard
  return r.answers === 0 && r.rcode === Rcode.noError ? Kind.nodata : Kind.answer
}

/** A hash of the name that a response is counted for: the same after a reload. */
function nameOf(ctx: Context, kind: number): number {
  if (kind === Kind.error) return 0
  const { words } = ctx.bound.zones[ctx.landedIn]!
  const node = kind === Kind.nxdomain ? words[At.nodes]! : ctx.landing.node
  return words[node + NodeField.hash]! | 0
}

function refuse(
  ctx: Context,
  limiter: Limiter,
  q: Query,
  high: number,
  low: number,
  limited: number,
  kind: number,
  refusals: number,
): boolean {
  const { counters, reply: r, sourceFamily: family } = ctx
  const { limits, found } = limiter
  // Asked last: most responses never come here.
  findIn(limiter.exempt, family, ctx.source, ctx.sourceAt, found)
  if (found.value !== 0) return true
  noteHeavy(limiter.heaviest, high, low, family, limited, ctx.nowSec)
  if (limits.isDryRun) {
    count(counters, limitAt(limited, Limited.spared), 1)
    return true
  }
  // An error says nothing that TCP would say better. BADCOOKIE brings the cookie with which the client is believed.
  const maySlip = kind !== Kind.error || r.rcode === Rcode.badCookie
  if (maySlip && limits.slip > 0 && refusals % limits.slip === 0) {
    emptyReply(r, q)
    r.flags |= Flag.tc
    count(counters, limitAt(limited, Limited.slipped), 1)
    return true
  }
  count(counters, limitAt(limited, Limited.dropped), 1)
  count(counters, Count.refused, 1)
  return false
}
