// Master files as records, line by line: what may be left out, what is wrong and where.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Problem } from '../../../../src/core/base/problem.ts'
import { parseName, printName } from '../../../../src/core/wire/name.ts'
import { typeByCode } from '../../../../src/core/wire/rdata/index.ts'
import { parseMaster } from '../../../../src/core/zone/master/parse.ts'
import type { ReadFile } from '../../../../src/core/zone/master/reading.ts'
import { openRecords, ownerOf, placeOf, rdataOf, ttlOf, typeOf } from '../../../../src/core/zone/records.ts'

const origin = parseName('example.com.') as Uint8Array
const noFiles: ReadFile = () => ({ problem: 'no such file' })

function read(text: string, readFile: ReadFile = noFiles, ttlSec?: number) {
  const records = openRecords()
  const problems = parseMaster(
    text,
    'zones/example.com',
    origin,
    records,
    readFile,
    ttlSec === undefined ? {} : { ttlSec },
  )
  const lines: string[] = []
  for (let i = 0; i < records.count; i++) {
    const type = typeByCode(typeOf(records, i))
    lines.push(`${printName(ownerOf(records, i))} ${ttlOf(records, i)} ${type.name} ${type.print(rdataOf(records, i))}`)
  }
  const places = lines.map((_, i) => placeOf(records, i))
  return { lines, places, problems: problems.map(show) }
}

/** `line:col message (hint)`, after the file where it is an included one. */
function show({ file, line, col, message, hint }: Problem): string {
  return `${file === 'zones/example.com' ? '' : `${file}:`}${line}:${col} ${message}${hint === undefined ? '' : ` (${hint})`}`
}

test.each<[string, string, string[]]>([
  ['an absolute owner', 'a.example.org. 60 IN A 192.0.2.1', ['a.example.org. 60 A 192.0.2.1']],
  ['a relative owner', 'www 60 IN A 192.0.2.1', ['www.example.com. 60 A 192.0.2.1']],
  ['@ as owner', '@ 60 IN A 192.0.2.1', ['example.com. 60 A 192.0.2.1']],
  ['a wildcard', '*.x 60 IN A 192.0.2.1', ['*.x.example.com. 60 A 192.0.2.1']],
  ['an owner with escapes', 'a\\.b\\032\\@ 60 IN A 192.0.2.1', ['a\\.b\\032\\@.example.com. 60 A 192.0.2.1']],
  ['an owner that is a number', '10 60 IN PTR host', ['10.example.com. 60 PTR host.example.com.']],
  ['an owner that is a type', 'a 60 A 192.0.2.1', ['a.example.com. 60 A 192.0.2.1']],
  ['the class before the TTL', 'www IN 60 A 192.0.2.1', ['www.example.com. 60 A 192.0.2.1']],
  ['no class', 'www 1h30m A 192.0.2.1', ['www.example.com. 5400 A 192.0.2.1']],
  ['small letters', 'www 60 in a 192.0.2.1', ['www.example.com. 60 A 192.0.2.1']],
  ['the class by number', 'www 60 CLASS1 TYPE1 192.0.2.1', ['www.example.com. 60 A 192.0.2.1']],
  [
    'the owner of the line before',
    'www 60 A 192.0.2.1\n 30 A 192.0.2.2',
    ['www.example.com. 60 A 192.0.2.1', 'www.example.com. 30 A 192.0.2.2'],
  ],
  [
    'the TTL of the line before',
    'a 60 A 192.0.2.1\nb A 192.0.2.2',
    ['a.example.com. 60 A 192.0.2.1', 'b.example.com. 60 A 192.0.2.2'],
  ],
  [
    '$TTL before the TTL of the line before',
    '$TTL 5m\na 60 A 192.0.2.1\nb A 192.0.2.2',
    ['a.example.com. 60 A 192.0.2.1', 'b.example.com. 300 A 192.0.2.2'],
  ],
  [
    'the minimum of the SOA where there is no TTL',
    '@ SOA . . 1 2 3 4 77\nb A 192.0.2.2',
    ['example.com. 77 SOA . . 1 2 3 4 77', 'b.example.com. 77 A 192.0.2.2'],
  ],
  [
    '$ORIGIN',
    '$TTL 1\n$ORIGIN sub\nwww A 192.0.2.1\n$ORIGIN example.org.\n@ NS ns',
    ['www.sub.example.com. 1 A 192.0.2.1', 'example.org. 1 NS ns.example.org.'],
  ],
  [
    'the same owner text after another $ORIGIN',
    '$TTL 1\na A 192.0.2.1\n$ORIGIN b\na A 192.0.2.1',
    ['a.example.com. 1 A 192.0.2.1', 'a.b.example.com. 1 A 192.0.2.1'],
  ],
  ['directives in small letters, with a comment', '$ttl 1 ; one\na A 192.0.2.1', ['a.example.com. 1 A 192.0.2.1']],
  ['parentheses before the type', 'a ( 60\n IN\n A 192.0.2.1 )', ['a.example.com. 60 A 192.0.2.1']],
  [
    'a TTL of zero and the largest',
    'a 0 A 192.0.2.1\nb 2147483647 A 192.0.2.1',
    ['a.example.com. 0 A 192.0.2.1', 'b.example.com. 2147483647 A 192.0.2.1'],
  ],
  ['types without a name', 'a 60 TYPE65280 \\# 3 00 01 00', ['a.example.com. 60 TYPE65280 \\# 3 000100']],
  ['an owner in capitals, as it is', 'WWW 60 A 192.0.2.1', ['WWW.example.com. 60 A 192.0.2.1']],
])('%s', (_what, text, lines) => expect(read(text)).toMatchObject({ lines, problems: [] }))

