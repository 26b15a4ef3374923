// all, rotate and first: whose targets stand in one answer, and how many.

import { describe, expect, test } from 'vitest'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { listen, makeTree, pick, type PoolText, type State, type Tree } from './tree.ts'

/** Pools a, b and c of four targets each: a1 to a4 and so on. */
function treeOf(
  steer: Branch,
  states: Readonly<Record<string, State>> = {},
  draw?: (total: number) => number,
  more: Partial<PoolText> = {},
): Tree {
  const pools = Object.fromEntries(
    ['a', 'b', 'c'].map((name, p) => [
      name,
      {
        ...more,
        targets: [1, 2, 3, 4].map((t) => ({ address: `192.0.${p}.${t}`, state: states[name] ?? ('up' as const) })),
      },
    ]),
  )
  return makeTree({ pools, steer }, draw)
}

/** Such as "a1 a2 b1". */
function targetsOf(tree: Tree, type: 1 | 28 = 1): string {
  const name = (address: string): string => `${'abc'[Number(address.split('.')[2])]}${address.split('.')[3]}`
  return pick(tree, type).targets.map(name).join(' ')
}

describe('all', () => {
  test.each<[string, Branch, Record<string, State>, string]>([
    ['every usable branch', { all: ['a', 'b'] }, {}, 'a1 a2 a3 a4 b1 b2 b3 b4'],
    ['not those that are down', { all: ['a', 'b', 'c'] }, { b: 'down' }, 'a1 a2 a3 a4 c1 c2 c3 c4'],
    ['room is shared, so that each has some', { all: { of: ['a', 'b', 'c'], answers: 4 } }, {}, 'a1 a2 b1 c1'],
    ['less room than branches', { all: { of: ['a', 'b', 'c'], answers: 2 } }, {}, 'a1 b1'],
    [
      'the room of one that is down is shared too',
      { all: { of: ['a', 'b', 'c'], answers: 4 } },
      { a: 'down' },
      'b1 b2 c1 c2',
    ],
    ['a branch twice is there once', { all: { of: ['a', 'a', 'b'], answers: 6 } }, {}, 'a1 a2 a3 a4 b1 b2'],
    ['one inside another', { all: { of: ['a', { all: ['b', 'c'] }], answers: 6 } }, {}, 'a1 a2 a3 b1 b2 c1'],
    ['a smaller one inside', { all: ['a', { all: { of: ['b', 'c'], answers: 2 } }] }, {}, 'a1 a2 a3 a4 b1 c1'],
  ])('%s', (_, steer, states, expected) => expect(targetsOf(treeOf(steer, states))).toBe(expected))

  test("a pool's own answers hold", () => {
    expect(targetsOf(treeOf({ all: ['a', 'b', 'c'] }, {}, undefined, { answers: 1 }))).toBe('a1 b1 c1')
    expect(targetsOf(treeOf({ all: { of: ['a', 'b'], answers: 8 } }, {}, undefined, { answers: 2 }))).toBe(
      'a1 a2 b1 b2',
    )
  })

  test('is counted for the first pool', () => expect(pick(treeOf({ all: ['c', 'a'] })).pool).toBe('c'))
})

describe('rotate', () => {
  test.each<[number, Record<string, State>, number, string]>([
    [0, {}, 4, 'a1 a2 b1 c1'],
    [1, {}, 4, 'b1 b2 c1 a1'],
    [2, {}, 4, 'c1 c2 a1 b1'],
    [1, {}, 2, 'b1 c1'],
    [1, {}, 1, 'b1'],
    [0, { a: 'down' }, 2, 'b1 c1'],
    [1, { a: 'down' }, 2, 'b1 c1'],
    [2, { a: 'down' }, 2, 'c1 b1'],
    [1, { b: 'down' }, 2, 'c1 a1'],
  ])('where the die shows %i, and %j: %i answers', (die, states, answers, expected) => {
    const draw = (total: number): number => (total > 3 ? 0 : die)
    expect(targetsOf(treeOf({ rotate: { of: ['a', 'b', 'c'], answers } }, states, draw))).toBe(expected)
  })

  test('the die is thrown for all branches, and again where it shows one that is not usable', () => {
    const tree = treeOf({ rotate: ['a', 'b', 'c'] }, { b: 'down' }, (total) => (total > 3 ? 0 : 1))
    expect(targetsOf(tree)).toBe('c1 c2 a1 a2')
    expect(tree.drawn.slice(0, 2)).toEqual([
      { node: tree.root, total: 3 },
      { node: tree.root + 1, total: 2 },
    ])
  })

  test('says who begins, and the odds', () => {
    const tree = treeOf({ rotate: ['a', 'b', 'c'] }, { b: 'down' })
    const said = listen(tree)
    targetsOf(tree)
    expect(said[0]).toBe('rotate: pool b falls out: not usable')
    expect(said).toContain('rotate: pool a is drawn to begin with (1 of 2 usable ones, 50 %)')
  })
})

describe('first', () => {
  test.each<[string, Branch, Record<string, State>, string]>([
    ['four answers fill with the first pool', { first: ['a', 'b'] }, {}, 'a1 a2 a3 a4'],
    ['what it has not, the next one gives', { first: { of: ['a', 'b', 'c'], answers: 6 } }, {}, 'a1 a2 a3 a4 b1 b2'],
    [
      'a branch that is down gives nothing',
      { first: { of: ['a', 'b', 'c'], answers: 5 } },
      { a: 'down' },
      'b1 b2 b3 b4 c1',
    ],
    ['inside an answer with less room', { all: { of: [{ first: ['a', 'b'] }, 'c'], answers: 2 } }, {}, 'a1 c1'],
  ])('%s', (_, steer, states, expected) => expect(targetsOf(treeOf(steer, states))).toBe(expected))

  test('says who is left out', () => {
    const tree = treeOf({ first: ['a', 'b'] })
    const said = listen(tree)
    targetsOf(tree)
    expect(said).toContain('first: pool b falls out: the answer is full')
  })
})

test.each(['all', 'rotate', 'first'])(
  '%s: with everything down everything answers, whatever `answers` says',
  (name) => {
    const tree = treeOf({ [name]: { of: ['a', 'b'], answers: 1 } }, { a: 'down', b: 'down' })
    expect(pick(tree)).toMatchObject({ isUsable: false, pool: 'a' })
    expect(targetsOf(tree)).toBe('a1 a2 a3 a4 b1 b2 b3 b4')
  },
)

test('targets of weight 0 in a later pool are answered where it has no others', () => {
  const pools = {
    a: { targets: [{ address: '192.0.0.1' }] },
    b: { answers: 2, targets: [{ address: '192.0.1.1', weight: 0 }] },
  }
  expect(targetsOf(makeTree({ pools, steer: { all: ['a', 'b'] } }))).toBe('a1 b1')
})
