// The steered answer: where the client is, what the tree picks for it, with which scope and TTL. Hot.

import { findIn } from '../geo/address-map.ts'
import { embeddedOffset, fixedOffset, isCompatible, normaliseV6 } from '../geo/client.ts'
import { findPlace } from '../geo/places.ts'
import { CELLS_AT } from '../health/board.ts'
import { HeaderField, SERVICE, ServiceField, ServiceFlag, SERVICES_AT } from '../steer/compile.ts'
import { pickKept } from '../steer/kept.ts'
import { type Asking, MAX_CHOSEN, Outcome } from '../steer/policy.ts'
import { TargetField } from '../steer/pool.ts'
import { describeRegional, regionalOf } from '../steer/regional.ts'
import { CLASS_FLAGS, CLASS_SHIFT, ClassFlag, type TreatmentMap } from '../steer/treatment-map.ts'
import { Type } from '../wire/message.ts'
import type { Zone } from '../zone/image.ts'
import { chooseAllDown } from './all-down.ts'
import { type Context, PassedOver } from './context.ts'
import { Count, count } from './counters.ts'
import { bucketBits, throwBucket, throwDice } from './dice.ts'
import { writeNegative } from './section.ts'
import type { Bound } from './snapshot.ts'
import { writeTargets } from './targets.ts'

function recordOf(service: number): number {
  return SERVICES_AT + service * SERVICE
}

/** The type that a service answers a question with: the asked one, or CNAME for all; -1 where no pool holds it, whatever the health. */
export function typeHeld(ctx: Context, zoneIndex: number, service: number, type: number): number {
  const { words } = ctx.bound.tables[zoneIndex]!
  const at = recordOf(service)
  const types = words[at + ServiceField.types]!
  const count = words[at + ServiceField.typeCount]!
  if (words[types] === Type.CNAME && count > 0) return Type.CNAME
  for (let i = 0; i < count; i++) if (words[types + i] === type) return type
  return -1
}

/** Whether the answer would be tailored to the subnet that the query brought. */
export function mayEndChain(ctx: Context, zoneIndex: number, service: number): boolean {
  const { query: q } = ctx
  return (
    q.hasSubnet &&
    q.subnetLength > 0 &&
    ctx.bound.tables[zoneIndex]!.words[recordOf(service) + ServiceField.treatment] !== 0 &&
    isSubnetTaken(ctx, zoneIndex)
  )
}

/**
 * Answers with `type`, which the service holds. Returns the offset of the name to go on with where that is an alias which holds
 * for everybody, else -1.
 */
export function steer(
  ctx: Context,
  zone: Zone,
  zoneIndex: number,
  service: number,
  type: number,
  owner: number,
): number {
  const ttlSec = choose(ctx, zone, zoneIndex, service, type)
  if (ttlSec < 0) return -1
  const { bytes } = ctx.bound.tables[zoneIndex]!
  const target = writeTargets(ctx, bytes, owner, ttlSec)
  return type === Type.CNAME ? leaveAlias(ctx, bytes, target) : -1
}

/**
 * Chooses targets of `type`, which the service holds, and returns the TTL to answer them with; -1 where the answer is already
 * complete without any. `zone` is the one whose SOA says so.
 */
export function choose(ctx: Context, zone: Zone, zoneIndex: number, service: number, type: number): number {
  const { asking, bound, trace } = ctx
  const { words } = bound.tables[zoneIndex]!
  const at = recordOf(service)
  trace?.service(zoneIndex, service)
  const treated = locate(ctx, zoneIndex, words[at + ServiceField.treatment]!)
  if (trace) sayClient(ctx, (words[at + ServiceField.flags]! & ServiceFlag.usesPlace) !== 0)
  const ttlSec = words[at + ServiceField.ttl]!
  // Signed: a number beyond 2^31 would be boxed on its way, once per query.
  const keyLo = words[at + ServiceField.keyLo]! | 0
  const keyHi = words[at + ServiceField.keyHi]! | 0
  if ((treated & ClassFlag.byBucket) !== 0) throwBucket(ctx.dice, keyLo, keyHi, ctx.client.family, ctx.client.bytes)
  seed(ctx, keyLo, keyHi, ttlSec)
  bindAsking(asking, bound, zoneIndex, at, ctx.client.place, type)
  if (trace && (words[at + ServiceField.flags]! & ServiceFlag.regional) !== 0)
    trace.step('verdicts', describeRegional(trace, asking.regional))
  ctx.drawsAt = bound.snapshot.slotBase[zoneIndex]! + words[HeaderField.firstDraw]!
  asking.trace = trace
  count(ctx.counters, Count.steered, 1)
  const isFound = pickKept(asking, ctx.kept, zoneIndex, at, words[at + ServiceField.root]!) === Outcome.found
  if (!isFound && !chooseAllDown(ctx, zoneIndex, at)) return -1
  if (asking.slot >= 0) ctx.slots[bound.snapshot.slotBase[zoneIndex]! + asking.slot]! += 1
  // No pool that this client may come to holds the type, which a checked configuration leaves to nobody: no data, for everybody
  // alike (RFC 7871 §7.4: scope 0).
  if (asking.chosenCount === 0) {
    if (ctx.scope > 0) trace?.step('scope', 'no data is the same for all clients: /0')
    ctx.scope = 0
    writeNegative(ctx, zone)
    return -1
  }
  return boundTtl(ctx, ttlSec, words[at + ServiceField.minTtl]!)
}

