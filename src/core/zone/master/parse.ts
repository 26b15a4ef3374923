// Master files (RFC 1035 §5) → records.
// $TTL is RFC 2308 §4. What a file includes goes on where it stands: its $TTL holds on afterwards, its $ORIGIN and last owner do
// not (RFC 1035 §5.1), as in BIND.

import type { Problem } from '../../base/problem.ts'
import { parseName } from '../../wire/name.ts'
import { showToken, type Token } from '../../wire/text.ts'
import { addError, closeProblemList, openProblemList } from '../problem-list.ts'
import type { Records } from '../records.ts'
import { readDirective } from './directive.ts'
import { type Entry, nextEntry, openLexer, type ReadPiece } from './lexer.ts'
import { placeOfToken, type ReadFile, type Reading, type Source } from './reading.ts'
import { readRecord } from './record.ts'

export interface MasterOptions {
  /** TTL of records for which the file gives none at all. */
  readonly ttlSec?: number
}

/** Adds the records of a text, whole or in pieces, to `records` and returns what is wrong with it. `origin` is absolute and in wire form. */
export function parseMaster(
  text: string | ReadPiece,
  file: string,
  origin: Uint8Array,
  records: Records,
  readFile: ReadFile,
  options: MasterOptions = {},
): Problem[] {
  const problems = openProblemList()
  const fallbackTtl = options.ttlSec ?? -1
  const ttls = { defaultTtl: -1, lastTtl: -1, soaMinimum: -1, fallbackTtl }
  const reading = { records, problems, readFile, ...ttls, includes: 0, generated: 0 }
  readSource(reading, { file, within: [], origin, owner: undefined, ownerText: '', isOwnerLost: false }, text)
  return closeProblemList(problems, file)
}

function readSource(reading: Reading, source: Source, text: string | ReadPiece): void {
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
