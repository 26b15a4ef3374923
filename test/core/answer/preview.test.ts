// What is looked at of a packet before it is answered: where the client will be looked up.

import { describe, expect, test } from 'vitest'
import { type Context, openContext, rebind } from '../../../src/core/answer/context.ts'
import { preview } from '../../../src/core/answer/preview.ts'
import { askBytes, makeWorld, type QuestionText, writeQuery } from '../../support/snapshot.ts'

const countries = ['US', 'IE', 'DE', 'FR', 'JP']
const world = makeWorld({
  zones: { 'example.com': 'host A 192.0.2.1\n' },
  pools: Object.fromEntries(countries.map((code, i) => [code.toLowerCase(), { targets: [`192.0.2.${i + 1}`] }])),
  services: {
    web: {
      geo: countries
        .map((code, i) => ({ ...(i > 0 && { where: [`country ${code}`] }), to: code.toLowerCase() }))
        .reverse(),
    },
  },
  owners: { www: 'web' },
  networks: Array.from({ length: 90 }, (_, i) => ({ cidr: `${2 * i + 20}.0.0.0/8`, country: countries[i % 5]! })),
})
const source = Uint8Array.of(9, 9, 28, 0, 0, 1)
const SOURCE_AT = 2

function openAsked(): Context {
  const context = openContext(world.bound, 'udp')
  askBytes(context, writeQuery({ name: 'www.example.com' }))
  return context
}

/** What the preview of a query read, which stands somewhere in the middle of other bytes. */
function previewed(context: Context, query: Uint8Array): number {
  const bytes = new Uint8Array(200).fill(8)
  bytes.set(query, 70)
  context.previewed = 0
  preview(context, bytes, 70, query.length, source, SOURCE_AT)
  return context.previewed
}

/** The word of the index that addresses with this first byte lead to. */
function wordOf(context: Context, first: number): number {
  const { v4Index, v4Shift } = context.lastMap!
  return v4Index[(first << 24) >>> v4Shift]!
}

describe('the client is looked up early', () => {
  test.each<[string, QuestionText, number]>([
    ['by a Client Subnet of 24 bits', { name: 'www.example.com', subnet: '24.1.2.0/24' }, 24],
    ['by one of 20, which is as long', { name: 'www.example.com', subnet: '26.1.16.0/20' }, 26],
    ['by one of 32', { name: 'www.example.com', subnet: '22.1.2.3/32' }, 22],
    ['by the sender where there is none', { name: 'www.example.com' }, 28],
    ['by the sender where it is of IPv6', { name: 'www.example.com', subnet: '2001:db8::/56' }, 28],
  ])('%s', (_, question, first) => {
    const context = openAsked()
    const word = wordOf(context, first)
    expect(word).not.toBe(0)
    expect(new Set([22, 24, 26, 28].map((other) => wordOf(context, other))).size).toBe(4)
    expect(previewed(context, writeQuery(question))).toBe(word)
  })

  test('and the answer is what it would have been', () => {
    const query = writeQuery({ name: 'www.example.com', subnet: '24.1.2.0/24' })
    const context = openAsked()
    const before = askBytes(context, query)
    previewed(context, query)
    expect(askBytes(context, query)).toEqual(before)
  })
})

describe('nothing is read', () => {
  test('before a client was looked up in this snapshot', () => {
    const query = writeQuery({ name: 'www.example.com', subnet: '24.1.2.0/24' })
    const context = openContext(world.bound, 'udp')
    expect(previewed(context, query)).toBe(0)
    askBytes(context, writeQuery({ name: 'host.example.com' }))
    expect(previewed(context, query)).toBe(0)
    askBytes(context, query)
    expect(previewed(context, query)).not.toBe(0)
    rebind(context, world.bound, new SharedArrayBuffer(1024))
    expect(previewed(context, query)).toBe(0)
  })

  test('of packets that are shorter than an option, at the very beginning of the bytes too', () => {
    const context = openAsked()
    for (let length = 0; length < 24; length++) {
      context.previewed = 0
      preview(context, new Uint8Array(length), 0, length, source, SOURCE_AT)
      expect(context.previewed).toBe(0)
    }
  })
})
