// Which thread yields to which when processor time is short. Keeping verdicts, probing, Redis and orders take next to nothing and
// are wanted at once, so threads that answer stand behind the main thread and the prober, and loading behind all of them.

import { setPriority } from 'node:os'

/** Three times less time than those that do not yield, where both want all of it (sched(7): a step is 1.25). */
export const ANSWERING = 5
/** The same once more. */
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
