// Shares against the dice themselves: what the hand that lays them finds must be what throwing them often comes to.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openAsker, requestFor } from '../../../src/app/rehearsal/ask.ts'
import { openSharer, type Shares } from '../../../src/app/rehearsal/shares.ts'
import type { Stage } from '../../../src/app/rehearsal/stage.ts'
import { parseAddress, type Prefix } from '../../../src/core/base/address.ts'
import { nameOf } from '../../support/snapshot.ts'
import { stageOf } from './configurations.ts'

const www = nameOf('www.example.com')

function clientAt(text: string): Prefix {
  const address = parseAddress(text)!
  return { ...address, length: address.bytes.length * 8 }
}

function sharesFor(stage: Stage, client: string): Shares {
  const at = clientAt(client)
  return openSharer(openAsker(stage), 1_800_000_000).sharesFor('www A', requestFor(www, 1, at, at), at).shares
}

/** Which pools real dice choose, over many clients of one place. */
function thrown(stage: Stage, many: number): Map<string, number> {
  const asker = openAsker(stage)
  const pools = new Map<string, number>()
  for (let i = 0; i < many; i++) {
    const at = clientAt(`14.${(i >> 8) & 255}.${i & 255}.7`)
    const { pool = '' } = asker.ask(requestFor(www, 1, undefined, at), at, 1_800_000_000)
    pools.set(pool, (pools.get(pool) ?? 0) + 1 / many)
  }
  return pools
}

const member = fc.record({ to: fc.constantFrom('eu', 'us', 'ap'), weight: fc.integer({ min: 0, max: 100_000 }) })
const tree = fc.letrec<{ branch: unknown; weighted: unknown; failover: unknown; pool: unknown }>((tie) => ({
  pool: fc.constantFrom('eu', 'us', 'ap'),
  weighted: fc
    .array(fc.record({ to: tie('branch'), weight: fc.integer({ min: 1, max: 1000 }) }), { minLength: 1, maxLength: 3 })
    .map((weighted) => ({ weighted })),
  failover: fc.array(tie('branch'), { minLength: 1, maxLength: 2 }).map((failover) => ({ failover })),
  branch: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('pool'), tie('weighted'), tie('failover')),
})).weighted

describe('the shares of a tree', () => {
  test('are those of its weights, whatever these are', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), (weighted) => {
        const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
        // Reserves stand in when nothing weighs anything; equal members that follow each other are one.
        fc.pre(total > 0)
        const { pools, isExact } = sharesFor(stageOf({ steer: { weighted } }), '14.0.0.1')
        expect(isExact).toBe(true)
        for (const pool of ['eu', 'us', 'ap']) {
          const weight = weighted.reduce((sum, each) => sum + (each.to === pool ? each.weight : 0), 0)
          expect(pools.get(pool) ?? 0).toBeCloseTo(weight / total, 9)
        }
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test('are what real dice come to', () => {
    fc.assert(
      fc.property(tree, (steer) => {
        const stage = stageOf({ steer })
        const { pools } = sharesFor(stage, '14.0.0.1')
        for (const [pool, share] of thrown(stage, 4000)) {
          const expected = pools.get(pool) ?? 0
          // Five standard deviations of so many throws, and one throw.
          expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / 4000) + 1 / 4000)
        }
      }),
      { numRuns: 25, seed: 11 },
    )
  })

  test('reach the targets of a pool with weights', () => {
    const targets = [1, 3, 6].map((weight, i) => ({ address: `192.0.2.${i + 1}`, weight }))
    const { records, most } = sharesFor(stageOf({ steer: 'eu', pools: { eu: { targets } } }), '14.0.0.1')
    expect(most).toBe(1)
    expect([...records.values()].map(({ label, share }) => [label, Math.round(1000 * share)])).toEqual([
      ['192.0.2.1', 100],
      ['192.0.2.2', 300],
      ['192.0.2.3', 600],
    ])
  })
})

test('clients who are treated alike get one object, whatever their place', () => {
  const geo = [
    {
      where: ['country CA'],
      to: {
        weighted: [
          { to: 'us', weight: 2 },
          { to: 'eu', weight: 1 },
        ],
      },
    },
    {
      to: {
        weighted: [
          { to: 'us', weight: 1 },
          { to: 'eu', weight: 2 },
        ],
      },
    },
  ]
  const sharer = openSharer(openAsker(stageOf({ steer: { geo } })), 1_800_000_000)
  const of = (client: string) =>
    sharer.sharesFor('www A', requestFor(www, 1, clientAt(client), clientAt(client)), clientAt(client))
  const [de, fr, ca] = [of('11.0.0.1'), of('12.0.0.1'), of('14.0.0.1')]
  expect(de.shares).toBe(fr.shares)
  expect(ca.shares).not.toBe(de.shares)
  expect([de.scope, ca.scope]).toEqual([8, 8])
})
