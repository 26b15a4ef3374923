// Numbers that text may also write as a word: DNSSEC algorithms, kinds of certificates, record types, points in time.

import { type Field, ofOneToken, u16, u32, u8 } from '../field.ts'
import { parseNumber } from '../text.ts'
import { parseTypeName, printTypeName } from '../type-name.ts'

/** As the IANA registry "DNS Security Algorithm Numbers" has them, with the older spellings that BIND writes. */
const algorithms: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  NSEC3DSA: 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECCGOST: 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}

/** RFC 4398 §2.1. */
const certificates: Readonly<Record<string, number>> = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
}

/** A DNSSEC algorithm, read as a number or a word and printed as a number (RFC 4034 §2.2). */
export function algorithm(): Field<number> {
  return {
    ...u8(),
    expects: 'an algorithm such as 13 or ECDSAP256SHA256',
    parse: ofOneToken((text) => numberOrWord(text, 0xff, algorithms)),
  }
}

export function certificateType(): Field<number> {
  return {
    ...u16(),
    expects: 'a kind of certificate such as PKIX, PGP or 1',
    parse: ofOneToken((text) => numberOrWord(text, 0xffff, certificates)),
    print: (value) => Object.keys(certificates).find((word) => certificates[word] === value) ?? String(value),
  }
}

function numberOrWord(text: string, max: number, words: Readonly<Record<string, number>>): number | string {
  const upper = text.toUpperCase()
  const value = Object.hasOwn(words, upper) ? words[upper]! : parseNumber(text, max)
  return value < 0 ? `"${text}"` : value
}

/** A record type, such as the one that a signature covers. */
export function typeCode(): Field<number> {
  return {
    ...u16(),
    expects: 'a record type such as MX or TYPE65',
    parse: ofOneToken((text) => {
      const code = parseTypeName(text)
      return code < 0 ? `"${text}"` : code
    }),
    print: printTypeName,
  }
}

/** Seconds since 1970 in 32 bits, as YYYYMMDDHHmmSS in UTC or as they are (RFC 4034 §3.2). */
export function time(): Field<number> {
  return {
    ...u32(),
    expects: 'a time such as 20260131235959, or seconds since 1970',
    parse: ofOneToken((text) => {
      const value = text.length === 14 ? parseDate(text) : parseNumber(text, 0xffff_ffff)
      return value < 0 ? `"${text}"` : value
    }),
    print: (value) => printDate(value * 1000),
  }
}

function printDate(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '')
}

function parseDate(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (parts === null) return -1
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second)
  // 30 February would silently be 2 March.
  if (printDate(ms) !== text) return -1
  // Times are compared in serial arithmetic (RFC 4034 §3.1.5), so a date beyond 32 bits (before 1970, after 2106) wraps around.
  const isNear = ms >= -0x8000_0000 * 1000 && ms < 0x1_8000_0000 * 1000
  return isNear ? (ms / 1000) >>> 0 : -1
}
