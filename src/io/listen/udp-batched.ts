// UDP in batches: poll → recvmmsg → answer each → sendmmsg, up to 64 packets a turn. Hot: once `serveBatched` has made its
// memory, neither a packet nor a batch allocates. The loop never yields: its thread runs no event loop, no timers, no
// promises until told to stop, so messages are taken by a callback, and a poll has a time limit lest process.exit hang.

import {
  type Arena,
  createArena,
  isFromPortZero,
  PACKET_ROOM,
  packetFamily,
  packetLength,
  prepareAnswer,
  receiveBatch,
  resetPacket,
  sendBatch,
} from '../native/arena.ts'
import { AF_INET, AF_INET6, EAGAIN, EBADF, EINTR, ENOTSOCK, sockaddr } from '../native/layout.ts'
import { type Libc, openLibc } from '../native/libc.ts'
import { createPollSet, isReady, type PollSet, waitFor } from '../native/poll.ts'
import { clearWake } from '../native/wake.ts'
import type { Answering } from './answering.ts'
import { addTo, Count } from './counters.ts'

export interface BatchedServing {
  /** Bound, non-blocking; the caller closes them afterwards, or hands them and what they have queued to a successor. */
  readonly sockets: readonly number[]
  readonly answer: Answering
  /** Shown each packet of a batch, with where its sender's address would be if it is IPv4, before the first of them is answered. */
  readonly preview?: (packets: Uint8Array, at: number, length: number, sources: Uint8Array, sourceAt: number) => void
  /** The longest response, in bytes. */
  readonly limit: number
  /** See loop-control.ts. */
  readonly wakeFd: number
  readonly stopped: () => boolean
  /** Whenever woken, and about every 50 ms without traffic. */
  readonly takeMessages: () => void
  /** Before the packets of a turn: the place to look at the clock once for all of them. */
  readonly beforeBatch: () => void
  readonly counters: Float64Array
  /** Packets of each socket to be thrown away, the oldest first, see queue-keeper.ts; counted down here. */
  readonly surplus?: Int32Array
  /** An `answer` threw. Must not throw itself. */
  readonly onError: (error: unknown) => void
}

interface Loop extends BatchedServing {
  readonly libc: Libc
  readonly arena: Arena
  readonly readable: PollSet
  /** One set per socket, to wait until it takes packets again. */
  readonly writable: readonly PollSet[]
}

/** What the kernel may queue for a socket: the default holds 256 packets, this some 10 000. */
export const RECEIVE_BUFFER = 4 * 1024 * 1024
/** How long an idle loop sleeps at most. */
const POLL_MS = 50
/** How long, and how often per batch, we wait for a full send buffer before the answers left are dropped. */
const SEND_WAIT_MS = 5
const SEND_WAITS = 2
/** With fewer packets there is little to be waited for at the same time. */
const MANY = 4
/** A flood never ends, so draining must: a receive buffer of 4 MiB holds some 10 000 queries, 256 batches are 16 384. */
const DRAIN_BATCHES = 256

/** Serves until `stopped`, then answers what is queued and returns. Throws only for bugs, such as a descriptor that is none. */
export function serveBatched(serving: BatchedServing): void {
  const loop = createLoop(serving)
  const wakeAt = loop.sockets.length
  const scratch = new Uint8Array(8)
  while (!loop.stopped()) {
    if (waitFor(loop.libc, loop.readable, POLL_MS) <= 0) {
      loop.takeMessages()
      continue
    }
    if (isReady(loop.readable, wakeAt)) {
      clearWake(loop.libc, loop.wakeFd, scratch)
      loop.takeMessages()
    }
    loop.beforeBatch()
    for (let s = 0; s < wakeAt; s++) {
      if (!isReady(loop.readable, s)) continue
      if (loop.surplus !== undefined && loop.surplus[s]! > 0) shed(loop, s, loop.surplus)
      serveBatch(loop, s)
    }
  }
  drain(loop)
}

function createLoop(serving: BatchedServing): Loop {
  const libc = openLibc()
  return {
    ...serving,
    libc,
    arena: createArena(libc, serving.limit),
    readable: createPollSet(libc, [...serving.sockets, serving.wakeFd]),
    writable: serving.sockets.map((fd) => createPollSet(libc, [fd], 'write')),
  }
}

function drain(loop: Loop): void {
  loop.beforeBatch()
  for (let s = 0; s < loop.sockets.length; s++) {
    for (let turn = 0; turn < DRAIN_BATCHES && serveBatch(loop, s) > 0; turn++);
  }
}

