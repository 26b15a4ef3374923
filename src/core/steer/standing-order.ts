// An order of members by what is reported of them, the least first, that does not follow every twitch: it stands in cells,
// and changes only by a minimum difference and after a time of rest.
//
//   cells: epoch second of the last change of mind, then 1 + index of the member in each rank, 0 where there are no more
//
// A member enters the order with its first report, at the rank that this gives it, and never leaves it: when reports cease it
// keeps its rank, because silence is no news. All 0 is an order that knows nobody.

import type { Asking, Settling } from './policy.ts'

export interface OrderRule {
  /** A member goes past another by at least so much less, … */
  readonly margin: number
  /** … and by at least this share, per mille, of what the other has. */
  readonly marginShare: number
  /** Seconds for which the order rests after a change. */
  readonly dwellSec: number
}

/** How many cells an order of `count` members takes. */
export function orderCells(count: number): number {
  return 1 + count
}

/** Hot. The index of the member in a rank, -1 where there are no more. `order` is the first cell. */
export function rankedMember({ board, cells }: Pick<Asking, 'board' | 'cells'>, order: number, rank: number): number {
  return board[cells + order + 1 + rank]! - 1
}

/** Brings an order up to date. `figures` are what is reported of the members, -1 where nothing is. */
export function settleOrder(settling: Settling, order: number, figures: readonly number[], rule: OrderRule): void {
  const ranked = readOrder(settling, order, figures.length)
  enter(ranked, figures)
  const keptSec = settling.read(order) >>> 0
  const changedSec = keptSec === 0 ? 0 : Math.max(1, keptSec + settling.jumpSec)
  settling.write(order, changedSec)
  const restsUntil = changedSec === 0 ? 0 : changedSec + rule.dwellSec
  // A change that lies ahead of us was made by a clock that has been set back since.
  const isResting = changedSec <= settling.nowSec && settling.nowSec < restsUntil
  if (!isResting && rearrange(ranked, figures, rule)) settling.write(order, settling.nowSec)
  for (const [rank, member] of ranked.entries()) settling.write(order + 1 + rank, member + 1)
}

function readOrder(settling: Settling, order: number, count: number): number[] {
  const ranked: number[] = []
  for (let rank = 0; rank < count; rank++) {
    const member = settling.read(order + 1 + rank) - 1
    if (member >= 0 && member < count && !ranked.includes(member)) ranked.push(member)
  }
  return ranked
}

/** Who has a figure for the first time comes before the first that has a greater one. */
function enter(ranked: number[], figures: readonly number[]): void {
  const newcomers = figures.flatMap((figure, member) => (figure >= 0 && !ranked.includes(member) ? [member] : []))
  for (const member of newcomers.sort((a, b) => figures[a]! - figures[b]! || a - b)) {
    const at = ranked.findIndex((other) => figures[other]! > figures[member]!)
    ranked.splice(at < 0 ? ranked.length : at, 0, member)
  }
}

/** From the first rank on: the least of those behind takes the rank if it is less by the margin. */
function rearrange(ranked: number[], figures: readonly number[], rule: OrderRule): boolean {
  let isChanged = false
  for (let rank = 0; rank < ranked.length; rank++) {
    const held = figures[ranked[rank]!]!
    let best = -1
    for (let i = rank + 1; i < ranked.length; i++) {
      const figure = figures[ranked[i]!]!
      if (figure >= 0 && (best < 0 || figure < figures[ranked[best]!]!)) best = i
    }
    if (held < 0 || best < 0 || !isLess(figures[ranked[best]!]!, held, rule)) continue
    ranked.splice(rank, 0, ...ranked.splice(best, 1))
    isChanged = true
  }
  return isChanged
}

function isLess(figure: number, held: number, { margin, marginShare }: OrderRule): boolean {
  const difference = held - figure
  return difference > 0 && difference >= margin && difference * 1000 >= held * marginShare
}
