// Which thread yields to which when processor time is short: loading, which nobody waits for, stands behind all others. Threads
// that answer do not yield by priority, as that would cost them latency on any machine with other work; under an overload they let
// the others go first at each turn (packet-worker.ts).

import { setPriority } from 'node:os'

/** Nine times less time than those that do not yield, where both want all of it (sched(7): a step is 1.25). */
export const LOADING = 10

/** Of the calling thread, for good: without a privilege nobody may take it back. Elsewhere than on Linux it would be the whole process. */
export function yieldBy(steps: number): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, steps)
  } catch {
    // Where the system forbids even that, all threads stand alike.
  }
}
