// Which member of a union a value was meant for, when none took it. zod lists what each member found wrong; the one that the
// operator had in mind is the one whose type, keys and depth fit best, and only its complaints are worth reading.

import type { z } from 'zod'
import { choicesOf } from './expectation.ts'
import { isObjectSchema, keysOf, type ObjectSchema, openMeanings, type Schema } from './meaning.ts'

export type Issue = z.core.$ZodIssue

export interface Alternative {
  readonly issues: readonly Issue[]
  /** Unknown where the union has a message of its own, which hides its schema from us. */
  readonly schema: Schema | undefined
}

/** The members of a union, with those of unions inside it in their place. `unionOf` finds the schema that raised an issue. */
export function openAlternatives(issue: Issue, unionOf: (issue: Issue) => Schema | undefined): Alternative[] {
  if (issue.code !== 'invalid_union') return []
  const union = unionOf(issue) as z.core.$ZodUnion | undefined
  return issue.errors.flatMap((issues, i) => {
    const [only] = issues
    const isUnion =
      issues.length === 1 && only?.code === 'invalid_union' && only.path.length === 0 && only.errors.length > 0
    return isUnion ? openAlternatives(only, unionOf) : [{ issues, schema: union?._zod.def.options[i] }]
  })
}

/** Whether the value is of the member's type, whatever else is wrong with it. */
export function fitsType({ issues }: Alternative, value: unknown): boolean {
  return !issues.some((issue) => {
    if (issue.path.length > 0) return false
    if (issue.code === 'invalid_value') return !issue.values.some((choice) => typeof choice === typeof value)
    return issue.code === 'invalid_type'
  })
}

/** The one that fits the list or map best. */
export function pickAlternative(alternatives: readonly Alternative[], value: object): Alternative {
  const ranked = alternatives.map((alternative) => ({ alternative, rank: rankOf(alternative, value) }))
  ranked.sort((a, b) => {
    const differs = a.rank.findIndex((part, i) => part !== b.rank[i])
    return differs < 0 ? 0 : b.rank[differs]! - a.rank[differs]!
  })
  return ranked[0]!.alternative
}

// Most telling first, larger is better: keys known, keys unknown, constants that differ (`kind: …`), keys missing, how far down
// the first mistake is, how many there are.
function rankOf({ issues, schema }: Alternative, value: object): number[] {
  const shape = schema && shapeOf(schema)
  const keys = Array.isArray(value) ? [] : Object.keys(value)
  const known = shape ? keys.filter((key) => Object.hasOwn(shape._zod.def.shape, key)).length : keys.length
  const others = issues.filter(
    ({ code, path }) => code === 'invalid_value' && path.length === 1 && hasPath(value, path),
  ).length
  const missing = issues.filter(({ path }) => path.length === 1 && !hasPath(value, path)).length
  return [known, known - keys.length, -others, -missing, Math.min(...issues.map(depthOf)), -issues.length]
}

function hasPath(value: object, path: readonly PropertyKey[]): boolean {
  return Object.hasOwn(value, path[0]!)
}

function depthOf(issue: Issue): number {
  const inner = issue.code === 'invalid_union' ? issue.errors.map((issues) => Math.min(...issues.map(depthOf))) : []
  return issue.path.length + Math.max(0, ...inner)
}

/** The object schema behind the wrappers, if it is one. */
export function shapeOf(schema: Schema): ObjectSchema | undefined {
  const meanings = openMeanings().of(schema)
  const [only] = meanings
  return meanings.length === 1 && only && isObjectSchema(only) ? only : undefined
}

/** Alternatives of which each has one key of its own that says which it is: `{failover: …} | {weighted: …}`. */
export interface OneOf {
  /** The telling keys, in the order of `shapes`. */
  readonly names: readonly string[]
  /** Keys that all have. */
  readonly common: readonly string[]
}

export function findOneOf(shapes: readonly ObjectSchema[]): OneOf | undefined {
  if (shapes.length < 2) return undefined
  const common = keysOf(shapes[0]!).filter((key) => shapes.every((shape) => Object.hasOwn(shape._zod.def.shape, key)))
  const names: string[] = []
  for (const shape of shapes) {
    // A constant that all have (`kind: …`) tells them apart better than any key.
    if (common.some((key) => choicesOf(shape._zod.def.shape[key]!).length === 1)) return undefined
    const own = keysOf(shape).filter(
      (key) => !common.includes(key) && shape._zod.def.shape[key]!._zod.optin === undefined,
    )
    if (own.length !== 1 || names.includes(own[0]!)) return undefined
    names.push(own[0]!)
  }
  return { names, common }
}
