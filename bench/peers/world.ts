// What all servers serve when they are compared: the static zone of the benchmarks, and one name that is steered by the
// client's continent to one of three pools, each with two targets of weights 1 and 3 that are watched. The places are those
// of the embedded database, written once more in the shape of GeoIP2, which every server reads; clients are 100 000 of its networks.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countryRows } from '../../src/core/geo/countries.ts'
import { type Database, openDatabase } from '../../src/core/geo/mmdb.ts'
import { mergeRanges } from '../../src/core/geo/ranges.ts'
import { specialRanges } from '../../src/core/geo/special.ts'
import { writeMmdb } from '../../test/core/geo/mmdb-writer.ts'
import { openNumbers } from '../../test/support/chance.ts'
import type { Question } from '../expectation.ts'
import { addressOf, nameOf, questions, writeQuery } from '../world.ts'

export const STEERED_APEX = 'steered.example'
export const CLIENTS = 100_000

/** Weights 1 and 3. */
export const pools = {
  eu: ['192.0.2.10', '192.0.2.11'],
  us: ['198.51.100.10', '198.51.100.11'],
  ap: ['203.0.113.10', '203.0.113.11'],
} as const
export type Pool = keyof typeof pools

/** Pools in order of preference. */
export const orders: Readonly<Record<string, readonly Pool[]>> = {
  EU: ['eu', 'us', 'ap'],
  AF: ['eu', 'us', 'ap'],
  AS: ['ap', 'us', 'eu'],
  OC: ['ap', 'us', 'eu'],
  NA: ['us', 'eu', 'ap'],
  SA: ['us', 'eu', 'ap'],
  AN: ['us', 'eu', 'ap'],
}
export const REST: readonly Pool[] = ['us', 'eu', 'ap']

export interface PeersWorld {
  readonly folder: string
  readonly database: string
  readonly questions: Readonly<Record<Scenario, readonly Question[]>>
}

export const scenarios = ['static', 'steered', 'nxdomain', 'wildcard', 'referral', 'cname'] as const
export type Scenario = (typeof scenarios)[number]

/** Different questions of the plain kinds: more than any cache of the processor would like. */
const PLAIN = 20_000

const continents = new Map(countryRows.map((row) => row.split(' ') as [string, string]))

/** Makes the database's bytes and the questions. */
export function makeWorld(): { database: Uint8Array; questions: PeersWorld['questions'] } {
  const file = 'node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'
  const path = join(new URL('../..', import.meta.url).pathname, file)
  const source = openDatabase('embedded', readFileSync(path))
  if ('message' in source) throw new Error(source.message)
  return { database: writeDatabase(source), questions: makeQuestions(source) }
}

interface Range {
  readonly start: number
  /** The first address behind it. */
  readonly end: number
  readonly country: string
  readonly continent: string
}

/** Without what is nowhere on the Internet, whatever a database says of it: servers differ about that. */
function* knownRanges({ v4: all, records }: Database): Generator<Range> {
  const v4 = mergeRanges(all, specialRanges(4), (record, isSpecial) => (isSpecial === 1 ? 0 : record))
  for (let i = 0; i < v4.count; i++) {
    const { country } = records[v4.values[i]!]!
    const continent = continents.get(country)
    const end = i + 1 < v4.count ? v4.starts[i + 1]! : 2 ** 32
    if (continent !== undefined) yield { start: v4.starts[i]!, end, country, continent }
  }
}

function writeDatabase(source: Database): Uint8Array {
  const entries: { prefix: string; record: unknown }[] = []
  for (const { start, end, country, continent } of knownRanges(source)) {
    const record = { continent: { code: continent }, country: { iso_code: country } }
    for (let at = start; at < end; ) {
      let size = 1
      while (at % (2 * size) === 0 && at + 2 * size <= end && size < 2 ** 24) size *= 2
      entries.push({ prefix: `${addressText(at)}/${32 - Math.log2(size)}`, record })
      at += size
    }
  }
  return writeMmdb(entries, { type: 'GeoIP2-Country', recordSize: 32 })
}

function addressText(word: number): string {
  return [word / 2 ** 24, word / 2 ** 16, word / 2 ** 8, word].map((part) => Math.floor(part) & 255).join('.')
}

/** Networks of 256 addresses that lie in one country each, drawn evenly among all of these. */
function drawClients(source: Database): { word: number; continent: string }[] {
  const whole = [...knownRanges(source)].map((range) => {
    const first = Math.ceil(range.start / 256)
    return { first, count: Math.max(0, Math.floor(range.end / 256) - first), continent: range.continent }
  })
  const total = whole.reduce((sum, { count }) => sum + count, 0)
  const numbers = openNumbers(20_261_121)
  const drawn = new Set<number>()
  while (drawn.size < CLIENTS) drawn.add(numbers(total))
  const sorted = [...drawn].sort((a, b) => a - b)
  const clients: { word: number; continent: string }[] = []
  let before = 0
  let next = 0
  for (const { first, count, continent } of whole) {
    for (; next < sorted.length && sorted[next]! < before + count; next++)
      clients.push({ word: (first + sorted[next]! - before) * 256, continent })
    before += count
  }
  // Asked for in an order that is none of theirs.
  return clients.map((_, i) => clients[(i * 77_773) % clients.length]!)
}

function makeQuestions(source: Database): PeersWorld['questions'] {
  const plain = (make: (i: number) => Question): Question[] => Array.from({ length: PLAIN }, (_, i) => make(i))
  const steered = drawClients(source).map(({ word, continent }): Question => {
    const network = [(word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255] as const
    const [pool] = orders[continent]!
    return { query: writeQuery(`www.${STEERED_APEX}`, network), rcode: 0, answers: 1, addresses: pools[pool!] }
  })
  return {
    static: plain((i) => ({ query: questions.static(i), rcode: 0, answers: 1, addresses: [addressOf(nameOf(i))] })),
    steered,
    nxdomain: plain((i) => ({ query: questions.nxdomain(i), rcode: 3, answers: 0 })),
    wildcard: plain((i) => ({ query: questions.wildcard(i), rcode: 0, answers: 1, addresses: ['192.0.2.7'] })),
    referral: plain((i) => ({ query: questions.referral(i), rcode: 0, answers: 0 })),
    cname: plain((i) => ({ query: questions.cname(i), rcode: 0, answers: 2 })),
  }
}
