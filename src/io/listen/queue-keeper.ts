// Keeping what waits in a receive buffer fresh. A buffer that a fast server empties in milliseconds holds the questions of the last
// seconds when processor time is short, and who asked so long ago has asked elsewhere: all work then goes into answers that nobody
// waits for. So while more waits than can be answered before resolvers ask again, or the kernel goes on dropping packets, the buffers
// are cut to a fifth of a second's answers, and what waits in them beyond it, which is the oldest, is to be thrown away. Once all was
// well for a second they have their size back, for bursts. Hot, but for ten looks a second.

import type { Libc } from '../native/libc.ts'
import { openReceiveBuffers, readBuffers, type ReceiveBuffers, setReceiveBuffer } from '../native/socket.ts'

/** Resolvers wait at least as long before they ask again. */
const STALE_MS = 400
/** Half of it; and two periods of a processor quota, which come as bursts. */
const WANTED_MS = 200
const LOOK_MS = 100
const CALM_LOOKS = 10
/** A burst that was too large is over by then, and what is left of it is answered. */
const LASTING_LOOKS = 2
/** What the kernel counts for a packet with a small query, headers and all; a buffer's size counts twice. */
const PACKET_BYTES = 768
const LEAST_PACKETS = 64

/** What the size of the buffers is found from, look by look. */
export interface QueueSize {
  /** What the buffers of the sockets were opened with. */
  readonly mostBytes: number
  bytes: number
  /** Looks in a row at which all was well. */
  calm: number
  /** Looks in a row at which it was not. */
  lasting: number
  /** From when that has lasted until all was well for a while. */
  isOverloaded: boolean
  /** Packets answered in a millisecond, between the last two looks. */
  rate: number
}

export interface QueueKeeper {
  readonly libc: Libc
  readonly buffers: ReceiveBuffers
  readonly size: QueueSize
  lookedMs: number
  received: number
  drops: number
  /** Packets are being thrown away, in a time in which none is answered. */
  isShedding: boolean
  /** Packets to be thrown away, for each socket; whoever does it counts them down. */
  readonly surplus: Int32Array
}

/** `mostBytes` is what the buffers of the sockets were opened with. */
export function openQueueKeeper(libc: Libc, sockets: readonly number[], mostBytes: number, nowMs: number): QueueKeeper {
  const buffers = openReceiveBuffers(sockets)
  const drops = readBuffers(libc, buffers)
  // A worker before may have cut them.
  setReceiveBuffer(libc, buffers, mostBytes)
  return {
    libc,
    buffers,
    size: openQueueSize(mostBytes),
    lookedMs: nowMs,
    received: 0,
    drops,
    isShedding: false,
    surplus: new Int32Array(sockets.length),
  }
}

export function openQueueSize(mostBytes: number): QueueSize {
  return { mostBytes, bytes: mostBytes, calm: 0, lasting: 0, isOverloaded: false, rate: 0 }
}

/** To be called each turn with a steady clock (wrapped to 32 bits) and the count of packets received. */
export function keepQueue(keeper: QueueKeeper, nowMs: number, received: number): void {
  const { libc, buffers, size, surplus } = keeper
  const elapsedMs = (nowMs - keeper.lookedMs) | 0
  if (elapsedMs < LOOK_MS && !keeper.isShedding) return
  const drops = readBuffers(libc, buffers)
  const answered = received - keeper.received
  const hasDropped = drops !== keeper.drops
  keeper.lookedMs = nowMs
  keeper.received = received
  keeper.drops = drops
  if (keeper.isShedding) {
    // This time says nothing about how much can be answered.
    keeper.isShedding = false
    return
  }
  let waiting = 0
  for (let s = 0; s < surplus.length; s++) waiting += buffers.queued[s]!
  const bytes = sizeQueue(size, elapsedMs, answered, waiting / PACKET_BYTES, hasDropped)
  if (bytes === size.bytes) return
  size.bytes = bytes
  setReceiveBuffer(libc, buffers, bytes)
  for (let s = 0; s < surplus.length; s++) {
    const beyond = Math.floor((buffers.queued[s]! - 2 * bytes) / PACKET_BYTES)
    surplus[s] = beyond > 0 ? beyond : 0
    if (beyond > 0) keeper.isShedding = true
  }
}

/** The size that the buffers shall have, after `answered` packets in `elapsedMs`, with `waiting` more. */
export function sizeQueue(
  size: QueueSize,
  elapsedMs: number,
  answered: number,
  waiting: number,
  hasDropped: boolean,
): number {
  const rate = answered / elapsedMs
  // Of the last two looks the better one: between them a quota may have let run twice, or not at all.
  const better = Math.max(rate, size.rate)
  size.rate = rate
  if (!hasDropped && waiting <= Math.max(LEAST_PACKETS, better * STALE_MS)) {
    size.calm = Math.min(CALM_LOOKS, size.calm + 1)
    size.lasting = 0
    if (size.calm < CALM_LOOKS) return size.bytes
    size.isOverloaded = false
    return size.mostBytes
  }
  size.calm = 0
  size.lasting = Math.min(LASTING_LOOKS, size.lasting + 1)
  if (size.lasting < LASTING_LOOKS) return size.bytes
  size.isOverloaded = true
  const bytes = Math.ceil(Math.max(LEAST_PACKETS, better * WANTED_MS)) * (PACKET_BYTES / 2)
  // A little more or less is no reason to ask the kernel.
  if (bytes > size.bytes * 0.75 && bytes < size.bytes * 1.25) return size.bytes
  return Math.min(size.mostBytes, bytes)
}
