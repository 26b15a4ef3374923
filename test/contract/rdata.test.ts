// What every record type owes: text ↔ wire both ways, the generic form (RFC 3597 §5), and a word for what is wrong.
// A new type is a sample here.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseName, ROOT } from '../../src/core/wire/name.ts'
import { allTypes, layoutOf, targetNames, typeByCode, typeByName, typeName } from '../../src/core/wire/rdata/index.ts'
import { Layout, type RdataError, type RecordType } from '../../src/core/wire/rdata.ts'
import { printHex, type Token } from '../../src/core/wire/text.ts'
import { type Entry, nextEntry, openLexer } from '../../src/core/zone/master/lexer.ts'

const origin = parseName('example.com.') as Uint8Array
const EXAMPLE = '076578616d706c6503636f6d00'

interface Sample {
  readonly code: number
  /** [as written, as printed, wire in hex] */
  readonly good: readonly (readonly [string, string, string])[]
  /** [as written, the index of the wrong token, part of the message] */
  readonly bad: readonly (readonly [string, number, string])[]
  readonly badWire: readonly string[]
  readonly layout?: Layout
  /** Targets of the first good sample. */
  readonly targets?: readonly string[]
}

const samples: Readonly<Record<string, Sample>> = {
  A: {
    code: 1,
    good: [
      ['192.0.2.1', '192.0.2.1', 'c0000201'],
      ['0.0.0.0', '0.0.0.0', '00000000'],
      ['255.255.255.255', '255.255.255.255', 'ffffffff'],
    ],
    bad: [
      ['', 0, 'A address: expected an IPv4 address, found the end of the record'],
      ['192.0.2', 0, 'found "192.0.2"'],
      ['192.0.2.256', 0, 'found "192.0.2.256"'],
      ['192.0.2.01', 0, 'found "192.0.2.01"'],
      ['192.0.2.1.', 0, 'found "192.0.2.1."'],
      ['192.0..1', 0, 'found "192.0..1"'],
      ['2001:db8::1', 0, 'found the IPv6 address 2001:db8::1'],
      ['"192.0.2.1"', 0, 'found the quoted string "192.0.2.1"'],
      ['192.0.2.1 192.0.2.2', 1, 'expected the end of the A record, found "192.0.2.2"'],
    ],
    badWire: ['', 'c00002', 'c000020101'],
  },
  AAAA: {
    code: 28,
    good: [
      ['2001:DB8::1', '2001:db8::1', '20010db8000000000000000000000001'],
      ['::', '::', '00000000000000000000000000000000'],
      ['::ffff:192.0.2.1', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ],
    bad: [
      ['192.0.2.1', 0, 'found the IPv4 address 192.0.2.1'],
      ['2001:db8::1::', 0, 'expected an IPv6 address'],
    ],
    badWire: ['', 'c0000201', '20010db800000000000000000000000100'],
  },
  CAA: {
    code: 257,
    good: [
      [
        '0 issue "ca.example; policy=ev"',
        '0 issue "ca.example; policy=ev"',
        '0005697373756563612e6578616d706c653b20706f6c6963793d6576',
      ],
      ['128 tbs Unknown', '128 tbs "Unknown"', '8003746273556e6b6e6f776e'],
      ['0 issue ""', '0 issue ""', '00056973737565'],
    ],
    bad: [
      ['256 issue x', 0, 'CAA flags: expected a number from 0 to 255, found "256"'],
      ['0 is-sue x', 1, 'CAA tag: expected a word of letters and digits, found "is-sue"'],
      ['0 issue', 2, 'CAA value: expected a string, found the end of the record'],
      ['0 issue a b', 3, 'expected the end of the CAA record'],
    ],
    badWire: ['', '00', '0000', '000569737375', '00022d2d61'],
  },
  CNAME: {
    code: 5,
    good: [
      ['www', 'www.example.com.', `03777777${EXAMPLE}`],
      ['@', 'example.com.', EXAMPLE],
      ['.', '.', '00'],
      ['a\\.b\\032c.', 'a\\.b\\032c.', '05612e62206300'],
    ],
    bad: [
      ['a..b', 0, 'expected a domain name, found an empty label'],
      [`${'a'.repeat(64)}`, 0, 'a label of more than 63 bytes'],
      ['"www"', 0, 'found the quoted string "www"'],
    ],
    badWire: ['', '03777777', 'c00c', '0000', '40'],
    layout: Layout.name,
    targets: ['www.example.com.'],
  },
  HINFO: {
    code: 13,
    good: [
      ['RFC8482 ""', '"RFC8482" ""', '075246433834383200'],
      ['"a b" "\\"\\\\\\200"', '"a b" "\\"\\\\\\200"', '0361206203225cc8'],
    ],
    bad: [['x', 1, 'HINFO os: expected a string of at most 255 bytes, found the end of the record']],
    badWire: ['', '0161', '05616161'],
  },
  MX: {
    code: 15,
    good: [
      ['10 mail', '10 mail.example.com.', `000a046d61696c${EXAMPLE}`],
      ['0 .', '0 .', '000000'],
    ],
    bad: [
      ['mail', 0, 'MX preference: expected a number from 0 to 65535, found "mail"'],
      ['65536 mail', 0, 'found "65536"'],
      ['-1 mail', 0, 'found "-1"'],
      ['10', 1, 'MX exchange: expected a domain name, found the end of the record'],
      ['10 mail extra', 2, 'expected the end of the MX record, found "extra"'],
    ],
    badWire: ['', '00', '000a', '000a046d61'],
    layout: Layout.u16Name,
    targets: ['mail.example.com.'],
  },
  NS: {
    code: 2,
    good: [['ns1', 'ns1.example.com.', `036e7331${EXAMPLE}`]],
    bad: [['ns1 ns2', 1, 'expected the end of the NS record']],
    badWire: ['', '036e73'],
    layout: Layout.name,
    targets: ['ns1.example.com.'],
  },
  PTR: {
    code: 12,
    good: [['host', 'host.example.com.', `04686f7374${EXAMPLE}`]],
    bad: [['', 0, 'PTR target: expected a domain name']],
    badWire: [''],
    layout: Layout.name,
    targets: ['host.example.com.'],
  },
  SOA: {
    code: 6,
    good: [
      [
        'ns1 host\\.master 2024010101 1h 15m 2W 30',
        'ns1.example.com. host\\.master.example.com. 2024010101 3600 900 1209600 30',
        `036e7331${EXAMPLE}0b686f73742e6d6173746572${EXAMPLE}78a3f17500000e1000000384001275000000001e`,
      ],
      [
        '. . 4294967295 0 0 0 4294967295',
        '. . 4294967295 0 0 0 4294967295',
        '0000ffffffff000000000000000000000000ffffffff',
      ],
    ],
    bad: [
      ['ns1 hostmaster 1 1h 15m 2w', 6, 'SOA minimum: expected a number of seconds, or a time such as 1h30m'],
      ['ns1 hostmaster 1h 1h 15m 2w 30', 2, 'SOA serial: expected a number from 0 to 4294967295, found "1h"'],
      ['ns1 hostmaster 1 1h30 15m 2w 30', 3, 'SOA refresh'],
      ['ns1 hostmaster 1 1x 15m 2w 30', 3, 'found "1x"'],
      ['ns1 hostmaster 1 1 1 1 7102w', 6, 'found "7102w"'],
    ],
    badWire: ['', '0000', '000000000001', '0000ffffffff000000000000000000000000ffffffff00'],
    layout: Layout.twoNames,
    targets: ['ns1.example.com.', 'host\\.master.example.com.'],
  },
  SRV: {
    code: 33,
    good: [['10 60 5060 sip', '10 60 5060 sip.example.com.', `000a003c13c403736970${EXAMPLE}`]],
    bad: [['10 60 sip', 2, 'SRV port: expected a number from 0 to 65535, found "sip"']],
    badWire: ['', '000a003c13c4'],
    layout: Layout.none,
    targets: ['sip.example.com.'],
  },
  TXT: {
    code: 16,
    good: [
      ['"v=spf1 mx -all"', '"v=spf1 mx -all"', '0e763d73706631206d78202d616c6c'],
      ['a "b c" ""', '"a" "b c" ""', '01610362206300'],
      ['""', '""', '00'],
      ['"\\# 1 00"', '"# 1 00"', '06232031203030'],
      ['"gr\u00fcn\\;"', '"gr\\195\\188n;"', '066772c3bc6e3b'],
    ],
    bad: [
      ['', 0, 'TXT strings: expected strings of at most 255 bytes each, found the end of the record'],
      [`a ${'x'.repeat(256)}`, 1, 'found one of 256; split it into several quoted strings'],
      ['"\\256"', 0, 'found the escape \\256, which is above 255'],
      ['"\\25"', 0, 'no escape \\DDD of three digits'],
      ['v="a b"', 0, 'a quote inside a word; put the whole string in quotes'],
    ],
    badWire: ['', '05616161', '016102'],
  },
  TYPE65280: {
    code: 65280,
    good: [
      ['\\# 3 0A0b0C', '\\# 3 0a0b0c', '0a0b0c'],
      ['\\# 3 0a 0b0c', '\\# 3 0a0b0c', '0a0b0c'],
      ['\\# 0', '\\# 0', ''],
    ],
    bad: [
      ['0a0b', 0, 'TYPE65280: expected \\# length hex (RFC 3597), found "0a0b"'],
      ['"\\#" 1 00', 0, 'expected \\# length hex'],
      ['\\#', 1, 'expected the length after \\#, found the end of the record'],
      ['\\# x', 1, 'expected the length after \\#, found "x"'],
      ['\\# 65536 00', 1, 'found "65536"'],
      ['\\# 2 00', 1, 'expected 2 bytes in hex, found 1'],
      ['\\# 1 0g', 2, 'expected pairs of hex digits, found "0g"'],
      ['\\# 2 000 0', 2, 'expected pairs of hex digits, found "000"'],
    ],
    badWire: [],
  },
}

function tokensOf(text: string): Token[] {
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  nextEntry(openLexer(text), entry)
  return entry.tokens
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function parsed(type: RecordType, text: string): string | RdataError {
  const rdata = type.parse(tokensOf(text), origin)
  return rdata instanceof Uint8Array ? printHex(rdata) : rdata
}

test('every type has a sample', () => {
  expect(Object.keys(samples).sort()).toEqual([...allTypes.map((type) => type.name), 'TYPE65280'].sort())
})

describe.each(Object.entries(samples))('%s', (name, sample) => {
  const type = typeByName(name)!

  test('is found by name, in any case, and by code', () => {
    expect(type.code).toBe(sample.code)
    expect(typeByName(name.toLowerCase())?.name).toBe(name)
    expect(typeByName(`TYPE${sample.code}`)?.name).toBe(name)
    expect(typeByCode(sample.code).name).toBe(name)
    expect(typeName(sample.code)).toBe(name)
  })

  test.each(sample.good)('%s is printed as %s', (text, printed, hex) => {
    expect(parsed(type, text)).toBe(hex)
    expect(type.check(bytesOf(hex))).toBeUndefined()
    expect(type.print(bytesOf(hex))).toBe(printed)
    expect(parsed(type, printed)).toBe(hex)
    expect(type.write(type.read(bytesOf(hex)))).toEqual(bytesOf(hex))
  })

  test.each(sample.good)('%s is also read in the generic form', (_text, _printed, hex) => {
    expect(parsed(type, `\\# ${hex.length / 2} ${hex}`)).toBe(hex)
  })

  test.each(sample.bad)('"%s" is refused at token %i: %s', (text, token, message) => {
    expect(parsed(type, text)).toEqual({ token, message: expect.stringContaining(message) })
  })

  test.each(sample.badWire.map((hex) => [hex]))('the bytes "%s" are refused, and printed as they are', (hex) => {
    const rdata = bytesOf(hex)
    expect(type.check(rdata)).toMatch(new RegExp(`^${name}`))
    expect(type.read(rdata)).toBeUndefined()
    expect(type.print(rdata)).toMatch(/^\\# \d+/)
    expect(parsed(type, type.print(rdata))).toMatchObject({ token: 0 })
  })

  test('says where names are, and which of them may be compressed', () => {
    const rdata = bytesOf(sample.good[0]![2])
    expect(layoutOf(sample.code)).toBe(sample.layout ?? Layout.none)
    expect(type.layout).toBe(sample.layout ?? Layout.none)
    const targets = (sample.targets ?? []).map((target) => parseName(target, ROOT))
    expect(targetNames(rdata, sample.code)).toEqual(targets)
  })

  test('what is printed reads back identical, and no bytes make it throw', () => {
    const wires = sample.good.map(([, , hex]) => bytesOf(hex))
    const mutated = fc
      .tuple(fc.constantFrom(...wires), fc.nat(300), fc.uint8Array({ maxLength: 3 }), fc.nat(2))
      .map(([wire, at, bytes, gone]) => Uint8Array.from([...wire.slice(0, at), ...bytes, ...wire.slice(at + gone)]))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (rdata) => {
        const text = type.print(rdata)
        if (type.check(rdata) === undefined) expect(parsed(type, text)).toBe(printHex(rdata))
        else expect(parsed(type, text)).toHaveProperty('message')
      }),
      { numRuns: 500 },
    )
  })
})

test('names of types are found only where they are one', () => {
  for (const name of ['', 'TYPE', 'TYPE-1', 'TYPE65536', 'TYPE1x', 'XYZ', '1', '__proto__'])
    expect(typeByName(name)).toBeUndefined()
  expect(typeName(65)).toBe('TYPE65')
})
