// What operators order, on the board: in virtual time, beside verdicts, across reloads, and whatever the wall clock does.

import { describe, expect, test } from 'vitest'
import { openKeeper, type RowPlan } from '../../src/app/keeper.ts'
import * as board from '../../src/core/health/board.ts'
import type { Entry } from '../../src/core/health/override-book.ts'
import { mergeEntry, openBook, placeOrder } from '../../src/core/health/override-book.ts'
import { openMemoryStore } from '../../src/io/store/memory.ts'
import { entry, wallMs, wallSec } from '../core/health/orders.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'
import { keepLog } from '../io/store/samples.ts'

const { UP, DOWN, FULL } = board

function row(pool: string, target: string, subject?: string, isDrained = false): RowPlan {
  // Without a pace no change of a verdict is in sight: what is to be seen here is what orders do.
  return { scope: 'example.com', pool, target, region: 'eu', subject, pace: undefined, isDrained }
}

const rows = [
  row('eu', '192.0.2.10', 's'),
  row('eu', '192.0.2.11', 's'),
  row('us', '198.51.100.10', 't'),
  row('ap', 'x'),
]

function open(plans: readonly RowPlan[] = rows) {
  const clock = { ms: 0, skewMs: 0 }
  const now = (): number => clock.ms
  // In whole milliseconds, as clocks of the time of day are; the other has parts of them.
  const wallNow = (): number => Math.floor(wallMs + clock.ms + clock.skewMs)
  const book = openBook()
  const log = keepLog()
  const store = openMemoryStore({ now, log })
  const keeper = openKeeper({ rule: rule(['eu'], 600_000), unknown: 'up', overrides: book, store, log, now, wallNow })
  const words = board.bindBoard(board.createBoard(plans.length, 1))
  keeper.useBoard(words, plans)
  /** Everybody is seen up, but for those named. */
  const see = (...down: string[]): void =>
    keeper.observeOwn(
      evidence(
        'eu-1',
        clock.ms + 1,
        ['s', 't'].map((subject) => sighting(!down.includes(subject), { subject })),
      ),
    )
  const order = (parts: Partial<Entry>): void => {
    mergeEntry(book, entry(parts), { nowMs: clock.ms, wallMs: wallNow() })
    keeper.applyOverrides()
  }
  /** Of each row: the state, d for drained, what is left of it, and seconds to the next change. */
  const shown = (on = words): string[] =>
    keeper.rows().map((_, at) => {
      const state = { [UP]: 'up', [DOWN]: 'down', [board.UNKNOWN]: '?' }[board.verdictOf(on, at)]
      const fade = board.fadeOf(on, at)
      const next = board.nextChangeOf(on, at)
      return [
        state,
        ...(board.isDrained(on, at) ? ['drained'] : []),
        ...(fade === FULL ? [] : [String(fade)]),
        ...(next === 0 ? [] : [`>${next - Math.floor(wallNow() / 1000)}`]),
      ].join(' ')
    })
  see()
  return { clock, keeper, book, words, see, order, shown }
}

test('nothing ordered: verdicts alone', () => expect(open().shown()).toEqual(['up', 'up', 'up', 'up']))

test('a drain takes its pool out and says until when', () => {
  const { order, shown } = open()
  order({})
  expect(shown()).toEqual(['up drained >600', 'up drained >600', 'up', 'up'])
})

test('a drain of a target leaves the others, also where nothing checks it', () => {
  const { order, shown } = open()
  order({ target: '192.0.2.11' })
  order({ pool: 'ap', target: 'x' })
  expect(shown()).toEqual(['up', 'up drained >600', 'up', 'up drained >600'])
})

test('a fade goes down tick by tick to nothing, then drains, then ends', async () => {
  const { order, shown, clock, keeper } = open()
  order({ fadeSec: 100, untilSec: wallSec + 300 })
  const seen: string[] = []
  for (clock.ms = 0; clock.ms <= 310_000; clock.ms += 10_000) {
    await keeper.tick()
    seen.push(shown()[0]!)
  }
  expect(seen.slice(0, 10)).toEqual([
    'up >100',
    ...[900, 800, 700, 600, 500, 400, 300, 200, 100].map((left, i) => `up ${left} >${90 - 10 * i}`),
  ])
  expect(seen[10]).toBe('up drained >200')
  expect(seen[29]).toBe('up drained >10')
  expect(seen.slice(30)).toEqual(['up', 'up'])
})

