// What a store says of itself with which all is well.

import type { Store } from '../../src/io/store/store.ts'

export const healthyStore: ReturnType<Store['state']> = {
  reachable: true,
  writable: true,
  sharesOverrides: true,
  sinceMs: 0,
  garbled: 0,
  reads: 0,
  writes: 0,
  failures: 0,
  lastLatencyMs: 1,
}
