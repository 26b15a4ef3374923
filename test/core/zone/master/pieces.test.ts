// A master file that comes in pieces of whole lines is read as it would be as a whole.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printProblem } from '../../../../src/core/base/problem.ts'
import { type Entry, nextEntry, openLexer, type ReadPiece } from '../../../../src/core/zone/master/lexer.ts'
import { parseMaster } from '../../../../src/core/zone/master/parse.ts'
import { openRecords } from '../../../../src/core/zone/records.ts'
import { nameOf } from '../../../support/snapshot.ts'

/** One line, or several, each time. */
function piecesOf(text: string, lines = 1): ReadPiece {
  const left = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  return () => left.splice(0, lines).join('')
}

function entriesOf(from: string | ReadPiece): unknown[] {
  const lexer = openLexer(from)
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  const entries: unknown[] = []
  while (nextEntry(lexer, entry)) entries.push({ ...entry })
  return entries
}

test.each([
  ['a byte order mark', '\ufeffa b\nc\n'],
  ['blank lines', '\n\n a\n\n\tb\nc'],
  ['parentheses over lines', 'a ( b\n c ; x\n) d\ne\n f'],
  ['an unclosed parenthesis', 'a ( b\n c\nd e\n f\ng'],
  ['several of them', 'a ( b\nc ( d\ne ( f\ng'],
  ['unclosed quotes', 'a "b\nc ( "d\n )\ne'],
])('%s', (_, text) => {
  for (const lines of [1, 2, 3]) expect(entriesOf(piecesOf(text, lines))).toEqual(entriesOf(text))
})

test('any text', () => {
  const text = fc.array(fc.constantFrom('a', ' ', '\n', '(', ')', '"', ';', '\\', '=', '\r', '0', '\t'), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 }), (parts, lines) => {
      expect(entriesOf(piecesOf(parts.join(''), lines))).toEqual(entriesOf(parts.join('')))
    }),
    { numRuns: 2000 },
  )
})

test('an unclosed parenthesis takes no more than a megabyte with it', () => {
  const lines = 100_000
  const line = 'host IN A 192.0.2.1\n'
  const [first, ...others] = entriesOf(piecesOf(`a ( b\n${line.repeat(lines)}`, 1000)) as Entry[]
  expect(first!.wrong).toEqual({ line: 1, col: 3, message: 'expected ")", found none in 1048576 characters' })
  expect(others.length).toBe(lines)
})

function read(text: ReadPiece, included: Readonly<Record<string, ReadPiece>> = {}): string[] {
  const records = openRecords()
  const problems = parseMaster(text, 'f', nameOf('example.com'), records, (path) =>
    included[path] ? { text: included[path] } : { problem: 'nothing there' },
  )
  return [`${records.count} records`, ...problems.map(printProblem)]
}

test('what cannot be read on is a mistake at its line, and what came before counts', () => {
  const pieces = ['$TTL 1\na A 192.0.2.1\n', { problem: 'expected more lines, found bytes that are not UTF-8' }, '']
  expect(read(() => pieces.shift()!)).toEqual([
    '1 records',
    'f:3:1: expected more lines, found bytes that are not UTF-8',
  ])
})

test('an included file is read in pieces of its own', () => {
  const whole = '$TTL 1\na A 192.0.2.1\n$INCLUDE other\nb A 192.0.2.2\nc ! 192.0.2.3\n'
  const other = 'x A 192.0.2.4\ny B 192.0.2.5\n'
  expect(read(piecesOf(whole), { other: piecesOf(other) })).toEqual(
    read(piecesOf(whole, 99), { other: piecesOf(other, 99) }),
  )
  const [count, ...problems] = read(piecesOf(whole), { other: piecesOf(other) })
  expect(count).toBe('3 records')
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual(['other:2:3', 'f:5:3'])
})
