// Record types: text ↔ wire for one type's rdata, all of it following from a list of fields.
// Types that nobody defined are generic, `\# length hex` (RFC 3597 §5); a defined type reads that form too.

import type { Field, TokenCursor, WireCursor } from './field.ts'
import { parseHex, parseNumber, printHex, showToken, type Token } from './text.ts'

/** How a message writer finds the names that it may compress: only the types of RFC 1035 have any (RFC 3597 §4). */
export const Layout = { none: 0, name: 1, u16Name: 2, twoNames: 3 } as const
export type Layout = (typeof Layout)[keyof typeof Layout]

export interface RdataError {
  /** Index of the wrong token; the number of tokens where one is missing. */
  readonly token: number
  readonly message: string
}

/** What is wrong with a field that is well formed by itself: "expected …, found …". */
export interface Objection {
  readonly at: string
  readonly expected: string
  readonly found: string
}

export interface RecordType<Value = unknown> {
  readonly name: string
  readonly code: number
  readonly layout: Layout
  /** Tokens from index `from` → wire; relative names are completed with `origin`. */
  parse(tokens: readonly Token[], origin: Uint8Array | undefined, from?: number): Uint8Array | RdataError
  /** Wire → tokens that `parse` reads back identical; in the generic form what `parse` would refuse. */
  print(rdata: Uint8Array): string
  /** What is wrong with the rdata, or undefined. */
  check(rdata: Uint8Array): string | undefined
  /** The fields by name, byte values being views; undefined where `check` complains. */
  read(rdata: Uint8Array): Value | undefined
  write(value: Value): Uint8Array
  /** Where domain names start in well-formed rdata. */
  nameOffsets(rdata: Uint8Array): readonly number[]
}

type Fields = Readonly<Record<string, Field<number | object>>>
type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never }

const MAX_RDATA = 65_535
const LAST_OF_RFC_1035 = 16
const noOffsets: readonly number[] = []

interface Part {
  readonly label: string
  readonly field: Field<number | object>
}

/**
 * A record type from its fields, in the order of the wire. The type's TypeScript shape follows from them too. `rule` says what
 * fields that fit their bytes must not say together; it binds who writes them in words, while the generic form is taken as meant
 * and a peer's record as it comes.
 */
export function defineType<F extends Fields>(
  name: string,
  code: number,
  fields: F,
  rule?: (value: Values<F>) => Objection | undefined,
): RecordType<Values<F>> {
  const parts: readonly Part[] = Object.entries(fields).map(([label, field]) => ({ label, field }))
  const hasNames = parts.some(({ field }) => field.isName || field.nameOffsets !== undefined)
  const check = (rdata: Uint8Array): string | undefined => checkParts(name, parts, rdata)
  const object = rule && ((values: readonly (number | object)[]) => rule(valuesOf<F>(parts, values)))

  return {
    name,
    code,
    layout: layoutOfParts(code, parts),
    check,

    parse(tokens, origin, start = 0) {
      if (!isGeneric(tokens[start])) return parseParts({ name, parts, object }, tokens, origin, start)
      const rdata = parseGeneric(name, tokens, start)
      const wrong = rdata instanceof Uint8Array ? check(rdata) : undefined
      return wrong === undefined ? rdata : { token: start, message: wrong }
    },

    print(rdata) {
      if (check(rdata) !== undefined) return printGeneric(rdata)
      const values = readParts(parts, rdata)
      if (object?.(values) !== undefined) return printGeneric(rdata)
      // A list may be empty, and then has no blank before it.
      const texts = parts.map(({ field }, i) => field.print(values[i]!))
      return texts.filter((text) => text !== '').join(' ')
    },

    read(rdata) {
      if (check(rdata) !== undefined) return undefined
      return valuesOf<F>(parts, readParts(parts, rdata))
    },

    write: (value) =>
      writeParts(
        parts,
        parts.map(({ label }) => value[label]!),
      ),

    nameOffsets: (rdata) => (hasNames ? findNames(parts, rdata) : noOffsets),
  }
}

function readParts(parts: readonly Part[], rdata: Uint8Array): (number | object)[] {
  const from: WireCursor = { bytes: rdata, at: 0 }
  return parts.map(({ field }) => field.read(from)!)
}

function valuesOf<F extends Fields>(parts: readonly Part[], values: readonly (number | object)[]): Values<F> {
  return Object.fromEntries(parts.map(({ label }, i) => [label, values[i]])) as Values<F>
}

interface Shape {
  readonly name: string
  readonly parts: readonly Part[]
  readonly object: ((values: readonly (number | object)[]) => Objection | undefined) | undefined
}

