// UDP through node:dgram, for platforms where the batched transport cannot be: two to five times the CPU per packet. It
// runs on its thread's event loop. It cannot tell which address a packet was sent to, so on a machine with several addresses
// bind each by name: behind a wildcard, the answer leaves from whichever address the routing table prefers.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { type Endpoint, parseAddress } from '../../core/base/address.ts'
import { bindFailure } from '../../core/base/bind-failure.ts'
import { PACKET_ROOM } from '../native/arena.ts'
import type { Answering } from './answering.ts'
import { addTo, Count } from './counters.ts'

export interface PortableServing {
  readonly endpoint: Endpoint
  readonly answer: Answering
  /** The longest response, in bytes. */
  readonly limit: number
  /** Share the port with our other workers' sockets. Not on macOS or Windows: one worker serves there. */
  readonly reusePort: boolean
  readonly receiveBufferBytes: number
  /** Before each packet: the place to look at the clock. */
  readonly beforeBatch: () => void
  readonly counters: Float64Array
  /** An `answer` threw. Must not throw itself. */
  readonly onError: (error: unknown) => void
}

export interface PortableUdp {
  readonly port: number
  /** Answers what is queued, then frees the port. */
  close(): Promise<void>
}

interface Serving extends PortableServing {
  readonly socket: Socket
  readonly out: Uint8Array
  /** Packets so far, and answers handed to the kernel but not yet taken. */
  seen: number
  sending: number
}

/** Answers waiting for the kernel beyond this are dropped: memory is bounded, and DNS over UDP is allowed to lose. */
const SENDING_LIMIT = 1000
/** A flood never ends, so draining must: libuv reads at most 32 packets a turn. */
const DRAIN_TURNS = 500

/** Starts serving. Rejects with a Failure 'listen-…'. */
export async function servePortable(serving: PortableServing): Promise<PortableUdp> {
  const socket = await bindSocket(serving.endpoint, serving.reusePort, serving.receiveBufferBytes)
  const state: Serving = { ...serving, socket, out: new Uint8Array(serving.limit), seen: 0, sending: 0 }
  socket.on('message', (packet, peer) => servePacket(state, packet, peer))
  socket.on('error', () => addTo(serving.counters, Count.receiveErrors, 1))
  return { port: socket.address().port, close: () => close(state) }
}

/** Rejects with Failure('listen-in-use') when another process, or another part of this one, has the endpoint already. */
export async function checkFreePortable(endpoint: Endpoint): Promise<void> {
  if (endpoint.port === 0) return
  await closeSocket(await bindSocket(endpoint, false, 0))
}

async function bindSocket(endpoint: Endpoint, reusePort: boolean, recvBufferSize: number): Promise<Socket> {
  const is6 = endpoint.address.includes(':')
  const size = recvBufferSize > 0 ? { recvBufferSize } : {}
  const socket = createSocket({ type: is6 ? 'udp6' : 'udp4', ipv6Only: is6, reusePort, ...size })
  try {
    socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true })
    await once(socket, 'listening')
    return socket
  } catch (error) {
    socket.close()
    throw bindFailure(endpoint, error as NodeJS.ErrnoException)
  }
}

function servePacket(serving: Serving, packet: Buffer, peer: RemoteInfo): void {
  const { counters, limit, out } = serving
  serving.seen++
  // A link-local peer's name ends in its interface: fe80::1%eth0.
  const source = parseAddress(peer.address.replace(/%.*$/, ''))
  if (!source || peer.port === 0 || packet.length > PACKET_ROOM) return addTo(counters, Count.malformed, 1)
  addTo(counters, Count.batches, 1)
  addTo(counters, Count.received, 1)
  addTo(counters, Count.bytesIn, packet.length)
  let written = 0
  try {
    serving.beforeBatch()
    written = serving.answer(packet, 0, packet.length, source.bytes, 0, source.family, out, 0, limit)
  } catch (error) {
    addTo(counters, Count.failed, 1)
    return serving.onError(error)
  }
  if (written > limit) addTo(counters, Count.failed, 1)
  else if (!(written > 0)) addTo(counters, Count.silent, 1)
  else send(serving, written, peer)
}

function send(serving: Serving, length: number, peer: RemoteInfo): void {
  const { counters, out, socket } = serving
  if (serving.sending >= SENDING_LIMIT) return addTo(counters, Count.unsent, 1)
  serving.sending++
  // A copy: the kernel may take it later, when `out` holds another answer.
  socket.send(Buffer.from(out.subarray(0, length)), peer.port, peer.address, (error) => {
    serving.sending--
    addTo(counters, error ? Count.unsent : Count.answered, 1)
    if (!error) addTo(counters, Count.bytesOut, length)
  })
}

async function close(serving: Serving): Promise<void> {
  let seen = -1
  for (let turns = 0; turns < DRAIN_TURNS && (seen !== serving.seen || serving.sending > 0); turns++) {
    seen = serving.seen
    await turn() // a whole turn of the event loop, in which libuv reads what is queued
    await turn()
  }
  await closeSocket(serving.socket)
}

async function closeSocket(socket: Socket): Promise<void> {
  const closed = once(socket, 'close')
  socket.close()
  await closed
}
