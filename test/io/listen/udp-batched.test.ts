// The batched loop itself, run in this very thread: `beforeBatch` plays the world outside, `stopped` ends it.

import { afterEach, expect, test } from 'vitest'
import type { Answering } from '../../../src/io/listen/answering.ts'
import { bindCounters, Count, type CountName, countNames } from '../../../src/io/listen/counters.ts'
import { type BatchedServing, serveBatched } from '../../../src/io/listen/udp-batched.ts'
import {
  BATCH,
  createArena,
  PACKET_ROOM,
  packetLength,
  prepareSend,
  receiveBatch,
  resetPacket,
  sendBatch,
} from '../../../src/io/native/arena.ts'
import { openLibc } from '../../../src/io/native/libc.ts'
import { closeSocket, connectUdpSocket, openUdpSocket, type UdpSocketOptions } from '../../../src/io/native/socket.ts'
import { openWake, wake } from '../../../src/io/native/wake.ts'
import { openUdpClient } from './clients.ts'
import { startPacketThread } from './packet-thread.ts'
import { Ask, answerAsScripted, HEADER, scriptedRequest } from './scripted-answer.ts'

const libc = openLibc()
const opened: number[] = []
afterEach(() => {
  while (opened.length > 0) closeSocket(libc, opened.pop()!)
})

const keep = (fd: number): number => {
  opened.push(fd)
  return fd
}

function openServer(address = '127.0.0.1', options: Partial<UdpSocketOptions> = {}) {
  const socket = openUdpSocket(
    libc,
    { address, port: 0 },
    { reusePort: true, receiveBufferBytes: 2_000_000, ...options },
  )
  keep(socket.fd)
  return socket
}

/** A client in the same thread: what it sends is in the server's queue when `send` returns. */
function openPeer(address: string, port: number) {
  const fd = keep(connectUdpSocket(libc, { address, port }, 2_000_000))
  const arena = createArena(libc, PACKET_ROOM)
  return {
    send: (...requests: readonly Uint8Array[]) => {
      requests.forEach((request, k) => {
        arena.answers.set(request, k * arena.answerRoom)
        prepareSend(arena, k, request.length)
      })
      expect(sendBatch(libc, arena, fd, 0, requests.length)).toBe(requests.length)
    },
    receive: (): Uint8Array[] => {
      const got = receiveBatch(libc, arena, fd)
      const answers: Uint8Array[] = []
      for (let i = 0; i < got; i++) {
        answers.push(arena.packets.slice(i * PACKET_ROOM, i * PACKET_ROOM + packetLength(arena, i)))
        resetPacket(arena, i)
      }
      return answers
    },
  }
}

/** Serves what is queued and returns: told to stop before it begins, the loop drains. */
function serveQueued(sockets: readonly number[], own: Partial<BatchedServing> = {}) {
  const counters = bindCounters()
  const errors: unknown[] = []
  serveBatched({
    sockets,
    answer: answerAsScripted,
    limit: 512,
    wakeFd: keep(openWake(libc)),
    stopped: () => true,
    takeMessages: () => {},
    beforeBatch: () => {},
    counters,
    onError: (error) => errors.push(error),
    ...own,
  })
  const count = (name: CountName): number => counters[Count[name]]!
  return { errors, count, counts: Object.fromEntries(countNames.map((name) => [name, count(name)])) }
}

const id = (message: Uint8Array): number => (message[0]! << 8) | message[1]!
const requests = (count: number, ask: (i: number) => number = () => Ask.echo): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => scriptedRequest(i, ask(i), 13 + (i % 50)))

test('what is queued when told to stop is still answered', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  for (let i = 0; i < 3; i++) peer.send(...requests(BATCH))
  peer.send(...requests(7))
  const { count } = serveQueued([server.fd])
  expect(count('answered')).toBe(3 * BATCH + 7)
  expect(count('batches')).toBe(4)
})

