// A client for many questions over UDP: each is sent once, is answered or not, and is never repeated.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Endpoint } from '../../src/core/base/address.ts'

export interface Reply {
  readonly bytes: Uint8Array
  readonly tookMs: number
}

export interface DnsClient extends AsyncDisposable {
  /** The answer; undefined where none came in time. The query's id is set here. */
  ask(query: Uint8Array, timeoutMs?: number): Promise<Reply | undefined>
  /** Sends without waiting for the kernel's word, in the order of the calls. */
  readonly socket: Socket
}

const TIMEOUT_MS = 2000

/** `from` is the address to ask from: any of 127.0.0.0/8 will do on Linux. */
export async function openDnsClient(to: Endpoint, from?: string): Promise<DnsClient> {
  const socket = createSocket({ type: to.address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  const waiting = new Map<number, { sentMs: number; settle: (reply: Reply | undefined) => void }>()
  socket.on('message', (bytes) => {
    const id = bytes.readUInt16BE(0)
    const asked = waiting.get(id)
    asked?.settle({ bytes, tookMs: performance.now() - asked.sentMs })
  })
  socket.on('error', () => undefined) // a refused packet is an unanswered question
  socket.bind({ port: 0, ...(from !== undefined && { address: from }) })
  await once(socket, 'listening')
  let next = 0
  return {
    socket,
    ask: (query, timeoutMs = TIMEOUT_MS) =>
      new Promise((resolve) => {
        do next = (next + 1) & 0xffff
        while (waiting.has(next))
        const id = next
        const packet = Buffer.from(query)
        packet.writeUInt16BE(id)
        const limit = setTimeout(() => settle(undefined), timeoutMs)
        const settle = (reply: Reply | undefined): void => {
          clearTimeout(limit)
          waiting.delete(id)
          resolve(reply)
        }
        waiting.set(id, { sentMs: performance.now(), settle })
        socket.send(packet, to.port, to.address)
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

/** One question over a connection of its own. */
export async function askOverTcp({ address, port }: Endpoint, query: Uint8Array): Promise<Uint8Array> {
  const socket = createConnection({ host: address, port })
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer over TCP')))
  socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]))
  let answer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, chunk])
    if (answer.length >= 2 && answer.length >= 2 + answer.readUInt16BE(0)) break
  }
  socket.destroy()
  return answer.subarray(2, 2 + answer.readUInt16BE(0))
}
