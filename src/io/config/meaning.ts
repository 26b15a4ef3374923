// Looking inside zod schemas: what a value at some place could be meant for. Wrappers (optional, default, lazy, the input side
// of a pipe, the members of unions and intersections) are opened; what remains are the schemas that look at the value itself.

import { z } from 'zod'

export type Schema = z.core.$ZodType
export type ObjectSchema = z.core.$ZodObject

/** Finds meanings, each schema's once: a large document asks the same schemas again and again. */
export interface Meanings {
  of(schema: Schema): readonly Schema[]
  /** Those of a key or item of a value that any of `schemas` could mean. */
  within(schemas: readonly Schema[], step: string | number): readonly Schema[]
}

export function openMeanings(): Meanings {
  const known = new Map<Schema, readonly Schema[]>()
  const of = (schema: Schema): readonly Schema[] => {
    let found = known.get(schema)
    if (!found) known.set(schema, (found = [...collect(schema, new Set())]))
    return found
  }
  const within = (schemas: readonly Schema[], step: string | number): readonly Schema[] => {
    const inner = schemas.map((schema) => inside(schema, step)).filter((schema) => schema !== undefined)
    return inner.length === 1 ? of(inner[0]!) : [...new Set(inner.flatMap(of))]
  }
  return { of, within }
}

function collect(schema: Schema, seen: Set<Schema>, found = new Set<Schema>()): Set<Schema> {
  if (seen.has(schema)) return found
  seen.add(schema)
  const opened = open(schema)
  if (opened.length === 0) found.add(schema)
  for (const inner of opened) collect(inner, seen, found)
  return found
}

function open(schema: Schema): readonly Schema[] {
  const inner = unwrap(schema)
  if (inner) return [inner]
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'union') return def.options
  return def.type === 'intersection' ? [def.left, def.right] : []
}

/** One wrapper less, or undefined where there is none. */
export function unwrap(schema: Schema): Schema | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return def.innerType
    case 'lazy':
      return (schema as z.core.$ZodLazy)._zod.innerType
    case 'pipe': // z.preprocess() is a pipe that begins with the function
      return (def.in as z.core.$ZodTypes)._zod.def.type === 'transform' ? def.out : def.in
    default:
      return undefined
  }
}

/** The schema of one key or item of the value that `schema` describes. */
export function inside(schema: Schema, step: string | number): Schema | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, step) ? def.shape[step] : def.catchall
    case 'record':
      return def.valueType
    case 'array':
      return def.element
    case 'tuple':
      return typeof step === 'number' ? (def.items[step] ?? def.rest ?? undefined) : undefined
    default:
      return undefined
  }
}

export function isObjectSchema(schema: Schema): schema is ObjectSchema {
  return schema._zod.def.type === 'object'
}

/** Keys that an object schema knows. */
export function keysOf(schema: ObjectSchema): string[] {
  return Object.keys(schema._zod.def.shape)
}

/** `.meta({ secret: true })` on the schema or on anything it wraps. */
export function isSecret(schema: Schema): boolean {
  for (let at: Schema | undefined = schema; at; at = unwrap(at))
    if (z.globalRegistry.get(at)?.['secret'] === true) return true
  return false
}
