// DNS over TCP (RFC 7766, RFC 9210): messages with a 16-bit length in front, any number per connection, answered in the
// order they came. Every connection is bounded: in number, in time without progress, and in answers not yet fetched.

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type Address, type Endpoint, maskBytes, parseAddress, printAddress } from '../../core/base/address.ts'
import { bindFailure } from '../../core/base/bind-failure.ts'
import type { Answering } from './answering.ts'
import { addTo, Count } from './counters.ts'
import { appendBytes, createFrames, type Frames, isPartial, Next, nextFrame } from './frames.ts'

export interface TcpServing {
  readonly endpoint: Endpoint
  readonly answer: Answering
  readonly counters: Float64Array
  /** Before the requests of one read: the place to look at the clock. Batches are not counted. */
  readonly beforeBatch: () => void
  /** An `answer` threw. Must not throw itself. */
  readonly onError: (error: unknown) => void
  /** How long a connection may go without a whole request arriving or an answer being fetched; default 10 s. */
  readonly idleMs?: number
  /** How long a connection may last in all; default 10 min. */
  readonly totalMs?: number
  /** Default 1000. */
  readonly connections?: number
  /** From one IPv4 address or IPv6 /64; default 50. */
  readonly connectionsPerSource?: number
  /** Answers a client may leave unfetched before we stop reading its questions; default 256 KiB. */
  readonly unfetchedBytes?: number
}

export interface TcpServer {
  readonly port: number
  /** Takes no more connections, lets those open finish what they began for `drainMs` (default 2 s), frees the port. */
  close(drainMs?: number): Promise<void>
}

interface Listener extends Required<TcpServing> {
  readonly server: Server
  readonly open: Set<Connection>
  readonly perSource: Map<string, number>
  readonly out: Uint8Array
  draining: boolean
}

interface Connection {
  readonly socket: Socket
  readonly source: Address
  /** What counts as one source. */
  readonly key: string
  readonly frames: Frames
  /** The client has closed its side; we answer what came before and close ours. */
  ended: boolean
  /** Not reading, because too many answers wait for the client. */
  blocked: boolean
  readonly openedMs: number
  progressMs: number
  /** Bytes of answers the client had not fetched when last looked, to tell slow progress from none. */
  unfetched: number
}

const MESSAGE_LIMIT = 65_535

/** Opens the port. Rejects with a Failure 'listen-…'. */
export async function openTcp(serving: TcpServing): Promise<TcpServer> {
  // allowHalfOpen: a client may close its side after the last question and still wait for answers (RFC 9210 §3).
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  const listener: Listener = {
    idleMs: 10_000,
    totalMs: 600_000,
    connections: 1000,
    connectionsPerSource: 50,
    unfetchedBytes: 262_144,
    ...serving,
    server,
    open: new Set(),
    perSource: new Map(),
    out: new Uint8Array(MESSAGE_LIMIT),
    draining: false,
  }
  await listenOn(server, serving.endpoint)
  server.on('connection', (socket) => accept(listener, socket))
  server.on('error', () => addTo(listener.counters, Count.receiveErrors, 1)) // accept(2) failed: out of descriptors
  const sweeping = setInterval(() => sweep(listener), Math.min(1000, listener.idleMs / 4, listener.totalMs / 4))
  return {
    port: (server.address() as { port: number }).port,
    close: (drainMs = 2000) => close(listener, sweeping, drainMs),
  }
}

/** The port, one that is free where 0 was asked for. Rejects with Failure('listen-in-use') when somebody serves it already. */
export async function checkFreeTcp(endpoint: Endpoint): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  await listenOn(server, endpoint)
  const { port } = server.address() as { port: number }
  const closed = once(server, 'close')
  server.close()
  await closed
  return port
}

async function listenOn(server: Server, endpoint: Endpoint): Promise<void> {
  const { address, port } = endpoint
  try {
    server.listen({ host: address, port, ipv6Only: true, exclusive: true, backlog: 1024 })
    await once(server, 'listening')
  } catch (error) {
    throw bindFailure(endpoint, error as NodeJS.ErrnoException)
  }
}

function accept(listener: Listener, socket: Socket): void {
  socket.on('error', () => socket.destroy()) // a reset is the client's business
  const source = parseAddress((socket.remoteAddress ?? '').replace(/%.*$/, ''))
  if (!source) return void socket.destroy()
  const key = printAddress(source.family === 4 ? source.bytes : maskBytes(source.bytes, 64))
  const held = listener.perSource.get(key) ?? 0
  if (listener.open.size >= listener.connections || held >= listener.connectionsPerSource) {
    addTo(listener.counters, Count.refused, 1)
    return void socket.destroy()
  }
  addTo(listener.counters, Count.accepted, 1)
  addTo(listener.counters, Count.open, 1)
  listener.perSource.set(key, held + 1)
  const progressMs = performance.now()
  const connection: Connection = {
    socket,
    source,
    key,
    frames: createFrames(),
    ended: false,
    blocked: false,
    openedMs: progressMs,
    progressMs,
    unfetched: 0,
  }
  listener.open.add(connection)
  attend(listener, connection)
}

