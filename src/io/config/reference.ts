// docs/reference.md, printed from the schemas: a row for each key, nested ones dotted. What refers to itself (a steering tree)
// has a section of its own, to which the rows link.

import type { z } from 'zod'
import { joinWords } from './expectation.ts'
import { type JsonSchema, splitDefault, toJsonSchema } from './json-schema.ts'

export interface ReferenceSection {
  readonly title: string
  readonly intro: string
  readonly schema: z.ZodType
}

interface Row {
  readonly key: string
  readonly type: string
  readonly fallback: string
  readonly description: string
}

/** Sections already printed for definitions, by their heading: two files that share one need it once. */
type Shared = Map<string, string>

export function printReference(sections: readonly ReferenceSection[]): string {
  const shared: Shared = new Map()
  const printed = sections.map(({ title, intro, schema }) =>
    printSection(title, intro, toJsonSchema(schema, 'draft-2020-12'), shared),
  )
  return `${[...printed, ...shared.values()].join('\n\n')}\n`
}

function printSection(title: string, intro: string, json: JsonSchema, shared: Shared): string {
  const book = openBook(title, json.$defs ?? {})
  for (const [name, definition] of book.sections) {
    if (!shared.has(name)) shared.set(name, printDefinition(name, definition, book))
  }
  return joinParts([`## ${title}`, intro, printTable(rowsInside('', json, book))])
}

type Definitions = Readonly<Record<string, JsonSchema>>

/** What the definitions of a schema are called, and what is printed of them. */
interface Book {
  nameOf(ref: string): string
  readonly sections: ReadonlyMap<string, JsonSchema>
}

