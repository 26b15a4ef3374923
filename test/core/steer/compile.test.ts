// Compiling services: what is shared, what is counted, and what is told of mistakes.

import { describe, expect, test } from 'vitest'
import { compileSteering, namesIn } from '../../../src/core/steer/compile.ts'
import { branchConfig, policies } from '../../../src/core/steer/index.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { geoNames, makeTree, pick } from './tree.ts'

const pool = (last: number) => ({ at: [0, last] as const, targets: [{ address: `192.0.2.${last}` }] })
const pools = { a: pool(1), b: pool(2) }

describe('mistakes', () => {
  const told = (steer: Branch, services: Readonly<Record<string, Branch>> = {}): string[] =>
    makeTree({ pools, services, steer }).findings.map(
      ({ path, message, hint }) => `${path.join('.')}: ${message}${hint ? ` (${hint})` : ''}`,
    )

  test.each<[string, Branch, Readonly<Record<string, Branch>>, string[]]>([
    [
      'a name that nobody has',
      { failover: ['a', 'bb'] },
      {},
      ['services.root.steer.failover.1: expected the name of a pool or service, found "bb" (did you mean "b"?)'],
    ],
    [
      'a name deep inside',
      { geo: [{ to: { weighted: [{ to: { failover: ['zzz'] }, weight: 1 }] } }] },
      {},
      [
        'services.root.steer.geo.0.to.weighted.0.to.failover.0: expected the name of a pool or service, found "zzz" (there is a, b, root)',
      ],
    ],
    [
      'a service that leads to itself',
      { failover: ['a', 'root'] },
      {},
      ['services.root.steer: expected a tree, found a cycle: root → root'],
    ],
    [
      'a cycle of two',
      { failover: ['x'] },
      { x: { failover: ['y'] }, y: { failover: ['x', 'a'] } },
      [
        'services.x.steer: expected a tree, found a cycle: x → y → x',
        'services.y.steer: expected a tree, found a cycle: y → x → y',
      ],
    ],
    [
      'a cycle that another service leads into',
      { failover: ['a'] },
      { into: { failover: ['x', 'a'] }, x: { failover: ['y', 'a'] }, y: { failover: ['x', 'a'] } },
      [
        'services.x.steer: expected a tree, found a cycle: x → y → x',
        'services.y.steer: expected a tree, found a cycle: y → x → y',
      ],
    ],
    [
      'a cycle behind another one',
      { failover: ['a'] },
      { x: { failover: ['y', 'z'] }, y: { failover: ['y', 'a'] }, z: { failover: ['y', 'x'] } },
      [
        'services.x.steer: expected a tree, found a cycle: x → z → x',
        'services.y.steer: expected a tree, found a cycle: y → y',
        'services.z.steer: expected a tree, found a cycle: z → x → z',
      ],
    ],
    [
      'nearest without a place',
      { nearest: ['a', 's'] },
      { s: { failover: ['b'] } },
      [
        'services.root.steer.nearest.1: expected a pool with a place, found a branch without one (give the pool, or the member here, `at: { country: … }` or `at: { lat: …, lon: … }`)',
      ],
    ],
  ])('%s', (_, steer, services, expected) => expect(told(steer, services)).toEqual(expected))
})

describe('a tree that would be walked for too long', () => {
  const doubling = (depth: number): Record<string, Branch> => {
    const services: Record<string, Branch> = {}
    for (let i = 0; i < depth; i++) {
      const next: Branch[] = i + 1 < depth ? [`s${i + 1}`, `t${i + 1}`] : ['a', 'b']
      for (const name of [`s${i}`, `t${i}`]) services[name] = { failover: next }
    }
    return services
  }
  const told = (steer: Branch, services: Readonly<Record<string, Branch>>): string[] =>
    makeTree({ pools, services, steer }).findings.map(({ path, message }) => `${path.join('.')}: ${message}`)

  test('is refused where it becomes too large, and there alone', () => {
    const message =
      'expected a tree of at most 20000 branches, found 32767: a service counts with all that is beneath it wherever it is named'
    const found = told({ failover: ['s0'] }, doubling(40))
    expect(found).toEqual([`services.s26.steer.failover: ${message}`, `services.t26.steer.failover: ${message}`])
  })

  test('is none where each client comes to a few of its branches', () => {
    const many = Array.from({ length: 250 }, () => ({ failover: Array.from({ length: 100 }, () => 'a') }))
    const places = many.map((to, i) => ({ where: [`asn ${i + 1}`], to }))
    expect(told({ geo: [...places, { to: 'a' }] }, {})).toEqual([])
    expect(told({ failover: ['s0'] }, doubling(12))).toEqual([])
  })
})

