// How large a receive buffer is kept, look by look: ten a second, with what was answered, what waits and whether the kernel dropped.

import { expect, test } from 'vitest'
import { keepQueue, openQueueKeeper, openQueueSize, sizeQueue } from '../../../src/io/listen/queue-keeper.ts'
import {
  BATCH,
  createArena,
  prepareSend,
  receiveBatch,
  resetPacket,
  sendBatch,
  writeSockaddr,
} from '../../../src/io/native/arena.ts'
import { openLibc } from '../../../src/io/native/libc.ts'
import { closeSocket, openUdpSocket } from '../../../src/io/native/socket.ts'

const MOST = 4 * 1024 * 1024
const NONE = 0

type SeenAtLook = readonly [perSecond: number, what: 'dropped' | 'waiting', amount?: number]

/** The sizes after each look, in milliseconds of the `perSecond` that the look saw; -1 is the whole buffer. */
function sizes(looks: readonly SeenAtLook[]): number[] {
  const size = openQueueSize(MOST)
  return looks.map(([perSecond, what, waiting = NONE]) => {
    size.bytes = sizeQueue(size, 125, perSecond / 8, waiting, what === 'dropped')
    return size.bytes === MOST ? -1 : Math.round(((size.bytes * 2) / 768 / perSecond) * 1000)
  })
}

test('while packets are dropped it holds a fifth of a second of what is answered', () =>
  expect(
    sizes([
      [10_000, 'dropped'],
      [10_000, 'dropped'],
      [10_500, 'dropped'],
      [4000, 'dropped'],
      [4000, 'dropped'],
      [20_000, 'dropped'],
    ]),
  ).toEqual([-1, 200, 190, 500, 200, 200]))

test('it does not wait for a drop: more waiting than is answered in twice that time is enough', () =>
  expect(
    sizes([
      [5000, 'waiting', 1900],
      [5000, 'waiting', 1900],
      [5000, 'waiting', 2100],
      [5000, 'waiting', 3000],
    ]),
  ).toEqual([-1, -1, -1, 200]))

test('of two looks the one that answered more counts: a processor quota comes in periods', () =>
  expect(
    sizes([
      [8000, 'dropped'],
      [1000, 'dropped'],
      [8000, 'dropped'],
      [1000, 'dropped'],
    ]),
  ).toEqual([-1, 1600, 200, 1600]))

test('a burst that was too large cuts nothing', () =>
  expect(
    sizes([
      [3000, 'dropped'],
      [10_000, 'waiting'],
      [3000, 'dropped'],
      [100, 'waiting'],
      [100, 'waiting', 1000],
      [8000, 'waiting'],
    ]),
  ).toEqual([-1, -1, -1, -1, -1, -1]))

test('a fast server needs no less than it has', () =>
  expect(
    sizes([
      [200_000, 'dropped'],
      [200_000, 'dropped'],
      [60_000, 'dropped'],
    ]),
  ).toEqual([-1, -1, -1]))

test('it grows again after a second in which all was well, and not before', () => {
  const calm: SeenAtLook[] = Array.from({ length: 11 }, () => [10_000, 'waiting', 1500])
  const dropping: SeenAtLook[] = [
    [10_000, 'dropped'],
    [10_000, 'dropped'],
  ]
  const cut = (count: number): number[] => Array.from({ length: count }, () => 200)
  expect(sizes([...dropping, ...calm.slice(0, 9), ...dropping, ...calm])).toEqual([-1, ...cut(21), -1, -1])
})

test('an overload lasts from the first cut until all was well for a second, also where no buffer had to be cut', () => {
  const size = openQueueSize(MOST)
  const look = (hasDropped: boolean): boolean => {
    sizeQueue(size, 100, 20_000, NONE, hasDropped)
    return size.isOverloaded
  }
  expect([true, false, true, true].map(look)).toEqual([false, false, false, true])
  expect(Array.from({ length: 11 }, () => look(false))).toEqual([
    ...Array.from({ length: 9 }, () => true),
    false,
    false,
  ])
})

test('a server that is hardly let run still holds some packets', () => {
  const size = { ...openQueueSize(MOST), lasting: 1 }
  expect(sizeQueue(size, 250, 0, NONE, true)).toBe(64 * 384)
})

test.runIf(process.platform === 'linux')(
  'what waits beyond the new size is to be thrown away, and that time does not count',
  () => {
    const libc = openLibc()
    const options = { reusePort: false, receiveBufferBytes: MOST }
    const { fd, port } = openUdpSocket(libc, { address: '127.0.0.1', port: 0 }, options)
    const sender = openUdpSocket(libc, { address: '127.0.0.1', port: 0 }, options)
    const arena = createArena(libc, 512)
    const peer = writeSockaddr(Uint8Array.from([127, 0, 0, 1]), port)
    for (let sent = 0; sent < 32 * BATCH; sent += BATCH) {
      for (let k = 0; k < BATCH; k++) prepareSend(arena, k, 40, peer)
      expect(sendBatch(libc, arena, sender.fd, 0, BATCH)).toBe(BATCH)
    }
    const keeper = openQueueKeeper(libc, [fd], MOST, 0)
    keepQueue(keeper, 100, 100)
    expect([keeper.size.bytes, keeper.surplus[0]]).toEqual([MOST, 0])
    keepQueue(keeper, 200, 200)
    expect(keeper.size.bytes).toBe(200 * 384)
    expect(keeper.surplus[0]).toBeGreaterThan(32 * BATCH - 200 - 1)
    for (let got = 1; got > 0; ) {
      got = receiveBatch(libc, arena, fd)
      for (let i = 0; i < got; i++) resetPacket(arena, i)
    }
    // It took three seconds in which nothing was answered.
    keepQueue(keeper, 3200, 200)
    expect([keeper.size.bytes, keeper.size.rate]).toEqual([200 * 384, 1])
    closeSocket(libc, fd)
    closeSocket(libc, sender.fd)
  },
)

test.runIf(process.platform === 'linux')('the kernel is asked only when there is something to change', () => {
  const libc = openLibc()
  const { fd, port } = openUdpSocket(
    libc,
    { address: '127.0.0.1', port: 0 },
    { reusePort: false, receiveBufferBytes: 200_000 },
  )
  const calls: string[] = []
  const counting = {
    ...libc,
    setsockopt: (...args: Parameters<typeof libc.setsockopt>) => {
      calls.push('set')
      return libc.setsockopt(...args)
    },
    getsockopt: (...args: Parameters<typeof libc.getsockopt>) => {
      calls.push('get')
      return libc.getsockopt(...args)
    },
  }
  const keeper = openQueueKeeper(counting, [fd], 200_000, 0)
  calls.length = 0
  keepQueue(keeper, 99, 10)
  expect(calls).toEqual([])
  keepQueue(keeper, 100, 20)
  expect(calls).toEqual(['get'])
  closeSocket(libc, fd)
  expect(port).toBeGreaterThan(0)
})
