// weighted: one usable branch, in proportion to its weight. A branch of weight 0 is used only when no other is usable
// (as Route 53 does).
//
//   node: code, count, (branch, weight) …

import { z } from 'zod'
import { weight } from '../base/schema.ts'
import { anyUsable, type Asking, type Branch, definePolicy, Outcome, treatAll } from './policy.ts'

interface Member {
  readonly to: Branch
  readonly weight: number
}

export const weighted = definePolicy<readonly Member[]>({
  name: 'weighted',
  usesPlace: false,

  config: (branch) =>
    z
      .array(z.strictObject({ to: branch, weight: weight() }))
      .min(1)
      .meta({ description: 'usable branches share the clients in proportion to their weights' }),

  branches: (config) => config.map(({ to }, i) => ({ to, path: [i, 'to'] })),

  compile(config, code, writer) {
    const branches = config.map(({ to }, i) => writer.branch(to, [i, 'to']))
    return writer.words(code, branches.length, ...config.flatMap(({ weight }, i) => [branches[i]!, weight]))
  },

  usable: (asking, node) => anyUsable(asking, node + 2, asking.table[node + 1]!, 2),

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + 1]!
    let total = 0
    let idle = 0
    for (let i = 0, at = node + 2; i < count; i++, at += 2) {
      const isUp = asking.usable(table[at]!)
      if (isUp) {
        total += table[at + 1]!
        if (table[at + 1] === 0) idle++
      } else if (trace) {
        trace.say(node, `weighted: ${trace.nameOf(table[at]!)} falls out: not usable`)
        asking.pick(table[at]!) // picks nothing, and says why
      }
    }
    const isIdle = total === 0
    if (isIdle && idle === 0) {
      trace?.say(node, 'weighted: no branch is usable')
      return Outcome.unusable
    }
    const drawn = asking.draw(node, isIdle ? idle : total)
    let left = drawn
    for (let i = 0, at = node + 2; i < count; i++, at += 2) {
      if (!asking.usable(table[at]!)) continue
      const share = isIdle ? 1 : table[at + 1]!
      left -= share
      if (left >= 0) continue
      if (trace) sayDrawn(asking, node, table[at]!, share, isIdle ? idle : total, drawn)
      return asking.pick(table[at]!)
    }
    return Outcome.unusable
  },

  gather(asking, node) {
    const count = asking.table[node + 1]!
    for (let i = 0; i < count; i++) asking.gather(asking.table[node + 2 + 2 * i]!)
  },

  share(asking, node) {
    const { table } = asking
    const count = table[node + 1]!
    let total = 0
    let up = 0
    for (let i = 0, at = node + 2; i < count; i++, at += 2) {
      total += table[at + 1]!
      up += table[at + 1]! * asking.share(table[at]!)
    }
    return total === 0 ? 0 : Math.floor(up / total)
  },

  treat: (treatment, node) => treatAll(treatment, node + 2, treatment.table[node + 1]!, 2),
})

function sayDrawn(asking: Asking, node: number, to: number, share: number, total: number, drawn: number): void {
  const { trace } = asking
  const odds = ((100 * share) / total).toFixed(1).replace(/\.0$/, '')
  trace!.say(
    node,
    `weighted: ${trace!.nameOf(to)} is drawn (${drawn} of ${total}; its share is ${share} of ${total}, ${odds} %)`,
  )
}
