// fastest: the usable member with the least latency, as the vantage region nearest to the client measured it. Per region the
// order of the members stands in cells and changes only by a minimum difference, after a time of rest. Where nothing was
// measured the distance decides.
//
//   node: code, count, first cell, vantage regions, margin (0.1 ms), margin (per mille), dwell (s), list of pools per member …,
//         members (distance-order.ts) …

import { z } from 'zod'
import { duration, percent } from '../base/schema.ts'
import { gatherByDistance, nextNearest, orderByDistance, PLACED, placedWords, sayDistance } from './distance-order.ts'
import {
  branchesOf,
  type Listed,
  listed,
  memberAt,
  membersOf,
  pathOf,
  type Placed,
  placeOf,
  settingsOf,
  type Written,
} from './members.ts'
import { anyUsable, type Asking, definePolicy, largestShare, Outcome, sayUnusable, type SteerTrace } from './policy.ts'
import { poolList, reported } from './reported.ts'
import { orderCells, rankedMember, settleOrder } from './standing-order.ts'

type Member = Written<Placed>

interface Settings {
  readonly margin: number
  readonly margin_share: number
  readonly dwell: number
}

const MEMBER = PLACED + 1
const Field = { count: 1, cell: 2, vantages: 3, margin: 4, marginShare: 5, dwell: 6 } as const
const MEMBERS = 7
/** A member's list of pools stands behind its place. */
const LIST = PLACED

const DEFAULTS: Settings = { margin: 10, margin_share: 100, dwell: 300_000 }

export const fastest = definePolicy<Listed<Member, Settings>>({
  name: 'fastest',
  usesPlace: true,

  config: (branch) =>
    listed(z.union([branch, z.strictObject({ to: branch, at: memberAt })]), {
      margin: duration({ atMostMs: 60_000 })
        .prefault('10ms')
        .describe('a member goes past another when it is faster by at least so much'),
      margin_share: percent().prefault('10%').describe("… and by at least this share of the other's latency"),
      dwell: duration({ atMostMs: 86_400_000 })
        .prefault('5m')
        .describe('how long a region keeps to an order before it changes it again'),
    }).meta({
      description:
        'the usable member that the vantage region nearest to the client found fastest answers; else the nearest',
    }),

  branches: branchesOf,

  compile(config, code, writer) {
    const branches = branchesOf(config)
    const words = membersOf(config).flatMap((member, i) => {
      const { to, path } = branches[i]!
      const branch = writer.branch(to, path)
      return [...placedWords(branch, placeOf(member, pathOf(config, i), writer)), poolList(branch, writer)]
    })
    const count = branches.length
    const { margin, margin_share, dwell } = settingsOf(config) ?? DEFAULTS
    const cell = writer.cells(
      writer.vantages * orderCells(count),
      branches.map(({ to }) => to),
    )
    return writer.words(
      code,
      count,
      cell,
      writer.vantages,
      Math.round(margin * 10),
      margin_share,
      Math.ceil(dwell / 1000),
      ...words,
    )
  },

  usable: (asking, node) => anyUsable(asking, node + MEMBERS, asking.table[node + Field.count]!, MEMBER),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + Field.count]!
    const first = node + MEMBERS
    if (trace) sayMeasured(asking, trace, node)
    const order = orderAt(asking, node)
    for (let rank = 0; order >= 0 && rank < count; rank++) {
      const member = rankedMember(asking, order, rank)
      if (member < 0 || member >= count) break
      const to = table[first + member * MEMBER]!
      if (asking.usable(to) && asking.pick(to) === Outcome.found) return Outcome.found
    }
    // Whoever has a rank was met above: those that are usable here have none, or moved while they were read.
    let at = nextNearest(asking, first, count, MEMBER, false, 0)
    while (at !== 0) {
      trace?.say(node, `fastest: ${trace.nameOf(table[at]!)} is the nearest of those that were not measured`)
      if (asking.pick(table[at]!) === Outcome.found) return Outcome.found
      at = nextNearest(asking, first, count, MEMBER, false, at)
    }
    trace?.say(node, 'fastest: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    const { table } = asking
    const count = table[node + Field.count]!
    const order = orderAt(asking, node)
    for (let rank = 0; order >= 0 && rank < count; rank++) {
      const member = rankedMember(asking, order, rank)
      if (member < 0 || member >= count) break
      asking.gather(table[node + MEMBERS + member * MEMBER]!)
    }
    // All of them: what is there already is not added again.
    gatherByDistance(asking, node + MEMBERS, count, MEMBER, false)
  },

  share: (asking, node) => largestShare(asking, node + MEMBERS, asking.table[node + Field.count]!, MEMBER),

  treat(treatment, node) {
    const { table, words, places, place } = treatment
    const vantage = places.vantage[place]!
    words.push(vantage <= table[node + Field.vantages]! ? vantage : 0)
    const ordered = orderByDistance(treatment, node + MEMBERS, table[node + Field.count]!, MEMBER, false)
    for (const at of ordered) words.push(table[at]!)
    for (const at of ordered) treatment.treat(table[at]!)
  },

  settle(settling, node) {
    const { table } = settling
    const count = table[node + Field.count]!
    const rule = {
      margin: table[node + Field.margin]!,
      marginShare: table[node + Field.marginShare]!,
      dwellSec: table[node + Field.dwell]!,
    }
    for (let vantage = 0; vantage < table[node + Field.vantages]!; vantage++) {
      const figures = Array.from({ length: count }, (_, i) =>
        reported(settling, table[node + MEMBERS + i * MEMBER + LIST]!, vantage),
      )
      settleOrder(settling, table[node + Field.cell]! + vantage * orderCells(count), figures, rule)
    }
  },
})

/** The first cell of the order that counts for this client; -1 where no region is near it. */
function orderAt({ table, vantage }: Asking, node: number): number {
  if (vantage < 0 || vantage >= table[node + Field.vantages]!) return -1
  return table[node + Field.cell]! + vantage * orderCells(table[node + Field.count]!)
}

function sayMeasured(asking: Asking, trace: SteerTrace, node: number): void {
  const { table, vantage } = asking
  const count = table[node + Field.count]!
  const order = orderAt(asking, node)
  const ranked = new Set<number>()
  for (let rank = 0; order >= 0 && rank < count; rank++) {
    const member = rankedMember(asking, order, rank)
    if (member < 0 || member >= count) break
    ranked.add(member)
    const at = node + MEMBERS + member * MEMBER
    const tenths = reported(asking, table[at + LIST]!, vantage)
    const figure = tenths < 0 ? 'no measurement now' : `${tenths / 10} ms`
    const name = trace.nameOf(table[at]!)
    trace.say(node, `fastest: ${name} stands ${rank + 1}. for vantage region ${vantage + 1}: ${figure}`)
    sayUnusable(asking, trace, node, table[at]!, 'fastest')
  }
  if (ranked.size === 0)
    trace.say(node, `fastest: ${vantage < 0 ? 'no vantage region is near' : 'nothing is measured'}`)
  for (let i = 0; i < count; i++)
    if (!ranked.has(i)) sayDistance(asking, trace, node, node + MEMBERS + i * MEMBER, 'fastest')
}
