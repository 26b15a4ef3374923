// What failover says of its tiers, for `explain`. Never on the packet path.

import { printTime } from '../base/time.ts'
import { branchOf, FailoverField, HELD, holdAt, HoldCell, leastOf, WHOLE } from './failover-layout.ts'
import { printOdds } from './odds.ts'
import type { Asking } from './policy.ts'

/** Why a tier takes no clients, or not all. */
export function sayTier(asking: Asking, node: number, tier: number, room: number, open: number): void {
  const { table, board } = asking
  const trace = asking.trace!
  const to = branchOf(table, node, tier)
  const name = trace.nameOf(to)
  if (room === 0) {
    sayUnusable(asking, node, to)
    return
  }
  if (table[node + FailoverField.spill] !== 0)
    trace.say(
      node,
      `failover: ${name} has room for ${printOdds(room, WHOLE)} of the demand (${asking.share(to) / 10} % is up)`,
    )
  else if (open === 1000) trace.say(node, `failover: ${name} is usable`)
  if (open === 1000) return
  const at = holdAt(asking, node, tier)
  const fromSec = board[at + HoldCell.from]! >>> 0
  if (board[at + HoldCell.state] === HELD) {
    const until = fromSec === 0 ? 'until an operator returns to it' : `until ${printTime(fromSec)}`
    const why = `it has come back, and is held back ${until}`
    trace.out(node, to, why)
    trace.say(node, `failover: ${name} falls out: ${why}`)
    return
  }
  const allSec = fromSec + table[node + FailoverField.slowStart]!
  trace.say(node, `failover: ${name} starts slowly: ${open / 10} % of it is open, all by ${printTime(allSec)}`)
}

function sayUnusable(asking: Asking, node: number, to: number): void {
  const trace = asking.trace!
  const least = leastOf(asking.table, node)
  const before = asking.minHealthy
  if (least >= 0) asking.minHealthy = least
  const share = asking.share(to)
  const isUsable = asking.isShareUsable
  const why = isUsable ? `${share / 10} % of it is usable, and ${least / 10} % are needed` : 'not usable'
  trace.say(node, `failover: ${trace.nameOf(to)} falls out: ${why}`)
  if (!isUsable) asking.pick(to) // picks nothing, and says why
  asking.minHealthy = before
}

export function sayDrawn(asking: Asking, node: number, tier: number, part: number, whole: number): void {
  const trace = asking.trace!
  const name = trace.nameOf(branchOf(asking.table, node, tier))
  trace.say(node, `failover: ${name} is drawn; its share is ${printOdds(part, whole)}`)
}
