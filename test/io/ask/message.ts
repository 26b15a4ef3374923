// Messages for the tests, written without compression and apart from the server's own codec, so that mistakes are not shared.

import { parseName, ROOT } from '../../../src/core/wire/name.ts'

export interface TestRecord {
  readonly name: string
  readonly type: number
  readonly class?: number
  readonly ttl?: number
  readonly data: Uint8Array
}

export interface TestMessage {
  readonly id?: number
  readonly flags?: number
  readonly question?: { readonly name: string; readonly type: number } | undefined
  readonly answer?: readonly TestRecord[]
  readonly authority?: readonly TestRecord[]
  readonly additional?: readonly TestRecord[]
}

export function wire(name: string): Uint8Array {
  const bytes = parseName(name, ROOT)
  if (typeof bytes === 'string') throw new Error(bytes)
  return bytes
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

export function buildMessage(message: TestMessage): Uint8Array {
  const { id = 0, flags = 0x8400, question, answer = [], authority = [], additional = [] } = message
  const parts = [
    u16(id),
    u16(flags),
    u16(question ? 1 : 0),
    u16(answer.length),
    u16(authority.length),
    u16(additional.length),
  ]
  if (question) parts.push(wire(question.name), u16(question.type), u16(1))
  for (const record of [...answer, ...authority, ...additional]) {
    const { name, type, class: qclass = 1, ttl = 300, data } = record
    parts.push(wire(name), u16(type), u16(qclass), u16(ttl >>> 16), u16(ttl & 0xffff), u16(data.length), data)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

/** An OPT record (RFC 6891 §6.1.2). */
export function opt(options: Uint8Array, { udpSize = 1232, ttl = 0 } = {}): TestRecord {
  return { name: '.', type: 41, class: udpSize, ttl, data: options }
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}
