// EDNS: the OPT record of requests and of responses (RFC 6891 §6, §7).

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { askBoth, askRaw, readBoth } from '../support/oracle.ts'
import { opt, option, packet, type PacketText, question, record } from '../support/packet.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `
www  A    192.0.2.1
${Array.from({ length: 30 }, (_, i) => `t${i * 50} TXT ${'x'.repeat(200)} ${`${'y'.repeat(50)} `.repeat(i)}`).join('\n')}
`,
  },
})

const send = (text: PacketText, transport: 'udp' | 'tcp' = 'udp') =>
  askRaw(openContext(world.bound, transport), packet(text))

const ours = { udpSize: 1232, version: 0, dnssecOk: false }

test('without OPT in the request there is none in the response', () => {
  expect(askBoth(world, { name: 'www.example.com' })).toMatchObject({ rcode: 'NOERROR', edns: undefined })
  expect(askBoth(world, { name: 'example.net' })).toMatchObject({ rcode: 'REFUSED', edns: undefined })
})

test.each([
  ['an answer', 'www.example.com', 'NOERROR'],
  ['no such name', 'nothing.example.com', 'NXDOMAIN'],
  ['a refusal', 'example.net', 'REFUSED'],
])('with OPT in the request there is one in the response: %s', (_, name, rcode) => {
  expect(askBoth(world, { name, edns: true })).toMatchObject({ rcode, edns: ours })
  expect(askBoth(world, { name, edns: true }, { transport: 'tcp' })).toMatchObject({ rcode, edns: ours })
})

test('DO is copied (RFC 3225 §3)', () => {
  expect(askBoth(world, { name: 'www.example.com', dnssecOk: true }).edns).toEqual({ ...ours, dnssecOk: true })
})

test('flags that nobody has defined are not copied', () => {
  const response = askBytes(openContext(world.bound, 'udp'), packet({ additionals: [opt({ flags: 0x7fff })] }))!
  expect([...response.subarray(-4)]).toEqual([0, 0, 0, 0])
})

describe('versions', () => {
  test.each([1, 2, 255])('version %d: BADVERS, and which version we have', (version) => {
    const reading = send({ additionals: [opt({ version })] })
    expect(reading).toMatchObject({
      rcode: 'BADVERS',
      flags: 'qr',
      edns: ours,
      answer: [],
      question: 'www.example.com. A',
    })
  })

  test('options of a later version are not looked into', () => {
    expect(send({ additionals: [opt({ version: 1, options: [[0, 8, 0, 1, 9]] })] }).rcode).toBe('BADVERS')
    expect(send({ additionals: [opt({ version: 1, options: [[1, 2, 3]] })] }).rcode).toBe('BADVERS')
  })
})

test.each<[string, PacketText]>([
  ['two OPT records', { additionals: [opt(), opt()] }],
  ['two OPT records of different versions', { additionals: [opt(), opt({ version: 1 })] }],
  ['an OPT that is owned by a name', { additionals: [opt({ owner: [1, 0x61, 0] })] }],
  ['an OPT that is owned by a pointer', { additionals: [opt({ owner: [0xc0, 12] })] }],
  ['an OPT in the answer section', { answers: [opt()] }],
  ['an option that runs past the record', { additionals: [opt({ options: [option(10, [1, 2], 3)] })] }],
  ['an option without its length', { additionals: [opt({ options: [[0, 10, 0]] })] }],
  ['an OPT that runs past the message', { additionals: [opt({ length: 1 })] }],
  ['an OPT cut off in its head', { additionals: [opt().slice(0, 9)] }],
  ['a record that is counted and missing', { counts: [1, 0, 0, 1] }],
  ['a record that is not counted', { counts: [1, 0, 0, 0], additionals: [opt()] }],
  ['bytes after the last record', { additionals: [opt()], trailing: [0] }],
])('%s: FORMERR', (_, text) => {
  const reading = send(text)
  expect(reading).toMatchObject({ rcode: 'FORMERR', question: 'www.example.com. A', answer: [] })
  expect(reading.flags).toBe('qr')
})

test.each<[string, PacketText]>([
  ['unknown options', { additionals: [opt({ options: [option(65_001, [1, 2, 3]), option(12, [])] })] }],
  ['an extended code in the request', { additionals: [opt({ extendedRcode: 255 })] }],
  ['other records before it', { additionals: [record([0], 1, [1, 2, 3, 4]), opt()] }],
  ['other records after it', { additionals: [opt(), record([0xc0, 12], 250, [1, 2, 3, 4])] }],
  ['records in the answer section', { answers: [record([0xc0, 12], 1, [1, 2, 3, 4])], additionals: [opt()] }],
])('%s do not disturb', (_, text) => {
  expect(send(text)).toMatchObject({ rcode: 'NOERROR', edns: ours, answer: ['www.example.com. 3600 A 192.0.2.1'] })
})

describe('sizes', () => {
  const names = Array.from({ length: 30 }, (_, i) => `t${i * 50}.example.com`)

  test.each([
    [0, 512],
    [511, 512],
    [512, 512],
    [513, 513],
    [1000, 1000],
    [1232, 1232],
    [1233, 1232],
    [4096, 1232],
    [65_535, 1232],
  ])('a client that takes %d bytes gets at most %d, and truncation only beyond that', (udpSize, most) => {
    const sizes = names.map((name) => {
      const whole = askBoth(world, { name, type: 16, udpSize }, { transport: 'tcp' })
      const reading = askBoth(world, { name, type: 16, udpSize })
      expect(reading.flags).toBe(whole.size > most ? 'qr aa tc' : 'qr aa')
      if (whole.size <= most) expect(reading).toEqual(whole)
      return reading.size
    })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most)
    expect(Math.max(...sizes)).toBeGreaterThan(most - 52)
  })

  test('a client without EDNS gets 512 bytes', () => {
    for (const name of names) {
      const whole = askBoth(world, { name, type: 16 }, { transport: 'tcp' })
      expect(askBoth(world, { name, type: 16 }).flags).toBe(whole.size > 512 ? 'qr aa tc' : 'qr aa')
    }
  })

  test('the limit is met to the byte', () => {
    // 12 of header, 19 or 20 of question, 12 of the record's head, 458 of data, 11 of OPT.
    const tight = makeWorld({
      zones: {
        'example.com': `s TXT ${'z'.repeat(250)} ${'z'.repeat(206)}\ns2 TXT ${'z'.repeat(250)} ${'z'.repeat(206)}`,
      },
    })
    const fits = askBoth(tight, { name: 's.example.com', type: 16, udpSize: 512 })
    const misses = askBoth(tight, { name: 's2.example.com', type: 16, udpSize: 512 })
    expect([fits.size, fits.flags, misses.flags, misses.answer]).toEqual([512, 'qr aa', 'qr aa tc', []])
  })
})

describe('the header', () => {
  test.each([0, 1, 11])('%d bytes are met with silence', (length) => {
    expect(askBytes(openContext(world.bound, 'udp'), packet().slice(0, length))).toBeUndefined()
  })

  test('a response is met with silence, or two servers would talk for ever', () => {
    expect(askBytes(openContext(world.bound, 'udp'), packet({ flags: 0x8000 }))).toBeUndefined()
  })

  test.each([1, 2, 4, 5, 6, 15])('opcode %d: NOTIMP, without looking further', (opcode) => {
    const response = askBytes(openContext(world.bound, 'udp'), packet({ flags: opcode << 11, trailing: [1, 2] }))!
    expect(readBoth(response)).toMatchObject({ rcode: 'NOTIMP', flags: 'qr' })
    expect(response[2]! & 0x78).toBe(opcode << 3)
  })

  test.each([
    ['no question', { questions: [] }],
    ['two questions (RFC 9619)', { questions: [question('www.example.com'), question('www.example.com')] }],
    ['a question that is missing', { questions: [], counts: [1, 0, 0, 0] }],
    ['a question without its class', { questions: [question('www.example.com').slice(0, -2)], counts: [1, 0, 0, 0] }],
    ['a name without its end', { questions: [[3, 0x77, 0x77]], counts: [1, 0, 0, 0] }],
  ] as [string, PacketText][])('%s: FORMERR and nothing but the header', (_, text) => {
    const response = askBytes(openContext(world.bound, 'udp'), packet(text))!
    expect(readBoth(response)).toMatchObject({ rcode: 'FORMERR', flags: 'qr', question: '' })
    expect(response).toHaveLength(12)
  })

  test('the identifier comes back', () => {
    for (const id of [0, 1, 0x1234, 0xffff]) {
      const response = askBytes(openContext(world.bound, 'udp'), packet({ id }))!
      expect((response[0]! << 8) | response[1]!).toBe(id)
    }
  })
})
