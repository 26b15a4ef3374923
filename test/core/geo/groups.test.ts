// Groups of places: what is in them, how deep, and what is wrong with them.

import { expect, test } from 'vitest'
import { compileGroups } from '../../../src/core/geo/groups.ts'
import { printWhere } from '../../../src/core/geo/where.ts'

const isNetwork = (name: string): boolean => name === 'office'

function membersOf(groups: Readonly<Record<string, readonly string[]>>, name: string): string[] {
  const { members, problems } = compileGroups(groups, isNetwork)
  expect(problems).toEqual([])
  return members.get(name)!.map(({ where, depth }) => `${printWhere(where)} ${depth}`)
}

test('a group holds places of all kinds, and other groups', () => {
  const groups = {
    europe: ['group dach', 'country FR', 'group benelux'],
    dach: ['country DE', 'country  AT', 'country CH'],
    benelux: ['country NL', 'subdivision BE-VLG'],
    near: ['group europe', 'network office', 'asn 64500', 'cidr 192.0.2.0/24', 'continent AF'],
  }
  expect(membersOf(groups, 'dach')).toEqual(['country DE 1', 'country AT 1', 'country CH 1'])
  expect(membersOf(groups, 'near')).toEqual([
    'network office 1',
    'asn 64500 1',
    'cidr 192.0.2.0/24 1',
    'continent AF 1',
    'country FR 2',
    'country DE 3',
    'country AT 3',
    'country CH 3',
    'country NL 3',
    'subdivision BE-VLG 3',
  ])
})

test('a place that comes up twice stands where it is nearest to the group', () => {
  const groups = { outer: ['group inner', 'country DE'], inner: ['country DE', 'country FR'] }
  expect(membersOf(groups, 'outer')).toEqual(['country DE 1', 'country FR 2'])
})

test('groups that name each other in many ways are looked at once', () => {
  const depth = 60
  const groups: Record<string, string[]> = {}
  for (let i = 0; i < depth; i++) {
    const next = i + 1 < depth ? [`group a${i + 1}`, `group b${i + 1}`] : ['country DE']
    groups[`a${i}`] = next
    groups[`b${i}`] = next
  }
  expect(membersOf(groups, 'a0')).toEqual([`country DE ${depth}`])
})

function problemsOf(groups: Readonly<Record<string, readonly string[]>>): string[] {
  return compileGroups(groups, isNetwork).problems.map(
    ({ path, message, hint }) => `${path.join('.')}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )
}

test.each([
  ['nothing that is known', { a: ['country FR', 'contry DE'] }, 'a.1: expected "continent EU"'],
  [
    'a group that is not there',
    { dach: ['country DE'], b: ['group dahc'] },
    'b.0: expected a group of geo.groups, found "dahc" (did you mean "dach"?)',
  ],
  ['a network that is not there', { a: ['network moon'] }, 'a.0: expected a network of geo.networks, found "moon"'],
  ['itself', { a: ['group a'] }, 'a.0: expected groups inside of groups, found a cycle: a → a'],
])('%s in a group is a mistake, shown where it stands', (_, groups, message) => {
  const [first = '', ...more] = problemsOf(groups)
  expect(first.slice(0, message.length)).toBe(message)
  expect(more).toEqual([])
})

test('a cycle is told once, with its path and without what only leads to it', () => {
  const groups = { lead: ['group a'], a: ['country DE', 'group b'], b: ['group c'], c: ['group a'] }
  expect(problemsOf(groups)).toEqual(['a.1: expected groups inside of groups, found a cycle: a → b → c → a'])
  expect(compileGroups(groups, isNetwork).members.get('c')).toHaveLength(1)
})

test('a name that objects have by themselves is no group', () => {
  expect(problemsOf({ a: ['group constructor'] })).toHaveLength(1)
})
