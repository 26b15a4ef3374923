// What operators do, in the log: who, what, why, until when, and by which node or from where.

import { printTime } from '../core/base/time.ts'
import { isInForce, type Override, type OverrideKind, printOverrideSubject } from '../core/health/override.ts'
import type { Changed } from '../core/health/override-book.ts'
import type { Log } from '../io/telemetry/log.ts'

const begins = { drain: 'drains', drill: 'drills', return: 'returns' } as const satisfies Record<OverrideKind, string>
const ends = {
  drain: 'undrains',
  drill: 'ends the drill of',
  return: 'takes back the return of',
} as const satisfies Record<OverrideKind, string>

/** `from` is the address of who ordered it here; undefined where another node took the order. */
export function logChange(log: Log, { held, before }: Changed, nowMs: number, from?: string): void {
  const { override } = held
  const { kind, author, why, node, isOver } = override
  const took = before && isInForce(before, nowMs) ? before.override : undefined
  // What has run out by the time it is heard of has changed nothing.
  if (isOver ? took === undefined : !isInForce(held, nowMs)) return
  const where = from === undefined ? { node } : { from }
  const fields = { override: printOverride(override), author, why, ...where }
  const said = `${author} ${(isOver ? ends : begins)[kind]} ${printOverrideSubject(override)}`
  log.info(took ? { ...fields, before: printOverride(took) } : fields, said)
}

/** `drain of example.com/eu until 2026-01-01T12:30:00Z` */
export function printOverride(override: Override): string {
  const { kind, untilSec } = override
  return `${kind} of ${printOverrideSubject(override)}${untilSec === undefined ? '' : ` until ${printTime(untilSec)}`}`
}
