// first: targets of the first usable branches in the order given, until `answers` are filled.
//
//   node: see several.ts

import { branchesOf } from './members.ts'
import { anyUsable, definePolicy, largestShare, Outcome, pickAlso, treatAll } from './policy.ts'
import {
  compileSeveral,
  gatherSeveral,
  limitOf,
  sayFallen,
  type SeveralConfig,
  severalConfig,
  SeveralField,
} from './several.ts'

/** As many as a pool gives by itself. */
const ANSWERS = 4

export const first = definePolicy<SeveralConfig>({
  name: 'first',
  usesPlace: false,

  config: (branch) =>
    severalConfig(branch, ANSWERS).meta({
      description: 'targets of the first usable branches in the order given, until `answers` are filled',
    }),

  branches: branchesOf,

  compile: (config, code, writer) => compileSeveral(config, code, writer, ANSWERS),

  usable: (asking, node) => anyUsable(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),

  pick(asking, node) {
    const { table, trace, limit } = asking
    const count = table[node + SeveralField.count]!
    if (trace) sayFallen(asking, node, 'first')
    const end = limitOf(asking, node)
    asking.limit = end
    let outcome: Outcome = Outcome.unusable
    for (let i = 0; i < count; i++) {
      const to = table[node + SeveralField.members + i]!
      if (asking.chosenCount >= end) {
        trace?.out(node, to, 'the answer is full')
        trace?.say(node, `first: ${trace.nameOf(to)} falls out: the answer is full`)
        continue
      }
      if (asking.usable(to) && pickAlso(asking, to) === Outcome.found) outcome = Outcome.found
    }
    asking.limit = limit
    if (trace && outcome === Outcome.unusable) trace.say(node, 'first: no branch is usable')
    return outcome
  },

  gather: gatherSeveral,

  share: (asking, node) =>
    largestShare(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),

  treat: (treatment, node) =>
    treatAll(treatment, node + SeveralField.members, treatment.table[node + SeveralField.count]!, 1),
})
