// What a server says of itself in class CHAOS (RFC 4892), as far as it is configured to.

import { expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { packet, question } from '../support/packet.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const text = (value: string) => new TextEncoder().encode(value)
const options = { chaosVersion: Uint8Array.of(4, ...text('Me 1')), chaosId: Uint8Array.of(2, ...text('n1')) }
const world = makeWorld({ zones: { 'example.com': 'www A 192.0.2.1' }, options })

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
