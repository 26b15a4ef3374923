// Steered answers as they leave: shares over clients and over time, one pool for A and AAAA, and a scope that keeps its promise.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Context, openContext } from '../../../src/core/answer/context.ts'
import { bindSnapshot } from '../../../src/core/answer/snapshot.ts'
import { maskBytes, type Prefix, printAddress, printPrefix } from '../../../src/core/base/address.ts'
import { decodeWithDns2 } from '../../../src/io/ask/decode.ts'
import { chiSquare, exceededOnceInThousand, openNumbers } from '../../support/chance.ts'
import { askBoth, readBoth } from '../../support/oracle.ts'
import { askBytes, makeWorld, type QuestionText, type TestWorld, writeQuery } from '../../support/snapshot.ts'

/** The last bytes of the addresses that answer, without decoding the whole: the one record of an answer is the last thing in it. */
function lastBytes(context: Context, question: QuestionText, from: string, nowSec?: number): number {
  return askBytes(context, writeQuery(question), from, nowSec)!.at(-1)!
}

const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`

const pools = {
  big: { answers: 1, targets: ['203.0.113.1', '2001:db8::1'] },
  small: { answers: 1, targets: ['203.0.113.2', '2001:db8::2'] },
  uneven: { targets: ['203.0.113.11 *1', '203.0.113.12 *3'] },
  even: { answers: 1, targets: ['203.0.113.21', '203.0.113.22', '203.0.113.23', '203.0.113.24'] },
}
const split = {
  weighted: [
    { to: 'big', weight: 90 },
    { to: 'small', weight: 10 },
  ],
}

describe('shares (20 000 clients, p > 0.001)', () => {
  const world = makeWorld({
    pools,
    services: { split, s1: { failover: ['uneven'] }, s2: { failover: ['even'] } },
    owners: { split: 'split', uneven: 's1', even: 's2' },
  })
  const context = openContext(world.bound, 'udp')

  test.each([
    ['branches of weights 90 and 10', 'split', { 1: 90, 2: 10 }],
    ['targets of weights 1 and 3', 'uneven', { 11: 1, 12: 3 }],
    ['four equal targets', 'even', { 21: 1, 22: 1, 23: 1, 24: 1 }],
  ] as [string, string, Record<number, number>][])('%s, over senders', (_, name, weights) => {
    const seen = new Map<number, number>()
    for (let i = 0; i < 20_000; i++) {
      const last = lastBytes(context, { name: `${name}.example.com` }, address(i))
      seen.set(last, (seen.get(last) ?? 0) + 1)
    }
    const counts = Object.keys(weights).map((last) => seen.get(Number(last)) ?? 0)
    expect(counts.reduce((a, b) => a + b, 0)).toBe(20_000)
    expect(chiSquare(counts, Object.values(weights))).toBeLessThan(exceededOnceInThousand[counts.length - 1]!)
  })

  test('over the time slots of one sender', () => {
    const seen = [0, 0]
    for (let i = 0; i < 20_000; i++)
      seen[lastBytes(context, { name: 'split.example.com' }, '192.0.2.1', 1_800_000_000 + 30 * i) - 1]!++
    expect(chiSquare(seen, [90, 10])).toBeLessThan(exceededOnceInThousand[1]!)
  })

  test('within a slot nothing moves, and each sender moves at a moment of its own', () => {
    let moves = 0
    for (let i = 0; i < 500; i++) {
      const over = Array.from({ length: 31 }, (_, s) =>
        lastBytes(context, { name: 'even.example.com' }, address(i), 1_800_000_000 + s),
      )
      const changes = over.filter((last, s) => s > 0 && last !== over[s - 1]).length
      expect(changes).toBeLessThanOrEqual(2)
      moves += changes
    }
    // Of 500 slots that begin, three in four bring another of the four targets.
    expect(moves).toBeGreaterThan(330)
    expect(moves).toBeLessThan(440)
  })

  test('a target that is down leaves its share to the others', () => {
    world.set('203.0.113.22', 'down')
    const seen = new Map<number, number>()
    for (let i = 0; i < 20_000; i++) {
      const last = lastBytes(context, { name: 'even.example.com' }, address(i))
      seen.set(last, (seen.get(last) ?? 0) + 1)
    }
    world.set('203.0.113.22', 'up')
    expect(seen.get(22)).toBeUndefined()
    const counts = [21, 23, 24].map((last) => seen.get(last)!)
    expect(chiSquare(counts, [1, 1, 1])).toBeLessThan(exceededOnceInThousand[2]!)
  })
})

describe('shares by Client Subnet, a network for each of 20 000 clients', () => {
  let world: TestWorld
  beforeAll(() => {
    // Neighbours are treated by branches of their own, so each network is one throw of the dice.
    const networks = Array.from({ length: 20_000 }, (_, i) => ({
      cidr: `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`,
      name: i % 2 === 0 ? 'even' : 'odd',
    }))
    const again = { weighted: split.weighted.map((member) => ({ ...member })) }
    const web = {
      geo: [{ where: ['network even'], to: split }, { where: ['network odd'], to: again }, { to: 'uneven' }],
    }
    world = makeWorld({ networks, pools, services: { web }, owners: { www: 'web' } })
  })

  const subnet = (i: number): string => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`

  test('are those of the weights, whoever sends them', () => {
    const context = openContext(world.bound, 'udp')
    const seen = [0, 0]
    for (let i = 0; i < 20_000; i++) {
      const response = askBytes(context, writeQuery({ name: 'www.example.com', subnet: subnet(i) }), '192.0.2.1')!
      // The record's data stands in front of the OPT record of 11 + 8 + 3 bytes.
      seen[response.at(-23)! - 1]!++
    }
    expect(seen[0]! + seen[1]!).toBe(20_000)
    expect(chiSquare(seen, [90, 10])).toBeLessThan(exceededOnceInThousand[1]!)
  })

  test('a subnet gets the same whichever resolver brings it', () => {
    for (let i = 0; i < 300; i++) {
      const ask = (from: string) => askBoth(world, { name: 'www.example.com', subnet: subnet(i) }, { from })
      expect(ask('192.0.2.1')).toEqual(ask('2001:db8::53'))
    }
  })
})

