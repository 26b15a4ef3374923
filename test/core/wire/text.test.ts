// Presentation format below the fields: strings, numbers, times.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseNumber, parseSeconds, parseText, printText } from '../../../src/core/wire/text.ts'

test.each([
  ['0', 0],
  ['300', 300],
  ['1s', 1],
  ['1h30m', 5400],
  ['1H30M', 5400],
  ['2w3d', 1_468_800],
  ['1d1d', 172_800],
  ['2147483647', 2_147_483_647],
])('the time %s is %i seconds', (text, seconds) => expect(parseSeconds(text, 2_147_483_647)).toBe(seconds))

test.each(['', 's', '1h30', '1x', '-1', '1.5h', ' 1', '2147483648', '3551w', '99999999999999999999', 'h1'])(
  '"%s" is no time',
  (text) => expect(parseSeconds(text, 2_147_483_647)).toBe(-1),
)

test.each([
  ['0', 255, 0],
  ['007', 255, 7],
  ['255', 255, 255],
  ['256', 255, -1],
  ['', 255, -1],
  ['+1', 255, -1],
  ['1e2', 255, -1],
  ['0x10', 255, -1],
  ['1111111111111111', 255, -1],
])('the number "%s" up to %i is %i', (text, max, value) => expect(parseNumber(text, max)).toBe(value))

test('any bytes survive printing and parsing as a string', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = printText(bytes)
      expect(text).toMatch(/^"[\x20-\x7e]*"$/)
      expect(parseText(text.slice(1, -1))).toEqual(bytes)
    }),
  )
})

test('text outside ASCII is UTF-8, beside escapes too', () => {
  expect(parseText('ü\\065\\ü')).toEqual(Uint8Array.from([0xc3, 0xbc, 65, 0xc3, 0xbc]))
})
