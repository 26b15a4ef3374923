// What the limiting of rates shows of itself: in /status who is limited most, and a line in the log when it begins, then once a
// minute while it goes on.

import type { Limited } from '../core/answer/counters.ts'
import { kindNames } from '../core/answer/limits.ts'
import { maskBytes, printPrefix } from '../core/base/address.ts'
import { type Heavy, readHeaviest } from '../core/guard/heaviest.ts'
import { sumCounters } from '../io/telemetry/counters.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { NodeState } from './node-state.ts'

const SHOWN = 10
const AGAIN_MS = 60_000

export interface LimitedPrefix {
  readonly prefix: string
  /** The limit it ran into last. */
  readonly kind: string
  /** Limited responses, roughly: others that share its place in the table are taken off. */
  readonly count: number
  readonly agoSec: number
}

/** Who was limited most, the heaviest first. */
export function limitedPrefixes({ workers, loaded, wallNow }: NodeState): LimitedPrefix[] {
  const limits = loaded.snapshot.options.limits
  if (!workers || !limits) return []
  const byPrefix = new Map<string, LimitedPrefix>()
  for (const heavy of workers.heaviest().flatMap(readHeaviest)) {
    const prefix = prefixOf(heavy, heavy.family === 4 ? limits.v4Bits : limits.v6Bits)
    const agoSec = Math.max(0, Math.floor(wallNow() / 1000) - heavy.lastSec)
    const known = byPrefix.get(prefix)
    const isNewer = known === undefined || agoSec <= known.agoSec
    byPrefix.set(prefix, {
      prefix,
      kind: isNewer ? (kindNames[heavy.kind] ?? '') : known.kind,
      count: heavy.count + (known?.count ?? 0),
      agoSec: isNewer ? agoSec : known.agoSec,
    })
  }
  return [...byPrefix.values()].sort((a, b) => b.count - a.count).slice(0, SHOWN)
}

function prefixOf({ high, low, family }: Heavy, length: number): string {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, high)
  if (family === 6) view.setInt32(4, low)
  return printPrefix({ family, bytes: maskBytes(bytes, length), length })
}

export type LimitTotals = Readonly<Record<keyof typeof Limited, number>>

/** Limited responses of all kinds so far. */
export function limitTotals({ workers }: NodeState): LimitTotals {
  const totals = { slipped: 0, dropped: 0, spared: 0 }
  for (const { limited } of sumCounters((workers?.counterBlocks() ?? []).map(({ counters }) => counters)))
    for (const { outcome, count } of limited) totals[outcome] += count
  return totals
}

export interface LimitWatch {
  /** To be called about once a second. */
  look(totals: LimitTotals, heaviest: () => readonly LimitedPrefix[]): void
}

export function openLimitWatch(log: Log, now: () => number): LimitWatch {
  let told: LimitTotals = { slipped: 0, dropped: 0, spared: 0 }
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    look(totals, heaviest) {
      const more = (outcome: keyof LimitTotals): number => totals[outcome] - told[outcome]
      const slipped = more('slipped')
      const dropped = more('dropped')
      const spared = more('spared')
      if (slipped + dropped + spared <= 0 || now() - toldMs < AGAIN_MS) return
      toldMs = now()
      told = totals
      const most = heaviest()[0]
      const words = spared > 0 ? `${spared} would have been` : `${slipped} truncated, ${dropped} not sent`
      log.warn(
        { slipped, dropped, spared, ...(most && { most: most.prefix, kind: most.kind }) },
        `responses over the limits: ${words}${most ? `, most of them to ${most.prefix}` : ''}`,
      )
    },
  }
}