test.each<[string, string, string[]]>([
  ['an unknown type', 'www 60 IN AAA 192.0.2.1', ['1:11 expected a record type, found "AAA" (did you mean "AAAA"?)']],
  ['no type', 'www 60 IN', ['1:10 expected a record type, found the end of the record']],
  ['a type of queries', 'www 60 ANY x', ['1:8 expected a record type, found "ANY" (known are']],
  ['a type of queries by number', 'www 60 TYPE255 \\# 0', ['1:8 expected a record type, found "TYPE255"']],
  ['bad rdata', 'www 60 A 192.0.2.256', ['1:10 A address: expected an IPv4 address, found "192.0.2.256"']],
  ['missing rdata', 'www 60 MX 10', ['1:13 MX exchange: expected a domain name, found the end of the record']],
  ['missing rdata after a quoted string', 'www 60 HINFO "a"', ['1:17 HINFO os: expected a string']],
  ['too much rdata', 'www 60 A 192.0.2.1 192.0.2.2', ['1:20 expected the end of the A record, found "192.0.2.2"']],
  ['another class', 'www 60 CH A 192.0.2.1', ['1:8 expected class IN, found "CH"']],
  ['another class by number', 'www 60 CLASS3 A 192.0.2.1', ['1:8 expected class IN, found "CLASS3"']],
  [
    'a bad TTL',
    'www 1y A 192.0.2.1',
    ['1:5 expected a TTL such as 300 or 1h30m (at most 2147483647), a class or a type, found "1y"'],
  ],
  ['a TTL above 31 bits', 'www 2147483648 A 192.0.2.1', ['1:5 expected a TTL']],
  ['two TTLs', 'www 60 60 A 192.0.2.1', ['1:8 expected a record type, found "60"']],
  ['no TTL anywhere', 'www A 192.0.2.1', ['1:5 expected a TTL, found none (write "$TTL 1h" above)']],
  [
    'a forgotten owner',
    'A 192.0.2.1',
    [
      '1:3 expected a TTL such as 300 or 1h30m (at most 2147483647), a class or a type, found "192.0.2.1" (a line without an owner begins with a blank)',
    ],
  ],
  ['a bad owner', 'a..b 60 A 192.0.2.1', ['1:1 expected an owner name, found an empty label in "a..b"']],
  ['a quoted owner', '"www" 60 A 192.0.2.1', ['1:1 expected an owner name, found the quoted string "www"']],
  [
    'a blank before the first owner',
    ' 60 A 192.0.2.1',
    ['1:2 expected an owner name at the start of the line, found a blank'],
  ],
  [
    'a bad owner, once for all lines of it',
    'a..b 60 A 192.0.2.1\n A 192.0.2.2\n A x',
    ['1:1 expected an owner name', '3:4 A address'],
  ],
  [
    'an unknown directive',
    '$ORIGN x',
    ['1:1 expected $ORIGIN, $TTL, $INCLUDE or $GENERATE, found "$ORIGN" (did you mean "$ORIGIN"?)'],
  ],
  [
    'directives without what they need',
    '$ORIGIN\n$TTL\n$INCLUDE',
    ['1:8 expected a domain name', '2:5 expected a TTL', '3:9 expected the path of a file'],
  ],
  [
    'directives with too much',
    '$TTL 1 2\n$ORIGIN a b\n$INCLUDE a b c',
    [
      '1:8 expected the end of $TTL, found "2"',
      '2:11 expected the end of $ORIGIN',
      '3:14 expected the end of $INCLUDE',
    ],
  ],
  [
    'a bad $TTL and $ORIGIN',
    '$TTL x\n$ORIGIN a..b',
    ['1:6 expected a TTL such as 300 or 1h30m, found "x"', '2:9 expected a domain name, found an empty label'],
  ],
  [
    'all mistakes of a file',
    '$TTL 1\na A x\nb A 192.0.2.1\nc "\nd MX\ne ) A 192.0.2.1',
    ['2:5 A', '4:3 expected a closing quote', '5:5 MX', '6:3 expected a record, found ")"'],
  ],
  ['an unclosed parenthesis and what follows', '$TTL 1\na A ( 192.0.2.1\nb A x', ['2:5 expected ")"', '3:5 A']],
])('%s is told with its place', (_what, text, problems) => {
  const found = read(text).problems
  expect(found.length).toBe(problems.length)
  for (const [i, problem] of problems.entries()) expect(found[i]).toContain(problem)
})

