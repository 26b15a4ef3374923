// Small servers on loopback for testing checks: each connection is handed to a script that speaks raw bytes.

import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Endpoint } from '../../../src/core/base/address.ts'

export interface Loopback extends Endpoint {
  /** Connections that are still open. */
  open(): number
  /** Resolves once no connection is open. */
  allClosed(): Promise<void>
  close(): Promise<void>
}

export type Script = (socket: Socket) => void

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url))
}

export function serveLoopback(script: Script, address = '127.0.0.1'): Promise<Loopback> {
  return listen(createServer(), 'connection', script, address)
}

export function serveTls(script: Script, options: TlsOptions = {}, address = '127.0.0.1'): Promise<Loopback> {
  const key = readFileSync(fixture('server.key'))
  const cert = readFileSync(fixture('server.pem'))
  return listen(createTlsServer({ key, cert, ...options }), 'secureConnection', script, address)
}

async function listen(server: Server, event: string, script: Script, address: string): Promise<Loopback> {
  const sockets = new Set<Socket>()
  let whenClosed = (): void => {}
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) whenClosed()
    })
  })
  server.on('tlsClientError', () => {})
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {})
    script(socket)
    // Read on, or a server whose script reads nothing never learns that the other side has gone.
    socket.resume()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address,
    port,
    open: () => sockets.size,
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => (whenClosed = resolve))),
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** A port where nothing listens: it was given to us a moment ago and has been closed. */
export async function closedPort(host?: string): Promise<Endpoint> {
  const { address, port, close } = await serveLoopback(() => {}, host)
  await close()
  return { address, port }
}

/** Answers each request, whatever it says, with these bytes. */
export function answering(bytes: string | Buffer): Script {
  return (socket) => {
    socket.once('data', () => socket.end(bytes))
  }
}

/** Cuts the connection off: a reset, and under TLS an end without the farewell. */
export function cut(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** Aborts after `ms` as the prober does. */
export function limit(ms: number): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error(`timed out after ${ms}ms`)), ms).unref()
  return controller.signal
}
