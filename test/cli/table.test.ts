// Columns that line up.

import { expect, test } from 'vitest'
import { printTable } from '../../src/cli/table.ts'

test('each column is as wide as its widest cell', () => {
  expect(
    printTable([
      ['pool', 'state'],
      ['eu', 'up'],
      ['asia', 'down', 'since 12:00'],
    ]),
  ).toBe('pool  state\neu    up\nasia  down   since 12:00')
})

test('no rows are no text', () => expect(printTable([])).toBe(''))
