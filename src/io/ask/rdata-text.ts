// Presentation format of the rdata that dns2 decoded (RFC 1035 §5.1, RFC 3597 §5), written apart from core/wire/rdata so that
// the two can be held against each other. Strings come from the bytes: dns2 reads them as UTF-8, which not all are.

import type DNS from 'dns2'
import { parseAddress, printAddress } from '../../core/base/address.ts'
import { genericType } from '../../core/wire/rdata.ts'
import { typeByCode } from '../../core/wire/rdata/index.ts'
import { printText } from '../../core/wire/text.ts'
import { printType } from './mnemonic.ts'
import { printSameName } from './same-name.ts'
import { rdataNames, type WalkedRecord } from './walk.ts'

/** `resource` is undefined where dns2 found the rdata malformed. */
export function printRdata(
  message: Uint8Array,
  record: WalkedRecord,
  resource: DNS.Packet.Resource | undefined,
  problems: string[],
): string {
  const { data, dataAt, type } = record
  if (resource === undefined) return genericType(type).print(data)
  const names = rdataNames(message, type, dataAt, dataAt + data.length)!
  const name = (index: number, asDns2: string | undefined): string =>
    printSameName(names[index]!, asDns2 ?? '', problems)
  const r = resource
  switch (type) {
    case 1: // A
    case 28: // AAAA
      return printAddress(parseAddress(r.address!)!.bytes)
    case 2: // NS
      return name(0, r.ns)
    case 5: // CNAME
    case 12: // PTR
      return name(0, r.domain)
    case 6: // SOA
      return [name(0, r.primary), name(1, r.admin), r.serial, r.refresh, r.retry, r.expiration, r.minimum].join(' ')
    case 15: // MX
      return [r.priority, name(0, r.exchange)].join(' ')
    case 16: // TXT
    case 99: // SPF
      return charStrings(data).map(printText).join(' ')
    case 33: // SRV
      return [r.priority, r.weight, r.port, name(0, r.target)].join(' ')
    case 46: // RRSIG
      return [...rrsigNumbers(r), name(0, r.signer), r.signature].join(' ')
    case 48: // DNSKEY
      return [r.flags, r.protocol, r.algorithm, r.key].join(' ')
    case 257: // CAA
      return [r.flags, r.tag, printText(data.subarray(2 + data[1]!))].join(' ')
    default:
      // Here dns2 keeps the bytes, or reads less than there is: nobody else is there to print them.
      return typeByCode(type).print(data)
  }
}

function charStrings(data: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = []
  for (let at = 0; at < data.length; at += 1 + data[at]!) strings.push(data.subarray(at + 1, at + 1 + data[at]!))
  return strings
}

function rrsigNumbers(r: DNS.Packet.Resource): (string | number | undefined)[] {
  return [printType(r.sigType!), r.algorithm, r.labels, r.originalTtl, String(r.expiration), r.inception, r.keyTag]
}
