// failover: the first usable branch, in the order given.
//
//   node: code, count, branch …

import { z } from 'zod'
import { anyUsable, type Branch, definePolicy, largestShare, Outcome, treatAll } from './policy.ts'

export const failover = definePolicy<readonly Branch[]>({
  name: 'failover',
  usesPlace: false,

  config: (branch) =>
    z.array(branch).min(1).meta({ description: 'branches in order of preference: the first usable one answers' }),

  branches: (config) => config.map((to, i) => ({ to, path: [i] })),

  compile(config, code, writer) {
    const branches = config.map((to, i) => writer.branch(to, [i]))
    return writer.words(code, branches.length, ...branches)
  },

  usable: (asking, node) => anyUsable(asking, node + 2, asking.table[node + 1]!, 1),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + 1]!
    for (let i = 0; i < count; i++) {
      const to = table[node + 2 + i]!
      trace?.say(node, `failover: tries ${trace.nameOf(to)} (${i + 1} of ${count})`)
      if (asking.pick(to) === Outcome.found) return Outcome.found
    }
    trace?.say(node, 'failover: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    const count = asking.table[node + 1]!
    for (let i = 0; i < count; i++) asking.gather(asking.table[node + 2 + i]!)
  },

  share: (asking, node) => largestShare(asking, node + 2, asking.table[node + 1]!, 1),

  treat: (treatment, node) => treatAll(treatment, node + 2, treatment.table[node + 1]!, 1),
})
