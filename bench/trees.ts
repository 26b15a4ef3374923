// What a big steering tree costs beside a small one: to load, and to answer from. The same clients ask both, of whom some are
// in networks of the operator's.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadNode } from '../src/app/load.ts'
import { answer } from '../src/core/answer/answer.ts'
import { openContext } from '../src/core/answer/context.ts'
import { type Bound, bindSnapshot } from '../src/core/answer/snapshot.ts'
import { countries } from '../src/core/geo/country.ts'
import { median } from './statistics.ts'
import { publicNetwork, questions, writeWorld } from './world.ts'

interface TreeSize {
  readonly pools: number
  readonly countries: number
  readonly networks: number
}

export const SMALL: TreeSize = { pools: 3, countries: 5, networks: 10 }
export const BIG: TreeSize = { pools: 50, countries: 250, networks: 10_000 }

interface TreeCost {
  /** To read, check and compile everything, the geo database included. */
  readonly loadMs: number
  readonly answerNs: number
}

const OPS = 1024
const ROOM = 192

/** Writes a configuration in which the tree has that size; the folder is the caller's to remove. */
function writeTree({ pools, countries: many, networks }: TreeSize): string {
  const folder = writeWorld(['batched'])
  const pool = (i: number): string => `p${i % pools}`
  const to = (i: number): string => `{ failover: [${pool(i)}, ${pool(i + 1)}, ${pool(i + 2)}] }`
  const codes = [...countries.keys()]
  const rules = Array.from({ length: many }, (_, i) => `{ where: [country ${codes[i]}], to: ${to(i)} }`)
  for (let i = 0; i < pools; i++) {
    const names = Array.from({ length: Math.ceil((networks - i) / pools) }, (_, n) => `network n${i + n * pools}`)
    rules.push(`{ where: [${names.join(', ')}], to: ${to(i)} }`)
  }
  const lines = Array.from(
    { length: pools },
    (_, i) => `  p${i}: { check: up, targets: [{ address: 203.0.113.${i + 1} }] }`,
  )
  const zone = `zone: steered.example
soa: { mname: ns1, rname: hostmaster }
ns: [ns1]
records: { ns1: { A: 192.0.2.53 }, www: { service: web } }
checks: { up: { tcp: { port: 80 } } }
pools:
${lines.join('\n')}
services:
  web:
    ttl: 30s
    steer:
      geo:
        - ${[...rules, `{ to: ${to(0)} }`].join('\n        - ')}
`
  writeFileSync(join(folder, 'zones/steered.example.yaml'), zone)
  const rows = Array.from({ length: networks }, (_, i) => `${publicNetwork(i).join('.')}.0/24,n${i}`)
  writeFileSync(join(folder, 'networks.csv'), `cidr,name\n${rows.join('\n')}\n`)
  writeFileSync(
    join(folder, 'batched.yaml'),
    'node: { name: bench, region: eu }\nprober: false\nzones: zones/steered.example.yaml\ngeo: { networks: networks.csv }\n',
  )
  return folder
}

/** Loads a tree twice, and tells of the second time: the first warms up. */
function openTree(size: TreeSize): { bound: Bound; loadMs: number } {
  const folder = writeTree(size)
  try {
    loadNode(join(folder, 'batched.yaml'), 1)
    const started = performance.now()
    const { loaded, problems } = loadNode(join(folder, 'batched.yaml'), 1)
    if (!loaded) throw new Error(JSON.stringify(problems))
    return { bound: bindSnapshot(loaded.snapshot), loadMs: performance.now() - started }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One batch of questions to the one, one to the other, so that both meet the same noise; the first half warms up. */
export function measureTrees(ms: number): { small: TreeCost; big: TreeCost } {
  const trees = [openTree(SMALL), openTree(BIG)]
  const sides = trees.map(({ bound, loadMs }) => ({ ask: openAnswering(bound), loadMs, ns: [] as number[] }))
  const startedMs = performance.now()
  for (let nowMs = startedMs; nowMs < startedMs + 2 * ms; ) {
    for (const { ask, ns } of sides) {
      const before = performance.now()
      for (let i = 0; i < OPS; i++) ask(i)
      nowMs = performance.now()
      if (nowMs > startedMs + ms) ns.push(((nowMs - before) * 1e6) / OPS)
    }
  }
  const [small, big] = sides.map(({ loadMs, ns }) => ({ loadMs, answerNs: median(ns) }))
  return { small: small!, big: big! }
}

/** Answers one question after the other; call it with 0, 1, 2 …. */
function openAnswering(bound: Bound): (i: number) => void {
  const bytes = new Uint8Array(OPS * ROOM)
  const lengths = new Int32Array(OPS)
  for (let i = 0; i < OPS; i++) {
    const query = questions.steered(i * 13)
    bytes.set(query, i * ROOM)
    lengths[i] = query.length
  }
  const context = openContext(bound, 'udp')
  context.nowSec = 1_800_000_000
  const source = Uint8Array.of(127, 0, 0, 1)
  const out = new Uint8Array(64 * 4096)
  return (i) =>
    void answer(
      context,
      bytes,
      (i & (OPS - 1)) * ROOM,
      lengths[i & (OPS - 1)]!,
      source,
      0,
      4,
      out,
      (i & 63) * 4096,
      4096,
    )
}
