// Stand-in HTTP servers for the regions of the demo: real listeners, so that the probers see what they would see of real ones.
// A stopped backend refuses connections, those that are open included.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Endpoint, printEndpoint } from '../core/base/address.ts'
import { Failure } from '../core/base/failure.ts'
import { bindFailure } from '../core/base/bind-failure.ts'

export interface DemoBackend {
  readonly region: string
  /** Port 0 takes a free one, and keeps it through stop and start. */
  readonly endpoint: Endpoint
}

export interface DemoBackendState extends DemoBackend {
  readonly isUp: boolean
}

export interface DemoBackends {
  /** Refuses connections from now on. Stopping what is stopped changes nothing; so does starting what is up. */
  stop(region: string): Promise<void>
  /** Rejects with a Failure 'listen-…', such as when somebody took the port meanwhile. */
  start(region: string): Promise<void>
  close(): Promise<void>
  states(): DemoBackendState[]
}

interface Backend {
  readonly region: string
  endpoint: Endpoint
  server: Server | undefined
  /** The last of the stops and starts, which take their turns. */
  turn: Promise<void>
}

/** Opens all, or none and rejects with a Failure 'listen-…'. */
export async function openBackends(wanted: readonly DemoBackend[]): Promise<DemoBackends> {
  const backends = new Map<string, Backend>(
    wanted.map(({ region, endpoint }) => [region, { region, endpoint, server: undefined, turn: Promise.resolve() }]),
  )
  const inTurn = (region: string, act: (backend: Backend) => Promise<void>): Promise<void> => {
    const backend = backends.get(region)
    if (!backend)
      throw new RangeError(`no backend in the region "${region}", only in ${[...backends.keys()].join(', ')}`)
    const done = backend.turn.then(() => act(backend))
    backend.turn = done.catch(() => undefined) // whoever asked hears of it; the next one has its own try
    return done
  }
  const close = async (): Promise<void> => {
    await Promise.all([...backends.keys()].map((region) => inTurn(region, stop)))
  }
  try {
    for (const region of backends.keys()) await inTurn(region, start)
  } catch (error) {
    await close()
    throw error
  }
  return {
    stop: async (region) => inTurn(region, stop),
    start: async (region) => inTurn(region, start),
    close,
    states: () =>
      [...backends.values()].map(({ region, endpoint, server }) => ({ region, endpoint, isUp: server !== undefined })),
  }
}

async function start(backend: Backend): Promise<void> {
  if (backend.server) return
  const server = createServer((request, response) => answer(backend, request, response))
  const { address, port } = backend.endpoint
  try {
    server.listen({ host: address, port, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    throw backendFailure(backend.endpoint, error as NodeJS.ErrnoException)
  }
  backend.endpoint = { address, port: (server.address() as AddressInfo).port }
  backend.server = server
}

async function stop(backend: Backend): Promise<void> {
  const { server } = backend
  if (!server) return
  backend.server = undefined
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

function answer({ region, endpoint }: Backend, request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  const [path] = (request.url ?? '/').split('?')
  const page = `Hello from the region ${region}.\nThis is ${printEndpoint(endpoint)}, asked for ${path}.\n`
  response.end(path === '/healthz' ? `ok ${region}\n` : page)
}

/** Why a backend cannot listen. */
export function backendFailure(endpoint: Endpoint, error: NodeJS.ErrnoException): Failure {
  const failure = bindFailure(endpoint, error)
  if (error.code !== 'EADDRNOTAVAIL' || !endpoint.address.startsWith('127.')) return failure
  // Linux and Windows answer for all of 127.0.0.0/8; macOS only for addresses that an interface has.
  const remedy = `on macOS, give it to the loopback interface first: sudo ifconfig lo0 alias ${endpoint.address} up`
  return new Failure(failure.code, `${failure.message}; ${remedy}`, error)
}
