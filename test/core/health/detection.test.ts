// The manual's formulas for how soon a change shows.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { latestDownMs, latestUpMs } from '../../../src/core/health/detection.ts'

const usual = { everyMs: 10_000, timeoutMs: 4000, fall: 3, rise: 2, confirmMs: 1000 }

test('at the defaults a loss shows after 19 s and a return after 23 s, as the manual says', () => {
  expect(latestDownMs(usual)).toBeCloseTo(19_000, 6)
  expect(latestUpMs(usual)).toBeCloseTo(23_000, 6)
  const manual = readFileSync(new URL('../../../docs/checks/http.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
  expect(manual).toContain('`every` × 1.1 + `fall` × `confirm` + `timeout` + 1 s which is 19 s at the defaults')
  expect(manual).toContain('`rise` × `every` × 1.1')
})

test.each([
  ['fall', { ...usual, fall: 5 }, 21_000, 23_000],
  ['rise', { ...usual, rise: 4 }, 19_000, 45_000],
  ['every', { ...usual, everyMs: 30_000 }, 41_000, 67_000],
])('%s counts as often as it is waited for', (_, timing, down, up) => {
  expect(latestDownMs(timing)).toBeCloseTo(down, 6)
  expect(latestUpMs(timing)).toBeCloseTo(up, 6)
})