function attend(listener: Listener, connection: Connection): void {
  const { socket } = connection
  socket.on('data', (bytes: Buffer) => {
    // After a malformed frame or while closing, what still comes is read and thrown away, lest a reset overtake our answers.
    if (socket.writableEnded) return
    appendBytes(connection.frames, bytes)
    serve(listener, connection)
  })
  socket.on('end', () => {
    connection.ended = true
    serve(listener, connection)
  })
  socket.on('drain', () => {
    connection.blocked = false
    serve(listener, connection)
    if (!connection.blocked) socket.resume()
  })
  socket.on('close', () => forget(listener, connection))
}

function forget(listener: Listener, connection: Connection): void {
  if (!listener.open.delete(connection)) return
  addTo(listener.counters, Count.open, -1)
  const left = listener.perSource.get(connection.key)! - 1
  if (left > 0) listener.perSource.set(connection.key, left)
  else listener.perSource.delete(connection.key)
}

/** Answers the whole frames that are there, as long as the client fetches what it is given. */
function serve(listener: Listener, connection: Connection): void {
  const { socket, frames } = connection
  if (connection.blocked || socket.destroyed || socket.writableEnded) return
  listener.beforeBatch()
  socket.cork() // many answers in one segment
  let next = nextFrame(frames)
  while (next === Next.frame) {
    answerFrame(listener, connection)
    if (socket.writableLength > listener.unfetchedBytes) {
      connection.blocked = true // until 'drain'
      socket.pause()
      break
    }
    next = nextFrame(frames)
  }
  socket.uncork()
  if (next === Next.malformed) addTo(listener.counters, Count.malformed, 1)
  // With the framing lost, nothing that follows can be trusted.
  const isOver = next === Next.malformed || connection.ended || (listener.draining && !isPartial(frames))
  if (isOver && !connection.blocked) socket.end()
}

function answerFrame(listener: Listener, connection: Connection): void {
  const { counters, out } = listener
  const { frames, source, socket } = connection
  connection.progressMs = performance.now()
  addTo(counters, Count.received, 1)
  addTo(counters, Count.bytesIn, frames.length)
  let written = 0
  try {
    const { bytes, at, length } = frames
    written = listener.answer(bytes, at, length, source.bytes, 0, source.family, out, 0, MESSAGE_LIMIT)
  } catch (error) {
    addTo(counters, Count.failed, 1)
    return listener.onError(error)
  }
  if (written > MESSAGE_LIMIT) return addTo(counters, Count.failed, 1)
  if (!(written > 0)) return addTo(counters, Count.silent, 1)
  // Length and message in one write (RFC 7766 §8).
  const frame = Buffer.allocUnsafe(2 + written)
  frame.writeUInt16BE(written)
  frame.set(out.subarray(0, written), 2)
  socket.write(frame)
  addTo(counters, Count.answered, 1)
  addTo(counters, Count.bytesOut, written)
}

/** Closes what made no progress. Where connections run out they are given less time (RFC 7766 §6.2.3). */
function sweep(listener: Listener): void {
  const nowMs = performance.now()
  const isCrowded = listener.open.size > listener.connections * 0.75
  const oldest = nowMs - (isCrowded ? listener.idleMs / 4 : listener.idleMs)
  for (const connection of listener.open) {
    const { socket } = connection
    if (socket.writableLength < connection.unfetched) connection.progressMs = nowMs
    connection.unfetched = socket.writableLength
    const leftMs = connection.openedMs + listener.totalMs - nowMs
    if (leftMs <= 0 && !connection.ended) {
      // Nothing more is taken from it. Who fetches a byte now and then has until another idle time is over.
      connection.ended = true
      serve(listener, connection)
    }
    if (connection.progressMs >= oldest && leftMs > -listener.idleMs) continue
    addTo(listener.counters, Count.expired, 1)
    socket.destroy()
  }
}

async function close(listener: Listener, sweeping: NodeJS.Timeout, drainMs: number): Promise<void> {
  const { server, open } = listener
  await turn() // connections and requests that the kernel already holds count as begun
  const closed = once(server, 'close')
  server.close()
  await turn()
  listener.draining = true
  for (const connection of open) serve(listener, connection)
  const deadline = setTimeout(() => {
    for (const { socket } of open) socket.destroy()
  }, drainMs)
  await closed
  clearTimeout(deadline)
  clearInterval(sweeping)
}
