// geo: a branch by where the client is; the most specific place wins, and what is not usable falls through.

import { describe, expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { makeTree, pick, type PoolText, type State } from './tree.ts'

const places = {
  desk: 'network desk',
  office: 'network office',
  corp: 'network corp',
  system: 'asn 64500',
  paris: 'subdivision FR-IDF',
  france: 'country FR',
  europe: 'continent EU',
}
type Place = keyof typeof places
const all = Object.keys(places) as Place[]

function treeOf(named: readonly Place[], down: readonly string[] = [], fenced: readonly string[] = []) {
  const pool = (name: string, last: number): PoolText => ({
    targets: [{ address: `192.0.2.${last}`, state: down.includes(name) ? 'down' : 'up' }],
  })
  const rules = named.map((name) => ({
    where: [places[name]],
    to: name,
    ...(fenced.includes(name) && { fence: true }),
  }))
  return makeTree({
    pools: { ...Object.fromEntries(all.map((name, i) => [name, pool(name, i + 1)])), rest: pool('rest', 99) },
    steer: { geo: [...rules, { to: 'rest' }] },
  })
}

const desk = '20.1.1.1'

describe('the most specific place wins, whatever the order', () => {
  for (const [i, place] of all.entries()) {
    test(`${places[place]} before everything wider`, () => {
      const wider = all.slice(i)
      expect(pick(treeOf(wider), 1, desk).pool).toBe(place)
      expect(pick(treeOf(wider.toReversed()), 1, desk).pool).toBe(place)
    })
  }

  test('who is nowhere gets the rest', () => expect(pick(treeOf(all), 1, '9.9.9.9').pool).toBe('rest'))
})

test('what is not usable falls through, step by step, enclosing networks included', () => {
  for (let i = 0; i <= all.length; i++) {
    expect(pick(treeOf(all, all.slice(0, i)), 1, desk).pool).toBe([...all, 'rest'][i])
  }
})

test('a fence keeps its clients in, even when all is down behind it', () => {
  const fenced = treeOf(all, ['desk', 'office'], ['office'])
  expect(pick(fenced, 1, desk)).toEqual({ isUsable: false, targets: ['192.0.2.1', '192.0.2.2'], pool: 'desk' })
  expect(pick(fenced, 1, '20.9.9.9')).toMatchObject({ isUsable: true, pool: 'corp' })
  const open = treeOf(all, [...all, 'rest'])
  expect(pick(open, 1, desk).targets).toHaveLength(8)
})

test('a fence that is usable is a branch like any other', () => {
  expect(pick(treeOf(all, ['desk'], ['office']), 1, desk).pool).toBe('office')
})

test('a nested geo that cannot answer a client makes the outer one fall through', () => {
  const pool = (last: number, state: State): PoolText => ({ targets: [{ address: `192.0.2.${last}`, state }] })
  const tree = makeTree({
    pools: { a: pool(1, 'down'), b: pool(2, 'up'), c: pool(3, 'up') },
    steer: {
      geo: [
        { where: ['continent EU'], to: { geo: [{ where: ['country FR'], to: 'a', fence: true }, { to: 'b' }] } },
        { to: 'c' },
      ],
    },
  })
  expect(pick(tree, 1, desk).pool).toBe('c')
  expect(pick(tree, 1, '20.9.9.9').pool).toBe('b')
})

describe('mistakes', () => {
  const pools = { p: { targets: [{ address: '192.0.2.1' }] } }
  const messages = (rules: readonly object[]): string[] =>
    makeTree({ pools, steer: { geo: rules } }).findings.map(
      ({ path, message, hint }) => `${path.join('.')}: ${message}${hint ? ` (${hint})` : ''}`,
    )

  test.each([
    [
      'no rest',
      [{ where: ['country FR'], to: 'p' }],
      'services.root.steer.geo: expected a branch without `where` for the rest of the world, found none (add `- { to: … }`)',
    ],
    [
      'two rests',
      [{ to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.1: expected one branch without `where`, found a second (only one branch can take the rest)',
    ],
    [
      'a place twice',
      [{ where: ['country FR', 'country DE'], to: 'p' }, { where: ['country DE'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.1.where.0: expected each place once, found "country DE" a second time',
    ],
    [
      'a network that nobody has',
      [{ where: ['network moon'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.0.where.0: expected a network of geo.networks (one of corp, office, desk, lonely), found "network moon"',
    ],
  ])('%s', (_, rules, message) =>
    expect(messages(rules)).toEqual([message.replace('found "network moon"', 'found "moon"')]),
  )

  test('subdivisions that no database knows match nobody, and are no mistake, however many there are', () => {
    expect(messages([{ where: ['subdivision US-NY', 'subdivision US-TX'], to: 'p' }, { to: 'p' }])).toEqual([])
  })
})

test('agrees with the model', () => expectModelAgrees('geo', 1500))
