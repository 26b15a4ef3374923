// What a document takes from outside itself, put in before the schema looks at it: `${NAME}` in a text is an environment variable
// (`${NAME:-otherwise}` if it is not set, `$${` a plain `${`). For a key that the schema marks with `.meta({ secret: true })`, such as
// `password`, a key `password_file` names a file to read it from; so it does wherever a schema has both `x` and `x_file`. What comes
// from outside, and what is marked as secret, never shows in a Problem.

import type { z } from 'zod'
import { printFound } from '../../core/base/found.ts'
import { type Problem, printPath } from '../../core/base/problem.ts'
import { type ReadResult, type Reference, resolvePath } from './files.ts'
import { isObjectSchema, isSecret, type Meanings, openMeanings, type Schema } from './meaning.ts'
import type { Origin, Path, SourceDocument } from './yaml.ts'

export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `readText` of files.ts. */
  readText(file: string, from: Reference): ReadResult
}

const SUFFIX = '_file'

/** The document with everything filled in, its places as before; the problems of this are added to its own. */
export function fillSecrets(doc: SourceDocument, schema: z.ZodType, outside: Outside): SourceDocument {
  if (doc.data === undefined) return doc
  const filling: Filling = {
    doc,
    outside,
    meanings: openMeanings(),
    problems: [...doc.problems],
    origins: new Map(),
    moved: new Map(),
  }
  const data = fill(filling, doc.data, filling.meanings.of(schema), [])
  const { origins, moved, problems } = filling
  if (data === doc.data && origins.size === 0 && problems.length === doc.problems.length) return doc
  return {
    file: doc.file,
    data,
    problems,
    locate: (path, at) => doc.locate(moved.get(JSON.stringify(path)) ?? path, at),
    origin: (path) => origins.get(JSON.stringify(path)) ?? doc.origin(path),
  }
}

interface Filling {
  readonly doc: SourceDocument
  readonly outside: Outside
  readonly meanings: Meanings
  readonly problems: Problem[]
  /** By path, in JSON. */
  readonly origins: Map<string, Origin>
  /** `password` → where `password_file` stands. */
  readonly moved: Map<string, Path>
}

// Copies only what changes: a large document mostly stays as it is.
function fill(filling: Filling, value: unknown, schemas: readonly Schema[], path: Path): unknown {
  if (typeof value === 'string') return value.includes('${') ? interpolate(filling, value, schemas, path) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item, i) => fill(filling, item, filling.meanings.within(schemas, i), [...path, i]))
    return items.some((item, i) => item !== value[i]) ? items : value
  }
  const entries: [string, unknown][] = []
  let isChanged = false
  for (const [key, inner] of Object.entries(value)) {
    const target = secretKey(schemas, key)
    if (isHidden(schemas, key)) filling.origins.set(JSON.stringify([...path, key]), 'secret')
    const filled = fill(filling, inner, filling.meanings.within(schemas, key), [...path, key])
    if (target === undefined) entries.push([key, filled])
    else entries.push(...readSecret(filling, value, target, filled, [...path, key]))
    isChanged ||= target !== undefined || filled !== inner
  }
  return isChanged ? Object.fromEntries(entries) : value
}

/** `password` for `password_file`. */
function secretKey(schemas: readonly Schema[], key: string): string | undefined {
  if (!key.endsWith(SUFFIX)) return undefined
  const target = key.slice(0, -SUFFIX.length)
  const isMeant = (shape: Shape): boolean =>
    Object.hasOwn(shape, target) && (Object.hasOwn(shape, key) || isSecret(shape[target]!))
  return schemas.filter(isObjectSchema).some((schema) => isMeant(schema._zod.def.shape)) ? target : undefined
}

function isHidden(schemas: readonly Schema[], key: string): boolean {
  return schemas.some((schema) => {
    const inner =
      isObjectSchema(schema) && Object.hasOwn(schema._zod.def.shape, key) ? schema._zod.def.shape[key] : undefined
    return inner !== undefined && isSecret(inner)
  })
}

