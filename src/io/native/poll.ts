// Waiting for several descriptors at once (poll(2)). Hot: the set is laid out once and reused.

import type { Libc } from './libc.ts'
import { POLLIN, POLLOUT, pollfd } from './layout.ts'

export interface PollSet {
  readonly count: number
  readonly at: bigint
  /** Held for the memory's sake; 16-bit words: fd (two), events, revents. */
  readonly words: Uint16Array
}

const WORDS = pollfd.size / 2

export function createPollSet(libc: Libc, fds: readonly number[], wants: 'read' | 'write' = 'read'): PollSet {
  const buffer = new ArrayBuffer(fds.length * pollfd.size)
  const view = new DataView(buffer)
  fds.forEach((fd, i) => {
    view.setInt32(i * pollfd.size + pollfd.fd, fd, true)
    view.setInt16(i * pollfd.size + pollfd.events, wants === 'read' ? POLLIN : POLLOUT, true)
  })
  return { count: fds.length, at: libc.address(buffer), words: new Uint16Array(buffer) }
}

/** Waits until one is ready or the time is over. Returns how many are, 0 for none, −1 for an error such as EINTR. */
export function waitFor(libc: Libc, set: PollSet, timeoutMs: number): number {
  return libc.poll(set.at, set.count, timeoutMs)
}

/** Whether descriptor i had something to tell, an error included. After a `waitFor` that returned more than 0. */
export function isReady(set: PollSet, i: number): boolean {
  return set.words[i * WORDS + pollfd.revents / 2] !== 0
}
