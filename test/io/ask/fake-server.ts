// A DNS server on loopback that says whatever a test wants it to, over UDP and TCP on one port.

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../../src/core/base/address.ts'
import { hex } from './message.ts'

/** What to send, in order; over TCP these are pieces of the stream, framing included. */
export type Respond = (query: Buffer) => readonly Uint8Array[]

export interface FakeServer {
  readonly endpoint: Endpoint
  readonly seen: { readonly transport: 'udp' | 'tcp'; readonly query: Buffer; readonly from: string }[]
  close(): Promise<void>
}

export const silent: Respond = () => []

export async function openFakeServer(udp: Respond, tcp: Respond = silent, address = '127.0.0.1'): Promise<FakeServer> {
  const seen: FakeServer['seen'] = []
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', (bytes: Buffer) => {
      seen.push({ transport: 'tcp', query: bytes.subarray(2), from: socket.remoteAddress! })
      for (const piece of tcp(bytes.subarray(2))) {
        if (piece === hangUp) socket.end()
        else socket.write(piece)
      }
    })
  })
  const socket = await listenOnOnePort(server, address)
  socket.on('message', (query, peer) => {
    seen.push({ transport: 'udp', query, from: peer.address })
    for (const message of udp(query)) socket.send(message, peer.port, peer.address)
  })
  return {
    endpoint: { address, port: socket.address().port },
    seen,
    close: async () => {
      const closed = Promise.all([once(server, 'close'), once(socket, 'close')])
      for (const connection of connections) connection.destroy()
      server.close()
      socket.close()
      await closed
    },
  }
}

/** Among the pieces of a TCP stream: close the connection here. */
export const hangUp = Uint8Array.of()

/** The port that TCP got may be taken for UDP: then another one. */
async function listenOnOnePort(server: Server, address: string): Promise<UdpSocket> {
  for (let left = 20; ; left--) {
    server.listen(0, address)
    await once(server, 'listening')
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    try {
      socket.bind((server.address() as AddressInfo).port, address)
      await once(socket, 'listening')
      return socket
    } catch (error) {
      socket.close()
      server.close()
      await once(server, 'close')
      if (left === 0) throw error
    }
  }
}

/** The query turned into a response without records: its header and question, these flags. */
export function echo(query: Uint8Array, flags = 0x8400): Uint8Array {
  const response = Uint8Array.from(query.subarray(0, questionEnd(query)))
  response.set([flags >> 8, flags & 255], 2)
  response.set([0, 0, 0, 0, 0, 0], 6)
  return response
}

/** The same with `www.example.com. 30 IN A 192.0.2.10`. */
export function echoA(query: Uint8Array, flags = 0x8400): Uint8Array {
  const response = Buffer.concat([echo(query, flags), hex('c00c 0001 0001 0000001e 0004 c000020a')])
  response[7] = 1
  return response
}

export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >> 8, message.length), message])
}

function questionEnd(query: Uint8Array): number {
  let at = 12
  while (query[at] !== 0) at += 1 + query[at]!
  return at + 5
}
