// Response rate limiting in virtual time: who is limited, what shares a limit, what goes out instead.

import { describe, expect, test } from 'vitest'
import { type Context, limitRates, openContext } from '../../../src/core/answer/context.ts'
import type { Transport } from '../../../src/core/answer/counters.ts'
import { compileLimits, type KindName, rateLimitConfig } from '../../../src/core/answer/limits.ts'
import { sumCounters } from '../../../src/io/telemetry/counters.ts'
import { opt, option, packet } from '../../support/packet.ts'
import { askBytes, makeWorld, type QuestionText, type TestWorld, writeQuery } from '../../support/snapshot.ts'

const zone = `
@ 3600 SOA ns1 hostmaster 1 3600 900 1209600 30
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
www 300 A 192.0.2.1
www 300 TXT "one"
mail 300 A 192.0.2.2
*.wild 300 A 192.0.2.3
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.4
a.deep 300 A 192.0.2.5
alias 300 CNAME www
one 300 ALIAS one.far.example.net.
two 300 ALIAS two.far.example.net.
`
/** Larger than the zone before, so that its nodes stand where that one has none. */
const farZone =
  Array.from({ length: 200 }, (_, i) => `name${i} A 192.0.2.1\n`).join('') +
  'one.far A 192.0.2.1\ntwo.far A 192.0.2.2\n'

interface Bench {
  readonly world: TestWorld
  readonly context: Context
  nowMs: number
  /** 'answer', 'TC' or 'silence'. */
  ask(question: QuestionText | string, from?: string): string
  bytes(query: Uint8Array, from?: string): Uint8Array | undefined
  limited(): Partial<Record<string, number>>
}

function open(settings: object, sharers = 1, transport: Transport = 'udp'): Bench {
  const limits = compileLimits(rateLimitConfig.parse({ window: '1s', per_second: 5, errors: 5, ...settings }))
  const options = { limits, cookieSecrets: [new TextEncoder().encode('sixteen byte key')] }
  const world = makeWorld({ zones: { 'example.com': zone, 'example.net': farZone }, options })
  const context = openContext(world.bound, transport)
  limitRates(context, { sharers, seed: 4711 })
  const bench: Bench = {
    world,
    context,
    nowMs: 0,
    ask(question, from = '198.51.100.7') {
      const query = writeQuery(typeof question === 'string' ? { name: question } : question)
      const response = bench.bytes(query, from)
      return response === undefined ? 'silence' : response[2]! & 2 ? 'TC' : 'answer'
    },
    bytes(query, from = '198.51.100.7') {
      context.nowMs = bench.nowMs | 0
      return askBytes(context, query, from, 1_800_000_000 + Math.floor(bench.nowMs / 1000))
    },
    limited() {
      const [totals] = sumCounters([context.counters.buffer as SharedArrayBuffer])
      const some = totals!.limited.filter(({ count }) => count > 0)
      return Object.fromEntries(some.map(({ kind, outcome, count }) => [`${kind} ${outcome}`, count]))
    },
  }
  return bench
}

const many = (count: number, ask: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => ask(i))
const tally = (outcomes: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(outcomes)].map((one) => [one, outcomes.filter((other) => other === one).length]))

describe('what shares a limit', () => {
  const rows: readonly (readonly [string, KindName, (i: number) => QuestionText])[] = [
    ['one name, whatever its type', 'answer', (i) => ({ name: 'www.example.com', type: i % 2 ? 16 : 1 })],
    ['one name, in any case', 'answer', (i) => ({ name: i % 2 ? 'WWW.example.com' : 'www.EXAMPLE.com' })],
    ['an alias and its target', 'answer', (i) => ({ name: i % 2 ? 'alias.example.com' : 'www.example.com' })],
    ['ANY', 'answer', () => ({ name: 'www.example.com', type: 255 })],
    ['any Client Subnet', 'answer', (i) => ({ name: 'www.example.com', subnet: `10.0.${i}.0/24` })],
    ['random names of a wildcard', 'wildcard', (i) => ({ name: `r${i}.wild.example.com` })],
    ['random names beneath a delegation', 'referral', (i) => ({ name: `r${i}.sub.example.com` })],
    ['random names that do not exist', 'nxdomain', (i) => ({ name: `r${i}.${i % 2 ? 'www.' : ''}example.com` })],
    ['types that a name does not have', 'nodata', (i) => ({ name: 'mail.example.com', type: 60 + i })],
    ['names of an empty non-terminal', 'nodata', () => ({ name: 'deep.example.com' })],
    [
      'errors of every kind',
      'error',
      (i) => (i % 2 ? { name: 'example.org' } : { name: 'www.example.com', type: 252 }),
    ],
  ]
  test.each(rows)('%s', (_, kind, question) => {
    const bench = open({})
    const outcomes = tally(many(12, (i) => bench.ask(question(i))))
    const limitedAs = kind === 'error' ? 'silence' : 'TC'
    expect(outcomes).toEqual({ answer: 5, [limitedAs]: 7 })
    expect(bench.limited()).toEqual({ [`${kind} ${kind === 'error' ? 'dropped' : 'slipped'}`]: 7 })
  })
})

