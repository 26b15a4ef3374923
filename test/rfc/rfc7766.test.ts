// What does not fit into a UDP response is truncated, and the same question over TCP gets the whole answer (RFC 7766 §5;
// RFC 2181 §9: a truncated response is asked for again, so there is nothing in it to be used).

import { describe, expect, test } from 'vitest'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n')

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
${many(60, (i) => `a A 192.0.2.${i}`)}
${many(60, (i) => `aaaa AAAA 2001:db8::${i + 1}`)}
alias CNAME a
${many(40, (i) => `sub NS ns${i}.${'n'.repeat(40)}${i}.example.net.`)}
big TXT ${many(20, () => 'x'.repeat(250)).replaceAll('\n', ' ')}
`,
  },
  pools: { p: { answers: 32, targets: Array.from({ length: 32 }, (_, i) => `2001:db8:1::${i + 1}`) } },
  services: { s: { failover: ['p'] } },
  owners: { steered: 's' },
})

const cases = [
  ['a.example.com', 1, 'qr aa tc'],
  ['aaaa.example.com', 28, 'qr aa tc'],
  ['alias.example.com', 1, 'qr aa tc'],
  ['x.sub.example.com', 1, 'qr tc'],
  ['big.example.com', 16, 'qr aa tc'],
  ['steered.example.com', 28, 'qr aa tc'],
] as const

describe.each(cases)('%s %d', (name, type, flags) => {
  test('over UDP there is the question and nothing else', () => {
    const reading = askBoth(world, { name, type })
    expect(reading).toMatchObject({
      rcode: 'NOERROR',
      flags,
      answer: [],
      authority: [],
      additional: [],
      edns: undefined,
    })
  })

  test('over UDP with EDNS there is OPT as well', () => {
    const reading = askBoth(world, { name, type, udpSize: 600, subnet: '192.0.2.0/24' })
    expect(reading).toMatchObject({ flags, answer: [], authority: [], subnet: '192.0.2.0/24 scope 0' })
    expect(reading.edns).toBeDefined()
  })

  test('over TCP it is whole', () => {
    const reading = askBoth(world, { name, type }, { transport: 'tcp' })
    expect(reading.flags).toBe(flags.replace(' tc', ''))
    expect(reading.answer.length + reading.authority.length).toBeGreaterThan(0)
    expect(reading.size).toBeGreaterThan(512)
  })
})

test('over TCP a steered answer has the targets that UDP had no room for, in the same order', () => {
  const question = { name: 'steered.example.com', type: 28 }
  const small = askBoth(world, { ...question, udpSize: 1232 })
  const whole = askBoth(world, question, { transport: 'tcp' })
  expect(small.answer).toHaveLength(32)
  expect(whole.answer).toEqual(small.answer)
})

test('a set that not even TCP can carry is truncated there', () => {
  const huge = makeWorld({ zones: { 'example.com': many(300, (i) => `h TXT ${'x'.repeat(250)} ${i}`) } })
  const reading = askBoth(huge, { name: 'h.example.com', type: 16, edns: true }, { transport: 'tcp' })
  expect(reading).toMatchObject({ flags: 'qr aa tc', answer: [] })
})

test('the largest message there is comes whole over TCP, and one byte more does not', () => {
  // 12 of header, 19 of question, then records of 12 + 1 + 255 bytes, and one that fills the rest.
  const rest = 65_535 - 12 - 19 - 244 * 268
  const zone = (last: number): string =>
    `$TTL 60\n${many(244, (i) => `x TXT ${String(i).padStart(255, '0')}`)}\nx TXT ${'y'.repeat(last)}`
  const full = makeWorld({ zones: { 'example.com': zone(rest - 13) } })
  expect(askBoth(full, { name: 'x.example.com', type: 16 }, { transport: 'tcp' })).toMatchObject({
    size: 65_535,
    flags: 'qr aa',
  })
  const over = makeWorld({ zones: { 'example.com': zone(rest - 12) } })
  expect(askBoth(over, { name: 'x.example.com', type: 16 }, { transport: 'tcp' }).flags).toBe('qr aa tc')
  // The OPT record wants its room too.
  expect(askBoth(full, { name: 'x.example.com', type: 16, edns: true }, { transport: 'tcp' }).flags).toBe('qr aa tc')
})
