// Random trees for the policies that choose by distance, bucket, measurement or load, and those that join branches.

import fc from 'fast-check'
import type { Branch } from '../../../src/core/steer/policy.ts'
import type { PoolText, TreeText } from './tree.ts'

export const poolPlaces: readonly (readonly [lat: number, lon: number])[] = [
  [53.3, -6.2],
  [39, -77.5],
  [1.3, 103.8],
  [1.3, 103.8],
  [-23.5, -46.6],
]

const pools: fc.Arbitrary<Record<string, PoolText>> = fc
  .tuple(
    ...poolPlaces.map((at, p) =>
      fc
        .record({
          answers: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
          capacity: fc.constantFrom(0, 0, 1, 3),
          targets: fc.array(
            fc.record({ isV6: fc.boolean(), weight: fc.constantFrom(0, 1, 1, 1, 2, 7), isChecked: fc.nat(5) }),
            { minLength: 1, maxLength: 4 },
          ),
        })
        .map(({ answers, capacity, targets }) => ({
          at,
          capacity,
          ...(answers !== undefined && { answers }),
          targets: targets.map(({ isV6, weight, isChecked }, t) => ({
            weight,
            ...(isChecked === 0 && { state: 'unchecked' as const }),
            address: isV6 ? `2001:db8::${p}:${t + 1}` : `192.0.${p}.${t + 1}`,
          })),
        })),
    ),
  )
  .map((list) => Object.fromEntries(list.map((pool, i) => [`p${i}`, pool])))

const poolName = fc.constantFrom(...poolPlaces.map((_, i) => `p${i}`))
const places = fc.constantFrom({ lat: 48, lon: 11 }, { lat: 37.5, lon: 127 }, { lat: -33.9, lon: 18.4 })

export type BrutePolicy = 'nearest' | 'sticky' | 'fastest' | 'least' | 'shed' | 'all' | 'rotate' | 'first'

function placed(to: fc.Arbitrary<Branch>, more: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown[]> {
  const member = fc.record({ to, at: fc.option(places, { nil: undefined }), ...more }).map((drawn) => {
    const hasPlace = typeof drawn.to === 'string' && drawn.to.startsWith('p')
    const { at = hasPlace ? undefined : { lat: 0, lon: 20 }, ...rest } = drawn
    return at === undefined && Object.values(rest).filter((value) => value !== undefined).length === 1
      ? drawn.to
      : JSON.parse(JSON.stringify({ ...rest, ...(at && { at }) }))
  })
  return fc.array(member, { minLength: 1, maxLength: 5 })
}

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

/** The short form, or the long one where there is a setting. */
function withSettings(
  policy: string,
  members: fc.Arbitrary<unknown[]>,
  settings: Record<string, fc.Arbitrary<unknown>>,
) {
  return fc.tuple(members, fc.record(settings)).map(([of, drawn]): Branch => {
    const set = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined))
    return { [policy]: Object.keys(set).length > 0 ? { of, ...set } : of }
  })
}

function branchOf(policy: BrutePolicy | 'failover', to: fc.Arbitrary<Branch>): fc.Arbitrary<Branch> {
  const list = fc.array(to, { minLength: 1, maxLength: 4 })
  switch (policy) {
    case 'failover':
      return list.map((members) => ({ failover: members }))
    case 'nearest':
      return withSettings(policy, placed(to, { bias: optional(fc.constantFrom(-99, -40, 0, 25, 60, 99)) }), {
        tie: optional(fc.constantFrom('0%', '7%', '30%', '100%')),
        limit: optional(fc.integer({ min: 1, max: 4 })),
      })
    case 'fastest':
      return withSettings(policy, placed(to, {}), {
        margin: optional(fc.constantFrom('0ms', '20ms')),
        margin_share: optional(fc.constantFrom('0%', '30%')),
        dwell: optional(fc.constantFrom('0m', '2m')),
      })
    case 'least':
      return withSettings(policy, list, {
        margin: optional(fc.constantFrom('0%', '5%', '40%')),
        dwell: optional(fc.constantFrom('0m', '3m')),
      })
    case 'sticky':
      return fc
        .uniqueArray(fc.record({ to, weight: fc.constantFrom(0, 0, 1, 1, 3, 10, 1_000_000) }), {
          minLength: 1,
          maxLength: 5,
          selector: (member) => JSON.stringify(member.to),
        })
        .map((members) => ({ sticky: members }))
    case 'shed':
      return fc
        .record({ to, rest: to, low: fc.constantFrom('0%', '50%', '70%'), high: fc.constantFrom('75%', '90%', '100%') })
        .map((config) => ({ shed: config }))
    default:
      return withSettings(policy, list, { answers: optional(fc.integer({ min: 1, max: 8 })) })
  }
}

const anyPolicy = ['nearest', 'sticky', 'fastest', 'least', 'shed', 'all', 'rotate', 'first', 'failover'] as const

/** Trees whose root is `policy`, with pools, services and further policies below it. */
export function treeOf(policy: BrutePolicy): fc.Arbitrary<TreeText> {
  const shallow = fc.oneof(
    { weight: 5, arbitrary: poolName },
    ...anyPolicy.map((name) => ({ weight: 1, arbitrary: branchOf(name, poolName) })),
  )
  const inner = fc.oneof(
    { weight: 3, arbitrary: shallow },
    { weight: 1, arbitrary: fc.constantFrom<Branch>('s0', 's1') },
  )
  return fc.record({
    pools,
    services: fc.record({ s0: shallow, s1: shallow }),
    steer: branchOf(policy, inner),
    vantages: fc.constant(2),
  })
}
