// Pools that go down and return: what is noticed when, who moves where, and who is crushed by it.

import { describe, expect, test } from 'vitest'
import { openChance } from '../../../src/app/rehearsal/chance.ts'
import { internetPopulation, logPopulation, type Population } from '../../../src/app/rehearsal/population.ts'
import { parseScenario, type Scenario } from '../../../src/app/rehearsal/scenario.ts'
import { checkScenario, type Interval, simulate, type Simulation } from '../../../src/app/rehearsal/simulate.ts'
import { type Configuration, stageOf } from './configurations.ts'

function scenarioOf(text: string): Scenario {
  const result = parseScenario('s.yaml', text, { down: [], up: [], capacity: [] })
  if (!('scenario' in result)) throw new Error(JSON.stringify(result))
  return result.scenario
}

function populationOf(configuration: Configuration, scenario: Scenario, seed = 1): Population {
  const population = internetPopulation(stageOf(configuration), scenario, openChance(seed))
  if (typeof population === 'string') throw new Error(population)
  return population
}

function run(configuration: Configuration, text: string, seed = 1): Simulation {
  const scenario = scenarioOf(`clients: 2000\n${text}`)
  const stage = stageOf(configuration)
  expect(checkScenario(stage, scenario)).toEqual([])
  return simulate(stage, scenario, populationOf(configuration, scenario, seed), openChance(seed))
}

/** Pool → load, in one interval. */
function loadsAt({ pools, intervals }: Simulation, sec: number): Record<string, number> {
  const interval = intervals.findLast(({ atSec }) => atSec <= sec)!
  return Object.fromEntries(pools.map((pool, i) => [pool, Math.round(interval.loads[i]! * 10) / 10]))
}

const failover = { steer: { failover: ['eu', 'us', 'ap'] }, ttl: '60s' }

test('the same seed is the same simulation, another one is another', () => {
  const text = 'for: 5m\nevents: [1m eu down]\n'
  const steer = {
    weighted: [
      { to: 'eu', weight: 3 },
      { to: 'us', weight: 1 },
    ],
  }
  const [first, again, other] = [1, 1, 2].map((seed) => run({ steer }, text, seed))
  expect(again).toEqual(first)
  expect(other!.intervals).not.toEqual(first!.intervals)
})

test('a loss is noticed after its detection time, and its clients have moved one TTL later', () => {
  const simulation = run(failover, 'for: 5m\nstep: 1s\nevents: [1m eu down]\n')
  // every × 1.1 + fall × confirm + timeout + 1 s = 11 + 3 + 4 + 1
  expect(simulation.happenings).toEqual([
    { atSec: 60, kind: 'event', text: 'eu down' },
    { atSec: 79, kind: 'noticed', text: 'eu is seen down' },
  ])
  expect(loadsAt(simulation, 78)).toEqual({ eu: 100, us: 0, ap: 0 })
  // Those who asked while it was in doubt got a shorter TTL: more than half have moved after half of it.
  const half = loadsAt(simulation, 79 + 30).us!
  expect(half).toBeGreaterThan(50)
  expect(half).toBeLessThan(90)
  expect(loadsAt(simulation, 79 + 60)).toEqual({ eu: 0, us: 100, ap: 0 })
})

test('it comes back after rise × every × 1.1 + 1 s', () => {
  const { happenings } = run(failover, 'for: 5m\nevents: [1m eu down, 3m eu up]\n')
  expect(happenings.at(-1)).toEqual({ atSec: 180 + 23, kind: 'noticed', text: 'eu is seen up' })
})

test('with a minimum dwell it comes back no sooner than that after it was seen down', () => {
  const eu = { check: 'up', min_dwell: '5m', targets: [{ address: '192.0.2.1' }, { address: '2001:db8:1::1' }] }
  const configuration = { ...failover, pools: { eu } }
  const { happenings } = run(configuration, 'for: 10m\nevents: [1m eu down, 2m eu up]\n')
  expect(happenings.at(-1)).toEqual({ atSec: 79 + 300, kind: 'noticed', text: 'eu is seen up' })
})