test('every answer carries its own bytes, whatever its neighbours in the batch came to', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  const kinds = [Ask.silence, Ask.echo, Ask.throw, Ask.exceed, Ask.echo, Ask.nonsense]
  const sent = requests(60, (i) => kinds[i % kinds.length]!)
  peer.send(...sent)
  const { counts, errors } = serveQueued([server.fd])
  expect(peer.receive()).toEqual(sent.filter((request) => request[HEADER] === Ask.echo))
  const bytesIn = sent.reduce((sum, request) => sum + request.length, 0)
  const bytesOut = sent.reduce((sum, request) => sum + (request[HEADER] === Ask.echo ? request.length : 0), 0)
  expect(counts).toMatchObject({
    received: 60,
    answered: 20,
    silent: 20,
    failed: 20,
    unsent: 0,
    batches: 1,
    bytesIn,
    bytesOut,
  })
  expect(errors).toHaveLength(10)
  expect(errors[0]).toMatchObject({ message: 'as scripted' })
})

test('packets of all lengths arrive whole, and those beyond the room are dropped', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  const sizes = [0, 1, 11, 12, PACKET_ROOM - 1, PACKET_ROOM]
  const seen: number[] = []
  const measure: Answering = (_request, _at, length) => {
    seen.push(length)
    return 0
  }
  peer.send(...sizes.map((size) => new Uint8Array(size)))
  const large = createArena(libc, 5000)
  const fd = keep(connectUdpSocket(libc, { address: '127.0.0.1', port: server.port }, 100_000))
  for (const [k, size] of [PACKET_ROOM + 1, 5000].entries()) prepareSend(large, k, size)
  expect(sendBatch(libc, large, fd, 0, 2)).toBe(2)
  const { count } = serveQueued([server.fd], { answer: measure })
  expect(seen).toEqual(sizes)
  expect(count('malformed')).toBe(2)
})

test('one loop serves several sockets, each with its own answers', () => {
  const servers = [openServer('127.0.0.1'), openServer('127.0.0.2'), openServer('::1')]
  const peers = servers.map(({ port }, i) => openPeer(['127.0.0.1', '127.0.0.2', '::1'][i]!, port))
  peers.forEach((peer, i) => peer.send(...Array.from({ length: 10 + i }, () => scriptedRequest(i, Ask.echo))))
  serveQueued(servers.map(({ fd }) => fd))
  // The clients are connected: an answer from another socket would not reach them.
  expect(peers.map((peer) => peer.receive().map(id))).toEqual([0, 1, 2].map((i) => Array(10 + i).fill(i)))
})

test('an IPv6 socket that takes IPv4 too tells them apart and answers from the address asked', () => {
  const server = openServer('::', { v6only: false })
  const over4 = openPeer('127.0.0.5', server.port)
  const over6 = openPeer('::1', server.port)
  over4.send(scriptedRequest(1, Ask.whoami))
  over6.send(scriptedRequest(2, Ask.whoami))
  serveQueued([server.fd])
  expect(over4.receive().map((bytes) => [...bytes.subarray(HEADER)])).toEqual([[4, 127, 0, 0, 1]])
  expect(over6.receive().map((bytes) => [...bytes.subarray(HEADER)])).toEqual([[6, ...new Uint8Array(15), 1]])
})

test('an answer that the kernel does not take leaves the others of its batch to go', () => {
  const server = openServer('0.0.0.0')
  const peer = openPeer('127.0.0.1', server.port)
  peer.send(...requests(5))
  const spoil: Answering = (request, at, length, source, sourceAt, family, out, outAt, limit) => {
    // An address family that is none makes sendmmsg refuse that packet, as a firewall or a missing route would.
    if (request[at + 1] === 2) source[sourceAt - 4] = 0xff
    return answerAsScripted(request, at, length, source, sourceAt, family, out, outAt, limit)
  }
  const { count } = serveQueued([server.fd], { answer: spoil })
  expect(peer.receive().map(id)).toEqual([0, 1, 3, 4])
  expect([count('answered'), count('unsent')]).toEqual([4, 1])
})

test('a socket that is none is a bug and not a busy loop', () => {
  expect(() => serveQueued([keep(openWake(libc)), 0])).toThrow('closed under its packet loop')
})

