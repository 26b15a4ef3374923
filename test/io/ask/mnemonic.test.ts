// Names for numbers.

import { expect, test } from 'vitest'
import {
  knownTypes,
  parseType,
  printClass,
  printExtendedError,
  printRcode,
  printType,
} from '../../../src/io/ask/mnemonic.ts'

test.each([
  ['A', 1],
  ['aaaa', 28],
  ['HTTPS', 65],
  ['ds', 43],
  ['ANY', 255],
  ['TYPE65', 65],
  ['type65535', 65535],
  ['TYPE65536', undefined],
  ['constructor', undefined],
  ['AXFR', undefined],
  ['', undefined],
])('the type "%s" is %s', (text, code) => expect(parseType(text)).toBe(code))

test('every name known is printed for its code', () => {
  expect(knownTypes.map((name) => printType(parseType(name)!))).toEqual(knownTypes)
})

test.each([
  [printType(9999), 'TYPE9999'],
  [printClass(1), 'IN'],
  [printClass(7), 'CLASS7'],
  [printRcode(3), 'NXDOMAIN'],
  [printRcode(16), 'BADVERS'],
  [printRcode(100), 'RCODE100'],
  [printExtendedError(3), 'STALE_ANSWER'],
  [printExtendedError(999), 'EDE999'],
])('%s', (printed, text) => expect(printed).toBe(text))
