// Proves, before a server relies on it, that this machine's recvmmsg, sendmmsg and struct layouts are those we think:
// packets go over loopback through the batch path and back, every field is looked at, and so is the memory around.

import type { Address } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'
import {
  type Arena,
  BATCH,
  createArena,
  hasAnswerSource,
  packetFamily,
  packetLength,
  prepareAnswer,
  prepareSend,
  receiveBatch,
  resetPacket,
  sendBatch,
  writeSockaddr,
} from './arena.ts'
import { AF_INET, AF_INET6, sockaddr } from './layout.ts'
import { type Libc, openLibc } from './libc.ts'
import { createPollSet, waitFor } from './poll.ts'
import { openUdpSocket } from './socket.ts'

const ROOM = 512
const FILL = 0xa5
const lengths = [1, 12, 55, ROOM] as const
const v4: Loopback = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), name: '127.0.0.1', wildcard: '0.0.0.0' }
const v6: Loopback = {
  family: 6,
  bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  name: '::1',
  wildcard: '::',
}

interface Loopback extends Address {
  readonly name: string
  readonly wildcard: string
}

interface Bound {
  readonly fd: number
  readonly port: number
}

/** Why batched UDP cannot be used here, or undefined when it can. Takes a few milliseconds. */
export function nativeUnavailable(): Failure | undefined {
  try {
    testSelf(openLibc())
    return undefined
  } catch (error) {
    if (error instanceof Failure && error.code === 'native-unavailable') return error
    return new Failure('native-unavailable', 'the self-test of batched UDP failed', error)
  }
}

/** Throws Failure('native-unavailable') naming the first thing that was not as expected. */
export function testSelf(libc: Libc): void {
  testLoopback(libc, v4)
  try {
    testLoopback(libc, v6)
  } catch (error) {
    // Machines without IPv6 are in order: nobody can ask them for an IPv6 socket either.
    if (!(error instanceof Failure && error.code === 'listen-bad-address')) throw error
  }
}

function testLoopback(libc: Libc, loopback: Loopback): void {
  const options = { reusePort: false, receiveBufferBytes: 65_536 }
  const client = openUdpSocket(libc, { address: loopback.name, port: 0 }, options)
  try {
    const server = openUdpSocket(libc, { address: loopback.wildcard, port: 0 }, options)
    try {
      const ours = createArena(libc, ROOM)
      // The second time finds what the first failed to put back.
      for (let turn = 0; turn < 2; turn++) testRoundTrip(libc, loopback, ours, server, client)
    } finally {
      libc.close(server.fd)
    }
  } finally {
    libc.close(client.fd)
  }
}

function testRoundTrip(libc: Libc, loopback: Loopback, ours: Arena, server: Bound, client: Bound): void {
  const theirs = createArena(libc, ROOM)
  lengths.forEach((length, k) => {
    theirs.answers.fill(k + 1, k * ROOM, k * ROOM + length)
    prepareSend(theirs, k, length, writeSockaddr(loopback.bytes, server.port))
  })
  demand(sendBatch(libc, theirs, client.fd, 0, lengths.length) === lengths.length, 'sendmmsg to take the whole batch')
  expectBatch(libc, loopback, ours, server.fd, client.port)
  lengths.forEach((length, i) => {
    ours.answers.fill(i + 1, i * ROOM, i * ROOM + length)
    prepareAnswer(ours, i, i, length)
    demand(hasAnswerSource(ours, i), 'the destination address of a packet (PKTINFO)')
    resetPacket(ours, i)
  })
  demand(sendBatch(libc, ours, server.fd, 0, lengths.length) === lengths.length, 'sendmmsg to take the answers')
  expectBatch(libc, loopback, theirs, client.fd, server.port)
}

function expectBatch(libc: Libc, loopback: Loopback, arena: Arena, fd: number, fromPort: number): void {
  arena.packets.fill(FILL)
  // Loopback delivers before sendmmsg returns; the wait is for a kernel that does not.
  const got = waitFor(libc, createPollSet(libc, [fd]), 500) === 1 ? receiveBatch(libc, arena, fd) : 0
  demand(got === lengths.length, `recvmmsg to return ${lengths.length} packets (it returned ${got})`)
  const room = arena.packets.length / BATCH
  const layout = loopback.family === 4 ? sockaddr.v4 : sockaddr.v6
  lengths.forEach((length, i) => {
    const at = i * sockaddr.room
    const port = (arena.sources[at + sockaddr.port]! << 8) | arena.sources[at + sockaddr.port + 1]!
    const packet = arena.packets.subarray(i * room, i * room + length)
    const behind = arena.packets.subarray(i * room + length, (i + 1) * room)
    demand(packetLength(arena, i) === length, 'the length of a packet')
    demand(packetFamily(arena, i) === (loopback.family === 4 ? AF_INET : AF_INET6), 'the address family of a peer')
    demand(port === fromPort, 'the port of a peer')
    demand(
      loopback.bytes.every((byte, j) => byte === arena.sources[at + layout.address + j]),
      'the address of a peer',
    )
    demand(
      packet.every((byte) => byte === i + 1),
      'the bytes of a packet',
    )
    demand(
      behind.every((byte) => byte === FILL),
      'the memory behind a packet untouched',
    )
  })
  const unused = arena.packets.subarray(lengths.length * room, (lengths.length + 1) * room)
  demand(
    unused.every((byte) => byte === FILL),
    'the slot behind the last packet untouched',
  )
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Failure('native-unavailable', `the self-test of batched UDP expected ${what}`)
}