/** Throws away what nobody waits for any more. All of it in one turn: it is far cheaper than answering. */
function shed(loop: Loop, s: number, surplus: Int32Array): void {
  const { libc, arena, counters } = loop
  while (surplus[s]! > 0) {
    const got = receiveBatch(libc, arena, loop.sockets[s]!)
    for (let i = 0; i < got; i++) resetPacket(arena, i)
    surplus[s] = got > 0 ? surplus[s]! - got : 0
    if (got > 0) addTo(counters, Count.shed, got)
  }
}

function previewBatch({ arena }: Loop, got: number, preview: NonNullable<Loop['preview']>): void {
  for (let i = 0; i < got; i++) {
    const length = packetLength(arena, i)
    const sourceAt = i * sockaddr.room + sockaddr.v4.address
    if (length > 0) preview(arena.packets, i * PACKET_ROOM, length, arena.sources, sourceAt)
  }
}

/** Answers one batch of socket `s`. Returns how many packets it had. */
function serveBatch(loop: Loop, s: number): number {
  const { libc, arena, counters } = loop
  const got = receiveBatch(libc, arena, loop.sockets[s]!)
  if (got <= 0) {
    if (got < 0) noteReceiveError(loop, libc.errno())
    return 0
  }
  if (loop.preview !== undefined && got >= MANY) previewBatch(loop, got, loop.preview)
  let answers = 0
  for (let i = 0; i < got; i++) {
    const length = servePacket(loop, i, answers)
    if (length > 0) prepareAnswer(arena, answers++, i, length)
    resetPacket(arena, i)
  }
  addTo(counters, Count.batches, 1)
  if (answers > 0) sendAnswers(loop, s, answers)
  return got
}

/** Writes the answer to packet i into place k. Returns its length, 0 for none. */
function servePacket(loop: Loop, i: number, k: number): number {
  const { arena, counters, limit } = loop
  const length = packetLength(arena, i)
  const native = packetFamily(arena, i)
  if (length < 0 || (native !== AF_INET && native !== AF_INET6) || isFromPortZero(arena, i)) {
    addTo(counters, Count.malformed, 1)
    return 0
  }
  addTo(counters, Count.received, 1)
  addTo(counters, Count.bytesIn, length)
  let sourceAt = i * sockaddr.room
  let family: 4 | 6 = 4
  if (native === AF_INET) sourceAt += sockaddr.v4.address
  else if (isMapped(arena.sources, sourceAt + sockaddr.v6.address)) sourceAt += sockaddr.v6.address + 12
  else {
    sourceAt += sockaddr.v6.address
    family = 6
  }
  let written = 0
  try {
    written = loop.answer(
      arena.packets,
      i * PACKET_ROOM,
      length,
      arena.sources,
      sourceAt,
      family,
      arena.answers,
      k * limit,
      limit,
    )
  } catch (error) {
    addTo(counters, Count.failed, 1)
    loop.onError(error)
    return 0
  }
  if (written > 0 && written <= limit) {
    addTo(counters, Count.bytesOut, written)
    return written
  }
  addTo(counters, written > limit ? Count.failed : Count.silent, 1)
  return 0
}

/** An IPv4 peer of a dual IPv6 socket: ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff
}

function sendAnswers(loop: Loop, s: number, answers: number): void {
  const { libc, arena, counters } = loop
  let waits = 0
  let from = 0
  let unsent = 0
  while (from < answers) {
    const sent = sendBatch(libc, arena, loop.sockets[s]!, from, answers)
    if (sent > 0) {
      from += sent
      continue
    }
    const errno = libc.errno()
    if (errno === EINTR) continue
    if (errno !== EAGAIN) {
      // What stopped the batch concerns its first packet alone: a firewall, a peer without a route.
      unsent++
      from++
    } else if (waits++ === SEND_WAITS) {
      unsent += answers - from
      break
    } else waitFor(libc, loop.writable[s]!, SEND_WAIT_MS)
  }
  addTo(counters, Count.answered, answers - unsent)
  if (unsent > 0) addTo(counters, Count.unsent, unsent)
}

function noteReceiveError(loop: Loop, errno: number): void {
  if (errno === EAGAIN || errno === EINTR) return
  if (errno === EBADF || errno === ENOTSOCK)
    throw new Error(`a socket was closed under its packet loop (errno ${errno})`)
  addTo(loop.counters, Count.receiveErrors, 1)
}
