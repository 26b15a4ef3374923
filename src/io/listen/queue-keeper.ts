// Keeping what waits in a receive buffer fresh. A buffer that a fast server empties in milliseconds holds the questions of the last
// second when processor time is short, and who asked so long ago has asked elsewhere: all work then goes into answers that nobody
// waits for. So while the kernel goes on dropping packets the buffers are cut to what can be answered in a fifth of a second, and
// what waits in them beyond that, which is the oldest, is to be thrown away. Once nothing was dropped for a second they have their
// size back, for bursts. Hot, but for five looks a second.

import type { Libc } from '../native/libc.ts'
import { openReceiveBuffers, queuedBytes, type ReceiveBuffers, readDrops, setReceiveBuffer } from '../native/socket.ts'

/** Half of what resolvers wait at least before they ask again; and two periods of a processor quota, which come as bursts. */
const WANTED_MS = 200
const LOOK_MS = 200
const CALM_LOOKS = 5
/** A burst that was too large is over by then, and what is left of it is answered. */
const LASTING_LOOKS = 2
/** What the kernel counts for a packet with a small query, headers and all; a buffer's size counts twice. */
const PACKET_BYTES = 768
const LEAST_PACKETS = 64

export interface QueueKeeper {
  readonly libc: Libc
  readonly buffers: ReceiveBuffers
  readonly mostBytes: number
  lookedMs: number
  received: number
  drops: number
  calm: number
  /** Looks in a row that saw packets dropped. */
  lasting: number
  bytes: number
  /** Packets to be thrown away, for each socket; whoever does it counts them down. */
  readonly surplus: Int32Array
}

/** `mostBytes` is what the buffers of the sockets were opened with. */
export function openQueueKeeper(libc: Libc, sockets: readonly number[], mostBytes: number, nowMs: number): QueueKeeper {
  const buffers = openReceiveBuffers(sockets)
  const drops = readDrops(libc, buffers)
  // A worker before may have cut them.
  setReceiveBuffer(libc, buffers, mostBytes)
  return {
    libc,
    buffers,
    mostBytes,
    lookedMs: nowMs,
    received: 0,
    drops,
    calm: 0,
    lasting: 0,
    bytes: mostBytes,
    surplus: new Int32Array(sockets.length),
  }
}

/** To be called each turn with a steady clock (wrapped to 32 bits) and the count of packets received. */
export function keepQueue(keeper: QueueKeeper, nowMs: number, received: number): void {
  const elapsedMs = (nowMs - keeper.lookedMs) | 0
  if (elapsedMs < LOOK_MS) return
  const drops = readDrops(keeper.libc, keeper.buffers)
  const bytes = sizeQueue(keeper, elapsedMs, received - keeper.received, drops !== keeper.drops)
  keeper.lookedMs = nowMs
  keeper.received = received
  keeper.drops = drops
  if (bytes === keeper.bytes) return
  keeper.bytes = bytes
  setReceiveBuffer(keeper.libc, keeper.buffers, bytes)
  for (let s = 0; s < keeper.surplus.length; s++) {
    const beyond = Math.floor((queuedBytes(keeper.libc, keeper.buffers, s) - 2 * bytes) / PACKET_BYTES)
    keeper.surplus[s] = beyond > 0 ? beyond : 0
  }
}

/** The size that the buffers shall have, after `answered` packets in `elapsedMs`. */
export function sizeQueue(
  keeper: Pick<QueueKeeper, 'mostBytes' | 'bytes' | 'calm' | 'lasting'>,
  elapsedMs: number,
  answered: number,
  hasDropped: boolean,
): number {
  keeper.calm = hasDropped ? 0 : Math.min(CALM_LOOKS, keeper.calm + 1)
  keeper.lasting = hasDropped ? Math.min(LASTING_LOOKS, keeper.lasting + 1) : 0
  if (!hasDropped) return keeper.calm === CALM_LOOKS ? keeper.mostBytes : keeper.bytes
  if (keeper.lasting < LASTING_LOOKS) return keeper.bytes
  const packets = Math.max(LEAST_PACKETS, (answered / elapsedMs) * WANTED_MS)
  const bytes = Math.ceil(packets) * (PACKET_BYTES / 2)
  // A little more or less is no reason to ask the kernel.
  if (bytes > keeper.bytes * 0.75 && bytes < keeper.bytes * 1.25) return keeper.bytes
  return Math.min(keeper.mostBytes, bytes)
}
