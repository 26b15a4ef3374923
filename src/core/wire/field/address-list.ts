// Lists of address prefixes (RFC 3123): `1:192.0.2.0/24 !2:2001:db8::/32`, where the number is the address family and `!`
// negates. The wire leaves out zero bytes at the end of each address.

import { parseAddress, printAddress } from '../../base/address.ts'
import { type Field, ofOneToken, type WireCursor } from '../field.ts'
import { parseNumber } from '../text.ts'
import { listOf } from './list.ts'

export interface AddressItem {
  /** 1 for IPv4, 2 for IPv6; others are kept but have no spelling. */
  readonly family: number
  readonly prefix: number
  readonly isNegated: boolean
  /** Without zero bytes at the end. */
  readonly bytes: Uint8Array
}

/** To the end; there may be none. */
export function addressItems(): Field<readonly AddressItem[]> {
  const item: Field<AddressItem> = {
    expects: 'a prefix',
    isName: false,
    parse: ofOneToken((text) => parseItem(text) ?? `"${text}"`),
    print: printItem,
    read: readItem,
    size: ({ bytes }) => 4 + bytes.length,
    write: ({ family, prefix, isNegated, bytes }, out, at) =>
      out.set([family >> 8, family, prefix, bytes.length | (isNegated ? 0x80 : 0), ...bytes], at),
  }
  return listOf(item, 'prefixes such as 1:192.0.2.0/24 or !2:2001:db8::/32', 0)
}

/** Bytes of an address of that family; 0 for one that we cannot write. */
export function familyBytes(family: number): 0 | 4 | 16 {
  if (family === 1) return 4
  return family === 2 ? 16 : 0
}

function parseItem(text: string): AddressItem | undefined {
  const [, negation, familyText, addressText, prefixText] = /^(!?)(\d+):([^/]+)\/(\d+)$/.exec(text) ?? []
  const family = parseNumber(familyText ?? '', 2)
  const address = parseAddress(addressText ?? '')
  const prefix = parseNumber(prefixText ?? '', familyBytes(family) * 8)
  if (address === undefined || address.bytes.length !== familyBytes(family) || prefix < 0) return undefined
  return { family, prefix, isNegated: negation === '!', bytes: withoutZeros(address.bytes) }
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
}

function printItem({ family, prefix, isNegated, bytes }: AddressItem): string {
  const address = new Uint8Array(familyBytes(family))
  address.set(bytes)
  return `${isNegated ? '!' : ''}${family}:${printAddress(address)}/${prefix}`
}

function readItem(from: WireCursor): AddressItem | undefined {
  const { bytes, at } = from
  if (at + 4 > bytes.length) return undefined
  const family = bytes[at]! * 256 + bytes[at + 1]!
  const prefix = bytes[at + 2]!
  const end = at + 4 + (bytes[at + 3]! & 0x7f)
  const most = familyBytes(family)
  if (end > bytes.length || (end > at + 4 && bytes[end - 1] === 0)) return undefined
  if (most > 0 && (prefix > most * 8 || end - at - 4 > most)) return undefined
  from.at = end
  return { family, prefix, isNegated: bytes[at + 3]! > 0x7f, bytes: bytes.subarray(at + 4, end) }
}
