// The operator's own networks as a table, one prefix a line: the form for lists that programs write and that have a hundred
// thousand lines, which are read in a fraction of a second. The first line names the columns.

import { parsePrefix, withoutHostBits } from '../base/address.ts'
import { didYouMean } from '../base/suggest.ts'
import type { NetworkConfig } from './networks.ts'
import { checkCountry, checkSubdivision } from './where.ts'

const columns = ['cidr', 'name', 'country', 'subdivision', 'asn', 'lat', 'lon'] as const
type Column = (typeof columns)[number]

export interface TableMistake {
  readonly line: number
  readonly col: number
  readonly message: string
  readonly hint?: string
}

export interface NetworkTable {
  readonly networks: readonly NetworkConfig[]
  /** The line that each stands in. */
  readonly lines: readonly number[]
  readonly mistakes: readonly TableMistake[]
}

type Say = (at: number, message: string, hint?: string) => void

/** Empty lines and those that begin with # are passed over; an empty field says nothing. */
export function parseNetworkTable(text: string): NetworkTable {
  const networks: NetworkConfig[] = []
  const lines: number[] = []
  const mistakes: TableMistake[] = []
  let header: readonly Column[] | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const fields = line.split(',')
    const say: Say = (at, message, hint) => {
      const col = 1 + fields.slice(0, at).reduce((sum, field) => sum + field.length + 1, 0)
      mistakes.push({ line: i + 1, col, message, ...(hint !== undefined && { hint }) })
    }
    if (!header) {
      header = readHeader(fields, say)
      if (!header) break
      continue
    }
    const network = readRow(header, fields, say)
    if (!network) continue
    networks.push(network)
    lines.push(i + 1)
  }
  if (!header && mistakes.length === 0)
    mistakes.push({
      line: 1,
      col: 1,
      message: `expected a line with the names of the columns (${columns.join(', ')}), found none`,
    })
  return { networks, lines, mistakes }
}

function readHeader(fields: readonly string[], say: Say): Column[] | undefined {
  const names = fields.map((field) => field.trim())
  let isRight = true
  for (const [at, name] of names.entries()) {
    const isKnown = (columns as readonly string[]).includes(name)
    if (isKnown && names.indexOf(name) === at) continue
    isRight = false
    if (isKnown) say(at, `expected each column once, found "${name}" again`)
    else say(at, `expected the name of a column (${columns.join(', ')}), found "${name}"`, didYouMean(name, columns))
  }
  if (isRight && !names.includes('cidr')) {
    say(0, 'expected a column cidr, found none')
    return undefined
  }
  return isRight ? (names as Column[]) : undefined
}

function readRow(header: readonly Column[], fields: readonly string[], say: Say): NetworkConfig | undefined {
  if (fields.length !== header.length) {
    say(0, `expected ${header.length} fields, found ${fields.length}`)
    return undefined
  }
  const row: { -readonly [Key in keyof NetworkConfig]: NetworkConfig[Key] } = {}
  const position: { lat?: number; lon?: number } = {}
  let isRight = true
  const wrong: Say = (at, message, hint) => {
    isRight = false
    say(at, message, hint)
  }
  for (const [at, column] of header.entries()) {
    const text = fields[at]!.trim()
    if (text !== '') readField(row, position, column, text, (message, hint) => wrong(at, message, hint))
  }
  const { country, subdivision } = row
  if (!row.cidr && isRight) wrong(header.indexOf('cidr'), 'expected a prefix such as 192.0.2.0/24, found nothing')
  if (country !== undefined && subdivision !== undefined && !subdivision.startsWith(`${country}-`))
    wrong(header.indexOf('subdivision'), `expected a subdivision of ${country}, found "${subdivision}"`)
  const { lat, lon } = position
  if (lat !== undefined && lon !== undefined) row.at = { lat, lon }
  else if (isRight && (lat ?? lon) !== undefined)
    wrong(header.indexOf(lat === undefined ? 'lon' : 'lat'), 'expected both lat and lon, found one of them')
  return isRight ? row : undefined
}

function readField(
  row: { -readonly [Key in keyof NetworkConfig]: NetworkConfig[Key] },
  position: { lat?: number; lon?: number },
  column: Column,
  text: string,
  wrong: (message: string, hint?: string) => void,
): void {
  switch (column) {
    case 'cidr': {
      const prefix = parsePrefix(text)
      if (prefix) row.cidr = prefix
      else {
        const meant = withoutHostBits(text)
        const hint = meant === undefined ? undefined : `did you mean "${meant}"?`
        wrong(`expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "${text}"`, hint)
      }
      return
    }
    case 'name':
      if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(text)) row.name = text
      else wrong(`expected a name of letters, digits, "-", "_" and ".", at most 63, found "${text}"`)
      return
    case 'country':
    case 'subdivision': {
      const mistake = column === 'country' ? checkCountry(text) : checkSubdivision(text)
      if (mistake) wrong(mistake.message, mistake.hint)
      else row[column] = text
      return
    }
    case 'asn':
      if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 0xffffffff) row.asn = Number(text)
      else wrong(`expected the number of an autonomous system, 1 to 4294967295, found "${text}"`)
      return
    case 'lat':
    case 'lon': {
      const limit = column === 'lat' ? 90 : 180
      if (/^-?\d+(\.\d+)?$/.test(text) && Math.abs(Number(text)) <= limit) position[column] = Number(text)
      else wrong(`expected degrees from -${limit} to ${limit}, found "${text}"`)
    }
  }
}
