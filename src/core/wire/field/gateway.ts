// The gateway of IPSECKEY (RFC 4025 §2.3–2.5): what kind it is, then the key's algorithm, then the gateway itself in a form
// that depends on the kind. `1 2 192.0.2.3`

import { parseAddress, printAddress } from '../../base/address.ts'
import { type Field, name, type TokenCursor } from '../field.ts'
import { printName } from '../name.ts'
import { parseNumber, showToken, type Token } from '../text.ts'

export interface Gateway {
  readonly kind: number
  readonly algorithm: number
  /** An address, a name in wire form, or nothing. */
  readonly bytes: Uint8Array
}

const Kind = { none: 0, v4: 1, v6: 2, name: 3 } as const

export function gateway(): Field<Gateway> {
  const names = name()
  return {
    expects: 'a kind, an algorithm and a gateway: 0 a ".", 1 a IPv4 address, 2 a IPv6 address, 3 a name',
    isName: false,
    nameOffsets: ({ kind }) => (kind === Kind.name ? [2] : []),
    parse(from, origin) {
      const kind = parseNumber(plainText(from.tokens[from.at]), Kind.name)
      if (kind < 0) return `${showToken(from.tokens[from.at])} as kind`
      from.at++
      const algorithm = parseNumber(plainText(from.tokens[from.at]), 255)
      if (algorithm < 0) return `${showToken(from.tokens[from.at])} as algorithm`
      from.at++
      const bytes = kind === Kind.name ? names.parse(from, origin) : parsePlain(kind, from)
      return typeof bytes === 'string' ? `${bytes} as gateway of kind ${kind}` : { kind, algorithm, bytes }
    },
    print: ({ kind, algorithm, bytes }) => `${kind} ${algorithm} ${printGateway(kind, bytes)}`,
    read(from) {
      const [kind, algorithm] = [from.bytes[from.at] ?? -1, from.bytes[from.at + 1] ?? -1]
      if (kind < 0 || algorithm < 0 || kind > Kind.name) return undefined
      from.at += 2
      if (kind === Kind.name) {
        const bytes = names.read(from)
        return bytes && { kind, algorithm, bytes }
      }
      const length = lengthOf(kind)
      if (from.at + length > from.bytes.length) return undefined
      from.at += length
      return { kind, algorithm, bytes: from.bytes.subarray(from.at - length, from.at) }
    },
    size: ({ bytes }) => 2 + bytes.length,
    write: ({ kind, algorithm, bytes }, out, at) => out.set([kind, algorithm, ...bytes], at),
  }
}

/** Nothing or an address. */
function parsePlain(kind: number, from: TokenCursor): Uint8Array | string {
  const token = from.tokens[from.at]
  const text = plainText(token)
  const bytes = kind === Kind.none && text === '.' ? new Uint8Array(0) : parseAddress(text)?.bytes
  if (bytes?.length !== lengthOf(kind)) return showToken(token)
  from.at++
  return bytes
}

function printGateway(kind: number, bytes: Uint8Array): string {
  if (kind === Kind.none) return '.'
  return kind === Kind.name ? printName(bytes) : printAddress(bytes)
}

function lengthOf(kind: number): number {
  if (kind === Kind.none) return 0
  return kind === Kind.v4 ? 4 : 16
}

function plainText(token: Token | undefined): string {
  return token === undefined || token.isQuoted ? '' : token.text
}
