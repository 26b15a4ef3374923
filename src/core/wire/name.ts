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
  for (let i = at; i <= end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
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
 * Parses presentation format: `\.` and `\DDD` escapes, `@` for the origin, a final dot for absolute names.
 * A relative name is completed with `origin` (wire form). Returns what is wrong as a string.
 */
export function parseName(text: string, origin?: Uint8Array): Uint8Array | string {
  if (text === '') return 'an empty name'
  if (text === '.') return ROOT
  if (text === '@') return origin ?? 'a relative name where there is no origin'
  const out: number[] = [0]
  let labelAt = 0
  let isAbsolute = false
  const bytes = new TextEncoder().encode(text)
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!
    if (byte === 0x2e) {
      if (out.length === labelAt + 1) return `an empty label in "${text}"`
      if (i === bytes.length - 1) {
        isAbsolute = true
        break
      }
      labelAt = out.length
      out.push(0)
      continue
    }
    if (byte === 0x5c) {
      const digits = text.length === bytes.length ? /^\d{3}/.exec(text.slice(i + 1)) : null
      if (digits) {
        byte = Number(digits[0])
        if (byte > 255) return `the escape \\${digits[0]} is above 255`
        i += 3
      } else {
        i++
        if (i >= bytes.length) return 'a backslash at the end'
        byte = bytes[i]!
        if (byte >= 48 && byte <= 57) return `an escape \\DDD needs three digits in "${text}"`
      }
    }
    out.push(byte)
    if (++out[labelAt]! > MAX_LABEL) return `a label of more than ${MAX_LABEL} bytes in "${text}"`
  }
  let name: Uint8Array
  if (isAbsolute) name = Uint8Array.from([...out, 0])
  else if (origin) {
    name = new Uint8Array(out.length + origin.length)
    name.set(out)
    name.set(origin, out.length)
  } else return `the relative name "${text}" where there is no origin`
  return name.length > MAX_NAME ? `a name of more than ${MAX_NAME} bytes` : name
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
