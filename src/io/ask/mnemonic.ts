// Names of types, classes and response codes, for questions and for printing. More types than a zone may hold as text: one
// may ask for any of them.

import DNS from 'dns2'
import { parseTypeName, typeCodes } from '../../core/wire/type-name.ts'

const types: Readonly<Record<string, number>> = { ...typeCodes, ANY: 255 }
const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(types).map(([name, code]) => [code, name]))
/** Reversed because the first name of a code is the better known: 16 is BADVERS and BADSIG. */
const rcodeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(DNS.Packet.RCODE)
    .reverse()
    .map(([name, code]) => [code, name]),
)
const rcodes: ReadonlyMap<string, number> = new Map([...rcodeNames].map(([code, name]) => [name, code]))
const classNames: ReadonlyMap<number, string> = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
])

/** By name or as `TYPE65`, in any case. */
export function parseType(text: string): number | undefined {
  const code = types[text.toUpperCase()] ?? parseTypeName(text)
  return code < 0 ? undefined : code
}

/** What `parseType` knows by name. */
export const knownTypes: readonly string[] = Object.keys(types)

export function printType(code: number): string {
  return typeNames.get(code) ?? `TYPE${code}`
}

export function printClass(code: number): string {
  return classNames.get(code) ?? `CLASS${code}`
}

export function printRcode(code: number): string {
  return rcodeNames.get(code) ?? `RCODE${code}`
}

/** By name, in any case. */
export function parseRcode(text: string): number | undefined {
  return rcodes.get(text.toUpperCase())
}

/** The purpose of an Extended DNS Error (RFC 8914 §4), such as `STALE_ANSWER`. */
export function printExtendedError(code: number): string {
  return DNS.Packet.EDE_NAME[code] ?? `EDE${code}`
}
