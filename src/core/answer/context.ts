// What a thread keeps to answer with: the bound snapshot and the scratch that every query reuses.

import type { AddressMap, Found } from '../geo/address-map.ts'
import { openAsking } from '../steer/index.ts'
import { forgetKept, type Kept, openKept } from '../steer/kept.ts'
import type { Asking } from '../steer/policy.ts'
import { type CookieJar, openCookieJar } from '../wire/cookie.ts'
import { Ede } from '../wire/ede.ts'
import { MAX_NAME } from '../wire/name.ts'
import { type NameScan, openNameScan, openQuery, type Query } from '../wire/query.ts'
import { openReply, type Reply } from '../wire/reply.ts'
import { Landed, type Landing } from '../zone/find.ts'
import { COPY } from '../zone/overlay.ts'
import { bindCounters, createCounters, type Transport } from './counters.ts'
import { bucketNumber, type Dice, drawBelow, drawTag, openDice } from './dice.ts'
import { type Limiter, type LimiterPlace, openLimiter } from './limit.ts'
import type { Bound } from './snapshot.ts'
import { createSeen, isFirst } from './split.ts'
import type { Trace } from './trace.ts'

/** Names that one answer may pass: the question's, and 16 that aliases lead to. */
export const VISITED = 17

/** Why a Client Subnet is not the client. */
export const PassedOver = {
  /** It is nowhere on the Internet. */
  nowhere: 1,
  /** It is not taken from this resolver, or not in this zone. */
  refused: 2,
} as const

/** Where the client is taken to be, and by which source. Reused. */
export interface Client {
  /** Of the address that was looked up, IPv4-in-IPv6 forms normalised. */
  family: 4 | 6
  readonly bytes: Uint8Array
  /** Whether the address came by Client Subnet. */
  isSubnet: boolean
  /** What became of a Client Subnet that is not the client: 0 nothing (there is none, or it is), or one of `PassedOver`. */
  passedOver: number
  /** Bits of an IPv6 subnet before the IPv4 address in it: the scope is counted from the front. */
  offset: number
  /** Of a client who is treated alike; with a trace, the client's own. */
  place: number
  /** Prefix length within which every client is treated alike. */
  length: number
}

export interface Context {
  bound: Bound
  readonly query: Query
  readonly reply: Reply
  readonly landing: Landing
  /** The zone, by its number, that `landing` is in. */
  landedIn: number
  /** The name an alias led to, and the bytes it was read from. */
  readonly chased: NameScan
  raw: Uint8Array
  rawAt: number
  /** The node that the alias just written leads to, in the same zone; 0 where it has to be looked up. */
  ahead: number
  /** What is known of the target of an ALIAS, as `readTarget` gives it. */
  readonly resolved: Int32Array
  /** The longest TTL that the ALIAS, and what it leads over, leave to an answer. */
  aliasTtl: number
  /** A name made by a DNAME. */
  readonly synthesised: Uint8Array
  /** Hashes of the names that the chain has passed, and the DNAME that redirected each, with its zone; 0 where none did. */
  readonly visited: Int32Array
  readonly redirected: Int32Array
  readonly redirectedIn: Int32Array
  readonly client: Client
  readonly found: Found
  readonly asking: Asking
  readonly kept: Kept
  dice: Dice
  readonly counters: Float64Array
  /** Answers by counter slot: service and pool. Replaced with the snapshot. */
  slots: Float64Array
  /** Where the counters of the zone's draws begin in `slots`. */
  drawsAt: number
  /** Draws that were counted lately. */
  readonly seen: Int32Array
  /** Set by the caller before a batch: Unix time in seconds. */
  nowSec: number
  /** Set likewise where there is a limiter: a steady clock, wrapped to 32 bits. */
  nowMs: number
  readonly isUdp: boolean
  /** The sender's address, where it lies. */
  source: Uint8Array
  sourceAt: number
  sourceFamily: 4 | 6
  /** ECS scope of the response being written. */
  scope: number
  /** The extended error of the response being written: one of `Ede`. */
  ede: number
  jar: CookieJar
  /** Whether the request brought a cookie that proves its sender's address. */
  hasCookie: boolean
  trace: Trace | undefined
  /** Undefined: nothing is limited, as for `explain`. */
  limiter: Limiter | undefined
  /** In which a client was last looked up, and what `preview` read there, so that it is read at all. */
  lastMap: AddressMap | undefined
  previewed: number
}

const noBytes = new Uint8Array(0)

/** A context for one thread and transport; `counters` and `slots` may be shared blocks, `seen` is one for all threads. */
export function openContext(
  bound: Bound,
  transport: Transport,
  counters?: SharedArrayBuffer,
  slots?: SharedArrayBuffer,
  seen?: SharedArrayBuffer,
): Context {
  const { snapshot } = bound
  const dice = openDice(snapshot.secret)
  const context: Context = {
    bound,
    query: openQuery(),
    reply: openReply(),
    landing: { kind: Landed.nowhere, node: 0, isCutItself: false },
    landedIn: 0,
    chased: openNameScan(),
    raw: noBytes,
    rawAt: 0,
    ahead: 0,
    resolved: new Int32Array(COPY),
    aliasTtl: 0,
    synthesised: new Uint8Array(MAX_NAME),
    visited: new Int32Array(VISITED),
    redirected: new Int32Array(VISITED),
    redirectedIn: new Int32Array(VISITED),
    client: { family: 4, bytes: new Uint8Array(16), isSubnet: false, passedOver: 0, offset: 0, place: 0, length: 0 },
    found: { value: 0, length: 0 },
    asking: openAsking(
      bound.places,
      (node, total) => drawBelow(context.dice, node, total),
      (key) => bucketNumber(context.dice, key),
      (node, part) => {
        if (isFirst(context.seen, drawTag(context.dice, node))) context.slots[context.drawsAt + part]! += 1
      },
    ),
    kept: openKept(),
    dice,
    counters: bindCounters(counters ?? createCounters(transport)),
    slots: new Float64Array(slots ?? new SharedArrayBuffer(8 * Math.max(1, snapshot.slotCount))),
    drawsAt: 0,
    seen: new Int32Array(seen ?? createSeen()),
    nowSec: 0,
    nowMs: 0,
    isUdp: transport === 'udp',
    source: new Uint8Array(16),
    sourceAt: 0,
    sourceFamily: 4,
    scope: 0,
    ede: Ede.none,
    jar: openCookieJar(snapshot.options.cookieSecrets),
    hasCookie: false,
    trace: undefined,
    limiter: undefined,
    lastMap: undefined,
    previewed: 0,
  }
  return context
}

/** Puts a context onto another snapshot; `slots` belong to that snapshot. */
export function rebind(context: Context, bound: Bound, slots: SharedArrayBuffer): void {
  context.bound = bound
  // It may be a view of a zone that is gone.
  context.raw = noBytes
  context.lastMap = undefined
  forgetKept(context.kept)
  context.dice = openDice(bound.snapshot.secret)
  context.jar = openCookieJar(bound.snapshot.options.cookieSecrets)
  context.slots = new Float64Array(slots)
}

/** Limits what a context's thread sends, by its snapshot's settings. To be asked again after each rebinding. */
export function limitRates(context: Context, place: LimiterPlace): void {
  context.limiter = openLimiter(context.bound.snapshot.options.limits, place, context.limiter)
}
