// rotate: targets of the usable branches in one answer, at most `answers` of them, beginning with a branch drawn evenly and
// going on from it in the order given, and round.
//
//   node: see several.ts

import { printOdds } from './odds.ts'
import { type Asking, Outcome } from './policy.ts'
import { countUsable, defineSeveral, meanShare, pickRound, sayFallen, SeveralField, USUAL_ANSWERS } from './several.ts'

export const rotate = defineSeveral({
  name: 'rotate',
  answers: USUAL_ANSWERS,
  description: 'targets of the usable branches in one answer, beginning with one drawn evenly',

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

  share: meanShare,
})

/** Where the usable branch with `before` usable ones in front of it stands. */
function usableAt(asking: Asking, node: number, before: number): number {
  const { table } = asking
  const count = table[node + SeveralField.count]!
  let left = before
  for (let i = 0; i < count; i++) if (asking.usable(table[node + SeveralField.members + i]!) && left-- === 0) return i
  return 0
}