type Shape = Readonly<Record<string, Schema>>

function readSecret(filling: Filling, map: object, target: string, file: unknown, at: Path): [string, unknown][] {
  if (Object.hasOwn(map, target)) {
    report(filling, at, 'key', `expected either ${target} or ${target}${SUFFIX}, found both`)
    return []
  }
  const place = [...at.slice(0, -1), target]
  filling.moved.set(JSON.stringify(place), at)
  filling.origins.set(JSON.stringify(place), 'missing')
  const missing: [string, unknown][] = [[target, '']]
  if (typeof file !== 'string' || file === '') {
    report(filling, at, 'value', `expected the path of a file, found ${printFound(file)}`)
    return missing
  }
  if (filling.origins.get(JSON.stringify(at)) === 'missing') return missing
  const { doc, outside } = filling
  const from = { file: doc.file, ...doc.locate(at, 'value'), path: printPath(at) }
  const read = outside.readText(resolvePath(doc.file, file), from)
  const text = read.text?.replace(/[\r\n]+$/, '')
  if (read.problem) filling.problems.push(read.problem)
  else if (text === '') report(filling, at, 'value', `expected a file with the ${target} in it, found an empty file`)
  if (text === undefined || text === '') return missing
  filling.origins.set(JSON.stringify(place), 'secret')
  return [[target, text]]
}

function interpolate(filling: Filling, text: string, schemas: readonly Schema[], path: Path): unknown {
  const origins = new Set<Origin>()
  const filled = text.replace(/\$(\$?)\{([^}]*)(\}?)/g, (whole, escape: string, inside: string, end: string) => {
    if (escape !== '') return whole.slice(1)
    const found = findVariable(filling.outside.env, end === '' ? '' : inside)
    origins.add(found.origin)
    if (found.origin !== 'missing') return found.text
    const [message, hint] = found.text === '' ? [`${NAME_WANTED}, found ${printFound(whole)}`, ESCAPE] : [found.text]
    report(filling, path, 'value', message, hint)
    return whole
  })
  const origin = (['missing', 'secret'] as const).find((each) => origins.has(each))
  if (origin) filling.origins.set(JSON.stringify(path), origin)
  return origin === 'missing' ? filled : asWanted(filled, schemas)
}

const NAME_WANTED = 'expected the name of an environment variable as in ${NAME}'
const ESCAPE = 'write $${ for a plain ${'

/** What `NAME` or `NAME:-otherwise` stands for; where that is missing, the text is what to say of it, empty where it is no name. */
function findVariable(env: Outside['env'], inside: string): { readonly text: string; readonly origin: Origin } {
  const [, name, otherwise] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inside) ?? []
  if (name === undefined) return { text: '', origin: 'missing' }
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value !== undefined) return { text: value, origin: 'secret' }
  if (otherwise !== undefined) return { text: otherwise, origin: 'text' }
  return { text: `expected the environment variable ${name}, found it not set`, origin: 'missing' }
}

// A variable is always text; where the schema takes numbers or switches and no text, it is read as one.
function asWanted(text: string, schemas: readonly Schema[]): unknown {
  const kinds = new Set(schemas.map((schema) => schema._zod.def.type))
  if (kinds.has('string')) return text
  if (kinds.has('number') && /^[-+]?\d+(\.\d+)?$/.test(text)) return Number(text)
  return kinds.has('boolean') && (text === 'true' || text === 'false') ? text === 'true' : text
}

function report({ doc, problems }: Filling, path: Path, at: 'key' | 'value', message: string, hint?: string): void {
  const problem = {
    file: doc.file,
    ...doc.locate(path, at),
    path: printPath(path),
    message,
    severity: 'error' as const,
  }
  problems.push(hint === undefined ? problem : { ...problem, hint })
}
