// zod schemas → JSON Schema of what an operator may write, for editors and for the reference.

import { z } from 'zod'
import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { printDuration } from '../../core/base/duration.ts'
import { isObjectSchema, isSecret, type Schema } from './meaning.ts'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/** The text of a JSON Schema file. Draft 7 is what editors' YAML support understands best. */
export function printJsonSchema(schema: z.ZodType, id: string): string {
  const { $schema, ...rest } = toJsonSchema(schema, 'draft-07')
  return `${JSON.stringify({ $schema, $id: id, ...rest }, dropMachineDefaults, 2)}\n`
}

export function toJsonSchema(schema: z.ZodType, target: 'draft-07' | 'draft-2020-12'): JsonSchema {
  return z.toJSONSchema(schema, {
    target,
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema['secret']
      if (isObjectSchema(zodSchema)) addFileKeys(zodSchema, jsonSchema)
      printDefault(zodSchema, jsonSchema)
    },
  }) as JsonSchema
}

/** What the text after `; default:` in a description says; such a default depends on the machine. */
export function splitDefault(description: string): { readonly text: string; readonly fallback?: string } {
  const parts = /^(?:(.*?)[;,.]? )?default: (.+)$/s.exec(description)
  return parts ? { text: parts[1] ?? '', fallback: parts[2]! } : { text: description }
}

function dropMachineDefaults(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('default' in value) || !('description' in value)) return value
  if (typeof value.description !== 'string' || splitDefault(value.description).fallback === undefined) return value
  return { ...value, default: undefined }
}

// `password_file` stands in for `password`, as secrets.ts has it.
function addFileKeys(schema: z.core.$ZodObject, json: JsonSchema): void {
  const { shape } = schema._zod.def
  const secrets = Object.keys(shape).filter((key) => isSecret(shape[key]!))
  if (secrets.length === 0 || !json.properties) return
  const entries = Object.entries(json.properties).flatMap((entry) => {
    const file = `${entry[0]}_file`
    if (!secrets.includes(entry[0]) || Object.hasOwn(shape, file)) return [entry]
    return [entry, [file, { type: 'string', description: `path of a file to read ${entry[0]} from` }] as typeof entry]
  })
  json.properties = Object.fromEntries(entries)
  const either = secrets.filter((key) => json.required?.includes(key))
  if (either.length === 0) return
  json.required = json.required!.filter((key) => !either.includes(key))
  json.allOf = either.map((key) => ({ anyOf: [{ required: [key] }, { required: [`${key}_file`] }] }))
}

// zod leaves out the default of what is transformed: the default is the transform's result, and not what an operator writes.
// It can be said all the same where it is its own result, or where we know how to print it.
function printDefault(schema: Schema, json: JsonSchema): void {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type !== 'default' || json.default !== undefined) return
  const value = def.defaultValue
  if (json.title === 'duration' && typeof value === 'number') json.default = printDuration(value)
  else if (json.title === 'address:port') json.default = printEndpoint(value as Endpoint)
  else if (typeof value !== 'object' && z.safeParse(def.innerType, value).data === value) json.default = value
}
