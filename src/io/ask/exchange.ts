// One message out, its answer back, over UDP or TCP (RFC 1035 §4.2, RFC 7766 §8). Not dns2's clients: they check neither id nor
// question, have no timeout over TCP and cannot ask over IPv6.

import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'
import { printDuration } from '../../core/base/duration.ts'
import type { Asked } from './asked.ts'

export interface Exchange {
  readonly server: Endpoint
  /** The local address to ask from. */
  readonly source?: string | undefined
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly message: Uint8Array
  /** The answer decoded, or why this message is none. */
  judge(message: Uint8Array): Asked | string
}

export interface Exchanged {
  readonly asked: Asked
  readonly tookMs: number
}

/** Rejects with a Failure 'ask-…'. A datagram that is no answer is passed over, since anyone could have sent it. */
export function exchangeUdp({ server, source, timeoutMs, signal, message, judge }: Exchange): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4')
    let started = performance.now()
    let oddity: string | undefined
    let isOpen = true
    const close = (): boolean => {
      if (!isOpen) return false
      isOpen = false
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.close()
      return true
    }
    const fail = (failure: Failure): void => {
      if (close()) reject(failure)
    }
    const timer = setTimeout(() => {
      fail(oddity === undefined ? timeout(server, 'udp', timeoutMs) : garbled(server, 'udp', oddity))
    }, timeoutMs)
    const stop = (): void => fail(aborted(server, 'udp'))
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) return stop()
    socket.on('error', (error) => fail(unreachable(server, 'udp', source, error)))
    socket.on('message', (bytes) => {
      const tookMs = performance.now() - started
      const asked = judge(bytes)
      if (typeof asked === 'string') oddity = asked
      else if (close()) resolve({ asked, tookMs })
    })
    // Connected, so that the kernel takes datagrams from nobody else, and tells us of a closed port.
    socket.on('connect', () => {
      started = performance.now()
      socket.send(message)
    })
    socket.bind({ port: 0, address: source, exclusive: true }, () => {
      if (isOpen) socket.connect(server.port, server.address)
    })
  })
}

/** Rejects with a Failure 'ask-…'. The time includes that of connecting. */
export function exchangeTcp({ server, source, timeoutMs, signal, message, judge }: Exchange): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const socket = connect({
      host: server.address,
      port: server.port,
      ...(source !== undefined && { localAddress: source }),
    })
    let received = Buffer.alloc(0)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.destroy()
      settle() // a promise settles once: what comes later is ignored
    }
    const fail = (failure: Failure): void => end(() => reject(failure))
    const timer = setTimeout(() => fail(timeout(server, 'tcp', timeoutMs)), timeoutMs)
    const stop = (): void => fail(aborted(server, 'tcp'))
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) return stop()
    // Length and message in one segment (RFC 7766 §8).
    socket.on('connect', () => socket.write(Buffer.concat([lengthOf(message), message])))
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const tookMs = performance.now() - started
      const asked = judge(received.subarray(2, 2 + received.readUInt16BE(0)))
      if (typeof asked === 'string') fail(garbled(server, 'tcp', asked))
      else end(() => resolve({ asked, tookMs }))
    })
    socket.on('end', () => fail(garbled(server, 'tcp', `the connection closed after ${received.length} bytes`)))
    socket.on('error', (error) => fail(unreachable(server, 'tcp', source, error)))
  })
}

function lengthOf(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length)
}

function timeout(server: Endpoint, transport: string, timeoutMs: number): Failure {
  return new Failure('ask-timeout', `no answer from ${where(server, transport)} within ${printDuration(timeoutMs)}`)
}

function aborted(server: Endpoint, transport: string): Failure {
  return new Failure('ask-timeout', `no answer from ${where(server, transport)} until it was given up`)
}

function garbled(server: Endpoint, transport: string, what: string): Failure {
  return new Failure('ask-garbled', `no usable answer from ${where(server, transport)}: ${what}`)
}

function unreachable(
  server: Endpoint,
  transport: string,
  source: string | undefined,
  error: NodeJS.ErrnoException,
): Failure {
  const why = error.code === 'ECONNREFUSED' ? 'nobody listens there' : (error.code ?? error.message)
  const from = source === undefined ? '' : ` from ${source}`
  return new Failure('ask-unreachable', `cannot reach ${where(server, transport)}${from}: ${why}`, error)
}

function where(server: Endpoint, transport: string): string {
  return `${printEndpoint(server)} over ${transport.toUpperCase()}`
}