test('a pool used twice in a service is one pool: its counter and its dice are the same', () => {
  const tree = makeTree({ pools, steer: { failover: [{ weighted: [{ to: 'a', weight: 1 }] }, 'a', 'b'] } })
  expect(tree.names.slots).toEqual([
    { service: 'root', pool: 'a' },
    { service: 'root', pool: 'b' },
  ])
})

test('two services with the same pool count it apart, and share its targets', () => {
  const plan = (name: string) => ({
    name,
    ttlSec: 30,
    minTtlSec: 10,
    steer: { failover: ['a'] },
    origin: { document: 0, path: ['services', name] },
  })
  const target = { text: '192.0.2.1', type: 1, rdata: Uint8Array.of(192, 0, 2, 1), weight: 1, row: 0 }
  const { names, table } = compileSteering({
    zone: 'example.com',
    pools: new Map([
      [
        'a',
        {
          name: 'a',
          region: undefined,
          at: undefined,
          answers: undefined,
          minHealthy: 500,
          capacity: 0,
          targets: [target],
          origin: { document: 0, path: [] },
        },
      ],
    ]),
    services: new Map([plan('one'), plan('two')].map((service) => [service.name, service])),
    roots: ['one', 'two'],
    geo: geoNames,
  })
  expect(names.slots).toEqual([
    { service: 'one', pool: 'a' },
    { service: 'two', pool: 'a' },
  ])
  expect(names.targets.size).toBe(1)
  expect(table).toBeInstanceOf(SharedArrayBuffer)
})

test.each<[Branch, boolean]>([
  [{ failover: ['a', 'b'] }, false],
  [{ weighted: [{ to: 'a', weight: 1 }] }, false],
  [{ nearest: ['a', 'b'] }, true],
  [{ failover: ['s'] }, true],
])('%j depends on the place: %s', (steer, expected) => {
  expect(makeTree({ pools, services: { s: { geo: [{ to: 'a' }] } }, steer }).usesPlace).toBe(expected)
})

test('a service inside a service answers as its tree does', () => {
  const tree = makeTree({
    pools,
    services: { s: { failover: ['t'] }, t: { failover: ['b'] } },
    steer: { failover: ['s', 'a'] },
  })
  expect(pick(tree).pool).toBe('b')
})

test('all names of a tree are found, with where they stand', () => {
  const branch = {
    geo: [{ where: ['country FR'], to: { weighted: [{ to: 'x', weight: 1 }] } }, { to: { nearest: ['y', 'z'] } }],
  }
  expect(namesIn(branch, []).map(({ name, path }) => `${path.join('.')}=${name}`)).toEqual([
    'geo.0.to.weighted.0.to=x',
    'geo.1.to.nearest.0=y',
    'geo.1.to.nearest.1=z',
  ])
})

test.each([
  [{}],
  [{ failover: [] }],
  [{ failover: ['a'], weighted: [{ to: 'a', weight: 1 }] }],
  [{ weighted: [{ to: 'a', weight: 1, percent: '5%' }, { to: 'b' }] }],
  [{ weighted: [{ to: 'a', weight: -1 }] }],
  [{ weighted: [{ to: 'a', weight: 0.5 }] }],
  [{ geo: [{ where: [], to: 'a' }] }],
  [{ random: ['a'] }],
  [7],
])('%j is no branch', (value) => expect(branchConfig.safeParse(value).success).toBe(false))

test('policies have different names', () => {
  expect(new Set(policies.map(({ name }) => name)).size).toBe(policies.length)
})
