// How large a receive buffer is kept, look by look: five a second, with what was answered and whether the kernel dropped.

import { expect, test } from 'vitest'
import { keepQueue, openQueueKeeper, sizeQueue } from '../../../src/io/listen/queue-keeper.ts'
import { openLibc } from '../../../src/io/native/libc.ts'
import { closeSocket, openUdpSocket } from '../../../src/io/native/socket.ts'

const MOST = 4 * 1024 * 1024

function sizes(looks: readonly (readonly [perSecond: number, hasDropped: boolean])[]): number[] {
  const keeper = { mostBytes: MOST, bytes: MOST, calm: 0, lasting: 0 }
  return looks.map(([perSecond, hasDropped]) => {
    keeper.bytes = sizeQueue(keeper, 250, perSecond / 4, hasDropped)
    // In milliseconds of what is answered.
    return keeper.bytes === MOST ? -1 : Math.round(((keeper.bytes * 2) / 768 / perSecond) * 1000)
  })
}

test('while packets are dropped it holds a fifth of a second of what is answered', () =>
  expect(
    sizes([
      [10_000, true],
      [10_000, true],
      [10_500, true],
      [4000, true],
      [20_000, true],
    ]),
  ).toEqual([-1, 200, 190, 200, 200]))

test('a burst that was too large cuts nothing', () =>
  expect(
    sizes([
      [3000, true],
      [10_000, false],
      [3000, true],
      [100, false],
    ]),
  ).toEqual([-1, -1, -1, -1]))

test('a fast server needs no less than it has', () =>
  expect(
    sizes([
      [200_000, true],
      [200_000, true],
      [60_000, true],
    ]),
  ).toEqual([-1, -1, -1]))

test('it grows again after a second without a drop, and not before', () => {
  const calm: [number, boolean][] = Array.from({ length: 6 }, () => [10_000, false])
  const dropping: [number, boolean][] = [
    [10_000, true],
    [10_000, true],
  ]
  expect(sizes([...dropping, ...calm.slice(0, 4), ...dropping, ...calm])).toEqual([
    ...[-1, 200, 200, 200, 200, 200, 200, 200],
    ...[200, 200, 200, 200, -1, -1],
  ])
})

test('a server that is hardly let run still holds some packets', () => {
  const keeper = { mostBytes: MOST, bytes: MOST, calm: 0, lasting: 1 }
  expect(sizeQueue(keeper, 250, 0, true)).toBe(64 * 384)
})

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
  keepQueue(keeper, 199, 10)
  expect(calls).toEqual([])
  keepQueue(keeper, 200, 20)
  expect(calls).toEqual(['get'])
  closeSocket(libc, fd)
  expect(port).toBeGreaterThan(0)
})
