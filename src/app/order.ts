// One order of an operator's: what it names, whether it makes sense as things are, and what it writes into the book. All or
// nothing: with one name that is wrong, nothing is ordered.

import {
  goneMs,
  MAX_TARGET,
  type Override,
  type OverrideKind,
  type OverrideSubject,
  printOverrideSubject,
} from '../core/health/override.ts'
import {
  allInForce,
  type Book,
  type Changed,
  findInForce,
  hasEntry,
  MAX_ENTRIES,
  type Moment,
  placeOrder,
} from '../core/health/override-book.ts'
import type { Order, Ordered } from '../io/control/node.ts'
import type { RowPlan } from './keeper.ts'
import { findSubject } from './override-names.ts'

export interface OrderPlace {
  readonly node: string
  readonly book: Book
  readonly rows: readonly RowPlan[]
  newId(): string
}

type Wrong = Omit<Extract<Ordered, { ok: false }>, 'ok'>

export const kindOf = {
  drain: 'drain',
  undrain: 'drain',
  drill: 'drill',
  undrill: 'drill',
  return: 'return',
} as const satisfies Record<Order['act'], OverrideKind>

export function writeOrder(order: Order, place: OrderPlace, moment: Moment): readonly Changed[] | Wrong {
  const { book, rows } = place
  const takesBack = order.act === 'undrain' || order.act === 'undrill'
  const poolsOnly = kindOf[order.act] !== 'drain'
  // What was ordered may have left the configuration since, and must be possible to take back.
  const known = takesBack ? [...rows, ...allInForce(book, moment.nowMs).map(({ override }) => override)] : rows
  // By their whole names: one that was named twice is ordered once.
  const subjects = new Map<string, OverrideSubject>()
  for (const text of order.subjects) {
    const named = findSubject(text, known, poolsOnly)
    if ('wrong' in named) return named
    const conflict = takesBack
      ? whyNothingToTakeBack(order.act, named.subject, place, moment)
      : whyNotNow(order, named.subject, place, moment)
    if (conflict !== undefined) return { wrong: 'conflict', error: conflict }
    subjects.set(printOverrideSubject(named.subject), named.subject)
  }
  const kind = kindOf[order.act]
  const more = [...subjects.values()].filter((subject) => !hasEntry(book, { ...subject, kind })).length
  if (more > 0 && book.held.size + more > MAX_ENTRIES)
    return {
      wrong: 'conflict',
      error: `there are ${book.held.size} orders already, and there may be ${MAX_ENTRIES}`,
    }
  return Array.from(subjects.values(), (subject) =>
    takesBack ? takeBack(order, subject, place, moment) : writeOne(order, subject, place, moment),
  )
}

function whyNotNow(
  order: Order,
  subject: OverrideSubject,
  { book }: OrderPlace,
  { nowMs }: Moment,
): string | undefined {
  if ((subject.target?.length ?? 0) > MAX_TARGET) return 'the name of that target is too long: drain its pool'
  const before = findInForce(book, { ...subject, kind: kindOf[order.act] }, nowMs)
  if (order.act === 'drain' && before && order.fadeMs !== undefined && order.fadeMs > 0)
    return `${printOverrideSubject(subject)} is being drained already: leave the fade out to change only the end, or make it 0s`
  return undefined
}

function whyNothingToTakeBack(
  act: 'undrain' | 'undrill',
  subject: OverrideSubject,
  { book, rows }: OrderPlace,
  { nowMs }: Moment,
): string | undefined {
  if (findInForce(book, { ...subject, kind: kindOf[act] }, nowMs)) return undefined
  const name = printOverrideSubject(subject)
  if (act === 'undrill') return `${name} is not drilled`
  const wider = findInForce(book, { ...subject, target: undefined, kind: 'drain' }, nowMs)
  if (wider) return `${name} is drained with its pool: undrain ${printOverrideSubject(wider.override)}`
  const { scope, pool, target } = subject
  const own = rows.filter((row) => row.scope === scope && row.pool === pool)
  return own.some((row) => row.isDrained && (target === undefined || row.target === target))
    ? `${name} is drained in the configuration, which only a change of the file ends`
    : `${name} is not drained`
}

function takeBack(
  { act, author, why }: Order,
  subject: OverrideSubject,
  { book, node }: OrderPlace,
  moment: Moment,
): Changed {
  const before = findInForce(book, { ...subject, kind: kindOf[act] }, moment.nowMs)!
  return placeOrder(book, { ...before.override, author, why, isOver: true }, node, moment)
}

function writeOne(order: Order, subject: OverrideSubject, place: OrderPlace, moment: Moment): Changed {
  const { act, author, why } = order
  const kind = kindOf[act]
  const nowSec = Math.floor(moment.wallMs / 1000)
  const untilSec = 'forMs' in order ? nowSec + Math.ceil(order.forMs / 1000) : undefined
  const begun = { ...beginning(order, subject, place, moment), untilSec, author, why }
  return placeOrder(place.book, { ...subject, kind, ...begun, isOver: false }, place.node, moment)
}

/** What is in force goes on with another end, and is not begun again. A fade that is cut short is, for what comes of it is another thing. */
function beginning(
  order: Order,
  subject: OverrideSubject,
  { book, newId }: OrderPlace,
  { nowMs, wallMs }: Moment,
): Pick<Override, 'id' | 'sinceSec' | 'fadeSec'> {
  const before = order.act === 'return' ? undefined : findInForce(book, { ...subject, kind: kindOf[order.act] }, nowMs)
  const fadeMs = order.act === 'drain' ? order.fadeMs : 0
  const isCut = before !== undefined && fadeMs === 0 && goneMs(before) > nowMs
  if (before && !isCut) return before.override
  return { id: newId(), sinceSec: Math.floor(wallMs / 1000), fadeSec: Math.ceil((fadeMs ?? 0) / 1000) }
}