// zod makes up a name, such as __schema0, for what has none. Where a named definition only points at one of those (its schema was
// described anew), they are one.
function openBook(title: string, definitions: Definitions): Book {
  const idOf = (ref: string): string => ref.replace(/^#\/\$defs\//, '')
  const isMadeUp = (id: string): boolean => id.startsWith('__')
  const names = new Map(Object.keys(definitions).map((id, i) => [id, isMadeUp(id) ? `shape ${i + 1} of ${title}` : id]))
  const sections = new Map<string, JsonSchema>()
  for (const [id, { $ref, ...own }] of Object.entries(definitions)) {
    const target = $ref === undefined ? undefined : definitions[idOf($ref)]
    if (isMadeUp(id) || !target || !isMadeUp(idOf($ref!))) continue
    names.set(idOf($ref!), id)
    sections.set(id, { ...target, ...own })
  }
  for (const [id, definition] of Object.entries(definitions)) {
    const name = names.get(id)!
    if (!sections.has(name)) sections.set(name, definition)
  }
  return { nameOf: (ref) => names.get(idOf(ref)) ?? title, sections }
}

function printDefinition(name: string, definition: JsonSchema, book: Book): string {
  const description = definition.description ? `${sentence(definition.description)} ` : ''
  return joinParts([
    `## ${name}`,
    `${description}Type: ${printType(definition, book)}.`,
    printTable(rowsInside('', definition, book)),
  ])
}

function joinParts(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function printTable(rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const lines = rows.map(
    ({ key, type, fallback, description }) =>
      `| \`${key}\` | ${[type, fallback, description].map(escape).join(' | ')} |`,
  )
  return ['| key | type | default | description |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

/** Text as Markdown shows it in a table; what stands in backticks or is a link is left alone. */
function escape(cell: string): string {
  const [line, bar] = [cell.replace(/\s*\n\s*/g, ' '), '\\|']
  const parts = line.split(/(`[^`]*`)/)
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(/[*<]/g, '\\$&')).replaceAll('|', bar)).join('')
}

// ── rows ──

/** Rows for what is inside a schema: its keys, those of its items, those of each alternative. */
function rowsInside(prefix: string, json: JsonSchema, book: Book): Row[] {
  if (json.$ref !== undefined) return []
  const alternatives = json.anyOf ?? json.oneOf ?? []
  const maps = alternatives.filter((one) => one.properties)
  const rows = alternatives.flatMap((one) => rowsInside(prefix, one, book))
  // A key that one alternative must have is not one that the map must have.
  const needed = maps
    .flatMap((one) => one.required ?? [])
    .filter((key) => !maps.every((one) => one.required?.includes(key)))
  const soft = new Set(needed.map((key) => joinPath(prefix, key)))
  for (const [i, row] of rows.entries()) if (soft.has(row.key)) rows[i] = { ...row, fallback: '' }
  for (const [key, property] of Object.entries(json.properties ?? {})) {
    rows.push(...rowsFor(joinPath(prefix, key), property as JsonSchema, printNeed(json, key), book))
  }
  if (typeof json.additionalProperties === 'object') {
    rows.push(...rowsFor(joinPath(prefix, '<name>'), json.additionalProperties, '', book))
  }
  if (typeof json.items === 'object' && !Array.isArray(json.items))
    rows.push(...rowsInside(`${prefix}[]`, json.items, book))
  return uniqueRows(rows)
}

function joinPath(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`
}

/** `required`, or `required, or …` for a key that another may stand in for; empty where it can be left out. */
function printNeed(json: JsonSchema, key: string): string {
  if (json.required?.includes(key)) return 'required'
  for (const { anyOf = [] } of json.allOf ?? []) {
    const keys = anyOf.flatMap((one) => one.required ?? [])
    if (keys[0] === key) return `required, or \`${keys.slice(1).join('`, `')}\``
  }
  return ''
}

function rowsFor(key: string, json: JsonSchema, need: string, book: Book): Row[] {
  const inside = rowsInside(key, json, book)
  const written = json.description ?? innerDescription(json)
  const { text, fallback } = splitDefault(written ?? '')
  // A map that only holds its keys together speaks through them.
  if (inside.length > 0 && text === '' && need === '' && json.type === 'object') return inside
  const shown = fallback ?? (need === '' ? printDefault(json.default) : need)
  return [{ key, type: printType(json, book), fallback: shown, description: text }, ...inside]
}

function innerDescription(json: JsonSchema): string | undefined {
  const inner = [...(json.anyOf ?? json.oneOf ?? []), json.items as JsonSchema | undefined]
  return inner.find((one) => one?.description !== undefined && one.title === undefined)?.description
}

function printDefault(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function uniqueRows(rows: readonly Row[]): Row[] {
  const seen = new Set<string>()
  return rows.filter(({ key, type, description }) => {
    const text = JSON.stringify([key, type, description])
    return !seen.has(text) && seen.add(text)
  })
}

// ── types ──

function printType(json: JsonSchema, book: Book): string {
  const types = [...new Set(typesOf(json, book))]
  return types.length === 0 ? 'anything' : joinWords(types, 'or')
}

function typesOf(json: JsonSchema, book: Book): string[] {
  if (json.$ref !== undefined) return [link(book.nameOf(json.$ref))]
  const alternatives = json.anyOf ?? json.oneOf
  if (alternatives && json.type === undefined) return mergeMaps(alternatives.flatMap((one) => typesOf(one, book)))
  if (json.title !== undefined) return [json.title]
  if (json.const !== undefined) return [`\`${String(json.const)}\``]
  if (json.enum) return json.enum.map((value) => `\`${String(value)}\``)
  return [json.type ?? []].flat().map((type) => printPlain(type, json, book))
}

function link(name: string): string {
  return `[${name}](#${name
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')})`
}

/** `a map with a`, `a map with b` → `a map with a or b` */
function mergeMaps(types: readonly string[]): string[] {
  const keys = types.filter((type) => type.startsWith(MAP_WITH)).map((type) => type.slice(MAP_WITH.length))
  const others = types.filter((type) => !type.startsWith(MAP_WITH))
  return keys.length === 0 ? [...others] : [...others, MAP_WITH + joinWords([...new Set(keys)], 'or')]
}

const MAP_WITH = 'a map with '

function printPlain(type: string, json: JsonSchema, book: Book): string {
  switch (type) {
    case 'string':
      return 'text'
    case 'boolean':
      return 'true or false'
    case 'integer':
      return `whole number${printRange(json)}`
    case 'number':
      return `number${printRange(json)}`
    case 'array':
      return typeof json.items === 'object' ? `list of ${printItem(json.items as JsonSchema, book)}` : 'list'
    case 'object':
      return json.required?.length && !json.additionalProperties
        ? MAP_WITH +
            joinWords(
              json.required.map((key) => `\`${key}\``),
              'and',
            )
        : 'map'
    case 'null':
      return 'nothing'
    default:
      return type
  }
}

function printItem(json: JsonSchema, book: Book): string {
  const types = typesOf(json, book).map((type) => (type.startsWith(MAP_WITH) ? 'maps' : plural(type)))
  return joinWords([...new Set(types)], 'or')
}

function plural(type: string): string {
  return type
    .replace(/^(?:whole number|number|name|duration|map|list|text)(?= |$)/, '$&s')
    .replace(/^IP address$/, '$&es')
}

// The bounds that JavaScript itself has are nobody's limits.
function printRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const isLimit = (bound: unknown): bound is number =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const low = isLimit(minimum) ? `from ${minimum}` : isLimit(exclusiveMinimum) ? `above ${exclusiveMinimum}` : ''
  const high = isLimit(maximum) ? `to ${maximum}` : isLimit(exclusiveMaximum) ? `below ${exclusiveMaximum}` : ''
  return [low, high]
    .filter((part) => part !== '')
    .map((part) => ` ${part}`)
    .join('')
}
