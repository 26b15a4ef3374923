// One issue of zod's → the mistakes it stands for, each with its path and the words an operator needs.

import type { z } from 'zod'
import { printFound } from '../../core/base/found.ts'
import { suggest } from '../../core/base/suggest.ts'
import {
  type Alternative,
  findOneOf,
  fitsType,
  type Issue,
  type OneOf,
  openAlternatives,
  pickAlternative,
  shapeOf,
} from './alternatives.ts'
import { choicesOf, joinWords, printChoice } from './expectation.ts'
import { inside, isObjectSchema, keysOf, type Meanings, type Schema } from './meaning.ts'
import { explainMismatch, hintFor, type Wish, wishOf, type Words } from './wish.ts'
import type { Path } from './yaml.ts'

export interface Mistake {
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly message: string
  readonly hint?: string | undefined
  /** The key that is missing in the map at `path`. */
  readonly missing?: string
  /** The key that the last of `path` was probably meant to be. */
  readonly meant?: string | undefined
}

export interface Reading {
  readonly data: unknown
  readonly root: Schema
  readonly meanings: Meanings
  /** zod's own view of an issue, with the schema that raised it; undefined where that schema has its own message. */
  rawOf(issue: Issue): z.core.$ZodRawIssue | undefined
  /** What is wrong with a value by itself. */
  issuesOf(schema: Schema, value: unknown): readonly Issue[]
}

/** What `issues` stand for; `base` is the path of the union that they were found inside. */
export function explainEach(reading: Reading, issues: readonly Issue[], base: Path): Mistake[] {
  // zod measures whatever has a length: of a text where a list should be, it also says that it is too long for a list.
  const misfits = new Set(issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path)))
  const isIdle = ({ code, path }: Issue): boolean =>
    (code === 'too_small' || code === 'too_big') && misfits.has(JSON.stringify(path))
  return issues.filter((issue) => !isIdle(issue)).flatMap((issue) => explain(reading, issue, base))
}

function explain(reading: Reading, issue: Issue, base: Path): Mistake[] {
  const path = [...base, ...(issue.path as (string | number)[])]
  const value = valueAt(reading.data, path)
  if (issue.code === 'custom') return [explainCustom(issue, path)]
  if (issue.code === 'unrecognized_keys') return explainUnknown(reading, issue, path)
  if (issue.code === 'invalid_key') return [explainKey(reading, issue, path)]
  const last = path.at(-1)
  if (value === undefined && typeof last === 'string') {
    return [{ path: path.slice(0, -1), at: 'key', message: `missing key "${last}"`, missing: last }]
  }
  if (issue.code === 'invalid_union') return explainUnion(reading, issue, path, value)
  return [{ path, at: 'value', ...explainMismatch(issue, reading.rawOf(issue), value) }]
}

export function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

function explainCustom(issue: z.core.$ZodIssueCustom, path: Path): Mistake {
  const { hint, at } = (issue.params ?? {}) as { hint?: string; at?: 'key' }
  return { path, at: at ?? 'value', message: issue.message, hint }
}

// ── keys ──

function explainKey(reading: Reading, issue: z.core.$ZodIssueInvalidKey, path: Path): Mistake {
  const inner = issue.issues[0]
  const key = String(path.at(-1))
  if (!inner) return { path, at: 'key', message: `expected another key, found "${key}"` }
  if (inner.code === 'custom') return { ...explainCustom(inner, path), at: 'key' }
  return { path, at: 'key', ...explainMismatch(inner, reading.rawOf(inner), key) }
}

function explainUnknown(reading: Reading, issue: z.core.$ZodIssueUnrecognizedKeys, path: Path): Mistake[] {
  const map = valueAt(reading.data, path) ?? {}
  const schema = reading.rawOf(issue)?.inst as Schema | undefined
  const siblings = path
    .reduce<readonly Schema[]>(reading.meanings.within, reading.meanings.of(reading.root))
    .filter(isObjectSchema)
  const oneOf = findOneOf(siblings)
  if (oneOf && schema && isObjectSchema(schema) && siblings.includes(schema)) {
    const known = new Set([...keysOf(schema), ...oneOf.common])
    const mistakes = explainOneOfKeys(path, map, issue.keys, oneOf, known)
    // zod has looked only into the alternative that it thought was meant.
    for (const [i, name] of oneOf.names.entries()) {
      if (!issue.keys.includes(name)) continue
      const inner = reading.issuesOf(inside(siblings[i]!, name)!, valueAt(map, [name]))
      mistakes.push(...explainEach(reading, inner, [...path, name]))
    }
    return mistakes
  }
  const known = schema ? keysKnownTo(schema) : siblings.flatMap(keysOf)
  return issue.keys.map((key) => unknownKey(path, map, key, known))
}

