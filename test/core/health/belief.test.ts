// What a node believes, from the evidence of probers in several vantage regions.

import { describe, expect, test } from 'vitest'
import { type Belief, observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import { farewell } from '../../../src/core/health/evidence.ts'
import type { State } from '../../../src/core/health/tally.ts'
import { evidence, rule, sighting } from './sightings.ts'

const lastKnownMs = 600_000
const freshMs = 30_000

function open(...vantages: string[]): Belief {
  return openBelief(rule(vantages, lastKnownMs))
}

/** Each prober says up (+), down (-) or that it has not probed yet (?); the time serves as the sequence. */
function say(belief: Belief, nowMs: number, words: Record<string, '+' | '-' | '?'>): void {
  for (const [prober, word] of Object.entries(words)) {
    const up = word === '?' ? undefined : word === '+'
    observeEvidence(belief, evidence(prober, nowMs, [sighting(up)]), nowMs)
  }
}

function stateAt(belief: Belief, nowMs: number): State {
  return verdicts(belief, nowMs).get('s')?.state ?? 'unknown'
}

function becauseAt(belief: Belief, nowMs: number): string {
  return verdicts(belief, nowMs).get('s')!.because
}

describe('regions decide by majority, each counting once', () => {
  test.each<[string, Record<string, '+' | '-' | '?'>, State]>([
    ['all say up', { 'eu-1': '+', 'us-1': '+', 'ap-1': '+' }, 'up'],
    ['two of three say down', { 'eu-1': '-', 'us-1': '-', 'ap-1': '+' }, 'down'],
    ['one of three says down', { 'eu-1': '-', 'us-1': '+', 'ap-1': '+' }, 'up'],
    [
      'four probers of one region are one voice',
      { 'eu-1': '-', 'eu-2': '-', 'eu-3': '-', 'eu-4': '-', 'us-1': '+', 'ap-1': '+' },
      'up',
    ],
    [
      'a region is what most of its probers say',
      { 'eu-1': '-', 'eu-2': '-', 'eu-3': '+', 'us-1': '-', 'ap-1': '+' },
      'down',
    ],
    ['two of three heard, both down', { 'eu-1': '-', 'us-1': '-' }, 'down'],
    ['two of three heard, and they disagree', { 'eu-1': '-', 'us-1': '+' }, 'unknown'],
    ['one of three heard decides nothing', { 'eu-1': '-' }, 'unknown'],
    ['not having probed is no vote', { 'eu-1': '-', 'us-1': '?', 'ap-1': '?' }, 'unknown'],
    ['a region whose probers disagree evenly has no vote yet', { 'eu-1': '-', 'eu-2': '+', 'us-1': '-' }, 'unknown'],
  ])('%s', (_, words, state) => {
    const belief = open('eu', 'us', 'ap')
    say(belief, 0, words)
    expect(stateAt(belief, 0)).toBe(state)
  })

  test('regions that are not configured are shown and do not vote', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+', 'mars-1': '-', 'mars-2': '-', 'moon-1': '-' })
    const verdict = verdicts(belief, 0).get('s')!
    expect(verdict.state).toBe('up')
    expect(verdict.regions.map(({ region, counts, state }) => [region, counts, state])).toEqual([
      ['eu', true, 'up'],
      ['mars', false, 'down'],
      ['moon', false, 'down'],
    ])
  })

  test('without any configured region nothing is ever decided', () => {
    const belief = open()
    say(belief, 0, { 'eu-1': '-' })
    expect(stateAt(belief, 0)).toBe('unknown')
  })
})

describe('ties change nothing', () => {
  test.each<['+' | '-', State]>([
    ['+', 'up'],
    ['-', 'down'],
  ])('after both said %s, one region changing its mind leaves it %s', (word, state) => {
    const belief = open('eu', 'us')
    say(belief, 0, { 'eu-1': word, 'us-1': word })
    expect(stateAt(belief, 0)).toBe(state)
    say(belief, 1000, { 'eu-1': word === '+' ? '-' : '+' })
    expect(stateAt(belief, 1000)).toBe(state)
  })

  test('a tie within a region leaves that region at what it last said', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '-', 'eu-2': '-' })
    expect(stateAt(belief, 0)).toBe('down')
    say(belief, 1000, { 'eu-1': '+' })
    expect(stateAt(belief, 1000)).toBe('down')
    expect(verdicts(belief, 1000).get('s')!.regions[0]).toMatchObject({ state: 'down', isFresh: true, up: 1, down: 1 })
    say(belief, 2000, { 'eu-2': '+' })
    expect(stateAt(belief, 2000)).toBe('up')
  })
})

