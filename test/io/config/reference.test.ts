// The reference and the editors' schemas, printed from schemas of the kind that the configuration has.

import { expect, test } from 'vitest'
import { z } from 'zod'
import { address, duration, endpoint, label, weight } from '../../../src/core/base/schema.ts'
import { printJsonSchema } from '../../../src/io/config/json-schema.ts'
import { printReference } from '../../../src/io/config/reference.ts'

type Branch = string | { readonly [policy: string]: unknown }
const branch: z.ZodType<Branch> = z
  .lazy(() =>
    z.union([
      label(),
      z.strictObject({ failover: z.array(branch).min(1).describe('the first usable') }),
      z.strictObject({ weighted: z.array(z.strictObject({ to: branch, weight: weight() })) }),
    ]),
  )
  .meta({ id: 'branch', description: 'where a client is sent' })

const table = (schema: z.ZodType): string[] => rowsOf(printReference([{ title: 'A', intro: '', schema }]))
const rowsOf = (markdown: string): string[] => markdown.split('\n').filter((line) => line.startsWith('| `'))

test.each<[string, z.ZodType, string]>([
  ['text', z.string().describe('what it is'), '| `x` | text | required | what it is |'],
  ['optional', z.string().optional(), '| `x` | text |  |  |'],
  ['whole number', z.int().min(1).max(5).default(3), '| `x` | whole number from 1 to 5 | `3` |  |'],
  ['unlimited', z.int(), '| `x` | whole number | required |  |'],
  ['positive', z.number().positive(), '| `x` | number above 0 | required |  |'],
  ['switch', z.boolean().default(false), '| `x` | true or false | `false` |  |'],
  ['choice', z.enum(['a', 'b', 'c']), '| `x` | `a`, `b` or `c` | required |  |'],
  [
    'constant or number',
    z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
    '| `x` | `auto` or whole number from 1 | `auto` |  |',
  ],
  ['duration', duration().prefault('90s').describe('how long'), '| `x` | duration | `90s` | how long |'],
  [
    'parsed duration',
    duration().default(90_000),
    '| `x` | duration | `1m30s` | a duration, such as 30s, 5m or 1h30m |',
  ],
  [
    'parsed endpoint',
    endpoint().default({ address: '::1', port: 53 }).describe('where'),
    '| `x` | address:port | `[::1]:53` | where |',
  ],
  ['list', z.array(address()).prefault([]), '| `x` | list of IP addresses | `[]` |  |'],
  ['list of lists', z.array(z.array(z.int())), '| `x` | list of lists of whole numbers | required |  |'],
  [
    'machine’s own default',
    z.string().prefault('box7').describe('a name; default: the host name'),
    '| `x` | text | the host name | a name |',
  ],
  [
    'Markdown',
    z.string().describe('either `a|b*` or *.x|y\n <z>'),
    '| `x` | text | required | either `a\\|b*` or \\*.x\\|y \\<z> |',
  ],
])('%s', (_, schema, row) => expect(table(z.strictObject({ x: schema }))).toEqual([row]))

test('what is nested is dotted, and a map that only holds keys together has no row of its own', () => {
  const target = z.strictObject({ address: address().describe('its address'), weight: weight().default(1) })
  const schema = z.strictObject({
    log: z.strictObject({ level: z.string().default('info') }).prefault({}),
    pools: z.record(label(), z.strictObject({ targets: z.array(target).min(1) })).describe('pools by name'),
  })
  expect(table(schema)).toEqual([
    '| `log.level` | text | `info` |  |',
    '| `pools` | map | required | pools by name |',
    '| `pools.<name>.targets` | list of maps | required |  |',
    '| `pools.<name>.targets[].address` | IP address | required | its address |',
    '| `pools.<name>.targets[].weight` | whole number from 0 to 1000000 | `1` | a share relative to its neighbours |',
  ])
})

test('keys of alternatives are listed once, and required only where all require them', () => {
  const schema = z.strictObject({
    at: z.union([
      z.strictObject({ id: z.int(), lat: z.number(), lon: z.number() }),
      z.strictObject({ id: z.int(), place: z.strictObject({ code: z.string() }) }),
    ]),
  })
  expect(table(schema)).toEqual([
    '| `at` | a map with `id`, `lat` and `lon` or `id` and `place` | required |  |',
    '| `at.id` | whole number | required |  |',
    '| `at.lat` | number |  |  |',
    '| `at.lon` | number |  |  |',
    '| `at.place` | a map with `code` |  |  |',
    '| `at.place.code` | text | required |  |',
  ])
})

test('a secret can be given by a file', () => {
  const schema = z.strictObject({
    password: z.string().meta({ secret: true, description: 'to log in' }),
    token: z.string().meta({ secret: true }).optional(),
  })
  expect(table(schema)).toEqual([
    '| `password` | text | required, or `password_file` | to log in |',
    '| `password_file` | text |  | path of a file to read password from |',
    '| `token` | text |  |  |',
    '| `token_file` | text |  | path of a file to read token from |',
  ])
})

test('what refers to itself has a section of its own, printed once for all that refer to it', () => {
  const service = z.strictObject({ steer: branch.describe('its tree') })
  const markdown = printReference([
    {
      title: 'zones/*.yaml',
      intro: 'A zone.',
      schema: z.strictObject({ services: z.record(label(), service).default({}) }),
    },
    { title: 'Shared', intro: '', schema: z.strictObject({ steer: branch }) },
  ])
  expect(markdown).toBe(`## zones/*.yaml

A zone.

| key | type | default | description |
| --- | --- | --- | --- |
| \`services.<name>.steer\` | [branch](#branch) | required | its tree |

## Shared

| key | type | default | description |
| --- | --- | --- | --- |
| \`steer\` | [branch](#branch) | required |  |

## branch

Where a client is sent. Type: name or a map with \`failover\` or \`weighted\`.

| key | type | default | description |
| --- | --- | --- | --- |
| \`failover\` | list of [branch](#branch) |  | the first usable |
| \`weighted\` | list of maps |  |  |
| \`weighted[].to\` | [branch](#branch) | required |  |
| \`weighted[].weight\` | whole number from 0 to 1000000 | required | a share relative to its neighbours |
`)
})

test('a JSON Schema says what may be written, not what becomes of it', () => {
  const schema = z.strictObject({
    every: duration().prefault('10s'),
    steer: branch.optional(),
    name: z.string().prefault('box7').describe('default: the host name'),
    password: z.string().meta({ secret: true }),
  })
  const text = printJsonSchema(schema, 'https://example.com/meridian.json')
  const json = JSON.parse(text)
  expect(text.endsWith('}\n')).toBe(true)
  expect(Object.keys(json).slice(0, 2)).toEqual(['$schema', '$id'])
  expect(json).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://example.com/meridian.json',
    properties: {
      every: { type: 'string', default: '10s', title: 'duration' },
      steer: { allOf: [{ $ref: '#/definitions/branch' }] },
      name: { type: 'string', description: 'default: the host name' },
      password: { type: 'string' },
      password_file: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['password'] }, { required: ['password_file'] }] }],
    additionalProperties: false,
  })
  expect(json.properties.name).not.toHaveProperty('default')
  expect(json.required ?? []).not.toContain('password')
  expect(text).not.toContain('"secret"')
})
