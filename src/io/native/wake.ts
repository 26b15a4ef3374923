// Waking a thread that waits in poll(2): an eventfd, a counter in the kernel that becomes readable when somebody adds to it.

import { Failure } from '../../core/base/failure.ts'
import type { Libc } from './libc.ts'
import { EFD_CLOEXEC, EFD_NONBLOCK } from './layout.ts'

/** A descriptor for any thread of this process; whoever opened it closes it. */
export function openWake(libc: Libc): number {
  const fd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
  if (fd < 0) throw new Failure('native-unavailable', `eventfd failed (errno ${libc.errno()})`)
  return fd
}

/** Wakes whoever polls the descriptor, now or when next it does. */
export function wake(libc: Libc, fd: number): void {
  // The count is a 64-bit integer; the value does not matter as long as it is not 0.
  libc.write(fd, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 8)
}

/** Takes the wake-up back, so that the next poll waits again. `scratch` has 8 bytes. */
export function clearWake(libc: Libc, fd: number, scratch: Uint8Array): void {
  libc.read(fd, scratch, 8)
}
