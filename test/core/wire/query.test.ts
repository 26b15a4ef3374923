// Decoding requests: what is read from well-formed ones, and that no bytes whatever make it throw or read beyond its packet.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashName, lowerName, printName } from '../../../src/core/wire/name.ts'
import {
  decodeQuery,
  Decoded,
  Wants,
  isMetaType,
  openNameScan,
  openQuery,
  scanName,
} from '../../../src/core/wire/query.ts'
import { opt, option, packet, question, subnet } from '../../support/packet.ts'
import { nameOf } from '../../support/snapshot.ts'

/** Decoded with other bytes before and after, which must not matter. */
function decode(bytes: Uint8Array, q = openQuery()) {
  const padded = new Uint8Array(bytes.length + 40).fill(0x55)
  padded.set(bytes, 20)
  return { decoded: decodeQuery(padded, 20, bytes.length, q), q }
}

test('the question is read as it came, and its name in small letters', () => {
  const { decoded, q } = decode(packet({ id: 0xbeef, flags: 0x0110, questions: [question('WwW.Example.COM', 28, 3)] }))
  expect(decoded).toBe(Decoded.ok)
  expect(q).toMatchObject({
    id: 0xbeef,
    flags: 0x0110,
    opcode: 0,
    hasQuestion: true,
    type: 28,
    class: 3,
    hasEdns: false,
    udpSize: 512,
  })
  expect(printName(q.name.lower)).toBe('www.example.com.')
  expect([q.name.length, q.name.labels]).toEqual([17, 3])
})

