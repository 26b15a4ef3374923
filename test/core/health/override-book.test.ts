// The book of orders: counting on, taking back, keeping, and times that no wall clock moves.

import { describe, expect, test } from 'vitest'
import {
  allInForce,
  type Book,
  effectOn,
  entriesOf,
  findInForce,
  forgetOld,
  inForceOn,
  mergeEntry,
  openBook,
  placeOrder,
} from '../../../src/core/health/override-book.ts'
import { entry, wallMs, wallSec } from './orders.ts'

const at = (nowMs: number, wall = wallMs + nowMs) => ({ nowMs, wallMs: wall })
const eu = { scope: 'example.com', pool: 'eu', target: undefined }

function bookOf(...entries: Parameters<typeof entry>[0][]): Book {
  const book = openBook()
  for (const parts of entries) mergeEntry(book, entry(parts), at(0))
  return book
}

describe('of two entries about the same thing', () => {
  test.each([
    ['the higher version stands', { version: 2, why: 'new' }, { version: 1, why: 'old', node: 'zz' }],
    ['with one version, that of the later name', { node: 'ns2', why: 'new' }, { node: 'ns1', why: 'old' }],
    ['of one node that forgot what it said, the same everywhere', { why: 'b', id: '2' }, { why: 'a', id: '1' }],
    ['taking back counts on like an order', { version: 2, isOver: true }, { version: 1, untilSec: wallSec + 9000 }],
  ])('%s', (_, winner, loser) => {
    for (const order of [
      [winner, loser],
      [loser, winner],
    ]) {
      const [only] = entriesOf(bookOf(...order))
      expect(only).toMatchObject(winner)
    }
  })

  test('an order of another kind, or about another target, stands beside', () => {
    const book = bookOf({}, { kind: 'drill' }, { target: '192.0.2.10' }, { pool: 'us' }, { scope: '*' })
    expect(entriesOf(book)).toHaveLength(5)
    expect(inForceOn(book, { ...eu, target: '192.0.2.10' }, 1).map(({ override }) => override.kind)).toEqual([
      'drain',
      'drill',
      'drain',
    ])
    expect(inForceOn(book, eu, 1)).toHaveLength(2)
  })
})

test('a new order counts on from what is there, over or not', () => {
  const book = bookOf({ version: 7, isOver: true })
  const { held, before } = placeOrder(book, { ...entry({ id: 'two' }), isOver: false }, 'ns3', at(1000))
  expect(held.override).toMatchObject({ version: 8, node: 'ns3', id: 'two' })
  expect(before?.override).toMatchObject({ version: 7, isOver: true })
})

describe('what was taken back stays so', () => {
  test('against a node that was away with the old order, as long as that could be in force', () => {
    const book = openBook()
    mergeEntry(book, entry({ untilSec: wallSec + 3600 }), at(0))
    placeOrder(book, { ...entry({ untilSec: wallSec + 3600 }), isOver: true }, 'ns2', at(1000))
    for (const hours of [0, 0.5, 1]) {
      forgetOld(book, wallMs + 3_600_000 * hours)
      expect(mergeEntry(book, entry({ untilSec: wallSec + 3600 }), at(2000))).toBeUndefined()
      expect(allInForce(book, 2000)).toEqual([])
    }
  })

  test('also where the order taken back was shorter than one before it', () => {
    const book = openBook()
    const long = entry({ untilSec: wallSec + 20 * 86_400 })
    mergeEntry(book, long, at(0))
    placeOrder(book, { ...entry({ untilSec: wallSec + 60 }), isOver: false }, 'ns1', at(0))
    placeOrder(book, { ...entry({ untilSec: wallSec + 60 }), isOver: true }, 'ns1', at(1000))
    const later = at(10 * 86_400_000)
    forgetOld(book, later.wallMs)
    mergeEntry(book, long, later)
    expect(allInForce(book, later.nowMs)).toEqual([])
  })

  test('also where the longer one was known elsewhere only, and lost by its name', () => {
    const short = entry({ node: 'ns2', untilSec: wallSec + 60 })
    const long = entry({ node: 'ns1', untilSec: wallSec + 20 * 86_400 })
    const book = openBook()
    mergeEntry(book, short, at(0))
    expect(mergeEntry(book, long, at(0))).toBeUndefined()
    expect(entriesOf(book)[0]).toMatchObject({ node: 'ns2', keepUntilSec: long.untilSec })
  })

  test('and is forgotten a day after nothing could bring it back', () => {
    const book = bookOf({ isOver: true, untilSec: wallSec + 60 })
    forgetOld(book, wallMs + 1000 * (60 + 86_400) - 1)
    expect(book.held.size).toBe(1)
    forgetOld(book, wallMs + 1000 * (60 + 86_400))
    expect([book.held.size, book.byPool.size]).toEqual([0, 0])
  })

  test('a return is never forgotten', () => {
    const book = bookOf({ kind: 'return', untilSec: undefined })
    forgetOld(book, wallMs + 1e12)
    expect(allInForce(book, 1e12)).toHaveLength(1)
  })
})

