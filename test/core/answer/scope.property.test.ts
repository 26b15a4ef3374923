// The scope against its own definition: everybody inside it is treated alike, and one bit wider somebody is not. Random trees
// over random networks, with and without the embedded database, random health, clients of all kinds.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { type Context, openContext } from '../../../src/core/answer/context.ts'
import { maskBytes, printPrefix } from '../../../src/core/base/address.ts'
import { rangesOf } from '../../../src/core/geo/address-map.ts'
import { findPlace, SPECIAL_PLACE } from '../../../src/core/geo/places.ts'
import { holes } from '../../../src/core/geo/special.ts'
import type { Ranges } from '../../../src/core/geo/ranges.ts'
import { SERVICE, ServiceField, SERVICES_AT } from '../../../src/core/steer/compile.ts'
import { openTreatment } from '../../../src/core/steer/index.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { openNumbers } from '../../support/chance.ts'
import { askBytes, makeWorld, type TestWorld, writeQuery } from '../../support/snapshot.ts'

type Below = (limit: number) => number

const pools = {
  eu: { at: [53, -8], answers: 1, targets: ['203.0.113.1', '203.0.113.2'] },
  us: { at: [39, -77], answers: 1, targets: ['203.0.113.3', '203.0.113.4'] },
  ap: { at: [1, 104], answers: 1, targets: ['203.0.113.5'] },
  sa: { at: [-23, -46], targets: ['203.0.113.6'] },
} as const
const positions: readonly (readonly [number, number])[] = [
  [50, 8],
  [39, -77],
  [35, 139],
]
const vantages = Object.fromEntries(positions.map((at, i) => [`v${i}`, at]))
const poolNames = Object.keys(pools)
const targets = Object.values(pools).flatMap((pool) => pool.targets)
const countryCodes = ['DE', 'FR', 'IE', 'US', 'CA', 'JP', 'AU', 'BR']
const names = ['corp', 'office', 'lab']
const groups = { some: ['group inner', 'country JP', 'cidr 20.0.0.0/9'], inner: ['country DE', 'continent NA'] }

