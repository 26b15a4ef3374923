// The values of SVCB parameters (RFC 9460 §7 and §14.3.2, RFC 9461, RFC 9540): each key with its spelling and its wire form.
// A key that is not here is keyNNNNN, whose value is any bytes; a known one may be written that way too (§2.1).

import { parseAddress, printAddress } from '../../base/address.ts'
import { didYouMean } from '../../base/suggest.ts'
import { parseBase64, printBase64 } from '../encoding.ts'
import { parseNumber } from '../text.ts'

export interface ServiceValue {
  readonly name: string
  /** For messages, after "which". */
  readonly needs: string
  /** The value as text, its escapes resolved → wire; undefined where it cannot be one. */
  parse(text: Uint8Array): Uint8Array | undefined
  /** Of bytes that `check` accepts. */
  print(wire: Uint8Array): Uint8Array
  check(wire: Uint8Array): boolean
}

export const Key = { mandatory: 0, alpn: 1, noDefaultAlpn: 2 } as const

/** 65535 is reserved as the key that is never valid. */
const LAST_KEY = 65_534
const COMMA = 0x2c
const BACKSLASH = 0x5c

const values: ReadonlyMap<number, ServiceValue> = new Map([
  [Key.mandatory, { name: 'mandatory', needs: 'needs names of other keys, each once', ...keyList() }],
  [Key.alpn, { name: 'alpn', needs: 'needs protocols such as h2,h3', ...protocols() }],
  [Key.noDefaultAlpn, nothing('no-default-alpn')],
  [3, { name: 'port', needs: 'needs a number from 0 to 65535', ...numbers(1) }],
  [4, { name: 'ipv4hint', needs: 'needs IPv4 addresses', ...addresses(4) }],
  [5, { name: 'ech', needs: 'needs base64', ...base64() }],
  [6, { name: 'ipv6hint', needs: 'needs IPv6 addresses', ...addresses(16) }],
  [7, { name: 'dohpath', needs: 'needs a path with the variable dns, such as /dns-query{?dns}', ...path() }],
  [8, nothing('ohttp')],
  [9, { name: 'tls-supported-groups', needs: 'needs numbers from 0 to 65535, each once', ...numbers(Infinity) }],
])
const byName: ReadonlyMap<string, number> = new Map([...values].map(([key, { name }]) => [name, key]))

export function serviceValue(key: number): ServiceValue {
  return values.get(key) ?? { name: `key${key}`, needs: 'needs a value', parse: same, print: same, check: () => true }
}

/** `port`, or `key3`; −1 where it is neither. */
export function parseServiceKey(text: string): number {
  return byName.get(text) ?? (isNumbered(text) ? parseNumber(text.slice(3), LAST_KEY) : -1)
}

export function printServiceKey(key: number): string {
  return serviceValue(key).name
}

export function isServiceKey(key: number): boolean {
  return key <= LAST_KEY
}

/** keyNNNNN without leading zeros, whose value is the wire form itself. */
export function isNumbered(text: string): boolean {
  return /^key(0|[1-9]\d*)$/.test(text)
}

export function serviceKeyHint(text: string): string {
  const hint = didYouMean(text, [...byName.keys()])
  return hint === undefined ? '' : `; ${hint}`
}

type Form = Pick<ServiceValue, 'parse' | 'print' | 'check'>

function same(bytes: Uint8Array): Uint8Array {
  return bytes
}

function nothing(name: string): ServiceValue {
  const check = (bytes: Uint8Array): boolean => bytes.length === 0
  return { name, needs: 'takes no value', check, print: same, parse: (text) => (check(text) ? text : undefined) }
}

/** Numbers of 16 bits, at most so many of them. */
function numbers(most: number): Form {
  return {
    parse: (text) =>
      joinDistinct(splitPlain(text), most, (part) => {
        const value = parseNumber(part, 0xffff)
        return value < 0 ? undefined : [value >> 8, value & 255]
      }),
    print: (wire) => ascii(numbersOf(wire).join(',')),
    check(wire) {
      const all = numbersOf(wire)
      return wire.length % 2 === 0 && all.length > 0 && all.length <= most && new Set(all).size === all.length
    },
  }
}

