// The yaml door: what becomes of text, and where its parts stand.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printProblem } from '../../../src/core/base/problem.ts'
import { type Path, readDocument } from '../../../src/io/config/yaml.ts'

function dataOf(text: string): unknown {
  const doc = readDocument('a.yaml', text)
  expect(doc.problems).toEqual([])
  return doc.data
}

const problemsOf = (text: string): string[] => readDocument('a.yaml', text).problems.map(printProblem)

function place(text: string, path: Path, at?: 'key' | 'value'): string {
  const { line, col } = readDocument('a.yaml', text).locate(path, at)
  return `${line}:${col}`
}

describe('values', () => {
  test.each([
    ['NO', 'NO'],
    ['on', 'on'],
    ['yes', 'yes'],
    ['1.20', 1.2],
    ['"1.20"', '1.20'],
    ['!!str 1.20', '1.20'],
    ['010', 10],
    ['12:30:45', '12:30:45'],
    ['2026-01-31', '2026-01-31'],
    ['1_000', '1_000'],
    ['~', null],
    ['', null],
    ['true', true],
    ['[a, [b]]', ['a', ['b']]],
    ['192.0.2.1', '192.0.2.1'],
    ['10 mail', '10 mail'],
    ['{ b, c: }', { b: null, c: null }],
  ])('%s reads as %j', (written, value) => expect(dataOf(`a: ${written}`)).toEqual({ a: value }))

  test.each([
    ['', null],
    ['# only a comment\n', null],
    ['---\n', null],
    ['\uFEFFa: 1', { a: 1 }],
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['%YAML 1.1\n---\na: NO\n', { a: 'NO' }],
  ])('the document %j reads as %j', (text, value) => expect(dataOf(text)).toEqual(value))

  test('keys stay as they are written', () => {
    expect(dataOf('1.20: a\n010: b\ntrue: c\nNO: d\n"<<": e')).toEqual({
      '1.20': 'a',
      '010': 'b',
      true: 'c',
      NO: 'd',
      '<<': 'e',
    })
  })

  test('a key called __proto__ is a key', () => {
    const data = dataOf('__proto__: { x: 1 }') as object
    expect(Object.keys(data)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
  })

  test('anchors, aliases and merge keys are allowed, and what stands in the map itself wins', () => {
    const text = [
      'base: &base { every: 10s, fall: 3 }',
      'a: { <<: *base, fall: 2 }',
      'b: { fall: 1, <<: [*base, { rise: 9, fall: 8 }] }',
      'c: *base',
    ]
    expect(dataOf(text.join('\n'))).toMatchObject({
      a: { every: '10s', fall: 2 },
      b: { every: '10s', fall: 1, rise: 9 },
      c: { every: '10s', fall: 3 },
    })
  })
})

describe('mistakes', () => {
  test.each([
    ['tab', 'a:\n\tb: 1', ['a.yaml:2:1: expected spaces as indentation, found a tab']],
    ['open list', 'a: [1, 2', ['a.yaml:1:9: expected "]", found the end of what is indented enough to be inside']],
    ['open map', 'a: {b: 1', ['a.yaml:1:9: expected "}", found the end of what is indented enough to be inside']],
    ['open quote', 'a: "x', ['a.yaml:1:6: expected a closing ", found none']],
    [
      'two colons',
      'a: b: c',
      [
        'a.yaml:1:4: expected one "key: value" on a line, found a second ": " (quote a text that has one, and indent all keys of a map alike)',
      ],
    ],
    ['no colon', 'key\nother: 1', ['a.yaml:1:1: expected ": " after a key, found the end of the line']],
    [
      'indentation',
      'a:\n  - b\n c: 1',
      ['a.yaml:3:1: expected the same indentation as the keys or items before, found another'],
    ],
    ['at sign', 'a: 1\n@: x', ['a.yaml:2:1: expected a value, found "@" (quote a text that starts with it)']],
    [
      'two documents',
      'a: 1\n---\nb: 2',
      ['a.yaml:2:1: expected one document, found the start of a second (a line of "---")'],
    ],
    ['tag', 'a: !env X', ['a.yaml:1:4: expected a value without a tag, found one that is not known (quote it)']],
    ['list as key', '? [a]\n: 1', ['a.yaml:1:3: expected text as a key, found a list or a map']],
    ['alias as key', 'b: &a x\n*a : 1', ['a.yaml:2:1: expected text as a key, found an alias']],
    ['escape', 'a: "\\q"', ['a.yaml:1:5: invalid escape sequence \\q']],
    [
      'unknown alias',
      'a: { b: *nope }',
      ['a.yaml:1:9 a.b: expected an alias of an earlier anchor, found "*nope" without an anchor before it'],
    ],
    [
      'endless alias',
      'a: &x [*x]',
      ['a.yaml:1:8 a[0]: expected an alias of an earlier anchor, found an alias inside its own anchor'],
    ],
    ['merged text', 'a: { <<: x }', ['a.yaml:1:10 a.<<: expected a map to merge, or a list of such']],
    [
      'duplicate keys',
      'a: { b: 1, b: 2, c: 3 }\nd: 1\na: 2\n"d": 3',
      [
        'a.yaml:1:12 a.b: expected each key once, found "b" again (the first is in line 1)',
        'a.yaml:3:1 a: expected each key once, found "a" again (the first is in line 1)',
        'a.yaml:4:1 d: expected each key once, found "d" again (the first is in line 2)',
      ],
    ],
  ])('%s', (_, text, problems) => expect(problemsOf(text)).toEqual(problems))

  test('duplicate keys leave the first in force and the document readable', () => {
    expect(readDocument('a.yaml', 'a: 1\na: 2').data).toEqual({ a: 1 })
  })

  test('an alias bomb is refused where it goes off', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
    const doc = readDocument('a.yaml', ['l0: &l0 [x, x]', ...levels].join('\n'))
    expect(doc.data).toBeUndefined()
    expect(doc.problems).toHaveLength(1)
    expect(doc.problems[0]).toMatchObject({
      line: 6,
      message: 'expected fewer aliases, found a document that they make too large',
    })
  })

  test('nesting without end is a mistake and no crash', () => {
    expect(problemsOf('['.repeat(100_000))[0]).toMatch(/found lists or maps nested too deeply$/)
    expect(problemsOf(`a: ${'['.repeat(150)}${']'.repeat(150)}`)[0]).toMatch(
      /^a.yaml:1:104 .*: expected at most 100 levels, found more$/,
    )
  })

  test('no text makes it throw, and every problem has a place', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '<<: ',
      '"',
      "'",
      '|',
      '!',
      '#',
      '\t',
      '? ',
      ',',
      '%',
      '---',
      '...',
      '\r',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const doc = readDocument('a.yaml', text)
        if (doc.data === undefined) expect(doc.problems).not.toEqual([])
        for (const { line, col, message } of doc.problems) {
          expect(line).toBeGreaterThan(0)
          expect(col).toBeGreaterThan(0)
          expect(message).not.toMatch(/\n/)
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('places', () => {
  const text = [
    'zone: example.com',
    'pools:',
    '  eu:',
    '    targets:',
    '      - address: 192.0.2.1',
    '        weight: heavy',
    '  us: { at: { lat: 1 } }',
    'none:',
  ].join('\n')

  test.each<[Path, 'key' | 'value', string]>([
    [[], 'value', '1:1'],
    [['zone'], 'key', '1:1'],
    [['zone'], 'value', '1:7'],
    [['pools', 'eu'], 'key', '3:3'],
    [['pools', 'eu'], 'value', '4:5'],
    [['pools', 'eu', 'targets', 0], 'value', '5:9'],
    [['pools', 'eu', 'targets', 0], 'key', '5:9'],
    [['pools', 'eu', 'targets', 0, 'weight'], 'key', '6:9'],
    [['pools', 'eu', 'targets', 0, 'weight'], 'value', '6:17'],
    [['pools', 'us', 'at', 'lat'], 'value', '7:20'],
    [['none'], 'key', '8:1'],
  ])('%j, its %s, is at %s', (path, at, expected) => expect(place(text, path, at)).toBe(expected))

  test.each<[Path, string]>([
    [['pools', 'eu', 'check'], '4:5'],
    [['pools', 'eu', 'targets', 7, 'weight'], '5:7'],
    [['zone', 'x', 3], '1:7'],
    [['nowhere', 'at', 'all'], '1:1'],
    [['none', 'x'], '8:6'],
  ])('%j leads nowhere and has the place of its nearest ancestor, %s', (path, expected) =>
    expect(place(text, path)).toBe(expected),
  )

  test('what came by an alias or a merge stands where it is written', () => {
    const shared = 'base: &base\n  fall: 3\na: *base\nb:\n  <<: *base\n  rise: 2'
    expect(place(shared, ['a'])).toBe('3:4')
    expect(place(shared, ['a', 'fall'])).toBe('2:9')
    expect(place(shared, ['b', 'fall'], 'key')).toBe('2:3')
    expect(place(shared, ['b', 'rise'], 'key')).toBe('6:3')
  })

  test('places are found in empty and in unreadable documents', () => {
    expect(place('', ['a'])).toBe('1:1')
    expect(place('a: [', ['a'])).toBe('1:1')
  })

  test('a byte order mark and CRLF do not shift columns and lines', () => {
    expect(place('\uFEFFa: 1\r\nb: 2', ['a'], 'value')).toBe('1:4')
    expect(place('\uFEFFa: 1\r\nb: 2', ['b'], 'value')).toBe('2:4')
  })

  test('80 000 lines are read, and every key located, without a search through all of them', () => {
    const hosts = 40_000
    const lines = Array.from({ length: hosts }, (_, i) => `  host${i}:\n    A: 192.0.2.${i & 255}`)
    const doc = readDocument('a.yaml', `records:\n${lines.join('\n')}`)
    expect(Object.keys((doc.data as { records: object }).records)).toHaveLength(hosts)
    // A linear search per call would be 800 million steps here; a wrong place would show in the sum.
    let sum = 0
    for (let i = 0; i < hosts; i++) sum += doc.locate(['records', `host${i}`, 'A'], 'key').line
    expect(sum).toBe(hosts * (hosts - 1) + 3 * hosts)
  })
})
