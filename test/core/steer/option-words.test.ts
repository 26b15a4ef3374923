// What failover and weighted say of returns, spill and canaries when they are asked to explain.

import { expect, test } from 'vitest'
import type { Branch, SteerTrace } from '../../../src/core/steer/policy.ts'
import { change, settleAt } from './past.ts'
import { makeTree, pick, type PoolText, type State, type Tree } from './tree.ts'

const START = Date.parse('2026-11-21T10:00:00Z') / 1000

const pool = (net: number, ...states: State[]): PoolText => ({
  targets: states.map((state, i) => ({ address: `192.0.${net}.${i + 1}`, state })),
  answers: 1,
})

function told(steer: Branch, states: readonly State[], u: number, prepare: (tree: Tree) => void = () => {}): string[] {
  const pools = { a: pool(0, ...states), b: pool(1, 'up'), c: pool(2, 'up') }
  const tree = makeTree({ pools, steer }, (total) => Math.floor(u * total))
  prepare(tree)
  const said: string[] = []
  const trace: SteerTrace = {
    say: (_, text) => void said.push(text),
    nameOf: (node) => tree.names.nodes.get(node)!,
    targetName: (target) => tree.names.targets.get(target)!.text,
    targetState: () => 'down',
    vantageName: String,
    describePlace: () => '',
    networkName: () => '',
    depth: 0,
    enter: () => undefined,
    out: () => undefined,
    leave: () => undefined,
  }
  tree.asking.trace = trace
  pick(tree)
  return said
}

const returned = (tree: Tree): void => {
  change(tree, '192.0.0.1', 'up', START)
  settleAt(tree, START + 60)
}

test.each<[string, object, State[], number, (tree: Tree) => void, string[]]>([
  [
    'too little of it',
    { min_healthy: '60%' },
    ['up', 'down'],
    0,
    () => {},
    [
      'failover: pool a falls out: not usable',
      'pool a is not usable: less than 60 % of its weight is up',
      'passed over 192.0.0.2: down',
      'failover: pool b is usable',
      'failover: pool b is drawn; its share is 100 %',
      'pool b answers 192.0.1.1',
    ],
  ],
  [
    'held back',
    { failback: '5m' },
    ['up'],
    0,
    returned,
    [
      'failover: pool a falls out: it has come back, and is held back until 2026-11-21T10:05:00Z',
      'failover: pool b is usable',
      'failover: pool b is drawn; its share is 100 %',
      'pool b answers 192.0.1.1',
    ],
  ],
  [
    'held back by hand',
    { failback: 'manual' },
    ['up'],
    0,
    returned,
    [
      'failover: pool a falls out: it has come back, and is held back until an operator returns to it',
      'failover: pool b is usable',
      'failover: pool b is drawn; its share is 100 %',
      'pool b answers 192.0.1.1',
    ],
  ],
  [
    'slowly',
    { slow_start: '5m' },
    ['up'],
    0.1,
    returned,
    [
      'failover: pool a starts slowly: 20 % of it is open, all by 2026-11-21T10:05:00Z',
      'failover: pool b is usable',
      'failover: pool a is drawn; its share is 20 %',
      'pool a answers 192.0.0.1',
    ],
  ],
  [
    'spilling',
    { spill: true },
    ['up', 'down'],
    0.8,
    () => {},
    [
      'failover: pool a has room for 70 % of the demand (50 % is up)',
      'failover: pool b has room for 100 % of the demand (100 % is up)',
      'failover: pool b is drawn; its share is 30 %',
      'pool b answers 192.0.1.1',
    ],
  ],
])('failover, %s', (_, options, states, u, prepare, expected) => {
  expect(told({ failover: { tiers: ['a', 'b', 'c'], ...options } }, states, u, prepare)).toEqual(expected)
})

const ramp = { to: '100%', over: '2h', from: '2026-11-21T10:00:00Z' }

test.each<[string, State[], number, string[]]>([
  [
    'well',
    ['up', 'up'],
    0.9,
    [
      'weighted: pool a is a canary with 52.5 %, on its way to 100 %, from 2026-11-21T10:00:00Z to 2026-11-21T12:00:00Z',
      'weighted: pool b is drawn (0 of 1; its share is 1 of 1, 100 % of the rest)',
      'pool b answers 192.0.1.1',
    ],
  ],
  [
    'drawn',
    ['up', 'up'],
    0.1,
    [
      'weighted: pool a is a canary with 52.5 %, on its way to 100 %, from 2026-11-21T10:00:00Z to 2026-11-21T12:00:00Z',
      'weighted: pool a is drawn (100 of 1000; its share is 525 of 1000, 52.5 %)',
      'pool a answers 192.0.0.1',
    ],
  ],
  [
    'ill',
    ['up', 'down'],
    0.1,
    [
      'weighted: pool a falls out: 50 % of it is usable, and a canary needs 90 %',
      'pool a is not usable: less than 90 % of its weight is up',
      'passed over 192.0.0.2: down',
      'weighted: pool b is drawn (0 of 1; its share is 1 of 1, 100 % of the rest)',
      'pool b answers 192.0.1.1',
    ],
  ],
])('a canary that is %s', (_, states, u, expected) => {
  const weighted = [{ to: 'b' }, { to: 'a', percent: '5%', ramp }]
  expect(told({ weighted }, states, u, (tree) => settleAt(tree, START + 3600))).toEqual(expected)
})
