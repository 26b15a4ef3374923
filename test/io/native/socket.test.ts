// UDP sockets by libc: options, ports, refusals; waking and waiting.

import { afterEach, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/core/base/address.ts'
import { createArena, prepareSend, receiveBatch, sendBatch, writeSockaddr } from '../../../src/io/native/arena.ts'
import { openLibc } from '../../../src/io/native/libc.ts'
import { createPollSet, isReady, waitFor } from '../../../src/io/native/poll.ts'
import {
  checkFree,
  closeSocket,
  openUdpSocket,
  readKernelDrops,
  type UdpSocketOptions,
} from '../../../src/io/native/socket.ts'
import { clearWake, openWake, wake } from '../../../src/io/native/wake.ts'

const libc = openLibc()
const opened: number[] = []
afterEach(() => {
  while (opened.length > 0) closeSocket(libc, opened.pop()!)
})

function open(endpoint: Endpoint, options: Partial<UdpSocketOptions> = {}) {
  const socket = openUdpSocket(libc, endpoint, { reusePort: true, receiveBufferBytes: 100_000, ...options })
  opened.push(socket.fd)
  return socket
}

describe.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('on %s', (address) => {
  test('port 0 gives one that the other workers can share, and nobody else', () => {
    const { port } = open({ address, port: 0 })
    expect(port).toBeGreaterThan(0)
    expect(open({ address, port }).port).toBe(port)
    const refusal = expect.objectContaining({
      code: 'listen-in-use',
      message: expect.stringContaining('another process'),
    })
    expect(() => checkFree(libc, { address, port })).toThrow(refusal)
    expect(() => open({ address, port }, { reusePort: false })).toThrow(refusal)
  })

  test('a closed socket leaves the port free', () => {
    const { fd, port } = open({ address, port: 0 })
    closeSocket(libc, fd)
    opened.pop()
    expect(() => checkFree(libc, { address, port })).not.toThrow()
  })
})

test('a wildcard is not free when one address of it is taken', () => {
  const { port } = open({ address: '127.0.0.9', port: 0 })
  expect(() => checkFree(libc, { address: '0.0.0.0', port })).toThrow(
    expect.objectContaining({ code: 'listen-in-use' }),
  )
  expect(() => checkFree(libc, { address: '127.0.0.8', port })).not.toThrow()
})

test.each([
  ['192.0.2.1', 'no interface has the address 192.0.2.1'],
  ['2001:db8::1', 'no interface has the address 2001:db8::1'],
  ['localhost', 'not an IP address'],
])('%s cannot be listened on', (address, message) => {
  expect(() => open({ address, port: 0 })).toThrow(
    expect.objectContaining({ code: 'listen-bad-address', message: expect.stringContaining(message) }),
  )
})

test('a port that is denied says what is needed', () => {
  const denied = { ...libc, bind: () => -1, errno: () => 13 }
  expect(() =>
    openUdpSocket(denied, { address: '127.0.0.1', port: 53 }, { reusePort: true, receiveBufferBytes: 1 }),
  ).toThrow(
    expect.objectContaining({ code: 'listen-denied', message: expect.stringContaining('CAP_NET_BIND_SERVICE') }),
  )
})

test('a refused socket leaves no descriptor behind', () => {
  const { port } = open({ address: '127.0.0.1', port: 0 })
  const before = openWake(libc)
  for (let i = 0; i < 10; i++) expect(() => checkFree(libc, { address: '127.0.0.1', port })).toThrow('already served')
  const after = openWake(libc)
  opened.push(before, after)
  expect(after).toBe(before + 1)
})

test('the receive buffer is as large as asked, and what it cannot hold is counted', () => {
  const small = open({ address: '127.0.0.1', port: 0 }, { receiveBufferBytes: 4096 })
  const large = open({ address: '127.0.0.1', port: 0 }, { receiveBufferBytes: 1_000_000 })
  expect(small.receiveBufferBytes).toBe(8192) // the kernel doubles it for its own bookkeeping
  expect(large.receiveBufferBytes).toBe(2_000_000)
  expect(readKernelDrops(libc, [small.fd, large.fd])).toBe(0)
  const client = open({ address: '127.0.0.1', port: 0 })
  const arena = createArena(libc, 512)
  for (const { port } of [small, large]) {
    for (let k = 0; k < 64; k++) prepareSend(arena, k, 400, writeSockaddr(Uint8Array.of(127, 0, 0, 1), port))
    expect(sendBatch(libc, arena, client.fd, 0, 64)).toBe(64)
  }
  const held = receiveBatch(libc, arena, small.fd)
  expect(held).toBeLessThan(64)
  expect(receiveBatch(libc, arena, large.fd)).toBe(64)
  expect(readKernelDrops(libc, [small.fd])).toBe(64 - held)
  expect(readKernelDrops(libc, [large.fd])).toBe(0)
  expect(readKernelDrops(libc, [small.fd, large.fd])).toBe(64 - held)
})

test('a wake-up is seen by the poll that follows, once', () => {
  const fds = [openWake(libc), openWake(libc)] as const
  opened.push(...fds)
  const set = createPollSet(libc, fds)
  expect(waitFor(libc, set, 0)).toBe(0)
  wake(libc, fds[1])
  wake(libc, fds[1])
  expect(waitFor(libc, set, 1000)).toBe(1)
  expect([isReady(set, 0), isReady(set, 1)]).toEqual([false, true])
  clearWake(libc, fds[1], new Uint8Array(8))
  expect(waitFor(libc, set, 0)).toBe(0)
})
