// NSID: which server answered (RFC 5001), and the room that all options together are kept.

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import type { Transport } from '../../src/core/answer/counters.ts'
import { opt, option, packet, question } from '../support/packet.ts'
import { optionsOf } from '../support/options.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const text = (value: string) => new TextEncoder().encode(value)
const options = {
  nsid: text('n1'),
  keepalive: 100,
}
const world = makeWorld({ zones: { 'example.com': 'www A 192.0.2.1' }, options })

function send(sent: readonly number[][], transport: Transport = 'udp', to = world) {
  return optionsOf(askBytes(openContext(to.bound, transport), packet({ additionals: [opt({ options: sent })] }))!)
}

describe('NSID', () => {
  test('is told to who asks', () => {
    expect(send([option(3, [])])).toEqual(['NSID 6e31'])
    expect(send([])).toEqual([])
  })

  test('whatever stands in the question for it (RFC 5001 §2.1)', () => {
    expect(send([option(3, [1, 2, 3])])).toEqual(['NSID 6e31'])
  })

  test('is not told where there is none', () => {
    expect(send([option(3, [])], 'udp', makeWorld({}))).toEqual([])
  })
})

test('all options together fit into the room that was kept for them', () => {
  const sent = [
    option(3, []),
    option(10, [1, 2, 3, 4, 5, 6, 7, 8]),
    option(8, [0, 1, 24, 0, 192, 0, 2]),
    option(11, []),
  ]
  for (let size = 0; size < 500; size++) {
    const wide = makeWorld({
      zones: { 'example.com': `t TXT "${'x'.repeat(Math.min(255, size))}" "${'y'.repeat(Math.max(0, size - 255))}"` },
      options: { ...options, cookieSecrets: [new Uint8Array(16)] },
    })
    const query = packet({
      questions: [question('t.example.com', 16)],
      additionals: [opt({ size: 512, options: sent })],
    })
    const response = askBytes(openContext(wide.bound, 'udp'), query)!
    expect(response.length).toBeLessThanOrEqual(512)
    expect(optionsOf(response).map((each) => each.split(' ')[0])).toEqual(['ECS', 'NSID', 'COOKIE'])
  }
})
