// The book of orders: every override a node knows of, one entry for each kind and subject, and how the books of several nodes
// become one. Entries count up: of two about the same thing the one with the higher version stands, whatever anybody's clock
// says, and between equal ones the node's name decides. So books may be merged in any order, twice, or from an old copy.
//
// What was taken back or has run out stays in the book as long as an older copy of it could still be in force somewhere, and a
// day longer: a node that was away must not bring it back.

import {
  covers,
  type Effect,
  effectOf,
  isInForce,
  noEffect,
  type Override,
  type OverrideKind,
  type OverrideSubject,
  type Timed,
} from './override.ts'

/** One order, as nodes pass it on. */
export interface Entry extends Override {
  /** Counts the orders about this subject. */
  readonly version: number
  /** The node that took it. */
  readonly node: string
  /** When it did; later than `sinceSec` where it changed the end of something, or took it back. Unix seconds. */
  readonly orderedSec: number
  /** Taken back; `author` and `why` are then those of taking it back. */
  readonly isOver: boolean
  /** Unix seconds: until when this or anything it took the place of may be in force somewhere; undefined: without end. */
  readonly keepUntilSec: number | undefined
}

/** The book of one node, as it is shared. */
export interface Replica {
  readonly node: string
  /** Whether the node answers DNS, so that it matters when it learns of a drain. */
  readonly answers: boolean
  /** A new number for each run of the node, and a count of its publications: signs of life, compared with nobody else's. */
  readonly run: number
  readonly sequence: number
  readonly entries: readonly Entry[]
}

/** An entry in a book, with its times on the clock of the book's reader. */
export interface Held extends Timed {
  readonly override: Entry
  /** When this node learned of it. */
  readonly learnedMs: number
}

export interface Book {
  readonly held: Map<string, Held>
  /** Those of each pool; renewed with each change. */
  readonly byPool: Map<string, readonly Held[]>
}

/** Now, on both clocks: one that never jumps, and the one that people read. */
export interface Moment {
  readonly nowMs: number
  readonly wallMs: number
}

/** How much longer an entry is kept than it could matter: clocks differ. */
const GRACE_SEC = 86_400

/** More orders in one book are not operated by people. */
export const MAX_ENTRIES = 2000

export function openBook(): Book {
  return { held: new Map(), byPool: new Map() }
}

function keyOf({ kind, scope, pool, target }: OverrideSubject & { readonly kind: OverrideKind }): string {
  return JSON.stringify([kind, scope, pool, target])
}

function poolKey({ scope, pool }: OverrideSubject): string {
  return `${scope}/${pool}`
}

/** What a merge or an order has changed. */
export interface Changed {
  readonly held: Held
  /** What it took the place of, in force or not. */
  readonly before: Held | undefined
}

/** Takes an entry in, from whomever; undefined where it says nothing new. */
export function mergeEntry(book: Book, entry: Entry, moment: Moment): Changed | undefined {
  const key = keyOf(entry)
  const before = book.held.get(key)
  const keepUntilSec = before ? later(before.override.keepUntilSec, entry.keepUntilSec) : entry.keepUntilSec
  if (before && !isNewer(entry, before.override)) {
    // The copy that lost may have longer to live than anything known so far.
    if (keepUntilSec !== before.override.keepUntilSec)
      put(book, key, { ...before, override: { ...before.override, keepUntilSec } })
    return undefined
  }
  const anew = heldFrom({ ...entry, keepUntilSec }, moment)
  // With the same id it is the same drain, with another end.
  const isSame = before?.override.id === entry.id && isInForce(before, moment.nowMs) && !entry.isOver
  const held = isSame ? { ...anew, startMs: before.startMs, learnedMs: before.learnedMs } : anew
  put(book, key, held)
  return { held, before }
}

function put(book: Book, key: string, held: Held): void {
  book.held.set(key, held)
  index(book, held.override)
}

function index(book: Book, subject: OverrideSubject): void {
  const pool = poolKey(subject)
  const all = [...book.held.values()].filter(({ override }) => poolKey(override) === pool)
  if (all.length > 0) book.byPool.set(pool, all)
  else book.byPool.delete(pool)
}

