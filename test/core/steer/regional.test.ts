// Regional services: whose word on a target counts for which client, what stands above all words, and that a service which is
// not regional takes no notice of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeNext, writeNextIn } from '../../../src/core/health/board.ts'
import { SERVICE, ServiceField, ServiceFlag, SERVICES_AT } from '../../../src/core/steer/compile.ts'
import { openTreatment } from '../../../src/core/steer/index.ts'
import { treatService } from '../../../src/core/steer/regional.ts'
import { askBoth } from '../../support/oracle.ts'
import { explain, makeWorld, type TestWorld } from '../../support/snapshot.ts'

const NOW = 1_800_000_000
const eu = '198.51.100.0/24'
const us = '203.0.113.0/24'
const nowhere = '192.0.2.0/24'

function openWorld(): TestWorld {
  const steer = { failover: ['a', 'b'] }
  return makeWorld({
    vantages: { eu: [50.1, 8.7], us: [39, -77.5] },
    networks: [
      { cidr: eu, at: { lat: 48, lon: 2 } },
      { cidr: us, at: { lat: 40, lon: -75 } },
      { cidr: nowhere, name: 'nowhere' },
    ],
    pools: { a: { targets: ['10.0.0.1'] }, b: { targets: ['10.0.0.2'] } },
    services: {
      plain: { ttl: 60, minTtl: 0, steer },
      near: { ttl: 60, minTtl: 0, regional: true, steer },
      around: { failover: ['near'] },
      within: { ttl: 60, regional: true, steer: { failover: ['plain'] } },
    },
    owners: { plain: 'plain', near: 'near', around: 'around', within: 'within' },
  })
}

const world = openWorld()

function answer(name: string, subnet: string, of = world): readonly string[] {
  return askBoth(of, { name: `${name}.example.com`, subnet }, { nowSec: NOW }).answer
}

const firstOf = (name: string, subnet: string): string | undefined => answer(name, subnet)[0]?.split(' ').at(-1)

type Global = 'up' | 'down' | 'drained'
type Word = 'up' | 'down' | 'unknown'

test.each<[global: Global, word: Word, isUsable: boolean]>([
  ['up', 'up', true],
  ['up', 'down', false],
  ['up', 'unknown', true],
  ['down', 'up', true],
  ['down', 'down', false],
  ['down', 'unknown', false],
  ['drained', 'up', false],
  ['drained', 'down', false],
  ['drained', 'unknown', false],
])('a target is %s to all and %s to region eu: usable for its clients %s', (global, word, isUsable) => {
  for (const target of world.rows.keys()) world.set(target, 'up')
  world.set('10.0.0.1', global)
  world.say('eu', '10.0.0.1', word)
  world.say('us', '10.0.0.1', 'unknown')
  const byVerdict = global === 'up' ? '10.0.0.1' : '10.0.0.2'
  expect(firstOf('near', eu)).toBe(isUsable ? '10.0.0.1' : '10.0.0.2')
  // The service that the name uses decides, whatever stands in its tree.
  expect(firstOf('within', eu)).toBe(isUsable ? '10.0.0.1' : '10.0.0.2')
  expect(firstOf('around', eu)).toBe(byVerdict)
  expect(firstOf('plain', eu)).toBe(byVerdict)
  for (const other of [us, nowhere]) expect(firstOf('near', other)).toBe(byVerdict)
})

test('each side of a split network is served what it reaches itself', () => {
  for (const target of world.rows.keys()) world.set(target, 'up')
  world.say('eu', '10.0.0.1', 'up')
  world.say('eu', '10.0.0.2', 'down')
  world.say('us', '10.0.0.1', 'down')
  world.say('us', '10.0.0.2', 'up')
  expect([eu, us, nowhere].map((client) => firstOf('near', client))).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1'])
  world.say('us', '10.0.0.1', 'unknown')
  world.say('us', '10.0.0.2', 'unknown')
  expect(firstOf('near', us)).toBe('10.0.0.1')
})

const targets = ['10.1.0.1', '10.1.0.2', '10.2.0.1', '10.2.0.2', '10.3.0.1']

function openMixed(regional: boolean): TestWorld {
  return makeWorld({
    vantages: { eu: [50.1, 8.7], us: [39, -77.5] },
    networks: [
      { cidr: eu, at: { lat: 48, lon: 2 } },
      { cidr: us, at: { lat: 40, lon: -75 } },
      { cidr: nowhere, name: 'nowhere' },
    ],
    pools: {
      a: { at: [50, 8], targets: [`${targets[0]} *3`, `${targets[1]} *1`] },
      b: { at: [39, -77], targets: [targets[2]!, targets[3]!] },
      c: { targets: [targets[4]!, { https: '1 . alpn=h2 ipv4hint=auto' }] },
      spare: { targets: ['10.9.0.1', { https: '1 . alpn=h2' }] },
    },
    services: {
      web: {
        ttl: 60,
        minTtl: 0,
        allDown: 'spare',
        regional,
        steer: {
          failover: [
            {
              weighted: [
                { to: { nearest: ['a', 'b'] }, weight: 3 },
                { to: 'b', weight: 1 },
              ],
            },
            'c',
          ],
        },
      },
    },
    owners: { web: 'web' },
  })
}

