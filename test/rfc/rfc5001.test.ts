// What a server says of itself: NSID (RFC 5001), CHAOS (RFC 4892), and how long it keeps a connection (RFC 7828).

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import type { Transport } from '../../src/core/answer/counters.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { opt, option, packet, question } from '../support/packet.ts'
import { optionsOf } from '../support/options.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const text = (value: string) => new TextEncoder().encode(value)
const options = {
  nsid: text('n1'),
  keepalive: 100,
  chaosVersion: Uint8Array.of(4, ...text('Me 1')),
  chaosId: Uint8Array.of(2, ...text('n1')),
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

describe('TCP keepalive (RFC 7828)', () => {
  test('is told over TCP, in tenths of a second', () => {
    expect(send([option(11, [])], 'tcp')).toEqual(['KEEPALIVE 0064'])
  })

  test('means nothing over UDP (§3.2.1)', () => {
    expect(send([option(11, [])])).toEqual([])
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

describe('CHAOS', () => {
  function chaos(name: string, type = 16, to = world) {
    const response = askBytes(openContext(to.bound, 'udp'), packet({ questions: [question(name, type, 3)] }))!
    const { rcode, answer, flags } = decodeWithDns2(response)
    return [rcode, flags.aa, ...answer.map(({ ttlSec, data }) => `${ttlSec} ${data}`)]
  }

  test.each([
    ['version.bind', '0 "Me 1"'],
    ['version.server', '0 "Me 1"'],
    ['VERSION.Bind', '0 "Me 1"'],
    ['id.server', '0 "n1"'],
    ['hostname.bind', '0 "n1"'],
  ])('%s', (name, expected) => {
    expect(chaos(name)).toEqual([0, true, expected])
    expect(chaos(name, 255)).toEqual([0, true, expected])
    expect(chaos(name, 1)).toEqual([0, true])
  })

  test.each(['authors.bind', 'www.example.com', 'bind', '.'])('%s is refused', (name) => {
    expect(chaos(name)).toEqual([5, false])
  })

  test('what is not to be told is refused', () => {
    expect(chaos('version.bind', 16, makeWorld({}))).toEqual([5, false])
  })

  test('its records are of its class', () => {
    const query = packet({ questions: [question('id.server', 16, 3)] })
    const response = askBytes(openContext(world.bound, 'udp'), query)!
    expect([...response.subarray(query.length, query.length + 6)]).toEqual([0xc0, 12, 0, 16, 0, 3])
  })
})
