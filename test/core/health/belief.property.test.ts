// What must hold of verdicts whatever the probers say: order, copies and replays do not matter, silence changes nothing.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Belief, observeEvidence, openBelief, verdicts } from '../../../src/core/health/belief.ts'
import type { Evidence } from '../../../src/core/health/evidence.ts'
import { tally, type Voting } from '../../../src/core/health/tally.ts'
import { evidence, rule, sighting } from './sightings.ts'

const lastKnownMs = 600_000
const regions = ['a', 'b', 'c', 'd', 'e']

const votings: readonly Voting[] = [
  { by: 'majorities' },
  { by: 'majority' },
  { by: 'share', perMille: 180 },
  { by: 'share', perMille: 500 },
  { by: 'down', regions: 1 },
  { by: 'down', regions: 2 },
]

interface Scene {
  readonly voting: Voting
  readonly vantages: readonly string[]
  readonly probers: readonly string[]
}

const scene: fc.Arbitrary<Scene> = fc
  .record({
    voting: fc.constantFrom(...votings),
    vantages: fc.integer({ min: 1, max: 5 }),
    perRegion: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ voting, vantages, perRegion }) => ({
    voting,
    vantages: regions.slice(0, vantages),
    probers: regions.flatMap((region, i) => Array.from({ length: perRegion[i]! }, (_, n) => `${region}-${n}`)),
  }))

