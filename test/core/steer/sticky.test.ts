// sticky: who keeps which branch, and how many move when something changes.

import { describe, expect, test } from 'vitest'
import { bucketNumber, openDice, throwBucket } from '../../../src/core/answer/dice.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { ask, makeWorld } from '../../support/snapshot.ts'
import { clients, listen, makeTree, pick, type State, treatmentOf, type Tree } from './tree.ts'

const CLIENTS = 100_000
const names = ['oslo', 'paris', 'quito', 'rome', 'seoul'] as const

/** A tree whose client is the /24 with the number that `turn` holds. */
function treeOf(
  members: readonly { readonly to: string; readonly weight: number }[],
  down: readonly string[] = [],
): { tree: Tree; turn: (client: number) => void } {
  const dice = openDice(new TextEncoder().encode('sixteen byte key'))
  const pools = Object.fromEntries(
    names.map((name, i) => {
      const state: State = down.includes(name) ? 'down' : 'up'
      return [name, { targets: [{ address: `192.0.2.${i + 1}`, state }] }]
    }),
  )
  const tree = makeTree({ pools, steer: { sticky: members } }, undefined, (key) => bucketNumber(dice, key))
  const turn = (client: number): void =>
    throwBucket(dice, 1, 2, 4, Uint8Array.of(20 + (client >> 16), (client >> 8) & 255, client & 255, 0))
  return { tree, turn }
}

const known = new Map<string, readonly string[]>()

/** The pool of every client; asked once for the same tree. */
function poolsOfAll(...args: Parameters<typeof treeOf>): readonly string[] {
  const text = JSON.stringify(args)
  let all = known.get(text)
  if (!all) {
    const { tree, turn } = treeOf(...args)
    all = Array.from({ length: CLIENTS }, (_, client) => {
      turn(client)
      return pick(tree).pool
    })
    known.set(text, all)
  }
  return all
}

/** How many of the clients are elsewhere than before, in percent. */
function moved(before: readonly string[], after: readonly string[]): number {
  return (100 * before.filter((pool, i) => pool !== after[i]).length) / before.length
}

const share = (all: readonly string[], pool: string): number =>
  (100 * all.filter((at) => at === pool).length) / all.length
const even = names.map((to) => ({ to, weight: 1 }))
const weights = [3, 1, 4, 1, 6]
const uneven = names.map((to, i) => ({ to, weight: weights[i]! }))

describe('of 100 000 client networks', () => {
  test.each(names.map((name, i) => [name, 20, (100 * weights[i]!) / 15] as const))(
    '%s has its share, and its loss moves its own clients alone',
    (name, evenShare, unevenShare) => {
      for (const [members, ideal] of [
        [even, evenShare],
        [uneven, unevenShare],
      ] as const) {
        const before = poolsOfAll(members)
        expect(Math.abs(share(before, name) - ideal)).toBeLessThan(1)
        const after = poolsOfAll(members, [name])
        expect(Math.abs(moved(before, after) - ideal)).toBeLessThan(1)
        expect(before.every((pool, i) => pool === name || pool === after[i])).toBe(true)
        // Those that lost their pool are spread over the others by weight.
        for (const other of names.filter((each) => each !== name)) {
          const weight = members.find(({ to }) => to === other)!.weight
          const total = members.reduce((sum, member) => sum + (member.to === name ? 0 : member.weight), 0)
          expect(Math.abs(share(after, other) - (100 * weight) / total)).toBeLessThan(1)
        }
      }
    },
  )

  test.each([
    ['oslo', 3, 5],
    ['oslo', 3, 2],
    ['paris', 1, 2],
    ['seoul', 6, 3],
    ['seoul', 6, 0],
  ] as const)('a change of the weight of %s from %i to %i moves the difference, in one direction', (name, from, to) => {
    const before = poolsOfAll(uneven)
    const after = poolsOfAll(uneven.map((member) => (member.to === name ? { ...member, weight: to } : member)))
    const ideal = Math.abs((100 * to) / (15 - from + to) - (100 * from) / 15)
    expect(Math.abs(moved(before, after) - ideal)).toBeLessThan(1)
    const gainer = to > from ? after : before
    expect(gainer.every((pool, i) => before[i] === after[i] || pool === name)).toBe(true)
  })

  test('a new pool takes its share and moves nobody else', () => {
    const before = poolsOfAll(even.slice(0, 4))
    const after = poolsOfAll(even)
    expect(Math.abs(moved(before, after) - 20)).toBeLessThan(1)
    expect(before.every((pool, i) => pool === after[i] || after[i] === 'seoul')).toBe(true)
  })

  test('the order in the file moves nobody', () => {
    expect(moved(poolsOfAll(uneven), poolsOfAll(uneven.toReversed()))).toBe(0)
  })
})

