// One HTTP request to the target's own address, its redirects where asked for, and what its answer is worth (RFC 9110).
// No name is ever looked up, because the question is whether this one target works. A new connection each time, because a kept
// one would not notice a server that no longer accepts.

import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { type Endpoint, printEndpoint } from '../../../core/base/address.ts'
import type { Seen } from '../check.ts'
import { type LoadSource, loadInJson, perMille } from '../load.ts'
import { BODY_LIMIT, type HttpSettings, printStatuses } from './http-fields.ts'
import { openWatch, type Watch } from './watch.ts'

/** A body that is read for its load has to be whole. */
const wholeLimit = 65_536

/** The way in: http or https. */
export interface Door {
  readonly scheme: 'http' | 'https'
  readonly usualPort: number
  /** The request function of node:http or node:https. */
  send(options: RequestOptions): ClientRequest
  /** What TLS adds: watches the handshake and hands over what is worth saying of the certificate. */
  onSocket?(socket: NonNullable<ClientRequest['socket']>, watch: Watch, say: (words: string) => void): void
}

/** What a body is worth. */
export interface Look {
  /** No more than this is read. */
  readonly limit: number
  /** Whether a part of it can be enough. */
  readonly isEager: boolean
  /** undefined: more is needed, never when `isAll`. */
  judge(
    body: Buffer,
    isAll: boolean,
  ): { readonly ok: boolean; readonly detail: string; readonly load?: number | undefined } | undefined
}

export interface Asking {
  readonly settings: HttpSettings
  readonly target: Endpoint
  readonly signal: AbortSignal
  readonly load?: LoadSource | undefined
  /** Instead of what the settings say of the body. */
  readonly look?: Look
}

/** What the steps of one asking share. */
interface Visit extends Asking {
  readonly door: Door
  readonly watch: Watch
  sent: ClientRequest | undefined
  certificate: string
  hops: number
}

export function ask(asking: Asking, door: Door): Promise<Seen> {
  return new Promise((resolve) => {
    const watch = openWatch(asking.signal, () => visit.sent?.destroy(), resolve)
    const visit: Visit = { ...asking, door, watch, sent: undefined, certificate: '', hops: 0 }
    request(visit, asking.settings.path)
  })
}

function request(visit: Visit, path: string): void {
  const { door, watch } = visit
  try {
    const sent = door.send(requestOptions(visit, path))
    visit.sent = sent
    const onResponse = (response: IncomingMessage): void => judge(visit, path, response)
    sent.on('error', (error) => {
      // That of one that was redirected is over.
      if (visit.sent === sent) watch.fail(error)
    })
    sent.on('response', onResponse)
    // Without a listener node drops a 101; it is a status like any other.
    sent.on('upgrade', onResponse)
    sent.on('socket', (socket) => {
      socket.once('connect', () => watch.connected(door.onSocket ? 'the TLS handshake' : 'the first byte'))
      door.onSocket?.(socket, watch, (words) => {
        visit.certificate = words
      })
    })
    sent.end()
  } catch (error) {
    // A request that cannot be made is our own mistake and says nothing of the target.
    watch.end(undefined, `not probed: ${String(error)}`)
  }
}

function requestOptions({ settings, target, door }: Visit, path: string): RequestOptions {
  return {
    host: target.address,
    port: target.port,
    method: settings.method,
    path,
    agent: false,
    headers: {
      'User-Agent': 'meridian-check',
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      Connection: 'close',
      ...settings.headers,
      Host: hostOf(settings, target, door),
    },
  }
}

function hostOf(settings: HttpSettings, target: Endpoint, door: Door): string {
  return settings.host ?? printEndpoint(target).replace(new RegExp(`:${door.usualPort}$`), '')
}

function judge(visit: Visit, path: string, response: IncomingMessage): void {
  const { settings, watch, load } = visit
  const got = response.statusCode ?? 0
  watch.answered('the body')
  if (!settings.expect.some(([from, to]) => got >= from && got <= to)) {
    if (got >= 300 && got < 400 && settings.redirects > 0) redirect(visit, path, response, got)
    else watch.end(false, `status ${got}, expected ${printStatuses(settings.expect)}`)
    return
  }
  const lacking = lackingHeader(settings, response)
  if (lacking !== undefined) return watch.end(false, `status ${got}, but ${lacking}`)
  if (load?.header !== undefined) watch.tell({ load: perMille(response.headers[load.header.toLowerCase()], load.of) })
  const look = visit.look ?? lookOf(settings, load, `status ${got}`)
  if (look) readBody(visit, look, response)
  else watch.end(true, `status ${got}${visit.certificate}`)
}

function lackingHeader(settings: HttpSettings, response: IncomingMessage): string | undefined {
  for (const [name, text] of Object.entries(settings.expect_headers)) {
    const value = response.headers[name.toLowerCase()]
    if (value === undefined) return `there is no header ${name}`
    const found = Array.isArray(value) ? value.join(', ') : value
    if (!found.includes(text))
      return `${name} is ${JSON.stringify(found.slice(0, 60))}, without ${JSON.stringify(text)}`
  }
  return undefined
}

/** Only to where we have asked: another host or port would be another target, whose state is another question. */
function redirect(visit: Visit, path: string, response: IncomingMessage, got: number): void {
  const { settings, target, door, watch } = visit
  const { location } = response.headers
  if (location === undefined) return watch.end(false, `status ${got} without a Location`)
  const shown = JSON.stringify(location.slice(0, 80))
  const here = new URL(path, `${door.scheme}://${hostOf(settings, target, door)}`)
  if (!URL.canParse(location, here)) return watch.end(false, `status ${got} to ${shown}, which is no address`)
  const there = new URL(location, here)
  if (there.origin !== here.origin) return watch.end(false, `status ${got} to ${shown}, which is another host or port`)
  if (++visit.hops > settings.redirects)
    return watch.end(false, `status ${got} to ${shown}, after ${settings.redirects} redirects`)
  visit.sent?.destroy()
  request(visit, `${there.pathname}${there.search}`)
}

function lookOf(settings: HttpSettings, load: LoadSource | undefined, status: string): Look | undefined {
  const { body: text } = settings
  if (load?.json === undefined && text === undefined) return undefined
  const wanted = text === undefined ? undefined : Buffer.from(text)
  const isWhole = load?.json !== undefined
  return {
    limit: isWhole ? wholeLimit : BODY_LIMIT,
    isEager: !isWhole,
    judge(body, isAll) {
      const said = load && isAll ? loadInJson(load, body.toString()) : undefined
      if (wanted === undefined) return { ok: true, detail: status, load: said }
      if (body.subarray(0, BODY_LIMIT).includes(wanted))
        return { ok: true, detail: `${status}, body as expected`, load: said }
      if (!isAll) return undefined
      const where = body.length >= BODY_LIMIT ? 'the first 5 KiB' : 'the body'
      return { ok: false, detail: `${status}, but ${JSON.stringify(text)} is not in ${where}` }
    },
  }
}

function readBody({ watch, certificate }: Visit, look: Look, response: IncomingMessage): void {
  const chunks: Buffer[] = []
  let length = 0
  const settle = (isAll: boolean): void => {
    const seen = look.judge(Buffer.concat(chunks).subarray(0, look.limit), isAll)
    if (!seen) return
    if (seen.load !== undefined) watch.tell({ load: seen.load })
    watch.end(seen.ok, seen.ok ? `${seen.detail}${certificate}` : seen.detail)
  }
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length >= look.limit) settle(true)
    else if (look.isEager) settle(false)
  })
  response.on('end', () => settle(true))
  response.on('error', watch.fail)
}
