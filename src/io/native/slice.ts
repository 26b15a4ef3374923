// How soon a thread gets the processor. Linux gives each thread that wants one a slice of time, and whoever wakes waits for the
// slices of others to end, unless its own is shorter (EEVDF; of each thread since Linux 6.12). A thread that answers has little to do at a time
// and is waited for, so it asks for the shortest: it is served sooner, and not longer.

import type { Libc } from './libc.ts'
import { schedAttr, SCHED_OTHER } from './layout.ts'

/** The shortest that Linux grants. */
const SHORTEST_NS = 100_000

export interface Slice {
  readonly libc: Libc
  readonly attributes: Uint8Array
  readonly runtime: BigUint64Array
  /** Of the kernel, before it was changed; 0 where it knows of none for each thread. */
  readonly usualNs: bigint
  isShort: boolean
}

/** Of the calling thread. Where the kernel has no slices, or the thread's policy is not the usual one, nothing will be changed. */
export function openSlice(libc: Libc): Slice {
  const attributes = new Uint8Array(schedAttr.size)
  const words = new Uint32Array(attributes.buffer)
  const runtime = new BigUint64Array(attributes.buffer, schedAttr.runtime, 1)
  const isKnown =
    libc.schedGetattr(0, attributes, schedAttr.size, 0) === 0 && words[schedAttr.policy / 4] === SCHED_OTHER
  // What is read may be longer than what we know to set.
  words[0] = schedAttr.size
  return { libc, attributes, runtime, usualNs: isKnown ? runtime[0]! : 0n, isShort: false }
}

/**
 * Makes it the shortest, or the usual one again. Each turn of a loop may ask for it: what is so already costs nothing. Where the kernel
 * refuses, all stays as it is.
 */
export function setSlice(slice: Slice, isShort: boolean): void {
  const { libc, attributes, runtime, usualNs } = slice
  if (isShort === slice.isShort) return
  slice.isShort = isShort
  if (usualNs === 0n) return
  runtime[0] = isShort ? BigInt(SHORTEST_NS) : usualNs
  libc.schedSetattr(0, attributes, 0)
}
