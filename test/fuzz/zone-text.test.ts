// Damaged zone texts, as many as a default run can do in seconds (test/long has ten times as many).

import { expect, test } from 'vitest'
import { readDamagedZones } from './zone-text.ts'

const TEXTS = 10_000

test(`${TEXTS} damaged zone texts: no exception, and what is sound reads back as it was`, () => {
  const { sound, refused } = readDamagedZones(TEXTS, 20_261_121)
  expect(sound).toBeGreaterThan(TEXTS / 20)
  expect(refused).toBeGreaterThan(TEXTS / 10)
}, 60_000)
