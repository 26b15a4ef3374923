// weighted with canaries and ramps against a plain model, written from docs/policies/weighted.md.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { change, settleAt } from './past.ts'
import { makeTree, pick } from './tree.ts'

const EPOCH = Date.parse('2026-01-01T00:00:00Z') / 1000
const NOW = EPOCH + 10_000
const names = ['a', 'b', 'c', 'd']

interface Member {
  /** Each target: up, and the seconds ago that it came to be so (0: nobody knows). */
  readonly targets: readonly { readonly up: boolean; readonly ago: number }[]
  readonly weight: number
  readonly canary:
    | {
        readonly percent: number
        readonly least: number
        readonly ramp: { readonly ago: number; readonly over: number } | undefined
      }
    | undefined
}

interface Case {
  readonly members: readonly Member[]
  readonly u: number
}

const usableBy = (ups: readonly boolean[], least: number): boolean =>
  ups.includes(true) && ups.filter((up) => up).length * 100 >= least * ups.length

const upsOf = ({ targets }: Member): boolean[] => targets.map(({ up }) => up)

/** Per mille of all clients that a canary has now. */
function shareOf(member: Member): number {
  const { percent, least, ramp } = member.canary!
  if (!ramp) return percent * 10
  // Since when it is well: the latest moment before which it was not.
  const past = (ago: number): boolean[] =>
    member.targets.map((target) => (target.ago !== 0 && target.ago <= ago ? !target.up : target.up))
  const times = member.targets.map(({ ago }) => ago).filter((ago) => ago > 0)
  const wellFor = times.toSorted((x, y) => x - y).find((ago) => !usableBy(past(ago), least))
  if (!usableBy(upsOf(member), least)) return percent * 10
  const started = Math.min(ramp.ago, wellFor ?? Number.POSITIVE_INFINITY)
  const run = Math.max(0, Math.min(1, started / ramp.over))
  return percent * 10 + Math.floor((1000 - percent * 10) * run)
}

function fall(u: number, parts: readonly (readonly [name: string, share: number])[]): string {
  const total = parts.reduce((sum, [, share]) => sum + share, 0)
  let left = Math.floor(u * total)
  return parts.find(([, share]) => (left -= share) < 0)![0]
}

function expected({ members, u }: Case): string | undefined {
  const all = members.map((member, i) => ({ name: names[i]!, ...member, ups: upsOf(member) }))
  const plain = all.filter(({ canary, ups }) => !canary && usableBy(ups, 50))
  const canaries = all.filter(({ canary }) => canary)
  const well = canaries.filter(({ canary, ups }) => usableBy(ups, canary!.least))
  let point = Math.floor(u * 1000)
  for (const canary of well) if ((point -= shareOf(canary)) < 0) return canary.name
  // The first draw is among all that have a weight, and only who drew an unusable one draws again.
  const weights = all
    .filter(({ canary: settings }) => !settings)
    .map(({ name, weight }): [string, number] => [name, weight])
  const isIdle = weights.every(([, weight]) => weight === 0)
  const drawn = fall(u, isIdle ? weights.map(([name]) => [name, 1]) : weights)
  if (!(isIdle && canaries.length > 0) && plain.some(({ name }) => name === drawn)) return drawn
  const heavy = plain.filter(({ weight }) => weight > 0)
  if (heavy.length > 0)
    return fall(
      u,
      heavy.map(({ name, weight }) => [name, weight]),
    )
  const inPlace = (list: typeof canaries): string =>
    fall(
      u,
      list.map((canary) => [canary.name, shareOf(canary) || 1]),
    )
  if (well.length > 0) return inPlace(well)
  if (plain.length > 0)
    return fall(
      u,
      plain.map(({ name }) => [name, 1]),
    )
  const usable = canaries.filter(({ ups }) => usableBy(ups, 50))
  return usable.length > 0 ? inPlace(usable) : undefined
}

const canary = fc.record({
  percent: fc.constantFrom(0, 5, 25),
  least: fc.constantFrom(90, 50, 10),
  ramp: fc.option(fc.record({ ago: fc.constantFrom(-100, 0, 50, 500, 5000), over: fc.constantFrom(100, 1000) }), {
    nil: undefined,
  }),
})
const member: fc.Arbitrary<Member> = fc.record({
  targets: fc.array(fc.record({ up: fc.boolean(), ago: fc.constantFrom(0, 0, 20, 70, 400, 900) }), {
    minLength: 1,
    maxLength: 3,
  }),
  weight: fc.constantFrom(0, 1, 2, 10),
  canary: fc.option(canary, { nil: undefined }),
})
const cases: fc.Arbitrary<Case> = fc
  .record({
    members: fc.array(member, { minLength: 1, maxLength: 4 }),
    u: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  // Ramps go to 100 %, so only one canary has one, and some member takes the rest.
  .map(({ members, u }) => ({
    u,
    members: members.map((one, i) => {
      const isFirst = members.findIndex((other) => other.canary !== undefined) === i
      if (i === members.length - 1) return { ...one, canary: undefined }
      const hasOthers = members.slice(i + 1, -1).some((other) => other.canary !== undefined)
      return one.canary && !(isFirst && !hasOthers) ? { ...one, canary: { ...one.canary, ramp: undefined } } : one
    }),
  }))

function configOf({ weight, canary: settings }: Member, i: number): object {
  if (!settings) return { to: names[i], weight }
  const { percent, least, ramp } = settings
  const from = ramp && new Date((NOW - ramp.ago) * 1000).toISOString().replace('.000Z', 'Z')
  return {
    to: names[i],
    percent: `${percent}%`,
    min_healthy: `${least}%`,
    ...(ramp && { ramp: { to: '100%', over: `${ramp.over}s`, from } }),
  }
}

test('agrees with the model', () => {
  const seen = { none: 0, canary: 0, ramping: 0 }
  fc.assert(
    fc.property(cases, (asked) => {
      const pools = Object.fromEntries(
        asked.members.map(({ targets }, p) => [
          names[p]!,
          { targets: targets.map((_, t) => ({ address: `192.0.${p}.${t + 1}` })), answers: 1 },
        ]),
      )
      const tree = makeTree({ pools, steer: { weighted: asked.members.map(configOf) } }, (total) =>
        Math.floor(asked.u * total),
      )
      expect(tree.findings).toEqual([])
      for (const [p, { targets }] of asked.members.entries())
        for (const [t, { up, ago }] of targets.entries())
          change(tree, `192.0.${p}.${t + 1}`, up ? 'up' : 'down', ago === 0 ? 0 : NOW - ago)
      settleAt(tree, NOW)
      const wanted = expected(asked)
      const got = pick(tree)
      expect(got.isUsable ? got.pool : undefined).toBe(wanted)
      if (wanted === undefined) seen.none++
      else if (asked.members[names.indexOf(wanted)]!.canary) seen.canary++
      if (asked.members.some((one) => one.canary?.ramp && ![50, 250, 1000].includes(shareOf(one)))) seen.ramping++
    }),
    { numRuns: 20_000, seed: 31 },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500)
})
