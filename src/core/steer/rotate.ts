// rotate: targets of the usable branches in one answer, at most `answers` of them, beginning with a branch drawn evenly and
// going on from it in the order given, and round.
//
//   node: see several.ts

import { branchesOf } from './members.ts'
import { printOdds } from './odds.ts'
import { anyUsable, type Asking, definePolicy, Outcome, treatAll } from './policy.ts'
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

/** As many as a pool gives by itself. */
const ANSWERS = 4

export const rotate = definePolicy<SeveralConfig>({
  name: 'rotate',
  usesPlace: false,

  config: (branch) =>
    severalConfig(branch, ANSWERS).meta({
      description: 'targets of the usable branches in one answer, beginning with one drawn evenly',
    }),

  branches: branchesOf,

  compile: (config, code, writer) => compileSeveral(config, code, writer, ANSWERS),

  usable: (asking, node) => anyUsable(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),

  pick(asking, node) {
    const { trace } = asking
    if (trace) sayFallen(asking, node, 'rotate')
    const usable = countUsable(asking, node)
    if (usable === 0) {
      trace?.say(node, 'rotate: no branch is usable')
      return Outcome.unusable
    }
    // Drawn among all, and again only where that one is not usable: so a branch that lacks AAAA moves nobody else's.
    let start = asking.draw(node, asking.table[node + SeveralField.count]!)
    if (!asking.usable(asking.table[node + SeveralField.members + start]!))
      start = usableAt(asking, node, asking.draw(node + 1, usable))
    if (trace) {
      const name = trace.nameOf(asking.table[node + SeveralField.members + start]!)
      trace.say(node, `rotate: ${name} is drawn to begin with (1 of ${usable} usable ones, ${printOdds(1, usable)})`)
    }
    return pickRound(asking, node, usable, start)
  },

  gather: gatherSeveral,

  share: meanShare,

  treat: (treatment, node) =>
    treatAll(treatment, node + SeveralField.members, treatment.table[node + SeveralField.count]!, 1),
})

/** Where the usable branch with `before` usable ones in front of it stands. */
function usableAt(asking: Asking, node: number, before: number): number {
  const { table } = asking
  const count = table[node + SeveralField.count]!
  let left = before
  for (let i = 0; i < count; i++) if (asking.usable(table[node + SeveralField.members + i]!) && left-- === 0) return i
  return 0
}
