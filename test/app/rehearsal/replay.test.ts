// A query log through two configurations.

import { describe, expect, test } from 'vitest'
import { replay, type ReplayCounts, type Replayed } from '../../../src/app/rehearsal/replay.ts'
import { type Configuration, stageOf } from './configurations.ts'

interface Run {
  readonly counts: ReplayCounts
  readonly found: readonly Replayed[]
  readonly bad: readonly [line: number, message: string][]
}

function run(old: Configuration, fresh: Configuration, lines: readonly string[]): Run {
  const found: Replayed[] = []
  const bad: [number, string][] = []
  const counts = replay({ old: stageOf(old), new: stageOf(fresh) }, lines, {
    nowSec: 1_800_000_000,
    found: (replayed) => found.push(replayed),
    bad: (line, message) => bad.push([line, message]),
    progress: () => undefined,
  })
  return { counts, found, bad }
}

const geo = (canada: unknown) => ({ geo: [{ where: ['country CA'], to: canada }, { to: 'eu' }] })
const weighted = [
  { to: 'us', weight: 1 },
  { to: 'ap', weight: 1 },
]

/** A thousand lines: names, types and clients of all four countries, in turn. */
const log = Array.from({ length: 1000 }, (_, i) => {
  const name = ['www.example.com', 'mail.example.com', 'WWW.Example.com.', 'nowhere.example.com', 'other.example'][
    i % 5
  ]
  return `${name} ${i % 3 === 0 ? 'AAAA' : 'A'} ${11 + (i % 4)}.${i & 255}.${(i * 7) & 255}.9 noerror 1.2ms`
})

test('of the same configuration finds nothing', () => {
  const { counts } = run({ steer: geo({ weighted }) }, { steer: geo({ weighted }) }, log)
  expect(counts).toEqual({ queries: 1000, different: 0, dice: 0, bad: 0 })
})

test('finds each answer that a changed branch gives, and no other, with its line', () => {
  const { counts, found } = run({ steer: geo('us') }, { steer: geo('ap') }, log)
  const canadian = log.flatMap((line, i) => (/^www\.example\.com/i.test(line) && line.includes(' 14.') ? [i + 1] : []))
  expect(canadian.length).toBeGreaterThan(50)
  expect(found.map(({ line }) => line)).toEqual(canadian)
  expect(counts.different).toBe(canadian.length)
  expect(found[0]).toMatchObject({
    kinds: ['answer'],
    old: { pools: ['us'], scope: 8, ttlSec: 30 },
    new: { pools: ['ap'], scope: 8, ttlSec: 30 },
  })
})

test('what falls elsewhere by the dice alone is counted apart', () => {
  // A branch that is compiled before them moves the nodes of the tree, and the dice with them.
  const pools = { none: { targets: [{ address: '192.0.2.9', drained: true }] } }
  const { counts } = run({ steer: { weighted }, pools }, { steer: { failover: ['none', { weighted }] }, pools }, log)
  expect(counts.different).toBe(0)
  // Half of the 400 questions with an answer.
  expect(counts.dice).toBeGreaterThan(150)
  expect(counts.dice).toBeLessThan(250)
})

test('tells a changed TTL, and a changed record of a static name', () => {
  const { found } = run(
    { steer: 'eu', ttl: '30s' },
    { steer: 'eu', ttl: '60s', records: { mail: { A: '192.0.2.99' } } },
    ['www.example.com A 11.0.0.1', 'mail.example.com A 11.0.0.1'],
  )
  expect(found.map(({ kinds, new: side }) => [kinds, side.records[0]])).toEqual([
    [['ttl'], '192.0.2.1'],
    [['answer'], '192.0.2.99, TTL 3600 s'],
  ])
})

describe('lines', () => {
  test('that are empty or remarks are passed over; others that are no queries are told with their number', () => {
    const { counts, bad } = run({ steer: 'eu' }, { steer: 'us' }, [
      '# name type client',
      '',
      'www.example.com',
      'www.example.com AAAAA 11.0.0.1',
      'a..b A 11.0.0.1',
      'www.example.com A 11.0.0.0.1',
      'www.example.com A 11.0.0.0/8',
      '  www.example.com\tA\t2a00::1  and more',
    ])
    expect(counts).toEqual({ queries: 2, different: 2, dice: 0, bad: 4 })
    expect(bad).toEqual([
      [3, 'expected a name, a type and a client, found "www.example.com"'],
      [4, 'expected a record type such as A or TYPE65, found "AAAAA" (did you mean "AAAA"?)'],
      [5, expect.stringMatching(/^expected a domain name, found /)],
      [6, 'expected an address or prefix for the client, found "11.0.0.0.1"'],
    ])
  })
})
