// Domain names in wire form (RFC 1035 §3.1) and in presentation format (RFC 1035 §5.1, RFC 4343).
// A name is a Uint8Array: length-prefixed labels ending with the root's zero byte, never compressed.
//
// Names are hashed label by label from the right, so that the hash of a name extends the hash of its parent: one pass over a
// query name yields the hashes of all its ancestors. A length byte is at most 63 and 'A' is 65, so lower-casing may run over
// whole names without looking at what is a length.

export const MAX_NAME = 255
export const MAX_LABEL = 63
export const ROOT = new Uint8Array(1)

const HASH_START = 0x811c9dc5
export const HASH_STEP = 0x01000193
const DOT = 0x2e
const BACKSLASH = 0x5c

/** Bytes of the name that starts at `at`, its root included. The name must be well formed. */
export function nameLength(bytes: Uint8Array, at = 0): number {
  let end = at
  while (bytes[end] !== 0) end += 1 + bytes[end]!
  return end + 1 - at
}

export function countLabels(name: Uint8Array): number {
  let count = 0
  for (let at = 0; name[at] !== 0; at += 1 + name[at]!) count++
  return count
}

/** A copy with A–Z made small, as all comparing and hashing wants it (RFC 4343). */
export function lowerName(name: Uint8Array): Uint8Array {
  return name.map(lowerByte)
}

export function lowerByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

/** Extends the hash of the parent by one lower-cased label, whose length byte is at `at`. */
export function hashLabel(parent: number, bytes: Uint8Array, at: number): number {
  let hash = parent
  const end = at + bytes[at]!
  for (let i = at; i <= end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_STEP)
  return hash ^ (hash >>> 15)
}

/** The hash of a lower-cased name: that of the root extended by its labels from right to left. */
export function hashName(name: Uint8Array): number {
  const starts: number[] = []
  for (let at = 0; name[at] !== 0; at += 1 + name[at]!) starts.push(at)
  let hash = HASH_START
  for (let i = starts.length - 1; i >= 0; i--) hash = hashLabel(hash, name, starts[i]!)
  return hash >>> 0
}

export { HASH_START as ROOT_HASH }

/** Whether `name` is `ancestor` or beneath it; both lower-cased. */
export function isWithin(name: Uint8Array, ancestor: Uint8Array): boolean {
  const skip = name.length - ancestor.length
  if (skip < 0) return false
  let at = 0
  while (at < skip) at += 1 + name[at]!
  if (at !== skip) return false
  for (let i = 0; i < ancestor.length; i++) if (name[skip + i] !== ancestor[i]) return false
  return true
}

/** The name without its first label; the root has no parent. */
export function parentName(name: Uint8Array): Uint8Array | undefined {
  return name[0] === 0 ? undefined : name.subarray(1 + name[0]!)
}

export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (lowerByte(a[i]!) !== lowerByte(b[i]!)) return false
  return true
}

/** Canonical order (RFC 4034 §6.1): by labels from the right, lower-cased; negative where `a` comes first. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const as = labelStarts(a)
  const bs = labelStarts(b)
  for (let i = 1; i <= Math.min(as.length, bs.length); i++) {
    const difference = compareLabels(a, as[as.length - i]!, b, bs[bs.length - i]!)
    if (difference !== 0) return difference
  }
  return as.length - bs.length
}

function labelStarts(name: Uint8Array): number[] {
  const starts: number[] = []
  for (let at = 0; name[at] !== 0; at += 1 + name[at]!) starts.push(at)
  return starts
}

function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const an = a[at]!
  const bn = b[bt]!
  for (let i = 1; i <= Math.min(an, bn); i++) {
    const difference = lowerByte(a[at + i]!) - lowerByte(b[bt + i]!)
    if (difference !== 0) return difference
  }
  return an - bn
}

/**
 * Parses presentation format: `\.` and `\DDD` escapes, `@` for the origin, a final dot for absolute names; what is not ASCII
 * counts as its bytes in UTF-8. A relative name is completed with `origin` (wire form). Returns what is wrong as a string.
 * Millions of names are read at a load, so this is one pass over character codes into the array that is returned.
 */
