// shed: who stays and who is sent on while a load rises.

import { expect, test } from 'vitest'
import { listen, makeTree, pick, type State, type TargetText, type Tree } from './tree.ts'

const steer = { shed: { to: 'eu', low: '70%', high: '90%', rest: 'us' } }

function treeOf(eu: Partial<TargetText>, us: State = 'up', draw?: (total: number) => number): Tree {
  const pools = {
    eu: { targets: [{ address: '192.0.2.1', ...eu }] },
    us: { targets: [{ address: '192.0.2.2', state: us }] },
  }
  return makeTree({ pools, steer }, draw)
}

/** Of a thousand ways the dice can fall, how many lead to `us`. */
function shedOf(load: number | undefined): number {
  let fallen = 0
  const tree = treeOf(load === undefined ? {} : { load }, 'up', () => fallen)
  let shed = 0
  for (; fallen < 1000; fallen++) if (pick(tree).pool === 'us') shed++
  return shed
}

test.each([
  [undefined, 0],
  [0, 0],
  [700, 0],
  [701, 5],
  [750, 250],
  [800, 500],
  [899, 995],
  [900, 1000],
  [1400, 1000],
])('at a load of %s per mille %i of 1000 clients are shed', (load, shed) => expect(shedOf(load)).toBe(shed))

test('who is shed at some load is shed at every greater one', () => {
  let before = new Set<number>()
  for (let load = 700; load <= 900; load += 20) {
    let fallen = 0
    const tree = treeOf({ load }, 'up', () => fallen)
    const shed = new Set<number>()
    for (; fallen < 1000; fallen += 7) if (pick(tree).pool === 'us') shed.add(fallen)
    expect([...before].filter((way) => !shed.has(way))).toEqual([])
    before = shed
  }
})

test.each<[string, Partial<TargetText>, State, string, boolean]>([
  ['overloaded, the rest is down: it is used after all', { load: 950 }, 'down', 'eu', true],
  ['down: the rest', { load: 0, state: 'down' }, 'up', 'us', true],
  ['down, the rest is down too: nothing is usable', { state: 'down' }, 'down', 'eu', false],
])('%s', (_, eu, us, pool, isUsable) => expect(pick(treeOf(eu, us))).toMatchObject({ pool, isUsable }))

test('the load of a pool is the mean over its usable targets that tell one, by weight', () => {
  const target = (last: number, more: Partial<TargetText>): TargetText => ({ address: `192.0.2.${last}`, ...more })
  const pools = {
    eu: {
      targets: [
        target(1, { load: 900, weight: 1 }),
        target(2, { load: 700, weight: 3 }),
        target(3, { load: 1000, weight: 3, state: 'drained' }),
        target(4, { weight: 1 }),
      ],
    },
    us: { targets: [target(9, {})] },
  }
  const tree = makeTree({ pools, steer })
  const said = listen(tree)
  pick(tree)
  expect(said).toContain(
    'shed: pool eu: its load is 75 %, it sheds from 70 % to 90 %: 25 % of the clients are shed; this client is shed',
  )
})

test('the watermarks are in order', () => {
  const pools = { eu: { targets: [{ address: '192.0.2.1' }] } }
  const { findings } = makeTree({ pools, steer: { shed: { to: 'eu', low: '90%', high: '90%', rest: 'eu' } } })
  expect(findings).toMatchObject([
    {
      path: ['services', 'root', 'steer', 'shed', 'high'],
      message: 'expected more than `low`, which is 90%, found 90%',
    },
  ])
})

test('says that the rest is not usable either', () => {
  const tree = treeOf({ load: 950 }, 'down')
  const said = listen(tree)
  pick(tree)
  expect(said).toContain('shed: pool us is not usable either: pool eu is used after all')
})
