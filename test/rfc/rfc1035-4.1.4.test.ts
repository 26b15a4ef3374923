// Compression (RFC 1035 §4.1.4): a pointer leads back to a label that stands in the message already, only the types of
// RFC 1035 have compressed names in their data (RFC 3597 §4), and every name reads as the zone has it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { typeByName } from '../../src/core/wire/rdata/index.ts'
import { askBoth, readBoth, readMessage } from '../support/oracle.ts'
import { packet, question } from '../support/packet.ts'
import { ask, askBytes, makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
mx      MX    10 mail.example.com.
mx      MX    20 mail.sub.host
mx      MX    30 mail.example.net.
mx      MX    40 .
srv     SRV   0 0 80 srv.example.com.
ptr     PTR   a.b.c.ptr
caa     CAA   0 issue "ca.example.com"
a.b.c   CNAME x.b.c
x.b.c   CNAME c
c       TXT   "example.com"
sub     NS    ns.sub
sub     NS    ns.b.sub
sub     NS    ns.sub.example.net.
ns.sub  A     192.0.2.1
ns.b.sub A    192.0.2.2
`,
  },
})

const cases = [
  ['mx MX', 4],
  ['ptr PTR', 1],
  ['a.b.c TXT', 3],
  ['x.sub A', 3],
  ['nothing A', 1],
  ['example.com. SOA', 1],
] as const

const bytesOf = (text: string): Uint8Array => {
  const [name = '', type = ''] = text.split(' ')
  const absolute = name.endsWith('.') ? name : `${name}.example.com.`
  return ask(world, { name: absolute, type: typeByName(type)!.code, edns: true })
}

test.each(cases)('%s: pointers lead back, all names decode', (text) => {
  readBoth(bytesOf(text))
  const { pointers } = readMessage(bytesOf(text))
  expect(pointers.length).toBeGreaterThan(0)
  for (const [at, to] of pointers) expect(to).toBeLessThan(at)
})

test('compression saves what it can: an MX set against the question, byte by byte', () => {
  const bytes = bytesOf('mx MX')
  const start = 12 + 16 + 4
  // Owner, type, class, TTL, length and preference, then the exchange.
  const exchanges = [
    [4, 0x6d, 0x61, 0x69, 0x6c, 0xc0, 15],
    [4, 0x6d, 0x61, 0x69, 0x6c, 3, 0x73, 0x75, 0x62, 4, 0x68, 0x6f, 0x73, 0x74, 0xc0, 15],
    [4, 0x6d, 0x61, 0x69, 0x6c, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 3, 0x6e, 0x65, 0x74, 0],
    [0],
  ]
  const expected = exchanges.flatMap((name, i) => [
    ...[0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, name.length + 2, 0, 10 * (i + 1)],
    ...name,
  ])
  expect([...bytes.subarray(start, start + expected.length)]).toEqual(expected)
})

test.each([
  ['srv SRV', 'srv.example.com. 60 SRV 0 0 80 srv.example.com.'],
  ['caa CAA', 'caa.example.com. 60 CAA 0 issue "ca.example.com"'],
])('%s: the data of later types stays uncompressed', (text, line) => {
  const { answer } = readBoth(bytesOf(text))
  expect(answer).toEqual([line])
  // Only the owner is a pointer.
  expect(readMessage(bytesOf(text)).pointers).toHaveLength(1)
})

describe('messages beyond the reach of a pointer', () => {
  const count = 900
  const hosts = Array.from(
    { length: count },
    (_, i) => `big MX ${i} mail${i}.some-long-subdomain-to-fill-space.host${i}`,
  )
  const big = makeWorld({ zones: { 'example.com': `$TTL 60\n${hosts.join('\n')}` } })

  test('names past 16 383 bytes are written out or point into the first 16 383', () => {
    const reading = askBoth(big, { name: 'big.example.com', type: 15 }, { transport: 'tcp' })
    expect(reading.size).toBeGreaterThan(0x4000)
    expect(reading.answer).toHaveLength(count)
    const last = `mail${count - 1}.some-long-subdomain-to-fill-space.host${count - 1}.example.com.`
    expect(reading.answer.at(-1)).toBe(`big.example.com. 60 MX ${count - 1} ${last}`)
  })
})

test('whatever a zone holds, its names come back as they are', () => {
  const label = fc.constantFrom('a', 'bb', 'c.c'.replace('.', '\\.'), 'mail', 'x'.repeat(63), 'ns')
  const name = fc.array(label, { maxLength: 3 }).map((labels) => labels.join('.'))
  const target = fc
    .tuple(name, fc.constantFrom('', 'example.com.', 'example.net.', 'ns.example.com.'))
    .map(([relative, end]) => (relative === '' || end === '' ? `${relative || '@'}` : `${relative}.${end}`))
  const owners = fc.uniqueArray(
    name.filter((text) => text !== ''),
    { minLength: 1, maxLength: 4 },
  )
  fc.assert(
    fc.property(owners, fc.array(target, { minLength: 1, maxLength: 12 }), (names, targets) => {
      const lines = names.flatMap((owner) => targets.map((exchange, i) => `${owner} 60 MX ${i} ${exchange}`))
      const random = makeWorld({ zones: { 'example.com': lines.join('\n') } })
      for (const owner of names) {
        const { answer } = askBoth(random, { name: `${owner}.example.com.`, type: 15 }, { transport: 'tcp' })
        const absolute = targets.map((text) =>
          text === '@' ? 'example.com.' : text.endsWith('.') ? text : `${text}.example.com.`,
        )
        expect(answer).toEqual(absolute.map((exchange, i) => `${owner}.example.com. 60 MX ${i} ${exchange}`))
      }
    }),
    { numRuns: 150, seed: 1035 },
  )
})

test.each([
  ['a pointer in the question', [0xc0, 12]],
  ['a pointer after a label', [3, 0x77, 0x77, 0x77, 0xc0, 12]],
  ['a reserved label type', [0x40, 0x77, 0]],
  ['another reserved label type', [0x80, 0x77, 0]],
  ['a name of 256 bytes', [...Array.from({ length: 127 }, () => [1, 0x61]).flat(), 1, 0x61, 0]],
])('%s is malformed: FORMERR without a question', (_, name) => {
  const query = packet({ questions: [[...name, 0, 1, 0, 1]] })
  const response = askBytes(openContext(world.bound, 'udp'), query)!
  expect(readBoth(response)).toMatchObject({ rcode: 'FORMERR', flags: 'qr', question: '' })
  expect(response).toHaveLength(12)
})

test('the longest name there is, 255 bytes in 127 labels, is one like any other', () => {
  const longest = Array.from({ length: 127 }, () => [1, 0x61]).flat()
  const query = packet({ questions: [[...longest, 0, 0, 1, 0, 1]] })
  expect(readBoth(askBytes(openContext(world.bound, 'udp'), query)!)).toMatchObject({ rcode: 'REFUSED' })
  const deep = `${'a.'.repeat(121)}example.com`
  expect(question(deep)).toHaveLength(255 + 4)
  expect(askBoth(world, { name: deep })).toMatchObject({ rcode: 'NXDOMAIN', question: `${deep}. A` })
})