describe('what does not', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['another name', 'mail.example.com', '198.51.100.7'],
    ['a name that does not exist', 'nowhere.example.com', '198.51.100.7'],
    ['another zone', 'nowhere.example.net', '198.51.100.7'],
    ['an error', 'example.org', '198.51.100.7'],
    ['a client of another prefix', 'www.example.com', '198.51.101.7'],
    ['the same bits as an IPv6 address', 'www.example.com', 'c633:6400::7'],
  ]
  test.each(rows)('%s', (_, question, from) => {
    const bench = open({})
    many(20, () => bench.ask('www.example.com'))
    expect(bench.ask('www.example.com')).toBe('TC')
    expect(bench.ask(question, from)).toBe('answer')
  })
})

test('aliases that lead to names of another zone are limited each for itself', () => {
  const bench = open({})
  many(20, () => bench.ask('one.example.com'))
  expect(bench.ask('one.example.com')).toBe('TC')
  expect(bench.ask('two.example.com')).toBe('answer')
})

describe('who is one client', () => {
  test.each([
    ['192.0.2.1', '192.0.2.254', {}, 'TC'],
    ['192.0.2.1', '192.0.3.1', {}, 'answer'],
    ['192.0.2.1', '192.0.3.1', { ipv4_prefix: 16 }, 'TC'],
    ['192.0.2.1', '192.0.2.2', { ipv4_prefix: 32 }, 'answer'],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', {}, 'TC'],
    ['2001:db8:0:1::1', '2001:db8:0:100::1', {}, 'answer'],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', { ipv6_prefix: 64 }, 'answer'],
    ['2001:db8:0:1::1', '2001:db8:ffff::1', { ipv6_prefix: 32 }, 'TC'],
    ['2001:db8:0:1::1', '2001:db9::1', { ipv6_prefix: 32 }, 'answer'],
  ])('after a flood from %s, %s with %o gets: %s', (flooding, other, settings, expected) => {
    const bench = open(settings)
    many(30, () => bench.ask('www.example.com', flooding))
    expect(bench.ask('www.example.com', other)).toBe(expected)
  })
})

describe('slip', () => {
  test.each([
    [0, { answer: 5, silence: 60 }],
    [1, { answer: 5, TC: 60 }],
    [2, { answer: 5, TC: 30, silence: 30 }],
    [10, { answer: 5, TC: 6, silence: 54 }],
  ])('%i', (slip, expected) => {
    const bench = open({ slip })
    expect(tally(many(65, () => bench.ask('www.example.com')))).toEqual(expected)
  })

  test('what slips is no longer than its query, and says what the answer said', () => {
    const bench = open({})
    const query = writeQuery({ name: 'nowhere.example.com', subnet: '10.0.0.0/24' })
    const responses = Array.from({ length: 6 }, () => bench.bytes(query)!)
    expect(responses[0]!.length).toBeGreaterThan(query.length)
    expect(responses[5]!.length).toBeLessThanOrEqual(query.length)
    expect(responses[5]![3]! & 15).toBe(3)
    expect([...responses[5]!.subarray(4, 12)]).toEqual([0, 1, 0, 0, 0, 0, 0, 1])
  })
})

