// The roster: which of the configured subjects this node's prober looks after, and which it leaves to others of its region.

import type { Belief } from '../core/health/belief.ts'
import { type Duty, openSharing, share } from '../core/health/sharing.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'

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
    sharing.left.size === 0 ? subjects : subjects.filter(({ address }) => !sharing.left.has(address))
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

function dutiesOf(subjects: readonly ProbeSubject[]): Duty[] {
  const byAddress = Map.groupBy(subjects, ({ address }) => address)
  return [...byAddress].map(([address, group]) => ({ address, subjects: group.map(({ subject }) => subject) }))
}