test('a drill counts as down, in every region as well, and ends', async () => {
  const { order, shown, clock, keeper, words } = open()
  order({ kind: 'drill', untilSec: wallSec + 60 })
  expect(shown()).toEqual(['down >60', 'down >60', 'up', 'up'])
  expect([board.verdictIn(words, 0, 0), board.verdictIn(words, 2, 0)]).toEqual([DOWN, UP])
  expect(board.isUsable(words, 0)).toBe(false)
  // What probers say is kept apart.
  expect(keeper.verdictOf(0)?.state).toBe('up')
  clock.ms = 60_000
  await keeper.tick()
  expect(shown()).toEqual(['up', 'up', 'up', 'up'])
})

test('verdicts go on underneath, and show when the order ends', async () => {
  const { order, shown, clock, keeper, see } = open()
  order({ untilSec: wallSec + 60 })
  order({ kind: 'drill', pool: 'us', untilSec: wallSec + 60 })
  clock.ms = 10_000
  see('s', 't')
  expect(shown().slice(0, 3)).toEqual(['down drained >50', 'down drained >50', 'down >50'])
  clock.ms = 60_000
  await keeper.tick()
  expect(shown().slice(0, 3)).toEqual(['down', 'down', 'down'])
})

test('the next change is the sooner of what a verdict and what an order will do', () => {
  const pace = { rise: 2, fall: 3, confirmMs: 1000 }
  const { order, shown, clock, keeper } = open([{ ...row('eu', '192.0.2.10', 's'), pace }])
  // The next probe starts in ten seconds, and two confirm it.
  expect(shown()).toEqual(['up >12'])
  order({ fadeSec: 60 })
  expect(shown()).toEqual(['up >12'])
  order({ version: 2, id: 'two', fadeSec: 5 })
  expect(shown()).toEqual(['up >5'])
  // To what is drained, or drilled, verdicts make no difference.
  clock.ms = 5000
  keeper.applyOverrides()
  expect(shown()).toEqual(['up drained >595'])
  order({ version: 3, isOver: true })
  order({ kind: 'drill', untilSec: wallSec + 65 })
  expect(shown()).toEqual(['down >60'])
  order({ kind: 'drill', version: 2, isOver: true })
  expect(shown()).toEqual(['up >7'])
})

describe('the time of the last change', () => {
  const since = ({ words, clock }: ReturnType<typeof open>): number =>
    board.sinceOf(words, 0) === 0 ? 0 : board.sinceOf(words, 0) - (wallMs + clock.skewMs) / 1000

  test('is that of a drill, as it begins and as it ends, so that returns are what they would be', async () => {
    const here = open()
    expect(since(here)).toBe(0)
    here.clock.ms = 10_000
    here.order({ kind: 'drill', sinceSec: wallSec + 10, orderedSec: wallSec + 10, untilSec: wallSec + 60 })
    expect(since(here)).toBe(10)
    here.clock.ms = 61_000
    await here.keeper.tick()
    expect(since(here)).toBe(60)
    // A restart, with the book from disk.
    const again = open()
    again.clock.ms = 70_000
    again.order({ kind: 'drill', sinceSec: wallSec + 10, orderedSec: wallSec + 10, untilSec: wallSec + 60 })
    expect(since(again)).toBe(60)
  })

  test('is when a drill was ended, also for those who hear of it late', () => {
    const here = open()
    here.clock.ms = 100_000
    here.order({ kind: 'drill', isOver: true, version: 2, orderedSec: wallSec + 30 })
    expect(since(here)).toBe(30)
  })

  test('is not that of a drain', () => {
    const here = open()
    here.order({})
    expect(since(here)).toBe(0)
  })

  test('is not when a drill ends that an outage outlasts', async () => {
    const here = open()
    here.order({ kind: 'drill', untilSec: wallSec + 60 })
    here.clock.ms = 30_000
    here.see('s')
    here.clock.ms = 90_000
    await here.keeper.tick()
    expect(here.shown()[0]).toBe('down')
    expect(since(here)).not.toBe(60)
  })
})

test('what is drained in the configuration stays so when a drain of it ends', async () => {
  const { order, shown, clock, keeper } = open([row('eu', 'a', 's', true), row('eu', 'b', 's')])
  order({ untilSec: wallSec + 60 })
  expect(shown()).toEqual(['up drained >60', 'up drained >60'])
  clock.ms = 60_000
  await keeper.tick()
  expect(shown()).toEqual(['up drained', 'up'])
})

