// What a schema expects, in plain words: "a whole number from 0 to 10", "one of open, closed", "a list".

import type { z } from 'zod'
import { unwrap, type Schema } from './meaning.ts'

/** The second half of "expected …". */
export function printExpectation(schema: Schema): string {
  const inner = unwrap(schema)
  if (inner) return printExpectation(inner)
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'string':
      return printText(schema)
    case 'number':
      return printNumber(schema)
    case 'boolean':
      return 'true or false'
    case 'null':
    case 'undefined':
    case 'void':
      return 'nothing'
    case 'enum':
    case 'literal':
      return printChoice(choicesOf(schema))
    case 'array':
      return printSize('a list', 'item', limitsOf(schema))
    case 'tuple':
      return `a list of ${count(def.items.length, 'item')}`
    case 'object':
    case 'record':
      return 'a map'
    case 'union':
      return joinWords([...new Set(def.options.map(printExpectation))], 'or')
    case 'intersection':
      return printExpectation(def.left)
    default:
      return 'another value'
  }
}

/** The values of an enum or literal schema; none for others. */
export function choicesOf(schema: Schema): string[] {
  const values = (schema as z.core.$ZodTypes)._zod.values
  return values ? [...values].map((value) => String(value)) : []
}

export function printChoice(choices: readonly string[]): string {
  return choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`
}

/** `a`, `a or b`, `a, b or c`. */
export function joinWords(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

interface Limits {
  least?: number
  most?: number
  /** The limit itself is not allowed. */
  isAbove?: boolean
  isBelow?: boolean
  isWhole: boolean
  multipleOf?: number
  format?: string
  pattern?: RegExp
}

function limitsOf(schema: Schema): Limits {
  const def = schema._zod.def as z.core.$ZodNumberDef & { format?: string; pattern?: RegExp }
  const limits: Limits = { isWhole: def.format?.includes('int') === true }
  if (def.format !== undefined) limits.format = def.format
  if (def.pattern !== undefined) limits.pattern = def.pattern
  for (const check of (def.checks ?? []) as z.core.$ZodChecks[]) takeCheck(limits, check._zod.def)
  return limits
}

function takeCheck(limits: Limits, def: z.core.$ZodChecks['_zod']['def']): void {
  switch (def.check) {
    case 'greater_than':
      limits.least = Number(def.value)
      limits.isAbove = !def.inclusive
      break
    case 'less_than':
      limits.most = Number(def.value)
      limits.isBelow = !def.inclusive
      break
    case 'min_length':
      limits.least = def.minimum
      break
    case 'max_length':
      limits.most = def.maximum
      break
    case 'length_equals':
      limits.least = limits.most = def.length
      break
    case 'number_format':
      limits.isWhole ||= def.format.includes('int')
      break
    case 'multiple_of':
      limits.multipleOf = Number(def.value)
      break
    case 'string_format':
      limits.format = def.format
      if (def.pattern) limits.pattern = def.pattern
      break
    default: // checks that say themselves what is wrong
  }
}

function printNumber(schema: Schema): string {
  const limits = limitsOf(schema)
  const { least, most, isWhole, multipleOf } = limits
  const from = least !== undefined && limits.isAbove && isWhole ? least + 1 : least
  const to = most !== undefined && limits.isBelow && isWhole ? most - 1 : most
  const kind = multipleOf === undefined ? (isWhole ? 'a whole number' : 'a number') : `a multiple of ${multipleOf}`
  const isAbove = limits.isAbove === true && !isWhole
  const isBelow = limits.isBelow === true && !isWhole
  if (from !== undefined && to !== undefined && !isAbove && !isBelow) return `${kind} from ${from} to ${to}`
  const low = from === undefined ? [] : [isAbove ? `above ${from}` : `of at least ${from}`]
  const high = to === undefined ? [] : [isBelow ? `below ${to}` : `of at most ${to}`]
  return [kind, [...low, ...high].join(' and ')].join(' ').trimEnd()
}

const formats: Readonly<Record<string, string>> = {
  url: 'a URL',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'an IPv4 prefix such as 192.0.2.0/24',
  cidrv6: 'an IPv6 prefix such as 2001:db8::/32',
  base64: 'text in base64',
  hex: 'text of hexadecimal digits',
  hostname: 'a host name',
  date: 'a date such as 2026-01-31',
  datetime: 'a time such as 2026-01-31T12:00:00Z',
}

function printText(schema: Schema): string {
  const limits = limitsOf(schema)
  const known = limits.format === undefined ? undefined : formats[limits.format]
  if (known !== undefined) return known
  return limits.pattern ? `text of the form ${limits.pattern.source}` : printSize('text', 'character', limits)
}

function printSize(what: string, unit: string, { least, most }: Limits): string {
  if (least !== undefined && most !== undefined) {
    return `${what} of ${least === most ? '' : `${least} to `}${count(most, unit)}`
  }
  if (least !== undefined) return `${what} of at least ${count(least, unit)}`
  return most === undefined ? what : `${what} of at most ${count(most, unit)}`
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`
}
