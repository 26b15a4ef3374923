// Damaged requests by the million, another set in each run: the seed is printed, and repeats what it found.

import { expect, test } from 'vitest'
import { sendDamaged } from '../fuzz/damaged.ts'

const PACKETS = 5_000_000

test(`${PACKETS} damaged requests over UDP and TCP`, () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
  const before = process.memoryUsage().heapUsed
  try {
    expect(sendDamaged(PACKETS, seed).read).toBeGreaterThan(PACKETS / 100)
  } catch (error) {
    throw new Error(`with FUZZ_SEED=${seed}`, { cause: error })
  }
  // Nothing is kept of a request: what is there besides is garbage of the tests that waits to be collected.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024)
}, 600_000)