const pickOne = <Item>(items: readonly Item[], below: Below): Item => items[below(items.length)]!
const shuffle = <Item>(items: readonly Item[], below: Below): Item[] =>
  items
    .map((item) => ({ item, at: below(1000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

function anyBranch(below: Below, depth: number): Branch {
  const kind = depth > 3 ? 0 : below(10)
  const branches = (): Branch[] => Array.from({ length: 1 + below(3) }, () => anyBranch(below, depth + 1))
  if (kind <= 1) return pickOne(poolNames, below)
  if (kind === 2) return { failover: branches() }
  if (kind === 3) return { weighted: branches().map((to) => ({ to, weight: below(4) })) }
  if (kind === 4) return { nearest: shuffle(poolNames, below).slice(0, 2 + below(3)) }
  if (kind === 7) return { sticky: shuffle(poolNames, below).slice(0, 2) }
  if (kind === 8) return { fastest: shuffle(poolNames, below).slice(0, 2 + below(3)) }
  if (kind === 9) return { [pickOne(['all', 'rotate', 'first', 'least'], below)]: branches() }
  return anyGeo(below, depth)
}

function anyGeo(below: Below, depth: number): Branch {
  const places = shuffle(
    [
      ...countryCodes.map((code) => `country ${code}`),
      ...names.map((name) => `network ${name}`),
      'continent EU',
      'continent AS',
      'asn 64500',
      'asn 64501',
      'subdivision US-CA',
      'group some',
      ...new Set(Array.from({ length: 4 }, () => `cidr ${anyPrefix(below)}`)),
    ],
    below,
  )
  const rules = Array.from({ length: 1 + below(4) }, () => ({
    where: places.splice(0, 1 + below(3)),
    to: anyBranch(below, depth + 1),
    fence: below(4) === 0,
  }))
  return { geo: [...rules, { to: anyBranch(below, depth + 1) }] }
}

/** Bytes of addresses close to each other, so that prefixes stand inside and beside one another. */
function crowded(below: Below): { family: 4 | 6; bytes: number[] } {
  const noise = Array.from({ length: 14 }, () => pickOne([0, 1, 2, 128, 255], below))
  const kind = below(10)
  if (kind < 5) return { family: 4, bytes: [pickOne([8, 9, 10, 11, 20, 192, 224], below), ...noise.slice(0, 3)] }
  const heads = [
    [0x20, 0x01, 0x0d, 0xb8],
    [0x20, 0x03],
    [0xfd, 0],
    [0x2a, below(8)],
  ]
  return { family: 6, bytes: [...pickOne(heads, below), ...noise, ...noise].slice(0, 16) }
}

function anyPrefix(below: Below): string {
  const { family, bytes } = crowded(below)
  const length = 4 + below(family === 4 ? 29 : 61)
  return printPrefix({ family, length, bytes: maskBytes(Uint8Array.from(bytes), length) })
}

function anyNetworks(below: Below): object[] {
  const networks = new Map<string, object>()
  for (let i = 0; i < 4 + below(20); i++) {
    const cidr = anyPrefix(below)
    networks.set(cidr, {
      cidr,
      ...(below(3) === 0 && { name: pickOne(names, below) }),
      ...(below(2) === 0 && { country: pickOne(countryCodes, below) }),
      ...(below(4) === 0 && { asn: 64_500 + below(2) }),
      ...(below(5) === 0 && { at: { lat: below(180) - 90, lon: below(360) - 180 } }),
    })
  }
  return [...names.map((name, i) => ({ cidr: `100.${i}.0.0/16`, name })), ...networks.values()]
}

function anyAddress(below: Below): { family: 4 | 6; bytes: Uint8Array } {
  const noise = Array.from({ length: 16 }, () => below(256))
  const kind = below(12)
  if (kind < 4) return { family: 4, bytes: Uint8Array.from(noise.slice(0, 4)) }
  if (kind < 9) {
    const { family, bytes } = crowded(below)
    const keep = 1 + below(bytes.length)
    return { family, bytes: Uint8Array.from(bytes, (byte, i) => (i < keep ? byte : noise[i]!)) }
  }
  const { bytes } = crowded(below)
  const heads = [
    [0x20, 0x02, ...bytes.slice(0, 4)],
    [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes.slice(0, 4)],
    [0x20, 0x01, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes.slice(0, 4)],
    [0x20 + below(32)],
    [0xfc + below(4)],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, below(2)],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes.slice(0, 4)],
  ]
  return { family: 6, bytes: Uint8Array.from([...pickOne(heads, below), ...noise].slice(0, 16)) }
}

/** How a place's clients are treated, said by the tree for that very place. */
function openTold(world: TestWorld, service: number): (place: number) => string {
  const { words, floats } = world.bound.tables[0]!
  const { places } = world.bound
  const root = words[SERVICES_AT + service * SERVICE + ServiceField.root]!
  const known = new Map<number, string>()
  const treat = (place: number): string => {
    const treatment = openTreatment(words, floats, places)
    treatment.place = place
    treatment.treat(root)
    return `${treatment.words.join(' ')} ${treatment.hasBucket}`
  }
  return (place) => {
    const before = known.get(place)
    if (before !== undefined) return before
    const words = treat(place)
    // Who is nowhere is treated by the sender's address, unless the tree knows his prefix.
    const told = places.special[place] === 1 && words === treat(SPECIAL_PLACE) ? 'by sender' : words
    known.set(place, told)
    return told
  }
}

/** First addresses of ranges inside a prefix, and the prefix's own. */
function* startsIn(ranges: Ranges, bytes: Uint8Array, length: number): Generator<Uint8Array> {
  yield bytes
  const { width, starts, count } = ranges
  const words = Array.from({ length: width }, (_, i) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * i))
  const compare = (i: number): number => {
    for (let k = 0; k < width; k++) if (starts[i * width + k] !== words[k]) return starts[i * width + k]! - words[k]!
    return 0
  }
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(middle) > 0) high = middle
    else low = middle + 1
  }
  for (let i = low; i < count; i++) {
    const start = new Uint8Array(4 * width)
    for (let k = 0; k < width; k++) new DataView(start.buffer).setUint32(4 * k, starts[i * width + k]!)
    if (Buffer.compare(maskBytes(start, length), bytes) !== 0) return
    yield start
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3]! ^= 0x80 >> (bit & 7)
  return copy
}