describe('silence is never news', () => {
  test.each<['+' | '-', State]>([
    ['+', 'up'],
    ['-', 'down'],
  ])(
    'losing every prober after they said %s keeps the verdict %s for last_known, then it is unknown',
    (word, state) => {
      const belief = open('eu', 'us', 'ap')
      say(belief, 0, { 'eu-1': word, 'us-1': word, 'ap-1': word })
      for (const nowMs of [0, freshMs, freshMs + 1, freshMs + lastKnownMs]) expect(stateAt(belief, nowMs)).toBe(state)
      expect(stateAt(belief, freshMs + lastKnownMs + 1)).toBe('unknown')
    },
  )

  test('last_known counts from when too few regions were fresh, however rarely anybody looked', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '-' })
    expect(stateAt(belief, 0)).toBe('down')
    expect(stateAt(belief, freshMs + lastKnownMs)).toBe('down')
  })

  test('two of three probers of a region falling silent do not leave the decision to the third', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+', 'eu-2': '+', 'eu-3': '-' })
    expect(stateAt(belief, 0)).toBe('up')
    for (let nowMs = 1000; nowMs <= lastKnownMs; nowMs += 1000) {
      say(belief, nowMs, { 'eu-3': '-' })
      expect(stateAt(belief, nowMs)).toBe('up')
    }
  })

  test('but what the third sees after the others fell silent is news, and counts alone', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+', 'eu-2': '+', 'eu-3': '+' })
    say(belief, 5000, { 'eu-3': '-' })
    expect(stateAt(belief, 5000)).toBe('up')
    say(belief, freshMs + 1, { 'eu-3': '-' })
    expect(stateAt(belief, freshMs + 1)).toBe('down')
  })

  test('two of five regions falling silent do not turn a verdict, until one of the others changes its mind', () => {
    const belief = open('a', 'b', 'c', 'd', 'e')
    say(belief, 0, { 'a-1': '+', 'b-1': '+', 'c-1': '+', 'd-1': '-', 'e-1': '-' })
    expect(stateAt(belief, 0)).toBe('up')
    say(belief, 40_000, { 'c-1': '+', 'd-1': '-', 'e-1': '-' })
    expect(stateAt(belief, 40_000)).toBe('up')
    say(belief, 41_000, { 'd-1': '+' })
    say(belief, 42_000, { 'd-1': '-' })
    expect(stateAt(belief, 42_000)).toBe('down')
  })

  test('a prober that restarts and has not probed yet keeps its last word', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+', 'eu-2': '-', 'eu-3': '+' })
    expect(stateAt(belief, 0)).toBe('up')
    for (const prober of ['eu-1', 'eu-3'])
      observeEvidence(belief, evidence(prober, 1, [sighting(undefined)], { epoch: 2 }), 1000)
    expect(stateAt(belief, 1000)).toBe('up')
  })
})

describe('only what is new counts as a sign of life', () => {
  test('a replay does not keep evidence fresh', () => {
    const belief = open('eu')
    const once = evidence('eu-1', 7, [sighting(true)])
    expect(observeEvidence(belief, once, 0)).toBe(true)
    for (let nowMs = 1000; nowMs <= 40_000; nowMs += 1000) expect(observeEvidence(belief, once, nowMs)).toBe(false)
    expect(verdicts(belief, 40_000).get('s')!.regions[0]!.isFresh).toBe(false)
  })

  test.each([
    ['an older sequence', { epoch: 5, sequence: 9 }, false],
    ['the same sequence', { epoch: 5, sequence: 10 }, false],
    ['the next sequence', { epoch: 5, sequence: 11 }, true],
    ['an older epoch, whatever its sequence', { epoch: 4, sequence: 99 }, false],
    ['a newer epoch, whatever its sequence', { epoch: 6, sequence: 1 }, true],
  ])('%s', (_, stamp, isNew) => {
    const belief = open('eu')
    observeEvidence(belief, evidence('eu-1', 10, [sighting(true)], { epoch: 5 }), 0)
    expect(observeEvidence(belief, { ...evidence('eu-1', 0, [sighting(false)]), ...stamp }, 1)).toBe(isNew)
    expect(stateAt(belief, 1)).toBe(isNew ? 'down' : 'up')
  })

  test('a prober whose epoch was once far ahead is heard again after it has been silent for long', () => {
    const belief = open('eu')
    observeEvidence(belief, evidence('eu-1', 1, [sighting(true)], { epoch: 9e12 }), 0)
    expect(stateAt(belief, 0)).toBe('up')
    const nowMs = freshMs + lastKnownMs + 1
    verdicts(belief, nowMs)
    expect(observeEvidence(belief, evidence('eu-1', 1, [sighting(false)], { epoch: 2 }), nowMs)).toBe(true)
    expect(stateAt(belief, nowMs)).toBe('down')
  })

  test.each([
    [10_000, 30_000],
    [60_000, 180_000],
    [1000, 3000],
    [500, 3000],
  ])('with a probe every %i ms evidence is fresh for %i ms', (everyMs, fresh) => {
    const belief = open('eu')
    observeEvidence(belief, evidence('eu-1', 1, [sighting(true, { everyMs })]), 0)
    expect(verdicts(belief, fresh).get('s')!.regions[0]!.isFresh).toBe(true)
    expect(verdicts(belief, fresh + 1).get('s')!.regions[0]!.isFresh).toBe(false)
  })
})

