// Writing responses: compression against the question and names before, limits, and taking back.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sameName } from '../../../src/core/wire/name.ts'
import { decodeQuery, openQuery, type Query } from '../../../src/core/wire/query.ts'
import {
  cutReply,
  finishReply,
  fits,
  offsetOf,
  openReply,
  type Reply,
  startReply,
  writeBytes,
  writeHead,
  writeName,
} from '../../../src/core/wire/reply.ts'
import { optSize, writeOpt } from '../../../src/core/wire/opt.ts'
import { readName } from '../../../src/io/ask/walk.ts'
import { opt, packet, question, subnet } from '../../support/packet.ts'
import { nameOf } from '../../support/snapshot.ts'

/** A reply to a request, in the middle of a dirty buffer. */
function open(request: Uint8Array, start = 100): { r: Reply; q: Query } {
  const q = openQuery()
  decodeQuery(request, 0, request.length, q)
  const r = openReply()
  r.bytes = new Uint8Array(70_000).fill(0xc1)
  r.start = start
  r.end = start + 65_535
  r.limit = r.end
  startReply(r, request, 0, q)
  return { r, q }
}

const message = (r: Reply): Uint8Array => r.bytes.subarray(r.start, r.at)

describe('names', () => {
  test.each([
    ['the question’s name', 'www.example.com.', [0xc0, 12]],
    ['in another case', 'WWW.example.COM.', [0xc0, 12]],
    ['its parent', 'example.com.', [0xc0, 16]],
    ['a sibling', 'ns.example.com.', [2, 110, 115, 0xc0, 16]],
    ['a name beneath', 'a.www.example.com.', [1, 97, 0xc0, 12]],
    ['a stranger', 'org.', [3, 111, 114, 103, 0]],
    ['the root', '.', [0]],
  ])('%s is written as short as it can be', (_, name, expected) => {
    const { r, q } = open(packet())
    const before = r.at
    const offset = writeName(r, q, nameOf(name), 0)
    expect([...r.bytes.subarray(before, r.at)]).toEqual(expected)
    // What is returned can be pointed at.
    if (name !== '.') expect(sameName(readName(message(r), offset)!.name, nameOf(name))).toBe(true)
  })

  test('names written before are pointed at, from the longest part that is known', () => {
    const { r, q } = open(packet())
    writeName(r, q, nameOf('a.b.example.net.'), 0)
    const second = r.at
    writeName(r, q, nameOf('x.b.example.net.'), 0)
    expect([...r.bytes.subarray(second, r.at)]).toEqual([1, 120, 0xc0, second - r.start - 15])
  })

  test('a name whose own tail repeats its head is not compressed against itself', () => {
    const { r, q } = open(packet())
    writeName(r, q, nameOf('a.a.a.'), 0)
    expect([...r.bytes.subarray(r.start + 12 + 21, r.at)]).toEqual([1, 97, 1, 97, 1, 97, 0])
  })

  test.each([
    ['@', '`'],
    ['[', '{'],
    ['Z', 'z'],
  ])('%s and %s are the same in compression only where they are letters', (capital, small) => {
    const { r, q } = open(packet({ questions: [question(`\\${small}.example.com.`)] }))
    const before = r.at
    writeName(r, q, nameOf(`\\${capital}.example.com.`), 0)
    expect(r.at - before).toBe(capital === 'Z' ? 2 : 4)
  })

  test('without a question there is nothing of it to point at', () => {
    const { r, q } = open(packet({ questions: [] }))
    writeName(r, q, nameOf('www.example.com.'), 0)
    expect([...message(r).subarray(12)]).toEqual([...nameOf('www.example.com.')])
  })

  test('all names read back as they were, wherever they stand and however many there are', () => {
    const label = fc.constantFrom('a', 'B', 'cc', 'www', 'example', 'com', 'x'.repeat(40))
    const name = fc.array(label, { maxLength: 5 }).map((labels) => nameOf(`${labels.join('.')}.`))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), fc.integer({ min: 0, max: 0x4100 }), (names, gap) => {
        const { r, q } = open(packet())
        r.at += gap
        const starts = names.map((each) => {
          const at = r.at - r.start
          writeName(r, q, each, 0)
          return at
        })
        for (const [i, at] of starts.entries()) {
          const read = readName(message(r), at)!
          expect(sameName(read.name, names[i]!)).toBe(true)
          expect(read.end).toBe(starts[i + 1] ?? r.at - r.start)
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('a name is found where it stands, the root at the end of the question as well', () => {
    const { r, q } = open(packet())
    const find = (text: string): number => offsetOf(r, q, nameOf(text), 0)
    expect([find('www.example.com.'), find('com.'), find('.'), find('net.')]).toEqual([12, 24, 28, 0])
  })
})

test('a record’s head is owner, type, class IN, TTL and length', () => {
  const { r } = open(packet())
  const before = r.at
  writeHead(r, 12, 0x0102, 0x7fabcdef, 0x0304)
  expect([...r.bytes.subarray(before, r.at)]).toEqual([0xc0, 12, 1, 2, 0, 1, 0x7f, 0xab, 0xcd, 0xef, 3, 4])
})

test('the header counts what was written and copies opcode and RD alone', () => {
  const { r, q } = open(packet({ id: 0x1234, flags: 0x01ff }))
  r.flags = 0x0400
  r.rcode = 3
  r.answers = 1
  r.authorities = 2
  r.additionals = 258
  const length = finishReply(r, q)
  expect([...message(r).subarray(0, 12)]).toEqual([0x12, 0x34, 0x85, 0x03, 0, 1, 0, 1, 0, 2, 1, 2])
  expect(length).toBe(12 + question('www.example.com').length)
})

test('what does not fit says so and writes nothing', () => {
  const { r } = open(packet())
  r.end = r.at + 4
  expect(fits(r, 4)).toBe(true)
  expect(r.overflowed).toBe(false)
  expect(fits(r, 5)).toBe(false)
  expect(r.overflowed).toBe(true)
})

test('taking back leaves header and question, and forgets the names', () => {
  const { r, q } = open(packet())
  const after = r.at
  writeName(r, q, nameOf('a.example.net.'), 0)
  r.answers = r.authorities = r.additionals = 3
  r.overflowed = true
  cutReply(r)
  expect(r).toMatchObject({ at: after, answers: 0, authorities: 0, additionals: 0, names: 0, overflowed: false })
})

test.each([
  ['no EDNS', packet(), 0],
  ['EDNS', packet({ additionals: [opt()] }), 11],
  ['an IPv4 subnet', packet({ additionals: [opt({ options: [subnet(1, 24, 0, [192, 0, 2])] })] }), 11 + 8 + 3],
  ['one of odd bits', packet({ additionals: [opt({ options: [subnet(1, 17, 0, [192, 0, 128])] })] }), 11 + 8 + 3],
  ['a subnet of no bits', packet({ additionals: [opt({ options: [subnet(1, 0, 0, [])] })] }), 11 + 8],
  [
    'a whole IPv6 address',
    packet({ additionals: [opt({ options: [subnet(2, 128, 0, new Array<number>(16).fill(1))] })] }),
    11 + 8 + 16,
  ],
])('the room kept for OPT is what OPT takes: %s', (_, request, size) => {
  const { r, q } = open(request)
  expect(optSize(q)).toBe(size)
  if (size === 0) return
  const before = r.at
  writeOpt(r, q, 1232, 24)
  expect(r.at - before).toBe(size)
  expect(r.additionals).toBe(1)
})

test('the upper bits of the response code go into OPT', () => {
  const { r, q } = open(packet({ additionals: [opt()] }))
  r.rcode = 16
  const before = r.at
  writeOpt(r, q, 1232, 0)
  finishReply(r, q)
  expect([r.bytes[before + 5], r.bytes[r.start + 3]! & 15]).toEqual([1, 0])
})

test('bytes are copied from where they are told to', () => {
  const { r } = open(packet())
  const before = r.at
  writeBytes(r, Uint8Array.of(1, 2, 3, 4, 5), 1, 3)
  expect([...r.bytes.subarray(before, r.at)]).toEqual([2, 3, 4])
})
