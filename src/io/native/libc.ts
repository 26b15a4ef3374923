// The door to libc: koffi (FFI) is opened here and nowhere else. A call costs about a quarter of a microsecond and
// allocates nothing. Nothing is loaded at import: on a platform without koffi the portable transport serves.

import { createRequire } from 'node:module'
import type * as koffiTypes from 'koffi'
import { Failure } from '../../core/base/failure.ts'
import { isKnownLayout, systemCall } from './layout.ts'

type Koffi = typeof koffiTypes

/** Calls return what C returns, −1 for an error with its number in `errno()`. Pointers are real addresses, as bigints. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number
  bind(fd: number, address: Uint8Array, length: number): number
  connect(fd: number, address: Uint8Array, length: number): number
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number
  close(fd: number): number
  poll(fds: bigint, count: number, timeoutMs: number): number
  recvmmsg(fd: number, headers: bigint, count: number, flags: number, timeout: null): number
  sendmmsg(fd: number, headers: bigint, count: number, flags: number): number
  eventfd(start: number, flags: number): number
  read(fd: number, bytes: Uint8Array, length: number): number
  write(fd: number, bytes: Uint8Array, length: number): number
  /** Lets other threads of this processor go first. */
  schedYield(): number
  /** `thread` is 0 for the calling one. */
  schedGetattr(thread: number, attributes: Uint8Array, size: number, flags: number): number
  schedSetattr(thread: number, attributes: Uint8Array, flags: number): number
  /** Ends the process at once, whatever its other threads do. */
  exitNow(code: number): void
  /** Of the last call on this thread. Read it at once. */
  errno(): number
  /** Where a buffer's bytes stand. V8 never moves an ArrayBuffer's bytes, and they live as long as it is referenced. */
  address(buffer: ArrayBuffer): bigint
}

type SystemCall = (number: number, first: number, pointer: Uint8Array, third: number, fourth: number) => number

/** Opens libc, or throws Failure('native-unavailable') with the reason. Each thread opens its own. */
export function openLibc(platform: string = process.platform, arch: string = process.arch): Libc {
  if (!isKnownLayout(platform, arch)) {
    throw new Failure('native-unavailable', `batched UDP needs Linux on x64 or arm64, this is ${platform} on ${arch}`)
  }
  const koffi = requireKoffi()
  const library = loadLibrary(koffi, arch)
  const func = (definition: string) => library.func(definition)
  const numbers = systemCall[arch]
  try {
    const call = func('long syscall(long, long, void *, ulong, ulong)') as SystemCall
    return {
      socket: func('int socket(int, int, int)'),
      setsockopt: func('int setsockopt(int, int, int, const void *, uint)'),
      getsockopt: func('int getsockopt(int, int, int, void *, void *)'),
      bind: func('int bind(int, const void *, uint)'),
      connect: func('int connect(int, const void *, uint)'),
      getsockname: func('int getsockname(int, void *, void *)'),
      close: func('int close(int)'),
      poll: func('int poll(void *, ulong, int)'),
      recvmmsg: func('int recvmmsg(int, void *, uint, int, void *)'),
      sendmmsg: func('int sendmmsg(int, void *, uint, int)'),
      eventfd: func('int eventfd(uint, int)'),
      read: func('long read(int, void *, size_t)'),
      write: func('long write(int, const void *, size_t)'),
      schedYield: func('int sched_yield()'),
      schedGetattr: (thread, attributes, size, flags) => call(numbers.schedGetattr, thread, attributes, size, flags),
      schedSetattr: (thread, attributes, flags) => call(numbers.schedSetattr, thread, attributes, flags, 0),
      exitNow: func('void _exit(int)'),
      errno: () => koffi.errno(),
      address: (buffer) => koffi.address(buffer),
    }
  } catch (cause) {
    throw new Failure('native-unavailable', 'this libc lacks a function that batched UDP needs', cause)
  }
}

/**
 * Gives memory that was freed back to the system: after a load that was large, glibc keeps half of it for the next one. Does nothing
 * where there is no such function.
 */
export function openTrim(platform: string = process.platform, arch: string = process.arch): () => void {
  try {
    if (!isKnownLayout(platform, arch)) return () => undefined
    const trim = loadLibrary(requireKoffi(), arch).func('int malloc_trim(size_t)') as (keep: number) => number
    return () => void trim(0)
  } catch {
    return () => undefined
  }
}

/** Loaded by `require`, so that a missing binary is a Failure here and not the end of the program at import. */
function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (cause) {
    throw new Failure('native-unavailable', 'koffi could not be loaded on this platform', cause)
  }
}

function loadLibrary(koffi: Koffi, arch: string): koffiTypes.LibraryHandle {
  const names = ['libc.so.6', arch === 'arm64' ? 'libc.musl-aarch64.so.1' : 'libc.musl-x86_64.so.1']
  let cause: unknown
  for (const name of names) {
    try {
      return koffi.load(name)
    } catch (error) {
      cause = error
    }
  }
  throw new Failure('native-unavailable', `no libc found (tried ${names.join(', ')})`, cause)
}
