// memory: one node by itself. The same contract as Redis, without the network: what is shared lies on a shelf in this process,
// through the same encoding, so that it has the same limits and is a copy here too.

import { Failure } from '../../core/base/failure.ts'
import type { Evidence } from '../../core/health/evidence.ts'
import type { Replica } from '../../core/health/override-book.ts'
import { openCondition } from './condition.ts'
import { readEvidence, writeEvidence } from './encoding.ts'
import { readReplica, writeReplica } from './override-encoding.ts'
import { expiryMs, isChange, isOtherBook, type Store, type StoreDeps } from './store.ts'

/** Stores opened on the same shelf see each other. */
export interface Shelf {
  readonly values: Map<string, { readonly evidence: Evidence; readonly expiresMs: number }>
  /** By node. */
  readonly books: Map<string, Replica>
  readonly listeners: Set<() => void>
}

export function createShelf(): Shelf {
  return { values: new Map(), books: new Map(), listeners: new Set() }
}

export function openMemoryStore({ now, log }: Pick<StoreDeps, 'now' | 'log'>, shelf: Shelf = createShelf()): Store {
  const condition = openCondition(now, log)
  const own = new Set<() => void>()
  let isClosed = false

  // Later, as over a network: a publisher never runs its readers' code.
  const hint = (): void => queueMicrotask(() => shelf.listeners.forEach((listener) => listener()))

  return {
    kind: 'memory',

    async publish(evidence) {
      if (isClosed) return
      const copy = readEvidence(writeEvidence(evidence) ?? '')
      if (copy === undefined)
        return condition.fail('publish', new Failure('store-refused', 'the evidence is too large or no evidence'))
      const last = shelf.values.get(copy.prober)?.evidence
      shelf.values.set(copy.prober, { evidence: copy, expiresMs: now() + expiryMs(copy) })
      condition.succeed('publish', 0)
      if (isChange(last, copy)) hint()
    },

    async read() {
      if (isClosed) return []
      for (const [prober, { expiresMs }] of shelf.values) if (expiresMs <= now()) shelf.values.delete(prober)
      condition.succeed('read', 0)
      return Array.from(shelf.values.values(), ({ evidence }) => evidence)
    },

    async publishOverrides(replica) {
      if (isClosed) return false
      const copy = readReplica(writeReplica(replica) ?? '')
      if (copy === undefined) {
        condition.fail('publish overrides', new Failure('store-refused', 'the overrides are too many or none'))
        return false
      }
      const last = shelf.books.get(copy.node)
      shelf.books.set(copy.node, copy)
      condition.succeed('publish overrides', 0)
      if (isOtherBook(last, copy)) hint()
      return true
    },

    async readOverrides() {
      if (isClosed) return undefined
      condition.succeed('read overrides', 0)
      return [...shelf.books.values()]
    },

    state: () => condition.state(),

    onHint(listener) {
      own.add(listener)
      shelf.listeners.add(listener)
    },

    async close() {
      isClosed = true
      for (const listener of own) shelf.listeners.delete(listener)
    },
  }
}
