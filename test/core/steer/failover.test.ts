// failover: the first usable branch.

import { expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { makeTree, pick, type State } from './tree.ts'

const pool = (last: number, state: State) => ({ targets: [{ address: `192.0.2.${last}`, state }] })
const treeOf = (a: State, b: State, c: State) =>
  makeTree({ pools: { a: pool(1, a), b: pool(2, b), c: pool(3, c) }, steer: { failover: ['a', 'b', 'c'] } })

test.each<[State, State, State, string[], string]>([
  ['up', 'up', 'up', ['192.0.2.1'], 'a'],
  ['unknown', 'up', 'up', ['192.0.2.1'], 'a'],
  ['down', 'up', 'up', ['192.0.2.2'], 'b'],
  ['drained', 'down', 'up', ['192.0.2.3'], 'c'],
  ['down', 'down', 'down', ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 'a'],
  ['drained', 'down', 'down', ['192.0.2.2', '192.0.2.3'], 'b'],
  ['drained', 'drained', 'drained', ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 'a'],
])('%s, %s, %s → %j, counted for %s', (a, b, c, targets, counted) => {
  expect(pick(treeOf(a, b, c))).toMatchObject({ targets, pool: counted })
})

test('a branch named twice answers once', () => {
  const tree = makeTree({ pools: { a: pool(1, 'down') }, steer: { failover: ['a', 'a'] } })
  expect(pick(tree).targets).toEqual(['192.0.2.1'])
})

test('does not depend on the place', () => {
  expect(treeOf('up', 'up', 'up').usesPlace).toBe(false)
})

test('agrees with the model', () => expectModelAgrees('failover', 1000))
