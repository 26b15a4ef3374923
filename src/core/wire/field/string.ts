// Fields of text: the <character-string>s of RFC 1035 §3.3 and what later types made of them.

import { type Field, ofOneToken, restOfBytes } from '../field.ts'
import { parseText, printText } from '../text.ts'
import { listOf } from './list.ts'

/** One <character-string>: a length byte and up to 255 bytes (RFC 1035 §3.3). */
export function charString(): Field<Uint8Array> {
  return {
    expects: 'a string of at most 255 bytes',
    isName: false,
    parse: ofOneToken(parseCharString, true),
    print: printText,
    read(from) {
      const length = from.bytes[from.at]
      if (length === undefined || from.at + 1 + length > from.bytes.length) return undefined
      const value = from.bytes.subarray(from.at + 1, from.at + 1 + length)
      from.at += 1 + length
      return value
    },
    size: (value) => 1 + value.length,
    write(value, out, at) {
      out[at] = value.length
      out.set(value, at + 1)
    },
  }
}

function parseCharString(text: string): Uint8Array | string {
  const bytes = parseText(text)
  if (typeof bytes === 'string' || bytes.length <= 255) return bytes
  return `one of ${bytes.length}; split it into several quoted strings`
}

/** One or more <character-string>s: all that is left (TXT). */
export function charStrings(): Field<readonly Uint8Array[]> {
  return listOf(charString(), 'strings of at most 255 bytes each', 1)
}

/** A word of letters and digits after a length byte, such as the tag of CAA (RFC 8659 §4.1). */
export function tag(): Field<Uint8Array> {
  const string = charString()
  return {
    ...string,
    expects: 'a word of letters and digits',
    parse: ofOneToken((text) => {
      const value = parseCharString(text)
      return typeof value === 'string' || isWord(value) ? value : `"${text}"`
    }),
    print: (value) => String.fromCharCode(...value),
    read(from) {
      const value = string.read(from)
      return value !== undefined && isWord(value) ? value : undefined
    },
  }
}

function isWord(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false
  return bytes.every((b) => (b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122))
}

/** One string that fills the rest of the rdata, without a length byte and so without the limit of 255. */
export function restString(): Field<Uint8Array> {
  return {
    expects: 'a string',
    isName: false,
    parse: ofOneToken(parseText, true),
    print: printText,
    ...restOfBytes(0),
  }
}
