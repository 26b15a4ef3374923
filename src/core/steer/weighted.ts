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
    // A branch that is named twice is one, with both weights.
    const weights = new Map<number, number>()
    for (const [i, { to, weight }] of config.entries()) {
      const node = writer.branch(to, [i, 'to'])
      weights.set(node, (weights.get(node) ?? 0) + weight)
    }
    return writer.words(code, weights.size, ...[...weights].flat())
  },

  usable: (asking, node) => anyUsable(asking, node + 2, asking.table[node + 1]!, 2),

  // The first draw is among all branches, and only who drew an unusable one draws again: so the loss of a branch, or a type
  // that it lacks, moves its own clients alone, and A and AAAA come from one pool wherever that holds both.
  pick(asking, node) {
    const { trace } = asking
    if (trace) sayUnusable(asking, node)
    const first = drawBranch(asking, node, node, false)
    if (first !== 0 && asking.usable(first)) return asking.pick(first)
    if (first !== 0) trace?.say(node, 'weighted: draws again, among the usable branches')
    const second = drawBranch(asking, node, node + 1, true)
    if (second !== 0) return asking.pick(second)
    trace?.say(node, 'weighted: no branch is usable')
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
    let isHeld = false
    for (let i = 0, at = node + 2; i < count; i++, at += 2) {
      const share = asking.share(table[at]!)
      if (share < 0) continue
      isHeld = true
      total += table[at + 1]!
      up += table[at + 1]! * share
    }
    return total === 0 ? (isHeld ? 0 : -1) : Math.floor(up / total)
  },

  treat: (treatment, node) => treatAll(treatment, node + 2, treatment.table[node + 1]!, 2),
})

/** A branch by weight, among all or the usable ones; 0 where there is none. Those of weight 0 only where no other is left. */
function drawBranch(asking: Asking, node: number, key: number, ofUsable: boolean): number {
  const { table, trace } = asking
  const count = table[node + 1]!
  let total = 0
  let idle = 0
  for (let i = 0, at = node + 2; i < count; i++, at += 2) {
    if (ofUsable && !asking.usable(table[at]!)) continue
    total += table[at + 1]!
    if (table[at + 1] === 0) idle++
  }
  const isIdle = total === 0
  if (isIdle && idle === 0) return 0
  const drawn = asking.draw(key, isIdle ? idle : total)
  let left = drawn
  for (let i = 0, at = node + 2; i < count; i++, at += 2) {
    if (ofUsable && !asking.usable(table[at]!)) continue
    const share = isIdle ? 1 : table[at + 1]!
    left -= share
    if (left >= 0) continue
    if (trace) sayDrawn(asking, node, table[at]!, share, isIdle ? idle : total, drawn)
    return table[at]!
  }
  return 0
}

/** Tells of the branches that fall out. What is looked at for that alone bounds no TTL. */
function sayUnusable(asking: Asking, node: number): void {
  const { table, trace, changesSec } = asking
  const count = table[node + 1]!
  for (let i = 0, at = node + 2; i < count; i++, at += 2) {
    if (asking.usable(table[at]!)) continue
    trace!.say(node, `weighted: ${trace!.nameOf(table[at]!)} falls out: not usable`)
    asking.pick(table[at]!) // picks nothing, and says why
  }
  asking.changesSec = changesSec
}

function sayDrawn(asking: Asking, node: number, to: number, share: number, total: number, drawn: number): void {
  const { trace } = asking
  const odds = ((100 * share) / total).toFixed(1).replace(/\.0$/, '')
  trace!.say(
    node,
    `weighted: ${trace!.nameOf(to)} is drawn (${drawn} of ${total}; its share is ${share} of ${total}, ${odds} %)`,
  )
}
