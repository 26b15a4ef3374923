// first: targets of the first usable branches in the order given, until `answers` are filled.
//
//   node: see several.ts

import { largestShare, Outcome, pickAlso } from './policy.ts'
import { defineSeveral, limitOf, sayFallen, SeveralField, USUAL_ANSWERS } from './several.ts'

export const first = defineSeveral({
  name: 'first',
  answers: USUAL_ANSWERS,
  description: 'targets of the first usable branches in the order given, until `answers` are filled',

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

  share: (asking, node) =>
    largestShare(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),
})