test('a loss that is over before anybody can have noticed changes nothing but what it lost', () => {
  const simulation = run(failover, 'for: 3m\nstep: 1s\nevents: [1m eu down, 70s eu up]\n')
  expect(simulation.happenings.map(({ kind }) => kind)).toEqual(['event', 'event'])
  expect(simulation.intervals.every(({ loads }) => Math.abs(loads[0]! - 100) < 1e-6)).toBe(true)
  const lost = simulation.intervals.filter(({ dead }: Interval) => dead > 0).map(({ atSec }) => atSec)
  expect([lost[0], lost.at(-1), lost.length]).toEqual([60, 69, 10])
})

test('one target of two that goes down takes its own clients alone', () => {
  const targets = [{ address: '192.0.2.1' }, { address: '192.0.2.2' }].map((target) => ({ ...target }))
  const configuration = { steer: 'eu', pools: { eu: { check: 'up', answers: 1, targets } } }
  const simulation = run(configuration, 'for: 4m\nstep: 1s\nevents: [1m 192.0.2.1 down]\n')
  expect(loadsAt(simulation, 200)).toEqual({ eu: 100 })
  const dead = simulation.intervals.map((interval) => interval.dead)
  expect(dead[65]).toBeGreaterThan(30)
  expect(dead[65]).toBeLessThan(70)
  expect(dead[200]).toBe(0)
})

test('what is drained loses its clients within a TTL, and none of them is lost', () => {
  const simulation = run(failover, 'for: 4m\nstep: 1s\nevents: [1m eu drain, 3m eu undrain]\n')
  expect(loadsAt(simulation, 121)).toEqual({ eu: 0, us: 100, ap: 0 })
  expect(simulation.intervals.every(({ dead }) => dead === 0)).toBe(true)
})

describe('resolvers', () => {
  test('that hold answers for longer keep their clients on the dead pool for longer', () => {
    const simulation = run(failover, 'for: 10m\nstep: 1s\nresolvers: { stubborn: 20% hold 5m }\nevents: [1m eu down]\n')
    // All others have moved 60 s after it was noticed; of those who hold for 300 s some have never asked before then.
    const after = simulation.intervals.find(({ atSec }) => atSec === 145)!.dead
    expect(after).toBeGreaterThan(8)
    expect(after).toBeLessThan(20)
    expect(simulation.intervals.find(({ atSec }) => atSec === 79 + 301)!.dead).toBe(0)
  })

  test('that pass networks on ask once for a scope, and others once for all their clients', () => {
    const geo = { geo: [{ where: ['country DE'], to: 'eu' }, { to: 'us' }] }
    const asked = (ecs: string) =>
      run({ steer: geo, ttl: '60s' }, `for: 2m\nresolvers: { ecs: ${ecs}, clients: 100 }\n`).asked
    // Four countries, a place each; two minutes are two TTLs.
    expect(asked('100%')).toBe(2 * 4)
    expect(asked('0%')).toBeGreaterThan(2 * (2000 / 100))
    expect(asked('0%')).toBeLessThan(2 * (2000 / 100) + 2 * 8)
  })
})

describe('capacity', () => {
  test('a pool that takes over more than it can carry is named, with when and by how much', () => {
    const { overloads } = run(
      failover,
      'for: 10m\nstep: 30s\ndemand: 1000\ncapacity: { us: 600 }\nevents: [1m eu down, 5m eu up]\n',
    )
    expect(overloads).toEqual([
      {
        pool: 'us',
        fromSec: expect.any(Number),
        toSec: expect.any(Number),
        peak: expect.closeTo(1000, 6),
        capacity: 600,
      },
    ])
    const [{ fromSec, toSec }] = overloads as [(typeof overloads)[0]]
    expect(fromSec).toBeGreaterThan(79)
    expect(fromSec).toBeLessThan(79 + 60)
    expect(toSec).toBeGreaterThan(323)
    expect(toSec).toBeLessThan(323 + 60)
  })

  test('pools that fail under their load take each other down', () => {
    const { happenings } = run(
      failover,
      'for: 15m\ndemand: 1000\ncapacity: { us: 600, ap: 600 }\noverload: { above: 120%, after: 30s }\nevents: [1m eu down]\n',
    )
    expect(happenings.map(({ text }) => text)).toEqual([
      'eu down',
      'eu is seen down',
      'us fails under its load',
      'us is seen down',
      'ap fails under its load',
      'ap is seen down',
    ])
  })

  test('that the configuration declares counts, unless the scenario says otherwise', () => {
    const pools = { us: { check: 'up', capacity: 600, targets: [{ address: '198.51.100.1' }] } }
    const pick = (text: string) => {
      const { pools: names, capacities } = run({ ...failover, pools }, `for: 1m\n${text}`)
      return capacities[names.indexOf('us')]
    }
    expect(pick('')).toBe(600)
    expect(pick('capacity: { us: 700 }\n')).toBe(700)
  })

  test('demand follows its events', () => {
    const { intervals } = run(failover, 'for: 3m\nstep: 1m\ndemand: 100\nevents: [1m demand 300]\n')
    expect(intervals.map(({ demand }) => demand)).toEqual([100, 300, 300])
    expect(intervals[1]!.loads[0]).toBeCloseTo(300, 6)
  })
})

