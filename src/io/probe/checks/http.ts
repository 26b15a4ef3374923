// http: a request gets one of the expected statuses (RFC 9110), and where asked for a body with a certain text.
// Always to the target's own address: no name is looked up and no redirect followed, because the question is whether this
// one target works. A new connection each time, because a kept one would not notice a server that no longer accepts.

import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { z } from 'zod'
import { type Endpoint, printEndpoint } from '../../../core/base/address.ts'
import { defineCheck, type Seen } from '../check.ts'
import { openWatch, type Watch } from './watch.ts'

/** As in Route 53: enough for a health page, little enough for a prober with thousands of targets. */
const bodyLimit = 5120

/** A range of statuses, both ends included. */
type Statuses = readonly [from: number, to: number]

export interface HttpSettings {
  readonly port: number
  readonly path: string
  /** Host header, and the name for TLS; undefined: the target's address. */
  readonly host?: string | undefined
  readonly method: 'GET' | 'HEAD'
  readonly expect: readonly Statuses[]
  readonly body?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

const status = z
  .union([
    z.int().min(100).max(599),
    z.string().regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, 'expected a status such as 200, or a range such as "200-299"'),
  ])
  .transform((value): Statuses => {
    const [from, to] = String(value).split('-').map(Number)
    return [from!, to ?? from!]
  })
  .refine(([from, to]) => from <= to, 'expected the lower status first')

const header = z.string().regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII')

/** The fields that http and https share. */
export function httpFields(defaultPort: number) {
  return {
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(defaultPort)
      .meta({ description: 'where to probe, unless the target says otherwise' }),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, 'expected a path that starts with "/", percent-encoded where needed')
      .default('/'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]*)(:\d{1,5})?$/, 'expected a host name, such as www.example.com')
      .optional()
      .meta({ description: "Host header and TLS name; the target's address when left out" }),
    method: z.enum(['GET', 'HEAD']).default('GET'),
    expect: z
      .array(status)
      .min(1)
      .prefault(['200-299'])
      .meta({ description: 'statuses that count as success: 200, "200-299"' }),
    body: z
      .string()
      .min(1)
      .max(bodyLimit)
      .optional()
      .meta({ description: 'a text that must occur in the first 5 KiB of the body' }),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header'), header)
      .default({})
      .meta({ description: 'further request headers' }),
  }
}

/** Rules between the fields. */
export function checkFields(settings: HttpSettings, context: z.core.$RefinementCtx): void {
  if (settings.body !== undefined && settings.method === 'HEAD') {
    context.addIssue({ code: 'custom', path: ['body'], message: 'the answer to HEAD has no body; use GET' })
  }
  for (const name of Object.keys(settings.headers)) {
    if (name.toLowerCase() !== 'host') continue
    context.addIssue({ code: 'custom', path: ['headers', name], message: 'set the Host header with "host"' })
  }
}

export const http = defineCheck<HttpSettings>({
  name: 'http',
  config: z.strictObject(httpFields(80)).superRefine(checkFields),
  defaultPort: (settings) => settings.port,
  run: (settings, target, signal) => ask(settings, target, signal, 80, request),
})

type Send = (options: RequestOptions) => ClientRequest

/** One request and its end; `send` is the request function of node:http or node:https. */
export function ask(
  settings: HttpSettings,
  target: Endpoint,
  signal: AbortSignal,
  usualPort: number,
  send: Send,
  onSocket?: OnSocket,
) {
  return new Promise<Seen>((resolve) => {
    let sent: ClientRequest | undefined
    let certificate = ''
    const watch = openWatch(signal, () => sent?.destroy(), resolve)
    const onResponse = (response: IncomingMessage): void => judge(settings, response, watch, certificate)
    try {
      sent = send(requestOptions(settings, target, usualPort))
      sent.on('error', watch.fail)
      sent.on('response', onResponse)
      // Without a listener node drops a 101; it is a status like any other.
      sent.on('upgrade', onResponse)
      sent.on('socket', (socket) => {
        socket.once('connect', () => watch.connected(onSocket ? 'the TLS handshake' : 'the first byte'))
        onSocket?.(socket, watch, (words) => {
          certificate = words
        })
      })
      sent.end()
    } catch (error) {
      // A request that cannot be made is our own mistake and says nothing of the target.
      watch.end(undefined, `not probed: ${String(error)}`)
    }
  })
}

/** What TLS adds: watches the handshake and hands over what is worth saying of the certificate. */
export type OnSocket = (
  socket: NonNullable<ClientRequest['socket']>,
  watch: Watch,
  say: (words: string) => void,
) => void

function requestOptions(settings: HttpSettings, target: Endpoint, usualPort: number): RequestOptions {
  const literal = printEndpoint(target).replace(new RegExp(`:${usualPort}$`), '')
  return {
    host: target.address,
    port: target.port,
    method: settings.method,
    path: settings.path,
    agent: false,
    headers: {
      'User-Agent': 'meridian-check',
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      Connection: 'close',
      ...settings.headers,
      Host: settings.host ?? literal,
    },
  }
}

function judge(settings: HttpSettings, response: IncomingMessage, watch: Watch, certificate: string): void {
  const got = response.statusCode ?? 0
  watch.answered('the body')
  if (!settings.expect.some(([from, to]) => got >= from && got <= to)) {
    watch.end(false, `status ${got}, expected ${printStatuses(settings.expect)}`)
  } else if (settings.body === undefined) watch.end(true, `status ${got}${certificate}`)
  else seek(settings.body, response, watch, `status ${got}`, certificate)
}

function seek(text: string, response: IncomingMessage, watch: Watch, status: string, certificate: string): void {
  const wanted = Buffer.from(text)
  let body = Buffer.alloc(0)
  response.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk]).subarray(0, bodyLimit)
    if (body.includes(wanted)) watch.end(true, `${status}, body as expected${certificate}`)
    else if (body.length === bodyLimit)
      watch.end(false, `${status}, but ${JSON.stringify(text)} is not in the first 5 KiB`)
  })
  response.on('end', () => watch.end(false, `${status}, but ${JSON.stringify(text)} is not in the body`))
  response.on('error', watch.fail)
}

function printStatuses(expect: readonly Statuses[]): string {
  return expect.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(' or ')
}
