// Damaged zone texts, another set in each run: the seed is printed, and repeats what it found.

import { expect, test } from 'vitest'
import { readDamagedZones } from '../fuzz/zone-text.ts'

const TEXTS = 100_000
const ROUNDS = 10

test(`${TEXTS} damaged zone texts`, () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
  const sizes: number[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      expect(readDamagedZones(TEXTS / ROUNDS, seed + round).sound).toBeGreaterThan(TEXTS / ROUNDS / 20)
      sizes.push(process.memoryUsage().rss / 1024 / 1024)
    }
  } catch (error) {
    throw new Error(`with FUZZ_SEED=${seed}`, { cause: error })
  }
  process.stderr.write(`zone texts: resident MB by round: ${sizes.map((size) => Math.round(size)).join(' ')}\n`)
  // Nothing is kept of a text; what fluctuates is garbage that waits to be collected.
  expect(Math.max(...sizes.slice(-3))).toBeLessThan(Math.max(...sizes.slice(1, 4)) + 100)
}, 600_000)
