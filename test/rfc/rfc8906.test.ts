// What those who probe servers ask for, and often do not get an answer to (RFC 8906 §3, §8): each gets one, over UDP and TCP.

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { askRaw } from '../support/oracle.ts'
import { opt, option, packet, type PacketText, question, subnet } from '../support/packet.ts'
import { makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: { 'example.com': 'www A 192.0.2.1' },
  options: { nsid: new TextEncoder().encode('n1'), cookieSecrets: [new Uint8Array(16)] },
})

const soa = 'example.com. 3600 SOA ns1.example.com. hostmaster.example.com. 1 3600 900 1209600 30'
const forSoa = [question('example.com', 6)]
const edns = { version: 0, dnssecOk: false }
const answered = { rcode: 'NOERROR', flags: 'qr aa', answer: [soa] }

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test.each<[string, PacketText, object]>([
    ['is the server there', { questions: forSoa }, answered],
    [
      'a type that nobody knows',
      { questions: [question('example.com', 1000)] },
      { rcode: 'NOERROR', flags: 'qr aa', answer: [] },
    ],
    ['CD', { questions: forSoa, flags: 0x0010 }, answered],
    ['AD', { questions: forSoa, flags: 0x0020 }, answered],
    ['the bit that is reserved', { questions: forSoa, flags: 0x0040 }, answered],
    ['RD', { questions: forSoa, flags: 0x0100 }, { ...answered, flags: 'qr aa rd' }],
    ['an opcode that nobody knows', { questions: [], flags: 15 << 11 }, { rcode: 'NOTIMP', flags: 'qr', answer: [] }],
    ['EDNS', { questions: forSoa, additionals: [opt()] }, { ...answered, edns }],
    [
      'an EDNS version that nobody knows',
      { questions: forSoa, additionals: [opt({ version: 1 })] },
      { rcode: 'BADVERS', answer: [], edns },
    ],
    [
      'an option that nobody knows',
      { questions: forSoa, additionals: [opt({ options: [option(100, [])] })] },
      { ...answered, edns },
    ],
    ['flags that nobody knows', { questions: forSoa, additionals: [opt({ flags: 0x0040 })] }, { ...answered, edns }],
    [
      'a version and flags that nobody knows',
      { questions: forSoa, additionals: [opt({ version: 1, flags: 0x0040 })] },
      { rcode: 'BADVERS', answer: [], edns },
    ],
    [
      'a version and an option that nobody knows',
      { questions: forSoa, additionals: [opt({ version: 1, options: [option(100, [])] })] },
      { rcode: 'BADVERS', answer: [], edns },
    ],
    [
      'DO',
      { questions: forSoa, additionals: [opt({ flags: 0x8000 })] },
      { ...answered, edns: { ...edns, dnssecOk: true } },
    ],
    [
      'several options at once',
      {
        questions: forSoa,
        additionals: [
          opt({ options: [option(3, []), option(10, [1, 2, 3, 4, 5, 6, 7, 8]), option(9, []), subnet(1, 0, 0, [])] }),
        ],
      },
      { ...answered, edns, subnet: '0.0.0.0/0 scope 0' },
    ],
  ])('%s', (_, text, expected) => {
    expect(askRaw(openContext(world.bound, transport), packet(text))).toMatchObject(expected)
  })
})
