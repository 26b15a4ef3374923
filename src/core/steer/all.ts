// all: targets of every usable branch in one answer, at most `answers` of them.
//
//   node: see several.ts

import { anyUsable, definePolicy, MAX_CHOSEN, Outcome, treatAll } from './policy.ts'
import {
  compileSeveral,
  countUsable,
  gatherSeveral,
  meanShare,
  pickRound,
  sayFallen,
  type SeveralConfig,
  severalConfig,
  SeveralField,
} from './several.ts'
import { branchesOf } from './members.ts'

export const all = definePolicy<SeveralConfig>({
  name: 'all',
  usesPlace: false,

  config: (branch) =>
    severalConfig(branch, MAX_CHOSEN).meta({ description: 'targets of every usable branch, in one answer' }),

  branches: branchesOf,

  compile: (config, code, writer) => compileSeveral(config, code, writer, MAX_CHOSEN),

  usable: (asking, node) => anyUsable(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),

  pick(asking, node) {
    const { table, trace } = asking
    if (trace) sayFallen(asking, node, 'all')
    const usable = countUsable(asking, node)
    trace?.say(
      node,
      usable === 0
        ? 'all: no branch is usable'
        : `all: ${usable} of ${table[node + SeveralField.count]} branches share an answer of at most ${table[node + SeveralField.answers]} targets`,
    )
    return usable === 0 ? Outcome.unusable : pickRound(asking, node, usable, 0)
  },

  gather: gatherSeveral,

  share: meanShare,

  treat: (treatment, node) =>
    treatAll(treatment, node + SeveralField.members, treatment.table[node + SeveralField.count]!, 1),
})
