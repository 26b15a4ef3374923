// Looks ten times a second whether threads live, see pulse.ts.

import { url as debuggerUrl } from 'node:inspector'
import { readBeat } from './heartbeat.ts'
import { isHung, LOOK_MS, type Pulse, readThread } from './pulse.ts'

export interface Watched {
  readonly heartbeat: SharedArrayBuffer
  readonly pulse: Pulse
}

/** Calls `giveUp` with each that hangs, once a look. Returns how to end it. */
export function watchThreads<T extends Watched>(threads: () => readonly T[], giveUp: (thread: T) => void): () => void {
  let lookedMs = performance.now()
  const watching = setInterval(() => {
    const nowMs = performance.now()
    const elapsedMs = nowMs - lookedMs
    lookedMs = nowMs
    // Who debugs stops threads for as long as he likes.
    if (debuggerUrl() !== undefined) return
    for (const thread of threads()) {
      const { beat, thread: id } = readBeat(thread.heartbeat)
      if (isHung(thread.pulse, beat, elapsedMs, () => readThread(id))) giveUp(thread)
    }
  }, LOOK_MS)
  return () => clearInterval(watching)
}
