// Damaged zone texts, another set in each run: the seed is printed, and repeats what it found.

import { expect, test } from 'vitest'
import { readDamagedZones } from '../fuzz/zone-text.ts'

const TEXTS = 100_000

test(`${TEXTS} damaged zone texts`, () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
  try {
    expect(readDamagedZones(TEXTS, seed).sound).toBeGreaterThan(TEXTS / 20)
  } catch (error) {
    throw new Error(`with FUZZ_SEED=${seed}`, { cause: error })
  }
}, 600_000)
