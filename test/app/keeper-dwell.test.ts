// Minimum dwell on the board: evidence of a flapping target in, what two nodes make of it out, in virtual time.

import { describe, expect, test } from 'vitest'
import { type Keeper, openKeeper, type RowPlan } from '../../src/app/keeper.ts'
import * as board from '../../src/core/health/board.ts'
import { openBook, placeOrder } from '../../src/core/health/override-book.ts'
import { createShelf, openMemoryStore, type Shelf } from '../../src/io/store/memory.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'
import { keepLog } from '../io/store/samples.ts'

const wallMs = 1_700_000_000_000
const dwellMs = 60_000
const { UP, DOWN } = board

const row: RowPlan = {
  scope: 'example.com',
  pool: 'eu',
  target: '192.0.2.10',
  region: 'eu',
  subject: 's',
  pace: { rise: 2, fall: 3, confirmMs: 1000 },
  isDrained: false,
  minDwellMs: dwellMs,
}

interface Seat {
  readonly keeper: Keeper
  words: Int32Array
  readonly book: ReturnType<typeof openBook>
  /** What its clock is ahead of the other's by; wall clocks are what they are. */
  tick(): Promise<void>
}

function stage(rows: readonly RowPlan[] = [row]) {
  const clock = { ms: 1_000_000 }
  const shelf: Shelf = createShelf()
  const seats: Seat[] = []
  const sit = (aheadMs = 0): Seat => {
    const now = (): number => clock.ms + aheadMs
    const book = openBook()
    const log = keepLog()
    const store = openMemoryStore({ now: () => clock.ms, log }, shelf)
    const wallNow = (): number => wallMs + clock.ms
    const keeper = openKeeper({ rule: rule(['eu'], 600_000), unknown: 'up', overrides: book, store, log, now, wallNow })
    const seat: Seat = { keeper, words: openWords(), book, tick: () => keeper.tick() }
    keeper.useBoard(seat.words, rows)
    seats.push(seat)
    return seat
  }
  let prober = { sequence: 0, up: true, sinceMs: 0, heldMs: undefined as number | undefined, hasTurned: false }
  const store = openMemoryStore({ now: () => clock.ms, log: keepLog() }, shelf)
  /** A second of the world: the prober publishes, everybody reads. */
  const second = async (up: boolean): Promise<void> => {
    clock.ms += 1000
    if (up !== prober.up) {
      const heldMs = prober.hasTurned ? clock.ms - prober.sinceMs : undefined
      prober = { ...prober, up, sinceMs: clock.ms, heldMs, hasTurned: true }
    }
    prober = { ...prober, sequence: prober.sequence + 1 }
    const { hasTurned, heldMs, sequence } = prober
    const seen = sighting(up, { forMs: clock.ms - prober.sinceMs, hasTurned, heldMs, everyMs: 1000, dueMs: 1000 })
    await store.publish(evidence('eu-1', sequence, [seen]))
    for (const seat of seats) await seat.tick()
  }
  const seconds = async (count: number, up: boolean): Promise<void> => {
    for (let i = 0; i < count; i++) await second(up)
  }
  /** Seconds from now to the next change that the board tells. */
  const nextSec = ({ words }: Seat): number => board.nextChangeOf(words, 0) - (wallMs + clock.ms) / 1000
  return { clock, sit, seats, seconds, nextSec }
}

const openWords = (): Int32Array => board.bindBoard(board.createBoard(1, 1))
const shownBy = (seats: readonly Seat[]): number[] => seats.map(({ words }) => board.verdictOf(words, 0))

describe('a target that flaps', () => {
  test('is shown in one state for the whole dwell, alike on all nodes, also on one that came in between', async () => {
    const { sit, seats, seconds, nextSec } = stage()
    const first = sit()
    sit(123_456)
    await seconds(200, true)
    await seconds(10, false)
    expect(shownBy(seats)).toEqual([DOWN, DOWN])
    await seconds(5, true)
    // In its tenth second down was 0 s old.
    const late = sit(777)
    await late.tick()
    for (let second = 15; second < 60; second++) {
      expect(shownBy(seats)).toEqual([DOWN, DOWN, DOWN])
      expect(nextSec(first)).toBe(61 - second)
      expect(first.keeper.holdOn(0)).toMatchObject({ state: 'down' })
      await seconds(1, true)
    }
    await seconds(1, true)
    expect(shownBy(seats)).toEqual([UP, UP, UP])
    expect(first.keeper.holdOn(0)).toBeUndefined()
    // What waits for its time since the last change, as failback does, counts from the end of the dwell.
    const sinces = seats.map(({ words }) => board.sinceOf(words, 0))
    expect(new Set(sinces).size).toBe(1)
  })

  test('in calm the earliest change is no sooner than the end of the dwell', async () => {
    const { sit, seconds, nextSec } = stage()
    const seat = sit()
    await seconds(100, false)
    await seconds(10, true)
    // Up for 9 s: another 51 s, whatever the prober finds.
    expect(nextSec(seat)).toBe(51)
    await seconds(50, true)
    expect(nextSec(seat)).toBe(3)
  })

  test('region by region as well', async () => {
    const { sit, seconds } = stage()
    const seat = sit()
    await seconds(10, true)
    await seconds(3, false)
    await seconds(3, true)
    expect(board.verdictIn(seat.words, 0, 0)).toBe(DOWN)
    await seconds(57, true)
    expect(board.verdictIn(seat.words, 0, 0)).toBe(UP)
  })
})

test('a reload forgets no hold, and another dwell counts at once', async () => {
  const { sit, seconds } = stage()
  const seat = sit()
  await seconds(200, true)
  await seconds(5, false)
  await seconds(5, true)
  const again = (rows: readonly RowPlan[]): number => {
    seat.words = openWords()
    seat.keeper.useBoard(seat.words, rows)
    return board.verdictOf(seat.words, 0)
  }
  expect(again([row])).toBe(DOWN)
  expect(again([{ ...row, minDwellMs: 8000 }])).toBe(UP)
  const { minDwellMs: _, ...free } = row
  expect(again([free])).toBe(UP)
})

test('drills and their ends do not wait, and an order to return ends a hold', async () => {
  const { clock, sit, seconds } = stage()
  const seat = sit()
  await seconds(200, true)
  const subject = { scope: 'example.com', pool: 'eu', target: undefined }
  const who = { author: 'ada', why: '', fadeSec: 0, isOver: false }
  const order = (kind: 'drill' | 'return', id: string, isOver = false): void => {
    const moment = { nowMs: clock.ms, wallMs: wallMs + clock.ms }
    const sinceSec = Math.floor(moment.wallMs / 1000)
    const untilSec = kind === 'drill' ? sinceSec + 600 : undefined
    placeOrder(seat.book, { ...subject, ...who, kind, id, sinceSec, untilSec, isOver }, 'ns1', moment)
    seat.keeper.applyOverrides()
  }
  order('drill', 'a')
  expect(board.verdictOf(seat.words, 0)).toBe(DOWN)
  await seconds(3, true)
  order('drill', 'a', true)
  expect(board.verdictOf(seat.words, 0)).toBe(UP)
  await seconds(5, false)
  await seconds(5, true)
  expect(board.verdictOf(seat.words, 0)).toBe(DOWN)
  order('return', 'b')
  expect(board.verdictOf(seat.words, 0)).toBe(UP)
})
