// The board: what the packet path knows of health, a table of 32-bit words shared by all threads, with one writer (the main
// thread) and many readers. The readers are hot: they allocate nothing and never throw. A word is always whole; two words of a
// row may be of different moments, which no decision depends on.
//
//   header  epoch, rows, columns, first row at, vantages, cells at, cells, rows that fade, 8 spare (one cache line, so that
//           bumping the epoch shares none with a row)
//   row     STATE  FADE  NEXT  LATENCY  LOAD  SINCE  RETURNED, then one STATE per vantage region, one LATENCY, one NEXT
//   cells   words that policies with a memory keep: who is held back, which order stands (core/steer/settle.ts)

/** Bumped after each write that changed a word. */
export const EPOCH = 0
export const ROWS = 1
export const COLUMNS = 2
export const FIRST_ROW = 3
export const VANTAGES = 4
export const CELLS_AT = 5
export const CELLS = 6
/** How many rows have a FADE that is not FULL: mostly none, which spares the packet path looking. */
const FADING = 7
const headerWords = 16

/** Bits 0-1: one of the states below; bit 2: drained. */
export const STATE = 0
/** Share of the weight that is in effect, per mille. */
export const FADE = 1
/** Seconds since the Unix epoch (`>>> 0`) of the earliest possible change; 0: none in sight. */
export const NEXT = 2
/** Tenths of a millisecond; -1: not known. */
export const LATENCY = 3
/** Per mille of the capacity; -1: not known. */
export const LOAD = 4
/** Seconds since the Unix epoch (`>>> 0`) of the last change of the verdict; 0: not known, or before anybody looked. */
export const SINCE = 5
/** Seconds since the Unix epoch (`>>> 0`) of the last order to return to the target; 0: there was none. */
export const RETURNED = 6
/** The first of the vantage regions' states; as many words after it is the first of their latencies, then of their NEXTs. */
export const VANTAGE = 7

export const UNKNOWN = 0
export const UP = 1
export const DOWN = 2
const stateMask = 3
const drainedBit = 4
export const FULL = 1000

/** The row of a target that nothing checks: always up, never faded. */
export const NO_ROW = -1

export type BoardState = typeof UNKNOWN | typeof UP | typeof DOWN

/** A board where every row is unknown, which is usable: not knowing is not knowing of a fault. */
export function createBoard(rows: number, vantages: number, cells = 0): SharedArrayBuffer {
  const columns = VANTAGE + 3 * vantages
  const cellsAt = headerWords + rows * columns
  const image = new SharedArrayBuffer(4 * (cellsAt + cells))
  const board = new Int32Array(image)
  board[ROWS] = rows
  board[COLUMNS] = columns
  board[FIRST_ROW] = headerWords
  board[VANTAGES] = vantages
  board[CELLS_AT] = cellsAt
  board[CELLS] = cells
  for (let at = headerWords; at < cellsAt; at += columns) {
    board[at + FADE] = FULL
    board[at + LATENCY] = -1
    board[at + LOAD] = -1
    board.fill(-1, at + VANTAGE + vantages, at + VANTAGE + 2 * vantages)
  }
  return image
}

export function bindBoard(image: SharedArrayBuffer): Int32Array {
  return new Int32Array(image)
}

/** Hot. Unknown is usable, drained is not. */
export function isUsable(board: Int32Array, row: number): boolean {
  if (row < 0) return true
  const word = board[board[FIRST_ROW]! + row * board[COLUMNS]! + STATE]!
  return (word & drainedBit) === 0 && (word & stateMask) !== DOWN
}

/** Hot. As `isUsable`, but by the word of one vantage region where it has a fresh one; -1: by the verdict. */
export function isUsableTo(board: Int32Array, row: number, vantage: number): boolean {
  if (vantage < 0 || row < 0) return isUsable(board, row)
  const at = board[FIRST_ROW]! + row * board[COLUMNS]!
  const word = board[at + STATE]!
  const own = board[at + VANTAGE + vantage]! & stateMask
  return (word & drainedBit) === 0 && (own === UNKNOWN ? word & stateMask : own) !== DOWN
}

/** Hot. Whether any row fades at all. */
export function anyFades(board: Int32Array): boolean {
  return board[FADING] !== 0
}

/** Hot. Per mille of the weight. */
export function fadeOf(board: Int32Array, row: number): number {
  return row < 0 ? FULL : board[board[FIRST_ROW]! + row * board[COLUMNS]! + FADE]!
}

/** Hot. The verdict alone, whether drained or not. */
export function verdictOf(board: Int32Array, row: number): BoardState {
  if (row < 0) return UP
  return (board[board[FIRST_ROW]! + row * board[COLUMNS]! + STATE]! & stateMask) as BoardState
}

/** Hot. What one vantage region says; `vantage` counts from 0 in the configured order. */
export function verdictIn(board: Int32Array, row: number, vantage: number): BoardState {
  if (row < 0) return UP
  return (board[board[FIRST_ROW]! + row * board[COLUMNS]! + VANTAGE + vantage]! & stateMask) as BoardState
}

export function isDrained(board: Int32Array, row: number): boolean {
  return row >= 0 && (board[board[FIRST_ROW]! + row * board[COLUMNS]! + STATE]! & drainedBit) !== 0
}