type Opinion = boolean | undefined
const opinion: fc.Arbitrary<Opinion> = fc.oneof(
  { weight: 4, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

/** Rounds of evidence: in each, some of the probers speak. */
const story = scene.chain((stage) =>
  fc.record({
    stage: fc.constant(stage),
    rounds: fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 50_000 }),
        words: fc.tuple(
          ...stage.probers.map((prober) => fc.tuple(fc.constant(prober), fc.option(opinion, { nil: null }))),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    seed: fc.integer(),
  }),
)

function roundsOf(
  rounds: readonly { afterMs: number; words: readonly [string, Opinion | null][] }[],
): { atMs: number; said: Evidence[] }[] {
  let atMs = 0
  return rounds.map(({ afterMs, words }, i) => {
    atMs += afterMs
    const said = words.flatMap(([prober, up]) => (up === null ? [] : [evidence(prober, i + 1, [sighting(up)])]))
    return { atMs, said }
  })
}

/** The same things in another order, from a seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, i) => ({ item, rank: Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, i * 2 + 1) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

function open(stage: Scene): Belief {
  return openBelief(rule(stage.vantages, lastKnownMs, { voting: stage.voting }))
}

test('nodes that hear the same evidence agree, in whatever order it comes, with copies and replays between', () => {
  fc.assert(
    fc.property(story, ({ stage, rounds, seed }) => {
      const [one, other] = [open(stage), open(stage)]
      const heard: Evidence[] = []
      for (const { atMs, said } of roundsOf(rounds)) {
        heard.push(...said)
        for (const item of said) observeEvidence(one, item, atMs)
        for (const item of shuffled(said, seed)) observeEvidence(other, item, atMs)
        for (const item of shuffled([...heard, ...heard], seed + 1)) observeEvidence(other, item, atMs)
        expect(verdicts(other, atMs)).toEqual(verdicts(one, atMs))
      }
    }),
  )
})

test('asking for the verdicts more often changes none of them', () => {
  fc.assert(
    fc.property(story, ({ stage, rounds }) => {
      const [one, other] = [open(stage), open(stage)]
      for (const { atMs, said } of roundsOf(rounds)) {
        for (const item of said) {
          observeEvidence(one, item, atMs)
          observeEvidence(other, item, atMs)
        }
        verdicts(other, atMs)
        verdicts(other, atMs)
        expect(verdicts(other, atMs)).toEqual(verdicts(one, atMs))
      }
    }),
  )
})

const silence = scene.chain((stage) =>
  fc.record({
    stage: fc.constant(stage),
    before: fc.array(opinion, { minLength: stage.probers.length, maxLength: stage.probers.length }),
    words: fc.array(opinion, { minLength: stage.probers.length, maxLength: stage.probers.length }),
    isSilent: fc.array(fc.boolean(), { minLength: stage.probers.length, maxLength: stage.probers.length }),
    steps: fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 30 }),
  }),
)

test('any probers falling silent change no verdict while the others say the same, for last_known', () => {
  fc.assert(
    fc.property(silence, ({ stage, before, words, isSilent, steps }) => {
      const belief = open(stage)
      // A prober without an opinion in the last round would have been silent since the one before.
      const earlier = before.map((up, i) => (words[i] === undefined ? undefined : up))
      const say = (sequence: number, opinions: readonly Opinion[], nowMs: number, all: boolean): void =>
        stage.probers.forEach((prober, i) => {
          if (all || !isSilent[i]) observeEvidence(belief, evidence(prober, sequence, [sighting(opinions[i])]), nowMs)
        })
      say(1, earlier, 0, true)
      verdicts(belief, 0)
      say(2, words, 1000, true)
      const state = verdicts(belief, 1000).get('s')?.state
      let nowMs = 1000
      steps.forEach((stepMs, i) => {
        nowMs += stepMs
        if (nowMs > lastKnownMs) return
        say(3 + i, words, nowMs, false)
        expect(verdicts(belief, nowMs).get('s')?.state).toBe(state)
      })
    }),
    { numRuns: 500 },
  )
})

test('a verdict that is not looked at again is the one that looking again would give', () => {
  fc.assert(
    fc.property(story, ({ stage, rounds }) => {
      const belief = open(stage)
      for (const { atMs, said } of roundsOf(rounds)) {
        for (const item of said) observeEvidence(belief, item, atMs)
        const before = belief.verdicts.get('s')
        const votes = [...belief.witnesses.values()].flatMap((witness) => witness.votes.get('s') ?? [])
        const again = tally(votes, belief.rule, atMs, before)
        const verdict = verdicts(belief, atMs).get('s')
        if (!verdict) expect(again.state).toBe('unknown')
        else expect({ ...verdict, freshUntilMs: 0 }).toEqual({ ...again, freshUntilMs: 0 })
      }
    }),
    { numRuns: 500 },
  )
})

test('once everybody has spoken, losing all evidence never makes a verdict down, and ends as unknown', () => {
  fc.assert(
    fc.property(silence, ({ stage, words, steps }) => {
      const belief = open(stage)
      stage.probers.forEach((prober, i) => {
        observeEvidence(belief, evidence(prober, 1, [sighting(words[i])]), 0)
      })
      const state = verdicts(belief, 0).get('s')?.state ?? 'unknown'
      let nowMs = 0
      for (const stepMs of steps) {
        nowMs += 5 * stepMs
        const later = verdicts(belief, nowMs).get('s')?.state ?? 'unknown'
        expect(later).toBe(nowMs <= 30_000 + lastKnownMs ? state : 'unknown')
      }
    }),
    { numRuns: 500 },
  )
})

test('when everybody speaks at once, the verdict is the majority of the majorities of the regions', () => {
  const lead = (words: readonly Opinion[]) =>
    Math.sign(words.reduce((sum, up) => sum + (up === undefined ? 0 : up ? 1 : -1), 0))
  fc.assert(
    fc.property(silence, ({ stage, words }) => {
      const belief = open({ ...stage, voting: { by: 'majorities' } })
      stage.probers.forEach((prober, i) => {
        observeEvidence(belief, evidence(prober, 1, [sighting(words[i])]), 0)
      })
      const regional = stage.vantages.map((region) =>
        lead(words.filter((_, i) => stage.probers[i]!.startsWith(region))),
      )
      const voting = regional.filter((sign) => sign !== 0)
      const sum = voting.length * 2 > stage.vantages.length ? lead(voting.map((sign) => sign > 0)) : 0
      expect(verdicts(belief, 0).get('s')?.state ?? 'unknown').toBe(sum === 0 ? 'unknown' : sum > 0 ? 'up' : 'down')
    }),
  )
})
