// A host identity (RFC 8005 §5): tag and public key, whose lengths come first on the wire, and the rendezvous servers.
// `2 200100107b1a74df365639cc39f1d578 AwEAAb... rvs1.example.com.`

import { type Field, name, type TokenCursor } from '../field.ts'
import { parseBase64, printBase64 } from '../encoding.ts'
import { parseNumber, printHex, showToken } from '../text.ts'
import { hexBytes } from './encoded.ts'
import { listOf } from './list.ts'

export interface HostIdentity {
  readonly algorithm: number
  readonly tag: Uint8Array
  readonly key: Uint8Array
}

const HEADER = 4

export function hostIdentity(): Field<HostIdentity> {
  return {
    expects: 'an algorithm, a tag in hex and a key in base64, each without blanks',
    isName: false,
    parse(from) {
      const algorithm = take(from, byteOf)
      if (typeof algorithm === 'string') return `${algorithm} as algorithm`
      const tag = take(from, (text) => ifFits(hexBytes(text), 255))
      if (typeof tag === 'string') return `${tag} as tag`
      const key = take(from, (text) => ifFits(parseBase64(text), 65_535))
      if (typeof key === 'string') return `${key} as key`
      return { algorithm, tag, key }
    },
    print: ({ algorithm, tag, key }) => `${algorithm} ${printHex(tag)} ${printBase64(key)}`,
    read(from) {
      const { bytes, at } = from
      if (at + HEADER > bytes.length) return undefined
      const tagEnd = at + HEADER + bytes[at]!
      const keyEnd = tagEnd + bytes[at + 2]! * 256 + bytes[at + 3]!
      if (tagEnd === at + HEADER || keyEnd === tagEnd || keyEnd > bytes.length) return undefined
      from.at = keyEnd
      return {
        algorithm: bytes[at + 1]!,
        tag: bytes.subarray(at + HEADER, tagEnd),
        key: bytes.subarray(tagEnd, keyEnd),
      }
    },
    size: ({ tag, key }) => HEADER + tag.length + key.length,
    write({ algorithm, tag, key }, out, at) {
      out.set([tag.length, algorithm, key.length >> 8, key.length], at)
      out.set(tag, at + HEADER)
      out.set(key, at + HEADER + tag.length)
    },
  }
}

/** Any number of names, to the end. */
export function names(): Field<readonly Uint8Array[]> {
  return listOf(name(), 'domain names', 0)
}

function take<Value>(from: TokenCursor, parse: (text: string) => Value | undefined): Value | string {
  const token = from.tokens[from.at]
  const value = token === undefined || token.isQuoted ? undefined : parse(token.text)
  if (value === undefined) return showToken(token)
  from.at++
  return value
}

function ifFits(bytes: Uint8Array | undefined, most: number): Uint8Array | undefined {
  return bytes !== undefined && bytes.length > 0 && bytes.length <= most ? bytes : undefined
}

function byteOf(text: string): number | undefined {
  const value = parseNumber(text, 255)
  return value < 0 ? undefined : value
}
