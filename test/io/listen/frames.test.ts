// Cutting a stream into messages: how it was cut before must not matter.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendBytes, createFrames, isPartial, Next, nextFrame } from '../../../src/io/listen/frames.ts'
import { frame } from './clients.ts'

test('however a stream is cut up, the same messages come out', () => {
  const message = fc.uint8Array({ minLength: 12, maxLength: 600 })
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
      const stream = Buffer.concat(messages.map(frame))
      const frames = createFrames()
      const found: Uint8Array[] = []
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = cuts[turn % cuts.length]!
        appendBytes(frames, Uint8Array.from(stream.subarray(at, at + size)))
        at += size
        while (nextFrame(frames) === Next.frame) found.push(frames.bytes.slice(frames.at, frames.at + frames.length))
      }
      expect(found).toEqual(messages)
      expect(isPartial(frames)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test.each([
  [0, Next.malformed],
  [11, Next.malformed],
  [12, Next.frame],
  [65_535, Next.frame],
])('a message of %d bytes', (length, outcome) => {
  const frames = createFrames()
  appendBytes(frames, frame(new Uint8Array(length)))
  expect(nextFrame(frames)).toBe(outcome)
})

test('a length alone reserves no memory', () => {
  const frames = createFrames()
  appendBytes(frames, Uint8Array.of(0xff))
  appendBytes(frames, Uint8Array.of(0xff))
  appendBytes(frames, Uint8Array.of(1))
  expect(nextFrame(frames)).toBe(Next.none)
  expect(isPartial(frames)).toBe(true)
  expect(frames.bytes.length).toBeLessThanOrEqual(1024)
})