const asked = fc.record({
  states: fc.array(fc.constantFrom<Global>('up', 'up', 'down', 'drained'), { minLength: 5, maxLength: 5 }),
  words: fc.array(
    fc.record({
      eu: fc.constantFrom<Word>('up', 'down', 'unknown'),
      us: fc.constantFrom<Word>('up', 'down', 'unknown'),
    }),
    { minLength: 5, maxLength: 5 },
  ),
  client: fc.constantFrom(eu, us, nowhere),
  type: fc.constantFrom(1, 65),
})

const read = (of: TestWorld, subnet: string, type: number): unknown =>
  askBoth(of, { name: 'web.example.com', subnet, type }, { nowSec: NOW })

test('what regions say makes no difference to a service that is not regional', () => {
  const mixed = openMixed(false)
  fc.assert(
    fc.property(asked, ({ states, words, client, type }) => {
      for (const [i, target] of targets.entries()) {
        mixed.set(target, states[i]!)
        for (const region of ['eu', 'us'] as const) mixed.say(region, target, 'unknown')
      }
      const before = read(mixed, client, type)
      for (const [i, target] of targets.entries())
        for (const region of ['eu', 'us'] as const) mixed.say(region, target, words[i]![region])
      expect(read(mixed, client, type)).toEqual(before)
    }),
  )
})

test('a client of a region is answered as if the word of his region were the verdict', () => {
  const mixed = openMixed(true)
  let differed = 0
  fc.assert(
    fc.property(asked, ({ states, words, client, type }) => {
      for (const [i, target] of targets.entries()) {
        mixed.set(target, states[i]!)
        for (const region of ['eu', 'us'] as const) mixed.say(region, target, words[i]![region])
      }
      const regional = read(mixed, client, type)
      for (const [i, target] of targets.entries()) {
        const own = client === eu ? words[i]!.eu : client === us ? words[i]!.us : 'unknown'
        const isDrained = states[i] === 'drained'
        if (own !== 'unknown' && !isDrained && own !== states[i]) differed++
        mixed.set(target, own === 'unknown' || isDrained ? states[i]! : own)
        for (const region of ['eu', 'us'] as const) mixed.say(region, target, 'unknown')
      }
      expect(regional).toEqual(read(mixed, client, type))
    }),
  )
  expect(differed).toBeGreaterThan(20)
})

describe('the TTL', () => {
  test('of a regional answer ends when the word of that region could change', () => {
    const own = openWorld()
    const row = own.rows.get('10.0.0.1')!
    for (const target of own.rows.keys()) own.set(target, 'up')
    writeNext(own.bound.board, row, NOW + 40)
    writeNextIn(own.bound.board, row, 0, NOW + 15)
    const ttlOf = (name: string, client: string): number => Number(answer(name, client, own)[0]!.split(' ')[1])
    expect(ttlOf('near', eu)).toBe(15)
    expect(ttlOf('near', us)).toBe(40)
    expect(ttlOf('near', nowhere)).toBe(40)
    expect(ttlOf('plain', eu)).toBe(40)
    writeNext(own.bound.board, row, NOW + 5)
    expect(ttlOf('near', eu)).toBe(5)
  })
})

describe('explain', () => {
  const told = (name: string, subnet: string): string[] =>
    explain(world, { name: `${name}.example.com`, subnet }, { nowSec: NOW })
      .steps.filter(({ topic }) => topic === 'verdicts' || topic === 'steer')
      .map(({ topic, text }) => `${topic}: ${text}`)

  test('says whose word counts, and what the others think', () => {
    for (const target of world.rows.keys()) world.set(target, 'up')
    world.set('10.0.0.2', 'down')
    world.say('eu', '10.0.0.1', 'down')
    world.say('eu', '10.0.0.2', 'up')
    expect(told('near', eu)).toEqual([
      'verdicts: of region eu, the nearest, where it has a fresh one; else those of all regions',
      'steer: failover: a, b → b (a: less than half of its weight is up)',
      'steer: failover: tries pool a (1 of 2)',
      'steer: pool a is not usable: less than half of its weight is up',
      'steer: passed over 10.0.0.1: down to region eu, whose word counts; to all: up',
      'steer: failover: tries pool b (2 of 2)',
      'steer: pool b answers 10.0.0.2',
      'steer: usable here 10.0.0.2: up to region eu, whose word counts; to all: down',
    ])
  })

  test('says that no region is near, and nothing of regions in other services', () => {
    expect(told('near', nowhere)[0]).toBe('verdicts: those of all regions: none is known to be near the client')
    expect(told('plain', eu).filter((line) => line.includes('region'))).toEqual([])
  })
})

test('the region of a client is part of how a regional service treats him, and of no other', () => {
  const table = new Uint32Array(world.snapshot.steering[0]!)
  const wordsOf = (service: number, place: number): readonly number[] => {
    const treatment = openTreatment(table, new Float32Array(table.buffer), world.bound.places)
    treatment.place = place
    treatService(treatment, SERVICES_AT + service * SERVICE)
    return treatment.words
  }
  const near = world.names.steering[0]!.services.indexOf('near')
  const plain = world.names.steering[0]!.services.indexOf('plain')
  const places = [...world.bound.places.vantage.keys()]
  expect(new Set(places.map((place) => wordsOf(near, place).join()))).toEqual(new Set(['0', '1', '2']))
  expect(new Set(places.map((place) => wordsOf(plain, place).join()))).toEqual(new Set(['']))
  expect(table[SERVICES_AT + near * SERVICE + ServiceField.flags]).toBe(ServiceFlag.regional | ServiceFlag.usesPlace)
})
