// What one target may be asked in a second, by one prober.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openBudget } from '../../../src/io/probe/budget.ts'
import { gaps, openStage, refusing, subject } from './stage.ts'

test('as many at once as there are in a second, and then one after the other', () => {
  const budget = openBudget(4)
  const starts: number[] = []
  for (let nowMs = 0; starts.length < 10; ) {
    const freeMs = budget.freeAtMs('a', nowMs)
    if (freeMs <= nowMs) {
      starts.push(nowMs)
      budget.take('a', nowMs)
    } else nowMs = freeMs
  }
  expect(starts).toEqual([0, 0, 0, 0, 250, 500, 750, 1000, 1250, 1500])
  expect(budget.freeAtMs('b', 1500)).toBe(1500)
  expect(budget.freeAtMs('a', 9000)).toBe(9000)
})

test('in the long run never more than that, however they come', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(300), { minLength: 50, maxLength: 200 }),
      (rate, waits) => {
        const budget = openBudget(rate)
        let nowMs = 0
        for (const waitMs of waits) {
          nowMs = budget.freeAtMs('a', nowMs + waitMs)
          budget.take('a', nowMs)
        }
        expect(waits.length).toBeLessThanOrEqual(rate + (nowMs * rate) / 1000 + 1e-6)
      },
    ),
  )
})

test('what is no longer probed is forgotten', () => {
  const budget = openBudget(1)
  budget.take('a', 0)
  budget.keep(new Set(['b']))
  expect(budget.freeAtMs('a', 0)).toBe(0)
})

test('many checks of one target that fail together are held to it, and each gets its turn', async () => {
  const names = Array.from({ length: 30 }, (_, i) => subject(`s${i}`))
  const other = subject('other', { port: 81 })
  const { time, starts, prober, reports } = openStage([...names, other], refusing, { limits: { perTarget: 5 } })
  await time.pass(60_000)
  const all = names.flatMap(({ subject: name }) => starts.get(name) ?? []).sort((a, b) => a - b)
  expect(all.length).toBeLessThanOrEqual(5 + 60 * 5)
  expect(all.length).toBeGreaterThan(150)
  expect(Math.min(...gaps(all).slice(5))).toBeGreaterThan(0)
  for (const { subject: name } of names) expect(starts.get(name)!.length).toBeGreaterThan(4)
  expect(starts.get('other')![0]).toBeLessThan(1000)
  expect(prober.state().putOff).toBeGreaterThan(0)
  expect(reports.at(-1)!.sightings.every(({ up }) => up === false)).toBe(true)
})
