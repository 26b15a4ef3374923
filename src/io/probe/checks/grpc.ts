// grpc: the target's own health service says SERVING (grpc.health.v1, as gRPC's health checking protocol has it). Over HTTP/2
// (RFC 9113) by hand: the request and the answer are one small protobuf field each, which needs no library.
//
//   request   POST /grpc.health.v1.Health/Check    0 length32 | 0x0a length service        field 1, text
//   answer    0 length32 | 0x08 status             field 1, enum: 1 is SERVING             trailer grpc-status: 0

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import { z } from 'zod'
import { type Endpoint, printEndpoint } from '../../../core/base/address.ts'
import { defineCheck, notProbed, type Seen } from '../check.ts'
import { type LoadSource, perMille } from '../load.ts'
import { caFileField, hostField } from './http-fields.ts'
import { openTrust, type Trust, watchHandshake } from './trust.ts'
import { openWatch, type Watch } from './watch.ts'

export interface GrpcSettings {
  readonly port: number
  readonly service: string
  readonly tls: boolean
  readonly host?: string | undefined
  readonly ca_file?: string | undefined
}

export const grpc = defineCheck<GrpcSettings>({
  name: 'grpc',
  config: z
    .strictObject({
      port: z.int().min(1).max(65_535).meta({ description: 'where to probe, unless the target says otherwise' }),
      service: z
        .string()
        .max(255)
        .default('')
        .meta({ description: 'the service to ask about; the whole server when left out' }),
      tls: z.boolean().default(false).meta({ description: 'over TLS' }),
      host: hostField.meta({ description: "the :authority, and the name for TLS; the target's address when left out" }),
      ca_file: caFileField,
    })
    .superRefine(({ tls, ca_file }, context) => {
      if (ca_file !== undefined && !tls)
        context.addIssue({ code: 'custom', path: ['ca_file'], message: 'expected tls: true beside it' })
    }),
  defaultPort: (settings) => settings.port,
  files: ['ca_file'],
  loadIn: ['header'],

  async run(settings, target, signal, kit, load) {
    const trust = settings.tls ? await openTrust(settings, target, kit) : undefined
    if (typeof trust === 'string') return notProbed(trust)
    return ask(settings, target, signal, trust, load)
  },
})

function ask(
  settings: GrpcSettings,
  target: Endpoint,
  signal: AbortSignal,
  trust: Trust | undefined,
  load: LoadSource | undefined,
): Promise<Seen> {
  return new Promise((resolve) => {
    const authority = settings.host ?? printEndpoint(target)
    const session: ClientHttp2Session = connect(`${trust ? 'https' : 'http'}://${printEndpoint(target)}`, {
      ...(trust && { ...trust, ALPNProtocols: ['h2'] }),
    })
    const watch = openWatch(signal, () => session.destroy(), resolve)
    session.on('error', watch.fail)
    session.on('goaway', () => watch.end(false, 'connection closed while waiting for the answer (GOAWAY)'))
    session.on('close', () => watch.end(false, 'connection closed while waiting for the answer'))
    const { socket } = session
    socket.once('connect', () => watch.connected(trust ? 'the TLS handshake' : 'the first byte'))
    if (trust) watchHandshake(socket, watch, 'the first byte', () => {})
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      ':authority': authority,
      'content-type': 'application/grpc',
      'user-agent': 'meridian-check',
      te: 'trailers',
    })
    // That of the connection stands behind that of the stream.
    stream.on('error', (error) => watch.fail(error.cause instanceof Error ? error.cause : error))
    stream.end(writeRequest(settings.service))
    hear(stream, settings.service, watch, load)
  })
}

/** An answer is a few bytes; more is none. */
const answerLimit = 1024

function hear(stream: ClientHttp2Stream, service: string, watch: Watch, load: LoadSource | undefined): void {
  let status = 0
  let body = Buffer.alloc(0)
  let trailers: IncomingHttpHeaders = {}
  const tell = (headers: IncomingHttpHeaders): void => {
    if (load?.header === undefined) return
    const value = headers[load.header.toLowerCase()]
    if (value !== undefined) watch.tell({ load: perMille(value, load.of) })
  }
  stream.on('response', (headers) => {
    watch.answered('the rest of the answer')
    status = Number(headers[constants.HTTP2_HEADER_STATUS])
    tell(headers)
    // A server without anything to say sends its trailers at once.
    trailers = headers
    if (status !== 200) watch.end(false, `HTTP status ${status}, expected 200`)
  })
  stream.on('trailers', (headers) => {
    trailers = { ...trailers, ...headers }
    tell(headers)
  })
  stream.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk])
    if (body.length > answerLimit) watch.end(false, 'its answer is no HealthCheckResponse: too long')
  })
  stream.on('end', () => {
    const { ok, detail } = judge(body, trailers, service)
    watch.end(ok, detail)
  })
}

function writeRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const length = name.length > 127 ? [(name.length & 127) | 128, name.length >> 7] : [name.length]
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.from([0x0a, ...length, ...name])
  return Buffer.concat([Buffer.from([0, 0, 0, message.length >> 8, message.length & 255]), message])
}

const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

function judge(body: Buffer, trailers: IncomingHttpHeaders, service: string): { ok: boolean; detail: string } {
  const code = trailers['grpc-status']
  const what = service === '' ? 'the server' : service
  if (code !== undefined && code !== '0') {
    const message = String(trailers['grpc-message'] ?? '').slice(0, 80)
    return { ok: false, detail: `grpc-status ${String(code)}${message === '' ? '' : `: ${message}`}` }
  }
  if (code === undefined) return { ok: false, detail: 'connection closed while waiting for the rest of the answer' }
  const serving = readStatus(body)
  if (serving === undefined) return { ok: false, detail: 'its answer is no HealthCheckResponse' }
  const word = servingStatus[serving] ?? `status ${serving}`
  return { ok: serving === 1, detail: `${what} is ${word}` }
}

/** The value of field 1; 0 where it is left out; undefined where this is no such message. */
function readStatus(body: Buffer): number | undefined {
  if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5) return undefined
  const message = body.subarray(5)
  if (message.length === 0) return 0
  return message.length === 2 && message[0] === 0x08 && message[1]! < 128 ? message[1] : undefined
}
