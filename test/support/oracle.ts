// Every response is read twice: by dns2 (io/ask), which knows nothing of our code, and by the reader below, which is stricter
// than a client has to be. They must agree on every record; what they read is returned as text.

import { expect } from 'vitest'
import { type Context, openContext } from '../../src/core/answer/context.ts'
import { printPrefix } from '../../src/core/base/address.ts'
import { MAX_NAME, printName } from '../../src/core/wire/name.ts'
import { Layout } from '../../src/core/wire/rdata.ts'
import { layoutOf, typeByCode, typeName } from '../../src/core/wire/rdata/index.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { askBytes, type AskOptions, type QuestionText, type TestWorld, writeQuery } from './snapshot.ts'

export const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

export interface Reading {
  readonly rcode: string
  /** Those that are set, such as "qr aa". */
  readonly flags: string
  readonly question: string
  /** "www.example.com. 300 A 192.0.2.1" */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  readonly edns: { readonly udpSize: number; readonly version: number; readonly dnssecOk: boolean } | undefined
  /** "192.0.2.0/24 scope 16" */
  readonly subnet: string | undefined
  readonly size: number
}

/** Asks through the function that answers and reads the response twice. */
export function askBoth(world: TestWorld, question: QuestionText, options: AskOptions = {}): Reading {
  return askRaw(openContext(world.bound, options.transport ?? 'udp'), writeQuery(question), options)
}

export function askRaw(context: Context, query: Uint8Array, options: AskOptions = {}): Reading {
  const response = askBytes(context, query, options.from, options.nowSec)
  if (!response) throw new Error('no response')
  return readBoth(response)
}

export function readBoth(response: Uint8Array): Reading {
  const asked = decodeWithDns2(response)
  const own = readMessage(response)
  expect(asked.problems).toEqual([])
  const section = (records: typeof asked.answer): string[] =>
    records.map(({ name, type, ttlSec, data }) => `${name} ${ttlSec} ${typeName(type)} ${data}`)
  expect({
    question: own.question,
    answer: own.answer,
    authority: own.authority,
    additional: own.additional,
  }).toEqual({
    question: asked.question.map(({ name, type }) => `${name} ${typeName(type)}`).join(', '),
    answer: section(asked.answer),
    authority: section(asked.authority),
    additional: section(asked.additional),
  })
  const { edns } = asked
  expect(own.optCount).toBe(edns ? 1 : 0)
  return {
    rcode: rcodes[asked.rcode] ?? String(asked.rcode),
    flags: Object.entries(asked.flags)
      .flatMap(([flag, isSet]) => (isSet ? [flag] : []))
      .join(' '),
    question: own.question,
    answer: own.answer,
    authority: own.authority,
    additional: own.additional,
    edns: edns && { udpSize: edns.udpSize, version: edns.version, dnssecOk: edns.dnssecOk },
    subnet: edns?.subnet && `${printPrefix(edns.subnet.prefix)} scope ${edns.subnet.scope}`,
    size: response.length,
  }
}

export interface OwnReading {
  readonly question: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  readonly optCount: number
  /** Where pointers stand, and where they lead. */
  readonly pointers: readonly (readonly [at: number, to: number])[]
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  /** Where labels begin that a pointer may lead to. */
  readonly labels: Set<number>
  readonly pointers: [number, number][]
}

/** Throws where the message is not one that we would write: the sections end where the bytes end, pointers lead back to labels. */
export function readMessage(bytes: Uint8Array): OwnReading {
  const cursor: Cursor = { bytes, at: 12, labels: new Set(), pointers: [] }
  const counts = [4, 6, 8, 10].map((at) => take16(bytes, at))
  const question = Array.from({ length: counts[0]! }, () => {
    const name = printName(readName(cursor))
    cursor.at += 4
    return `${name} ${typeName(take16(bytes, cursor.at - 4))}`
  }).join(', ')
  const sections = counts.slice(1).map((count) => Array.from({ length: count }, () => readRecord(cursor)))
  if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes after the last record`)
  const [answer = [], authority = [], additional = []] = sections.map((records) =>
    records.filter((text) => text !== 'OPT'),
  )
  const optCount = sections.flat().filter((text) => text === 'OPT').length
  return { question, answer, authority, additional, optCount, pointers: cursor.pointers }
}

function readRecord(cursor: Cursor): string {
  const { bytes } = cursor
  const owner = printName(readName(cursor))
  const type = take16(bytes, cursor.at)
  const ttl = take16(bytes, cursor.at + 4) * 65_536 + take16(bytes, cursor.at + 6)
  const end = cursor.at + 10 + take16(bytes, cursor.at + 8)
  if (type !== 41 && take16(bytes, cursor.at + 2) !== 1) throw new Error('a class other than IN')
  cursor.at += 10
  if (end > bytes.length) throw new Error('a record runs past the end')
  const rdata = readRdata(cursor, type, end)
  if (cursor.at !== end) throw new Error(`the rdata of ${owner} has another length than it says`)
  return type === 41 ? 'OPT' : `${owner} ${ttl} ${typeName(type)} ${typeByCode(type).print(rdata)}`
}

function readRdata(cursor: Cursor, type: number, end: number): Uint8Array {
  const layout = layoutOf(type)
  const parts: number[] = []
  const takeBytes = (count: number): void => {
    parts.push(...cursor.bytes.subarray(cursor.at, cursor.at + count))
    cursor.at += count
  }
  if (layout === Layout.u16Name) takeBytes(2)
  if (layout !== Layout.none) parts.push(...readName(cursor))
  if (layout === Layout.twoNames) parts.push(...readName(cursor))
  takeBytes(end - cursor.at)
  return Uint8Array.from(parts)
}

function readName(cursor: Cursor): Uint8Array {
  const { bytes, labels, pointers } = cursor
  const name: number[] = []
  const fresh: number[] = []
  let at = cursor.at
  let end = -1
  for (;;) {
    const length = bytes[at]
    if (length === undefined || (length > 63 && length < 0xc0)) throw new Error(`no label at ${at}`)
    if (length >= 0xc0) {
      const to = take16(bytes, at) & 0x3fff
      if (!labels.has(to)) throw new Error(`the pointer at ${at} leads to ${to}, where no label begins`)
      if (end < 0) end = at + 2
      pointers.push([at, to])
      at = to
      continue
    }
    if (end < 0) fresh.push(at)
    name.push(...bytes.subarray(at, at + 1 + length))
    at += 1 + length
    if (length === 0) break
  }
  if (name.length > MAX_NAME) throw new Error('a name of more than 255 bytes')
  for (const label of fresh) labels.add(label)
  cursor.at = end < 0 ? at : end
  return Uint8Array.from(name)
}

function take16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}
