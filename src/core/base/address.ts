// IP addresses and prefixes as bytes (RFC 4291 §2.2, RFC 5952 for printing). Text is for operators only: the packet loop
// works on the bytes in place.

export interface Address {
  readonly family: 4 | 6
  /** 4 or 16 bytes, network order. */
  readonly bytes: Uint8Array
}

export interface Prefix extends Address {
  /** Leading bits that count; the bits after it are zero. */
  readonly length: number
}

export interface Endpoint {
  /** IP literal in its printed form, without brackets. */
  readonly address: string
  readonly port: number
}

/** An IP literal, strictly: no leading zeros, no zone id, no brackets; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    const bytes = parseV6(text)
    return bytes && { family: 6, bytes }
  }
  const bytes = parseV4(text)
  return bytes && { family: 4, bytes }
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    if (!/^(0|[1-9]\d{0,2})$/.test(parts[i]!)) return undefined
    const value = Number(parts[i])
    if (value > 255) return undefined
    bytes[i] = value
  }
  return bytes
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groups(halves[1]!, true) : []
  if (!head || !tail) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (isEnd && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part)
      if (!v4) return undefined
      bytes.push(...v4)
      continue
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
    const value = Number.parseInt(part, 16)
    bytes.push(value >> 8, value & 255)
  }
  return bytes
}

/** `192.0.2.0/24`, `2001:db8::/32`, or a bare address (its full length). Bits beyond the length must be zero. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return undefined
  const bits = address.bytes.length * 8
  const lengthText = slash < 0 ? String(bits) : text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > bits) return undefined
  const length = Number(lengthText)
  const prefix = { ...address, length }
  const masked = maskBytes(address.bytes, length)
  return masked.every((byte, i) => byte === address.bytes[i]) ? prefix : undefined
}

/** A copy with every bit after the first `length` cleared. */
export function maskBytes(bytes: Uint8Array, length: number): Uint8Array {
  const masked = new Uint8Array(bytes.length)
  const whole = length >> 3
  masked.set(bytes.subarray(0, whole))
  if (length & 7) masked[whole] = bytes[whole]! & (0xff00 >> (length & 7))
  return masked
}

/** RFC 5952: lower case, longest run of zero groups shortened, IPv4-mapped in dotted form. */
export function printAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  if (words.slice(0, 5).every((w) => w === 0) && words[5] === 0xffff) return `::ffff:${bytes.subarray(12).join('.')}`
  let start = -1
  let longest = 1
  for (let i = 0; i < 8; i++) {
    let run = 0
    while (i + run < 8 && words[i + run] === 0) run++
    if (run > longest) {
      start = i
      longest = run
    }
  }
  const hex = words.map((w) => w.toString(16))
  if (start < 0) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`
}

export function printPrefix(prefix: Prefix): string {
  return `${printAddress(prefix.bytes)}/${prefix.length}`
}

/** `127.0.0.1:53` or `[::1]:53`. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  if (!parts) return undefined
  const address = parseAddress(parts[1] ?? parts[2]!)
  const port = Number(parts[3])
  if (!address || port > 65_535 || (address.family === 6) !== (parts[1] !== undefined)) return undefined
  return { address: printAddress(address.bytes), port }
}

export function printEndpoint(endpoint: Endpoint): string {
  return endpoint.address.includes(':')
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`
}

/** 10.1.2.3/8 → 10.0.0.0/8, the commonest slip; undefined where that is not it. */
export function withoutHostBits(text: string): string | undefined {
  const [address = '', length = ''] = text.split('/')
  const parsed = parseAddress(address)
  if (!parsed || !/^\d{1,3}$/.test(length) || Number(length) > 8 * parsed.bytes.length) return undefined
  return printPrefix({ ...parsed, bytes: maskBytes(parsed.bytes, Number(length)), length: Number(length) })
}
