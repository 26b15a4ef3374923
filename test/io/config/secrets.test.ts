// What documents take from their surroundings: environment variables and files of secrets.

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { printProblem } from '../../../src/core/base/problem.ts'
import { checkDocument } from '../../../src/io/config/check.ts'
import { fillSecrets, type Outside } from '../../../src/io/config/secrets.ts'
import { readDocument } from '../../../src/io/config/yaml.ts'

const password = z.string().min(4).meta({ secret: true, description: 'what the store asks for' })
const schema = z.strictObject({
  store: z
    .union([
      z.literal('memory'),
      z.strictObject({
        redis: z.strictObject({
          url: z.url(),
          username: z.string().optional(),
          password: password.optional(),
          key_file: z.string().optional(),
          ca: z.string().optional(),
          ca_file: z.string().optional(),
        }),
      }),
    ])
    .optional(),
  admin: z
    .strictObject({ token: z.lazy(() => password), port: z.int().optional(), open: z.boolean().optional() })
    .optional(),
  texts: z.array(z.string()).optional(),
})

const files: Readonly<Record<string, string>> = {
  '/etc/m/pw': 'hunter2\n',
  '/etc/m/crlf': 'hunter2\r\n',
  '/run/pw': 'other',
  '/etc/m/empty': '\n',
  '/etc/m/short': 'abc',
}
const outside: Outside = {
  env: { HOST: 'redis.example', PORT: '6379', PW: 'hunter2', EMPTY: '', YES: 'true', DIR: '/run' },
  readText: (file, from) => {
    const text = files[file]
    return text === undefined
      ? { problem: { ...from, message: `expected a file at ${file}, found nothing there`, severity: 'error' } }
      : { text }
  },
}

function check(text: string): ReturnType<typeof checkDocument<z.infer<typeof schema>>> {
  return checkDocument(fillSecrets(readDocument('/etc/m/meridian.yaml', text), schema, outside), schema)
}
const say = (text: string): string[] =>
  check(text)
    .problems.map(printProblem)
    .map((line) => line.replace('/etc/m/meridian.yaml:', ''))

describe('filled in', () => {
  test.each([
    ['texts: ["${HOST}"]', { texts: ['redis.example'] }],
    ['texts: ["a ${HOST}:${PORT} b"]', { texts: ['a redis.example:6379 b'] }],
    ['texts: [x, "${EMPTY}", y]', { texts: ['x', '', 'y'] }],
    [
      'texts: ["${NOPE:-rather this}", "${HOST:-not this}", "${NOPE:-}"]',
      { texts: ['rather this', 'redis.example', ''] },
    ],
    ['texts: ["$${HOST}", "$HOST", "$", "50$ {x}"]', { texts: ['${HOST}', '$HOST', '$', '50$ {x}'] }],
    ['texts: ["${PORT}"]', { texts: ['6379'] }],
    ['admin: { token: "${PW}", port: ${PORT}, open: "${YES}" }', undefined],
    [
      'admin: { token: "${PW}", port: "${PORT}", open: "${YES}" }',
      { admin: { token: 'hunter2', port: 6379, open: true } },
    ],
    ['admin: { token_file: pw }', { admin: { token: 'hunter2' } }],
    ['admin: { token_file: ./crlf }', { admin: { token: 'hunter2' } }],
    ['admin: { token_file: "${DIR}/pw" }', { admin: { token: 'other' } }],
    [
      'store: { redis: { url: "redis://${HOST}", password_file: /run/pw } }',
      { store: { redis: { url: 'redis://redis.example', password: 'other' } } },
    ],
    ['store: { redis: { url: "redis://h", ca_file: pw } }', { store: { redis: { url: 'redis://h', ca: 'hunter2' } } }],
    [
      'store: { redis: { url: "redis://h", key_file: nowhere } }',
      { store: { redis: { url: 'redis://h', key_file: 'nowhere' } } },
    ],
  ])('%s', (text, value) => expect(check(text).value).toEqual(value))

  test('a document without any stays the very same', () => {
    const doc = readDocument('a.yaml', 'texts: [a, b]')
    expect(fillSecrets(doc, schema, outside)).toBe(doc)
  })
})

describe('mistakes', () => {
  test.each([
    ['texts: [a, "${NOPE}"]', ['1:12 texts[1]: expected the environment variable NOPE, found it not set']],
    ['texts: ["${toString}"]', ['1:9 texts[0]: expected the environment variable toString, found it not set']],
    [
      'texts: ["${1X}"]',
      [
        '1:9 texts[0]: expected the name of an environment variable as in ${NAME}, found "${1X}" (write $${ for a plain ${)',
      ],
    ],
    [
      'texts: ["${X"]',
      [
        '1:9 texts[0]: expected the name of an environment variable as in ${NAME}, found "${X" (write $${ for a plain ${)',
      ],
    ],
    [
      'admin: { port: "${NOPE}", token_file: gone }',
      [
        '1:16 admin.port: expected the environment variable NOPE, found it not set',
        '1:39 admin.token_file: expected a file at /etc/m/gone, found nothing there',
      ],
    ],
    [
      'admin: { token: abcd, token_file: pw }',
      ['1:23 admin.token_file: expected either token or token_file, found both'],
    ],
    ['admin: { token_file: 5 }', ['1:22 admin.token_file: expected the path of a file, found the number 5']],
    [
      'admin: { token_file: empty }',
      ['1:22 admin.token_file: expected a file with the token in it, found an empty file'],
    ],
    [
      'admin: { token_file: "${NOPE}" }',
      ['1:22 admin.token_file: expected the environment variable NOPE, found it not set'],
    ],
    [
      'admin: { port_file: pw, token: abcd }',
      ['1:10 admin.port_file: unknown key "port_file" (known here: token, port, open)'],
    ],
    [
      'admin: { tokn_file: pw }',
      [
        '1:1 admin: missing key "token"',
        '1:10 admin.tokn_file: unknown key "tokn_file" (known here: token, port, open)',
      ],
    ],
  ])('%s', (text, problems) => expect(say(text)).toEqual(problems))

  test('a value from outside never shows, and its mistake stands where it was named', () => {
    expect(say('admin:\n  token_file: short\n  port: "${HOST}"')).toEqual([
      '2:15 admin.token: expected text of at least 4 characters, found something else (not shown)',
      '3:9 admin.port: expected a whole number, found something else (not shown)',
    ])
  })

  test('what is marked as secret does not show even where it is written in the document', () => {
    expect(say('admin: { token: abc }')).toEqual([
      '1:17 admin.token: expected text of at least 4 characters, found something else (not shown)',
    ])
    expect(say('admin: { token: 1234 }')).toEqual([
      '1:17 admin.token: expected text, found something else (not shown) (quote it)',
    ])
  })

  test('unreadable documents stay as they are', () => {
    expect(say('texts: ["${NOPE}"')).toHaveLength(1)
  })
})