describe('leaving', () => {
  const leave = (belief: Belief, prober: string, nowMs: number): boolean =>
    observeEvidence(belief, farewell(evidence(prober, nowMs, [])), nowMs)

  test('a prober that says farewell no longer counts, and a late copy of its evidence does not bring it back', () => {
    const belief = open('eu')
    const late = evidence('eu-2', 1, [sighting(false)])
    say(belief, 0, { 'eu-1': '+' })
    observeEvidence(belief, late, 0)
    expect(verdicts(belief, 0).get('s')!.regions[0]).toMatchObject({ up: 1, down: 1 })
    expect(observeEvidence(belief, farewell(late), 1)).toBe(true)
    expect(observeEvidence(belief, late, 2)).toBe(false)
    expect(observeEvidence(belief, { ...late, epoch: 0, sequence: 99 }, 2)).toBe(false)
    expect(verdicts(belief, 2).get('s')!.regions[0]).toMatchObject({ up: 1, down: 0 })
  })

  test('it may come back with its next run, and counts at once', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+' })
    expect(stateAt(belief, 0)).toBe('up')
    leave(belief, 'eu-1', 1)
    expect(verdicts(belief, 1).get('s')!.regions[0]).toMatchObject({ up: 0, down: 0, isFresh: false })
    observeEvidence(belief, evidence('eu-1', 1, [sighting(false)], { epoch: 2 }), 2)
    expect(verdicts(belief, 2).get('s')).toMatchObject({ state: 'down', regions: [{ up: 0, down: 1 }] })
  })

  test('all probers leaving leaves the verdict as last known, whoever is the first', () => {
    for (const order of [
      ['eu-1', 'us-1', 'ap-1'],
      ['ap-1', 'us-1', 'eu-1'],
    ]) {
      const belief = open('eu', 'us', 'ap')
      say(belief, 0, { 'eu-1': '-', 'us-1': '-', 'ap-1': '+' })
      expect(stateAt(belief, 0)).toBe('down')
      for (const [i, prober] of order.entries()) {
        leave(belief, prober, 1000 + i)
        expect(stateAt(belief, 1000 + i)).toBe('down')
      }
      expect(stateAt(belief, freshMs + lastKnownMs)).toBe('down')
      expect(verdicts(belief, freshMs + lastKnownMs + 1).has('s')).toBe(false)
    }
  })

  test('a subject that nobody speaks of any more is dropped after last_known', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '-' })
    verdicts(belief, 0)
    observeEvidence(belief, evidence('eu-1', 2, []), 1000)
    expect(stateAt(belief, 1000)).toBe('down')
    expect(verdicts(belief, freshMs + lastKnownMs + 1).has('s')).toBe(false)
  })

  test('the farewell of a prober that was never heard turns nothing', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+' })
    const before = verdicts(belief, 0)
    leave(belief, 'eu-2', 1)
    expect(verdicts(belief, 1)).toBe(before)
  })
})

test('verdicts once returned stay as they were, so that the next can be compared with them', () => {
  const belief = open('eu')
  say(belief, 0, { 'eu-1': '+' })
  const before = verdicts(belief, 0)
  say(belief, 1000, { 'eu-1': '+' })
  expect(verdicts(belief, 1000)).toBe(before)
  say(belief, 2000, { 'eu-1': '-' })
  expect(verdicts(belief, 2000).get('s')!.state).toBe('down')
  expect(before.get('s')!.state).toBe('up')
})

