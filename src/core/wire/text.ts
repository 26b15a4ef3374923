// Presentation format below the fields (RFC 1035 §5.1, RFC 3597 §5): tokens, character-strings and their escapes, numbers, TTLs, hex.
// What cannot be read comes back as a string that says what was found, to follow "expected …, found".

/** One word of a master file. */
export interface Token {
  /** As written: escapes are still there, surrounding quotes are not. */
  readonly text: string
  readonly isQuoted: boolean
  /** 1-based, both. */
  readonly line: number
  readonly col: number
}

const BACKSLASH = 0x5c
const QUOTE = 0x22

/** Above this a TTL counts as 0 (RFC 2181 §8), so nobody means it. */
export const MAX_TTL = 0x7fff_ffff
const MAX_U32 = 0xffff_ffff

/** The bytes of a character-string: `\X` and `\DDD` escapes, everything else as UTF-8. */
export function parseText(text: string): Uint8Array | string {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH || code === QUOTE || code >= 0x80) return parseEscaped(new TextEncoder().encode(text))
    bytes[i] = code
  }
  return bytes
}

function parseEscaped(from: Uint8Array): Uint8Array | string {
  const out = new Uint8Array(from.length)
  let used = 0
  for (let i = 0; i < from.length; i++) {
    let byte = from[i]!
    // Such a quote comes from a word like key="some value", which a string cannot be: it would lose or keep the quotes.
    if (byte === QUOTE) return 'a quote inside a word; put the whole string in quotes'
    if (byte === BACKSLASH) {
      byte = from[++i] ?? -1
      if (byte < 0) return 'a backslash at the end'
      if (isDigit(byte)) {
        const [tens, ones] = [from[i + 1] ?? 0, from[i + 2] ?? 0]
        if (!isDigit(tens) || !isDigit(ones)) return 'a backslash and a digit that are no escape \\DDD of three digits'
        byte = (byte - 48) * 100 + (tens - 48) * 10 + ones - 48
        if (byte > 255) return `the escape \\${byte}, which is above 255`
        i += 2
      }
    }
    out[used++] = byte
  }
  return out.slice(0, used)
}

/** Always in quotes; what is not printable ASCII becomes `\DDD`. */
export function printText(bytes: Uint8Array): string {
  let text = '"'
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) text += `\\${String(byte).padStart(3, '0')}`
    else if (byte === QUOTE || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`
    else text += String.fromCharCode(byte)
  }
  return `${text}"`
}

/** A decimal number up to `max` (below 2^53), or −1. */
export function parseNumber(text: string, max: number): number {
  if (text.length === 0 || text.length > 15) return -1
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (!isDigit(code)) return -1
    value = value * 10 + code - 48
  }
  return value <= max ? value : -1
}

/** Seconds: a bare number, or parts with a unit such as `1h30m` or `2W`; −1 where it is neither or needs more than 32 bits. */
export function parseSeconds(text: string, max = MAX_U32): number {
  let total = 0
  let digitsFrom = 0
  for (let i = 0; i < text.length; i++) {
    if (isDigit(text.charCodeAt(i))) continue
    const count = parseNumber(text.slice(digitsFrom, i), MAX_U32)
    const unit = secondsIn(text.charCodeAt(i))
    if (count < 0 || unit === 0) return -1
    total += count * unit
    digitsFrom = i + 1
  }
  if (digitsFrom === 0) return parseNumber(text, max)
  // "1h30" is refused: nothing says whether it means minutes or seconds.
  return digitsFrom === text.length && total <= max ? total : -1
}

function secondsIn(unit: number): number {
  switch (unit | 0x20) {
    case 0x73:
      return 1
    case 0x6d:
      return 60
    case 0x68:
      return 3600
    case 0x64:
      return 86_400
    case 0x77:
      return 604_800
    default:
      return 0
  }
}

/** Appends the bytes of an even number of hex digits, or returns false. */
export function parseHex(text: string, out: number[]): boolean {
  if (text.length % 2 !== 0) return false
  for (let i = 0; i < text.length; i += 2) {
    const high = hexDigit(text.charCodeAt(i))
    const low = hexDigit(text.charCodeAt(i + 1))
    if (high < 0 || low < 0) return false
    out.push(high * 16 + low)
  }
  return true
}

export function printHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** How a message shows what was found. */
export function showToken(token: Token | undefined): string {
  if (token === undefined) return 'the end of the record'
  const text = token.text.length > 60 ? `${token.text.slice(0, 60)}…` : token.text
  return token.isQuoted ? `the quoted string "${text}"` : `"${text}"`
}

function hexDigit(code: number): number {
  if (isDigit(code)) return code - 48
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 87 : -1
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