test('taking back is as quick as ordering', () => {
  const { order, shown, book, keeper } = open()
  order({ fadeSec: 100 })
  placeOrder(book, { ...entry({ fadeSec: 100 }), isOver: true }, 'ns2', { nowMs: 0, wallMs })
  keeper.applyOverrides()
  expect(shown()).toEqual(['up', 'up', 'up', 'up'])
})

test('a reload forgets no order, and finds the pool wherever its rows are now', () => {
  const { order, keeper, shown, clock } = open()
  order({ fadeSec: 100 })
  clock.ms = 50_000
  const next = board.bindBoard(board.createBoard(2, 1))
  keeper.useBoard(next, [row('us', '198.51.100.10', 't'), row('eu', '192.0.2.12')])
  expect(shown(next)).toEqual(['up', 'up 500 >50'])
})

test('an order about what the configuration does not have does nothing, until it does', () => {
  const { order, keeper, shown } = open()
  order({ pool: 'new' })
  expect(shown()).toEqual(['up', 'up', 'up', 'up'])
  const next = board.bindBoard(board.createBoard(1, 1))
  keeper.useBoard(next, [row('new', 'x')])
  expect(shown(next)).toEqual(['up drained >600'])
})

describe('a wall clock that jumps by an hour', () => {
  test.each([3_600_000, -3_600_000])('%i ms: neither ends nor prolongs anything', async (skewMs) => {
    const { order, shown, clock, keeper } = open()
    order({ fadeSec: 100 })
    clock.skewMs = skewMs
    clock.ms = 50_000
    await keeper.tick()
    // The times on the board are for those who read them by the same clock.
    expect(shown()[0]).toBe('up 500 >50')
    clock.ms = 599_000
    await keeper.tick()
    expect(shown()[0]).toBe('up drained >1')
    clock.ms = 600_000
    await keeper.tick()
    expect(shown()[0]).toBe('up')
  })
})

test('a return is on the board, for those who wait for it, and is no more than its time', async () => {
  const { order, words, shown, clock, keeper } = open()
  const returned = (): number[] => [0, 1, 2].map((at) => board.returnedOf(words, at))
  expect(returned()).toEqual([0, 0, 0])
  clock.ms = 30_000
  order({ kind: 'return', sinceSec: wallSec + 20, orderedSec: wallSec + 20, untilSec: undefined })
  expect(returned()).toEqual([wallSec + 20, wallSec + 20, 0])
  order({
    kind: 'return',
    id: 'two',
    version: 2,
    sinceSec: wallSec + 30,
    orderedSec: wallSec + 30,
    untilSec: undefined,
  })
  clock.ms = 500_000
  await keeper.tick()
  expect(returned()).toEqual([wallSec + 30, wallSec + 30, 0])
  expect(shown().slice(2)).toEqual(['up', 'up'])
})

test('orders are told by the second they were given in, however the two clocks fall', async () => {
  const { order, words, clock, keeper } = open()
  clock.ms = 10_000.2
  order({ kind: 'return', sinceSec: wallSec + 10, orderedSec: wallSec + 10, untilSec: undefined })
  order({ kind: 'drill', version: 2, isOver: true, sinceSec: wallSec, orderedSec: wallSec + 10 })
  clock.ms = 10_500.9
  await keeper.tick()
  expect([board.returnedOf(words, 0), board.sinceOf(words, 0)]).toEqual([wallSec + 10, wallSec + 10])
})

test('what is ordered about a row can be asked, as of a time', () => {
  const { order, keeper } = open()
  order({ untilSec: wallSec + 60 })
  order({ kind: 'return', untilSec: undefined })
  order({ kind: 'drill', target: '192.0.2.11' })
  const kinds = (at: number, sec: number): string[] => keeper.overridesOn(at, sec).map(({ kind }) => kind)
  expect(kinds(0, wallSec)).toEqual(['drain', 'return'])
  expect(kinds(1, wallSec)).toEqual(['drain', 'return', 'drill'])
  expect(kinds(0, wallSec + 60)).toEqual(['return'])
  expect([kinds(2, wallSec), kinds(99, wallSec)]).toEqual([[], []])
})
