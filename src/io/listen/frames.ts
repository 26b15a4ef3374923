// Cutting a byte stream into DNS messages, each behind its length in 16 bits (RFC 1035 §4.2.2). Memory grows with what has
// arrived, never with what a length announces.

import { HEADER_BYTES } from './answering.ts'

export interface Frames {
  bytes: Uint8Array
  /** What is not yet cut: from `start` to before `end`. */
  start: number
  end: number
  /** Whether `bytes` is ours to write to, and not a chunk of the stream's. */
  owned: boolean
  /** The message found last. */
  at: number
  length: number
}

/** `malformed`: shorter than a DNS header. */
export const Next = { none: 0, frame: 1, malformed: 2 } as const
export type Next = (typeof Next)[keyof typeof Next]

export function createFrames(): Frames {
  return { bytes: new Uint8Array(0), start: 0, end: 0, owned: false, at: 0, length: 0 }
}

/** Adds what arrived; the chunk is kept, not copied, when nothing waits before it. */
export function appendBytes(frames: Frames, chunk: Uint8Array): void {
  const waiting = frames.end - frames.start
  if (waiting === 0) {
    frames.bytes = chunk
    frames.start = 0
    frames.end = chunk.length
    frames.owned = false
    return
  }
  if (!frames.owned || frames.end + chunk.length > frames.bytes.length) {
    // Doubling: one byte at a time costs no more copying than all at once.
    const grown = new Uint8Array(Math.max(512, 2 * (waiting + chunk.length)))
    grown.set(frames.bytes.subarray(frames.start, frames.end))
    frames.bytes = grown
    frames.start = 0
    frames.end = waiting
    frames.owned = true
  }
  frames.bytes.set(chunk, frames.end)
  frames.end += chunk.length
}

/** Finds the next whole message and steps behind it: it stands in `bytes` at `at`, `length` long, until the next append. */
export function nextFrame(frames: Frames): Next {
  const { bytes, start, end } = frames
  if (end - start < 2) return Next.none
  const length = (bytes[start]! << 8) | bytes[start + 1]!
  if (length < HEADER_BYTES) return Next.malformed
  if (end - start < 2 + length) return Next.none
  frames.at = start + 2
  frames.length = length
  frames.start = start + 2 + length
  return Next.frame
}

/** Whether part of a message waits for its rest. */
export function isPartial(frames: Frames): boolean {
  return frames.end > frames.start
}
