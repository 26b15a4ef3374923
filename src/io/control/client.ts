// Asking a running node's admin HTTP: one request, a time limit, JSON back.

import { type ClientRequest, type IncomingMessage, type RequestOptions, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'

const TIMEOUT_MS = 3000
const MAX_BYTES = 32 * 1024 * 1024

/** Where an admin HTTP is: at an address, or behind something that has a name and speaks TLS. */
export interface AdminAddress {
  /** An IP address, or a host's name. */
  readonly address: string
  readonly port: number
  readonly isTls?: boolean
  /** A path before those of the routes, where something in front has put it under one. */
  readonly base?: string
  readonly token?: string | undefined
}

export interface AdminReply {
  readonly status: number
  readonly value: unknown
}

/** Why the node did not do what it was asked, in its words where it has some; undefined where it did. */
export function refusalIn({ status, value }: AdminReply): string | undefined {
  if (status === 200) return undefined
  return (value as { error?: string } | null)?.error ?? `the node answered with status ${status}`
}

/** `http://127.0.0.1:8053`, `https://gslb.example.net/ns1`, or an address and port alone; undefined where it is none of these. */
export function parseAdminAddress(text: string): AdminAddress | undefined {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(whole)) return undefined
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(whole)
  if (!/^https?:$/.test(protocol) || hostname === '' || `${search}${hash}${username}${password}` !== '')
    return undefined
  const isTls = protocol === 'https:'
  const base = pathname.replace(/\/+$/, '')
  const number = port === '' ? (isTls ? 443 : 80) : Number(port)
  return { address: hostname.replace(/^\[(.*)\]$/, '$1'), port: number, isTls, base }
}

/** Rejects with Failure('admin-unreachable') where no node answers there. */
export function askAdmin(
  admin: AdminAddress,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<AdminReply> {
  const query = new URLSearchParams(parameters).toString()
  return exchange(admin, { method: 'GET', path: query === '' ? path : `${path}?${query}` })
}

/** Sends an order. It may have been obeyed though no answer came. */
export function tellAdmin(admin: AdminAddress, path: string, body: object): Promise<AdminReply> {
  return exchange(admin, { method: 'POST', path, body: JSON.stringify(body) })
}

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

function exchange(admin: AdminAddress, { method, path, body }: Asked): Promise<AdminReply> {
  const where = printEndpoint(admin satisfies Endpoint)
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new Failure('admin-unreachable', `no answer from the admin HTTP at ${where}: ${why}`, cause))
    const options: RequestOptions = {
      method,
      host: admin.address,
      port: admin.port,
      path: `${admin.base ?? ''}${path}`,
      timeout: TIMEOUT_MS,
      agent: false,
      headers: {
        ...(admin.token !== undefined && { authorization: `Bearer ${admin.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
    }
    const request = admin.isTls ? tlsRequest(options) : plainRequest(options)
    request.on('response', (response) => readReply(request, response, resolve, fail))
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error))
    request.end(body)
  })
}

function readReply(
  request: ClientRequest,
  response: IncomingMessage,
  resolve: (reply: AdminReply) => void,
  fail: (why: string, cause?: unknown) => void,
): void {
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    if (text.length > MAX_BYTES) request.destroy(new Error('more than was asked for'))
  })
  // A server that ends in the middle of its reply ends the connection in good order: only the response tells.
  response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error))
  response.on('end', () => {
    try {
      resolve({ status: response.statusCode ?? 0, value: JSON.parse(text) })
    } catch (error) {
      fail('it is not Meridian that answers there', error)
    }
  })
}
