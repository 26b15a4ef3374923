// The packet loop with the function that answers: ten million queries of every kind, and nothing on the heap.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Million } from '../io/listen/million-queries.ts'

const WINDOWS = 44

test('ten million queries allocate nothing', { timeout: 600_000 }, async () => {
  const program = fileURLToPath(new URL('../io/listen/million-queries.ts', import.meta.url))
  // Nothing is collected before 256 MB, so that nothing that was allocated can hide.
  const young = ['--min-semi-space-size=256', '--max-semi-space-size=256']
  const { stdout } = await promisify(execFile)(process.execPath, [...young, program, String(WINDOWS)])
  const { received, settled, bytesPerQuery } = JSON.parse(stdout) as Million
  process.stdout.write(`bytes a query, by window: ${bytesPerQuery.map((bytes) => bytes.toFixed(2)).join(' ')}\n`)
  expect(received).toBeGreaterThan(10_000_000)
  expect(settled).toBe(received)
  // An object for each query of one kind in 14 would be 1.1. The clock makes one of 16 bytes per batch of 64, and V8 some of its own.
  const mean = bytesPerQuery.reduce((sum, bytes) => sum + bytes, 0) / bytesPerQuery.length
  expect(bytesPerQuery).toHaveLength(WINDOWS)
  expect(mean).toBeLessThan(0.7)
})