function keysKnownTo(schema: Schema): string[] {
  if (isObjectSchema(schema)) return keysOf(schema)
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'record' ? choicesOf(def.keyType) : []
}

const MOST_LISTED = 12

function unknownKey(path: Path, map: object, key: string, known: readonly string[]): Mistake {
  const meant = suggestKey(key, known, map)
  const all = known.length > 0 && known.length <= MOST_LISTED ? `known here: ${known.join(', ')}` : undefined
  const hint = meant === undefined ? all : `did you mean "${meant}"?`
  return { path: [...path, key], at: 'key', message: `unknown key "${key}"`, hint, meant }
}

// A key that is not there yet is the likelier one.
function suggestKey(key: string, known: readonly string[], map: object): string | undefined {
  const absent = known.filter((name) => !Object.hasOwn(map, name))
  return suggest(key, absent) ?? suggest(key, known)
}

/** Mistakes in the keys of a map that should have exactly one of some; `unknown` are those that the best alternative refused. */
function explainOneOfKeys(
  path: Path,
  map: object,
  unknown: readonly string[],
  oneOf: OneOf,
  known: ReadonlySet<string>,
): Mistake[] {
  const present = Object.keys(map).filter((key) => oneOf.names.includes(key))
  const mistakes: Mistake[] = []
  if (present.length > 1) {
    const found = joinWords(
      present.map((name) => `"${name}"`),
      'and',
    )
    const message = `expected exactly one of ${oneOf.names.join(', ')}, found ${found}`
    mistakes.push({ path: [...path, present[1]!], at: 'key', message })
  }
  const only = present.length === 1 && known.size === 1 ? present[0] : undefined
  for (const key of unknown) {
    if (oneOf.names.includes(key)) continue
    const meant = suggestKey(key, [...known], map)
    if (present.length > 0) {
      if (only === undefined) mistakes.push(unknownKey(path, map, key, [...known]))
      else
        mistakes.push({
          path: [...path, key],
          at: 'key',
          message: `expected no other key beside "${only}", found "${key}"`,
        })
      continue
    }
    const hint = meant === undefined ? undefined : `did you mean "${meant}"?`
    mistakes.push({
      path: [...path, key],
      at: 'key',
      message: `expected ${printChoice(oneOf.names)}, found "${key}"`,
      hint,
      meant,
    })
  }
  return mistakes
}

// ── unions ──

function explainUnion(reading: Reading, issue: z.core.$ZodIssueInvalidUnion, path: Path, value: unknown): Mistake[] {
  if (issue.discriminator !== undefined && 'options' in issue && issue.options) {
    const choices = issue.options.map(String)
    return [
      {
        path,
        at: 'value',
        message: `expected ${printChoice(choices)}, found ${printFound(value)}`,
        hint: hintFor(value, choices, false),
      },
    ]
  }
  const alternatives = openAlternatives(issue, (inner) => reading.rawOf(inner)?.inst as Schema | undefined)
  const fitting = alternatives.filter((alternative) => fitsType(alternative, value))
  if (fitting.length === 0) return [{ path, at: 'value', ...explainMisfit(reading, issue, alternatives, value) }]
  const explainAll: ExplainAll = (issues) => explainEach(reading, issues, path)
  if (typeof value !== 'object' || value === null) {
    // Of a word that is none of the right ones nobody knows whether it was meant to be a word at all.
    const isChoice = fitting.every(({ issues }) => issues[0]!.code === 'invalid_value')
    if (isChoice) return [{ path, at: 'value', ...explainMisfit(reading, issue, alternatives, value) }]
    return fitting.length === 1
      ? explainAll(fitting[0]!.issues)
      : explainScalar(reading, fitting, path, value, explainAll)
  }
  return explainOneOf(fitting, path, value, explainAll) ?? explainAll(pickAlternative(fitting, value).issues)
}