describe('agreement', () => {
  const world = makeWorld({
    pools,
    services: { split, geo: { geo: [{ to: split }] } },
    owners: { split: 'split', geo: 'geo' },
    networks: [{ cidr: '20.0.0.0/8', country: 'IE' }],
  })

  const answersOf = (context: Context, type = 1): number[] =>
    Array.from({ length: 1000 }, (_, i) => lastBytes(context, { name: 'split.example.com', type }, address(i)))

  test('replicas with the same secret answer the same', () => {
    const other = openContext(bindSnapshot({ ...world.snapshot, epoch: 9 }), 'tcp')
    expect(answersOf(other)).toEqual(answersOf(openContext(world.bound, 'udp')))
  })

  test('with another secret they do not, but the shares are the same', () => {
    const other = openContext(bindSnapshot({ ...world.snapshot, secret: new Uint8Array(16).fill(1) }), 'udp')
    const mine = answersOf(openContext(world.bound, 'udp'))
    const theirs = answersOf(other)
    // Two independent draws of 90/10 differ with 2 · 0.9 · 0.1.
    const differ = mine.filter((last, i) => last !== theirs[i]).length
    expect(differ).toBeGreaterThan(120)
    expect(differ).toBeLessThan(240)
    expect(
      chiSquare([theirs.filter((last) => last === 1).length, theirs.filter((last) => last === 2).length], [90, 10]),
    ).toBeLessThan(exceededOnceInThousand[1]!)
  })

  test('A and AAAA of one client come from the same pool', () => {
    const context = openContext(world.bound, 'udp')
    expect(answersOf(context, 28)).toEqual(answersOf(context, 1))
  })

  test('a resolver gets the same with and without a subnet, where the answer is for everybody', () => {
    const context = openContext(world.bound, 'udp')
    for (let i = 0; i < 200; i++) {
      const plain = readBoth(askBytes(context, writeQuery({ name: 'split.example.com' }), address(i))!)
      for (const subnet of ['198.51.100.0/24', '2001:db8::/56', '0.0.0.0/0']) {
        const asked = readBoth(askBytes(context, writeQuery({ name: 'split.example.com', subnet }), address(i))!)
        expect([asked.answer, asked.subnet]).toEqual([plain.answer, `${subnet} scope 0`])
      }
    }
  })

  test.each(['split', 'geo'])('an IPv4 sender is the same over a socket of both families: %s', (name) => {
    const context = openContext(world.bound, 'udp')
    for (let i = 0; i < 200; i++) {
      const ask = (from: string): number => lastBytes(context, { name: `${name}.example.com` }, from)
      expect(ask(`::ffff:20.0.${i}.1`)).toBe(ask(`20.0.${i}.1`))
    }
  })
})

