// Names of types, classes and response codes, for questions and for printing. More types than a zone may hold as text: one
// may ask for any of them (the IANA registry "Domain Name System Parameters").

import DNS from 'dns2'
import { allTypes, typeByName } from '../../core/wire/rdata/index.ts'

const types: Readonly<Record<string, number>> = {
  ...Object.fromEntries(allTypes.map(({ name, code }) => [name, code])),
  LOC: 29,
  NAPTR: 35,
  DNAME: 39,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  CDS: 59,
  CDNSKEY: 60,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
  URI: 256,
}
const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(types).map(([name, code]) => [code, name]))
/** Reversed because the first name of a code is the better known: 16 is BADVERS and BADSIG. */
const rcodeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(DNS.Packet.RCODE)
    .reverse()
    .map(([name, code]) => [code, name]),
)
const classNames: ReadonlyMap<number, string> = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
])

/** By name or as `TYPE65`, in any case. */
export function parseType(text: string): number | undefined {
  return types[text.toUpperCase()] ?? typeByName(text)?.code
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

/** The purpose of an Extended DNS Error (RFC 8914 §4), such as `STALE_ANSWER`. */
export function printExtendedError(code: number): string {
  return DNS.Packet.EDE_NAME[code] ?? `EDE${code}`
}