describe('who asks', () => {
  test('is every country by its users, as far as the databases know it', () => {
    const configuration = { steer: { geo: [{ where: ['country US'], to: 'us' }, { to: 'eu' }] } }
    const simulation = run(configuration, 'for: 1m\n')
    // 312 of 312 + 77 + 57 + 36 million.
    const us = (100 * 312_109) / (312_109 + 76_525 + 56_895 + 35_698)
    expect(simulation.intervals[0]!.loads[simulation.pools.indexOf('us')]).toBeCloseTo(us, 6)
  })

  test('asks for AAAA by IPv6 as often as the scenario says', () => {
    const scenario = scenarioOf('clients: 2000\nipv6: 40%\n')
    const { questions, resolvers } = populationOf({ steer: { geo: [{ to: 'eu' }] } }, scenario)
    const clients = resolvers.flatMap((resolver) => resolver.clients)
    // Only one of the four countries has IPv6 networks.
    const german = clients.filter(({ bytes }) => bytes[0] === 11 || bytes[0] === 0x2a)
    const share = german.filter(({ family }) => family === 6).length / german.length
    expect(share).toBeGreaterThan(0.3)
    expect(share).toBeLessThan(0.5)
    expect(clients.every(({ family, question }) => (questions[question]!.type === 28) === (family === 6))).toBe(true)
  })

  test('is a log, each client as often as it asks', () => {
    const stage = stageOf({ steer: { geo: [{ where: ['country DE'], to: 'eu' }, { to: 'us' }] } })
    const scenario = scenarioOf('for: 1m\n')
    const lines = [
      ...Array.from({ length: 30 }, () => 'www.example.com A 11.0.0.1'),
      'WWW.example.com A 13.0.0.1 x',
      '# no',
    ]
    const read = logPopulation(stage, [...lines, 'mail.example.com A 11.0.0.1', 'nothing'], scenario, openChance(1))
    if (typeof read === 'string') throw new Error(read)
    expect([read.bad, read.other, read.population.clients]).toEqual([1, 1, 2])
    const { pools, intervals } = simulate(stage, scenario, read.population, openChance(1))
    expect(intervals[0]!.loads[pools.indexOf('eu')]).toBeCloseTo((100 * 30) / 31, 6)
  })
})

test('a log with more clients than are wanted is sampled by how often they ask', () => {
  const stage = stageOf({ steer: 'eu' })
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `www.example.com A ${i % 2 ? '11.0.0.1' : `13.${i >> 8}.${i & 255}.1`}`,
  )
  const read = logPopulation(stage, lines, scenarioOf('clients: 100\n'), openChance(1))
  if (typeof read === 'string') throw new Error(read)
  const clients = read.population.resolvers.flatMap((resolver) => resolver.clients)
  const weightOf = (first: number) =>
    clients.filter(({ bytes }) => bytes[0] === first).reduce((sum, { weight }) => sum + weight, 0)
  expect(clients.length).toBeLessThanOrEqual(100)
  expect(weightOf(11)).toBeCloseTo(0.5, 1)
  expect(weightOf(11) + weightOf(13)).toBeCloseTo(1, 9)
})

test('names that are none are told', () => {
  const stage = stageOf({ ...failover, pools: { ap: { targets: [{ address: '203.0.113.1' }] } } })
  const scenario = scenarioOf(
    'capacity: { uss: 1 }\nevents: [1m ue down, 1m ap down, 1m eu capacity 4, 1m xx capacity 4]\n',
  )
  expect(checkScenario(stage, scenario)).toEqual([
    'expected a pool or target with a check, found "ue" (did you mean "eu"?)',
    '"ap" has no check, so nothing can take it down',
    'expected a pool, found "xx"',
    'expected a pool for a capacity, found "uss" (there is eu, us, ap)',
  ])
})
