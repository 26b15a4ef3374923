// What weighted says of its members, for `explain`. Never on the packet path.

import { printTime } from '../base/time.ts'
import { CanaryCell, CanaryField, cellAt, isRamping, shareNow } from './canary.ts'
import { printOdds } from './odds.ts'
import type { Asking } from './policy.ts'

export function sayOut(asking: Asking, node: number, to: number): void {
  asking.trace!.say(node, `weighted: ${asking.trace!.nameOf(to)} falls out: not usable`)
  asking.pick(to) // picks nothing, and says why
}

export function sayDrawn(
  asking: Asking,
  node: number,
  to: number,
  share: number,
  total: number,
  drawn: number,
  of: string,
): void {
  const { trace } = asking
  trace!.say(
    node,
    `weighted: ${trace!.nameOf(to)} is drawn (${drawn} of ${total}; its share is ${share} of ${total}, ${printOdds(share, total)}${of})`,
  )
}

/** A canary's share and where its ramp is, or why it has none. */
export function sayCanary(asking: Asking, node: number, canary: number, cell: number, isWell: boolean): void {
  const { table, board } = asking
  const trace = asking.trace!
  const name = trace.nameOf(table[canary]!)
  const least = table[canary + CanaryField.least]! / 10
  if (!isWell) {
    const before = asking.minHealthy
    asking.minHealthy = table[canary + CanaryField.least]!
    const isUsable = asking.usable(table[canary]!)
    const up = `${asking.share(table[canary]!) / 10} % of it is usable`
    trace.say(node, `weighted: ${name} falls out: ${up}, and a canary needs ${least} %`)
    if (!isUsable) asking.pick(table[canary]!) // picks nothing, and says why
    asking.minHealthy = before
    return
  }
  const share = shareNow(asking, canary, cell) / 10
  if (!isRamping(asking, canary, cell)) {
    trace.say(node, `weighted: ${name} is a canary with ${share} %`)
    return
  }
  const startSec = board[cellAt(asking, cell) + CanaryCell.start]! >>> 0
  const endSec = startSec + table[canary + CanaryField.over]!
  const when = startSec === 0 ? '' : `, from ${printTime(startSec)} to ${printTime(endSec)}`
  trace.say(
    node,
    `weighted: ${name} is a canary with ${share} %, on its way to ${table[canary + CanaryField.end]! / 10} %${when}`,
  )
}