describe('the verdict in words', () => {
  test.each<[Record<string, '+' | '-' | '?'>, string]>([
    [{ 'eu-1': '+', 'us-1': '+', 'ap-1': '+' }, '3 of 3 vantage regions say up'],
    [
      { 'eu-1': '-', 'us-1': '-', 'ap-1': '+' },
      '2 of 3 vantage regions say down: eu (connection refused), us (connection refused)',
    ],
    [
      { 'eu-1': '-', 'us-1': '-' },
      '2 of 2 vantage regions say down: eu (connection refused), us (connection refused); silent: ap',
    ],
    [
      { 'eu-1': '-', 'us-1': '+' },
      '1 of 2 vantage regions say down: eu (connection refused); silent: ap; a tie changes nothing, so still unknown',
    ],
    [{ 'eu-1': '-' }, '1 of 3 vantage regions heard, 2 needed to decide'],
  ])('%j → %s', (words, because) => {
    const belief = open('eu', 'us', 'ap')
    say(belief, 0, words)
    expect(becauseAt(belief, 0)).toBe(because)
  })

  test('what stands although nobody is heard is named as last known', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '-' })
    verdicts(belief, 0)
    expect(becauseAt(belief, 31_000)).toBe(
      '0 of 1 vantage regions heard, 1 needed to decide; still down, as last known',
    )
  })

  test('since is the time of the last change of state, on our clock', () => {
    const belief = open('eu')
    say(belief, 1000, { 'eu-1': '+' })
    verdicts(belief, 1000)
    say(belief, 2000, { 'eu-1': '+' })
    expect(verdicts(belief, 2000).get('s')!.sinceMs).toBe(1000)
    say(belief, 3000, { 'eu-1': '-' })
    expect(verdicts(belief, 3000).get('s')!.sinceMs).toBe(3000)
  })

  test('a region shows its fresh probers, its words and the mean latency of those that are up', () => {
    const belief = open('eu')
    observeEvidence(belief, evidence('eu-1', 1, [sighting(true, { latencyMs: 10, reason: 'first' })]), 0)
    observeEvidence(belief, evidence('eu-2', 1, [sighting(true, { latencyMs: 20, reason: 'second' })]), 0)
    observeEvidence(belief, evidence('eu-3', 1, [sighting(false, { latencyMs: 900, reason: 'third' })]), 0)
    expect(verdicts(belief, 0).get('s')!.regions).toEqual([
      {
        region: 'eu',
        counts: true,
        state: 'up',
        lastWord: 'up',
        isFresh: true,
        isDoubted: false,
        up: 2,
        down: 1,
        reason: 'first',
        latencyMs: 15,
      },
    ])
  })
})

describe('figures', () => {
  const told = (belief: Belief, nowMs: number) => {
    const { load, certDays, regions } = verdicts(belief, nowMs).get('s')!
    return { load, certDays, latencyMs: regions.map((region) => region.latencyMs) }
  }

  test('load is the mean of all fresh probers that say up, the end of the certificate the nearest', () => {
    const belief = open('eu', 'us')
    const say = (prober: string, up: boolean, load: number, certDays: number) =>
      observeEvidence(belief, evidence(prober, 1, [sighting(up, { load, certDays })]), 0)
    say('eu-1', true, 300, 90)
    say('eu-2', true, 301, 89)
    say('us-1', true, 600, 12)
    say('us-2', false, 999, 13)
    say('mars-1', true, 999, 1)
    expect(told(belief, 0)).toEqual({ load: 400, certDays: 12, latencyMs: [12, 12, 12] })
  })

  test('of a target that says nothing are unknown', () => {
    const belief = open('eu')
    say(belief, 0, { 'eu-1': '+' })
    expect(told(belief, 0)).toMatchObject({ load: undefined, certDays: undefined })
  })

  test('are taken along once they have moved by more than a little, also in small steps', () => {
    const belief = open('eu')
    const at = (nowMs: number, latencyMs: number, load: number) => {
      observeEvidence(belief, evidence('eu-1', nowMs, [sighting(true, { latencyMs, load })]), nowMs)
      const verdict = verdicts(belief, nowMs).get('s')!
      return [verdict.regions[0]!.latencyMs, verdict.load]
    }
    expect(at(1, 20, 500)).toEqual([20, 500])
    expect(at(2, 20.6, 503)).toEqual([20, 500])
    expect(at(3, 21, 505)).toEqual([20, 500])
    expect(at(4, 21.1, 505)).toEqual([21.1, 505])
    expect(at(5, 21.1, 511)).toEqual([21.1, 511])
  })
})

test('a subject has moved when its next probe is another than the one that was due', () => {
  const belief = open('eu')
  const at = (nowMs: number, dueMs: number, streak = 5): boolean => {
    belief.moved.clear()
    observeEvidence(belief, evidence('eu-1', nowMs, [sighting(true, { dueMs, streak })]), nowMs)
    return belief.moved.has('s')
  }
  expect(at(1000, 8000)).toBe(true)
  expect(at(2000, 7050)).toBe(false)
  expect(at(3000, 6000)).toBe(false)
  expect(at(4000, 1000)).toBe(true)
  expect(at(5000, 0, 6)).toBe(true)
  belief.moved.clear()
  observeEvidence(belief, evidence('eu-1', 6000, []), 6000)
  expect([...belief.moved]).toEqual(['s'])
})
