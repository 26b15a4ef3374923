// Names as text and as bytes: what is read is printed, what is wrong is told, and hashes of suffixes are those of whole names.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareNames,
  countLabels,
  hashName,
  isWithin,
  lowerName,
  nameLength,
  parentName,
  parseName,
  printName,
  ROOT,
  sameName,
} from '../../../src/core/wire/name.ts'
import { nameOf } from '../../support/snapshot.ts'

const origin = nameOf('example.com.')
const label = fc.uint8Array({ minLength: 1, maxLength: 12 })
const anyName = fc
  .array(label, { maxLength: 6 })
  .map((labels) => Uint8Array.from([...labels.flatMap((bytes) => [bytes.length, ...bytes]), 0]))

test.each([
  ['.', '.'],
  ['@', 'example.com.'],
  ['www', 'www.example.com.'],
  ['www.', 'www.'],
  ['WwW.Example.COM.', 'WwW.Example.COM.'],
  ['*', '*.example.com.'],
  ['a.*.b', 'a.*.b.example.com.'],
  ['john\\.doe', 'john\\.doe.example.com.'],
  ['a\\046b.', 'a\\.b.'],
  ['\\000\\255.', '\\000\\255.'],
  ['sp\\ ace.', 'sp\\032ace.'],
  ['\\\\.', '\\\\.'],
  ['a\\.', 'a\\..example.com.'],
  ['münchen.', 'm\\195\\188nchen.'],
  ['ü\\046x.', '\\195\\188\\.x.'],
  ['_dns-sd._udp.', '_dns-sd._udp.'],
  ['\\@.', '\\@.'],
  ['say"hi;.', 'say\\"hi\\;.'],
])('%s is read as %s', (text, printed) => {
  const name = parseName(text, origin)
  expect(name).toBeInstanceOf(Uint8Array)
  expect(printName(name as Uint8Array)).toBe(printed)
})

const octet63 = 'x'.repeat(63)

test.each([
  ['', 'an empty name'],
  ['..', 'an empty label in ".."'],
  ['.a.', 'an empty label in ".a."'],
  ['a..b.', 'an empty label in "a..b."'],
  [`${octet63}x.`, `a label of more than 63 bytes in "${octet63}x."`],
  [`${octet63}.`.repeat(4), 'a name of more than 255 bytes'],
  [`${octet63}.`.repeat(3) + 'x'.repeat(62), 'a name of more than 255 bytes'],
  ['a\\', 'a backslash at the end'],
  ['a\\256.', 'the escape \\256 is above 255'],
  ['a\\25.', 'an escape \\DDD needs three digits in "a\\25."'],
  ['a\\2', 'an escape \\DDD needs three digits in "a\\2"'],
])('%j is refused: %s', (text, message) => expect(parseName(text, origin)).toBe(message))

test('a relative name needs an origin, an absolute one does not', () => {
  expect(parseName('www')).toBe('the relative name "www" where there is no origin')
  expect(parseName('@')).toBe('a relative name where there is no origin')
  expect(parseName('www.')).toEqual(Uint8Array.of(3, 119, 119, 119, 0))
})

test('the longest names and labels that there are', () => {
  const name = nameOf(`${octet63}.${octet63}.${octet63}.${'x'.repeat(61)}.`)
  expect(name).toHaveLength(255)
  expect(nameLength(name)).toBe(255)
  expect(countLabels(nameOf('x.'.repeat(127)))).toBe(127)
})

test('what is printed is read back, byte by byte', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      expect(parseName(printName(name))).toEqual(name)
      expect(nameLength(Uint8Array.from([1, 2, 3, ...name, 9]), 3)).toBe(name.length)
    }),
    { seed: 1 },
  )
})

describe('case (RFC 4343)', () => {
  test('names that differ in case alone are the same, with the same hash', () => {
    expect(sameName(nameOf('WWW.example.'), nameOf('www.EXAMPLE.'))).toBe(true)
    expect(sameName(nameOf('www.example.'), nameOf('www.example.com.'))).toBe(false)
    expect(lowerName(nameOf('A-Z[`{.'))).toEqual(nameOf('a-z[`{.'))
    fc.assert(
      fc.property(anyName, (name) => {
        const lower = lowerName(name)
        expect(sameName(name, lower)).toBe(true)
        expect(lowerName(lower)).toEqual(lower)
      }),
      { seed: 2 },
    )
  })

  test('lower-casing leaves the length bytes alone, also of labels of 65 bytes and more that do not exist', () => {
    expect(lowerName(nameOf(`${'A'.repeat(63)}.`))[0]).toBe(63)
  })
})

test.each([
  ['www.example.com.', 'example.com.', true],
  ['example.com.', 'example.com.', true],
  ['example.com.', 'www.example.com.', false],
  ['xexample.com.', 'example.com.', false],
  ['example.com.', '.', true],
  ['.', '.', true],
  ['com.', 'net.', false],
  // The bytes of the ancestor stand at the end of this name, but within a label.
  ['a\\007example\\003com.', 'example.com.', false],
])('%s is within %s: %s', (name, ancestor, expected) => {
  expect(isWithin(nameOf(name), nameOf(ancestor))).toBe(expected)
})

test('parents lead to the root', () => {
  const seen: string[] = []
  for (let name: Uint8Array | undefined = nameOf('a.b.c.'); name; name = parentName(name)) seen.push(printName(name))
  expect(seen).toEqual(['a.b.c.', 'b.c.', 'c.', '.'])
  expect(parentName(ROOT)).toBeUndefined()
})

test('the canonical order is that of the example in RFC 4034 §6.1', () => {
  const sorted = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ]
  const shuffled = sorted.map((text) => nameOf(text)).toReversed()
  expect(shuffled.toSorted(compareNames).map((name) => printName(name))).toEqual(sorted)
})

test('comparing is an order: signs turn around, and equal means the same name', () => {
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) + 0)
      expect(compareNames(a, b) === 0).toBe(sameName(a, b))
      if (isWithin(lowerName(a), lowerName(b))) expect(compareNames(b, a)).toBeLessThanOrEqual(0)
    }),
    { seed: 3 },
  )
})

test('different names have different hashes, but for chance', () => {
  const hashes = new Set<number>()
  for (let i = 0; i < 200; i++) for (let j = 0; j < 200; j++) hashes.add(hashName(nameOf(`h${i}.zone${j}.example.`)))
  // 40 000 in 2^32: 0.19 pairs are expected to meet.
  expect(hashes.size).toBeGreaterThan(39_995)
})
