// The independent decoder: what it reads, what it repairs of dns2, and what it refuses.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/core/base/failure.ts'
import { printName } from '../../../src/core/wire/name.ts'
import { typeByCode } from '../../../src/core/wire/rdata/index.ts'
import { decodeWithDns2 } from '../../../src/io/ask/decode.ts'
import { buildMessage, hex, opt, wire } from './message.ts'

function decodeOne(type: number, data: Uint8Array) {
  return decodeWithDns2(buildMessage({ answer: [{ name: 'x.example.', type, data }] }))
}

function textBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

const soaNumbers = hex('00000001 00000e10 00000258 00127500 0000001e')

describe('rdata in presentation format', () => {
  test.each<[string, number, Uint8Array, string]>([
    ['A', 1, hex('c0000201'), '192.0.2.1'],
    ['AAAA', 28, hex('20010db8 00000000 00000000 00000001'), '2001:db8::1'],
    ['AAAA, IPv4-mapped', 28, hex('00000000 00000000 0000ffff c0000201'), '::ffff:192.0.2.1'],
    ['NS', 2, wire('ns1.example.'), 'ns1.example.'],
    ['CNAME with a blank in a label', 5, wire('a\\032b.example.'), 'a\\032b.example.'],
    ['CNAME to the root', 5, wire('.'), '.'],
    ['PTR', 12, wire('host.example.'), 'host.example.'],
    [
      'SOA whose mailbox has a dot',
      6,
      join(wire('ns1.example.'), wire('john\\.doe.example.'), soaNumbers),
      'ns1.example. john\\.doe.example. 1 3600 600 1209600 30',
    ],
    ['MX', 15, join(hex('000a'), wire('mail.example.')), '10 mail.example.'],
    ['TXT of two strings', 16, textBytes('\x03a"b\x00'), '"a\\"b" ""'],
    ['TXT that is no UTF-8', 16, textBytes('\x02\xff\xfe'), '"\\255\\254"'],
    ['SRV', 33, join(hex('0001 0002 01bb'), wire('srv.example.')), '1 2 443 srv.example.'],
    ['CAA', 257, textBytes('\x80\x05issueca.example; x="1"'), '128 issue "ca.example; x=\\"1\\""'],
    ['HINFO', 13, textBytes('\x07RFC8482\x00'), '"RFC8482" ""'],
    ['DNSKEY', 48, hex('0101 03 0f 010203'), '257 3 15 AQID'],
    [
      'RRSIG',
      46,
      join(hex('0001 0d 02 0000001e 68bb9700 68b25c80 04d2'), wire('example.'), hex('010203')),
      'A 13 2 30 20250906020552 20250830020552 1234 example. AQID',
    ],
    ['HTTPS, which dns2 does not know', 65, hex('0001 00'), '1 .'],
    ['nothing at all', 65280, hex(''), '\\# 0'],
  ])('%s', (_, type, data, text) => {
    const { answer, problems } = decodeOne(type, data)
    expect(answer).toEqual([{ name: 'x.example.', type, class: 1, ttlSec: 300, data: text }])
    expect(problems).toEqual([])
  })

  test.each([1, 28, 2, 5, 12, 6, 15, 16, 33, 257, 13])('type %i reads as core/wire/rdata prints it', (type) => {
    fc.assert(
      fc.property(rdataOf(type), (data) => {
        const { answer, problems } = decodeOne(type, data)
        expect(typeByCode(type).check(data)).toBeUndefined()
        expect(answer[0]!.data).toBe(typeByCode(type).print(data))
        expect(problems).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

const label = fc.uint8Array({ minLength: 1, maxLength: 12 })
const anyName = fc.array(label, { maxLength: 6 }).map((labels) => {
  return join(...labels.map((bytes) => join(Uint8Array.of(bytes.length), bytes)), Uint8Array.of(0))
})
const charString = fc.uint8Array({ maxLength: 255 }).map((bytes) => join(Uint8Array.of(bytes.length), bytes))

function rdataOf(type: number): fc.Arbitrary<Uint8Array> {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const sequence = (...parts: fc.Arbitrary<Uint8Array>[]) => fc.tuple(...parts).map((all) => join(...all))
  switch (type) {
    case 1:
      return bytes(4)
    case 28:
      return bytes(16)
    case 6:
      return sequence(anyName, anyName, bytes(20))
    case 15:
      return sequence(bytes(2), anyName)
    case 16:
      return fc.array(charString, { minLength: 1, maxLength: 3 }).map((strings) => join(...strings))
    case 33:
      return sequence(bytes(6), anyName)
    case 257:
      return sequence(bytes(1), fc.constant(textBytes('\x05issue')), fc.uint8Array({ maxLength: 80 }))
    case 13:
      return sequence(charString, charString)
    default:
      return anyName
  }
}

test('owner names keep their bytes, dots within labels included', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const text = printName(name)
      const asked = decodeWithDns2(
        buildMessage({ question: { name: text, type: 1 }, answer: [{ name: text, type: 1, data: hex('00000000') }] }),
      )
      expect([asked.question[0]!.name, asked.answer[0]!.name, asked.problems]).toEqual([text, text, []])
    }),
  )
})

test('a response of a real server, with compressed names in owners and rdata', () => {
  const message = hex(
    `
    1234 8580 0001 0002 0001 0001  03777777 076578616d706c65 03636f6d 00 0005 0001
    c00c 0005 0001 0000012c 0006 03776562 c010
    c02d 0001 0001 0000001e 0004 c000020a
    c010 0002 0001 00015180 0006 036e7331 c010
    c04f 0001 0001 00015180 0004 c0000235`.replaceAll('\n', ''),
  )
  const asked = decodeWithDns2(message)
  expect(asked).toMatchObject({
    id: 0x1234,
    opcode: 0,
    rcode: 0,
    flags: { qr: true, aa: true, tc: false, rd: true, ra: true, ad: false, cd: false },
    question: [{ name: 'www.example.com.', type: 5, class: 1 }],
    answer: [
      { name: 'www.example.com.', type: 5, ttlSec: 300, data: 'web.example.com.' },
      { name: 'web.example.com.', type: 1, ttlSec: 30, data: '192.0.2.10' },
    ],
    authority: [{ name: 'example.com.', type: 2, data: 'ns1.example.com.' }],
    additional: [{ name: 'ns1.example.com.', type: 1, data: '192.0.2.53' }],
    problems: [],
    size: message.length,
  })
})

describe('flags', () => {
  test.each([
    [0x8000, ['qr']],
    [0x0400, ['aa']],
    [0x0200, ['tc']],
    [0x0100, ['rd']],
    [0x0080, ['ra']],
    [0x0020, ['ad']],
    [0x0010, ['cd']],
    [0x0040, []],
  ])('0x%s is %j', (flags, names) => {
    const set = Object.entries(decodeWithDns2(buildMessage({ flags })).flags).filter(([, isSet]) => isSet)
    expect(set.map(([name]) => name)).toEqual(names)
  })

  test('opcode and response code', () => {
    expect(decodeWithDns2(buildMessage({ flags: 0xa005 }))).toMatchObject({ opcode: 4, rcode: 5 })
  })
})

describe('EDNS', () => {
  function decodeEdns(options: string, settings = {}) {
    return decodeWithDns2(buildMessage({ additional: [opt(hex(options), settings)] }))
  }

  test('none is said to be none', () => {
    expect(decodeWithDns2(buildMessage({}))).not.toHaveProperty('edns')
  })

  test('size, version, DO and the upper bits of the response code', () => {
    const asked = decodeEdns('', { udpSize: 4096, ttl: 0x01028000 })
    expect(asked.rcode).toBe(16)
    expect(asked.edns).toEqual({ udpSize: 4096, version: 2, dnssecOk: true, extendedErrors: [], options: [] })
    expect(asked.additional).toEqual([])
    expect(asked.problems).toEqual([])
  })

  test.each([
    ['0008 0007 0001 18 10 c00002', { family: 4, bytes: hex('c0000200'), length: 24 }, 16],
    ['0008 0008 0001 1c 1c c00002f0', { family: 4, bytes: hex('c00002f0'), length: 28 }, 28],
    [
      '0008 000b 0002 38 30 20010db8000102',
      { family: 6, bytes: hex('20010db8000102000000000000000000'), length: 56 },
      48,
    ],
    ['0008 0004 0001 00 00', { family: 4, bytes: hex('00000000'), length: 0 }, 0],
  ])('Client Subnet %s', (options, prefix, scope) => {
    const { edns, problems } = decodeEdns(options)
    expect(edns!.subnet).toEqual({ prefix, scope })
    expect(problems).toEqual([])
  })

  test.each([
    ['0008 0003 000118', 'Client Subnet: 3 bytes, fewer than 4'],
    ['0008 0004 0003 00 00', 'Client Subnet: the address family 3'],
    ['0008 0006 0001 18 00 c000', 'Client Subnet: 2 bytes of address for a prefix of 24 bits'],
    ['0008 0007 0001 14 00 c000ff', 'Client Subnet: bits beyond the prefix of 20 bits'],
    ['0008 0008 0001 18 21 c0000200', 'Client Subnet: prefix 24 and scope 33, of 32 bits'],
    ['000f 0001 00', 'Extended DNS Error: 1 bytes, fewer than 2'],
    ['000a 0008 0102', 'EDNS options end in the middle of one, at byte 0 of 6'],
    ['0003 0000 00', 'EDNS options end in the middle of one, at byte 4 of 5'],
  ])('malformed option %s', (options, problem) => {
    const { edns, problems } = decodeEdns(options)
    expect(problems).toContain(problem)
    expect(edns).not.toHaveProperty('subnet')
  })

  test('every option is kept, those that dns2 drops too', () => {
    const { edns } = decodeEdns('0003 0002 6e73  000a 0001 ff  000f 0005 0003 6f6c64')
    expect(edns!.options).toEqual([
      { code: 3, data: Buffer.from('ns') },
      { code: 10, data: Buffer.from([255]) },
      { code: 15, data: Buffer.from('\0\x03old') },
    ])
    expect(edns!.extendedErrors).toEqual([{ code: 3, text: 'old' }])
  })

  test('a second OPT record is a problem', () => {
    const asked = decodeWithDns2(buildMessage({ additional: [opt(hex('')), opt(hex(''))] }))
    expect(asked.problems).toEqual(['2 OPT records (RFC 6891 §6.1.1 allows one)'])
  })
})

describe('malformed messages', () => {
  test('malformed rdata is shown as bytes, and the records after it in their places', () => {
    const a = (data: string) => ({ name: 'x.example.', type: 1, data: hex(data) })
    const asked = decodeWithDns2(buildMessage({ answer: [a('01'), a('c0000201'), a('0102030405'), a('c0000202')] }))
    expect(asked.answer.map(({ data }) => data)).toEqual(['\\# 1 01', '192.0.2.1', '\\# 5 0102030405', '192.0.2.2'])
    expect(asked.problems).toHaveLength(2)
  })

  test('what follows the last record is a problem', () => {
    expect(decodeWithDns2(join(buildMessage({}), hex('0000'))).problems).toEqual(['2 bytes after the last record'])
  })

  const header = '0000 8400 0001 0000 0000 0000'
  test.each([
    ['nothing', '', 'only 0 bytes'],
    ['half a header', '0000 8400', 'only 4 bytes'],
    ['a question that is missing', header, 'broken at byte 12'],
    ['a name without an end', `${header} 0361`, 'broken at byte 12'],
    ['a pointer to itself', `${header} c00c 0001 0001`, 'broken at byte 12'],
    ['a pointer forward', `${header} c00e 0001 0001 00`, 'broken at byte 12'],
    ['a reserved label type', `${header} 4001 00 0001 0001`, 'broken at byte 12'],
    ['rdata beyond the end', '0000 8400 0000 0001 0000 0000 00 0001 0001 00000000 0004 c000', 'broken at byte'],
    ['a name beyond its rdata', '0000 8400 0000 0001 0000 0000 00 0002 0001 00000000 0002 0161 00', 'broken at byte'],
  ])('%s is no message', (_, bytes, why) => {
    const failure = thrownBy(() => decodeWithDns2(hex(bytes)))
    expect(failure).toMatchObject({ code: 'ask-garbled' })
    expect(failure.message).toContain(why)
  })

  test.each([
    [127, true],
    [128, false],
  ])('a chain of %i pointers passes: %s', (length, passes) => {
    // A record of unknown type holds the chain: each pointer leads to the one before it, the first to a root.
    const rdataAt = 12 + 11
    const chain = Buffer.alloc(1 + 2 * length)
    for (let i = 0; i < length; i++)
      chain.writeUInt16BE(0xc000 | (i === 0 ? rdataAt : rdataAt + 1 + 2 * (i - 1)), 1 + 2 * i)
    const owner = buildMessage({ answer: [{ name: '.', type: 65280, data: chain }] })
    const last = 0xc000 | (rdataAt + 1 + 2 * (length - 2))
    const record = join(Uint8Array.of(last >> 8, last), hex('0001 0001 00000000 0004 c0000201'))
    const message = join(owner, record)
    message[7] = 2
    if (passes) expect(decodeWithDns2(message).answer[1]).toMatchObject({ name: '.', data: '192.0.2.1' })
    else expect(() => decodeWithDns2(message)).toThrow(Failure)
  })

  test('whatever comes, it is decoded or refused', () => {
    const sound = buildMessage({
      question: { name: 'www.example.', type: 1 },
      answer: [
        { name: 'www.example.', type: 5, data: wire('web.example.') },
        { name: 'web.example.', type: 6, data: join(wire('a.'), wire('b.'), soaNumbers) },
        { name: 'web.example.', type: 257, data: textBytes('\x00\x05issuex') },
      ],
      additional: [opt(hex('0008 0007 0001 18 10 c00002'))],
    })
    const change = fc.record({ at: fc.nat(sound.length - 1), to: fc.integer({ min: 0, max: 255 }) })
    const message = fc.array(change, { maxLength: 4 }).map((changes) => {
      const bytes = Uint8Array.from(sound)
      for (const { at, to } of changes) bytes[at] = to
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(message, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const before = Uint8Array.from(bytes)
        try {
          expect(decodeWithDns2(bytes).size).toBe(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(Failure)
        }
        expect(bytes).toEqual(before)
      }),
      { numRuns: 2000 },
    )
  })
})

function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
