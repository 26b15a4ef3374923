// Books of many nodes become one whatever the order in which they meet, how often, and how old the copies are.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allInForce,
  type Book,
  type Entry,
  entriesOf,
  mergeEntry,
  openBook,
  placeOrder,
} from '../../../src/core/health/override-book.ts'
import { entry, wallMs, wallSec } from './orders.ts'

const nodes = ['ns1', 'ns2', 'ns3'] as const

/** What a node does, or which other's copy it gets: that of now, or an older one. */
type Step =
  | { readonly node: number; readonly does: 'order' | 'takeBack'; readonly pool: string; readonly forSec: number }
  | { readonly node: number; readonly does: 'hear'; readonly from: number; readonly ago: number }
  | { readonly node: number; readonly does: 'forget' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      node: fc.nat(2),
      does: fc.constantFrom('order' as const, 'takeBack' as const),
      pool: fc.constantFrom('eu', 'us'),
      forSec: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ node: fc.nat(2), does: fc.constant('hear' as const), from: fc.nat(2), ago: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ node: fc.nat(2), does: fc.constant('forget' as const) }) },
)

interface Fleet {
  readonly books: Book[]
  /** Every copy that a node ever shared, in order. */
  readonly copies: Entry[][][]
}

const moment = { nowMs: 0, wallMs }

function hear(book: Book, entries: readonly Entry[]): void {
  for (const one of entries) mergeEntry(book, one, moment)
}

function play(steps: readonly Step[]): Fleet {
  const fleet: Fleet = { books: nodes.map(() => openBook()), copies: nodes.map(() => []) }
  for (const [i, one] of steps.entries()) {
    const book = fleet.books[one.node]!
    if (one.does === 'hear') {
      const copies = fleet.copies[one.from]!
      hear(book, copies.at(-1 - one.ago) ?? [])
    } else if (one.does === 'forget') {
      // The disk was lost; the store still has what the node shared last, which it reads first.
      fleet.books[one.node] = openBook()
      hear(fleet.books[one.node]!, fleet.copies[one.node]!.at(-1) ?? [])
    } else {
      const order = entry({ id: String(i), pool: one.pool, untilSec: wallSec + one.forSec })
      placeOrder(book, { ...order, isOver: one.does === 'takeBack' }, nodes[one.node]!, moment)
    }
    fleet.copies[one.node]!.push(entriesOf(fleet.books[one.node]!))
  }
  return fleet
}

const sorted = (book: Book): Entry[] =>
  entriesOf(book).toSorted((a, b) => (JSON.stringify([a.pool, a.kind]) < JSON.stringify([b.pool, b.kind]) ? -1 : 1))

test('once all have heard all, all are equal, in whatever order they heard', () => {
  let differed = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat(1000)), (steps, chance) => {
      const { books, copies } = play(steps)
      const before = books.map((book) => JSON.stringify(sorted(book)))
      if (new Set(before).size > 1) differed++
      const everything = copies.flat(2)
      const merged = books.map((book) => {
        const shuffled = everything.map((one) => ({ one, at: chance.next().value })).sort((a, b) => a.at - b.at)
        hear(
          book,
          shuffled.map(({ one }) => one),
        )
        return sorted(book)
      })
      expect(merged[1]).toEqual(merged[0])
      expect(merged[2]).toEqual(merged[0])
    }),
    { numRuns: 1000, seed: 4 },
  )
  expect(differed).toBeGreaterThan(200)
})

test('hearing the same again, or something older, changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const { books, copies } = play(steps)
      for (const [i, book] of books.entries()) {
        // All that this node has ever said itself is older than what it says now.
        const own = copies[i]!.flat()
        hear(book, own)
        const before = sorted(book)
        for (const one of own) expect(mergeEntry(book, one, moment)).toBeUndefined()
        expect(sorted(book)).toEqual(before)
      }
    }),
    { numRuns: 500, seed: 5 },
  )
})

test('the index by pool is that of the book', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      for (const book of play(steps).books) {
        const indexed = [...book.byPool.values()].flat()
        expect(new Set(indexed)).toEqual(new Set(book.held.values()))
        expect(allInForce(book, 0).every((held) => indexed.includes(held))).toBe(true)
      }
    }),
    { numRuns: 300, seed: 6 },
  )
})
