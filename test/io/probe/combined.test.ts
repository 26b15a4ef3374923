// combine: by a model over all that can be known of the parts, and at a prober.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Combination, combine } from '../../../src/io/probe/combine.ts'
import { check, openStage, subject, type Target } from './stage.ts'

const names = ['a', 'b', 'c', 'd']

test('what it says of parts that are not known holds whatever they turn out to be, and it says so as soon as it does', () => {
  const known = fc.constantFrom(true, false, undefined)
  const arbitrary = fc.record({
    parts: fc.shuffledSubarray(names, { minLength: 1 }),
    must: fc.shuffledSubarray(['m', 'n']),
    needed: fc.nat(3),
    states: fc.dictionary(fc.constantFrom(...names, 'm', 'n'), known),
  })
  fc.assert(
    fc.property(arbitrary, ({ parts, must, needed, states }) => {
      const combination: Combination = { parts, must, watch: ['w'], needed: 1 + (needed % parts.length) }
      const all = [...parts, ...must]
      const open = all.filter((name) => states[name] === undefined)
      // Every way in which the unknown can turn out.
      const outcomes = new Set(
        Array.from({ length: 2 ** open.length }, (_, bits) => {
          const upOf = (name: string): boolean => states[name] ?? ((bits >> open.indexOf(name)) & 1) === 1
          return parts.filter(upOf).length >= combination.needed && must.every(upOf)
        }),
      )
      const expected = outcomes.size === 1 ? [...outcomes][0] : undefined
      expect(combine(combination, (name) => states[name])).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

const part = (name: string) => subject(`example.com/${name}@127.0.0.1:80`)
const combined = (combination: Partial<Combination>) => ({
  ...subject('all'),
  combination: { parts: [], needed: 1, must: [], watch: [], ...combination },
})
const id = (name: string): string => part(name).subject

test('a prober works it out from what it sees of the parts, and tells at once when it changes', async () => {
  const target: Target = (name, nowMs) => ({
    ok: !(name === id('b') && nowMs >= 30_000) && !(name === id('m') && nowMs >= 60_000),
    afterMs: 1,
    seen: name === id('b') ? { load: 250, connectMs: 7, certDays: 9 } : { certDays: 12 },
  })
  const all = combined({ parts: [id('a'), id('b')], needed: 1, must: [id('m')], watch: [id('w')] })
  const { time, sighting, starts, reports } = openStage([part('a'), part('b'), part('m'), part('w'), all], target)
  await time.pass(25_000)
  expect(sighting('all')).toMatchObject({ up: true, reason: '2 of 2 up, 1 needed' })
  expect(sighting('all')).toMatchObject({ load: 250, latencyMs: 7, certDays: 9, hasTurned: false })
  await time.pass(30_000)
  expect(sighting('all')).toMatchObject({ up: true, reason: '1 of 2 up, 1 needed; not up: b (refused)' })
  await time.pass(30_000)
  expect(sighting('all')).toMatchObject({
    up: false,
    hasTurned: true,
    reason: '1 of 2 up, 1 needed; not up: m (refused, which must be up), b (refused)',
  })
  const third = starts.get(id('m'))!.filter((atMs) => atMs >= 60_000)[2]!
  const told = reports.find(({ sightings }) => sightings.some((each) => each.subject === 'all' && each.up === false))
  expect(told!.atMs).toBeLessThanOrEqual(third + 60)
  expect([...starts.keys()].sort()).toEqual(['a', 'b', 'm', 'w'].map(id).sort())
})

test('it names the earliest moment at which any part with a vote can turn', async () => {
  const all = combined({ parts: [id('a'), id('b')], needed: 2, watch: [id('w')] })
  const slow = { ...check, everyMs: 60_000 }
  const { time, sighting } = openStage([{ ...part('a'), check: slow }, part('b'), part('w'), all], () => ({
    ok: true,
    afterMs: 1,
  }))
  for (let i = 0; i < 40; i++) {
    await time.pass(1000)
    const of = (name: string): number => sighting(name)!.dueMs + 2 * check.confirmMs
    if (sighting('all')?.up !== undefined) expect(sighting('all')!.dueMs).toBe(Math.min(of(id('a')), of(id('b'))))
  }
  expect(sighting('all')).toMatchObject({ up: true, everyMs: 60_000 })
})

test('parts that are not probed here, or not yet, are not known', async () => {
  const { time, sighting } = openStage([part('a'), combined({ parts: [id('a'), id('elsewhere')], needed: 2 })], () => ({
    ok: true,
    afterMs: 1,
  }))
  await time.pass(20_000)
  expect(sighting('all')).toMatchObject({
    up: undefined,
    streak: 0,
    reason: '1 of 2 up; not up: elsewhere (not known)',
  })
})

test('it keeps its standing over a reload that changes nothing of it', async () => {
  const all = combined({ parts: [id('a')] })
  const { time, prober, sighting } = openStage([part('a'), all], () => ({ ok: true, afterMs: 1 }))
  await time.pass(20_000)
  const { forMs } = sighting('all')!
  prober.replaceSubjects([part('a'), part('b'), structuredClone(all)])
  await time.pass(5000)
  expect(sighting('all')!.forMs).toBe(forMs + 5000)
  prober.replaceSubjects([part('a'), part('b'), combined({ parts: [id('a'), id('b')] })])
  await time.pass(2000)
  expect(sighting('all')!.forMs).toBeLessThan(2500)
})
