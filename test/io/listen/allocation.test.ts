// The packet loop with the function that answers: a million queries of every kind, and nothing on the heap.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Million } from './million-queries.ts'

test('a million queries allocate nothing', { timeout: 180_000 }, async () => {
  const program = fileURLToPath(new URL('./million-queries.ts', import.meta.url))
  // Nothing is collected before 256 MB, so that nothing that was allocated can hide.
  const young = ['--min-semi-space-size=256', '--max-semi-space-size=256']
  const { stdout } = await promisify(execFile)(process.execPath, [...young, program])
  const { received, settled, bytesPerQuery } = JSON.parse(stdout) as Million
  expect(received).toBeGreaterThan(1_000_000)
  expect(settled).toBe(received)
  // The smallest object has 16 bytes, and a kind of query that made one would add 0.9, since there are 17 kinds. V8's own
  // objects are counted too, most of them early, so the quietest window counts. The clock makes one per batch: 16 / 64.
  expect(Math.min(...bytesPerQuery)).toBeLessThan(0.7)
})
