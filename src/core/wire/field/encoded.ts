// Fields of bytes that text writes in hex, base64 or base32hex: keys, digests, signatures. What runs to the end of the rdata may
// be written in as many pieces as one likes.

import { type Field, ofOneToken, restOfBytes, type TokenCursor } from '../field.ts'
import { parseBase32Hex, parseBase64, printBase32Hex, printBase64 } from '../encoding.ts'
import { parseHex, printHex, showToken } from '../text.ts'

/** At least one byte in hex, to the end. */
export function hexRest(): Field<Uint8Array> {
  return {
    expects: 'pairs of hex digits',
    isName: false,
    parse: (from) => parsePieces(from, /^[0-9a-f]+$/i, hexBytes),
    print: printHex,
    ...restOfBytes(1),
  }
}

/** At least one byte in base64, to the end. */
export function base64Rest(): Field<Uint8Array> {
  return {
    expects: 'base64',
    isName: false,
    parse: parseBase64Pieces,
    print: printBase64,
    ...restOfBytes(1),
  }
}

/** Bytes in base64, or nothing at all. */
export function optionalBase64Rest(): Field<Uint8Array> {
  return {
    ...base64Rest(),
    expects: 'base64 or nothing',
    parse: (from) => (from.at === from.tokens.length ? new Uint8Array(0) : parseBase64Pieces(from)),
    ...restOfBytes(0),
  }
}

/** Up to 255 bytes after a length byte, in hex; `-` for none (the salt of RFC 5155 §3.3). */
export function salt(): Field<Uint8Array> {
  return {
    expects: 'pairs of hex digits (at most 255), or "-" for none',
    isName: false,
    parse: ofOneToken((text) => {
      const bytes = text === '-' ? new Uint8Array(0) : hexBytes(text)
      return bytes === undefined || bytes.length > 255 || text === '' ? showText(text) : bytes
    }),
    print: (value) => (value.length === 0 ? '-' : printHex(value)),
    ...counted(0),
  }
}

/** A hashed owner name: 1 to 255 bytes after a length byte, in base32hex without padding (RFC 5155 §3.3). */
export function hashedName(): Field<Uint8Array> {
  return {
    expects: 'a hash in base32hex without padding',
    isName: false,
    parse: ofOneToken((text) => {
      const bytes = parseBase32Hex(text)
      return bytes === undefined || bytes.length === 0 || bytes.length > 255 ? showText(text) : bytes
    }),
    print: printBase32Hex,
    ...counted(1),
  }
}

function counted(atLeast: number): Pick<Field<Uint8Array>, 'read' | 'size' | 'write'> {
  return {
    read(from) {
      const length = from.bytes[from.at]
      if (length === undefined || length < atLeast || from.at + 1 + length > from.bytes.length) return undefined
      from.at += 1 + length
      return from.bytes.subarray(from.at - length, from.at)
    },
    size: (value) => 1 + value.length,
    write(value, out, at) {
      out[at] = value.length
      out.set(value, at + 1)
    },
  }
}

function parseBase64Pieces(from: TokenCursor): Uint8Array | string {
  return parsePieces(from, /^[A-Za-z0-9+/]+={0,2}$|^={1,2}$/, parseBase64)
}

/** All tokens that are left as one text, of which each has to look like a `piece`. */
function parsePieces(
  from: TokenCursor,
  piece: RegExp,
  decode: (text: string) => Uint8Array | undefined,
): Uint8Array | string {
  let text = ''
  if (from.at >= from.tokens.length) return showToken(undefined)
  for (; from.at < from.tokens.length; from.at++) {
    const token = from.tokens[from.at]!
    if (token.isQuoted || !piece.test(token.text)) return showToken(token)
    text += token.text
  }
  const bytes = decode(text)
  if (bytes !== undefined) return bytes
  from.at--
  return `${text.length} characters that end ${showToken(from.tokens[from.at])}, which cannot be whole bytes`
}

export function hexBytes(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  return parseHex(text, bytes) ? Uint8Array.from(bytes) : undefined
}

function showText(text: string): string {
  return text.length > 60 ? `"${text.slice(0, 60)}…"` : `"${text}"`
}
