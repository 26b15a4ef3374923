// When what was drained may be stopped: once no node names it any more and the last answer that did has run out in every cache.

import { goneMs } from '../core/health/override.ts'
import type { Held } from '../core/health/override-book.ts'
import type { Peers } from './override-peers.ts'

export interface SafeStop {
  /** On our clock; undefined: not known yet, or never. */
  readonly atMs: number | undefined
  readonly because: string
}

export interface SafeStopFacts {
  readonly peers: Peers
  /** Whether this node answers DNS itself. */
  readonly answers: boolean
  /** Whether other nodes can be heard: there is no store that they would share, or it answers. */
  readonly isHearing: boolean
  /** What the pool's answers say of TTLs, and when the last of them was given. */
  readonly ttls: TtlMemory
  /** When services last answered with it all the same, because they had nothing else; with the names of those that still do. */
  readonly still: { readonly lastMs: number; readonly services: readonly string[] }
}

/** A node that has been silent for longer is likely gone, where others are heard. */
const SILENT_MS = 60_000

export function safeStop(held: Held, facts: SafeStopFacts, nowMs: number): SafeStop {
  const { peers, still } = facts
  if (still.services.length > 0)
    return {
      atMs: undefined,
      because: `${still.services.join(', ')} still answers with it: nothing else of it is usable`,
    }
  const others = peers.list(nowMs).filter(({ answers }) => answers)
  const waiting = others.filter(
    ({ node, silentMs }) =>
      peers.tookUpMs(node, held.override) === undefined && (silentMs < SILENT_MS || !facts.isHearing),
  )
  if (waiting.length > 0)
    return { atMs: undefined, because: `${waiting.map(({ node }) => node).join(', ')} has not taken it up` }
  if (!facts.isHearing && others.length === 0)
    return { atMs: undefined, because: 'the store is out of reach: whether other nodes know is not known' }
  const learned = others.map(({ node }) => peers.tookUpMs(node, held.override) ?? Number.NEGATIVE_INFINITY)
  if (facts.answers) learned.push(held.learnedMs)
  const lastMs = Math.max(goneMs(held), still.lastMs, ...learned)
  const { pool, scope } = held.override
  const { atMs, ttlSec } = facts.ttls.runOut(`${scope}/${pool}`, lastMs)
  if (atMs >= held.endMs)
    return { atMs: undefined, because: `it ends before the answers in caches do, which may be kept for ${ttlSec} s` }
  const silent = others.filter(({ node }) => peers.tookUpMs(node, held.override) === undefined)
  const doubt =
    silent.length > 0 ? `; ${silent.map(({ node }) => node).join(', ')} is silent and has not taken it up` : ''
  return { atMs, because: `answers are kept for ${ttlSec} s${doubt}` }
}

/** The TTLs that pools are answered with, those before the last reloads included for as long as caches may hold them. */
export interface TtlMemory {
  /** A configuration has been put into service. */
  use(ttls: ReadonlyMap<string, number>, nowMs: number): void
  /** When answers with a pool of which the last was given at `lastMs` have all run out, and the TTL that decides. */
  runOut(pool: string, lastMs: number): { readonly atMs: number; readonly ttlSec: number }
}

export function openTtlMemory(): TtlMemory {
  let current: ReadonlyMap<string, number> = new Map()
  let past: { readonly pool: string; readonly ttlSec: number; readonly untilMs: number }[] = []
  return {
    use(ttls, nowMs) {
      past = past.filter(({ ttlSec, untilMs }) => untilMs + 1000 * ttlSec > nowMs)
      for (const [pool, ttlSec] of current)
        if (ttlSec > (ttls.get(pool) ?? 0)) past.push({ pool, ttlSec, untilMs: nowMs })
      current = ttls
    },

    runOut(pool, lastMs) {
      let ttlSec = current.get(pool) ?? 0
      let atMs = lastMs + 1000 * ttlSec
      for (const old of past) {
        const endMs = Math.min(lastMs, old.untilMs) + 1000 * old.ttlSec
        if (old.pool !== pool || endMs <= atMs) continue
        atMs = endMs
        ttlSec = old.ttlSec
      }
      return { atMs, ttlSec }
    },
  }
}