/** Keys in ascending order; to say that `mandatory` itself is mandatory is an error (§8). */
function keyList(): Form {
  return {
    parse(text) {
      const keys = splitPlain(text).map(parseServiceKey)
      if (keys.some((key) => key <= Key.mandatory) || new Set(keys).size !== keys.length) return undefined
      return Uint8Array.from(keys.sort((a, b) => a - b).flatMap((key) => [key >> 8, key & 255]))
    },
    print: (wire) => ascii(numbersOf(wire).map(printServiceKey).join(',')),
    check(wire) {
      const keys = numbersOf(wire)
      const isAscending = keys.every((key, i) => key > (keys[i - 1] ?? Key.mandatory) && isServiceKey(key))
      return wire.length % 2 === 0 && keys.length > 0 && isAscending
    },
  }
}

function addresses(length: 4 | 16): Form {
  return {
    parse: (text) =>
      join(
        splitPlain(text).map((part) => {
          const bytes = parseAddress(part)?.bytes
          return bytes?.length === length ? bytes : undefined
        }),
      ),
    print(wire) {
      const parts: string[] = []
      for (let at = 0; at < wire.length; at += length) parts.push(printAddress(wire.subarray(at, at + length)))
      return ascii(parts.join(','))
    },
    check: (wire) => wire.length > 0 && wire.length % length === 0,
  }
}

/** Protocols of 1 to 255 bytes with a length byte each; in text a comma or backslash within one is escaped (appendix A.1). */
function protocols(): Form {
  return {
    parse: (text) =>
      join(
        splitEscaped(text).map((part) =>
          part.length === 0 || part.length > 255 ? undefined : Uint8Array.of(part.length, ...part),
        ),
      ),
    print(wire) {
      const out: number[] = []
      for (let at = 0; at < wire.length; at += 1 + wire[at]!) {
        if (at > 0) out.push(COMMA)
        for (const byte of wire.subarray(at + 1, at + 1 + wire[at]!)) {
          if (byte === COMMA || byte === BACKSLASH) out.push(BACKSLASH)
          out.push(byte)
        }
      }
      return Uint8Array.from(out)
    },
    check(wire) {
      let at = 0
      while (at < wire.length && wire[at] !== 0) at += 1 + wire[at]!
      return wire.length > 0 && at === wire.length
    },
  }
}

function base64(): Form {
  return {
    parse(text) {
      const bytes = parseBase64(latin1(text))
      return bytes?.length === 0 ? undefined : bytes
    },
    print: (wire) => ascii(printBase64(wire)),
    check: (wire) => wire.length > 0,
  }
}

/** A relative URI template (RFC 9461 §5). */
function path(): Form {
  const check = (bytes: Uint8Array): boolean => /^\/.*\{[^}]*\bdns\b[^}]*\}/s.test(latin1(bytes))
  return { check, print: same, parse: (text) => (check(text) ? text : undefined) }
}

function numbersOf(wire: Uint8Array): number[] {
  const all: number[] = []
  for (let at = 0; at + 1 < wire.length; at += 2) all.push(wire[at]! * 256 + wire[at + 1]!)
  return all
}

function joinDistinct(
  parts: readonly string[],
  most: number,
  parse: (part: string) => number[] | undefined,
): Uint8Array | undefined {
  const all = parts.map(parse)
  const isDistinct = new Set(all.map(String)).size === all.length
  return all.length <= most && isDistinct ? join(all) : undefined
}

function join(parts: readonly (ArrayLike<number> | undefined)[]): Uint8Array | undefined {
  const bytes: number[] = []
  for (const part of parts) {
    if (part === undefined) return undefined
    for (let i = 0; i < part.length; i++) bytes.push(part[i]!)
  }
  return Uint8Array.from(bytes)
}

function splitPlain(text: Uint8Array): string[] {
  return latin1(text).split(',')
}

function splitEscaped(text: Uint8Array): number[][] {
  const parts: number[][] = [[]]
  for (let i = 0; i < text.length; i++) {
    if (text[i] === COMMA) parts.push([])
    else {
      if (text[i] === BACKSLASH && i + 1 < text.length) i++
      parts.at(-1)!.push(text[i]!)
    }
  }
  return parts
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}
