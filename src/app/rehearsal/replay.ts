// A query log through two configurations, with the same dice at the same time: every answer that differs. A change of the file
// moves the nodes of a tree, and with them the dice; where a client has the same odds as before, that alone is no difference.

import { type Asker, openAsker, type Reply, requestFor } from './ask.ts'
import type { Kind, Pair } from './difference.ts'
import { type LoggedQuery, openQueryReader } from './query-log.ts'
import { linesOf } from './response-lines.ts'
import { isSameAnswer, openSharer, type Sharer } from './shares.ts'
import type { Stage } from './stage.ts'

/** What one side answered. */
export interface Side {
  /** The pools, or undefined where no service answered. */
  readonly pools: readonly string[] | undefined
  readonly records: readonly string[]
  readonly ttlSec: number
  readonly scope: number
}

export interface Replayed {
  readonly line: number
  readonly query: LoggedQuery
  readonly kinds: readonly Kind[]
  readonly old: Side
  readonly new: Side
}

export interface ReplayCounts {
  queries: number
  different: number
  /** Fell elsewhere by the dice alone. */
  dice: number
  bad: number
}

export interface ReplayOptions {
  readonly nowSec: number
  found(replayed: Replayed): void
  bad(line: number, message: string): void
  progress(queries: number): void
}

export function replay(stages: Pair<Stage>, lines: Iterable<string>, options: ReplayOptions): ReplayCounts {
  const { nowSec } = options
  const counts: ReplayCounts = { queries: 0, different: 0, dice: 0, bad: 0 }
  const askers = { old: openAsker(stages.old), new: openAsker(stages.new) }
  const sharers = { old: openSharer(openAsker(stages.old), nowSec), new: openSharer(openAsker(stages.new), nowSec) }
  const reader = openQueryReader()
  let line = 0
  for (const text of lines) {
    line++
    const query = reader.read(text)
    if (query === undefined) continue
    if (typeof query === 'string') {
      counts.bad++
      options.bad(line, query)
      continue
    }
    counts.queries++
    if (counts.queries % 1000 === 0) options.progress(counts.queries)
    const found = compare(askers, query, nowSec)
    if (found === undefined) continue
    if (isDiceAlone(sharers, query, found)) counts.dice++
    else {
      counts.different++
      options.found({ line, query, ...found })
    }
  }
  return counts
}

type Compared = Pick<Replayed, 'kinds' | 'old' | 'new'> & { readonly isSteered: boolean }

function compare(askers: Pair<Asker>, query: LoggedQuery, nowSec: number): Compared | undefined {
  const request = requestFor(query.wire, query.code, query.subnet, query.address)
  const before = askers.old.ask(request, query.address, nowSec)
  const after = askers.new.ask(request, query.address, nowSec)
  if (Buffer.compare(before.bytes, after.bytes) === 0) return undefined
  const [old, fresh] = [sideOf(before, query.code), sideOf(after, query.code)]
  const kinds: Kind[] = []
  if (old.records.join('\n') !== fresh.records.join('\n')) kinds.push('answer')
  if (old.ttlSec !== fresh.ttlSec) kinds.push('ttl')
  if (old.scope !== fresh.scope) kinds.push('scope')
  if (kinds.length === 0) return undefined
  return { kinds, old, new: fresh, isSteered: before.isSteered && after.isSteered }
}

function sideOf(reply: Reply, type: number): Side {
  const { isSteered, given, pool, scope, ttlSec, bytes } = reply
  if (!isSteered || given.length === 0) {
    // The TTL stands in the lines.
    return {
      pools: isSteered && pool !== undefined ? [pool] : undefined,
      records: linesOf(bytes, type),
      ttlSec: 0,
      scope,
    }
  }
  const pools = [...new Set(given.map((each) => each.pool ?? ''))]
  return { pools, records: given.map(({ label }) => label).sort(), ttlSec, scope }
}

function isDiceAlone(sharers: Pair<Sharer>, query: LoggedQuery, { kinds, isSteered }: Compared): boolean {
  // The dice are keyed by the prefix of the scope.
  if (!isSteered || kinds[0] !== 'answer' || kinds.includes('ttl')) return false
  const request = requestFor(query.wire, query.code, query.subnet, query.address)
  const key = `${query.name.toLowerCase()} ${query.code}`
  const before = sharers.old.sharesFor(key, request, query.address).shares
  const after = sharers.new.sharesFor(key, request, query.address).shares
  return isSameAnswer(before, after)
}