describe('health', () => {
  const world = makeWorld({
    pools: {
      near: { targets: ['203.0.113.1', '203.0.113.2', '2001:db8::1'] },
      far: { targets: ['203.0.113.3', '2001:db8::3'] },
    },
    services: { web: { failover: ['near', 'far'] } },
    owners: { www: 'web' },
  })
  const answers = (type = 1): string[] =>
    askBoth(world, { name: 'www.example.com', type })
      .answer.map((line) => line.split(' ').at(-1)!)
      .toSorted()

  test('moves answers away and back, per family; when all is down all answer, but not what was drained', () => {
    expect(answers()).toEqual(['203.0.113.1', '203.0.113.2'])
    world.set('203.0.113.1', 'down')
    expect(answers()).toEqual(['203.0.113.2'])
    world.set('203.0.113.2', 'drained')
    expect(answers()).toEqual(['203.0.113.3'])
    expect(answers(28)).toEqual(['2001:db8::1'])
    world.set('203.0.113.3', 'down')
    expect(answers()).toEqual(['203.0.113.1', '203.0.113.3'])
    world.set('203.0.113.1', 'drained')
    world.set('203.0.113.3', 'drained')
    expect(answers()).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.3'])
    expect(answers(28)).toEqual(['2001:db8::1'])
    world.set('203.0.113.2', 'up')
    world.set('203.0.113.1', 'up')
    expect(answers()).toEqual(['203.0.113.1', '203.0.113.2'])
  })
})