test('weight 0 is used only when nothing else is usable, and then evenly', () => {
  const members = even.map(({ to }, i) => ({ to, weight: i < 2 ? 0 : 1 }))
  expect(new Set(poolsOfAll(members))).toEqual(new Set(['quito', 'rome', 'seoul']))
  const last = poolsOfAll(members, ['quito', 'rome', 'seoul'])
  expect(new Set(last)).toEqual(new Set(['oslo', 'paris']))
  expect(Math.abs(share(last, 'oslo') - 50)).toBeLessThan(1)
})

test('a branch alone has weight 1', () => {
  const { words: short } = makeTree({ pools: { a: { targets: [{ address: '192.0.2.1' }] } }, steer: { sticky: ['a'] } })
  const { words: long } = makeTree({
    pools: { a: { targets: [{ address: '192.0.2.1' }] } },
    steer: { sticky: [{ to: 'a', weight: 1 }] },
  })
  expect(short).toEqual(long)
})

test('no branch twice: its weight says how many clients it has', () => {
  const tree = makeTree({
    pools: { a: { targets: [{ address: '192.0.2.1' }] } },
    steer: { sticky: ['a', { to: 'a', weight: 2 }] },
  })
  expect(tree.findings).toMatchObject([
    {
      path: ['services', 'root', 'steer', 'sticky', 1, 'to'],
      message: 'expected each branch once, found one a second time',
    },
  ])
})

test('A and AAAA, now and later, come from one pool', () => {
  const targets = (i: number): string[] => [`192.0.2.${i}`, `2001:db8::${i}`]
  const world = makeWorld({
    pools: Object.fromEntries(names.map((name, i) => [name, { targets: targets(i + 1) }])),
    services: { web: { sticky: [...names] } },
    owners: { www: 'web' },
  })
  const seen = new Set<string>()
  for (let i = 0; i < 64; i++) {
    const subnet = `20.1.${i}.0/24`
    const pool = poolIn(ask(world, { name: 'www.example.com', type: 1, subnet }), 4)
    seen.add(String(pool))
    for (const nowSec of [1_800_000_000, 1_800_000_777, 1_900_000_000]) {
      expect(poolIn(ask(world, { name: 'www.example.com', type: 1, subnet }, { nowSec }), 4)).toBe(pool)
      expect(poolIn(ask(world, { name: 'www.example.com', type: 28, subnet }, { nowSec }), 16)).toBe(pool)
    }
  }
  expect(seen.size).toBe(names.length)
})

/** The last byte of the only address in an answer. */
function poolIn(response: Uint8Array, size: number): number {
  // Header, question of 17 + 4 bytes, an owner of 2, 8 bytes of type, class and TTL, and the length.
  const at = 12 + 21 + 2 + 8
  expect((response[at]! << 8) | response[at + 1]!).toBe(size)
  return response[at + 1 + size]!
}

test('answers hold for one bucket', () => {
  const steer: Branch = { sticky: ['a'] }
  const tree = makeTree({ pools: { a: { targets: [{ address: '192.0.2.1' }] } }, steer })
  expect(tree.usesBucket).toBe(true)
  expect(treatmentOf(tree, clients[0]!.address).hasBucket).toBe(true)
})

test('says which branches fall out, and the odds', () => {
  const { tree, turn } = treeOf(uneven, ['rome'])
  turn(1)
  const said = listen(tree)
  const { pool } = pick(tree)
  const weight = uneven.find(({ to }) => to === pool)!.weight
  expect(said[0]).toBe('sticky: pool rome falls out: not usable')
  expect(said).toContain(
    `sticky: pool ${pool} keeps this client's network (its share of the networks is ${weight} of 14, ${((100 * weight) / 14).toFixed(1)} %)`,
  )
})
