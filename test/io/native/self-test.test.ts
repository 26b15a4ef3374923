// The door to libc, and the proof that the struct layouts are right before anything relies on them.

import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/core/base/failure.ts'
import { BATCH, createArena, packetLength, prepareAnswer, receiveBatch } from '../../../src/io/native/arena.ts'
import { cmsg, iovec, mmsghdr, pollfd, sockaddr } from '../../../src/io/native/layout.ts'
import { type Libc, openLibc } from '../../../src/io/native/libc.ts'
import { nativeUnavailable, testSelf } from '../../../src/io/native/self-test.ts'

test('this machine passes', () => {
  expect(nativeUnavailable()).toBeUndefined()
})

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'ia32'],
  ['linux', 's390x'],
])('%s on %s is refused before anything is loaded', (platform, arch) => {
  expect(() => openLibc(platform, arch)).toThrow(
    expect.objectContaining({ code: 'native-unavailable', message: expect.stringContaining(arch) }),
  )
})

describe('a libc that does not do as we think is caught', () => {
  const libc = openLibc()

  /** recvmmsg as it is, and then one thing about what it left changed. */
  const spoil = (change: (headers: DataView) => void): Libc => {
    const buffers = new Map<bigint, ArrayBuffer>()
    return {
      ...libc,
      address: (buffer) => {
        buffers.set(libc.address(buffer), buffer)
        return libc.address(buffer)
      },
      recvmmsg: (fd, headers, ...rest) => {
        const got = libc.recvmmsg(fd, headers, ...rest)
        change(new DataView(buffers.get(headers)!))
        return got
      },
    }
  }

  const wrong: readonly [string, Libc][] = [
    ['the length of a packet', spoil((headers) => headers.setUint32(mmsghdr.length, 2, true))],
    ['the length of a packet', spoil((headers) => headers.setUint32(2 * mmsghdr.size + mmsghdr.length, 54, true))],
    ['the address family of a peer', spoil((headers) => headers.setUint32(mmsghdr.nameLength, 0, true))],
    ['the destination address of a packet', spoil((headers) => headers.setUint32(mmsghdr.controlLength, 0, true))],
    ['sendmmsg to take the whole batch', { ...libc, sendmmsg: () => 3 }],
    ['recvmmsg to return 4 packets (it returned -1)', { ...libc, recvmmsg: () => -1 }],
  ]

  test.each(wrong)('%s', (complaint, broken) => {
    expect(() => testSelf(broken)).toThrow(Failure)
    expect(() => testSelf(broken)).toThrow(complaint)
  })
})

test('the layouts are those of the C headers', () => {
  // sizeof and offsetof as a C compiler prints them, once more: whoever changes a figure there meets it here.
  expect({ mmsghdr, iovec, pollfd }).toEqual({
    mmsghdr: {
      size: 64,
      name: 0,
      nameLength: 8,
      iov: 16,
      iovCount: 24,
      control: 32,
      controlLength: 40,
      flags: 48,
      length: 56,
    },
    iovec: { size: 16, base: 0, length: 8 },
    pollfd: { size: 8, fd: 0, events: 4, revents: 6 },
  })
  expect([sockaddr.v4, sockaddr.v6, cmsg.v4.size, cmsg.v6.size]).toEqual([
    { size: 16, address: 4 },
    { size: 28, address: 8, scope: 24 },
    28,
    36,
  ])
})

test('what an answer can write to holds no pointer', () => {
  const libc = openLibc()
  const arena = createArena(libc, 512)
  const headers = new Uint8Array(arena.headers.buffer.slice(0))
  for (const open of [arena.packets, arena.answers, arena.sources]) {
    expect(open.buffer).not.toBe(arena.headers.buffer)
    open.fill(0xff)
  }
  expect(new Uint8Array(arena.headers.buffer)).toEqual(headers)
})

test('an empty or wrong descriptor is an error and touches nothing', () => {
  const libc = openLibc()
  const arena = createArena(libc, 512)
  expect(receiveBatch(libc, arena, -1)).toBe(-1)
  expect(libc.errno()).toBe(9)
  expect(packetLength(arena, 0)).toBe(0)
})

test('a control message that is not about the destination is not sent back', () => {
  const arena = createArena(openLibc(), 512)
  const header = (BATCH * mmsghdr.size + mmsghdr.controlLength) / 4
  const told = (level: number, type: number, size: number, length: number): number => {
    arena.controlWords.set([size, 0, level, type])
    arena.headers[mmsghdr.controlLength / 4] = length
    prepareAnswer(arena, 0, 0, 20)
    return arena.headers[header]!
  }
  expect(told(0, 8, cmsg.v4.size, cmsg.v4.space)).toBe(cmsg.v4.space)
  expect(told(41, 50, cmsg.v6.size, cmsg.v6.space)).toBe(cmsg.v6.space)
  expect(told(1, 29, 32, 32)).toBe(0) // a time stamp
  expect(told(0, 8, 20, 32)).toBe(0) // too short for its kind
  expect(told(0, 8, cmsg.v4.size, 0)).toBe(0) // none, whatever stands there from before
})
