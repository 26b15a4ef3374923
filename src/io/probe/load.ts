// `load:` beside any check whose target answers with something: where in the answer it says how loaded it is.

import { z } from 'zod'

/** `of` is the value that means full. */
export type LoadSource =
  | { readonly header: string; readonly json?: undefined; readonly of: number }
  | { readonly json: string; readonly header?: undefined; readonly of: number }

/** RFC 6901. */
export const jsonPointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)*$/, 'expected a JSON pointer such as /stats/load')
  .meta({ title: 'JSON pointer' })

export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header')

export const loadConfig = z
  .strictObject({
    header: headerName.optional().meta({ description: 'the response header that holds it, such as X-Load' }),
    json: jsonPointer
      .optional()
      .meta({ description: 'where it stands in an answer that is JSON, such as /stats/load' }),
    of: z.number().positive().max(1e15).default(1).meta({ description: 'the value that means full' }),
  })
  .transform(({ header, json, of }, context): LoadSource => {
    if (header !== undefined && json === undefined) return { header, of }
    if (json !== undefined && header === undefined) return { json, of }
    const found = header === undefined ? 'neither' : 'both'
    context.addIssue({ code: 'custom', message: `expected either header or json, found ${found}` })
    return z.NEVER
  })
  .meta({
    description: 'how loaded the target is, by its own word',
    oneOf: [{ required: ['header'] }, { required: ['json'] }],
  })

/** More than a hundred times full is no load but a mistake of unit. */
const most = 100_000

/** Per mille; undefined where the value is no number. */
export function perMille(value: unknown, of: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined
  return Math.min(most, Math.round((1000 * number) / of))
}

/** What stands in an answer that is JSON; undefined where it is not, or has nothing there. */
export function loadInJson(source: LoadSource, text: string): number | undefined {
  return source.json === undefined ? undefined : perMille(valueAt(text, source.json), source.of)
}

/** By JSON pointer (RFC 6901 §4); undefined where nothing stands, or the text is not JSON. */
export function valueAt(text: string, pointer: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