describe('who is never limited', () => {
  const flood = (bench: Bench, from?: string): Record<string, number> =>
    tally(many(50, () => bench.ask('www.example.com', from)))

  test('TCP: its address is proven', () => expect(flood(open({}, 1, 'tcp'))).toEqual({ answer: 50 }))
  test('off', () => expect(flood(open({ mode: 'off' }))).toEqual({ answer: 50 }))
  test('a rate of 0 is no limit', () => expect(flood(open({ per_second: 0 }))).toEqual({ answer: 50 }))
  test('this machine', () => expect(flood(open({}), '127.0.0.1')).toEqual({ answer: 50 }))

  test('networks that are exempt, and they alone', () => {
    const bench = open({ exempt: ['198.51.100.0/25', '2001:db8::/32'] })
    expect(flood(bench, '198.51.100.7')).toEqual({ answer: 50 })
    expect(flood(bench, '2001:db8::1')).toEqual({ answer: 50 })
    expect(flood(bench, '198.51.100.200')).toMatchObject({ TC: 50 })
    expect(bench.limited()).toEqual({ 'answer slipped': 50 })
  })

  test('who brings a valid cookie; a made-up one does not help', () => {
    const bench = open({})
    const ask = (cookie: readonly number[]): Uint8Array =>
      bench.bytes(packet({ additionals: [opt({ options: [option(10, cookie)] })] }))!
    const first = ask([1, 2, 3, 4, 5, 6, 7, 8])
    const cookie = [...first.subarray(-24)]
    for (let i = 0; i < 50; i++) expect(ask(cookie)[2]! & 2).toBe(0)
    const forged = [...cookie.slice(0, 23), cookie[23]! ^ 1]
    expect(tally(many(50, () => (ask(forged)[2]! & 2 ? 'TC' : 'answer')))).toEqual({ answer: 4, TC: 46 })
    // Truncated it still brings the cookie to come again with.
    expect([...ask(forged).subarray(-24, -16)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('in the course of time', () => {
  test('a forged flood of ten seconds gets the rate and one window, and a second later all is as before', () => {
    const bench = open({ per_second: 100, slip: 0, window: '2s' })
    let answered = 0
    for (bench.nowMs = 0; bench.nowMs < 10_000; bench.nowMs++)
      for (let k = 0; k < 10; k++) if (bench.ask('www.example.com') === 'answer') answered++
    expect(answered).toBeGreaterThanOrEqual(1190)
    expect(answered).toBeLessThanOrEqual(1200)
    bench.nowMs += 1000
    expect(tally(many(100, () => bench.ask('www.example.com')))).toEqual({ answer: 100 })
  })

  test('the bytes of a flood of made-up names come back no larger than they were sent, but for the rate', () => {
    const bench = open({ per_second: 50 })
    let sent = 0
    let came = 0
    for (let i = 0; i < 20_000; i++) {
      bench.nowMs = i
      const query = writeQuery({ name: `r${i}.example.com`, edns: true })
      sent += query.length
      came += bench.bytes(query)?.length ?? 0
    }
    // 20 s at 50 a second, and a window, each at most 60 bytes more than its query.
    expect(came - sent).toBeLessThan(21 * 50 * 60)
    expect(bench.limited()).toEqual({ 'nxdomain slipped': 20_000 - 1050 + 1 })
  })

  test('a busy resolver behind one address is never refused: whatever it asks, it gets the answer or TC', () => {
    const bench = open({ per_second: 20 })
    const names = ['www', 'mail', 'a.wild', 'b.wild', 'x.sub', 'gone', 'deep']
    const outcomes = many(5000, (i) => {
      bench.nowMs += i % 3
      return bench.ask(`${names[i % names.length]}.example.com`)
    })
    const { answer = 0, TC = 0, ...others } = tally(outcomes)
    expect(others).toEqual({})
    expect(answer).toBeGreaterThan(500)
    expect(TC).toBeGreaterThan(500)
    const tcp = openContext(bench.world.bound, 'tcp')
    limitRates(tcp, { sharers: 1, seed: 1 })
    for (const name of names) {
      const response = askBytes(tcp, writeQuery({ name: `${name}.example.com` }), '198.51.100.7')
      expect(response![2]! & 2).toBe(0)
    }
  })

  test('workers share the limit, and a reload is no amnesty', () => {
    const bench = open({ per_second: 8 }, 4)
    expect(tally(many(10, () => bench.ask('www.example.com')))).toEqual({ answer: 2, TC: 8 })
    limitRates(bench.context, { sharers: 4, seed: 5 })
    expect(bench.ask('www.example.com')).toBe('TC')
  })

  test('a clock that wraps around limits no one for longer', () => {
    const bench = open({})
    bench.nowMs = 2 ** 31 - 200
    many(20, () => bench.ask('www.example.com'))
    bench.nowMs += 1000
    expect(tally(many(5, () => bench.ask('www.example.com')))).toEqual({ answer: 5 })
  })
})

test('all: whatever a prefix asks counts', () => {
  const bench = open({ per_second: 100, all: 10 })
  const names = ['www', 'mail', 'gone', 'x.wild', 'ns1']
  expect(tally(many(25, (i) => bench.ask(`${names[i % 5]}.example.com`)))).toEqual({ answer: 10, TC: 15 })
  expect(bench.limited()).toEqual({ 'all slipped': 15 })
})

test('log_only answers everything and counts what it would not have', () => {
  const bench = open({ mode: 'log_only', slip: 0 })
  expect(tally(many(20, () => bench.ask('www.example.com')))).toEqual({ answer: 20 })
  expect(bench.limited()).toEqual({ 'answer spared': 15 })
})
