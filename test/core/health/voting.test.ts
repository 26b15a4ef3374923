// The rules by which regions make a verdict, and when a prober is not believed.

import { describe, expect, test } from 'vitest'
import { type Belief, observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import type { Rule, State, Voting } from '../../../src/core/health/tally.ts'
import { evidence, rule, sighting } from './sightings.ts'

const vantages = ['a', 'b', 'c', 'd', 'e']

/** `words`: by region, what each of its probers says: "++-". */
function verdictOf(voting: Voting, words: Readonly<Record<string, string>>): State {
  const belief = openBelief(rule(vantages, 600_000, { voting }))
  for (const [region, said] of Object.entries(words))
    for (const [i, word] of said.split('').entries())
      observeEvidence(belief, evidence(`${region}-${i}`, 1, [sighting(word === '+')]), 0)
  return verdicts(belief, 0).get('s')!.state
}

const majorities: Voting = { by: 'majorities' }
const majority: Voting = { by: 'majority' }
const route53: Voting = { by: 'share', perMille: 180 }
const anyTwo: Voting = { by: 'down', regions: 2 }

test.each<[Voting, Record<string, string>, State]>([
  [majorities, { a: '+', b: '+', c: '-' }, 'up'],
  [majorities, { a: '+', b: '-', c: '-' }, 'down'],
  [majorities, { a: '+++', b: '+--', c: '+--' }, 'down'],
  [majority, { a: '+++', b: '+--', c: '+--' }, 'up'],
  [majority, { a: '---', b: '++-', c: '+--' }, 'down'],
  [majority, { a: '+++++++', b: '-', c: '-' }, 'down'],
  [route53, { a: '+', b: '-', c: '-', d: '-', e: '-' }, 'up'],
  [route53, { a: '-', b: '-', c: '-', d: '-', e: '-' }, 'down'],
  [route53, { a: '++--', b: '----', c: '----', d: '----', e: '----' }, 'down'],
  [anyTwo, { a: '+', b: '+', c: '+', d: '+', e: '-' }, 'up'],
  [anyTwo, { a: '+', b: '+', c: '+', d: '-', e: '-' }, 'down'],
  [anyTwo, { a: '----', b: '+', c: '+' }, 'up'],
])('by %o, %o is %s', (voting, words, state) => expect(verdictOf(voting, words)).toBe(state))

test.each<[Voting, string]>([
  [majority, '1 of 3 vantage regions say down: c (connection refused) (by the majority of all probers)'],
  [route53, '1 of 3 vantage regions say down: c (connection refused) (up where more than 18 % say so)'],
  [{ by: 'down', regions: 1 }, '1 of 3 vantage regions say down: c (connection refused) (down where 1 say so)'],
])('%o is told with its rule', (voting, expected) => {
  const belief = openBelief(rule(['a', 'b', 'c'], 600_000, { voting }))
  for (const region of ['a', 'b', 'c'])
    observeEvidence(
      belief,
      evidence(`${region}-1`, 1, [sighting(voting.by === 'down' && region === 'c' ? false : region !== 'c')]),
      0,
    )
  const { state, because } = verdicts(belief, 0).get('s')!
  expect(because).toBe(
    state === 'down' ? expected : expected.replace(/1 of 3 .*refused\)/, '2 of 3 vantage regions say up'),
  )
})

test('no rule lets one survivor decide alone', () => {
  for (const voting of [majorities, majority, route53, anyTwo]) {
    const belief = openBelief(rule(vantages, 600_000, { voting }))
    observeEvidence(belief, evidence('a-1', 1, [sighting(false)]), 0)
    observeEvidence(belief, evidence('b-1', 1, [sighting(false)]), 0)
    expect(verdicts(belief, 0).get('s')!.state).toBe('unknown')
  }
})