test('a mistake costs its own record only', () => {
  expect(read('$TTL 1\na A x\nb A 192.0.2.1\nc ( A\n y )\nd A 192.0.2.2').lines).toEqual([
    'b.example.com. 1 A 192.0.2.1',
    'd.example.com. 1 A 192.0.2.2',
  ])
})

test('records of an unreadable owner go to no other owner', () => {
  expect(read('$TTL 1\na A 192.0.2.1\nb..c A 192.0.2.2\n A 192.0.2.3\nd A 192.0.2.4').lines).toEqual([
    'a.example.com. 1 A 192.0.2.1',
    'd.example.com. 1 A 192.0.2.4',
  ])
})

test('a record knows its file, line and column', () => {
  const readFile: ReadFile = () => ({ text: '\n  A 192.0.2.2' })
  const { places } = read('$TTL 1\na A 192.0.2.1\n$INCLUDE sub', readFile)
  expect(places).toEqual([
    { file: 'zones/example.com', line: 2, col: 1 },
    { file: 'zones/sub', line: 2, col: 3 },
  ])
})

test('the TTL of who includes the file is the last resort', () => {
  expect(read('a A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1', noFiles, 300).lines).toEqual([
    'a.example.com. 300 A 192.0.2.1',
    'b.example.com. 5 A 192.0.2.1',
    'c.example.com. 5 A 192.0.2.1',
  ])
})

/** Files by path, and the paths that were asked for. */
function files(texts: Readonly<Record<string, string>>): { readFile: ReadFile; asked: string[] } {
  const asked: string[] = []
  const readFile: ReadFile = (path) => {
    asked.push(path)
    const text = texts[path]
    return text === undefined ? { problem: 'no such file' } : { text }
  }
  return { readFile, asked }
}