function redrawn(bytes: Uint8Array, from: number, below: Below): Uint8Array {
  let copy: Uint8Array = bytes.slice()
  for (let bit = from; bit < 8 * bytes.length; bit++) if (below(2) === 1) copy = flipped(copy, bit)
  return copy
}

const hole6 = holes()

/** Whether a prefix of IPv6 touches addresses that stand for IPv4 ones. */
function touchesHole(bytes: Uint8Array, length: number): boolean {
  const copy = maskBytes(bytes, length)
  let at = 0
  const words = Array.from({ length: 4 }, (_, i) => new DataView(copy.buffer).getUint32(4 * i))
  for (let i = 0; i < hole6.count; i++) {
    const isAfter = [0, 1, 2, 3].map((k) => hole6.starts[4 * i + k]! - words[k]!).find((difference) => difference !== 0)
    if ((isAfter ?? 0) > 0) break
    at = i
  }
  if (hole6.values[at] === 1) return true
  for (const start of startsIn(hole6, copy, length)) {
    const i = Array.from({ length: hole6.count }, (_, each) => each).find((each) =>
      [0, 1, 2, 3].every((k) => hole6.starts[4 * each + k] === new DataView(start.buffer).getUint32(4 * k)),
    )
    if (i !== undefined && hole6.values[i] === 1) return true
  }
  return false
}

interface Seen {
  cases: number
  everybody: number
  readonly scopes: Set<number>
}

/** One random client of one service. */
function checkClient(
  world: TestWorld,
  context: Context,
  service: number,
  told: (place: number) => string,
  base: ReturnType<typeof rangesOf>,
  below: Below,
  seen: Seen,
): void {
  const { bound } = world
  const { family, bytes } = anyAddress(below)
  const length = 8 + below(8 * bytes.length - 7)
  const subnet = printPrefix({ family, length, bytes: maskBytes(bytes, length) })
  const from = pickOne(['9.1.2.3', '10.0.0.1', '2a02::1', '192.0.2.9'], below)
  const name = `s${service}.example.com`
  const ask = (prefix: string): { scope: number; chosen: string } => {
    const answer = askBytes(context, writeQuery({ name, subnet: prefix }), from)
    if (!answer) throw new Error('silence')
    const { asking } = context
    return { scope: context.scope, chosen: [...asking.chosen.subarray(0, asking.chosenCount)].join(' ') }
  }
  const first = ask(subnet)
  seen.cases++
  seen.scopes.add(first.scope)
  if (first.scope === 0) {
    // Then it holds for the whole world: for anybody else, and for the sender, whose dice they are.
    const another = anyAddress(below)
    const other = ask(printPrefix({ ...another, length: 8 * another.bytes.length }))
    expect([subnet, other]).toEqual([subnet, first])
    seen.everybody++
    return
  }
  // Inside: the same decision to the last target, with the same scope.
  const whole = redrawn(maskBytes(bytes, length), first.scope, below)
  const inside = printPrefix({ family, length: 8 * whole.length, bytes: whole })
  expect([subnet, inside, ask(inside)]).toEqual([subnet, inside, first])
  // One bit wider: somebody is treated in another way. Seen as the address that was looked up.
  const found = { value: 0, length: 0 }
  const own = locate(family, maskBytes(bytes, length), first.scope)
  findPlace(bound.places, own.family, own.bytes, 0, found)
  const treated = told(found.value)
  if (treated.endsWith('true') && own.length === (own.family === 4 ? 24 : 56)) return // the next bucket
  // Beside an IPv4-compatible address with 1 in front there is one with 0, which is none (RFC 4291 §2.5.5.1).
  if (family === 6 && own.length === 8 && bytes.subarray(0, 12).every((byte) => byte === 0)) return
  const sibling = maskBytes(flipped(own.bytes, own.length - 1), own.length)
  if (own.family === 6 && touchesHole(sibling, own.length)) return
  for (const start of startsIn(own.family === 4 ? base.v4 : base.v6, sibling, own.length)) {
    findPlace(bound.places, own.family, start, 0, found)
    if (told(found.value) !== treated) return
  }
  // A family that is all alike has two halves, as a scope of 0 would hold for the other family too.
  expect([subnet, first.scope, own.length]).toEqual([subnet, first.scope, 1])
}

