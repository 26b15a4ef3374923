// Clients for the transports' tests: what is sent and received is whole DNS messages, whatever frames them.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { appendBytes, createFrames, Next, nextFrame } from '../../../src/io/listen/frames.ts'

export interface Client {
  send(message: Uint8Array): void
  /** The next message that has not been taken yet; rejects after `withinMs`. */
  next(withinMs?: number): Promise<Received>
  /** How many have arrived and were not taken. */
  readonly waiting: number
  close(): Promise<void>
}

export interface Received {
  readonly bytes: Uint8Array
  readonly from: string
}

export async function openUdpClient(address: string, port: number): Promise<Client> {
  const is6 = address.includes(':')
  const socket = createSocket({ type: is6 ? 'udp6' : 'udp4', recvBufferSize: 4_000_000 })
  socket.bind(0, is6 ? '::1' : '127.0.0.1')
  await once(socket, 'listening')
  const inbox = createInbox()
  socket.on('message', (bytes, peer) => inbox.put({ bytes, from: peer.address }))
  return {
    send: (message) => socket.send(message, port, address),
    next: inbox.next,
    get waiting() {
      return inbox.waiting()
    },
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

export async function openTcpClient(address: string, port: number): Promise<Client> {
  const socket = connect({ host: address, port, noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  const inbox = createInbox()
  const frames = createFrames()
  socket.on('data', (chunk: Buffer) => {
    appendBytes(frames, chunk)
    while (nextFrame(frames) === Next.frame) {
      inbox.put({ bytes: frames.bytes.slice(frames.at, frames.at + frames.length), from: socket.remoteAddress ?? '' })
    }
  })
  return {
    send: (message) => void socket.write(frame(message)),
    next: inbox.next,
    get waiting() {
      return inbox.waiting()
    },
    close: async () => {
      if (socket.destroyed) return
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    },
  }
}

export function frame(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length & 255, ...message)
}

function createInbox() {
  const messages: Received[] = []
  let arrived = Promise.withResolvers<void>()
  return {
    put: (message: Received) => {
      messages.push(message)
      arrived.resolve()
    },
    waiting: () => messages.length,
    next: async (withinMs = 5000): Promise<Received> => {
      const limit = AbortSignal.timeout(withinMs)
      while (messages.length === 0) {
        arrived = Promise.withResolvers()
        await Promise.race([arrived.promise, once(limit, 'abort')])
        if (messages.length === 0 && limit.aborted) throw new Error(`nothing arrived within ${withinMs} ms`)
      }
      return messages.shift()!
    },
  }
}
