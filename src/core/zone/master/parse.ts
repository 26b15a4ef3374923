// Master files (RFC 1035 §5) → records: owners, TTLs and classes that may be left out, and what stands in for them.
// $TTL is RFC 2308 §4. What a file includes goes on where it stands: its $TTL holds on afterwards, its $ORIGIN and last owner do
// not (RFC 1035 §5.1), as in BIND.

import type { Problem } from '../../base/problem.ts'
import { parseName } from '../../wire/name.ts'
import { isMetaType, typeByName, typeHint } from '../../wire/rdata/index.ts'
import { SOA } from '../../wire/rdata/soa.ts'
import type { RecordType } from '../../wire/rdata.ts'
import { isDigit, MAX_TTL, parseSeconds, showToken, type Token } from '../../wire/text.ts'
import { addError, closeProblemList, openProblemList } from '../problem-list.ts'
import { addRecord, type Records } from '../records.ts'
import { readDirective } from './directive.ts'
import { type Entry, nextEntry, openLexer } from './lexer.ts'
import { placeAtIndex, placeOfToken, type ReadFile, type Reading, type Source } from './reading.ts'

export interface MasterOptions {
  /** TTL of records for which the file gives none at all. */
  readonly ttlSec?: number
}

/** Adds the records of `text` to `records` and returns what is wrong with it. `origin` is absolute and in wire form. */
export function parseMaster(
  text: string,
  file: string,
  origin: Uint8Array,
  records: Records,
  readFile: ReadFile,
  options: MasterOptions = {},
): Problem[] {
  const problems = openProblemList()
  const fallbackTtl = options.ttlSec ?? -1
  const reading = { records, problems, readFile, defaultTtl: -1, lastTtl: -1, soaMinimum: -1, fallbackTtl, includes: 0 }
  readSource(reading, { file, within: [], origin, owner: undefined, ownerText: '', isOwnerLost: false }, text)
  return closeProblemList(problems, file)
}

function readSource(reading: Reading, source: Source, text: string): void {
  const lexer = openLexer(text)
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  while (nextEntry(lexer, entry)) {
    if (entry.wrong !== undefined)
      addError(reading.problems, { file: source.file, ...entry.wrong }, entry.wrong.message)
    const first = entry.tokens[0]
    if (first === undefined) continue
    if (first.text.startsWith('$') && !first.isQuoted) {
      const included = entry.wrong === undefined ? readDirective(reading, source, entry.tokens) : undefined
      if (included !== undefined) readSource(reading, included.source, included.text)
    } else {
      const next = entry.startsBlank ? 0 : readOwner(reading, source, first)
      if (entry.wrong === undefined) readRecord(reading, source, entry, next)
    }
  }
}

/** Returns the index of the token after the owner. */
function readOwner(reading: Reading, source: Source, token: Token): number {
  if (token.text === source.ownerText && !token.isQuoted && source.owner !== undefined) return 1
  const owner = token.isQuoted ? showToken(token) : parseName(token.text, source.origin)
  if (typeof owner === 'string') {
    addError(reading.problems, placeOfToken(source, token), `expected an owner name, found ${owner}`)
    source.owner = undefined
  } else source.owner = owner
  source.ownerText = token.text
  // Records without an owner that follow are still looked at, but nothing more is said about the owner.
  source.isOwnerLost = source.owner === undefined
  return 1
}

function readRecord(reading: Reading, source: Source, entry: Entry, start: number): void {
  const { tokens } = entry
  let at = start
  let ttlSec = -1
  let hasClass = false
  for (; at < tokens.length; at++) {
    const token = tokens[at]!
    if (ttlSec < 0 && isDigit(token.text.charCodeAt(0))) {
      ttlSec = parseSeconds(token.text, MAX_TTL)
      if (ttlSec < 0) return refuseTtl(reading, source, entry, token)
    } else if (!hasClass && isClass(token.text)) {
      hasClass = true
      const name = token.text.toUpperCase()
      if (name === 'IN' || name === 'CLASS1') continue
      return addError(reading.problems, placeOfToken(source, token), `expected class IN, found ${showToken(token)}`)
    } else break
  }
  const token = tokens[at]
  const type = token === undefined || token.isQuoted ? undefined : typeByName(token.text)
  if (type === undefined || isMetaType(type.code)) return refuseType(reading, source, entry, at)
  const rdata = type.parse(tokens, source.origin, at + 1)
  if (!(rdata instanceof Uint8Array)) {
    return addError(reading.problems, placeAtIndex(source, tokens, rdata.token), rdata.message)
  }
  const owner = source.owner
  if (owner === undefined) {
    if (source.isOwnerLost) return
    return addError(
      reading.problems,
      placeOfToken(source, tokens[0]!),
      'expected an owner name at the start of the line, found a blank',
    )
  }
  const ttl = settleTtl(reading, type, rdata, ttlSec)
  if (ttl < 0)
    return addError(
      reading.problems,
      placeOfToken(source, token!),
      `expected a TTL, found none`,
      'write "$TTL 1h" above',
    )
  addRecord(reading.records, owner, type.code, ttl, rdata, placeOfToken(source, tokens[0]!))
}

/** The TTL written, else $TTL (RFC 2308 §4), else the last one written (RFC 1035 §5.1), else the SOA's minimum; −1 for none. */
function settleTtl(reading: Reading, type: RecordType, rdata: Uint8Array, written: number): number {
  if (type.code === SOA.code) reading.soaMinimum = Math.min(SOA.read(rdata)!.minimum, MAX_TTL)
  if (written >= 0) {
    reading.lastTtl = written
    return written
  }
  if (reading.defaultTtl >= 0) return reading.defaultTtl
  if (reading.lastTtl >= 0) return reading.lastTtl
  return reading.soaMinimum >= 0 ? reading.soaMinimum : reading.fallbackTtl
}

function isClass(text: string): boolean {
  if (text.length === 2) {
    const name = text.toUpperCase()
    return name === 'IN' || name === 'CH' || name === 'HS' || name === 'CS'
  }
  return text.length > 5 && text.slice(0, 5).toUpperCase() === 'CLASS'
}

function refuseTtl(reading: Reading, source: Source, entry: Entry, token: Token): void {
  const place = placeOfToken(source, token)
  const message = `expected a TTL such as 300 or 1h30m (at most ${MAX_TTL}), a class or a type, found ${showToken(token)}`
  const isOwnerMissing =
    !entry.startsBlank && token === entry.tokens[1] && typeByName(entry.tokens[0]!.text) !== undefined
  addError(reading.problems, place, message, isOwnerMissing ? 'a line without an owner begins with a blank' : undefined)
}

function refuseType(reading: Reading, source: Source, entry: Entry, at: number): void {
  const token = entry.tokens[at]
  const place = placeAtIndex(source, entry.tokens, at)
  const message = `expected a record type, found ${showToken(token)}`
  addError(reading.problems, place, message, token === undefined ? undefined : typeHint(token.text))
}