type ExplainAll = (issues: readonly Issue[]) => Mistake[]

/** The value is of none of the types wanted, or a word that is none of those wanted. */
function explainMisfit(reading: Reading, issue: Issue, alternatives: readonly Alternative[], value: unknown): Words {
  const wishes = alternatives.map(({ issues, schema }) => {
    const root = issues.find((inner) => inner.path.length === 0) ?? issues[0]!
    const wish = wishOf(root, reading.rawOf(root))
    return schema && shapeOf(schema) ? { ...wish, wants: 'a map' } : wish
  })
  const own = reading.rawOf(issue) ? undefined : wishOf(issue, reading.rawOf(issue))
  if (own && own.wants === undefined) return { message: issue.message }
  const oneOf = findOneOf(alternatives.flatMap(({ schema }) => (schema && shapeOf(schema)) ?? []))
  const words = new Set(
    wishes.flatMap(({ wants, choices }) => {
      if (choices.length > 0 || wants === undefined) return choices
      return wants === 'a map' && oneOf ? `a map with one of ${oneOf.names.join(', ')}` : wants
    }),
  )
  const wants = own?.wants ?? joinAlternatives(words, wishes)
  const choices = wishes.flatMap((wish) => wish.choices)
  const way = own?.way ?? wishes.find((wish) => wish.way !== undefined)?.way
  const hint = way ?? hintFor(value, choices, words.has('text'))
  return { message: `expected ${wants}, found ${printFound(value)}`, hint }
}

/** Several alternatives take such a scalar, but not this one. */
function explainScalar(
  reading: Reading,
  fitting: readonly Alternative[],
  path: Path,
  value: unknown,
  explainAll: ExplainAll,
): Mistake[] {
  const wishes = fitting.map(({ issues }) => wishOf(issues[0]!, reading.rawOf(issues[0]!)))
  // A message in its own words knows more about the value than "expected this or that".
  const telling = wishes.findIndex(({ wants }) => wants === undefined)
  if (telling >= 0) return explainAll(fitting[telling]!.issues)
  const choices = wishes.flatMap((wish) => wish.choices)
  const words = wishes.flatMap((wish) => (wish.choices.length > 0 ? wish.choices : [wish.wants!]))
  const wants = joinAlternatives(new Set(words), wishes)
  const hint = hintFor(value, choices, false) ?? wishes.find(({ way }) => way !== undefined)?.way
  return [{ path, at: 'value', message: `expected ${wants}, found ${printFound(value)}`, hint }]
}

function joinAlternatives(words: ReadonlySet<string>, wishes: readonly Wish[]): string {
  return wishes.every(({ choices }) => choices.length > 0) ? printChoice([...words]) : joinWords([...words], 'or')
}

function explainOneOf(
  fitting: readonly Alternative[],
  path: Path,
  map: object,
  explainAll: ExplainAll,
): Mistake[] | undefined {
  const shapes = fitting.map(({ schema }) => schema && shapeOf(schema))
  if (shapes.includes(undefined)) return undefined
  const oneOf = findOneOf(shapes as NonNullable<(typeof shapes)[number]>[])
  if (!oneOf) return undefined
  const present = oneOf.names.filter((name) => Object.hasOwn(map, name))
  const chosen = present.length > 0 ? present : [oneOf.names[0]!]
  const known = new Set([...oneOf.common, ...(present.length > 0 ? [] : oneOf.names)])
  for (const name of present) for (const key of keysOf(shapes[oneOf.names.indexOf(name)]!)) known.add(key)
  const unknown = Object.keys(map).filter((key) => !known.has(key))
  const mistakes = explainOneOfKeys(path, map, unknown, oneOf, known)
  if (present.length === 0 && unknown.length === 0) {
    mistakes.push({ path, at: 'key', message: `missing key: ${printChoice(oneOf.names)}` })
  }
  // What else is wrong in the parts that are there; the keys themselves have been dealt with.
  for (const name of chosen) {
    const { issues } = fitting[oneOf.names.indexOf(name)]!
    const rest = issues.filter((inner) => {
      const key = String(inner.path[0])
      return inner.path.length > 0 && (oneOf.common.includes(key) || (present.length > 0 && known.has(key)))
    })
    mistakes.push(...explainAll(rest))
  }
  return mistakes
}
