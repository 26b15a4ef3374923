// failover with options against a plain model, written from docs/policies/failover.md: random tiers, pasts, orders, options and
// draws, on a new board that is settled once.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { change, orderReturn, settleAt } from './past.ts'
import { makeTree, pick } from './tree.ts'

const NOW = 1000
const names = ['a', 'b', 'c', 'd']

interface Target {
  readonly up: boolean
  /** When it came to be so; 0: unknown. */
  readonly since: number
}
interface Tier {
  readonly targets: readonly Target[]
  readonly capacity: number
  /** When an operator ordered to return to it; 0: never. */
  readonly ordered: number
}
interface Case {
  readonly tiers: readonly Tier[]
  readonly min: number | undefined
  readonly spill: { readonly factor: number; readonly panic: number } | undefined
  readonly failback: number | 'manual'
  readonly slow: number
  readonly hasCapacity: boolean
  readonly u: number
}

const shareUp = (ups: readonly boolean[]): number => ups.filter((up) => up).length / ups.length

function isWell(ups: readonly boolean[], { min, spill }: Case): boolean {
  return ups.includes(true) && shareUp(ups) * 100 >= (min ?? (spill ? 0 : 50)) - 1e-9
}

/** Since when the tier has been as it is now; 0: always, for all that is known. */
function sinceWhen({ targets }: Tier, asked: Case): { well: boolean; since: number } {
  const at = (sec: number): boolean =>
    isWell(
      targets.map(({ up, since }) => (since === 0 || since <= sec ? up : !up)),
      asked,
    )
  const well = at(NOW)
  const times = [...new Set(targets.map(({ since }) => since))].filter((sec) => sec > 0).toSorted((x, y) => y - x)
  return { well, since: times.find((sec) => at(sec - 1) !== well) ?? 0 }
}

/** Of each tier, from 0 to 1, what clients may come to. */
function openness(asked: Case): number[] {
  const open: number[] = []
  const pasts = asked.tiers.map((tier) => sinceWhen(tier, asked))
  for (const [i, { well, since }] of pasts.entries()) {
    const above = pasts.slice(0, i)
    const isServed = above.some((past, j) => past.well && open[j] === 1)
    const lastOut = Math.max(0, ...above.map((past) => past.since))
    if (!well || isServed || since <= lastOut) {
      open.push(1)
      continue
    }
    const { ordered } = asked.tiers[i]!
    const waited = asked.failback === 'manual' ? Number.POSITIVE_INFINITY : since + asked.failback
    const start = ordered >= since ? Math.min(ordered, waited) : waited
    const grown = asked.slow === 0 ? 1 : (NOW - start) / asked.slow
    open.push(start > NOW ? 0 : Math.min(1, Math.max(0.01, Math.floor(grown * 1000) / 1000)))
  }
  return open
}

interface Expected {
  readonly pool: string
  readonly isPanic: boolean
  /** How far the draw is from falling otherwise. */
  readonly margin: number
}

function expected(asked: Case): Expected | undefined {
  const { tiers, spill, hasCapacity } = asked
  const open = openness(asked)
  const ups = tiers.map((tier) => tier.targets.map(({ up }) => up))
  const rooms = ups.map((up, i) => {
    if (!isWell(up, asked)) return 0
    if (!spill) return 1
    const relative = hasCapacity ? tiers[i]!.capacity / tiers[0]!.capacity : 1
    // Shares are per mille.
    return Math.min(1, spill.factor * relative * (Math.floor(shareUp(up) * 1000) / 1000))
  })
  const parts = [...rooms.map((room, i) => room * open[i]!), ...rooms.map((room, i) => room * (1 - open[i]!))]
  const total = Math.min(
    1,
    parts.reduce((x, y) => x + y, 0),
  )
  if (total === 0) return undefined
  const isShort = total < 0.99
  let end = 0
  let margin = 1
  for (const [i, part] of parts.entries()) {
    end = Math.min(total, end + part)
    margin = Math.min(margin, part > 0 && end < total - 1e-9 ? Math.abs(end - asked.u * total) : 1)
    if (asked.u * total >= end) continue
    const tier = i % tiers.length
    const isPanic = spill !== undefined && isShort && shareUp(ups[tier]!) * 100 < spill.panic - 1e-9
    return { pool: names[tier]!, isPanic, margin }
  }
  return undefined
}

const target = fc.record({ up: fc.boolean(), since: fc.constantFrom(0, 0, 700, 800, 880, 940, 970, 990, 999) })
const cases: fc.Arbitrary<Case> = fc.record({
  tiers: fc.array(
    fc.record({
      targets: fc.array(target, { minLength: 1, maxLength: 4 }),
      capacity: fc.constantFrom(10, 50, 100, 400),
      ordered: fc.constantFrom(0, 0, 750, 950, 995),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  min: fc.constantFrom(undefined, undefined, 0, 25, 60, 100),
  spill: fc.constantFrom(undefined, { factor: 1.4, panic: 50 }, { factor: 1, panic: 0 }, { factor: 3, panic: 100 }),
  failback: fc.constantFrom<number | 'manual'>(0, 60, 300, 'manual'),
  slow: fc.constantFrom(0, 0, 100, 600),
  hasCapacity: fc.boolean(),
  u: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

test('agrees with the model', () => {
  const seen = { none: 0, panic: 0, later: 0, held: 0 }
  fc.assert(
    fc.property(cases, (asked) => {
      const pools = Object.fromEntries(
        asked.tiers.map(({ targets, capacity }, p) => [
          names[p]!,
          {
            targets: targets.map((_, t) => ({ address: `192.0.${p}.${t + 1}` })),
            answers: 1,
            ...(asked.hasCapacity && { capacity }),
          },
        ]),
      )
      const failover = {
        tiers: Object.keys(pools),
        ...(asked.min !== undefined && { min_healthy: `${asked.min}%` }),
        ...(asked.spill && { spill: { ...asked.spill, panic: `${asked.spill.panic}%` } }),
        failback: asked.failback === 'manual' ? 'manual' : `${asked.failback}s`,
        slow_start: `${asked.slow}s`,
      }
      const tree = makeTree({ pools, steer: { failover } }, (total) => Math.floor(asked.u * total))
      for (const [p, tier] of asked.tiers.entries())
        for (const [t, { up, since }] of tier.targets.entries()) {
          change(tree, `192.0.${p}.${t + 1}`, up ? 'up' : 'down', since)
          if (tier.ordered > 0) orderReturn(tree, `192.0.${p}.${t + 1}`, tier.ordered)
        }
      settleAt(tree, NOW)
      const wanted = expected(asked)
      const got = pick(tree)
      expect(got.isUsable).toBe(wanted !== undefined)
      if (!wanted) {
        seen.none++
        return
      }
      // Parts are whole millionths.
      if (wanted.margin < 1e-4) return
      expect(got.pool).toBe(wanted.pool)
      const all = asked.tiers[names.indexOf(wanted.pool)]!.targets.length
      expect(got.targets.length).toBe(wanted.isPanic ? all : 1)
      if (wanted.isPanic) seen.panic++
      if (wanted.pool !== 'a') seen.later++
      if (openness(asked).some((open) => open < 1)) seen.held++
    }),
    { numRuns: 20_000, seed: 31 },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200)
})
