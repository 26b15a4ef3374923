// The admin HTTP server: on loopback unless told otherwise. A fault in a route is caught here, once for each request, and costs
// that request alone.

import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Endpoint } from '../../core/base/address.ts'
import { bindFailure } from '../../core/base/bind-failure.ts'
import { didYouMean } from '../../core/base/suggest.ts'
import type { Log } from '../telemetry/log.ts'
import { isLoopbackAddress, refusalOf, type Tokens } from './access.ts'
import { printIssues } from './body.ts'
import { acts, routes } from './index.ts'
import type { NodeActs, NodeFacts } from './node.ts'
import type { Act, Reply, Route } from './route.ts'

export interface AdminOptions {
  readonly listen: Endpoint
  readonly node: NodeFacts & NodeActs
  /** As they are at the moment; none: whoever is on this machine may do everything. */
  tokens?(): Tokens
  readonly log: Log
}

export interface Admin {
  /** As bound, where port 0 was asked for. */
  readonly endpoint: Endpoint
  /** Requests that were refused for want of a token, or because a web page sent them. */
  refused(): number
  /** Ends within a second, whatever clients hold open. */
  close(): Promise<void>
}

/** How long requests under way may take to end when the server closes. */
const CLOSE_MS = 500
/** Refusals, for each line about them. */
const LOG_EVERY = 100
/** Orders are small. */
const MAX_BODY = 65_536

/** What the functions of one server share. */
interface Serving extends AdminOptions {
  readonly isLoopback: boolean
  refused: number
}

/** Rejects with a Failure where the address cannot be had. */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const { listen, log } = options
  const serving: Serving = { ...options, isLoopback: isLoopbackAddress(listen.address), refused: 0 }
  const answer = getRequestListener(createApp(serving).fetch, { overrideGlobalObjects: false })
  const limits = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 8192 }
  const server = createServer(limits, (request, response) => void answer(request, response))
  server.maxConnections = 256
  await listenOn(server, listen)
  server.on('error', (error) => log.error({ error }, 'the admin HTTP failed'))
  const { port } = server.address() as { port: number }
  return {
    endpoint: { address: listen.address, port },
    refused: () => serving.refused,
    close: () => closeServer(server),
  }
}

function createApp(serving: Serving): Hono {
  const app = new Hono()
  for (const route of routes) {
    app.get(route.path, (context) => serveRead(context, route, serving)) // HEAD too, without the body
    app.all(route.path, (context) => refuseMethod(context, 'GET', 'GET, HEAD'))
  }
  const limit = bodyLimit({
    maxSize: MAX_BODY,
    onError: (context) => context.json({ error: `expected at most ${MAX_BODY} bytes` }, 413),
  })
  for (const act of acts) {
    app.post(act.path, limit, (context) => serveAct(context, act, serving))
    app.all(act.path, (context) => refuseMethod(context, 'POST', 'POST'))
  }
  app.notFound((context) => {
    const hint = didYouMean(
      context.req.path,
      [...routes, ...acts].map(({ path }) => path),
    )
    return context.json({ error: `nothing at ${context.req.path}${hint === undefined ? '' : ` (${hint})`}` }, 404)
  })
  app.onError((error, context) => {
    serving.log.error({ error, path: context.req.path }, 'an admin request met a fault')
    return context.json({ error: 'a fault of the server, written to its log' }, 500)
  })
  return app
}

function refuseMethod(context: Context, wanted: string, allow: string): Response {
  return context.json({ error: `expected ${wanted}, found ${context.req.method}` }, 405, { allow })
}

async function serveRead(context: Context, route: Route, serving: Serving): Promise<Response> {
  const refused = route.isForAnybody ? undefined : refuse(context, 'read', serving)
  if (refused) return refused
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
  return send(context, await route.reply(serving.node, parameters))
}

async function serveAct(context: Context, act: Act, serving: Serving): Promise<Response> {
  const refused = act.may === 'own' ? undefined : refuse(context, act.may, serving)
  if (refused) return refused
  // A page of another site can send forms and plain text to anywhere, and JSON only where it is allowed to, which is never.
  if (!/^application\/json\s*(;|$)/i.test(context.req.header('content-type') ?? ''))
    return context.json({ error: 'expected a body of the type application/json' }, 415)
  let value: unknown
  try {
    value = JSON.parse(await context.req.text())
  } catch {
    return context.json({ error: 'expected a body that is JSON' }, 400)
  }
  const checked = act.body.safeParse(value)
  if (!checked.success) return context.json({ error: printIssues(checked.error.issues) }, 400)
  const caller = { address: addressOf(context), bearer: bearerOf(context) }
  const reply = await act.reply(serving.node, checked.data, caller)
  if (reply.status === 401) noteRefusal(context, serving, 'not the token that this takes')
  return send(context, reply)
}

function refuse(context: Context, wants: 'read' | 'operate', serving: Serving): Response | undefined {
  const presented = {
    host: context.req.header('host'),
    origin: context.req.header('origin'),
    fetchSite: context.req.header('sec-fetch-site'),
    bearer: bearerOf(context),
  }
  const refusal = refusalOf(presented, wants, serving.tokens?.() ?? {}, serving.isLoopback)
  if (!refusal) return undefined
  const { status, error } = refusal
  noteRefusal(context, serving, error)
  return context.json({ error }, status, status === 401 ? { 'www-authenticate': 'Bearer' } : {})
}

/** One line in so many: whoever tries tokens must not fill the disk as well. */
function noteRefusal(context: Context, serving: Serving, error: string): void {
  if (serving.refused++ % LOG_EVERY === 0)
    serving.log.warn(
      { path: context.req.path, from: addressOf(context), refused: serving.refused },
      `refused: ${error}`,
    )
}

function bearerOf(context: Context): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '')?.[1]
}

function addressOf(context: Context): string {
  const { incoming } = context.env as { incoming: { socket: { remoteAddress?: string } } }
  return incoming.socket.remoteAddress ?? 'unknown'
}

function send(context: Context, { status, type, body }: Reply): Response {
  return context.body(body, status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  })
}

function listenOn(server: Server, listen: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindFailure(listen, error, 'admin HTTP')))
    server.listen({ host: listen.address, port: listen.port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
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
