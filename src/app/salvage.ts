// What is left of a document once its mistakes are cut out, so that one run also finds the mistakes that no schema can see
// (an unknown pool, a CNAME beside other data). Never served: a document with a mistake keeps the old data in service.
// Surprising: items cut out of a list shift those behind them, so paths in what is left have to be translated back.

import type { z } from 'zod'

export type Path = readonly (string | number)[]

export interface Salvaged<Value> {
  readonly value: Value
  /** What was cut out, as paths of the document. */
  readonly cuts: readonly Path[]
  /** A path in `value` → the same in the document. */
  original(path: Path): Path
}

type Issue = z.core.$ZodIssue

/** A copy to cut from. The items of its lists know their places in the document. */
interface Remains {
  readonly data: unknown
  readonly places: WeakMap<readonly unknown[], number[]>
  readonly cuts: Path[]
}

const MAX_ROUNDS = 50

/** The value of the largest part that passes the schema; undefined where nothing does. */
export function salvage<Value>(data: unknown, schema: z.ZodType<Value>): Salvaged<Value> | undefined {
  const places: Remains['places'] = new WeakMap()
  const remains: Remains = { data: copy(data, places), places, cuts: [] }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = schema.safeParse(remains.data)
    if (result.success) return { value: result.data, cuts: remains.cuts, original: (path) => originalOf(remains, path) }
    const wrong = result.error.issues.flatMap((issue) => pathsOf(issue, []))
    // All of them first: cutting the first would shift the others.
    for (const path of wrong.map((each) => originalOf(remains, each))) if (!cut(remains, path)) return undefined
  }
  return undefined
}

function copy(value: unknown, places: Remains['places']): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => copy(item, places))
    places.set(items, [...items.keys()])
    return items
  }
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, places)]))
}

/** Where to cut for an issue: of a union, where its likeliest member says. */
function pathsOf(issue: Issue, base: Path): Path[] {
  const path = [...base, ...(issue.path as Path)]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key])
  if (issue.code !== 'invalid_union') return [path]
  const depthOf = (issues: readonly Issue[]): number =>
    Math.min(...issues.map(({ code, path: inner }) => (code === 'unrecognized_keys' ? 0 : inner.length)))
  const likeliest = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a))[0]
  if (!likeliest || likeliest.length === 0 || depthOf(likeliest) === 0) return [path]
  return likeliest.flatMap((inner) => pathsOf(inner, path))
}

function originalOf({ data, places }: Remains, path: Path): Path {
  let value = data
  return path.map((step) => {
    const here = value
    value = stepInto(here, step)
    return Array.isArray(here) && typeof step === 'number' ? (places.get(here)?.[step] ?? step) : step
  })
}

/** Removes what stands at a path of the document; where that is missing, what should hold it. False at the root. */
function cut(remains: Remains, path: Path): boolean {
  if (path.length === 0) return false
  const { places, cuts } = remains
  const above = path.slice(0, -1)
  const key = path.at(-1)!
  let holder = remains.data
  for (const step of above) {
    holder = stepInto(holder, Array.isArray(holder) ? (places.get(holder)?.indexOf(step as number) ?? -1) : step)
    // Cut out already, together with what holds it.
    if (holder === undefined) return true
  }
  if (Array.isArray(holder)) {
    const at = places.get(holder)!.indexOf(key as number)
    if (at < 0) return true
    holder.splice(at, 1)
    places.get(holder)!.splice(at, 1)
  } else if (!isMap(holder) || !Reflect.has(holder, key)) return cut(remains, above)
  else Reflect.deleteProperty(holder, key)
  cuts.push(path)
  return true
}

function stepInto(value: unknown, step: string | number): unknown {
  return isMap(value) || Array.isArray(value) ? (value as Record<PropertyKey, unknown>)[step] : undefined
}

function isMap(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
