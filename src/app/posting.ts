// Posting: what is believed of each target and what operators ordered about it, onto the board. One row at a time, from scratch,
// so that writing a row twice changes nothing.

import * as board from '../core/health/board.ts'
import type { Belief } from '../core/health/belief.ts'
import { dwell, freeAtMs, isHeld, type Shown } from '../core/health/dwell.ts'
import { nextChangeMs, type Pace, regionChangesMs } from '../core/health/next-change.ts'
import type { State, Verdict } from '../core/health/tally.ts'
import type { OverrideEffects } from './override-effects.ts'

/** What stands behind a row of the board. */
export interface RowPlan {
  readonly scope: string
  readonly pool: string
  readonly target: string
  readonly region: string | undefined
  /** What is probed for it; undefined where only draining can take it out. */
  readonly subject: string | undefined
  /** Of its check. */
  readonly pace: Pace | undefined
  readonly isDrained: boolean
  /** How long a change of its verdict stands at least, by its pool; without it any time. */
  readonly minDwellMs?: number
  /** The subjects that a combined one is worked out from, those without a vote as well. */
  readonly parts?: readonly string[]
}

/** What is shown of a row where changes have to last: of the verdict, and of each region's word that is fresh. */
interface RowShown {
  readonly verdict: Shown
  readonly regions: ReadonlyMap<string, Shown>
}

export interface Posting {
  readonly belief: Belief
  readonly effects: OverrideEffects
  /** What a target counts as while nothing is known of it. */
  unknown: 'up' | 'down'
  readonly now: () => number
  readonly wallNow: () => number
  board: Int32Array
  rows: readonly RowPlan[]
  /** The rows of each subject. */
  rowsOf: ReadonlyMap<string, readonly number[]>
  /** Of each row: when its verdict could change, in Unix seconds; 0: not in sight. */
  nexts: number[]
  /** The same of what each vantage region says. */
  regionNexts: (readonly number[])[]
  /** When the verdict on each subject of the board could change; infinity: not foreseeable. */
  readonly changesMs: Map<string, number>
  /** By the names of the rows, so that a reload forgets nothing. */
  readonly shown: Map<string, RowShown>
  /** Rows that show something else than was found, and until when. */
  readonly heldUntilMs: Map<number, number>
}

export function openPosting(parts: Pick<Posting, 'belief' | 'effects' | 'unknown' | 'now' | 'wallNow'>): Posting {
  return {
    ...parts,
    board: new Int32Array(0),
    rows: [],
    rowsOf: new Map(),
    nexts: [],
    regionNexts: [],
    changesMs: new Map(),
    shown: new Map(),
    heldUntilMs: new Map(),
  }
}

const CLOCKS_MS = 5
const stateWord = { unknown: board.UNKNOWN, up: board.UP, down: board.DOWN } as const satisfies Record<State, number>

/** Goes over to another board; `postAll` fills it. */
export function useRows(p: Posting, words: Int32Array, rows: readonly RowPlan[]): void {
  const rowsOf = new Map<string, number[]>()
  for (const [row, { subject }] of rows.entries()) {
    if (subject === undefined) continue
    const others = rowsOf.get(subject)
    if (others) others.push(row)
    else rowsOf.set(subject, [row])
  }
  p.board = words
  p.changesMs.clear()
  p.rows = rows
  p.rowsOf = rowsOf
  p.effects.useRows(rows)
  p.nexts = rows.map(() => 0)
  p.regionNexts = rows.map(() => [])
  p.heldUntilMs.clear()
  const names = new Set(rows.map(nameOf))
  for (const name of p.shown.keys()) if (!names.has(name)) p.shown.delete(name)
}

export function postAll(p: Posting): void {
  for (const row of p.rows.keys()) postRow(p, row)
  for (const subject of p.rowsOf.keys()) postChange(p, subject)
}

/** Its check included: what was found by another says nothing of this one. */
export function nameOf({ scope, pool, target, subject }: RowPlan): string {
  return JSON.stringify([scope, pool, target, subject])
}

