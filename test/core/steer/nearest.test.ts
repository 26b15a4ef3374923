// nearest: the usable pool closest by great circle.

import { expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { makeTree, pick, type State } from './tree.ts'

const cities = {
  dublin: [53.35, -6.26],
  virginia: [39, -77.5],
  singapore: [1.35, 103.8],
  tokyo: [35.68, 139.69],
  auckland: [-36.85, 174.76],
} as const
type City = keyof typeof cities

function treeOf(states: Partial<Record<City, State>> = {}) {
  const pools = Object.fromEntries(
    (Object.keys(cities) as City[]).map((city, i) => [
      city,
      { at: cities[city], targets: [{ address: `192.0.2.${i + 1}`, state: states[city] ?? ('up' as const) }] },
    ]),
  )
  return makeTree({ pools, steer: { nearest: Object.keys(cities) } })
}

test.each([
  ['40.0.0.1', {}, 'tokyo'],
  ['40.0.0.1', { tokyo: 'down' }, 'singapore'],
  ['20.9.9.9', {}, 'dublin'],
  ['20.9.9.9', { dublin: 'drained' }, 'virginia'],
  ['20.2.0.1', {}, 'virginia'],
  ['20.2.0.1', { virginia: 'down' }, 'dublin'],
  ['30.1.0.1', {}, 'virginia'],
] as [string, Partial<Record<City, State>>, City][])('%s, where %j → %s', (client, states, city) => {
  expect(pick(treeOf(states), 1, client).pool).toBe(city)
})

test('a client whose place is unknown gets the order given', () => {
  expect(pick(treeOf(), 1, '9.9.9.9').pool).toBe('dublin')
  expect(pick(treeOf({ dublin: 'down' }), 1, '9.9.9.9').pool).toBe('virginia')
})

test('when everything is down all answer, the nearest first', () => {
  const down = Object.fromEntries(Object.keys(cities).map((city) => [city, 'down' as const]))
  const order = (client: string): string[] => pick(treeOf(down), 1, client).targets.map((address) => address.slice(-1))
  expect(order('40.0.0.1')).toEqual(['4', '3', '5', '1', '2'])
  expect(order('9.9.9.9')).toEqual(['1', '2', '3', '4', '5'])
})

test('pools at the same place are taken in the order given', () => {
  const pool = (last: number, state: State) => ({
    at: [10, 10] as const,
    targets: [{ address: `192.0.2.${last}`, state }],
  })
  const tree = makeTree({
    pools: { a: pool(1, 'down'), b: pool(2, 'up'), c: pool(3, 'up') },
    steer: { nearest: ['a', 'b', 'c'] },
  })
  expect(pick(tree, 1, '40.0.0.1').pool).toBe('b')
})

test('a few hundred metres are told apart', () => {
  // A scalar product of 32-bit coordinates is wrong by some two kilometres; a degree has 111 of them.
  const picked: string[] = []
  for (let i = 0; i < 100; i++) {
    const pool = (last: number, km: number) => ({
      at: [35.7 + km / 111, 139.7] as const,
      targets: [{ address: `192.0.2.${last}` }],
    })
    const pools = { far: pool(1, 0.5 + i / 100), near: pool(2, -0.3 - i / 100) }
    picked.push(pick(makeTree({ pools, steer: { nearest: ['far', 'near'] } }), 1, '40.0.0.1').pool)
  }
  expect(picked).toEqual(new Array<string>(100).fill('near'))
})

test('depends on the place', () => expect(treeOf().usesPlace).toBe(true))

test('agrees with the model', () => expectModelAgrees('nearest', 1000))
