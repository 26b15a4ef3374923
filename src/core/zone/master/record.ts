// One record of a master file: TTL and class in either order or left out, the type, and what stands in for a TTL (RFC 1035 §5.1).

import { isMetaType, typeByName, typeHint } from '../../wire/rdata/index.ts'
import { SOA } from '../../wire/rdata/soa.ts'
import type { RecordType } from '../../wire/rdata.ts'
import { isDigit, MAX_TTL, parseSeconds, showToken, type Token } from '../../wire/text.ts'
import { addError } from '../problem-list.ts'
import { addRecord } from '../records.ts'
import type { Entry } from './lexer.ts'
import { placeAtIndex, placeOfToken, type Reading, type Source } from './reading.ts'

/** What stands before the rdata. */
export interface Head {
  /** −1 where none is written. */
  readonly ttlSec: number
  readonly type: RecordType
  /** Index of the type's token. */
  readonly typeAt: number
}

/** Reads an entry of which the tokens before `start` are the owner; one that is blank there has that of the record before. */
export function readRecord(reading: Reading, source: Source, entry: Entry, start: number): void {
  const { tokens } = entry
  const head = readHead(reading, source, entry, start)
  if (head === undefined) return
  const rdata = head.type.parse(tokens, source.origin, head.typeAt + 1)
  if (!(rdata instanceof Uint8Array)) {
    return addError(reading.problems, placeAtIndex(source, tokens, rdata.token), rdata.message)
  }
  if (source.owner === undefined) {
    if (source.isOwnerLost) return
    const message = 'expected an owner name at the start of the line, found a blank'
    return addError(reading.problems, placeOfToken(source, tokens[0]!), message)
  }
  finishRecord(reading, source, entry, head, source.owner, rdata)
}

/** Undefined after what is wrong has been reported. */
export function readHead(
  reading: Reading,
  source: Source,
  entry: Pick<Entry, 'tokens' | 'startsBlank'>,
  start: number,
): Head | undefined {
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
      addError(reading.problems, placeOfToken(source, token), `expected class IN, found ${showToken(token)}`)
      return undefined
    } else break
  }
  const token = tokens[at]
  const type = token === undefined || token.isQuoted ? undefined : typeByName(token.text)
  if (type === undefined || isMetaType(type.code)) return refuseType(reading, source, tokens, at)
  return { ttlSec, type, typeAt: at }
}

/** Adds a record, if there is a TTL for it; false where there is none. */
export function finishRecord(
  reading: Reading,
  source: Source,
  { tokens }: Pick<Entry, 'tokens'>,
  { type, typeAt, ttlSec }: Head,
  owner: Uint8Array,
  rdata: Uint8Array,
): boolean {
  const ttl = settleTtl(reading, type, rdata, ttlSec)
  if (ttl >= 0) addRecord(reading.records, owner, type.code, ttl, rdata, placeOfToken(source, tokens[0]!))
  else {
    const place = placeOfToken(source, tokens[typeAt]!)
    addError(reading.problems, place, 'expected a TTL, found none', 'write "$TTL 1h" above')
  }
  return ttl >= 0
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

function refuseTtl(
  reading: Reading,
  source: Source,
  entry: Pick<Entry, 'tokens' | 'startsBlank'>,
  token: Token,
): undefined {
  const place = placeOfToken(source, token)
  const message = `expected a TTL such as 300 or 1h30m (at most ${MAX_TTL}), a class or a type, found ${showToken(token)}`
  const isOwnerMissing =
    !entry.startsBlank && token === entry.tokens[1] && typeByName(entry.tokens[0]!.text) !== undefined
  addError(reading.problems, place, message, isOwnerMissing ? 'a line without an owner begins with a blank' : undefined)
}

function refuseType(reading: Reading, source: Source, tokens: readonly Token[], at: number): undefined {
  const token = tokens[at]
  const place = placeAtIndex(source, tokens, at)
  const message = `expected a record type, found ${showToken(token)}`
  addError(reading.problems, place, message, token === undefined ? undefined : typeHint(token.text))
}
