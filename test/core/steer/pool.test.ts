// Pools: usable while half of the weight is up, judged per family; drawn by weight without replacement.

import { describe, expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { makeTree, pick, type PoolText, type State } from './tree.ts'

/** "3 up" → a target of weight 3 that is up; v6 where the text begins with 6:. */
function poolOf(texts: readonly string[], answers?: number): PoolText {
  const targets = texts.map((text, i) => {
    const [weight = '1', ...state] = text.replace('6:', '').split(' ')
    const address = text.startsWith('6:') ? `2001:db8::${i + 1}` : `192.0.2.${i + 1}`
    return { address, weight: Number(weight), state: state.join(' ') as State }
  })
  return { targets, ...(answers !== undefined && { answers }) }
}

const treeOf = (texts: readonly string[], answers?: number, draw?: (total: number) => number) =>
  makeTree({ pools: { p: poolOf(texts, answers) }, steer: 'p' }, draw)

test.each([
  [['1 up'], true],
  [['1 unknown'], true],
  [['1 down'], false],
  [['1 drained'], false],
  [['1 down drained'], false],
  [['1 up', '1 down'], true],
  [['1 up', '1 down', '1 down'], false],
  [['2 up', '1 down', '1 down'], true],
  [['1 up', '2 down'], false],
  [['1 up', '1 drained', '1 drained'], false],
  [['0 up', '1 down'], false],
  [['0 down', '1 up'], true],
  [['0 up', '0 down'], true],
  [['0 up', '0 down', '0 down'], false],
  [['1000000 up', '1000000 down'], true],
  [['999999 up', '1000000 down'], false],
])('%j is usable: %s', (texts, expected) => expect(pick(treeOf(texts)).isUsable).toBe(expected))

describe('each family is judged by itself', () => {
  const broken = treeOf(['1 up', '1 up', '6:1 down', '6:1 down'])
  test('a broken IPv6 path leaves IPv4 where it is', () => {
    expect(pick(broken, 1).isUsable).toBe(true)
    expect(pick(broken, 28).isUsable).toBe(false)
  })

  test('a pool without the family is no candidate for it, whatever its health', () => {
    expect(pick(treeOf(['1 up']), 28)).toEqual({ isUsable: false, targets: [], pool: '' })
    expect(pick(treeOf(['6:1 up']), 1)).toEqual({ isUsable: false, targets: [], pool: '' })
    const pools = { four: poolOf(['1 up']), both: poolOf(['1 up', '6:1 up']) }
    const tree = makeTree({ pools, steer: { failover: ['four', 'both'] } })
    expect([pick(tree, 1).pool, pick(tree, 28).pool]).toEqual(['four', 'both'])
  })
})

describe('how many targets answer', () => {
  test.each([
    ['up to four where all weigh the same', ['1 up', '1 up', '1 up', '1 up', '1 up'], undefined, 4],
    ['one where the weights differ', ['1 up', '2 up', '1 up'], undefined, 1],
    ['as many as are said', ['1 up', '2 up', '1 up'], 2, 2],
    ['not more than there are', ['1 up', '2 up'], 32, 2],
    ['not more than are up', ['2 up', '1 down', '1 down'], 32, 1],
    ['those without weight only when there is nothing else', ['1 up', '0 up'], 32, 1],
    ['one of those without weight when there is nothing else', ['0 up', '0 up'], 32, 1],
  ])('%s', (_, texts, answers, count) => {
    const { targets } = pick(treeOf(texts, answers))
    expect(targets).toHaveLength(count)
    expect(new Set(targets).size).toBe(count)
  })
})

test('each draw is among what is left, in proportion to the weights', () => {
  const tree = treeOf(['1 up', '3 up', '6 up'], 3, () => 0)
  pick(tree)
  expect(tree.drawn.map(({ total }) => total)).toEqual([10_000, 9000, 6000])
  expect(new Set(tree.drawn.map(({ node }) => node)).size).toBe(3)
})

test('every part of the draw belongs to the target whose weight it is', () => {
  const texts = ['1 up', '0 up', '3 up', '5 down', '6 up']
  const shares = new Map<string, number>()
  for (let drawn = 0; drawn < 10; drawn++) {
    const [target = ''] = pick(treeOf(texts, 1, () => drawn * 1000)).targets
    shares.set(target, (shares.get(target) ?? 0) + 1)
  }
  expect([...shares]).toEqual([
    ['192.0.2.1', 1],
    ['192.0.2.3', 3],
    ['192.0.2.5', 6],
  ])
})

test('a fading target draws a part of its weight', () => {
  const targets = [
    { address: '192.0.2.1', weight: 2, fade: 500 },
    { address: '192.0.2.2', weight: 3 },
  ]
  const tree = makeTree({ pools: { p: { targets } }, steer: 'p' })
  pick(tree)
  expect(tree.drawn).toMatchObject([{ total: 4000 }])
})

describe('a pool that fades', () => {
  /** "3 250": weight 3, 250 per mille of it left; "1 down" as elsewhere. */
  const fading = (texts: readonly string[]): PoolText => ({
    answers: 1,
    targets: texts.map((text, i) => {
      const [weight = '1', rest = '1000'] = text.split(' ')
      const address = text.startsWith('6:') ? `2001:db8::${i + 1}` : `192.0.2.${i + 1}`
      const share = { address, weight: Number(weight.replace('6:', '')) }
      return rest === 'down' ? { ...share, state: 'down' as const } : { ...share, fade: Number(rest) }
    }),
  })
  const other: PoolText = { targets: [{ address: '203.0.113.1' }] }
  const steer = { failover: ['p', 'other'] }

  test.each([
    ['keeps that part of its clients', ['1 250', '1 250'], 250],
    ['whatever its weights', ['5 250', '1 250'], 250],
    ['whatever has no weight', ['0 250', '0 250'], 250],
    ['keeps all while what does not fade carries it', ['1 250', '1'], 1000],
    ['keeps the part of what fades where the rest does not carry it', ['1 250', '1', '1 down'], 250],
    ['keeps the mean part of those that fade', ['1 100', '3 500'], 400],
    ['is gone when less than half is up, however little has faded', ['1 999', '1 down', '1 down'], 0],
  ])('%s: %j', (_, texts, kept) => {
    let stays = 0
    for (let i = 0; i < 1000; i++) {
      const tree = makeTree({ pools: { p: fading(texts), other }, steer }, (total) => Math.floor((i * total) / 1000))
      const { isUsable, pool } = pick(tree)
      expect(isUsable).toBe(true)
      if (pool === 'p') stays++
    }
    expect(stays).toBe(kept)
  })

  test('turns the same clients away whichever family they ask for, and whoever asks whether it is usable', () => {
    const pools = {
      p: fading(['1 500', '6:1 500']),
      other: { targets: [...other.targets, { address: '2001:db8::9' }] },
    }
    const tree = makeTree({ pools, steer })
    pick(tree, 1)
    pick(tree, 28)
    const gates = tree.drawn.filter(({ node }) => node > 0x1000_0000)
    expect(gates.length).toBeGreaterThanOrEqual(2)
    expect(new Set(gates.map(({ node, total }) => `${node} ${total}`)).size).toBe(1)
  })

  test('keeps everybody where nothing else is usable: it is not as if all were down', () => {
    const down: PoolText = { targets: [{ address: '203.0.113.1', state: 'down' }] }
    const tree = makeTree({ pools: { p: fading(['1 1', '1 1']), other: down }, steer }, (total) => total - 1)
    expect(pick(tree)).toMatchObject({ isUsable: true, pool: 'p' })
  })
})

describe('when everything is down', () => {
  test.each([
    ['all answer', ['1 down', '2 down', '1 down'], ['192.0.2.1', '192.0.2.2', '192.0.2.3']],
    ['those of less than half as well', ['1 up', '2 down'], ['192.0.2.1', '192.0.2.2']],
    ['what the operator drained does not', ['1 down', '1 drained', '1 down drained'], ['192.0.2.1']],
    ['unless there is nothing else', ['1 drained', '1 down drained'], ['192.0.2.1', '192.0.2.2']],
  ])('%s', (_, texts, targets) => {
    expect(pick(treeOf(texts))).toEqual({ isUsable: false, targets, pool: 'p' })
  })

  test('at most 32 of them answer', () => {
    const texts = new Array<string>(40).fill('1 down')
    expect(pick(treeOf(texts)).targets).toHaveLength(32)
  })
})

test('agrees with the model', () => expectModelAgrees('pool', 1000))