test('what EDNS says is read', () => {
  const options = [option(10, [1, 2, 3, 4, 5, 6, 7, 8]), subnet(2, 56, 0, [0x20, 1, 0xd, 0xb8, 0, 1, 0xff])]
  const { decoded, q } = decode(packet({ additionals: [opt({ size: 4096, flags: 0x8000, options })] }))
  expect(decoded).toBe(Decoded.ok)
  expect(q).toMatchObject({
    hasEdns: true,
    ednsVersion: 0,
    udpSize: 4096,
    dnssecOk: true,
    hasSubnet: true,
    subnetFamily: 2,
    subnetLength: 56,
  })
  expect([...q.subnet]).toEqual([0x20, 1, 0xd, 0xb8, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('nothing of one request is left in the next', () => {
  const q = openQuery()
  decode(
    packet({ additionals: [opt({ size: 4096, options: [subnet(2, 128, 0, new Array<number>(16).fill(255))] })] }),
    q,
  )
  decode(packet({ additionals: [opt({ options: [subnet(1, 8, 0, [10])] })] }), q)
  expect([...q.subnet]).toEqual([10, ...new Array<number>(15).fill(0)])
  decode(packet(), q)
  expect(q).toMatchObject({ hasEdns: false, hasSubnet: false, udpSize: 512 })
  decode(packet({ questions: [] }), q)
  expect(q.hasQuestion).toBe(false)
  decode(packet({ flags: 0x2800 }), q)
  expect(q).toMatchObject({ hasQuestion: true, hasEdns: false, opcode: 5 })
  decode(packet({ additionals: [opt({ options: [option(3, []), option(10, [1, 2, 3, 4, 5, 6, 7, 8])] })] }), q)
  expect(q).toMatchObject({ wants: Wants.nsid | Wants.cookie, cookieLength: 8 })
  decode(packet(), q)
  expect(q.wants).toBe(0)
})

test.each([
  ['nothing', new Uint8Array(0), Decoded.drop],
  ['less than a header', packet().slice(0, 11), Decoded.drop],
  ['a response', packet({ flags: 0x8180 }), Decoded.drop],
  ['a header alone that asks for nothing', packet({ questions: [] }), Decoded.formErr],
  ['an update', packet({ flags: 5 << 11 }), Decoded.notImp],
  ['a question', packet(), Decoded.ok],
])('%s', (_, bytes, expected) => expect(decode(bytes).decoded).toBe(expected))

test('every packet that is cut short is malformed, at every byte', () => {
  const whole = packet({
    additionals: [opt({ options: [option(10, [1, 2, 3, 4, 5, 6, 7, 8]), subnet(1, 24, 0, [192, 0, 2])] })],
  })
  expect(decode(whole).decoded).toBe(Decoded.ok)
  for (let length = 0; length < whole.length; length++) {
    const { decoded, q } = decode(whole.slice(0, length))
    expect([length, decoded]).toEqual([length, length < 12 ? Decoded.drop : Decoded.formErr])
    expect([length, q.hasQuestion]).toEqual([length, length >= 12 + 17 + 4])
  }
})

test('the hashes of a question’s ancestors are those of the names themselves', () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(label, { maxLength: 12 }), (labels) => {
      const name = Uint8Array.from([...labels.flatMap((bytes) => [bytes.length, ...bytes]), 0])
      fc.pre(name.length <= 255)
      const scan = openNameScan()
      expect(scanName(name, 0, name.length, scan)).toBe(name.length)
      expect(scan.labels).toBe(labels.length)
      expect(scan.lower.subarray(0, scan.length)).toEqual(lowerName(name))
      for (let i = 0; i <= scan.labels; i++) {
        expect(scan.hash[i]).toBe(hashName(scan.lower.subarray(scan.labelAt[i], scan.length)))
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

describe('scanning a name', () => {
  test.each([
    ['the root', [0], 1],
    ['a label of 63 bytes', [63, ...new Array<number>(63).fill(97), 0], 65],
    ['nothing', [], -1],
    ['a label without the root', [1, 97], -1],
    ['half a label', [3, 97], -1],
    ['a label of 64 bytes', [64, ...new Array<number>(64).fill(97), 0], -1],
    ['a pointer', [0xc0, 0, 0], -1],
  ])('%s → %s', (_, bytes, expected) => {
    expect(scanName(Uint8Array.from([...bytes]), 0, bytes.length, openNameScan())).toBe(expected)
  })

  test('255 bytes are a name, 256 are not', () => {
    const of = (length: number): Uint8Array =>
      Uint8Array.from([
        ...Array.from({ length: 126 }, () => [1, 97]).flat(),
        length - 254,
        ...new Array<number>(length - 254).fill(97),
        0,
      ])
    expect(scanName(of(255), 0, 255, openNameScan())).toBe(255)
    expect(scanName(of(256), 0, 256, openNameScan())).toBe(-1)
    expect(nameOf('a.'.repeat(127))).toHaveLength(255)
  })
})

test('no bytes make it throw, and a packet is judged by its own bytes alone', () => {
  const q = openQuery()
  const other = openQuery()
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    // A sound header and question before the noise gets further in.
    fc.uint8Array({ maxLength: 60 }).map((noise) => packet({ counts: [1, 0, 0, 1], trailing: [...noise] })),
    fc.uint8Array({ maxLength: 40 }).map((noise) => packet({ additionals: [opt({ options: [[...noise]] })] })),
  )
  fc.assert(
    fc.property(bytes, fc.integer({ min: 0, max: 255 }), (data, filler) => {
      const padded = new Uint8Array(data.length + 64).fill(filler)
      padded.set(data, 7)
      const decoded = decodeQuery(padded, 7, data.length, q)
      expect(decodeQuery(data, 0, data.length, other)).toBe(decoded)
      if (decoded === Decoded.ok) expect({ ...q, name: 0, subnet: 0 }).toEqual({ ...other, name: 0, subnet: 0 })
    }),
    { seed: 2, numRuns: 3000 },
  )
})

test.each([
  [0, false],
  [1, false],
  [41, true],
  [43, false],
  [249, true],
  [254, true],
  [255, false],
  [257, false],
  [65_535, false],
])('type %d is about messages and not data: %s', (type, expected) => expect(isMetaType(type)).toBe(expected))
