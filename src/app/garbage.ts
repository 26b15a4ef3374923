// Letting go of old snapshots. V8 does not count shared memory as pressure on its heap, so a thread that allocates little would
// hold the images of every reload for ever, some 10 MB each with a country database: each thread collects after it has let go.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Collector {
  /** A whole collection: 10 to 30 ms. */
  collect(): void
  /** Below a millisecond: what was made since the last collection, which is enough where a thread makes next to nothing else. */
  collectYoung(): void
}

/** For this thread. */
export function openCollector(): Collector {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { type: 'major' | 'minor' }) => void
  return { collect: () => gc({ type: 'major' }), collectYoung: () => gc({ type: 'minor' }) }
}