/**
 * The times of an entry on our own clock, taken once: a wall clock that is set later moves nothing. What begins in the future by
 * our clock begins now, and nothing lasts longer than was ordered, so a clock that is slow or unset does not prolong a drain.
 */
function heldFrom(override: Entry, { nowMs, wallMs }: Moment): Held {
  const { sinceSec, orderedSec, untilSec, isOver } = override
  const startMs = nowMs - Math.max(0, wallMs - 1000 * sinceSec)
  const leftMs =
    untilSec === undefined
      ? Number.POSITIVE_INFINITY
      : Math.min(1000 * untilSec - wallMs, 1000 * (untilSec - orderedSec))
  // What was taken back ended then, also for a node that hears of it late, or reads it from disk.
  const overMs = nowMs - Math.max(0, wallMs - 1000 * orderedSec)
  return { override, startMs, endMs: isOver ? overMs : nowMs + leftMs, learnedMs: nowMs }
}

/** The same on every node: version, then the node's name, then the words, for a node that has forgotten what it said before. */
function isNewer(entry: Entry, known: Entry): boolean {
  if (entry.version !== known.version) return entry.version > known.version
  if (entry.node !== known.node) return entry.node > known.node
  return wordsOf(entry) > wordsOf(known)
}

function wordsOf({ id, isOver, author, why, sinceSec, orderedSec, untilSec, fadeSec }: Entry): string {
  return JSON.stringify([isOver ? 1 : 0, id, author, why, sinceSec, orderedSec, untilSec ?? null, fadeSec])
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b)
}

/** Writes a new order into the book, over whatever was there about its kind and subject. */
export function placeOrder(
  book: Book,
  order: Override & { readonly isOver: boolean },
  node: string,
  moment: Moment,
): Changed {
  const orderedSec = Math.floor(moment.wallMs / 1000)
  const known = book.held.get(keyOf(order))?.override
  const keepUntilSec = known ? later(known.keepUntilSec, order.untilSec) : order.untilSec
  // With a version of its own it is always news.
  const version = (known?.version ?? 0) + 1
  return mergeEntry(book, { ...order, version, node, orderedSec, keepUntilSec }, moment)!
}

/** What is in force of one kind about exactly this subject, and not about its pool. */
export function findInForce(
  book: Book,
  subject: OverrideSubject & { readonly kind: OverrideKind },
  nowMs: number,
): Held | undefined {
  const held = book.held.get(keyOf(subject))
  return held && isInForce(held, nowMs) ? held : undefined
}

/** Whether the book has something of one kind about exactly this subject, in force or not. */
export function hasEntry(book: Book, subject: OverrideSubject & { readonly kind: OverrideKind }): boolean {
  return book.held.has(keyOf(subject))
}

/** All that is in force, by pool, those of whole pools first. */
export function allInForce(book: Book, nowMs: number): Held[] {
  const words = ({ override }: Held): string => `${poolKey(override)}\0${override.target ?? ''}\0${override.kind}`
  return [...book.held.values()].filter((held) => isInForce(held, nowMs)).sort((a, b) => (words(a) < words(b) ? -1 : 1))
}

/** What is in force on one target, or on a pool as a whole. */
export function inForceOn(book: Book, subject: OverrideSubject, nowMs: number): Held[] {
  return (book.byPool.get(poolKey(subject)) ?? []).filter(
    (held) => covers(held.override, subject) && isInForce(held, nowMs),
  )
}

export function effectOn(book: Book, subject: OverrideSubject, nowMs: number): Effect {
  const held = book.byPool.get(poolKey(subject))
  if (!held) return noEffect
  return effectOf(
    held.filter(({ override }) => covers(override, subject)),
    nowMs,
  )
}

export function entriesOf(book: Book): Entry[] {
  return Array.from(book.held.values(), ({ override }) => override)
}

/** Drops what no copy anywhere could bring back. */
export function forgetOld(book: Book, wallMs: number): void {
  for (const [key, { override }] of book.held) {
    if (override.keepUntilSec === undefined || 1000 * (override.keepUntilSec + GRACE_SEC) > wallMs) continue
    book.held.delete(key)
    index(book, override)
  }
}