test('the clock is looked at before the packets it is for', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  peer.send(...requests(3))
  const order: string[] = []
  let turns = 0
  serveQueued([server.fd], {
    stopped: () => turns > 0,
    beforeBatch: () => {
      if (turns++ === 0) order.push('clock')
    },
    answer: () => {
      order.push('answer')
      return 0
    },
  })
  expect(order).toEqual(['clock', 'answer', 'answer', 'answer'])
})

test('a wake-up brings the messages in the midst of traffic', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  const wakeFd = keep(openWake(libc))
  let turns = 0
  const takenAt: number[] = []
  const { count } = serveQueued([server.fd], {
    wakeFd,
    stopped: () => {
      if (turns === 3) return true
      if (turns++ === 1) wake(libc, wakeFd)
      peer.send(...requests(2))
      return false
    },
    takeMessages: () => takenAt.push(turns),
  })
  expect(takenAt).toEqual([2])
  expect(count('answered')).toBe(6)
})

test('without traffic, messages are taken now and then all the same', () => {
  let taken = 0
  serveQueued([openServer().fd], { stopped: () => taken === 2, takeMessages: () => taken++ })
  expect(taken).toBe(2)
})

test('a worker that ends leaves its socket, and what is queued there, to a successor', async () => {
  const server = openServer()
  const client = await openUdpClient('127.0.0.1', server.port)
  const first = await startPacketThread(libc, [server.fd], 512)
  client.send(scriptedRequest(1, Ask.echo))
  expect(id((await client.next()).bytes)).toBe(1)
  await first.stop()
  client.send(scriptedRequest(2, Ask.echo))
  const second = await startPacketThread(libc, [server.fd], 512)
  expect(id((await client.next()).bytes)).toBe(2)
  await second.stop()
  await client.close()
  expect([first.counters[Count.answered], second.counters[Count.answered]]).toEqual([1, 1])
})

test('two workers share a port, and nothing is lost between them', async () => {
  const a = openServer()
  const b = openUdpSocket(
    libc,
    { address: '127.0.0.1', port: a.port },
    { reusePort: true, receiveBufferBytes: 2_000_000 },
  )
  keep(b.fd)
  const threads = [await startPacketThread(libc, [a.fd], 512), await startPacketThread(libc, [b.fd], 512)]
  const clients = await Promise.all(Array.from({ length: 16 }, () => openUdpClient('127.0.0.1', a.port)))
  for (const client of clients) for (let i = 0; i < 20; i++) client.send(scriptedRequest(i, Ask.echo))
  for (const client of clients) for (let i = 0; i < 20; i++) await client.next()
  for (const thread of threads) await thread.stop()
  for (const client of clients) await client.close()
  expect(threads[0]!.counters[Count.answered]! + threads[1]!.counters[Count.answered]!).toBe(320)
})

test('shows all packets of a batch before it answers the first, where they are many', () => {
  const server = openServer()
  const peer = openPeer('127.0.0.1', server.port)
  for (const many of [3, 4, BATCH]) {
    const seen: string[] = []
    const requests = Array.from({ length: many }, (_, i) => scriptedRequest(i, Ask.echo, 20 + i))
    peer.send(...requests)
    serveQueued([server.fd], {
      preview: (packets, at, length, sources, sourceAt) => {
        const id = (packets[at]! << 8) | packets[at + 1]!
        seen.push(`look ${id}: ${length} from ${sources.subarray(sourceAt, sourceAt + 4).join('.')}`)
      },
      answer: (...args) => {
        const [packets, at] = args
        seen.push(`answer ${(packets[at]! << 8) | packets[at + 1]!}`)
        return answerAsScripted(...args)
      },
    })
    const looks = requests.map((_, i) => `look ${i}: ${20 + i} from 127.0.0.1`)
    expect(seen).toEqual([...(many < 4 ? [] : looks), ...requests.map((_, i) => `answer ${i}`)])
    expect(peer.receive()).toHaveLength(many)
  }
})
