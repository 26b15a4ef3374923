// The record types that are known by name; every other code is a generic type (RFC 3597). A new type is one file and one line here.

import { didYouMean } from '../../base/suggest.ts'
import { nameLength } from '../name.ts'
import { genericType, Layout, type RecordType } from '../rdata.ts'
import { parseNumber } from '../text.ts'
import { A } from './a.ts'
import { AAAA } from './aaaa.ts'
import { AFSDB } from './afsdb.ts'
import { ALIAS } from './alias.ts'
import { APL } from './apl.ts'
import { CAA } from './caa.ts'
import { CDNSKEY } from './cdnskey.ts'
import { CDS } from './cds.ts'
import { CERT } from './cert.ts'
import { CNAME } from './cname.ts'
import { CSYNC } from './csync.ts'
import { DHCID } from './dhcid.ts'
import { DNAME } from './dname.ts'
import { DNSKEY } from './dnskey.ts'
import { DS } from './ds.ts'
import { EUI48 } from './eui48.ts'
import { EUI64 } from './eui64.ts'
import { HINFO } from './hinfo.ts'
import { HIP } from './hip.ts'
import { HTTPS } from './https.ts'
import { IPSECKEY } from './ipseckey.ts'
import { KX } from './kx.ts'
import { L32 } from './l32.ts'
import { L64 } from './l64.ts'
import { LOC } from './loc.ts'
import { LP } from './lp.ts'
import { MX } from './mx.ts'
import { NAPTR } from './naptr.ts'
import { NID } from './nid.ts'
import { NS } from './ns.ts'
import { NSEC } from './nsec.ts'
import { NSEC3 } from './nsec3.ts'
import { NSEC3PARAM } from './nsec3param.ts'
import { OPENPGPKEY } from './openpgpkey.ts'
import { PTR } from './ptr.ts'
import { RP } from './rp.ts'
import { RRSIG } from './rrsig.ts'
import { SMIMEA } from './smimea.ts'
import { SOA } from './soa.ts'
import { SPF } from './spf.ts'
import { SRV } from './srv.ts'
import { SSHFP } from './sshfp.ts'
import { SVCB } from './svcb.ts'
import { TLSA } from './tlsa.ts'
import { TXT } from './txt.ts'
import { URI } from './uri.ts'
import { ZONEMD } from './zonemd.ts'

export const allTypes: readonly RecordType[] = [
  A,
  AAAA,
  AFSDB,
  ALIAS,
  APL,
  CAA,
  CDNSKEY,
  CDS,
  CERT,
  CNAME,
  CSYNC,
  DHCID,
  DNAME,
  DNSKEY,
  DS,
  EUI48,
  EUI64,
  HINFO,
  HIP,
  HTTPS,
  IPSECKEY,
  KX,
  L32,
  L64,
  LOC,
  LP,
  MX,
  NAPTR,
  NID,
  NS,
  NSEC,
  NSEC3,
  NSEC3PARAM,
  OPENPGPKEY,
  PTR,
  RP,
  RRSIG,
  SMIMEA,
  SOA,
  SPF,
  SRV,
  SSHFP,
  SVCB,
  TLSA,
  TXT,
  URI,
  ZONEMD,
]

const byName: ReadonlyMap<string, RecordType> = new Map(allTypes.map((type) => [type.name, type]))
const byCode: ReadonlyMap<number, RecordType> = new Map(allTypes.map((type) => [type.code, type]))

const MAX_CODE = 65_535

/** By mnemonic or as `TYPE65`, in any case; undefined where the text is neither. */
export function typeByName(name: string): RecordType | undefined {
  const known = byName.get(name)
  if (known !== undefined) return known
  const upper = name.toUpperCase()
  if (!upper.startsWith('TYPE')) return byName.get(upper)
  const code = parseNumber(upper.slice(4), MAX_CODE)
  return code < 0 ? undefined : typeByCode(code)
}

/** Never fails: a code without a name here is a generic type. */
export function typeByCode(code: number): RecordType {
  return byCode.get(code) ?? genericType(code)
}

/** `MX`, or `TYPE65`. */
export function typeName(code: number): string {
  return byCode.get(code)?.name ?? `TYPE${code}`
}

export function layoutOf(code: number): Layout {
  return byCode.get(code)?.layout ?? Layout.none
}

/** Types that only queries and transport use, which no zone may hold (RFC 6895 §3.1; OPT is the one outside the range). */
export function isMetaType(code: number): boolean {
  return code === 0 || code === 41 || (code >= 128 && code <= 255)
}

/** The names that well-formed rdata refers to, as views. */
export function targetNames(rdata: Uint8Array, code: number): Uint8Array[] {
  const offsets = byCode.get(code)?.nameOffsets(rdata) ?? []
  return offsets.map((at) => rdata.subarray(at, at + nameLength(rdata, at)))
}

/** A way out for a word that should have been a type; `others` are words that were possible besides types. */
export function typeHint(word: string, others: readonly string[] = []): string {
  const names = [...allTypes.map((type) => type.name), ...others]
  return (
    didYouMean(word, names) ?? `known are ${names.join(', ')}; any other type is written as TYPE123 with \\# length hex`
  )
}
