// The set of record types at a name (RFC 4034 §4.1.2): for each block of 256 codes that has any, its number, a length
// and a bit for each code, the highest bit first and without zero bytes at the end.

import type { Field, WireCursor } from '../field.ts'
import { showToken } from '../text.ts'
import { parseTypeName, printTypeName } from '../type-name.ts'

const MAX_WINDOW = 32

/** To the end of the rdata; codes ascending. */
export function typeBitmap(atLeast: 0 | 1): Field<readonly number[]> {
  return {
    expects: atLeast === 0 ? 'record types such as A TYPE65' : 'at least one record type such as A TYPE65',
    isName: false,
    parse(from) {
      const codes = new Set<number>()
      for (; from.at < from.tokens.length; from.at++) {
        const token = from.tokens[from.at]!
        const code = token.isQuoted ? -1 : parseTypeName(token.text)
        if (code < 0) return showToken(token)
        codes.add(code)
      }
      if (codes.size < atLeast) return showToken(undefined)
      return [...codes].sort((a, b) => a - b)
    },
    print: (codes) => codes.map(printTypeName).join(' '),
    read(from) {
      const codes: number[] = []
      for (let last = -1; from.at < from.bytes.length; ) {
        last = readWindow(from, last, codes)
        if (last < 0) return undefined
      }
      return codes.length < atLeast ? undefined : codes
    },
    size: (codes) => windowsOf(codes).reduce((sum, { bits }) => sum + 2 + bits.length, 0),
    write(codes, out, at) {
      let next = at
      for (const { window, bits } of windowsOf(codes)) {
        out.set([window, bits.length, ...bits], next)
        next += 2 + bits.length
      }
    },
  }
}

/** Appends the codes of one window that comes after window `last`; returns its number, −1 where it is malformed. */
function readWindow(from: WireCursor, last: number, codes: number[]): number {
  const { bytes } = from
  const window = bytes[from.at]!
  const length = bytes[from.at + 1] ?? 0
  const end = from.at + 2 + length
  // A last byte of zero has to be left out: there is one way to write a set.
  if (window <= last || length === 0 || length > MAX_WINDOW || end > bytes.length || bytes[end - 1] === 0) return -1
  for (let i = 0; i < length * 8; i++) {
    if (bytes[from.at + 2 + (i >> 3)]! & (0x80 >> (i & 7))) codes.push(window * 256 + i)
  }
  from.at = end
  return window
}

function windowsOf(codes: readonly number[]): { window: number; bits: number[] }[] {
  const windows: { window: number; bits: number[] }[] = []
  for (const code of codes) {
    let last = windows.at(-1)
    if (last?.window !== code >> 8) {
      last = { window: code >> 8, bits: [] }
      windows.push(last)
    }
    const byte = (code & 0xff) >> 3
    while (last.bits.length <= byte) last.bits.push(0)
    last.bits[byte]! |= 0x80 >> (code & 7)
  }
  return windows
}
