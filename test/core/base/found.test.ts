// What was found, in plain words.

import { expect, test } from 'vitest'
import { printFound } from '../../../src/core/base/found.ts'

test.each<[unknown, string]>([
  ['heavy', '"heavy"'],
  ['a "b"\n\u0000', '"a \\"b\\"\\n\\u0000"'],
  ['x'.repeat(61), `"${'x'.repeat(59)}…"`],
  ['', '""'],
  [1.2, 'the number 1.2'],
  [-0.5, 'the number -0.5'],
  [Number.NaN, 'the number .nan'],
  [-Infinity, 'the number -.inf'],
  [true, 'true'],
  [null, 'nothing'],
  [undefined, 'nothing'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [{}, 'an empty map'],
  [{ a: 1 }, 'a map'],
])('%j is %s', (value, words) => expect(printFound(value)).toBe(words))
