import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstDelayMs, nextDelayMs, phaseOf } from '../../../src/io/probe/schedule.ts'

const timing = { everyMs: 10_000, confirmMs: 1000 }
const phase = { first: 0.25, second: 0.75 }

describe('phases', () => {
  test('are the same whenever and wherever they are asked for', () => {
    expect(phaseOf('ns1', 'example.com/web@192.0.2.1:80')).toEqual(phaseOf('ns1', 'example.com/web@192.0.2.1:80'))
  })

  test('differ between probers and between subjects', () => {
    const phases = ['ns1', 'ns2'].flatMap((prober) => ['a', 'b'].map((subject) => phaseOf(prober, subject).first))
    expect(new Set(phases).size).toBe(4)
  })

  test.each(['first', 'second'] as const)('fill the whole interval evenly (%s)', (which) => {
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10_000; i++)
      tenths[Math.floor(phaseOf('ns1', `example.com/web@192.0.2.${i}:80`)[which] * 10)]!++
    // 10 000 draws with a tenth each: five standard deviations are 150.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

test.each([
  [1, 10_000, 250],
  [1000, 10_000, 250],
  [1500, 10_000, 375],
  [10_000, 10_000, 500],
  [10_000, 1000, 250],
])(
  'of %i subjects with a probe every %i ms, the first probe at a quarter of the phase comes after %i ms',
  (subjects, everyMs, delayMs) => {
    expect(firstDelayMs(phase, everyMs, subjects)).toBe(delayMs)
  },
)

test.each([
  ['the second probe falls on the phase', { probes: 1, phase, isInDoubt: false }, 0.5, 7500],
  ['then an interval, at least 0.9 of it', { probes: 2, phase, isInDoubt: false }, 0, 9000],
  ['on average the whole', { probes: 2, phase, isInDoubt: false }, 0.5, 10_000],
  ['in doubt, the confirmation', { probes: 2, phase, isInDoubt: true }, 0.5, 1000],
  ['even right after the first round', { probes: 1, phase, isInDoubt: true }, 0.5, 1000],
])('%s', (_, progress, draw, delayMs) => expect(nextDelayMs(timing, progress, draw)).toBeCloseTo(delayMs))

test('two probes are never farther apart than 1.1 intervals', () => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const progress = fc.record({
    probes: fc.nat(),
    phase: fc.record({ first: unit, second: unit }),
    isInDoubt: fc.boolean(),
  })
  fc.assert(
    fc.property(progress, unit, (each, draw) => {
      expect(nextDelayMs(timing, each, draw)).toBeLessThanOrEqual(11_000)
    }),
  )
})
