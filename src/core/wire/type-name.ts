// Names of record types for rdata that speaks of types, such as the bitmap of NSEC (the IANA registry "Domain Name System
// Parameters"). More than rdata/index.ts defines, which stands above the fields and so cannot be asked here.

import { parseNumber } from './text.ts'

/** Types of data; what only questions and transport use is not among them. */
export const typeCodes: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  URI: 256,
  CAA: 257,
  AVC: 258,
  AMTRELAY: 260,
  TA: 32768,
  DLV: 32769,
  ALIAS: 65401,
}

const names: ReadonlyMap<number, string> = new Map(Object.entries(typeCodes).map(([name, code]) => [code, name]))
const codes: ReadonlyMap<string, number> = new Map(Object.entries(typeCodes))

/** The code of `MX` or `TYPE65`, in any case; −1 where the text is neither. */
export function parseTypeName(text: string): number {
  const upper = text.toUpperCase()
  const known = codes.get(upper)
  if (known !== undefined) return known
  return upper.startsWith('TYPE') ? parseNumber(upper.slice(4), 0xffff) : -1
}

export function printTypeName(code: number): string {
  return names.get(code) ?? `TYPE${code}`
}