describe('a prober most of whose subjects change at once', () => {
  const subjects = Array.from({ length: 10 }, (_, i) => `s${i}`)

  function open(regions: readonly string[], more: Partial<Rule> = {}): Belief {
    const belief = openBelief(rule(regions, 600_000, { voting: { by: 'down', regions: 1 }, ...more }))
    for (const region of regions) say(belief, region, 0, subjects.length, 0)
    return belief
  }

  /** From now on it says that the first `down` of its subjects are down. */
  function say(belief: Belief, region: string, down: number, of: number, nowMs: number): void {
    const seen = subjects.slice(0, of).map((subject, i) => sighting(i >= down, { subject }))
    observeEvidence(belief, evidence(`${region}-1`, nowMs + 1, seen), nowMs)
  }

  const downIn = (belief: Belief, nowMs: number): number =>
    [...verdicts(belief, nowMs).values()].filter(({ state }) => state === 'down').length

  test('is not believed, though by the rule one region is enough', () => {
    const belief = open(['a', 'b', 'c'])
    for (let down = 1; down <= 10; down++) say(belief, 'a', down, 10, down * 1000)
    for (const other of ['b', 'c']) say(belief, other, 0, 10, 10_000)
    expect(downIn(belief, 10_000)).toBe(0)
    expect(verdicts(belief, 10_000).get('s3')!.because).toContain('doubted until others agree: a')
  })

  test('is believed where a few of them change', () => {
    const belief = open(['a', 'b', 'c'])
    say(belief, 'a', 4, 10, 1000)
    for (const other of ['b', 'c']) say(belief, other, 0, 10, 1000)
    expect(downIn(belief, 1000)).toBe(4)
  })

  test('is believed of what somebody in another region sees as well', () => {
    const belief = open(['a', 'b', 'c'])
    say(belief, 'a', 10, 10, 1000)
    say(belief, 'b', 3, 10, 1000)
    say(belief, 'c', 0, 10, 1000)
    expect(downIn(belief, 1000)).toBe(3)
  })

  test('is believed where nobody else could say anything', () => {
    const belief = open(['a'])
    say(belief, 'a', 10, 10, 1000)
    expect(downIn(belief, 1000)).toBe(10)
  })

  test('is believed where they change one after another, over more than an interval and a half', () => {
    const belief = open(['a', 'b', 'c'])
    for (let down = 1; down <= 10; down++) {
      say(belief, 'a', down, 10, down * 4000)
      for (const other of ['b', 'c']) say(belief, other, 0, 10, down * 4000)
    }
    expect(downIn(belief, 40_000)).toBe(10)
  })

  test('is believed with `doubt: 100%`', () => {
    const belief = open(['a', 'b', 'c'], { doubtAt: 1000 })
    say(belief, 'a', 10, 10, 1000)
    for (const other of ['b', 'c']) say(belief, other, 0, 10, 1000)
    expect(downIn(belief, 1000)).toBe(10)
  })

  test('counts again when it sees them up again', () => {
    const belief = open(['a', 'b', 'c'])
    say(belief, 'a', 10, 10, 1000)
    for (const other of ['b', 'c']) say(belief, other, 0, 10, 1000)
    expect(downIn(belief, 1000)).toBe(0)
    say(belief, 'a', 0, 10, 20_000)
    for (const other of ['b', 'c']) say(belief, other, 0, 10, 20_000)
    expect(verdicts(belief, 20_000).get('s1')!.because).toBe('3 of 3 vantage regions say up (down where 1 say so)')
  })
})

describe('when a verdict turned', () => {
  const turned = (belief: Belief, nowMs: number): number | undefined => verdicts(belief, nowMs).get('s')!.turnedMs
  const seen = (up: boolean, forMs: number, hasTurned = true) => [sighting(up, { forMs, hasTurned })]

  test('is unknown where nobody has seen it change', () => {
    const belief = openBelief(rule(['a'], 600_000))
    observeEvidence(belief, evidence('a-1', 1, seen(true, 5000, false)), 10_000)
    expect(turned(belief, 10_000)).toBeUndefined()
  })

  test('is known to a node that has just started, from what the probers say', () => {
    const belief = openBelief(rule(['a', 'b', 'c'], 600_000))
    observeEvidence(belief, evidence('a-1', 1, seen(true, 5000)), 100_000)
    observeEvidence(belief, evidence('b-1', 1, seen(true, 30_000)), 100_000)
    observeEvidence(belief, evidence('c-1', 1, seen(true, 60_000)), 100_000)
    // Two of three were needed.
    expect(turned(belief, 100_000)).toBe(70_000)
  })

  test('is the same to a node that was there and to one that was not', () => {
    const there = openBelief(rule(['a', 'b', 'c'], 600_000))
    for (const region of ['a', 'b', 'c']) observeEvidence(there, evidence(`${region}-1`, 1, seen(true, 9000, false)), 0)
    verdicts(there, 0)
    for (const [i, region] of ['a', 'b', 'c'].entries()) {
      observeEvidence(there, evidence(`${region}-1`, 2, seen(false, 0)), 10_000 + 1000 * i)
      verdicts(there, 10_000 + 1000 * i)
    }
    expect(turned(there, 12_000)).toBe(11_000)
    const late = openBelief(rule(['a', 'b', 'c'], 600_000))
    for (const [i, region] of ['a', 'b', 'c'].entries())
      observeEvidence(late, evidence(`${region}-1`, 3, seen(false, 10_000 - 1000 * i)), 20_000)
    expect(turned(late, 20_000)).toBe(11_000)
  })

  test('does not move while the probers go on saying the same', () => {
    const belief = openBelief(rule(['a'], 600_000))
    observeEvidence(belief, evidence('a-1', 1, seen(true, 9000, false)), 0)
    verdicts(belief, 0)
    observeEvidence(belief, evidence('a-1', 2, seen(false, 0)), 10_000)
    expect(turned(belief, 10_000)).toBe(10_000)
    for (let i = 0; i < 20; i++) {
      observeEvidence(belief, evidence('a-1', 3 + i, seen(false, 1000 * (i + 1) - 300)), 11_000 + 1000 * i)
      expect(turned(belief, 11_000 + 1000 * i)).toBe(10_000)
    }
  })
})