/** Puts an Asking onto a question about the service whose record is at `at`. */
function bindAsking(asking: Asking, bound: Bound, zoneIndex: number, at: number, place: number, type: number): void {
  const { words, floats } = bound.tables[zoneIndex]!
  asking.table = words
  asking.floats = floats
  asking.places = bound.places
  asking.board = bound.board
  asking.cells = bound.board[CELLS_AT]! + bound.snapshot.cellBase[zoneIndex]!
  asking.place = place
  asking.vantage = bound.places.vantage[place]! - 1
  asking.regional = regionalOf(asking, words[at + ServiceField.flags]!)
  asking.minHealthy = -1
  asking.changesSec = 0
  asking.limit = type === Type.CNAME ? 1 : MAX_CHOSEN
  asking.type = type
  asking.chosenCount = 0
  asking.followed = -1
  asking.slot = -1
}

/** Whether a client of unknown place would get some type that the service holds by `all_down`. For the main thread. */
export function isAllDown(asking: Asking, bound: Bound, zoneIndex: number, service: number): boolean {
  const { words } = bound.tables[zoneIndex]!
  const at = recordOf(service)
  const types = words[at + ServiceField.types]!
  for (let i = 0; i < words[at + ServiceField.typeCount]!; i++) {
    bindAsking(asking, bound, zoneIndex, at, 0, words[types + i]!)
    // What fades is there for those who have nothing else.
    asking.withFading = true
    if (!asking.usable(words[at + ServiceField.root]!)) return true
  }
  return false
}

/** Where the chain goes on behind a steered alias: nowhere where it was tailored to the client (RFC 7871 §7.2.1). */
function leaveAlias(ctx: Context, bytes: Uint8Array, target: number): number {
  const { asking, query: q } = ctx
  if (q.type === Type.CNAME || q.type === Type.ANY || target === 0) return -1
  if (ctx.scope > 0) {
    ctx.trace?.step('alias', 'chosen for this client alone: the resolver goes on from here')
    return -1
  }
  ctx.raw = bytes
  ctx.rawAt = asking.table[asking.chosen[0]! + TargetField.data]!
  return target
}

/** TTLs go in such steps, so that caches, and one day signatures, see few different ones. */
const TTL_STEP = 5

/** No longer than until a check or an override could change the answer, as far as the service's least TTL allows. */
function boundTtl(ctx: Context, ttlSec: number, minTtlSec: number): number {
  const { asking, nowSec, trace } = ctx
  if (asking.changesSec === 0) {
    trace?.step('ttl', `${ttlSec} s, as the service says`)
    return ttlSec
  }
  const left = asking.changesSec - nowSec
  const steps = left - (left % TTL_STEP)
  const bound = steps < minTtlSec ? minTtlSec : steps < ttlSec ? steps : ttlSec
  trace?.step('ttl', describeTtl(bound, left, ttlSec, minTtlSec, trace.changer(asking.changesSec)))
  return bound
}

function describeTtl(bound: number, left: number, ttlSec: number, minTtlSec: number, changer: string): string {
  if (bound === ttlSec) return `${bound} s, as the service says`
  const when = left > 0 ? `in ${left} s` : 'at any moment'
  if (bound === minTtlSec) return `${bound} s, the service's least: ${changer} could change the answer ${when}`
  return `${bound} s: ${changer} could change the answer ${when}`
}

/**
 * Finds the client, and how clients like him are treated: flags of his class. The client is the Client Subnet where it says
 * something public (or something that is one of our own networks), else the sender: a resolver behind NAT would otherwise
 * move its users by a private address. The answer holds for as many clients as are treated alike.
 */
