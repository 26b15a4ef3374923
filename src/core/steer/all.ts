// all: targets of every usable branch in one answer, at most `answers` of them.
//
//   node: see several.ts

import { MAX_CHOSEN, Outcome } from './policy.ts'
import { countUsable, defineSeveral, meanShare, pickRound, sayFallen, SeveralField } from './several.ts'

export const all = defineSeveral({
  name: 'all',
  answers: MAX_CHOSEN,
  description: 'targets of every usable branch, in one answer',

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

  share: meanShare,
})