export function postRow(p: Posting, row: number): void {
  const plan = p.rows[row]!
  const { subject, isDrained } = plan
  const effect = p.effects.of(row)
  const verdict = subject === undefined ? undefined : p.belief.verdicts.get(subject)
  const shown = subject === undefined || !plan.minDwellMs ? undefined : look(p, row, plan.minDwellMs, verdict)
  // A row without a check is up: nothing can say otherwise, but an operator.
  const known = shown?.verdict.state ?? verdict?.state ?? 'unknown'
  const state = subject === undefined ? board.UP : stateWord[known === 'unknown' ? unknownAs(p) : known]
  board.writeState(p.board, row, effect.isDown ? board.DOWN : state, isDrained || effect.isDrained)
  board.writeFade(p.board, row, effect.fade)
  // Where a drill has ended, the target came back then, if nothing else is wrong with it.
  const drilledMs = effect.isDown || state !== board.DOWN ? effect.drilledMs : Number.NEGATIVE_INFINITY
  const ownMs = shown ? shown.verdict.sinceMs : verdict?.turnedMs
  const turnedMs = Math.max(ownMs ?? Number.NEGATIVE_INFINITY, drilledMs)
  // Orders are given by the second: what two clocks, read one after the other, differ by must not make it the one before.
  board.writeSince(p.board, row, wallSec(p, turnedMs + CLOCKS_MS))
  board.writeReturned(p.board, row, wallSec(p, effect.returnedMs + CLOCKS_MS))
  for (let vantage = 0; vantage < columnsOf(p); vantage++) {
    // A verdict begins with the configured regions, in their order.
    const region = verdict?.regions[vantage]
    const word = (region && shown?.regions.get(region.region))?.state ?? region?.state ?? 'unknown'
    board.writeRegion(p.board, row, vantage, effect.isDown ? board.DOWN : stateWord[word])
    board.writeVantageLatency(p.board, row, vantage, region?.latencyMs)
  }
  board.writeLatency(p.board, row, verdict && nearestMs(verdict))
  board.writeLoad(p.board, row, verdict?.load)
  writeNext(p, row)
}

/** What the dwell lets be seen of a verdict, and of the words of the regions. */
function look(p: Posting, row: number, dwellMs: number, verdict: Verdict | undefined): RowShown {
  const name = nameOf(p.rows[row]!)
  const before = p.shown.get(name)
  const now = p.now()
  const { returnedMs } = p.effects.of(row)
  const found = verdict ?? { state: 'unknown' as const, turnedMs: undefined, beforeMs: undefined }
  const regions = new Map<string, Shown>()
  // A region that is silent has no word that could be held on to: the verdict counts in its place.
  for (const each of verdict?.regions ?? [])
    if (each.counts && each.state !== 'unknown')
      regions.set(each.region, dwell(before?.regions.get(each.region), each, dwellMs, now, returnedMs))
  const shown = { verdict: dwell(before?.verdict, found, dwellMs, now, returnedMs), regions }
  p.shown.set(name, shown)
  let untilMs = Number.POSITIVE_INFINITY
  for (const each of [shown.verdict, ...regions.values()])
    if (isHeld(each)) untilMs = Math.min(untilMs, freeAtMs(each, dwellMs, returnedMs))
  if (untilMs < Number.POSITIVE_INFINITY) p.heldUntilMs.set(row, untilMs)
  else p.heldUntilMs.delete(row)
  return shown
}

/** Rows whose hold has ended. */
export function postReleased(p: Posting): void {
  const now = p.now()
  for (const [row, untilMs] of [...p.heldUntilMs]) if (untilMs <= now) postRow(p, row)
}

/** What a row shows in the place of what was found, and until when; undefined where they are the same. */
export function holdOn(p: Posting, row: number): { readonly state: State; readonly untilMs: number } | undefined {
  const plan = p.rows[row]
  const shown = plan?.minDwellMs ? p.shown.get(nameOf(plan))?.verdict : undefined
  if (!plan?.minDwellMs || !shown || !isHeld(shown)) return undefined
  return { state: shown.state, untilMs: freeAtMs(shown, plan.minDwellMs, p.effects.of(row).returnedMs) }
}

