import { expect, test } from 'vitest'
import { createHeaviest, noteHeavy, readHeaviest } from '../../../src/core/guard/heaviest.ts'

test('whoever makes most of a flood is named, though ten thousand others come between', () => {
  const block = createHeaviest()
  const words = new Int32Array(block)
  for (let i = 0; i < 10_000; i++) {
    noteHeavy(words, 0x0a000000 + (i << 8), 0, 4, 4, 100)
    for (let k = 0; k < 200; k++) noteHeavy(words, 0xc0000200 | 0, 0, 4, 0, 200)
  }
  const [heaviest] = readHeaviest(block).sort((a, b) => b.count - a.count)
  expect(heaviest).toMatchObject({ high: 0xc0000200 | 0, family: 4, kind: 0, lastSec: 200 })
  expect(heaviest!.count).toBeGreaterThan(1_900_000)
  expect(readHeaviest(block).length).toBeLessThanOrEqual(64)
})

test('a table that nobody wrote to names nobody', () => expect(readHeaviest(createHeaviest())).toEqual([]))
