// Unknown types as text: the three records of RFC 3597 §5.

import { expect, test } from 'vitest'
import { parseName } from '../../src/core/wire/name.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { printMaster } from '../../src/core/zone/master/print.ts'
import { openRecords } from '../../src/core/zone/records.ts'
import { readBoth, readMessage } from '../support/oracle.ts'
import { ask, makeWorld } from '../support/snapshot.ts'

const origin = parseName('example.com.') as Uint8Array
const refuse = () => ({ problem: 'no files here' })

test('the examples are read and printed', () => {
  // The first record of the RFC is of class 32; only IN is served.
  const text = `$TTL 1
   a.example.com.   CLASS1     TYPE731         \\# 6 abcd (
                                               ef 01 23 45 )
   b.example.com.   IN         TYPE62347       \\# 0
   e.example.com.   IN         A               \\# 4 0A000001
   e.example.com.   CLASS1     TYPE1           10.0.0.2
`.replaceAll('\n   ', '\n')
  const records = openRecords()
  expect(parseMaster(text, 'f', origin, records, refuse)).toEqual([])
  expect(printMaster(records, origin).split('\n').slice(1, -1)).toEqual([
    'a\t1\tIN\tTYPE731\t\\# 6 abcdef012345',
    'b\t1\tIN\tTYPE62347\t\\# 0',
    'e\t1\tIN\tA\t10.0.0.1',
    'e\t1\tIN\tA\t10.0.0.2',
  ])
})

test('the generic form of a known type has to be right for that type', () => {
  const problems = parseMaster('a 1 A \\# 3 0A0000', 'f', origin, openRecords(), refuse)
  expect(problems.map(({ message }) => message)).toEqual(['A address: expected an IPv4 address at byte 0 of 3'])
})

test('on the wire, names in the data of an unknown type are neither read nor compressed (§4)', () => {
  const world = makeWorld({
    zones: { 'example.com': 'odd TYPE65280 \\# 17 0377777707657861 6d706c6503636f6d00\nodd TYPE65280 \\# 0' },
  })
  const bytes = ask(world, { name: 'odd.example.com', type: 65_280 })
  expect(readBoth(bytes).answer).toEqual([
    'odd.example.com. 3600 TYPE65280 \\# 17 03777777076578616d706c6503636f6d00',
    'odd.example.com. 3600 TYPE65280 \\# 0',
  ])
  // Owners alone are pointers.
  expect(readMessage(bytes).pointers).toHaveLength(2)
  expect(readBoth(ask(world, { name: 'odd.example.com', type: 65_281 }))).toMatchObject({
    rcode: 'NOERROR',
    answer: [],
  })
})
