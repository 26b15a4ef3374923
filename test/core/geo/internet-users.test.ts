// The table of Internet users: whole, plausible, and of countries that there are.

import { expect, test } from 'vitest'
import { countries } from '../../../src/core/geo/country.ts'
import { internetUsers } from '../../../src/core/geo/internet-users.ts'

test('has only countries that there are, each once, with users', () => {
  expect([...internetUsers.keys()].filter((code) => !countries.has(code))).toEqual([])
  expect([...internetUsers.values()].every((users) => Number.isInteger(users) && users > 0)).toBe(true)
  expect(internetUsers.size).toBe(208)
})

test('comes to some five thousand million people, with the largest first', () => {
  const sum = [...internetUsers.values()].reduce((total, users) => total + users, 0)
  expect(sum).toBeGreaterThan(4_700_000)
  expect(sum).toBeLessThan(5_100_000)
  const largest = [...internetUsers].sort((a, b) => b[1] - a[1]).map(([code]) => code)
  expect(largest.slice(0, 5)).toEqual(['CN', 'IN', 'US', 'ID', 'BR'])
})
