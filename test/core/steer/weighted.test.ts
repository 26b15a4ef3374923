// weighted: one usable branch, in proportion to its weight.

import { expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { makeTree, pick, type State } from './tree.ts'

const names = ['a', 'b', 'c'] as const

function treeOf(texts: readonly string[], draw?: (total: number) => number) {
  const members = texts.map((text, i) => {
    const [weight, state] = text.split(' ')
    return { name: names[i]!, weight: Number(weight), state: state as State }
  })
  const pools = Object.fromEntries(
    members.map(({ name, state }, i) => [name, { targets: [{ address: `192.0.2.${i + 1}`, state }] }]),
  )
  return makeTree({ pools, steer: { weighted: members.map(({ name, weight }) => ({ to: name, weight })) } }, draw)
}

/** How many of all possible draws fall to each branch. */
function shares(texts: readonly string[], total: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let drawn = 0; drawn < total; drawn++) {
    // The pools draw as well, from one target of weight 1000.
    const { pool } = pick(treeOf(texts, (of) => (of === total ? drawn : 0)))
    counts[pool] = (counts[pool] ?? 0) + 1
  }
  return counts
}

test.each([
  [['90 up', '10 up'], 100, { a: 90, b: 10 }],
  [['1 up', '2 up', '3 up'], 6, { a: 1, b: 2, c: 3 }],
  [['1 up', '2 up', '3 unknown'], 6, { a: 1, b: 2, c: 3 }],
  [['0 up', '2 up'], 2, { b: 2 }],
  [['0 up', '2 down'], 1, { a: 1 }],
  [['0 up', '2 down', '0 up'], 2, { a: 1, c: 1 }],
])('%j: of %d draws %j', (texts, total, expected) => expect(shares(texts, total)).toEqual(expected))

test('who drew a branch that is not usable draws again among the others, and nobody else moves', () => {
  const of = (...draws: number[]): string => {
    const left = [...draws]
    return pick(treeOf(['1 up', '2 down', '3 up'], () => left.shift() ?? 0)).pool
  }
  expect([of(0), of(3), of(5)]).toEqual(['a', 'c', 'c'])
  expect([of(1, 0), of(1, 1), of(2, 0), of(2, 3)]).toEqual(['a', 'c', 'a', 'c'])
})

test('the two draws are independent', () => {
  const tree = treeOf(['1 up', '2 down', '3 up'], () => 1)
  pick(tree)
  const [first, second] = tree.drawn
  expect([first!.total, second!.total]).toEqual([6, 4])
  expect(first!.node).not.toBe(second!.node)
})

test('when nothing is usable all answer, in the order given', () => {
  expect(pick(treeOf(['0 down', '5 down', '1 down']))).toEqual({
    isUsable: false,
    targets: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    pool: 'a',
  })
})

test('the greatest weights do not overflow', () => {
  const tree = treeOf(['1000000 up', '1000000 up', '1000000 up'], (total) => (total === 3_000_000 ? total - 1 : 0))
  expect(pick(tree)).toMatchObject({ pool: 'c' })
})

test('agrees with the model', () => expectModelAgrees('weighted', 1000))
