// `records:` of a YAML zone → records and the names that services answer for. The text of a record is that of a master file,
// but for TXT: there a plain text is the value itself, so that blanks, quotes and semicolons need no second kind of escaping.

import { parseName } from '../../wire/name.ts'
import { isMetaType, typeByName, typeHint } from '../../wire/rdata/index.ts'
import { TXT } from '../../wire/rdata/txt.ts'
import type { RecordType } from '../../wire/rdata.ts'
import { showToken, type Token } from '../../wire/text.ts'
import { type Entry, nextEntry, openLexer } from '../master/lexer.ts'
import { addRecord, type RecordPlace } from '../records.ts'
import { type ConfigPath, report, reportKey, type YamlContext } from './context.ts'
import type { RecordsConfig, RecordValue } from './schema.ts'

/** `service: web` at an owner. */
export interface NamedService {
  /** Absolute, in wire form, as written. */
  readonly owner: Uint8Array
  readonly service: string
  /** Leads to the service's name. */
  readonly path: ConfigPath
  readonly place: RecordPlace
}

const MAX_STRING = 255
/** Of which every 255 bytes take one more on the wire, up to the 65 535 of rdata. */
const MAX_TXT = 65_279

/** Adds the records to the context's, what is wrong to its findings, and returns the services. */
export function addYamlRecords(config: RecordsConfig, context: YamlContext): NamedService[] {
  const services: NamedService[] = []
  for (const [ownerText, byType] of Object.entries(config)) {
    const ownerPath = ['records', ownerText]
    const owner = parseName(ownerText, context.origin)
    if (typeof owner === 'string') reportKey(context, ownerPath, `expected an owner name, found ${owner}`)
    for (const [key, value] of Object.entries(byType)) {
      const path = [...ownerPath, key]
      if (key !== 'service') addOfType(context, owner, key, value as RecordValue, path)
      else if (typeof owner !== 'string')
        services.push({ owner, service: value as string, path, place: context.placeAt(path) })
    }
  }
  return services
}

/** A wrong owner has been reported; its records are still looked at, for their own mistakes. */
function addOfType(
  context: YamlContext,
  owner: Uint8Array | string,
  key: string,
  value: RecordValue,
  path: ConfigPath,
): void {
  const type = typeByName(key)
  if (type === undefined || isMetaType(type.code)) {
    return reportKey(context, path, `expected a record type, found "${key}"`, typeHint(key, ['service']))
  }
  const isWrapped = typeof value === 'object' && 'data' in value
  const ttlSec = (isWrapped ? value.ttl : undefined) ?? context.ttlSec
  const data = isWrapped ? value.data : value
  const dataPath = isWrapped ? [...path, 'data'] : path
  const texts = typeof data === 'string' ? [data] : data
  for (const [i, text] of texts.entries()) {
    const at = typeof data === 'string' ? dataPath : [...dataPath, i]
    const rdata = parseYamlRdata(type, text, context.origin)
    if (typeof rdata === 'string') report(context, at, rdata)
    else if (typeof owner !== 'string') addRecord(context.records, owner, type.code, ttlSec, rdata, context.placeAt(at))
  }
}

/** The rdata of one record's text, or what is wrong with it. Without an origin a relative name is wrong. */
export function parseYamlRdata(type: RecordType, text: string, origin: Uint8Array | undefined): Uint8Array | string {
  // Text that starts with a quote was copied from a master file: taken literally, it would publish the quotes.
  const isLiteral = type.code === TXT.code && !text.startsWith('"') && !text.startsWith('\\#')
  if (isLiteral) return literalText(text)
  const tokens = lexRecord(type, text)
  if (typeof tokens === 'string') return tokens
  const rdata = type.parse(tokens, origin)
  return rdata instanceof Uint8Array ? rdata : rdata.message
}

/** The words of one record, or what is wrong with the way it is written. */
export function lexRecord(type: RecordType, text: string): readonly Token[] | string {
  const lexer = openLexer(text)
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  nextEntry(lexer, entry)
  const { tokens, wrong } = entry
  if (wrong !== undefined) return `${type.name}: ${wrong.message}`
  return nextEntry(lexer, entry)
    ? `expected one ${type.name} record, found a second line: ${showToken(entry.tokens[0])}`
    : tokens
}

function literalText(text: string): Uint8Array | string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > MAX_TXT) return `TXT: expected at most ${MAX_TXT} bytes, found ${bytes.length}`
  const strings: Uint8Array[] = []
  let at = 0
  do {
    strings.push(bytes.subarray(at, at + MAX_STRING))
    at += MAX_STRING
  } while (at < bytes.length)
  return TXT.write({ strings })
}
