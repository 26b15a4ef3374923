// Extended DNS errors (RFC 8914): why, in a number and a few words, for clients with EDNS.

import { expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { Ede, edeText, infoCodeOf } from '../../src/core/wire/ede.ts'
import { opt, packet, question } from '../support/packet.ts'
import { optionsOf } from '../support/options.ts'
import { askBytes, makeWorld, writeQuery } from '../support/snapshot.ts'

const world = makeWorld({
  zones: { 'example.com': Array.from({ length: 30 }, (_, i) => `l${i} CNAME l${i + 1}`).join('\n') },
})

const ask = (bytes: Uint8Array, transport: 'udp' | 'tcp' = 'udp') =>
  askBytes(openContext(world.bound, transport), bytes)!

test.each([
  [
    'a name in none of our zones',
    writeQuery({ name: 'example.net', edns: true }),
    'EDE 20 not authoritative for this name',
  ],
  ['a transfer', writeQuery({ name: 'example.com', type: 252, edns: true }), 'EDE 18 not allowed'],
  ['MAILA', writeQuery({ name: 'example.com', type: 254, edns: true }), 'EDE 21 not supported'],
  ['an opcode', packet({ flags: 5 << 11, additionals: [opt()] }), 'EDE 21 not supported'],
  ['an endless chain', writeQuery({ name: 'l0.example.com', edns: true }), 'EDE 0 too many aliases'],
])('%s is told', (_, query, expected) => {
  expect(optionsOf(ask(query))).toEqual([expected])
})

test('what is answered needs no words', () => {
  expect(optionsOf(ask(writeQuery({ name: 'ns1.example.com', edns: true })))).toEqual([])
})

test('one error does not stay for the next query', () => {
  const context = openContext(world.bound, 'udp')
  askBytes(context, writeQuery({ name: 'example.net', edns: true }))
  expect(optionsOf(askBytes(context, writeQuery({ name: 'ns1.example.com', edns: true }))!)).toEqual([])
})

test('a client without EDNS gets none', () => {
  expect(ask(writeQuery({ name: 'example.net' }))).toHaveLength(12 + 13 + 4)
})

test('words give way where they do not fit, and then the number: an error never truncates (§3)', () => {
  // A chain of long names, as far as 512 bytes take it, with a question that leaves less and less room.
  const label = (i: number) => `l${i}${'x'.repeat(8)}`
  const found = new Set<string>()
  for (let more = 1; more < 64; more++) {
    const text = Array.from(
      { length: 20 },
      (_, i) => `${i === 0 ? 'q'.repeat(more) : label(i)} CNAME ${label(i + 1)}`,
    ).join('\n')
    const tight = makeWorld({ zones: { 'example.com': text } })
    const query = packet({
      questions: [question(`${'q'.repeat(more)}.example.com`)],
      additionals: [opt({ size: 512 })],
    })
    const response = askBytes(openContext(tight.bound, 'udp'), query)!
    expect(response.length).toBeLessThanOrEqual(512)
    if ((response[2]! & 2) === 0) found.add(optionsOf(response).join() || 'none')
  }
  expect([...found]).toEqual(['EDE 0 too many aliases', 'EDE 0', 'none'])
})

test('each error has its words, short ones', () => {
  for (const ede of Object.values(Ede)) {
    if (ede === Ede.none) continue
    expect(edeText(ede).length).toBeGreaterThan(5)
    expect(edeText(ede).length).toBeLessThan(40)
    expect(infoCodeOf(ede)).toBeLessThan(30)
  }
})
