// nearest: the usable member closest to the client by great circle, or the `limit` closest. A bias stretches or shrinks a
// member's distances as in Route 53; with `tie` the members that are about as near as the nearest share the clients. A client
// whose place is unknown gets the order given.
//
//   node: code, count, tie band (per mille + 1, 0: none), limit, whether any member has a bias, members (distance-order.ts) …

import { z } from 'zod'
import { percent } from '../base/schema.ts'
import {
  farness,
  gatherByDistance,
  isLocated,
  nextNearest,
  orderByDistance,
  PLACED,
  placedWords,
  sayDistance,
  widen,
} from './distance-order.ts'
import {
  branchesOf,
  type Listed,
  listed,
  memberAt,
  membersOf,
  ownOf,
  pathOf,
  type Placed,
  placeOf,
  settingsOf,
  type Written,
} from './members.ts'
import { printOdds } from './odds.ts'
import { anyUsable, type Asking, definePolicy, largestShare, MAX_CHOSEN, Outcome, pickAlso } from './policy.ts'

type Member = Written<Placed & { readonly bias?: number | undefined }>

interface Settings {
  readonly tie?: number | undefined
  readonly limit?: number | undefined
}

const Field = { count: 1, tie: 2, limit: 3, isScaled: 4 } as const
const MEMBERS = 5

export const nearest = definePolicy<Listed<Member, Settings>>({
  name: 'nearest',
  usesPlace: true,

  config: (branch) =>
    listed(
      z.union([
        branch,
        z.strictObject({
          to: branch,
          at: memberAt,
          bias: z
            .int()
            .min(-99)
            .max(99)
            .optional()
            .describe('above 0: draws more clients, its distances count as 1 − bias/100; below 0: as 1/(1 + bias/100)'),
        }),
      ]),
      {
        tie: percent()
          .optional()
          .describe('members farther than the nearest by at most this share of its distance share the clients evenly'),
        limit: z
          .int()
          .min(1)
          .max(MAX_CHOSEN)
          .optional()
          .describe('how many of the nearest answer together; default: 1'),
      },
    ).meta({ description: 'the usable member nearest to the client answers; each needs a place' }),

  branches: branchesOf,

  compile(config, code, writer) {
    const branches = branchesOf(config)
    const words = membersOf(config).flatMap((member, i) => {
      const { to, path } = branches[i]!
      const at = placeOf(member, pathOf(config, i), writer)
      if (!at)
        writer.problem(
          path,
          'expected a pool with a place, found a branch without one',
          'give the pool, or the member here, `at: { country: … }` or `at: { lat: …, lon: … }`',
        )
      return placedWords(writer.branch(to, path), at, scaleOf(ownOf(member)?.bias ?? 0))
    })
    const isScaled = membersOf(config).some((member) => (ownOf(member)?.bias ?? 0) !== 0)
    const { tie = -1, limit = 1 } = settingsOf(config) ?? {}
    return writer.words(code, words.length / PLACED, tie + 1, limit, isScaled ? 1 : 0, ...words)
  },

  usable: (asking, node) => anyUsable(asking, node + MEMBERS, asking.table[node + Field.count]!, PLACED),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + Field.count]!
    const first = node + MEMBERS
    const isScaled = table[node + Field.isScaled] !== 0
    if (trace) for (let i = 0; i < count; i++) sayDistance(asking, trace, node, first + i * PLACED, 'nearest')
    let left = table[node + Field.limit]!
    let at = nextNearest(asking, first, count, PLACED, isScaled, 0)
    let outcome: Outcome = Outcome.unusable
    if (table[node + Field.tie]! > 0 && at !== 0 && isLocated(asking)) {
      const tied = countTied(asking, node, at, true)
      outcome = pickTied(asking, node, at, tied, left)
      left -= tied
      at = left > 0 ? nextNearest(asking, first, count, PLACED, isScaled, lastTied(asking, node, at)) : 0
    }
    while (at !== 0) {
      if (pickAlso(asking, table[at]!) === Outcome.found) outcome = Outcome.found
      if (--left <= 0) break
      at = nextNearest(asking, first, count, PLACED, isScaled, at)
    }
    if (trace && outcome === Outcome.unusable) trace.say(node, 'nearest: no branch is usable')
    return outcome
  },

  gather: (asking, node) =>
    gatherByDistance(asking, node + MEMBERS, asking.table[node + Field.count]!, PLACED, isScaledAt(asking, node)),

  share: (asking, node) => largestShare(asking, node + MEMBERS, asking.table[node + Field.count]!, PLACED),

  treat(treatment, node) {
    const { table, words } = treatment
    const isScaled = isScaledAt(treatment, node)
    const ordered = orderByDistance(treatment, node + MEMBERS, table[node + Field.count]!, PLACED, isScaled)
    const tie = isLocated(treatment) ? table[node + Field.tie]! : 0
    for (const at of ordered) {
      words.push(table[at]!)
      // Who would share with this member if all nearer ones were down.
      if (tie > 0) {
        const band = bandFrom(treatment, node, at)
        words.push(ordered.filter((other) => farness(treatment, other, isScaled) <= band).length)
      }
    }
    for (const at of ordered) treatment.treat(table[at]!)
  },
})

