// The names of a zone while it is loaded.

import { expect, test } from 'vitest'
import { printName } from '../../../src/core/wire/name.ts'
import { addName, findName, findNearest, gatherNames, isWildcard, nameBytes } from '../../../src/core/zone/names.ts'
import { addRecord, openRecords, type Records } from '../../../src/core/zone/records.ts'
import { nameOf } from '../../support/snapshot.ts'

const apex = nameOf('Example.COM')

function recordsOf(...owners: string[]): Records {
  const records = openRecords()
  for (const [i, owner] of owners.entries())
    addRecord(records, nameOf(owner), 1, 60, Uint8Array.of(192, 0, 2, i), { file: 'f', line: i + 1, col: 1 })
  return records
}

const records = recordsOf(
  'example.com',
  'a.b.example.com',
  'WWW.example.com',
  'www.example.com',
  'example.net',
  'www.Example.com',
  '*.w.example.com',
)
const names = gatherNames(records, apex)
const listed = Array.from({ length: names.count }, (_, name) => printName(nameBytes(names, name)))

test('each name is there once, in small letters, the apex first; its ancestors as well (RFC 4592 §2.2.2)', () => {
  expect(listed).toEqual([
    'example.com.',
    'a.b.example.com.',
    'b.example.com.',
    'www.example.com.',
    '*.w.example.com.',
    'w.example.com.',
  ])
})

test('a name knows its parent, and whether it is a wildcard', () => {
  const parents = listed.map((_, name) => listed[names.parent[name]!] ?? 'none')
  expect(parents).toEqual(['none', 'b.example.com.', 'example.com.', 'example.com.', 'w.example.com.', 'example.com.'])
  expect(listed.filter((_, name) => isWildcard(names, name))).toEqual(['*.w.example.com.'])
})

test('records are found from their names, in the order read, and names from their records', () => {
  const www = findName(names, nameOf('wWw.example.com'))
  const chain: number[] = []
  for (let i = names.first[www]!; i >= 0; i = names.next[i]!) chain.push(i)
  expect(chain).toEqual([2, 3, 5])
  expect([...names.nameOf]).toEqual([0, 1, 3, 3, -1, 3, 4])
  expect(names.first[findName(names, nameOf('b.example.com'))]).toBe(-1)
})

test.each([
  ['x.www.example.com', 'www.example.com.'],
  ['x.y.b.example.com', 'b.example.com.'],
  ['www.example.com', 'www.example.com.'],
  ['x.example.com', 'example.com.'],
])('nearest to %s is %s', (name, nearest) => expect(listed[findNearest(names, nameOf(name))]).toBe(nearest))

test.each(['example.net', 'com', 'notexample.com', '.'])('%s is outside', (name) => {
  expect([findName(names, nameOf(name)), findNearest(names, nameOf(name)), addName(names, nameOf(name))]).toEqual([
    -1, -1, -1,
  ])
})

test('a name without records can be added, once', () => {
  const own = gatherNames(recordsOf('example.com'), apex)
  const added = addName(own, nameOf('x.y.example.com'))
  expect([added, addName(own, nameOf('X.y.example.com')), own.count]).toEqual([1, 1, 3])
})

test('a great many are all found again', () => {
  const owners = Array.from({ length: 20_000 }, (_, i) => `h${i}.d${i % 70}.example.com`)
  const many = gatherNames(recordsOf(...owners), apex)
  expect(many.count).toBe(20_000 + 70 + 1)
  for (const [i, owner] of owners.entries()) expect(many.first[findName(many, nameOf(owner))]).toBe(i)
})