export function parseName(text: string, origin?: Uint8Array): Uint8Array | string {
  if (text === '') return 'an empty name'
  if (text === '.') return ROOT
  if (text === '@') return origin ?? 'a relative name where there is no origin'
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return parseCodes(utf8Codes(text), text, origin)
  }
  return parseCodes(text, text, origin)
}

/** `codes` are the bytes of `text`, a character each. */
function parseCodes(codes: string, text: string, origin: Uint8Array | undefined): Uint8Array | string {
  // Never too small, and right to the byte where there are no escapes: `a.b.` becomes one byte longer.
  const last = codes.length - 1
  const mayBeRelative = codes.charCodeAt(last) !== DOT || codes.charCodeAt(last - 1) === BACKSLASH
  const out = new Uint8Array(codes.length + 1 + (mayBeRelative && origin !== undefined ? origin.length : 0))
  let labelAt = 0
  let used = 1
  let isAbsolute = false
  for (let i = 0; i < codes.length; i++) {
    let byte = codes.charCodeAt(i)
    if (byte === DOT) {
      if (used === labelAt + 1) return `an empty label in "${text}"`
      out[labelAt] = used - labelAt - 1
      if (i === codes.length - 1) {
        isAbsolute = true
        break
      }
      labelAt = used++
      continue
    }
    if (byte === BACKSLASH) {
      const escaped = readEscape(codes, i + 1)
      if (escaped < 0) return describeEscape(codes, i + 1, text)
      byte = escaped
      i += isDigitAt(codes, i + 1) ? 3 : 1
    }
    out[used++] = byte
    if (used - labelAt - 1 > MAX_LABEL) return `a label of more than ${MAX_LABEL} bytes in "${text}"`
  }
  if (isAbsolute) out[used++] = 0
  else {
    if (origin === undefined) return `the relative name "${text}" where there is no origin`
    out[labelAt] = used - labelAt - 1
    out.set(origin, used)
    used += origin.length
  }
  if (used > MAX_NAME) return `a name of more than ${MAX_NAME} bytes`
  return used === out.length ? out : out.slice(0, used)
}

function utf8Codes(text: string): string {
  let codes = ''
  for (const byte of new TextEncoder().encode(text)) codes += String.fromCharCode(byte)
  return codes
}

/** The byte that the escape stands for whose backslash is before `at`, or −1. */
function readEscape(codes: string, at: number): number {
  if (!isDigitAt(codes, at)) return at < codes.length ? codes.charCodeAt(at) : -1
  if (!isDigitAt(codes, at + 1) || !isDigitAt(codes, at + 2)) return -1
  const value = Number(codes.slice(at, at + 3))
  return value > 255 ? -1 : value
}

function describeEscape(codes: string, at: number, text: string): string {
  if (at >= codes.length) return 'a backslash at the end'
  const digits = /^\d{3}/.exec(codes.slice(at))?.[0]
  return digits === undefined
    ? `an escape \\DDD needs three digits in "${text}"`
    : `the escape \\${digits} is above 255`
}

function isDigitAt(codes: string, at: number): boolean {
  const code = codes.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** Presentation format with a final dot; bytes that would be read otherwise are escaped. */
export function printName(bytes: Uint8Array, at = 0): string {
  if (bytes[at] === 0) return '.'
  let text = ''
  for (let i = at; bytes[i] !== 0; i += 1 + bytes[i]!) {
    for (let j = i + 1; j <= i + bytes[i]!; j++) {
      const byte = bytes[j]!
      if (byte <= 32 || byte >= 127) text += `\\${String(byte).padStart(3, '0')}`
      else if ('.\\"();@$'.includes(String.fromCharCode(byte))) text += `\\${String.fromCharCode(byte)}`
      else text += String.fromCharCode(byte)
    }
    text += '.'
  }
  return text
}
