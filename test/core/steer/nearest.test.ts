// nearest: the usable pool closest by great circle.

import { expect, test } from 'vitest'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { expectModelAgrees } from './model.ts'
import { listen, makeTree, pick, type State, treatmentOf } from './tree.ts'

const cities = {
  dublin: [53.35, -6.26],
  virginia: [39, -77.5],
  singapore: [1.35, 103.8],
  tokyo: [35.68, 139.69],
  auckland: [-36.85, 174.76],
} as const
type City = keyof typeof cities

function treeOf(
  states: Partial<Record<City, State>> = {},
  steer: Branch = { nearest: Object.keys(cities) },
  draw?: (total: number) => number,
) {
  const pools = Object.fromEntries(
    (Object.keys(cities) as City[]).map((city, i) => [
      city,
      { at: cities[city], targets: [{ address: `192.0.2.${i + 1}`, state: states[city] ?? ('up' as const) }] },
    ]),
  )
  return makeTree({ pools, steer }, draw)
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

test.each<[string, { [city in City]?: number }, City]>([
  // Dublin is 1104 km from the client, Virginia 6548 km: 5.93 times as far.
  ['without a bias', {}, 'dublin'],
  ['83 % nearer', { virginia: 83 }, 'dublin'],
  ['84 % nearer', { virginia: 84 }, 'virginia'],
  ['5.88 times as far', { dublin: -83 }, 'dublin'],
  ['6.25 times as far', { dublin: -84 }, 'virginia'],
])('a bias moves the border: %s', (_, biases, city) => {
  const of = (Object.keys(cities) as City[]).map((to) => ({ to, bias: biases[to] ?? 0 }))
  expect(pick(treeOf({}, { nearest: of }), 1, '20.9.9.9').pool).toBe(city)
})

test.each<[string, string[]]>([
  // Tokyo is next to the client, Singapore 5318 km and Auckland 8842 km away.
  ['0%', ['tokyo']],
  ['10%', ['tokyo']],
])('the band is a share of the nearest distance: %s', (tie, expected) => {
  const picked = new Set<string>()
  for (let i = 0; i < 5; i++)
    picked.add(
      pick(
        treeOf({}, { nearest: { of: Object.keys(cities), tie } }, (total) => i % total),
        1,
        '40.0.0.1',
      ).pool,
    )
  expect([...picked]).toEqual(expected)
})

test('members within the band share the clients evenly, whatever the health of those outside', () => {
  const of = ['singapore', 'auckland', 'dublin', 'virginia']
  const shares = (states: Partial<Record<City, State>>): Record<string, number> => {
    const count: Record<string, number> = {}
    for (let i = 0; i < 144; i++) {
      const dice = [i % 12, Math.floor(i / 12)]
      const draw = (total: number): number => Math.floor(((dice.shift() ?? 0) * total) / 12)
      const { pool } = pick(treeOf(states, { nearest: { of, tie: '70%' } }, draw), 1, '40.0.0.1')
      count[pool] = (count[pool] ?? 0) + 1
    }
    return count
  }
  expect(shares({})).toEqual({ singapore: 72, auckland: 72 })
  expect(shares({ virginia: 'down' })).toEqual({ singapore: 72, auckland: 72 })
  // Now Auckland is the nearest, and all the others are within 70 % more.
  expect(shares({ singapore: 'down' })).toEqual({ auckland: 48, dublin: 48, virginia: 48 })
})

test('a client whose place is unknown is no tie', () => {
  const tree = treeOf({}, { nearest: { of: ['tokyo', 'dublin'], tie: '100%' } }, (total) => total - 1)
  expect(pick(tree, 1, '9.9.9.9').pool).toBe('tokyo')
  expect(tree.drawn).toEqual([{ node: expect.any(Number), total: 1000 }])
})

test('limit answers with the nearest usable ones together, the nearest first', () => {
  const steer = { nearest: { of: Object.keys(cities), limit: 3 } }
  const lasts = (states: Partial<Record<City, State>>): string[] =>
    pick(treeOf(states, steer), 1, '40.0.0.1').targets.map((address) => address.slice(-1))
  expect(lasts({})).toEqual(['4', '3', '5'])
  expect(lasts({ singapore: 'down' })).toEqual(['4', '5', '1'])
  expect(lasts({ singapore: 'down', virginia: 'down', auckland: 'drained' })).toEqual(['4', '1'])
  expect(pick(treeOf({}, steer), 1, '40.0.0.1').pool).toBe('tokyo')
})

test('a place of its own allows any branch', () => {
  const steer: Branch = {
    nearest: [
      { to: { failover: ['dublin', 'virginia'] }, at: { lat: 34.7, lon: 135.5 } },
      { to: 'singapore', at: { country: 'GB' } },
    ],
  }
  expect(pick(treeOf({}, steer), 1, '40.0.0.1').pool).toBe('dublin')
  expect(pick(treeOf({ dublin: 'down' }, steer), 1, '40.0.0.1').pool).toBe('virginia')
  expect(pick(treeOf({}, steer), 1, '20.9.9.9').pool).toBe('singapore')
})

test('a country that there is not is told', () => {
  const { findings } = treeOf({}, { nearest: { of: ['tokyo', { to: 'dublin', at: { country: 'XX' } }] } })
  expect(findings).toMatchObject([{ path: ['services', 'root', 'steer', 'nearest', 'of', 1, 'at', 'country'] }])
})

test('clients with the same order are treated alike, and a tie tells more of them apart', () => {
  const words = (client: string, steer?: Branch): readonly number[] => treatmentOf(treeOf({}, steer), client).words
  expect(words('20.9.9.9')).toEqual(words('20.1.0.1'))
  expect(words('20.9.9.9')).not.toEqual(words('20.2.0.1'))
  // With its bias Dublin counts as 6494 km from Germany and as 4600 km from Paris; Virginia is 6548 and 6189 km away.
  const tied = (tie: string): Branch => ({ nearest: { of: ['virginia', { to: 'dublin', bias: -83 }], tie } })
  expect(words('20.9.9.9', tied('0.5%'))).toEqual(words('20.1.0.1', tied('0.5%')))
  expect(words('20.9.9.9', tied('10%'))).not.toEqual(words('20.1.0.1', tied('10%')))
  expect(words('20.9.9.9', tied('40%'))).toEqual(words('20.1.0.1', tied('40%')))
})

test('says the distances, the band and the odds', () => {
  const steer: Branch = { nearest: { of: ['singapore', { to: 'auckland', bias: 20 }, 'dublin'], tie: '50%' } }
  const tree = treeOf({ dublin: 'down' }, steer)
  const said = listen(tree)
  pick(tree, 1, '40.0.0.1')
  expect(said).toEqual([
    'nearest: pool singapore is 5318 km away',
    'nearest: pool auckland is 8842 km away, which its bias makes 7073 km',
    'nearest: pool dublin is 9584 km away',
    'nearest: pool dublin falls out: not usable',
    'pool dublin is not usable: less than half of its weight is up',
    'passed over 192.0.2.1: in some state',
    'nearest: pool singapore is drawn: 1 of 2 about as near, 50 %',
    'pool singapore answers 192.0.2.3',
  ])
})
