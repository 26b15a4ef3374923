// Minimum dwell: a state that has changed stands for at least so long, up as well as down, so that nothing flaps faster than that.
// What is shown follows from the times of the verdict's changes, which are in the evidence, and not from when somebody looked: so
// all nodes show the same, and one that starts in between finds out by the last two changes.
//
//   verdict  up ──────────┐down┌up──┐down┌up─────────────
//   shown    up ──────────┐down · · · · · ·┌up───────────      the end of the dwell; by then the verdict is up
//                         └─── at least ───┘

import type { State } from './tally.ts'

/** A verdict, or what one region says, as far as this matters. */
export interface Found {
  readonly state: State
  /** When it last changed and the time before, on our own clock; undefined: nobody has seen that. */
  readonly turnedMs: number | undefined
  readonly beforeMs: number | undefined
}

export interface Shown {
  readonly state: State
  /** When it was changed to that; undefined: it has been so for as long as anybody looked, and may change at once. */
  readonly sinceMs: number | undefined
  /** What was found last, whether it is shown or not, and since when. */
  readonly found: State
  readonly foundMs: number
}

/** What is shown of `found`, given what was shown before. `atOnceMs`: somebody ordered at that time that a hold is over. */
export function dwell(
  before: Shown | undefined,
  found: Found,
  dwellMs: number,
  nowMs: number,
  atOnceMs = Number.NEGATIVE_INFINITY,
): Shown {
  const isNew = before === undefined || (before.state === 'unknown' && before.found === 'unknown')
  let shown = isNew ? begin(found, dwellMs) : before
  if (found.state !== shown.found) {
    const turnedMs = found.state === 'unknown' ? nowMs : Math.min(nowMs, found.turnedMs ?? nowMs)
    // What was held back came into its own before this happened, if its time had come.
    shown = { ...release(shown, dwellMs, turnedMs, atOnceMs), found: found.state, foundMs: turnedMs }
  }
  return release(shown, dwellMs, nowMs, atOnceMs)
}

/** For a node that has just begun to look: by the last two changes. */
function begin({ state, turnedMs, beforeMs }: Found, dwellMs: number): Shown {
  const foundMs = turnedMs ?? Number.NEGATIVE_INFINITY
  const isShort = turnedMs !== undefined && beforeMs !== undefined && turnedMs < beforeMs + dwellMs
  if (state === 'unknown' || !isShort)
    return { state, sinceMs: state === 'unknown' ? undefined : turnedMs, found: state, foundMs }
  return { state: state === 'up' ? 'down' : 'up', sinceMs: beforeMs, found: state, foundMs }
}

function release(shown: Shown, dwellMs: number, nowMs: number, atOnceMs: number): Shown {
  const { state, found, foundMs } = shown
  if (state === found) return shown
  const freeMs = freeAtMs(shown, dwellMs, atOnceMs)
  if (freeMs > nowMs) return shown
  return { ...shown, state: found, sinceMs: found === 'unknown' ? undefined : Math.max(foundMs, freeMs) }
}

/** From when on what is shown may change; minus infinity: at any time. */
export function freeAtMs({ sinceMs }: Shown, dwellMs: number, atOnceMs = Number.NEGATIVE_INFINITY): number {
  if (sinceMs === undefined) return Number.NEGATIVE_INFINITY
  return atOnceMs > sinceMs ? Math.min(atOnceMs, sinceMs + dwellMs) : sinceMs + dwellMs
}

/** Whether something else was found than is shown. */
export function isHeld({ state, found }: Shown): boolean {
  return state !== found
}
