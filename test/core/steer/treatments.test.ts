// Treatment maps: which services share one, which need none, and what happens where there is no room for another.

import { expect, test } from 'vitest'
import { parseAddress } from '../../../src/core/base/address.ts'
import { findIn } from '../../../src/core/geo/address-map.ts'
import { openPlaces } from '../../../src/core/geo/compile-places.ts'
import { networksConfig } from '../../../src/core/geo/networks.ts'
import { bindPlaces, findPlace } from '../../../src/core/geo/places.ts'
import { compileSteering, SERVICE, ServiceField, SERVICES_AT } from '../../../src/core/steer/compile.ts'
import { branchConfig } from '../../../src/core/steer/index.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { bindTreatmentMap, CLASS_SHIFT, ClassFlag } from '../../../src/core/steer/treatment-map.ts'
import { compileTreatments } from '../../../src/core/steer/treatments.ts'

const origin = { document: 0, path: [] }

const networks = [
  { cidr: '20.0.0.0/10', country: 'DE' },
  { cidr: '20.64.0.0/10', country: 'FR' },
  { cidr: '20.128.0.0/9', country: 'JP' },
  { cidr: '10.9.0.0/16', country: 'DE' },
]

function compile(services: Readonly<Record<string, Branch>>, room?: number, known: readonly unknown[] = networks) {
  const opened = openPlaces([], networksConfig.parse({ networks: known }).networks)
  const pool = (name: string) => ({
    name,
    region: undefined,
    at: [1, 0, 0] as const,
    answers: undefined,
    minHealthy: 500,
    capacity: 0,
    origin,
    targets: [{ text: '192.0.2.1', type: 1, rdata: Uint8Array.of(192, 0, 2, 1), weight: 1, row: -1 }],
  })
  const names = ['a', 'b', 'c', 'd']
  const steering = compileSteering({
    zone: 'example.com',
    pools: new Map(names.map((name) => [name, pool(name)])),
    services: new Map(
      Object.entries(services).map(([name, steer]) => [
        name,
        { name, ttlSec: 30, minTtlSec: 10, steer: branchConfig.parse(steer), origin },
      ]),
    ),
    roots: Object.keys(services),
    geo: { ...opened.numbers, group: () => undefined, groupNames: () => [] },
  })
  expect(steering.findings).toEqual([])
  const places = opened.compile()
  const { maps, narrowed } = compileTreatments(places.image, [steering], room)
  const words = new Uint32Array(steering.table)
  const treatments = Object.fromEntries(
    Object.keys(services).map((name, i) => [name, words[SERVICES_AT + i * SERVICE + ServiceField.treatment]!]),
  )
  const find = (service: string, text: string) => {
    const { classes, map } = bindTreatmentMap(maps[treatments[service]! - 1]!)
    const { family, bytes } = parseAddress(text)!
    const found = { value: 0, length: 0 }
    findIn(map, family, bytes, 0, found)
    const word = classes[found.value]!
    return { length: found.length, flags: word & 3, place: word >>> CLASS_SHIFT }
  }
  return { maps, narrowed, treatments, find, places: bindPlaces(places.image) }
}

const europe = (inside: Branch, outside: Branch): Branch => ({
  geo: [{ where: ['continent EU'], to: inside }, { to: outside }],
})

test('services that tell the same clients apart share a map, whatever their pools and weights', () => {
  const weighted = (one: string, two: string, weight: number): Branch => ({
    weighted: [
      { to: one, weight },
      { to: two, weight: 1 },
    ],
  })
  const { maps, treatments } = compile({
    one: europe('a', 'b'),
    two: europe('c', 'd'),
    three: europe(weighted('a', 'b', 3), weighted('c', 'd', 7)),
    other: { geo: [{ where: ['country DE', 'country FR'], to: 'b' }, { to: 'c' }] },
    japan: { geo: [{ where: ['country JP'], to: 'b' }, { to: 'c' }] },
  })
  expect(treatments).toEqual({ one: 1, two: 1, three: 1, other: 1, japan: 2 })
  expect(maps).toHaveLength(2)
})

test('where everybody is treated alike there is no map', () => {
  const { maps, treatments } = compile({
    plain: { failover: ['a', 'b'] },
    same: europe('a', 'a'),
    nobody: { geo: [{ where: ['country BR'], to: 'b' }, { to: 'c' }] },
    fallen: { geo: [{ where: ['continent EU', 'country DE'], to: 'a' }, { to: 'a' }] },
  })
  expect(treatments).toEqual({ plain: 0, same: 0, nobody: 0, fallen: 0 })
  expect(maps).toEqual([])
})

test('places that are treated alike are one, and a place of theirs stands for all', () => {
  const { find, places } = compile({ web: europe('a', 'b') })
  expect(find('web', '20.1.0.0')).toEqual(find('web', '20.65.0.0'))
  expect(find('web', '20.1.0.0').length).toBe(9)
  expect(find('web', '20.129.0.0').length).toBe(9)
  expect(places.continent[find('web', '20.70.0.0').place]).toBe(4)
})

test('who is nowhere is treated by the sender, unless the network is known', () => {
  const { find } = compile({ web: europe('a', 'b') })
  expect(find('web', '10.1.0.0').flags).toBe(ClassFlag.bySender)
  expect(find('web', '127.0.0.1').flags).toBe(ClassFlag.bySender)
  expect(find('web', 'fe80::1').flags).toBe(ClassFlag.bySender)
  expect(find('web', '10.9.1.1')).toMatchObject({ flags: 0, length: 16 })
})

test('who is nowhere is somewhere to a tree with a condition for his prefix, and to no other', () => {
  const { find } = compile({
    one: { geo: [{ where: ['cidr 172.16.0.0/14'], to: 'a' }, { to: 'b' }] },
    two: europe('a', 'b'),
  })
  expect(find('one', '172.17.0.0')).toMatchObject({ flags: 0, length: 14 })
  expect(find('one', '172.20.0.0').flags).toBe(ClassFlag.bySender)
  expect(find('two', '172.17.0.0')).toMatchObject({ flags: ClassFlag.bySender, length: 12 })
})

test('a family in which all are treated alike has two halves where the other family is not', () => {
  const known = [
    { cidr: '0.0.0.0/0', country: 'JP' },
    { cidr: '2001:db8::/32', country: 'DE' },
  ]
  const { find } = compile({ web: europe('a', 'b') }, undefined, known)
  expect(find('web', '8.8.8.8').length).toBe(1)
  expect(find('web', '200.8.8.8')).toMatchObject({ length: 1, flags: 0 })
  expect(find('web', '2001:db8::1').length).toBe(32)
})

test('without room for another map clients are told apart by place, which is right and narrower', () => {
  const services = { one: europe('a', 'b'), two: { geo: [{ where: ['country JP'], to: 'b' }, { to: 'c' }] } }
  const size = compile(services).maps[0]!.byteLength
  const { narrowed, find, places, treatments } = compile({ ...services, three: services.two }, size)
  expect(narrowed).toEqual(['two', 'three'])
  expect(treatments).toEqual({ one: 1, two: 2, three: 2 })
  expect(find('one', '20.1.0.0').length).toBe(9)
  for (const text of ['20.1.0.0', '20.65.0.0', '20.129.0.0', '10.1.1.1', '2a00::1']) {
    const { family, bytes } = parseAddress(text)!
    const found = { value: 0, length: 0 }
    findPlace(places, family, bytes, 0, found)
    expect(find('two', text)).toMatchObject({ place: found.value, length: found.length })
  }
})