test('an included file has its own origin and owner, and leaves its $TTL behind', () => {
  const { readFile } = files({ 'zones/sub.zone': '$TTL 7\nwww A 192.0.2.2\n$ORIGIN elsewhere.\nx A 192.0.2.3' })
  const { lines, problems } = read(
    '$TTL 1\nmain A 192.0.2.1\n$INCLUDE sub.zone sub\n A 192.0.2.4\nother A 192.0.2.5',
    readFile,
  )
  expect(problems).toEqual([])
  expect(lines).toEqual([
    'main.example.com. 1 A 192.0.2.1',
    'www.sub.example.com. 7 A 192.0.2.2',
    'x.elsewhere. 7 A 192.0.2.3',
    'main.example.com. 7 A 192.0.2.4',
    'other.example.com. 7 A 192.0.2.5',
  ])
})

test('paths are relative to the including file', () => {
  const { readFile, asked } = files({
    'zones/a/b': '$INCLUDE "c d"',
    'zones/a/c d': '$INCLUDE /etc/e\n$INCLUDE C:\\f',
    '/etc/e': '',
    'C:\\f': '',
  })
  expect(read('$INCLUDE ./a/b', readFile).problems).toEqual([])
  expect(asked).toEqual(['zones/a/b', 'zones/a/c d', '/etc/e', 'C:\\f'])
})

test('a file that cannot be read, or includes itself, is told where it is included', () => {
  const { readFile } = files({ 'zones/a': '$INCLUDE b', 'zones/b': '\n $INCLUDE a' })
  expect(read('$INCLUDE gone\n$INCLUDE a\nw 1 A x', readFile).problems).toEqual([
    '1:10 expected a readable file, found "zones/gone": no such file',
    'zones/b:2:11 expected another file, found "zones/a", which includes this one',
    '3:7 A address: expected an IPv4 address, found "x"',
  ])
})

test('files are included to a bounded depth and in a bounded number', () => {
  let count = 0
  const deeper: ReadFile = () => ({ text: `$INCLUDE x${count++}` })
  expect(read('$INCLUDE x', deeper).problems).toEqual([
    expect.stringContaining('expected files included at most 10 deep'),
  ])
  count = 0
  const wider: ReadFile = () => ({ text: `$INCLUDE x${count++}\n`.repeat(10) })
  expect(read('$INCLUDE x', wider).problems.length).toBeLessThanOrEqual(1001)
  expect(count).toBeLessThanOrEqual(10_000)
})

test('of many mistakes a thousand are listed', () => {
  const { problems } = read('$TTL 1\n'.concat('a A x\n'.repeat(1500)))
  expect(problems.length).toBe(1001)
  expect(problems.at(-1)).toBe('0:0 500 more errors and 0 more warnings are not shown')
})

test('damaged text never throws, and what is found in it has a place', () => {
  const sound =
    '$ORIGIN example.com.\n$TTL 1h\n@ IN SOA ns1 host ( 1 2h ; x\n 3 4w 5 )\n NS ns1\nns1 60 A 192.0.2.1\nt TXT "a;b" c\\;\nx TYPE9 \\# 2 0a0b\n$INCLUDE f\n'
  const text = fc
    .array(
      fc.tuple(
        fc.nat(sound.length),
        fc.nat(4),
        fc.oneof(fc.constantFrom('(', ')', '"', '\\', '\n', ';', '$', '@', '.'), fc.string({ maxLength: 4 })),
      ),
      { maxLength: 6 },
    )
    .map((edits) => edits.reduce((all, [at, gone, more]) => all.slice(0, at) + more + all.slice(at + gone), sound))
  fc.assert(
    fc.property(text, (damaged) => {
      const lines = damaged.split('\n').length
      for (const problem of parseMaster(damaged, 'f', origin, openRecords(), noFiles)) {
        expect(problem.line).toBeGreaterThan(0)
        expect(problem.line).toBeLessThanOrEqual(lines)
        expect(problem.col).toBeGreaterThan(0)
        expect(problem.message).toMatch(/expected/)
      }
    }),
    { numRuns: 2000 },
  )
})
