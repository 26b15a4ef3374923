// Questions on the wire, byte by byte, and as the server reads them.

import { expect, test } from 'vitest'
import { type Prefix, parsePrefix } from '../../../src/core/base/address.ts'
import { Decoded, decodeQuery, openQuery } from '../../../src/core/wire/query.ts'
import { encodeQuestion } from '../../../src/io/ask/encode.ts'
import { hex, wire } from './message.ts'

const question = { id: 0x1234, name: wire('a.b.'), type: 28 }
const asked = '1234 0000 0001 0000 0000 0001 0161 0162 00 001c 0001'

test('without EDNS there is the question alone', () => {
  expect(bytesOf(encodeQuestion({ ...question, udpSize: 0 }))).toEqual(
    hex(asked.replace('0000 0001 0161', '0000 0000 0161')),
  )
})

test('with EDNS there is the size of what we take', () => {
  expect(bytesOf(encodeQuestion({ ...question, udpSize: 1232 }))).toEqual(hex(`${asked} 00 0029 04d0 00000000 0000`))
})

test.each([
  ['192.0.2.0/24', '000b 0008 0007 0001 1800 c00002'],
  ['192.0.240.0/20', '000b 0008 0007 0001 1400 c000f0'],
  ['203.0.113.7', '000c 0008 0008 0001 2000 cb007107'],
  ['0.0.0.0/0', '0008 0008 0004 0001 0000'],
  ['2001:db8:1:200::/56', '000f 0008 000b 0002 3800 20010db8000102'],
  ['::/0', '0008 0008 0004 0002 0000'],
  ['::ffff:192.0.2.1', '0018 0008 0014 0002 8000 00000000000000000000ffffc0000201'],
])('the subnet %s', (text, rdata) => {
  const subnet = parsePrefix(text)!
  const message = bytesOf(encodeQuestion({ ...question, udpSize: 512, subnet }))
  expect(message).toEqual(hex(`${asked} 00 0029 0200 00000000 ${rdata}`))
  expect(subnetAsServed(message)).toEqual(subnet)
})

test('names keep their escapes', () => {
  const message = encodeQuestion({ id: 0, name: wire('a\\.b\\000.c.'), type: 1, udpSize: 0 })
  expect(bytesOf(message).subarray(12)).toEqual(hex('04 612e6200 01 63 00 0001 0001'))
})

test('a subnet without EDNS is refused, because it could not be sent', () => {
  expect(() => encodeQuestion({ ...question, udpSize: 0, subnet: parsePrefix('192.0.2.0/24') })).toThrow(RangeError)
})

function bytesOf(message: Uint8Array): Uint8Array {
  return Uint8Array.from(message)
}

function subnetAsServed(message: Uint8Array): Prefix {
  const query = openQuery()
  expect(decodeQuery(message, 0, message.length, query)).toBe(Decoded.ok)
  expect(query.hasSubnet).toBe(true)
  const family = query.subnetFamily === 1 ? 4 : 6
  return { family, bytes: query.subnet.slice(0, family === 4 ? 4 : 16), length: query.subnetLength }
}