/** The address that counts, and how much of the scope is of it: written from RFC 4291, 3056, 4380 and 6052. */
function locate(family: 4 | 6, bytes: Uint8Array, scope: number): { family: 4 | 6; bytes: Uint8Array; length: number } {
  if (family === 4) return { family, bytes, length: scope }
  const hex = Buffer.from(bytes).toString('hex')
  if (hex.startsWith('2002')) return { family: 4, bytes: bytes.slice(2, 6), length: scope - 16 }
  if (hex.startsWith('20010000'))
    return { family: 4, bytes: Uint8Array.from(bytes.slice(12), (byte) => byte ^ 255), length: scope - 96 }
  const isEmbedded =
    /^0{20}ffff/.test(hex) || /^0{16}ffff0000/.test(hex) || /^0064ff9b0{16}/.test(hex) || /^0{24}(?!00)/.test(hex)
  return isEmbedded ? { family: 4, bytes: bytes.slice(12), length: scope - 96 } : { family, bytes, length: scope }
}

const SERVICES = 10

function checkWorld(below: Below, cases: number, seen: Seen, databases: { name: string; bytes: Uint8Array }[]): void {
  const services = Object.fromEntries(
    Array.from({ length: SERVICES }, (_, i) => [`s${i}`, below(5) === 0 ? anyBranch(below, 0) : anyGeo(below, 0)]),
  )
  const owners = Object.fromEntries(Object.keys(services).map((name) => [name, name]))
  const world = makeWorld({ networks: anyNetworks(below), databases, groups, vantages, pools, services, owners })
  const context = openContext(world.bound, 'udp')
  const base = rangesOf(world.bound.places.map)
  const told = Array.from({ length: SERVICES }, (_, i) => openTold(world, i))
  for (let i = 0; i < cases; i++) {
    if (i % 50 === 0)
      for (const target of targets) world.set(target, pickOne(['up', 'up', 'down', 'drained'] as const, below))
    const service = below(SERVICES)
    checkClient(world, context, service, told[service]!, base, below, seen)
  }
}

describe('everybody inside of a scope is treated alike, and one bit wider somebody is not', () => {
  test('over random networks: 80 000 clients', { timeout: 120_000 }, () => {
    const seen: Seen = { cases: 0, everybody: 0, scopes: new Set() }
    for (let i = 0; i < 100; i++) checkWorld(openNumbers(i + 1), 800, seen, [])
    expect(seen.cases).toBe(80_000)
    expect(seen.everybody).toBeLessThan(20_000)
    expect(seen.scopes.size).toBeGreaterThan(80)
  })

  test('over the embedded database: 20 000 clients', { timeout: 120_000 }, () => {
    const path = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'
    const bytes = readFileSync(createRequire(import.meta.url).resolve(path))
    const seen: Seen = { cases: 0, everybody: 0, scopes: new Set() }
    for (let i = 0; i < 4; i++) checkWorld(openNumbers(1000 + i), 5000, seen, [{ name: 'embedded', bytes }])
    expect(seen.cases).toBe(20_000)
    expect(seen.everybody).toBeLessThan(5000)
    expect(seen.scopes.size).toBeGreaterThan(60)
  })
})
