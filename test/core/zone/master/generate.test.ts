// $GENERATE line by line, as BIND reads it, and what bounds it.

import { expect, test } from 'vitest'
import { parseName, printName } from '../../../../src/core/wire/name.ts'
import { typeByCode } from '../../../../src/core/wire/rdata/index.ts'
import { MAX_GENERATED } from '../../../../src/core/zone/master/generate.ts'
import { parseMaster } from '../../../../src/core/zone/master/parse.ts'
import { openRecords, ownerOf, placeOf, rdataOf, ttlOf, typeOf } from '../../../../src/core/zone/records.ts'
import { generateCases } from './generate-cases.ts'

const origin = parseName('example.com.') as Uint8Array

function read(text: string) {
  const records = openRecords()
  const found = parseMaster(text, 'f', origin, records, () => ({ problem: 'no such file' }))
  const lines: string[] = []
  for (let i = 0; i < Math.min(records.count, 100); i++) {
    const type = typeByCode(typeOf(records, i))
    lines.push(`${printName(ownerOf(records, i))} ${ttlOf(records, i)} ${type.name} ${type.print(rdataOf(records, i))}`)
  }
  const problems = found.map(({ line, col, message, hint }) => `${line}:${col} ${message}${hint ? ` (${hint})` : ''}`)
  return { lines, problems, records }
}

test.each(generateCases)('$GENERATE %s', (text, lines) => {
  const found = read(`$TTL 60\n$GENERATE ${text}`)
  expect(found.problems).toEqual([])
  expect(found.lines.map((line) => line.replace('.example.com. 60 ', ' '))).toEqual(lines)
})

test('rdata of several words may also stand without quotes around it all', () => {
  expect(read('$TTL 60\n$GENERATE 1-2 a$ MX 10 mail$\n$GENERATE 3-3 b TXT "x $" $').lines).toEqual([
    'a1.example.com. 60 MX 10 mail1.example.com.',
    'a2.example.com. 60 MX 10 mail2.example.com.',
    'b.example.com. 60 TXT "x 3" "3"',
  ])
})

test('TTL and class may come before the type, in either order, and a TTL is remembered as that of any record', () => {
  expect(read('$GENERATE 1-1 a 5m IN A 192.0.2.$\n$GENERATE 1-1 b IN 7 A 192.0.2.$\nc A 192.0.2.3').lines).toEqual([
    'a.example.com. 300 A 192.0.2.1',
    'b.example.com. 7 A 192.0.2.1',
    'c.example.com. 7 A 192.0.2.3',
  ])
})

test('names are relative to the origin where the line stands, and the last owner stays what it was', () => {
  const text = '$TTL 60\nw A 192.0.2.1\n$ORIGIN sub\n$GENERATE 1-1 a$ CNAME b$\n$ORIGIN @\n A 192.0.2.2'
  expect(read(text).lines).toEqual([
    'w.example.com. 60 A 192.0.2.1',
    'a1.sub.example.com. 60 CNAME b1.sub.example.com.',
    'w.example.com. 60 A 192.0.2.2',
  ])
})

test('each record knows the line that it came from', () => {
  const { records } = read('$TTL 60\n$GENERATE 1-2 a$ A 192.0.2.$')
  expect(placeOf(records, 1)).toEqual({ file: 'f', line: 2, col: 1 })
})

test.each([
  ['', '1:10 expected a range such as 1-254 or 0-100/2, found the end of the record'],
  ['5-1 a A 192.0.2.1', '1:11 expected a range such as 1-254 or 0-100/2, found "5-1"'],
  ['1-5/0 a A 192.0.2.1', '1:11 expected a range'],
  ['1 a A 192.0.2.1', '1:11 expected a range'],
  ['-1-5 a A 192.0.2.1', '1:11 expected a range'],
  ['1-2147483648 a A 192.0.2.1', '1:11 expected a range'],
  ['"1-5" a A 192.0.2.1', '1:11 expected a range such as 1-254 or 0-100/2, found the quoted string "1-5"'],
  ['1-1000001 a A 192.0.2.1', '1:11 expected at most 1000000 records of $GENERATE in all, found 1000001'],
  ['0-2147483647 a A 192.0.2.1', '1:11 expected at most 1000000 records'],
  ['1-5', '1:14 expected an owner name such as host-$, found the end of the record'],
  ['1-5 "a" A 192.0.2.1', '1:15 expected an owner name such as host-$, found the quoted string "a"'],
  ['1-5 a', '1:16 expected a record type, found the end of the record'],
  ['1-5 a AA 192.0.2.1', '1:17 expected a record type, found "AA" (did you mean "A"?)'],
  ['1-5 a CH A 192.0.2.1', '1:17 expected class IN, found "CH"'],
  ['1-5 a 60 A', '1:20 A address: expected an IPv4 address, found the end of the record (where $ is 1)'],
  ['1-5 a A 192.0.2.1', '1:17 expected a TTL, found none (write "$TTL 1h" above)'],
  ['1-5 a 60 A 192.0.2.x$', '1:22 A address: expected an IPv4 address, found "192.0.2.x1" (where $ is 1)'],
  ['254-300 a 60 A 192.0.2.$', '1:26 A address: expected an IPv4 address, found "192.0.2.256" (where $ is 256)'],
  ['9-10 a..$ 60 A 192.0.2.1', '1:16 expected an owner name, found an empty label in "a..9" (where $ is 9)'],
  ['1-2 a$ 60 MX "10 a b"', '1:24 expected the end of the MX record, found "b" (where $ is 1)'],
  ['1-2 a$ 60 MX "10 ( a"', '1:24 expected ")", found the end of the file'],
  ['1-2 a${x} 60 A 192.0.2.1', '1:15 expected ${offset,width,base} such as ${0,3,d} (bases d o x X n N), found "${x}"'],
  ['1-2 a${0,2,q} 60 A 192.0.2.1', '1:15 expected ${offset,width,base}'],
  ['1-2 a${0,256} 60 A 192.0.2.1', '1:15 expected ${offset,width,base}'],
  ['1-2 a 60 A 192.0.2.${0', '1:22 expected ${offset,width,base} such as ${0,3,d} (bases d o x X n N), found "${0"'],
  ['1-2 a${-2} 60 A 192.0.2.1', '1:15 expected numbers from 0 to 2147483647, found -1 to 0'],
  ['1-2 a${2147483646} 60 A 192.0.2.1', '1:15 expected numbers from 0 to 2147483647, found 2147483647 to 2147483648'],
])('$GENERATE %s is refused', (text, problem) => {
  const { problems } = read(`$GENERATE ${text}\nnext 60 A 192.0.2.9`)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(problem)
})

test('a million records are read, and not one more in however many lines', () => {
  const half = MAX_GENERATED / 2
  const text = `$TTL 60\n$GENERATE 1-${half} a A 192.0.2.1\n$GENERATE 1-${half + 1} b A 192.0.2.1\n$GENERATE 1-${half} c A 192.0.2.1`
  const { problems, records } = read(text)
  expect(records.count).toBe(MAX_GENERATED)
  expect(problems).toEqual(['3:11 expected at most 1000000 records of $GENERATE in all, found 1000001'])
})