describe('times are taken from the wall clock once', () => {
  test('and a clock that is set later moves nothing', () => {
    const book = bookOf({ fadeSec: 100 })
    const before = { ...effectOn(book, eu, 50_000) }
    for (const jumpMs of [3_600_000, -3_600_000, 1e11]) {
      mergeEntry(book, entry({ fadeSec: 100 }), at(50_000, wallMs + jumpMs))
      forgetOld(book, wallMs + 50_000)
      expect(effectOn(book, eu, 50_000)).toEqual(before)
    }
  })

  test.each([
    ['learned later, it ends when it was ordered to', 200_000, 0, 600_000],
    ['by a clock that is slow it lasts no longer than ordered', 0, -3_600_000, 600_000],
    ['by a clock that is not set at all neither', 0, -wallMs, 600_000],
    ['by a clock that is fast it ends that much sooner', 0, 60_000, 540_000],
    ['by one that is fast by more than it lasts it is over at once', 0, 3_600_000, -3_000_000],
  ])('%s', (_, nowMs, skewMs, endMs) => {
    const book = openBook()
    const { held } = mergeEntry(book, entry(), at(nowMs, wallMs + nowMs + skewMs))!
    expect(held.endMs).toBe(endMs)
    expect(held.learnedMs).toBe(nowMs)
  })

  test('a fade that begins in the future of our clock begins now', () => {
    const book = openBook()
    mergeEntry(book, entry({ fadeSec: 100 }), at(5000, wallMs - 30_000))
    expect(effectOn(book, eu, 5000).fade).toBe(1000)
    expect(effectOn(book, eu, 55_000).fade).toBe(500)
  })

  test('another end is not another beginning', () => {
    const book = bookOf({ fadeSec: 100 })
    // Our wall clock has been set back by an hour meanwhile.
    const { held } = mergeEntry(
      book,
      entry({ fadeSec: 100, version: 2, orderedSec: wallSec - 3550, untilSec: wallSec - 3550 + 900 }),
      at(50_000, wallMs - 3_600_000 + 50_000),
    )!
    expect(held).toMatchObject({ startMs: 0, learnedMs: 0, endMs: 950_000 })
    expect(effectOn(book, eu, 50_000).fade).toBe(500)
  })
})

test('what is in force is found under exactly its name, until its time comes', () => {
  const book = bookOf({ target: '192.0.2.10' })
  expect(findInForce(book, { ...eu, kind: 'drain' }, 0)).toBeUndefined()
  expect(findInForce(book, { ...eu, target: '192.0.2.10', kind: 'drill' }, 0)).toBeUndefined()
  expect(findInForce(book, { ...eu, target: '192.0.2.10', kind: 'drain' }, 599_999)).toBeDefined()
  expect(findInForce(book, { ...eu, target: '192.0.2.10', kind: 'drain' }, 600_000)).toBeUndefined()
})
