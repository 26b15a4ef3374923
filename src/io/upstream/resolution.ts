// What a resolver's response says of the addresses of a name: the CNAMEs in it followed, one TTL for the whole of it.

import { parseAddress } from '../../core/base/address.ts'
import { Rcode, Type } from '../../core/wire/message.ts'
import type { Asked, AskedRecord } from '../ask/asked.ts'
import { printRcode } from '../ask/mnemonic.ts'

export type Said =
  | { readonly kind: 'addresses'; readonly addresses: readonly Uint8Array[]; readonly ttlSec: number }
  /** The name has no such address. */
  | { readonly kind: 'nothing'; readonly ttlSec: number }
  /** There is no such name. */
  | { readonly kind: 'nowhere'; readonly ttlSec: number }

/** For how long an absence without a SOA is believed. */
const UNSAID_TTL = 30

/** `name` is in presentation format, `type` A or AAAA. A response that says nothing of the name as a string: why. */
export function readResolution(asked: Asked, name: string, type: number): Said | string {
  if (asked.flags.tc) return 'a truncated response'
  if (asked.rcode !== Rcode.noError && asked.rcode !== Rcode.nxDomain) return printRcode(asked.rcode)
  const { last, ttlSec } = followChain(asked.answer, name)
  const records = asked.answer.filter((record) => record.type === type && isSame(record.name, last))
  // No record twice (RFC 2181 §5).
  const addresses = [...new Set(records.map(({ data }) => data))].flatMap((data) => parseAddress(data)?.bytes ?? [])
  if (addresses.length > 0) {
    // A name with addresses exists, whatever the code says.
    const ttl = Math.min(ttlSec, ...records.map((record) => record.ttlSec))
    return { kind: 'addresses', addresses, ttlSec: ttl }
  }
  const soa = asked.authority.find((record) => record.type === Type.SOA)
  // A referral: whoever was asked does not resolve for us, and "no data" would be made up.
  if (!soa && (asked.authority.some((record) => record.type === Type.NS) || !asked.flags.ra))
    return 'a response of a server that does not resolve for us'
  const absentSec = Math.min(ttlSec, soa ? Math.min(soa.ttlSec, minimumOf(soa)) : UNSAID_TTL)
  return { kind: asked.rcode === Rcode.nxDomain ? 'nowhere' : 'nothing', ttlSec: absentSec }
}

/** The name at the end of the CNAMEs, and the least of their TTLs. */
function followChain(answer: readonly AskedRecord[], name: string): { last: string; ttlSec: number } {
  let last = name
  let ttlSec = Number.POSITIVE_INFINITY
  // Each record at most once, so a circle ends.
  const left = answer.filter((record) => record.type === Type.CNAME)
  for (;;) {
    const at = left.findIndex((record) => isSame(record.name, last))
    if (at < 0) return { last, ttlSec }
    const [record] = left.splice(at, 1)
    last = record!.data
    ttlSec = Math.min(ttlSec, record!.ttlSec)
  }
}

/** RFC 2308 §5. */
function minimumOf({ data }: AskedRecord): number {
  const minimum = Number(data.split(' ').at(-1))
  return Number.isInteger(minimum) ? minimum : UNSAID_TTL
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
