// The TTL of a steered answer: at most the time until the earliest check or override could change it, in steps of 5 s, between
// the service's least TTL and its TTL.

import { describe, expect, test } from 'vitest'
import { writeNext } from '../../../src/core/health/board.ts'
import { askBoth } from '../../support/oracle.ts'
import { explain, makeWorld, type TestWorld } from '../../support/snapshot.ts'

const NOW = 1_800_000_000

function makeTtlWorld(): TestWorld {
  return makeWorld({
    zones: { 'example.com': 'www TXT static\nother A 192.0.2.1\n' },
    pools: {
      near: { targets: ['203.0.113.1', '203.0.113.2', { https: '1 . alpn=h2' }] },
      far: { targets: ['203.0.113.3'] },
      spare: { targets: ['203.0.113.9', { https: '1 . alpn=h2' }] },
      last: { targets: ['203.0.113.4'] },
    },
    services: {
      web: { ttl: 60, minTtl: 12, steer: { failover: ['near', 'far'] } },
      share: {
        ttl: 60,
        minTtl: 0,
        steer: {
          weighted: [
            { to: 'near', weight: 1 },
            { to: 'far', weight: 1 },
          ],
        },
      },
      kept: { ttl: 60, minTtl: 0, allDown: 'spare', steer: 'near' },
      short: { ttl: 3, minTtl: 3, steer: { failover: ['near', 'far'] } },
      rest: { ttl: 60, minTtl: 0, steer: 'last' },
      joined: {
        ttl: 60,
        minTtl: 0,
        steer: { first: [{ weighted: [{ to: 'near' }, { to: 'spare' }] }, 'spare'] },
      },
      judged: {
        ttl: 60,
        minTtl: 0,
        steer: {
          failover: { tiers: [{ weighted: [{ to: 'far' }, { to: 'last' }] }, 'near'], min_healthy: '80%' },
        },
      },
    },
    owners: {
      www: 'web',
      share: 'share',
      kept: 'kept',
      short: 'short',
      rest: 'rest',
      judged: 'judged',
      joined: 'joined',
    },
  })
}

const ttlOf = (world: TestWorld, name: string, type = 1): number[] => [
  ...new Set(
    askBoth(world, { name: `${name}.example.com`, type }, { nowSec: NOW }).answer.map((line) =>
      Number(line.split(' ')[1]),
    ),
  ),
]

/** The verdict of `target` could change in so many seconds. */
function changeIn(world: TestWorld, target: string, seconds: number): void {
  writeNext(world.bound.board, world.rows.get(target)!, seconds === Infinity ? 0 : NOW + seconds)
}

describe('until a check could change the answer', () => {
  test.each([
    [Infinity, 60],
    [1000, 60],
    [61, 60],
    [60, 60],
    [59, 55],
    [29, 25],
    [25, 25],
    [24, 20],
    [17, 15],
    [14, 12],
    [4, 12],
    [0, 12],
    [-5, 12],
    [-1000, 12],
  ])('in %d s: TTL %d', (left, ttl) => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.1', left)
    expect(ttlOf(world, 'www')).toEqual([ttl])
  })

  test('a least TTL of 0 lets it fall to 0', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.4', 9)
    expect(ttlOf(world, 'rest')).toEqual([5])
    changeIn(world, '203.0.113.4', 4)
    expect(ttlOf(world, 'rest')).toEqual([0])
  })

  test('a TTL below a step is kept', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.1', 1)
    expect(ttlOf(world, 'short')).toEqual([3])
  })
})

describe('every target that was looked at counts', () => {
  test('also one that is not in the answer, because its loss could make the pool unusable', () => {
    const world = makeTtlWorld()
    world.set('203.0.113.2', 'down')
    changeIn(world, '203.0.113.2', 30)
    expect(askBoth(world, { name: 'www.example.com' }, { nowSec: NOW }).answer).toHaveLength(1)
    expect(ttlOf(world, 'www')).toEqual([30])
  })

  test('the earliest of several', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.1', 45)
    changeIn(world, '203.0.113.2', 20)
    expect(ttlOf(world, 'www')).toEqual([20])
  })

  test('that of a pool that was passed over, because it may come back', () => {
    const world = makeTtlWorld()
    world.set('203.0.113.1', 'down')
    world.set('203.0.113.2', 'down')
    changeIn(world, '203.0.113.2', 35)
    expect(askBoth(world, { name: 'www.example.com' }).answer[0]).toContain('203.0.113.3')
    expect(ttlOf(world, 'www')).toEqual([35])
  })

  test('that of each pool of a tier that is judged as a whole', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.4', 20)
    expect(ttlOf(world, 'judged')).toEqual([20])
    changeIn(world, '203.0.113.4', Infinity)
    changeIn(world, '203.0.113.3', 30)
    expect(ttlOf(world, 'judged')).toEqual([30])
  })

  test('and none that the answer does not depend on', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.3', 15)
    changeIn(world, '203.0.113.9', 15)
    expect(ttlOf(world, 'www')).toEqual([60])
  })

  test('that of the addresses that a record follows', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.2', 40)
    expect(ttlOf(world, 'www', 65)).toEqual([40])
  })

  test('that of what a record follows, also where it was looked at before for the split alone', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.9', 40)
    const clients = Array.from({ length: 20 }, (_, i) => `198.51.${i}.1`)
    const ttls = clients.map((from) =>
      Number(askBoth(world, { name: 'joined.example.com', type: 65 }, { nowSec: NOW, from }).answer[0]!.split(' ')[1]),
    )
    expect(ttls).toEqual(clients.map(() => 40))
  })

  test('to explain it looks at no more than to answer', () => {
    const world = makeTtlWorld()
    changeIn(world, '203.0.113.3', 15)
    for (let i = 0; i < 30; i++) {
      const question = { name: 'share.example.com' }
      const options = { from: `192.0.2.${i}`, nowSec: NOW }
      const { answer } = askBoth(world, question, options)
      const { steps } = explain(world, question, options)
      const isFar = answer[0]!.includes('203.0.113.3')
      expect(answer[0]!.split(' ')[1]).toBe(isFar ? '15' : '60')
      expect(steps.find(({ topic }) => topic === 'ttl')!.text).toMatch(isFar ? /^15 s: a check/ : /^60 s, as/)
    }
  })
})

describe('while all_down is in force', () => {
  test('open is as short as the earliest return', () => {
    const world = makeTtlWorld()
    for (const target of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) world.set(target, 'down')
    changeIn(world, '203.0.113.3', 26)
    expect(ttlOf(world, 'www')).toEqual([25])
    changeIn(world, '203.0.113.3', Infinity)
    expect(ttlOf(world, 'www')).toEqual([60])
  })

  test('of a pool, the tree and the pool both count', () => {
    const world = makeTtlWorld()
    world.set('203.0.113.1', 'down')
    world.set('203.0.113.2', 'down')
    changeIn(world, '203.0.113.9', 31)
    expect(ttlOf(world, 'kept')).toEqual([30])
    changeIn(world, '203.0.113.1', 11)
    expect(ttlOf(world, 'kept')).toEqual([10])
  })
})

test('records that nothing steers keep their TTL', () => {
  const world = makeTtlWorld()
  for (const target of world.rows.keys()) changeIn(world, target, 3)
  expect(ttlOf(world, 'www', 16)).toEqual([3600])
  expect(ttlOf(world, 'other')).toEqual([3600])
  // What a service lacks has the TTL of absence.
  const { authority } = askBoth(world, { name: 'www.example.com', type: 15 }, { nowSec: NOW })
  expect(authority[0]).toMatch(/^example\.com\. 30 SOA /)
})
