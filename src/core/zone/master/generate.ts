// $GENERATE: a run of records in one line, as BIND has it (its Administrator Reference Manual, "BIND Primary File Extension").
//
//   $GENERATE 1-254 host-${0,3,d} 300 IN A 192.0.2.$        range start-stop[/step], owner, [ttl] [class] type, rdata
//
// `$` stands for the number, `${offset,width,base}` for number + offset with zeros up to the width in base d, o, x, X, n or N
// (nibbles from the lowest, with dots, for reverse zones); `$$` and `\$` are a dollar sign. Rdata of several words is either
// written as it is or, for BIND, in one pair of quotes, within which quotes are escaped.

import { parseName } from '../../wire/name.ts'
import { parseNumber, showToken, type Token } from '../../wire/text.ts'
import { addError } from '../problem-list.ts'
import { type Entry, nextEntry, openLexer } from './lexer.ts'
import { placeAtIndex, placeOfToken, type Reading, type Source } from './reading.ts'
import { finishRecord, readHead } from './record.ts'

/** For all such lines of a zone together: a slip of the finger in a range should not take the memory. */
export const MAX_GENERATED = 1_000_000
const MAX_NUMBER = 0x7fff_ffff
/** More digits than a name can have. */
const MAX_WIDTH = 255

interface Range {
  readonly start: number
  readonly stop: number
  readonly step: number
}

interface Hole {
  readonly offset: number
  readonly width: number
  readonly base: string
}

type Template = readonly (string | Hole)[]

/** What every record of the line is made of. */
interface Pattern {
  readonly owner: Template
  readonly rdata: readonly { readonly token: Token; readonly template: Template }[]
}

export function readGenerate(reading: Reading, source: Source, tokens: readonly Token[]): void {
  const range = readRange(reading, source, tokens)
  if (range === undefined) return
  if (tokens[2] === undefined || tokens[2].isQuoted) {
    const message = `expected an owner name such as host-$, found ${showToken(tokens[2])}`
    return addError(reading.problems, placeAtIndex(source, tokens, 2), message)
  }
  const entry = { tokens: [...tokens], startsBlank: false }
  const head = readHead(reading, source, entry, 3)
  const pattern = head && readPattern(reading, source, range, tokens[2], tokens.slice(head.typeAt + 1))
  if (head === undefined || pattern === undefined) return
  const refuse = (token: Token | undefined, number: number, message: string): void =>
    addError(reading.problems, placeOfToken(source, token ?? tokens.at(-1)!), message, `where $ is ${number}`)
  for (let number = range.start; number <= range.stop; number += range.step) {
    const ownerText = fill(pattern.owner, number)
    const owner = parseName(ownerText, source.origin)
    // One record that is wrong speaks for the rest of the line.
    if (typeof owner === 'string') return refuse(tokens[2], number, `expected an owner name, found ${owner}`)
    const filled = pattern.rdata.map(({ token, template }) => ({ ...token, text: fill(template, number) }))
    const rdata = head.type.parse(filled, source.origin)
    if (!(rdata instanceof Uint8Array)) return refuse(filled[rdata.token], number, rdata.message)
    if (!finishRecord(reading, source, entry, head, owner, rdata)) return
  }
}

/** Also counts its records. */
function readRange(reading: Reading, source: Source, tokens: readonly Token[]): Range | undefined {
  const token = tokens[1]
  const parts = /^(\d+)-(\d+)(?:\/(\d+))?$/.exec(token === undefined || token.isQuoted ? '' : token.text)
  const [start = -1, stop = -1, step = -1] = (parts ?? []).slice(1).map((part) => parseNumber(part ?? '1', MAX_NUMBER))
  const refuse = (message: string): undefined => {
    addError(reading.problems, placeAtIndex(source, tokens, 1), message)
  }
  if (start < 0 || stop < start || step < 1) {
    return refuse(`expected a range such as 1-254 or 0-100/2, found ${showToken(token)}`)
  }
  const count = Math.floor((stop - start) / step) + 1
  if (reading.generated + count > MAX_GENERATED) {
    return refuse(`expected at most ${MAX_GENERATED} records of $GENERATE in all, found ${reading.generated + count}`)
  }
  reading.generated += count
  return { start, stop, step }
}

