// sticky: a client keeps its branch for as long as that is usable. Weighted rendezvous hashing: each branch gets a score from
// the client's bucket (its /24 or /56), the branch's own name and its weight, and the highest wins. So the loss of a branch
// moves its own clients alone, and a change of weight only as many as it has to. A branch of weight 0 is used only when no
// other is usable.
//
//   node: code, count, (branch, weight, key) …

import { z } from 'zod'
import { weight } from '../base/schema.ts'
import { branchesOf, ownOf, type Written } from './members.ts'
import { printOdds } from './odds.ts'
import { anyUsable, type Asking, definePolicy, Outcome, sayUnusable, treatAll, weightedShare } from './policy.ts'

const MEMBER = 3

type Member = Written<{ readonly weight: number }>

export const sticky = definePolicy<readonly Member[]>({
  name: 'sticky',
  usesPlace: false,
  usesBucket: true,

  config: (branch) =>
    z
      .array(z.union([branch, z.strictObject({ to: branch, weight: weight().default(1) })]))
      .min(1)
      .meta({ description: 'each client network keeps its branch; usable branches share them by their weights' }),

  branches: branchesOf,

  compile(config, code, writer) {
    const keys: number[] = []
    const words = branchesOf(config).flatMap(({ to, path }, i) => {
      const key = writer.keyOf(to)
      if (keys.includes(key))
        writer.problem(path, 'expected each branch once, found one a second time', 'its weight says how many clients')
      keys.push(key)
      return [writer.branch(to, path), ownOf(config[i]!)?.weight ?? 1, key >>> 0]
    })
    return writer.words(code, config.length, ...words)
  },

  usable: (asking, node) => anyUsable(asking, node + 2, asking.table[node + 1]!, MEMBER),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + 1]!
    let best = 0
    let highest = 0
    let total = 0
    for (let i = 0, at = node + 2; i < count; i++, at += MEMBER) {
      if (!asking.usable(table[at]!)) {
        if (trace) sayUnusable(asking, trace, node, table[at]!, 'sticky')
        continue
      }
      const share = table[at + 1]!
      // While only branches of weight 0 are met they count alike; the first with a weight puts them aside.
      if (share === 0 && total > 0) continue
      const score = (share === 0 ? 1 : share) / -Math.log(asking.bucket(table[at + 2]! | 0))
      if (best === 0 || score > highest || (share > 0 && total === 0)) {
        best = at
        highest = score
      }
      total += share
    }
    if (best === 0) {
      trace?.say(node, 'sticky: no branch is usable')
      return Outcome.unusable
    }
    if (trace) sayKept(asking, node, best, total)
    return asking.pick(table[best]!)
  },

  gather(asking, node) {
    const count = asking.table[node + 1]!
    for (let i = 0; i < count; i++) asking.gather(asking.table[node + 2 + MEMBER * i]!)
  },

  share: (asking, node) => weightedShare(asking, node + 2, asking.table[node + 1]!, MEMBER),

  treat(treatment, node) {
    treatment.hasBucket = true
    treatAll(treatment, node + 2, treatment.table[node + 1]!, MEMBER)
  },
})

function sayKept(asking: Asking, node: number, member: number, total: number): void {
  const { table, trace } = asking
  const name = trace!.nameOf(table[member]!)
  if (total === 0) {
    trace!.say(node, `sticky: ${name} keeps this client's network (weight 0: nothing else is usable)`)
    return
  }
  trace!.say(
    node,
    `sticky: ${name} keeps this client's network (its share of the networks is ${table[member + 1]} of ${total}, ${printOdds(table[member + 1]!, total)})`,
  )
}