function parseParts(
  { name, parts, object }: Shape,
  tokens: readonly Token[],
  origin: Uint8Array | undefined,
  start: number,
): Uint8Array | RdataError {
  const from: TokenCursor = { tokens, at: start }
  const values: (number | object)[] = []
  const starts: number[] = []
  for (const { label, field } of parts) {
    starts.push(from.at)
    const value = field.parse(from, origin)
    if (typeof value === 'string') {
      return { token: from.at, message: `${name} ${label}: expected ${field.expects}, found ${value}` }
    }
    values.push(value)
  }
  if (from.at < tokens.length) {
    return { token: from.at, message: `expected the end of the ${name} record, found ${showToken(tokens[from.at])}` }
  }
  const wrong = object?.(values)
  if (wrong !== undefined) {
    const token = starts[parts.findIndex(({ label }) => label === wrong.at)] ?? start
    return { token, message: `${name} ${wrong.at}: expected ${wrong.expected}, found ${wrong.found}` }
  }
  const rdata = writeParts(parts, values)
  if (rdata.length <= MAX_RDATA) return rdata
  return { token: start, message: `${name}: expected at most ${MAX_RDATA} bytes in all, found ${rdata.length}` }
}

function writeParts(parts: readonly Part[], values: readonly (number | object)[]): Uint8Array {
  let size = 0
  for (let i = 0; i < parts.length; i++) size += parts[i]!.field.size(values[i]!)
  const out = new Uint8Array(size)
  let at = 0
  for (let i = 0; i < parts.length; i++) {
    const { field } = parts[i]!
    field.write(values[i]!, out, at)
    at += field.size(values[i]!)
  }
  return out
}

function checkParts(name: string, parts: readonly Part[], rdata: Uint8Array): string | undefined {
  const from: WireCursor = { bytes: rdata, at: 0 }
  for (const { label, field } of parts) {
    const at = from.at
    if (field.read(from) === undefined) {
      return `${name} ${label}: expected ${field.expects} at byte ${at} of ${rdata.length}`
    }
  }
  return from.at === rdata.length ? undefined : `${name}: expected ${from.at} bytes, found ${rdata.length}`
}

function findNames(parts: readonly Part[], rdata: Uint8Array): number[] {
  const offsets: number[] = []
  const from: WireCursor = { bytes: rdata, at: 0 }
  for (const { field } of parts) {
    const { at } = from
    const value = field.read(from)!
    if (field.isName) offsets.push(at)
    for (const offset of field.nameOffsets?.(value) ?? []) offsets.push(at + offset)
  }
  return offsets
}

/** For rules: the digest of a known algorithm has one length. `lengths` are bytes by the number that stands in field `by`. */
export function checkLength(
  at: string,
  bytes: Uint8Array,
  by: string,
  number: number,
  lengths: Readonly<Record<number, number>>,
): Objection | undefined {
  const wanted = lengths[number]
  if (wanted === undefined || wanted === bytes.length) return undefined
  return { at, expected: `${wanted} bytes for ${by} ${number}`, found: String(bytes.length) }
}

/** A type that is only a number: its rdata is opaque bytes. */
export function genericType(code: number): RecordType<Uint8Array> {
  const name = `TYPE${code}`
  return {
    name,
    code,
    layout: Layout.none,
    parse(tokens, _origin, start = 0) {
      if (isGeneric(tokens[start])) return parseGeneric(name, tokens, start)
      return { token: start, message: `${name}: expected \\# length hex (RFC 3597), found ${showToken(tokens[start])}` }
    },
    print: printGeneric,
    check: () => undefined,
    read: (rdata) => rdata,
    write: (value) => value,
    nameOffsets: () => noOffsets,
  }
}

function isGeneric(token: Token | undefined): boolean {
  return token?.text === '\\#' && !token.isQuoted
}

function parseGeneric(name: string, tokens: readonly Token[], start: number): Uint8Array | RdataError {
  const lengthToken = tokens[start + 1]
  const length = lengthToken === undefined ? -1 : parseNumber(lengthToken.text, MAX_RDATA)
  if (length < 0) {
    return { token: start + 1, message: `${name}: expected the length after \\#, found ${showToken(lengthToken)}` }
  }
  const bytes: number[] = []
  for (let i = start + 2; i < tokens.length; i++) {
    if (!tokens[i]!.isQuoted && parseHex(tokens[i]!.text, bytes)) continue
    return { token: i, message: `${name}: expected pairs of hex digits, found ${showToken(tokens[i])}` }
  }
  if (bytes.length === length) return Uint8Array.from(bytes)
  return { token: start + 1, message: `${name}: expected ${length} bytes in hex, found ${bytes.length}` }
}

function printGeneric(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${printHex(rdata)}`
}

function layoutOfParts(code: number, parts: readonly Part[]): Layout {
  if (code > LAST_OF_RFC_1035) return Layout.none
  const [first, second] = parts.map(({ field }) => field.isName)
  if (first) return second ? Layout.twoNames : Layout.name
  return second ? Layout.u16Name : Layout.none
}
