// Bytes as base64 and base32hex (RFC 4648 §4 and §7), strictly: whole bytes, the padding that belongs there, unused bits zero.
// Two spellings of the same bytes would make two records out of one.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE32HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

/** With its padding; undefined where the text is not that of any bytes. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const end = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length
  return decode(text, end, 6, base64Digit)
}

export function printBase64(bytes: Uint8Array): string {
  const text = encode(bytes, 6, BASE64)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** In any case and without padding, as RFC 5155 §3.3 has it. */
export function parseBase32Hex(text: string): Uint8Array | undefined {
  return decode(text, text.length, 5, base32HexDigit)
}

export function printBase32Hex(bytes: Uint8Array): string {
  return encode(bytes, 5, BASE32HEX)
}

/** Digits of `width` bits each, the first `end` characters of the text. */
function decode(text: string, end: number, width: 5 | 6, digit: (code: number) => number): Uint8Array | undefined {
  const out = new Uint8Array((end * width) >> 3)
  let held = 0
  let bits = 0
  let used = 0
  for (let i = 0; i < end; i++) {
    const value = digit(text.charCodeAt(i))
    if (value < 0) return undefined
    held = ((held << width) | value) & 0xffff
    bits += width
    if (bits < 8) continue
    bits -= 8
    out[used++] = held >> bits
  }
  const isWhole = bits < width && (held & ((1 << bits) - 1)) === 0
  return isWhole ? out : undefined
}

function encode(bytes: Uint8Array, width: 5 | 6, alphabet: string): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff
    for (bits += 8; bits >= width; bits -= width) text += alphabet[(held >> (bits - width)) & ((1 << width) - 1)]!
  }
  if (bits > 0) text += alphabet[(held << (width - bits)) & ((1 << width) - 1)]!
  return text
}

function base64Digit(code: number): number {
  if (code >= 65 && code <= 90) return code - 65
  if (code >= 97 && code <= 122) return code - 71
  if (code >= 48 && code <= 57) return code + 4
  if (code === 43) return 62
  return code === 47 ? 63 : -1
}

function base32HexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 0x20
  return letter >= 97 && letter <= 118 ? letter - 87 : -1
}
