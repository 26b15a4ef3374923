// The roster: which of the configured subjects this node's prober looks after, and which it leaves to others of its region.

import type { Belief } from '../core/health/belief.ts'
import { type Duty, openSharing, share } from '../core/health/sharing.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import { PUSH } from '../io/probe/push.ts'

export interface Roster {
  /** After a reload. */
  replace(subjects: readonly ProbeSubject[]): void
  /** Whether anything has changed hands since the last look. */
  look(belief: Belief, nowMs: number): boolean
  mine(): readonly ProbeSubject[]
  /** How many are left to others. */
  left(): number
}

export function openRoster(
  { name, region, most }: { readonly name: string; readonly region: string; readonly most: number },
  first: readonly ProbeSubject[],
): Roster {
  const sharing = openSharing(name, region, most)
  let subjects = first
  let duties = dutiesOf(first)
  const mine = (): readonly ProbeSubject[] =>
    sharing.left.size === 0
      ? subjects
      : subjects.filter(({ address, check }) => check.type === PUSH || !sharing.left.has(address))
  return {
    replace(next) {
      subjects = next
      duties = dutiesOf(next)
    },
    look: (belief, nowMs) => share(sharing, belief, duties, nowMs),
    mine,
    left: () => subjects.length - mine().length,
  }
}

/**
 * What reports itself cannot be left to others: it is looked after by whom it reports to. Nor can the rest of its address be, where
 * a combined check needs it.
 */
function dutiesOf(subjects: readonly ProbeSubject[]): Duty[] {
  const pushed = new Set(subjects.flatMap(({ subject, check }) => (check.type === PUSH ? subject : [])))
  const isBound = ({ combination }: ProbeSubject): boolean =>
    combination !== undefined &&
    [...combination.parts, ...combination.must, ...combination.watch].some((part) => pushed.has(part))
  const shared = subjects.filter(({ subject }) => !pushed.has(subject))
  return [...Map.groupBy(shared, ({ address }) => address)]
    .filter(([, group]) => !group.some(isBound))
    .map(([address, group]) => ({ address, subjects: group.map(({ subject }) => subject) }))
}