/** Hot. Seconds since the Unix epoch; 0: no change in sight. */
export function nextChangeOf(board: Int32Array, row: number): number {
  return row < 0 ? 0 : board[board[FIRST_ROW]! + row * board[COLUMNS]! + NEXT]! >>> 0
}

/** Hot. Of what one vantage region says. */
export function nextChangeIn(board: Int32Array, row: number, vantage: number): number {
  if (row < 0) return 0
  return board[board[FIRST_ROW]! + row * board[COLUMNS]! + VANTAGE + 2 * board[VANTAGES]! + vantage]! >>> 0
}

/** Seconds since the Unix epoch; 0: not known. */
export function sinceOf(board: Int32Array, row: number): number {
  return row < 0 ? 0 : board[board[FIRST_ROW]! + row * board[COLUMNS]! + SINCE]! >>> 0
}

/** Seconds since the Unix epoch of the last order to return to the target (`failback` in core/steer/failover.ts); 0: none. */
export function returnedOf(board: Int32Array, row: number): number {
  return row < 0 ? 0 : board[board[FIRST_ROW]! + row * board[COLUMNS]! + RETURNED]! >>> 0
}

/** Hot. Per mille of the capacity; -1: not known. */
export function loadOf(board: Int32Array, row: number): number {
  return row < 0 ? -1 : board[board[FIRST_ROW]! + row * board[COLUMNS]! + LOAD]!
}

/** What one vantage region measured, in tenths of a millisecond; -1: not known. */
export function latencyIn(board: Int32Array, row: number, vantage: number): number {
  if (row < 0 || vantage < 0 || vantage >= board[VANTAGES]!) return -1
  return board[board[FIRST_ROW]! + row * board[COLUMNS]! + VANTAGE + board[VANTAGES]! + vantage]!
}

export function writeState(board: Int32Array, row: number, state: BoardState, drained: boolean): void {
  write(board, row, STATE, state | (drained ? drainedBit : 0))
}

export function writeFade(board: Int32Array, row: number, perMille: number): void {
  const fade = Math.min(FULL, Math.max(0, Math.round(perMille)))
  const more = Number(fade < FULL) - Number(fadeOf(board, row) < FULL)
  // Whoever sees the new epoch with nothing fading keeps what he sees (core/steer/kept.ts): the count goes up before the epoch
  // moves, and down after.
  if (more > 0) Atomics.add(board, FADING, more)
  write(board, row, FADE, fade)
  if (more < 0) Atomics.add(board, FADING, more)
}

export function writeNext(board: Int32Array, row: number, epochSec: number): void {
  write(board, row, NEXT, epochSec >>> 0)
}

export function writeLatency(board: Int32Array, row: number, tookMs: number | undefined): void {
  write(board, row, LATENCY, tookMs === undefined ? -1 : Math.min(0x7fffffff, Math.round(tookMs * 10)))
}

export function writeLoad(board: Int32Array, row: number, perMille: number | undefined): void {
  write(board, row, LOAD, perMille === undefined ? -1 : Math.min(0x7fffffff, Math.round(perMille)))
}

export function writeSince(board: Int32Array, row: number, epochSec: number): void {
  write(board, row, SINCE, epochSec >>> 0)
}

/** An operator's order: what is held back for its failback delay, or until he says so, is returned to. */
export function writeReturned(board: Int32Array, row: number, epochSec: number): void {
  write(board, row, RETURNED, epochSec >>> 0)
}

export function writeVantageLatency(board: Int32Array, row: number, vantage: number, tookMs: number | undefined): void {
  const word = tookMs === undefined ? -1 : Math.min(0x7fffffff, Math.round(tookMs * 10))
  write(board, row, columnOf(board, VANTAGE + board[VANTAGES]!, vantage), word)
}

/** `cell` counts from the first of all zones. */
export function writeCell(board: Int32Array, cell: number, value: number): void {
  if (!(cell >= 0 && cell < board[CELLS]!)) throw new RangeError(`no cell ${cell} on the board`)
  const at = board[CELLS_AT]! + cell
  if (board[at] === (value | 0)) return
  Atomics.store(board, at, value)
  Atomics.add(board, EPOCH, 1)
}

export function writeNextIn(board: Int32Array, row: number, vantage: number, epochSec: number): void {
  write(board, row, columnOf(board, VANTAGE + 2 * board[VANTAGES]!, vantage), epochSec >>> 0)
}

export function writeRegion(board: Int32Array, row: number, vantage: number, state: BoardState): void {
  write(board, row, columnOf(board, VANTAGE, vantage), state)
}

function columnOf(board: Int32Array, first: number, vantage: number): number {
  if (!(vantage >= 0 && vantage < board[VANTAGES]!)) throw new RangeError(`no vantage ${vantage} on the board`)
  return first + vantage
}

function write(board: Int32Array, row: number, column: number, value: number): void {
  if (!(row >= 0 && row < board[ROWS]! && column < board[COLUMNS]!))
    throw new RangeError(`no word ${row}:${column} on the board`)
  const at = board[FIRST_ROW]! + row * board[COLUMNS]! + column
  if (board[at] === (value | 0)) return
  Atomics.store(board, at, value)
  Atomics.add(board, EPOCH, 1)
}
