// What operators' orders do to the rows of a board: which rows an order is about, and what it comes to at the moment.

import { type Effect, noEffect, type OverrideSubject } from '../core/health/override.ts'
import { type Book, effectOn } from '../core/health/override-book.ts'

export interface OverrideEffects {
  /** Puts the effects onto other rows, those of a new board. */
  useRows(rows: readonly OverrideSubject[]): void
  /** As of the last `refresh`. */
  of(row: number): Effect
  /** Looks again; returns the rows that an order is about, or was. */
  refresh(): Iterable<number>
}

export function openEffects(book: Book, now: () => number): OverrideEffects {
  let rows: readonly OverrideSubject[] = []
  let rowsOfPool = new Map<string, number[]>()
  let effects = new Map<number, Effect>()

  const look = (): Map<number, Effect> => {
    const found = new Map<number, Effect>()
    const nowMs = now()
    for (const pool of book.byPool.keys()) {
      for (const row of rowsOfPool.get(pool) ?? []) {
        const effect = effectOn(book, rows[row]!, nowMs)
        if (effect !== noEffect) found.set(row, effect)
      }
    }
    return found
  }

  return {
    useRows(next) {
      rows = next
      rowsOfPool = new Map()
      for (const [row, { scope, pool }] of rows.entries()) {
        const key = `${scope}/${pool}`
        const others = rowsOfPool.get(key)
        if (others) others.push(row)
        else rowsOfPool.set(key, [row])
      }
      effects = look()
    },

    of: (row) => effects.get(row) ?? noEffect,

    refresh() {
      const before = effects
      effects = look()
      return new Set([...before.keys(), ...effects.keys()])
    },
  }
}
