// least: the usable member that reports the least load, relative to its capacity. The order of the members stands in cells and
// changes only by a minimum difference, after a time of rest. Members without a report come last, in the order given.
//
//   node: code, count, first cell, margin (per mille), dwell (s), (branch, list of its pools) …

import { duration, percent } from '../base/schema.ts'
import { branchesOf, type Listed, listed, settingsOf } from './members.ts'
import {
  anyUsable,
  type Asking,
  type Branch,
  definePolicy,
  largestShare,
  Outcome,
  sayUnusable,
  type SteerTrace,
  treatAll,
} from './policy.ts'
import { LOAD_ITSELF, poolList, reported } from './reported.ts'
import { orderCells, rankedMember, settleOrder } from './standing-order.ts'

interface Settings {
  readonly margin: number
  readonly dwell: number
}

const MEMBER = 2
const Field = { count: 1, cell: 2, margin: 3, dwell: 4 } as const
const MEMBERS = 5

const DEFAULTS: Settings = { margin: 100, dwell: 60_000 }

export const least = definePolicy<Listed<Branch, Settings>>({
  name: 'least',
  usesPlace: false,

  config: (branch) =>
    listed(branch, {
      margin: percent()
        .prefault('10%')
        .describe('a member goes past another when its load is lower by at least so much of the capacity'),
      dwell: duration({ atMostMs: 86_400_000 })
        .prefault('1m')
        .describe('how long an order stands before it changes again'),
    }).meta({
      description: 'the usable member with the least reported load answers; those without a report come last',
    }),

  branches: branchesOf,

  compile(config, code, writer) {
    const branches = branchesOf(config)
    const words = branches.flatMap(({ to, path }) => {
      const branch = writer.branch(to, path)
      return [branch, poolList(branch, writer)]
    })
    const { margin, dwell } = settingsOf(config) ?? DEFAULTS
    const members = branches.map(({ to }) => to)
    const cell = writer.cells(orderCells(members.length), members)
    return writer.words(code, members.length, cell, margin, Math.ceil(dwell / 1000), ...words)
  },

  usable: (asking, node) => anyUsable(asking, node + MEMBERS, asking.table[node + Field.count]!, MEMBER),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + Field.count]!
    if (trace) sayLoads(asking, trace, node)
    for (let rank = 0; rank < count; rank++) {
      const member = rankedMember(asking, table[node + Field.cell]!, rank)
      if (member < 0 || member >= count) break
      const to = table[node + MEMBERS + member * MEMBER]!
      if (asking.usable(to) && asking.pick(to) === Outcome.found) return Outcome.found
    }
    // Whoever has a rank was met above: those that are usable here have none, or moved while they were read.
    for (let i = 0; i < count; i++) {
      const to = table[node + MEMBERS + i * MEMBER]!
      if (asking.usable(to) && asking.pick(to) === Outcome.found) return Outcome.found
    }
    trace?.say(node, 'least: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    const { table } = asking
    const count = table[node + Field.count]!
    for (let rank = 0; rank < count; rank++) {
      const member = rankedMember(asking, table[node + Field.cell]!, rank)
      if (member < 0 || member >= count) break
      asking.gather(table[node + MEMBERS + member * MEMBER]!)
    }
    // All of them: what is there already is not added again.
    for (let i = 0; i < count; i++) asking.gather(table[node + MEMBERS + i * MEMBER]!)
  },

  share: (asking, node) => largestShare(asking, node + MEMBERS, asking.table[node + Field.count]!, MEMBER),

  treat: (treatment, node) => treatAll(treatment, node + MEMBERS, treatment.table[node + Field.count]!, MEMBER),

  settle(settling, node) {
    const { table } = settling
    const figures = Array.from({ length: table[node + Field.count]! }, (_, i) =>
      reported(settling, table[node + MEMBERS + i * MEMBER + 1]!, LOAD_ITSELF),
    )
    const rule = { margin: table[node + Field.margin]!, marginShare: 0, dwellSec: table[node + Field.dwell]! }
    settleOrder(settling, table[node + Field.cell]!, figures, rule)
  },
})

function sayLoads(asking: Asking, trace: SteerTrace, node: number): void {
  const { table } = asking
  const count = table[node + Field.count]!
  const ranks = new Map<number, number>()
  for (let rank = 0; rank < count; rank++) ranks.set(rankedMember(asking, table[node + Field.cell]!, rank), rank + 1)
  for (let i = 0; i < count; i++) {
    const at = node + MEMBERS + i * MEMBER
    const load = reported(asking, table[at + 1]!, LOAD_ITSELF)
    const rank = ranks.get(i)
    const place = rank === undefined ? 'stands behind those that report' : `stands ${rank}.`
    const figure = load < 0 ? 'no load is reported' : `its load is ${load / 10} %`
    trace.say(node, `least: ${trace.nameOf(table[at]!)} ${place}: ${figure}`)
    sayUnusable(asking, trace, node, table[at]!, 'least')
  }
}