function locate(ctx: Context, zoneIndex: number, treatment: number): number {
  const { query: q, client, bound } = ctx
  const map = treatment === 0 ? undefined : bound.treatments[treatment - 1]!
  client.passedOver = 0
  if (q.hasSubnet && q.subnetLength > 0 && q.subnetFamily !== 0) {
    if (!isSubnetTaken(ctx, zoneIndex)) {
      client.passedOver = PassedOver.refused
      count(ctx.counters, Count.subnetsRefused, 1)
      return findClass(ctx, map)
    }
    client.isSubnet = true
    setAddress(ctx, q.subnet, 0, q.subnetFamily === 1 ? 4 : 6)
    const treated = findClass(ctx, map)
    if (client.offset === 96 && client.length < 8 && isCompatible(q.subnet, 0)) client.length = 8
    ctx.scope = map === undefined ? 0 : client.offset + client.length
    if ((treated & ClassFlag.bySender) === 0) return treated
    // Everybody in that range is treated by the resolver's address, so the answer holds for the range.
    client.passedOver = PassedOver.nowhere
  }
  setSender(ctx)
  return findClass(ctx, map)
}

/** Where it is not, the client is the sender. */
function isSubnetTaken(ctx: Context, zoneIndex: number): boolean {
  const { client, found, bound } = ctx
  const rule = bound.subnets.ofZone[zoneIndex]!
  if (rule === 0) return true
  setSender(ctx)
  if (rule < 0) return false
  findIn(bound.subnets.lists[rule - 1]!, client.family, client.bytes, 0, found)
  return found.value === 1
}

function findClass(ctx: Context, map: TreatmentMap | undefined): number {
  const { client, found } = ctx
  client.place = 0
  client.length = 0
  if (map === undefined) return 0
  ctx.lastMap = map.map
  findIn(map.map, client.family, client.bytes, 0, found)
  const word = map.classes[found.value]!
  client.place = word >>> CLASS_SHIFT
  client.length = found.length
  // No answer holds for more than one bucket; for a whole range of nowhere the sender's bucket counts.
  if ((word & CLASS_FLAGS) === ClassFlag.byBucket) {
    const bits = bucketBits(client.family)
    if (client.length < bits) client.length = bits
  }
  return word & CLASS_FLAGS
}

const why: Readonly<Record<number, string>> = {
  [PassedOver.nowhere]: 'is no public address',
  [PassedOver.refused]: 'is not taken from this resolver in this zone',
}

/** With a trace the client's own place stands in for that of a client who is treated alike: what it leads to is the same. */
function sayClient(ctx: Context, usesPlace: boolean): void {
  const { client, found, bound, trace } = ctx
  if (client.passedOver !== 0)
    trace!.step('client', `the Client Subnet ${why[client.passedOver]}: the sender counts instead`)
  if (usesPlace) {
    findPlace(bound.places, client.family, client.bytes, 0, found)
    client.place = found.value
  }
  trace!.client(ctx, client.isSubnet ? 'EDNS Client Subnet' : 'the sender', usesPlace)
}

function setSender(ctx: Context): void {
  ctx.client.isSubnet = false
  setAddress(ctx, ctx.source, ctx.sourceAt, ctx.sourceFamily)
}

/** Takes IPv4 out of IPv6. A prefix is taken as its first address: where that is elsewhere than the rest, the scope says so. */
function setAddress(ctx: Context, bytes: Uint8Array, at: number, family: 4 | 6): void {
  const { client } = ctx
  client.offset = 0
  client.family = family
  // ISATAP addresses lie among ordinary ones, for which a scope promises that they are all in one place.
  const offset = family === 4 ? -1 : client.isSubnet ? fixedOffset(bytes, at) : embeddedOffset(bytes, at)
  if (offset >= 0) {
    client.family = 4
    client.offset = offset
    normaliseV6(bytes, at, client.bytes, offset)
    return
  }
  for (let i = 0; i < (family === 4 ? 4 : 16); i++) client.bytes[i] = bytes[at + i]!
}

/** The dice are keyed by the prefix that the scope covers, or by the sender where the answer holds for everybody. */
function seed(ctx: Context, keyLo: number, keyHi: number, ttlSec: number): void {
  const { client, dice, scope, nowSec } = ctx
  if (client.isSubnet && scope > 0) {
    throwDice(dice, keyLo, keyHi, client.family, client.bytes, 0, client.length, nowSec, ttlSec)
    return
  }
  // The sender as it was taken to be, so that it is the same over a socket of both families (::ffff:192.0.2.1).
  if (client.isSubnet) setSender(ctx)
  throwDice(dice, keyLo, keyHi, client.family, client.bytes, 0, client.family === 4 ? 32 : 128, nowSec, ttlSec)
}