function readPattern(
  reading: Reading,
  source: Source,
  range: Range,
  ownerToken: Token,
  written: readonly Token[],
): Pattern | undefined {
  const words = written.length === 1 && written[0]!.isQuoted ? wordsWithin(reading, source, written[0]!) : written
  if (words === undefined) return undefined
  const refuse = (token: Token, message: string): undefined => {
    addError(reading.problems, placeOfToken(source, token), message)
  }
  const owner = parseTemplate(ownerToken.text, range)
  if (typeof owner === 'string') return refuse(ownerToken, owner)
  const rdata: { token: Token; template: Template }[] = []
  for (const token of words) {
    const template = parseTemplate(token.text, range)
    if (typeof template === 'string') return refuse(token, template)
    rdata.push({ token, template })
  }
  return { owner, rdata }
}

/** The words of rdata that is quoted as a whole. */
function wordsWithin(reading: Reading, source: Source, quoted: Token): Token[] | undefined {
  const text = quoted.text.replaceAll(/\\(.)/gs, (pair: string, char: string) => (char === '"' ? char : pair))
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  nextEntry(openLexer(text), entry)
  const { line, col } = quoted
  if (entry.wrong === undefined) return entry.tokens.map((token) => ({ ...token, line, col }))
  addError(reading.problems, placeOfToken(source, quoted), entry.wrong.message)
  return undefined
}

/** What is wrong as a whole message. */
function parseTemplate(text: string, { start, stop }: Range): Template | string {
  const parts: (string | Hole)[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '\\') literal += char + (text[++i] ?? '')
    else if (char !== '$') literal += char
    else if (text[i + 1] === '$') literal += text[i++]
    else {
      const form = /^\{[^}]*\}?/.exec(text.slice(i + 1))?.[0] ?? ''
      const hole = parseHole(form)
      if (hole === undefined) {
        return `expected \${offset,width,base} such as \${0,3,d} (bases d o x X n N), found "${text.slice(i)}"`
      }
      // A number below zero has no digits in most of the bases, and nobody means the name host--1.
      if (start + hole.offset < 0 || stop + hole.offset > MAX_NUMBER) {
        return `expected numbers from 0 to ${MAX_NUMBER}, found ${start + hole.offset} to ${stop + hole.offset}`
      }
      parts.push(literal, hole)
      literal = ''
      i += form.length
    }
  }
  parts.push(literal)
  return parts
}

/** `{0,3,d}`, of which the end may be left out, or nothing at all. */
function parseHole(form: string): Hole | undefined {
  if (form === '') return { offset: 0, width: 0, base: 'd' }
  const [, sign, offsetText, widthText = '0', base = 'd'] =
    /^\{([+-]?)(\d+)(?:,(\d+)(?:,([doxXnN]))?)?\}$/.exec(form) ?? []
  const offset = parseNumber(offsetText ?? '', MAX_NUMBER)
  const width = parseNumber(widthText, MAX_WIDTH)
  return offset < 0 || width < 0 ? undefined : { offset: sign === '-' ? -offset : offset, width, base }
}

function fill(template: Template, number: number): string {
  let text = ''
  for (const part of template) text += typeof part === 'string' ? part : printNumber(number + part.offset, part)
  return text
}

function printNumber(value: number, { width, base }: Hole): string {
  if (base === 'n' || base === 'N') return printNibbles(value, width, base)
  const text = value.toString(base === 'd' ? 10 : base === 'o' ? 8 : 16)
  return (base === 'X' ? text.toUpperCase() : text).padStart(width, '0')
}

/** The lowest hex digit first. The width counts dots as well, so that 15 are eight nibbles and 16 have a dot behind them. */
function printNibbles(value: number, width: number, base: 'n' | 'N'): string {
  const digits = value.toString(16).split('').toReversed()
  while (digits.length * 2 < width) digits.push('0')
  const text = digits.join('.') + (digits.length * 2 === width ? '.' : '')
  return base === 'N' ? text.toUpperCase() : text
}
