import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as board from '../../../src/core/health/board.ts'

function fresh(rows = 3, vantages = 2): Int32Array {
  return board.bindBoard(board.createBoard(rows, vantages))
}

test('on a new board everything is unknown, and so usable with its full weight', () => {
  const words = fresh()
  for (let row = 0; row < 3; row++) {
    expect(board.verdictOf(words, row)).toBe(board.UNKNOWN)
    expect(board.isUsable(words, row)).toBe(true)
    expect(board.fadeOf(words, row)).toBe(1000)
    expect(board.nextChangeOf(words, row)).toBe(0)
    expect(board.verdictIn(words, row, 1)).toBe(board.UNKNOWN)
  }
  expect(words[board.EPOCH]).toBe(0)
})

test('a target without a row is always up', () => {
  const words = fresh(0, 0)
  expect(board.isUsable(words, board.NO_ROW)).toBe(true)
  expect(board.fadeOf(words, board.NO_ROW)).toBe(1000)
  expect(board.verdictOf(words, board.NO_ROW)).toBe(board.UP)
  expect(board.verdictIn(words, board.NO_ROW, 0)).toBe(board.UP)
  expect(board.isDrained(words, board.NO_ROW)).toBe(false)
  expect(board.nextChangeOf(words, board.NO_ROW)).toBe(0)
})

test.each([
  [board.UP, false, true],
  [board.UP, true, false],
  [board.DOWN, false, false],
  [board.DOWN, true, false],
  [board.UNKNOWN, false, true],
  [board.UNKNOWN, true, false],
] as const)('state %i, drained %s → usable %s', (state, drained, usable) => {
  const words = fresh()
  board.writeState(words, 1, state, drained)
  expect(board.isUsable(words, 1)).toBe(usable)
  expect(board.verdictOf(words, 1)).toBe(state)
  expect(board.isDrained(words, 1)).toBe(drained)
})

test('a write is seen by every thread bound to the image, and changes no other row', () => {
  const image = board.createBoard(3, 2)
  const writer = board.bindBoard(image)
  const reader = board.bindBoard(image)
  board.writeState(writer, 1, board.DOWN, false)
  board.writeRegion(writer, 1, 0, board.DOWN)
  board.writeRegion(writer, 1, 1, board.UP)
  expect(board.isUsable(reader, 1)).toBe(false)
  expect(board.verdictIn(reader, 1, 0)).toBe(board.DOWN)
  expect(board.verdictIn(reader, 1, 1)).toBe(board.UP)
  for (const row of [0, 2]) {
    expect(board.isUsable(reader, row)).toBe(true)
    expect(board.verdictIn(reader, row, 0)).toBe(board.UNKNOWN)
  }
})

test('the epoch tells that something changed, and stays where nothing did', () => {
  const words = fresh()
  board.writeState(words, 0, board.UP, false)
  board.writeFade(words, 0, 500)
  expect(words[board.EPOCH]).toBe(2)
  board.writeState(words, 0, board.UP, false)
  board.writeFade(words, 0, 500)
  expect(words[board.EPOCH]).toBe(2)
})

test('the time of the next change holds seconds beyond 2038', () => {
  const words = fresh()
  board.writeNext(words, 2, 4_000_000_000)
  expect(board.nextChangeOf(words, 2)).toBe(4_000_000_000)
  const epoch = words[board.EPOCH]
  board.writeNext(words, 2, 4_000_000_000)
  expect(words[board.EPOCH]).toBe(epoch)
})

test('a load beyond all measure is the largest that a word can hold', () => {
  const words = board.bindBoard(board.createBoard(1, 0))
  board.writeLoad(words, 0, 1e12)
  expect(board.loadOf(words, 0)).toBe(0x7fffffff)
})

test('latency stands in tenths of a millisecond, load per mille, and -1 is not known', () => {
  const words = fresh()
  const row = words[board.FIRST_ROW]! + 2 * words[board.COLUMNS]!
  expect([words[row + board.LATENCY], words[row + board.LOAD]]).toEqual([-1, -1])
  board.writeLatency(words, 2, 12.34)
  board.writeLoad(words, 2, 730)
  expect([words[row + board.LATENCY], words[row + board.LOAD]]).toEqual([123, 730])
  board.writeLatency(words, 2, undefined)
  board.writeLoad(words, 2, undefined)
  expect([words[row + board.LATENCY], words[row + board.LOAD]]).toEqual([-1, -1])
})

test.each([
  [-5, 0],
  [0, 0],
  [333.4, 333],
  [1500, 1000],
])('a fade of %d per mille is kept as %i', (written, read) => {
  const words = fresh()
  board.writeFade(words, 0, written)
  expect(board.fadeOf(words, 0)).toBe(read)
})

test.each([
  [3, 0],
  [-1, 0],
  [0, 2],
])('writing to row %i, vantage %i, which do not exist, is a bug and throws', (row, vantage) => {
  expect(() => board.writeRegion(fresh(), row, vantage, board.UP)).toThrow(RangeError)
})

test('rows and columns never overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 7 }), (rows, vantages) => {
      const words = fresh(rows, vantages)
      for (let row = 0; row < rows; row++) {
        board.writeFade(words, row, row)
        for (let v = 0; v < vantages; v++) board.writeRegion(words, row, v, ((row + v) % 3) as board.BoardState)
      }
      for (let row = 0; row < rows; row++) {
        expect(board.fadeOf(words, row)).toBe(row)
        expect(board.verdictOf(words, row)).toBe(board.UNKNOWN)
        for (let v = 0; v < vantages; v++) expect(board.verdictIn(words, row, v)).toBe((row + v) % 3)
      }
    }),
  )
})

test('whether any row fades is known without looking at each', () => {
  const words = board.bindBoard(board.createBoard(3, 1))
  expect(board.anyFades(words)).toBe(false)
  board.writeFade(words, 0, 500)
  board.writeFade(words, 2, 0)
  board.writeFade(words, 0, 400)
  expect(board.anyFades(words)).toBe(true)
  board.writeFade(words, 0, 1000)
  board.writeFade(words, 0, 1000)
  expect(board.anyFades(words)).toBe(true)
  board.writeFade(words, 2, 2000)
  expect(board.anyFades(words)).toBe(false)
})
