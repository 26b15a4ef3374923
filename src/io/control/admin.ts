// The admin HTTP server: reads only, on loopback unless told otherwise. A fault in a route is caught here, once for each request,
// and costs that request alone.

import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'
import { didYouMean } from '../../core/base/suggest.ts'
import type { Log } from '../telemetry/log.ts'
import { routes } from './index.ts'
import type { NodeFacts } from './node.ts'
import type { Route } from './route.ts'

export interface AdminOptions {
  readonly listen: Endpoint
  readonly node: NodeFacts
  readonly log: Log
}

export interface Admin {
  /** As bound, where port 0 was asked for. */
  readonly endpoint: Endpoint
  /** Ends within a second, whatever clients hold open. */
  close(): Promise<void>
}

/** How long requests under way may take to end when the server closes. */
const CLOSE_MS = 500

/** Rejects with a Failure where the address cannot be had. */
export async function openAdmin({ listen, node, log }: AdminOptions): Promise<Admin> {
  const answer = getRequestListener(createApp(node, log).fetch, { overrideGlobalObjects: false })
  const limits = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 8192 }
  const server = createServer(limits, (request, response) => void answer(request, response))
  server.maxConnections = 256
  await listenOn(server, listen)
  server.on('error', (error) => log.error({ error }, 'the admin HTTP failed'))
  const { port } = server.address() as { port: number }
  return { endpoint: { address: listen.address, port }, close: () => closeServer(server) }
}

function createApp(node: NodeFacts, log: Log): Hono {
  const app = new Hono()
  for (const route of routes) {
    app.get(route.path, (context) => serve(context, route, node)) // HEAD too, without the body
    app.all(route.path, (context) =>
      context.json({ error: `expected GET, found ${context.req.method}` }, 405, { allow: 'GET, HEAD' }),
    )
  }
  app.notFound((context) => {
    const hint = didYouMean(
      context.req.path,
      routes.map(({ path }) => path),
    )
    return context.json({ error: `nothing at ${context.req.path}${hint === undefined ? '' : ` (${hint})`}` }, 404)
  })
  app.onError((error, context) => {
    log.error({ error, path: context.req.path }, 'an admin request met a fault')
    return context.json({ error: 'a fault of the server, written to its log' }, 500)
  })
  return app
}

async function serve(context: Context, route: Route, node: NodeFacts): Promise<Response> {
  const given = context.req.queries()
  const parameters: Record<string, string> = {}
  for (const [name, values] of Object.entries(given)) {
    if (!route.parameters.includes(name)) {
      const hint = didYouMean(name, route.parameters)
      return context.json({ error: `unknown parameter "${name}"${hint === undefined ? '' : ` (${hint})`}` }, 400)
    }
    if (values.length > 1) return context.json({ error: `expected one ${name}, found ${values.length}` }, 400)
    if (values[0] !== '') parameters[name] = values[0]! // an empty field of a form is one left out
  }
  const { status, type, body } = await route.reply(node, parameters)
  return context.body(body, status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
}

function listenOn(server: Server, listen: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(listen, error)))
    server.listen({ host: listen.address, port: listen.port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function listenFailure(listen: Endpoint, error: NodeJS.ErrnoException): Failure {
  const where = `the admin HTTP on ${printEndpoint(listen)}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure('listen-in-use', `cannot serve ${where}: another process is there`, error)
    case 'EACCES':
    case 'EPERM':
      return new Failure('listen-denied', `not allowed to serve ${where}`, error)
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new Failure('listen-bad-address', `cannot serve ${where}: no interface has that address`, error)
    default:
      return new Failure('admin-unreachable', `cannot serve ${where}: ${error.message}`, error)
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
