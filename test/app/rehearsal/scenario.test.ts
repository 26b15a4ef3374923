// Scenarios as text and as options.

import { describe, expect, test } from 'vitest'
import { parseScenario, type Scenario, type ScenarioOptions } from '../../../src/app/rehearsal/scenario.ts'
import { printProblem } from '../../../src/core/base/problem.ts'

const none: ScenarioOptions = { down: [], up: [], capacity: [] }

function read(text: string, options: Partial<ScenarioOptions> = {}): Scenario {
  const result = parseScenario('s.yaml', text, { ...none, ...options })
  if (!('scenario' in result)) throw new Error(JSON.stringify(result))
  return result.scenario
}

function mistakes(text: string, options: Partial<ScenarioOptions> = {}): string[] {
  const result = parseScenario('s.yaml', text, { ...none, ...options })
  if ('problems' in result) return result.problems.map(printProblem)
  return 'wrong' in result ? [result.wrong] : []
}

test('without a word it is half an hour in which nothing happens', () => {
  expect(read('')).toMatchObject({
    lengthSec: 1800,
    stepSec: 60,
    startSec: 0,
    demand: 100,
    events: [],
    clients: 10_000,
  })
})

test('events have a time of day or a time from the start, and stand in order', () => {
  const { events, startSec } = read(
    'start: "23:50"\nfor: 1h\nevents:\n  - 00:05 eu up\n  - 23:55 eu down\n  - 90s demand 120\n  - 2m us capacity 40\n',
  )
  expect(startSec).toBe(23 * 3600 + 50 * 60)
  expect(events).toEqual([
    { atSec: 90, verb: 'demand', subject: '', value: 120 },
    { atSec: 120, verb: 'capacity', subject: 'us', value: 40 },
    { atSec: 300, verb: 'down', subject: 'eu', value: 0 },
    { atSec: 900, verb: 'up', subject: 'eu', value: 0 },
  ])
})

test('shares and holds are written as people say them', () => {
  const { resolvers, ipv6, overload } = read(
    'ipv6: 40%\nresolvers: { ecs: 25%, stubborn: 8% hold 5m }\noverload: { above: 120%, after: 1m }\n',
  )
  expect(ipv6).toBeCloseTo(0.4)
  expect(resolvers).toEqual({ ecs: 0.25, clients: 20, stubborn: { share: 0.08, holdSec: 300 } })
  expect(overload).toEqual({ above: 1.2, afterSec: 60 })
})

test('options say over the file, and add to its events and capacities', () => {
  const scenario = read('for: 1h\ndemand: 5\ncapacity: { eu: 3 }\nevents: [5m eu down]\n', {
    for: '20m',
    step: '10s',
    demand: 7,
    up: ['eu@7m'],
    capacity: ['us=4'],
  })
  expect(scenario).toMatchObject({ lengthSec: 1200, stepSec: 10, demand: 7, capacity: { eu: 3, us: 4 } })
  expect(scenario.events.map(({ atSec, verb }) => [atSec, verb])).toEqual([
    [300, 'down'],
    [420, 'up'],
  ])
})

describe('a mistake is told with its place', () => {
  test.each([
    ['fro: 30m', 's.yaml:1:1 fro: unknown key "fro" (did you mean "for"?)'],
    ['for: 30', /^s\.yaml:1:6 for: expected a duration such as 30s.*write 30s/],
    ['ipv6: 140%', 's.yaml:1:7 ipv6: expected a share such as 30%, found "140%"'],
    [
      'resolvers: { stubborn: 8% }',
      /^s\.yaml:1:24 resolvers\.stubborn: expected a share and a time such as 8% hold 5m/,
    ],
    ['events:\n  - eu down', /^s\.yaml:2:5 events\[0\]: expected a time such as 12:05 or 5m first/],
    ['events: [5m eu dwon]', /^s\.yaml:1:10 events\[0\]: expected a pool and one of down, up/],
    ['events: [5m eu capacity 0]', /expected a capacity above 0/],
    ['events: [5m demand much]', /expected a demand above 0/],
  ])('%j', (text, expected) => {
    expect(mistakes(text)).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
  })

  test.each([
    [{ down: ['eu'] }, '--down: expected such as eu@5m, found "eu"'],
    [{ capacity: ['eu'] }, '--capacity: expected such as eu=9000, found "eu"'],
    [{ for: 'long' }, '--for: expected a duration such as 30m, found "long"'],
    [{ for: '10s', step: '1m' }, 'expected a step within 10s, found 1m'],
  ])('%j', (options, expected) => expect(mistakes('', options)).toEqual([expected]))
})
