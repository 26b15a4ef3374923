// Telling a packet worker, which never runs its event loop, that there is a message for it or that it shall stop: a flag in
// shared memory and an eventfd that wakes it from poll(2). Made by the main thread, plain data to pass to the worker.

import type { Libc } from '../native/libc.ts'
import { openWake, wake } from '../native/wake.ts'

export interface LoopControl {
  readonly flags: SharedArrayBuffer
  readonly wakeFd: number
}

const STOP = 0

export function openLoopControl(libc: Libc): LoopControl {
  return { flags: new SharedArrayBuffer(4), wakeFd: openWake(libc) }
}

/** The loop takes its messages soon, even when no packet comes. */
export function wakeLoop(libc: Libc, control: LoopControl): void {
  wake(libc, control.wakeFd)
}

/** The loop answers what its sockets have queued and returns. */
export function stopLoop(libc: Libc, control: LoopControl): void {
  Atomics.store(new Int32Array(control.flags), STOP, 1)
  wake(libc, control.wakeFd)
}

/** For the worker: a function that allocates nothing. */
export function bindStopped(control: LoopControl): () => boolean {
  const flags = new Int32Array(control.flags)
  return () => Atomics.load(flags, STOP) !== 0
}

/** After the worker has ended: an open loop would poll a descriptor that may meanwhile be somebody else's. */
export function closeLoopControl(libc: Libc, control: LoopControl): void {
  libc.close(control.wakeFd)
}
