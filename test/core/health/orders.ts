// Short forms for overrides in tests.

import type { Entry } from '../../../src/core/health/override-book.ts'

/** Where the wall clock stands when ours is at 0. */
export const wallMs = 1_700_000_000_000
export const wallSec = wallMs / 1000

/** A drain of the pool eu, ordered when our clock was at 0, for ten minutes. */
export function entry(parts: Partial<Entry> = {}): Entry {
  const base = {
    id: 'one',
    kind: 'drain',
    scope: 'example.com',
    pool: 'eu',
    target: undefined,
    author: 'ada',
    why: 'kernel update',
    sinceSec: wallSec,
    orderedSec: wallSec,
    untilSec: wallSec + 600,
    fadeSec: 0,
    version: 1,
    node: 'ns1',
    isOver: false,
  } as const
  const whole: Entry = { ...base, keepUntilSec: undefined, ...parts }
  return 'keepUntilSec' in parts ? whole : { ...whole, keepUntilSec: whole.untilSec }
}
