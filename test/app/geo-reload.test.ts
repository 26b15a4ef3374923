// A database that is broken, cut short or half-written changes nothing on a running node, and says so everywhere.

import { expect, test } from 'vitest'
import { nodeFacts } from '../../src/app/facts.ts'
import { type Node, startNode } from '../../src/app/node.ts'
import { openLog } from '../../src/io/telemetry/log.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openFolder } from '../support/folder.ts'

const database = (country: string): Uint8Array =>
  writeMmdb(
    Array.from({ length: 200 }, (_, i) => ({
      prefix: `${20 + (i >> 4)}.${(i & 15) << 4}.0.0/${16 + (i & 7)}`,
      record: { country_code: country, asn: i + 1 },
    })),
    { type: `of ${country}` },
  )
const first = database('IE')
const second = database('US')

const broken: readonly (readonly [string, Uint8Array])[] = [
  ['an empty file', new Uint8Array(0)],
  ['a file cut short', second.subarray(0, second.length - 100)],
  ['the first half of a file', second.subarray(0, second.length >> 1)],
  ['a page of an error', new TextEncoder().encode('<!doctype html><title>503</title>')],
  ['half of one file and half of another', Buffer.concat([second.subarray(0, 300), first.subarray(1500)])],
  ['a tree that points beyond its data', second.with(3, 0xff).with(4, 0xff)],
]

async function countryFor(node: Node): Promise<string> {
  const question = {
    name: 'www.example.com',
    type: 'A',
    client: '20.0.0.0/24',
    resolver: undefined,
    at: undefined,
    down: [],
  }
  const explained = await nodeFacts(node.state).explain(question)
  if (!explained.ok) throw new Error(explained.error)
  const { steps } = explained.value as { steps: readonly { topic: string; text: string }[] }
  return /, in (\w\w),/.exec(steps.find(({ topic }) => topic === 'client')!.text)![1]!
}

test('a broken database is refused, and the old one stays', { timeout: 60_000 }, async () => {
  const lines: string[] = []
  using folder = openFolder({
    'meridian.yaml': {
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      prober: false,
      geo: { databases: ['places.mmdb'] },
    },
    'places.mmdb': first,
    'zones/example.com.yaml': {
      zone: 'example.com',
      soa: { rname: 'hostmaster' },
      ns: ['ns1'],
      records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' } },
      pools: { eu: { targets: [{ address: '192.0.2.1' }] }, us: { targets: [{ address: '192.0.2.2' }] } },
      services: { web: { steer: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'us' }] } } },
    },
  })
  const started = await startNode({
    role: 'serve',
    file: `${folder.path}/meridian.yaml`,
    openLog: () => openLog({ level: 'error', to: { write: (line: string) => void lines.push(line) } }),
  })
  if ('problems' in started) throw new Error(JSON.stringify(started.problems))
  const { node } = started
  const facts = nodeFacts(node.state)
  const refusals = (): number =>
    Number(/meridian_reloads_total\{outcome="refused"\} (\d+)/.exec(facts.metricsText())![1])
  try {
    const { hash } = node.state.loaded.snapshot
    expect(await countryFor(node)).toBe('IE')
    for (const [what, bytes] of broken) {
      const before = refusals()
      lines.length = 0
      folder.write('places.mmdb', bytes) // in place, as nobody should
      const problems = await node.reload()
      const said = expect.stringContaining('places.mmdb')
      expect([what, ...problems.map(({ path }) => path)]).toEqual([what, 'geo.databases[0]'])
      expect(problems[0]!.message).toEqual(said)
      expect(await countryFor(node)).toBe('IE')
      expect(node.state.loaded.snapshot.hash).toBe(hash)
      expect(refusals()).toBeGreaterThan(before)
      expect(lines.join('')).toEqual(said)
      expect(facts.status()).toMatchObject({
        geo: [{ name: 'places.mmdb', type: 'of IE' }],
        reloads: { lastProblems: [said] },
      })
    }
    folder.replace('places.mmdb', second)
    expect(await node.reload()).toEqual([])
    expect(await countryFor(node)).toBe('US')
    const ageSec = (Date.now() - Date.parse('2026-05-28T20:26:40Z')) / 1000
    expect(facts.status()).toMatchObject({
      geo: [{ name: 'places.mmdb', type: 'of US', builtAt: '2026-05-28T20:26:40.000Z' }],
      reloads: { lastProblems: [] },
    })
    const age = Number(
      /meridian_geo_database_age_seconds\{database="places.mmdb"\} (\d+)/.exec(facts.metricsText())![1],
    )
    expect(Math.abs(age - ageSec)).toBeLessThan(60)
    const [{ ageSec: shown }] = (facts.status() as { geo: [{ ageSec: number }] }).geo
    expect(Math.abs(shown - ageSec)).toBeLessThan(60)
  } finally {
    await node.stop()
  }
})
