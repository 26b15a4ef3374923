// What is left of a document once its mistakes are cut out, so that one run also finds the mistakes that no schema can see
// (an unknown pool, a CNAME beside other data). Never served: a document with a mistake keeps the old data in service.

import type { z } from 'zod'

type Path = readonly PropertyKey[]

const MAX_ROUNDS = 50

/** The value of the largest part that passes the schema; undefined where nothing does. Places in arrays do not shift. */
export function salvage<Value>(data: unknown, schema: z.ZodType<Value>): Value | undefined {
  const copy = structuredClone(data)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = schema.safeParse(copy)
    if (result.success) return result.data
    for (const issue of result.error.issues) if (!cutIssue(copy, issue)) return undefined
  }
  return undefined
}

function cutIssue(data: unknown, issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => cut(data, [...issue.path, key])).every(Boolean)
  if (issue.code === 'invalid_key') return cut(data, issue.path)
  return cut(data, issue.path)
}

/** Removes what stands at a path; where that is missing or one of a list, what holds it. False at the root. */
function cut(data: unknown, path: Path): boolean {
  if (path.length === 0) return false
  const above = path.slice(0, -1)
  const holder = above.reduce<unknown>(
    (value, step) => (isMap(value) || Array.isArray(value) ? (value as never)[step] : undefined),
    data,
  )
  const key = path.at(-1)!
  if (!isMap(holder) || !(key in holder)) return cut(data, above)
  Reflect.deleteProperty(holder, key)
  return true
}

function isMap(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
