// What the check for types does with services that name each other: it ends, soon, and tells of a branch once.

import { expect, test } from 'vitest'
import { checkCoverage, openCovered } from '../../../src/core/steer/coverage.ts'
import type { PoolPlan, ServicePlan } from '../../../src/core/steer/config.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'

function gapsIn(steers: Readonly<Record<string, Branch>>): string[] {
  const services = Object.entries(steers).map(([name, steer]): [string, ServicePlan] => [
    name,
    { name, ttlSec: 30, minTtlSec: 10, steer, origin: { document: 0, path: ['services', name] } },
  ])
  const pool = (name: string, types: readonly number[]): [string, PoolPlan] => [
    name,
    {
      name,
      region: undefined,
      at: undefined,
      answers: undefined,
      minHealthy: 500,
      capacity: 0,
      targets: types.map((type) => ({ text: '', type, rdata: new Uint8Array(4), weight: 1, row: -1 })),
      origin: { document: 0, path: ['pools', name] },
    },
  ]
  const pools = new Map([pool('four', [1]), pool('both', [1, 28])])
  return checkCoverage(openCovered({ pools, services: new Map(services) }), ['root']).map(({ path }) => path.join('.'))
}

const inEurope = (to: Branch) => ({ where: ['continent EU'], to })

test('services that lead to each other are gone into once', () => {
  const steers = {
    root: { geo: [inEurope('both'), { to: 'back' }] },
    back: { geo: [inEurope('four'), { to: 'root' }] },
  }
  expect(gapsIn(steers)).toEqual([])
})

test('a gap that many ways lead to is told once, without going each of them', () => {
  const depth = 40
  const steers: Record<string, Branch> = { last: { geo: [inEurope('both'), { to: 'four' }] } }
  for (let i = 0; i < depth; i++) {
    const next = i + 1 < depth ? [`a${i + 1}`, `b${i + 1}`] : ['last', 'last']
    for (const name of [`a${i}`, `b${i}`]) steers[name] = { failover: next }
  }
  expect(gapsIn({ ...steers, root: { failover: ['a0', 'b0'] } })).toEqual(['services.last.steer.geo.1.to'])
})
