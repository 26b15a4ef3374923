// HTTP/2 frames by hand (RFC 9113 §4.1), for gRPC servers that behave as a test wants, down to the byte.

const SETTINGS = 4
const HEADERS = 1
const DATA = 0
const END_STREAM = 1
const END_HEADERS = 4

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** Literal fields without indexing (RFC 7541 §6.2.2). */
export function fields(list: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(list).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  )
}

/** A whole answer to the first request of a connection. */
export function answer(message: readonly number[], trailers: Readonly<Record<string, string>>, status = '200'): Buffer {
  const body = Buffer.from([0, 0, 0, 0, message.length, ...message])
  return Buffer.concat([
    frame(SETTINGS, 0, 0),
    frame(HEADERS, END_HEADERS, 1, fields({ ':status': status, 'content-type': 'application/grpc', 'x-load': '0.25' })),
    frame(DATA, 0, 1, body),
    frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(trailers)),
  ])
}

/** Only trailers, as a server sends that has nothing to say. */
export function trailersOnly(trailers: Readonly<Record<string, string>>): Buffer {
  const list = fields({ ':status': '200', 'content-type': 'application/grpc', ...trailers })
  return Buffer.concat([frame(SETTINGS, 0, 0), frame(HEADERS, END_HEADERS | END_STREAM, 1, list)])
}

export const serving = answer([8, 1], { 'grpc-status': '0' })