/** As Route 53 defines it. */
function scaleOf(bias: number): number {
  return bias >= 0 ? 1 - bias / 100 : 1 / (1 + bias / 100)
}

function isScaledAt({ table }: Pick<Asking, 'table'>, node: number): boolean {
  return table[node + Field.isScaled] !== 0
}

/** How far the band goes that begins with the member at `near`. */
function bandFrom(asking: Pick<Asking, 'table' | 'floats' | 'places' | 'place'>, node: number, near: number): number {
  const isScaled = isScaledAt(asking, node)
  return widen(farness(asking, near, isScaled), asking.table[node + Field.tie]! - 1, isScaled)
}

function countTied(asking: Asking, node: number, near: number, ofUsable: boolean): number {
  const { table } = asking
  const isScaled = isScaledAt(asking, node)
  const band = bandFrom(asking, node, near)
  let count = 0
  for (let i = table[node + Field.count]! - 1, at = node + MEMBERS; i >= 0; i--, at += PLACED)
    if (farness(asking, at, isScaled) <= band && (!ofUsable || asking.usable(table[at]!))) count++
  return count
}

/** The index of the member within the band that has `before` others of it, or usable others, in front of it. */
function tiedAt(asking: Asking, node: number, near: number, before: number, ofUsable: boolean): number {
  const { table } = asking
  const isScaled = isScaledAt(asking, node)
  const band = bandFrom(asking, node, near)
  const count = table[node + Field.count]!
  let left = before
  for (let i = 0, at = node + MEMBERS; i < count; i++, at += PLACED)
    if (farness(asking, at, isScaled) <= band && (!ofUsable || asking.usable(table[at]!)) && left-- === 0) return i
  return 0
}

/** Drawn among all within the band, and again only where that one is not usable: so a member that lacks AAAA moves nobody else's. */
function drawTied(asking: Asking, node: number, near: number, tied: number): number {
  const first = tiedAt(asking, node, near, asking.draw(node, countTied(asking, node, near, false)), false)
  if (asking.usable(asking.table[node + MEMBERS + first * PLACED]!)) return first
  return tiedAt(asking, node, near, asking.draw(node + 1, tied), true)
}

/** The farthest member within the band, usable or not: of those as far, the last. */
function lastTied(asking: Asking, node: number, near: number): number {
  const isScaled = isScaledAt(asking, node)
  const band = bandFrom(asking, node, near)
  let last = near
  let longest = -1
  for (let i = asking.table[node + Field.count]! - 1, at = node + MEMBERS; i >= 0; i--, at += PLACED) {
    const far = farness(asking, at, isScaled)
    if (far > band || far < longest) continue
    last = at
    longest = far
  }
  return last
}

/**
 * Of the `tied` usable members within the band that begins with the one at `near`, the first `limit`: from one drawn evenly on,
 * in the order given, and round.
 */
function pickTied(asking: Asking, node: number, near: number, tied: number, limit: number): Outcome {
  const { table, trace } = asking
  const count = table[node + Field.count]!
  const isScaled = isScaledAt(asking, node)
  const band = bandFrom(asking, node, near)
  const start = drawTied(asking, node, near, tied)
  let outcome: Outcome = Outcome.unusable
  let taken = 0
  for (let i = 0; i < count && taken < limit; i++) {
    const at = node + MEMBERS + ((start + i) % count) * PLACED
    if (farness(asking, at, isScaled) > band || !asking.usable(table[at]!)) continue
    if (trace && tied > 1) {
      const how = taken === 0 ? `is drawn: 1 of ${tied} about as near, ${printOdds(1, tied)}` : 'follows it'
      trace.say(node, `nearest: ${trace.nameOf(table[at]!)} ${how}`)
    }
    if (pickAlso(asking, table[at]!) === Outcome.found) outcome = Outcome.found
    taken++
  }
  return outcome
}
