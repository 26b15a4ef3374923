// What the parts of an answer cost by themselves, in ns: run in this thread, with tinybench, over questions that change each
// time, so that neither caches nor branch prediction know the answer.

import { join } from 'node:path'
import { rmSync, writeFileSync } from 'node:fs'
import { Bench } from 'tinybench'
import { loadNode } from '../src/app/load.ts'
import { answer } from '../src/core/answer/answer.ts'
import { openContext } from '../src/core/answer/context.ts'
import { type Bound, bindSnapshot } from '../src/core/answer/snapshot.ts'
import { readSipKey, siphash } from '../src/core/base/siphash.ts'
import { findPlace } from '../src/core/geo/places.ts'
import { decodeQuery, openQuery } from '../src/core/wire/query.ts'
import { findZone } from '../src/core/zone/catalog.ts'
import { findName, Landed, type Landing } from '../src/core/zone/find.ts'
import { Resolved, writeTarget } from '../src/core/zone/overlay.ts'
import { median } from './statistics.ts'
import { publicNetwork, type QuestionKind, questions, writeWorld } from './world.ts'

export interface PartCost {
  readonly name: string
  readonly ns: number
}

/** Operations per sample: a clock's reading costs as much as the shortest of them. */
const OPS = 1024
const MASK = OPS - 1
const ROOM = 192

const NOW_SEC = 1_800_000_000
const ALIAS_ZONE =
  '$TTL 1h\n@ SOA ns1 hostmaster 1 1h 15m 2w 5m\n@ NS ns1\nns1 A 192.0.2.53\n* ALIAS cdn.elsewhere.example.\n'

type Part = (i: number) => void

/** `ms` per part, after as long a time to warm up. */
export async function measureParts(ms: number): Promise<PartCost[]> {
  const bound = loadBound()
  const parts = { ...wireParts(bound), ...placeParts(bound), siphash: hashPart(), ...answerParts(bound) }
  const bench = new Bench({ time: ms, warmupTime: ms, retainSamples: true })
  for (const [name, part] of Object.entries<Part>(parts)) {
    bench.add(name, () => {
      for (let i = 0; i < OPS; i++) part(i)
    })
  }
  await bench.run()
  return bench.tasks.map(({ name, result }) => {
    if (!('latency' in result) || !result.latency.samples) throw new Error(`${name} could not be measured`)
    return { name, ns: (median(result.latency.samples) * 1e6) / OPS }
  })
}

function loadBound(): Bound {
  const folder = writeWorld(['batched'])
  writeFileSync(join(folder, 'zones/alias.example.zone'), ALIAS_ZONE)
  try {
    const { loaded, problems } = loadNode(join(folder, 'batched.yaml'), 1)
    if (!loaded) throw new Error(JSON.stringify(problems))
    const bound = bindSnapshot(loaded.snapshot)
    writeTarget(bound.overlay, 0, false, {
      state: Resolved.addresses,
      addresses: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(203, 0, 113, 1)],
      sinceSec: NOW_SEC,
      untilSec: NOW_SEC + 60,
      keptSec: NOW_SEC + 60,
      resolver: 0,
    })
    return bound
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Packets {
  readonly bytes: Uint8Array
  readonly lengths: Int32Array
}

function packetsOf(kind: QuestionKind): Packets {
  const bytes = new Uint8Array(OPS * ROOM)
  const lengths = new Int32Array(OPS)
  for (let i = 0; i < OPS; i++) {
    const query = questions[kind](i)
    bytes.set(query, i * ROOM)
    lengths[i] = query.length
  }
  return { bytes, lengths }
}

function wireParts(bound: Bound): Record<string, Part> {
  const plain = packetsOf('static')
  const withSubnet = packetsOf('steered')
  const query = openQuery()
  const scanned = Array.from({ length: OPS }, (_, i) => {
    const own = openQuery()
    decodeQuery(plain.bytes, i * ROOM, plain.lengths[i]!, own)
    return own.name
  })
  const zone = bound.zones[findZone(bound.catalog, bound.zones, scanned[0]!)]!
  const landing: Landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
  return {
    'decode, without EDNS': (i) => void decodeQuery(plain.bytes, i * ROOM, plain.lengths[i]!, query),
    'decode, with Client Subnet': (i) => void decodeQuery(withSubnet.bytes, i * ROOM, withSubnet.lengths[i]!, query),
    'find the zone': (i) => void findZone(bound.catalog, bound.zones, scanned[i]!),
    'find the name': (i) => findName(zone, scanned[i]!, landing),
  }
}

function placeParts(bound: Bound): Record<string, Part> {
  const v4 = new Uint8Array(OPS * 16)
  const v6 = new Uint8Array(OPS * 16)
  for (let i = 0; i < OPS; i++) {
    v4.set(publicNetwork(i), i * 16)
    v6.set([0x2a, (i * 7) & 31, (i * 91) & 255, (i * 57) & 255, 1], i * 16)
  }
  const found = { value: 0, length: 0 }
  return {
    'find the place, IPv4': (i) => findPlace(bound.places, 4, v4, i * 16, found),
    'find the place, IPv6': (i) => findPlace(bound.places, 6, v6, i * 16, found),
  }
}

/** 26 bytes, as the dice are keyed. */
function hashPart(): Part {
  const key = readSipKey(Uint8Array.from({ length: 16 }, (_, i) => i))
  const message = new Uint8Array(26)
  const state = { lo: 0, hi: 0 }
  return (i) => {
    message[0] = i
    siphash(key, message, 0, 26, state)
  }
}

function answerParts(bound: Bound): Record<string, Part> {
  const context = openContext(bound, 'udp')
  context.nowSec = NOW_SEC
  const source = Uint8Array.of(127, 0, 0, 1)
  const out = new Uint8Array(64 * 4096)
  const part = (kind: QuestionKind): Part => {
    const { bytes, lengths } = packetsOf(kind)
    return (i) => void answer(context, bytes, (i & MASK) * ROOM, lengths[i]!, source, 0, 4, out, (i & 63) * 4096, 4096)
  }
  return {
    'answer: a static A': part('static'),
    'answer: geo and weighted, with Client Subnet': part('steered'),
    'answer: NXDOMAIN': part('nxdomain'),
    'answer: a referral with glue': part('referral'),
    'answer: an ALIAS, resolved beforehand': part('alias'),
  }
}
