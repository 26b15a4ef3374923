// What every record type owes: text ↔ wire both ways, the generic form (RFC 3597 §5), and a word for what is wrong.
// A new type is a sample in rdata-samples.ts.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseName, ROOT } from '../../src/core/wire/name.ts'
import { allTypes, layoutOf, targetNames, typeByCode, typeByName, typeName } from '../../src/core/wire/rdata/index.ts'
import { Layout, type RdataError, type RecordType } from '../../src/core/wire/rdata.ts'
import { printHex, type Token } from '../../src/core/wire/text.ts'
import { parseTypeName, printTypeName } from '../../src/core/wire/type-name.ts'
import { type Entry, nextEntry, openLexer } from '../../src/core/zone/master/lexer.ts'
import { samples } from './rdata-samples.ts'

const origin = parseName('example.com.') as Uint8Array

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
    expect([parseTypeName(name.toLowerCase()), printTypeName(sample.code)]).toEqual([sample.code, name])
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
  expect(typeName(9999)).toBe('TYPE9999')
})
