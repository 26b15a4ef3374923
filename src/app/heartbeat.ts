// The worker's side of its pulse: a word in shared memory that it counts up, and another with its thread's number.

import { readlinkSync } from 'node:fs'

const BEAT = 0
const THREAD = 1

export function createHeartbeat(): SharedArrayBuffer {
  return new SharedArrayBuffer(8)
}

/** To be called by the thread itself. */
export function openHeartbeat(block: SharedArrayBuffer): Int32Array {
  const words = new Int32Array(block)
  words[THREAD] = ownThread()
  return words
}

/** Hot: one plain write. The reader may see it some nanoseconds later. */
export function beat(words: Int32Array): void {
  words[BEAT] = (words[BEAT]! + 1) | 0
}

export function readBeat(block: SharedArrayBuffer): { beat: number; thread: number } {
  const words = new Int32Array(block)
  return { beat: Atomics.load(words, BEAT), thread: Atomics.load(words, THREAD) }
}

/** 0 where the system has no such numbers. */
function ownThread(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0)
  } catch {
    return 0
  }
}
