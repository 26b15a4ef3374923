// An Answering whose behaviour the request itself asks for, in the byte behind a DNS header, so that every transport, in
// whatever thread, can be put to the same tests.

import type { Answering } from '../../../src/io/listen/answering.ts'

export const Ask = {
  /** The request again. */
  echo: 1,
  silence: 2,
  throw: 3,
  /** Exactly as much as the limit allows. */
  fill: 4,
  /** A bug: more than the limit. */
  exceed: 5,
  /** The header, the family and the address of the sender. */
  whoami: 6,
  /** A bug: no number. */
  nonsense: 7,
} as const

export const HEADER = 12

/** A request of `length` bytes (at least 13) with an id and a wish. */
export function scriptedRequest(id: number, ask: number, length = 20): Uint8Array {
  const request = new Uint8Array(length).fill(0xee)
  request.fill(0, 0, HEADER)
  request[0] = id >> 8
  request[1] = id & 255
  request[HEADER] = ask
  return request
}

export const answerAsScripted: Answering = (request, at, length, source, sourceAt, family, out, outAt, limit) => {
  switch (length > HEADER ? request[at + HEADER] : Ask.silence) {
    case Ask.echo:
      out.set(request.subarray(at, at + length), outAt)
      return length
    case Ask.throw:
      throw new Error('as scripted')
    case Ask.fill:
      out.fill(0xfb, outAt, outAt + limit)
      out.set(request.subarray(at, at + 2), outAt)
      return limit
    case Ask.exceed:
      return limit + 1
    case Ask.whoami: {
      const size = family === 4 ? 4 : 16
      out.set(request.subarray(at, at + HEADER), outAt)
      out[outAt + HEADER] = family
      out.set(source.subarray(sourceAt, sourceAt + size), outAt + HEADER + 1)
      return HEADER + 1 + size
    }
    case Ask.nonsense:
      return Number.NaN
    default:
      return 0
  }
}