describe('the scope', () => {
  let world: TestWorld
  beforeAll(() => {
    const path = createRequire(import.meta.url).resolve(
      '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
    )
    world = makeWorld({
      databases: [{ name: 'embedded', bytes: readFileSync(path) }],
      networks: [
        { cidr: '198.51.100.0/25', name: 'lab', country: 'JP' },
        { cidr: '10.20.0.0/14', name: 'office', country: 'IE' },
        { cidrs: ['2001:db8:7::/48', 'fd00:5::/32'], name: 'office', country: 'IE' },
      ],
      pools: {
        eu: { at: [53, -8], answers: 1, targets: ['203.0.113.1', '203.0.113.2'] },
        us: { at: [39, -77], answers: 1, targets: ['203.0.113.3', '203.0.113.4'] },
        ap: { at: [1, 104], answers: 1, targets: ['203.0.113.5', '203.0.113.6'] },
      },
      services: {
        web: {
          geo: [
            { where: ['network lab'], to: 'ap' },
            {
              where: ['continent EU'],
              to: {
                weighted: [
                  { to: 'eu', weight: 2 },
                  { to: 'us', weight: 1 },
                ],
              },
            },
            { where: ['country US', 'network office'], to: 'us' },
            { to: { nearest: ['us', 'eu', 'ap'] } },
          ],
        },
      },
      owners: { www: 'web' },
    })
  })

  /** Addresses of all kinds, more of those that are special. */
  function anyPrefix(number: (limit: number) => number): Prefix {
    const kind = number(10)
    const noise = Array.from({ length: 16 }, () => number(256))
    if (kind < 4)
      return cut(
        4,
        kind === 0 ? [10, 16 + number(8), ...noise] : kind === 1 ? [198, 51, 100, ...noise] : noise,
        8 + number(25),
      )
    const heads: readonly (readonly number[])[] = [
      [0x20, 0x02],
      [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x20, 0x01, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
      [0x20, 0x01, 0x0d, 0xb8, 0, number(16)],
      [0xfd, 0, 0, number(16)],
      [0x20 + number(32)],
      [0x2a, number(20)],
      [0x26, number(10)],
      noise,
    ]
    return cut(6, [...heads[number(heads.length)]!, ...noise], 16 + number(113))
  }

  function cut(family: 4 | 6, bytes: readonly number[], length: number): Prefix {
    return { family, length, bytes: maskBytes(Uint8Array.from(bytes.slice(0, family === 4 ? 4 : 16)), length) }
  }

  /** Some address that begins with the first `scope` bits of `bytes`. */
  function within(bytes: Uint8Array, scope: number, number: (limit: number) => number): Uint8Array {
    const inside = bytes.slice()
    for (let bit = scope; bit < bytes.length * 8; bit++) if (number(2) === 1) inside[bit >> 3]! ^= 0x80 >> (bit & 7)
    return inside
  }

  test('keeps its promise: whoever is in it gets the same answer, with the same scope', () => {
    const context = openContext(world.bound, 'udp')
    const number = openNumbers(7871)
    const seen = { families: new Set<number>(), answers: new Set<string>(), scopes: new Set<number>(), compared: 0 }
    const ask = (subnet: Prefix) => {
      const { answer, edns } = decodeWithDns2(
        askBytes(context, writeQuery({ name: 'www.example.com', subnet: printPrefix(subnet) }), '192.0.2.53')!,
      )
      return { answer: answer.map(({ data }) => data).join(' '), scope: edns!.subnet!.scope }
    }
    for (let i = 0; i < 1500; i++) {
      const prefix = anyPrefix(number)
      const first = ask(prefix)
      seen.families.add(prefix.family)
      seen.answers.add(first.answer)
      seen.scopes.add(first.scope)
      for (let n = 0; n < 2; n++) {
        const bytes = within(prefix.bytes, first.scope, number)
        const bits = bytes.length * 8
        const length = n === 0 ? bits : first.scope + number(bits - first.scope + 1)
        const other = { family: prefix.family, length, bytes: maskBytes(bytes, length) }
        expect([printPrefix(prefix), printPrefix(other), ask(other)]).toEqual([
          printPrefix(prefix),
          printPrefix(other),
          first,
        ])
        seen.compared++
      }
    }
    expect(seen.compared).toBe(3000)
    expect(seen.families.size).toBe(2)
    expect(seen.answers.size).toBe(6)
    expect(seen.scopes.size).toBeGreaterThan(40)
  })

  test('is as wide as it can be: one bit less would hold somebody else, or the scope is 0', () => {
    const context = openContext(world.bound, 'udp')
    const placeOf = (bytes: Uint8Array): number => {
      askBytes(context, writeQuery({ name: 'www.example.com', subnet: printAddress(bytes) }))
      return context.client.place
    }
    for (const text of [
      [8, 8, 8, 8],
      [198, 51, 100, 5],
      [198, 51, 100, 200],
      [81, 2, 69, 142],
    ]) {
      const bytes = Uint8Array.from(text)
      askBytes(context, writeQuery({ name: 'www.example.com', subnet: printAddress(bytes) }))
      const { place } = context.client
      const { scope } = context
      expect(scope).toBeGreaterThan(0)
      const sibling = maskBytes(bytes, scope)
      sibling[(scope - 1) >> 3]! ^= 0x80 >> ((scope - 1) & 7)
      // The sibling half is not all of the same place: some address in it is elsewhere.
      const number = openNumbers(scope)
      const others = Array.from({ length: 4000 }, () => placeOf(within(sibling, scope, number)))
      expect(others.some((other) => other !== place)).toBe(true)
    }
  })
})