/** To the board, unknown is a state of its own, which counts as up. */
function unknownAs(p: Posting): State {
  return p.unknown === 'down' ? 'down' : 'unknown'
}

/** The board is made for as many regions as there are in the rule; in the moment between two of them for fewer. */
function columnsOf(p: Posting): number {
  return Math.min(p.belief.rule.vantages.length, p.board[board.VANTAGES]!)
}

/** The earlier of what the verdict and what an override will do. To what is drained or drilled, verdicts make no difference. */
function writeNext(p: Posting, row: number): void {
  const plan = p.rows[row]!
  const { nextMs, isDown, isDrained, returnedMs } = p.effects.of(row)
  const isSettled = isDown || isDrained || plan.isDrained
  const dwellMs = plan.minDwellMs ?? 0
  const shown = dwellMs > 0 ? p.shown.get(nameOf(plan)) : undefined
  const bounded = (sec: number, each: Shown | undefined): number => {
    if (!each) return sec
    const freeSec = wallSec(p, freeAtMs(each, dwellMs, returnedMs))
    // Held, it changes when it is free; else it has to be found so, and to be free.
    return isHeld(each) ? freeSec : sec === 0 ? 0 : Math.max(sec, freeSec)
  }
  const ofVerdict = isSettled ? 0 : bounded(p.nexts[row]!, shown?.verdict)
  const ofOverride = wallSec(p, nextMs)
  const isSooner = ofVerdict === 0 || (ofOverride > 0 && ofOverride < ofVerdict)
  board.writeNext(p.board, row, isSooner ? ofOverride : ofVerdict)
  for (let vantage = 0; vantage < columnsOf(p); vantage++) {
    const region = p.belief.rule.vantages[vantage]!
    const sec = p.regionNexts[row]![vantage] ?? 0
    board.writeNextIn(p.board, row, vantage, isSettled ? 0 : bounded(sec, shown?.regions.get(region)))
  }
}

/** A time of our own clock in Unix seconds; 0 for never. */
function wallSec(p: Posting, ms: number): number {
  if (!Number.isFinite(ms)) return 0
  return Math.floor((p.wallNow() + ms - p.now()) / 1000)
}

/** Of the vantage region that is nearest to the target, because that is where its users are. */
function nearestMs({ regions }: Verdict): number | undefined {
  const known = regions.flatMap(({ counts, latencyMs }) => (counts && latencyMs !== undefined ? [latencyMs] : []))
  return known.length === 0 ? undefined : Math.min(...known)
}

/**
 * When verdicts could change, onto the board. With 10 000 subjects this is called up to 20 times a second, so it looks only at those
 * that have been probed since, and at those whose time has come without a probe.
 */
export function postChanges(p: Posting): void {
  const now = p.now()
  for (const subject of p.belief.moved) postChange(p, subject)
  p.belief.moved.clear()
  for (const [subject, changeMs] of p.changesMs) if (changeMs < now) postChange(p, subject)
}

function postChange(p: Posting, subject: string): void {
  const rows = p.rowsOf.get(subject)
  const pace = rows && p.rows[rows[0]!]!.pace
  if (!pace) return
  const nextMs = nextChangeMs(p.belief, subject, pace, p.now())
  p.changesMs.set(subject, nextMs ?? Number.POSITIVE_INFINITY)
  const nextSec = wallSec(p, nextMs ?? Number.POSITIVE_INFINITY)
  const regionsMs = regionChangesMs(p.belief, subject, pace, p.now())
  const regionsSec = regionsMs.map((ms) => wallSec(p, ms ?? Number.POSITIVE_INFINITY))
  for (const row of rows) {
    p.nexts[row] = nextSec
    p.regionNexts[row] = regionsSec
    writeNext(p, row)
  }
}
