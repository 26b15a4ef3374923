// The fields that rdata is made of: each reads and writes itself as text and on the wire, so that a record type is a list of them.
// Here is what the others are built on, with numbers, addresses and names; the rest are in field/.
// A parser that fails returns what it found as a string, to follow "expected …, found"; no value of a field is itself a string.

import { parseAddress, printAddress } from '../base/address.ts'
import { MAX_LABEL, MAX_NAME, parseName, printName } from './name.ts'
import { parseNumber, parseSeconds, showToken, type Token } from './text.ts'

export interface TokenCursor {
  readonly tokens: readonly Token[]
  /** Next token; after a failure, the one that is wrong. */
  at: number
}

export interface WireCursor {
  readonly bytes: Uint8Array
  at: number
}

export interface Field<Value> {
  /** For messages: "a number from 0 to 255". */
  readonly expects: string
  /** What stands here is a whole domain name. */
  readonly isName: boolean
  /** Where names start within the value's bytes, for a field that is more than one name. */
  nameOffsets?(value: Value): readonly number[]
  /** Takes as many tokens as belong to it; the caller looks whether any are left over. */
  parse(from: TokenCursor, origin: Uint8Array | undefined): Value | string
  print(value: Value): string
  /** Undefined where the bytes are malformed or end too early. */
  read(from: WireCursor): Value | undefined
  size(value: Value): number
  write(value: Value, out: Uint8Array, at: number): void
}

/** For a field of one token. `parse` gets its text; a quoted token is refused unless the field wants it. */
export function ofOneToken<Value>(
  parse: (text: string, origin: Uint8Array | undefined) => Value | string,
  takesQuoted = false,
): Field<Value>['parse'] {
  return (from, origin) => {
    const token = from.tokens[from.at]
    if (token === undefined || (token.isQuoted && !takesQuoted)) return showToken(token)
    const value = parse(token.text, origin)
    if (typeof value !== 'string') from.at++
    return value
  }
}

function unsigned(bytes: 1 | 2 | 4, max: number): Field<number> {
  return {
    expects: `a number from 0 to ${max}`,
    isName: false,
    parse: ofOneToken((text) => {
      const value = parseNumber(text, max)
      return value < 0 ? `"${text}"` : value
    }),
    print: String,
    read(from) {
      if (from.at + bytes > from.bytes.length) return undefined
      let value = 0
      for (let i = 0; i < bytes; i++) value = value * 256 + from.bytes[from.at++]!
      return value
    },
    size: () => bytes,
    write(value, out, at) {
      for (let i = 0; i < bytes; i++) out[at + i] = value >>> (8 * (bytes - 1 - i))
    },
  }
}

export function u8(): Field<number> {
  return unsigned(1, 0xff)
}

export function u16(): Field<number> {
  return unsigned(2, 0xffff)
}

export function u32(): Field<number> {
  return unsigned(4, 0xffff_ffff)
}

/** A time span of 32 bits in seconds, also written as `1h30m` (as every server reads it, though RFC 1035 only has seconds). */
export function seconds(): Field<number> {
  return {
    ...u32(),
    expects: 'a number of seconds, or a time such as 1h30m',
    parse: ofOneToken((text) => {
      const value = parseSeconds(text)
      return value < 0 ? `"${text}"` : value
    }),
  }
}

function address(family: 4 | 6): Field<Uint8Array> {
  const length = family === 4 ? 4 : 16
  return {
    expects: `an IPv${family} address`,
    isName: false,
    parse: ofOneToken((text) => {
      const bytes = family === 4 ? plainV4(text) : undefined
      if (bytes !== undefined) return bytes
      const parsed = parseAddress(text)
      if (parsed?.family === family) return parsed.bytes
      return parsed === undefined ? `"${text}"` : `the IPv${parsed.family} address ${text}`
    }),
    print: printAddress,
    ...fixed(length),
  }
}

/** Dotted decimal in one pass: most records of most zones are these. What it does not take, the strict parser judges. */
function plainV4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4)
  let part = 0
  let digits = 0
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && value === 0) return undefined
      value = value * 10 + digit
      digits++
      if (value > 255) return undefined
    } else {
      if (digit !== -2 || digits === 0 || part === 3) return undefined
      bytes[part++] = value
      digits = 0
      value = 0
    }
  }
  if (part !== 3 || digits === 0) return undefined
  bytes[3] = value
  return bytes
}

export function fixed(length: number): Pick<Field<Uint8Array>, 'read' | 'size' | 'write'> {
  return {
    read(from) {
      if (from.at + length > from.bytes.length) return undefined
      from.at += length
      return from.bytes.subarray(from.at - length, from.at)
    },
    size: () => length,
    write: (value, out, at) => out.set(value, at),
  }
}

/** All bytes that are left. */
export function restOfBytes(atLeast: number): Pick<Field<Uint8Array>, 'read' | 'size' | 'write'> {
  return {
    read(from) {
      const value = from.bytes.subarray(from.at)
      if (value.length < atLeast) return undefined
      from.at = from.bytes.length
      return value
    },
    size: (value) => value.length,
    write: (value, out, at) => out.set(value, at),
  }
}

export function ipv4(): Field<Uint8Array> {
  return address(4)
}

export function ipv6(): Field<Uint8Array> {
  return address(6)
}

/** A domain name; as text it may be relative, on the wire it is never compressed here (records hold rdata uncompressed). */
export function name(): Field<Uint8Array> {
  return {
    expects: 'a domain name',
    isName: true,
    parse: ofOneToken(parseName),
    print: (value) => printName(value),
    read(from) {
      const { bytes } = from
      let end = from.at
      while (end < bytes.length && bytes[end] !== 0) {
        if (bytes[end]! > MAX_LABEL) return undefined
        end += 1 + bytes[end]!
      }
      if (end >= bytes.length || end + 1 - from.at > MAX_NAME) return undefined
      const value = bytes.subarray(from.at, end + 1)
      from.at = end + 1
      return value
    },
    size: (value) => value.length,
    write: (value, out, at) => out.set(value, at),
  }
}
