// A book of overrides as text, for the store and for the disk: JSON arrays, as for evidence. Whatever is read back is checked, and
// what fails is no book: a garbled order must not take a pool out.
//
//   ["overrides/1", node, answers, run, sequence, [[kind, scope, pool, target, version, node, isOver, id, author, why,
//     sinceSec, fadeSec, orderedSec, untilSec, keepUntilSec], …]]
//   answers, isOver: 1 or 0; target, untilSec, keepUntilSec: null where there is none

import { z } from 'zod'
import { MAX_FOR_SEC, MAX_TARGET, overrideKinds } from '../../core/health/override.ts'
import { type Entry, MAX_ENTRIES, type Replica } from '../../core/health/override-book.ts'
import { readJson } from './json-text.ts'

const TAG = 'overrides/1'

/** Characters. A full book of long words takes some three million. */
const MAX_ENCODED = 8_000_000

const name = z.string().min(1).max(255)
const flag = z.union([z.literal(0), z.literal(1)])
const count = z.int().min(0)
/** To the end of the year 9999: what is later can be no time, and not be printed as one. */
const seconds = z.int().min(0).max(253_402_300_799)

const encodedEntry = z
  .tuple([
    z.enum(overrideKinds),
    name,
    name,
    z.string().min(1).max(MAX_TARGET).nullable(),
    // Far above what people reach, and far below where counting on loses precision.
    z.int().min(1).max(1_000_000_000),
    name,
    flag,
    z.string().min(1).max(64),
    z.string().max(255),
    z.string().max(1000),
    seconds,
    z.int().min(0).max(MAX_FOR_SEC),
    seconds,
    seconds.nullable(),
    seconds.nullable(),
  ])
  .refine((encoded) => {
    const [kind] = encoded
    const [orderedSec, untilSec, keepUntilSec] = encoded.slice(-3) as [number, number | null, number | null]
    if (kind === 'return') return untilSec === null && keepUntilSec === null
    return (
      untilSec !== null && keepUntilSec !== null && untilSec <= keepUntilSec && untilSec - orderedSec <= MAX_FOR_SEC
    )
  })

const encodedReplica = z.tuple([z.literal(TAG), name, flag, count, count, z.array(encodedEntry).max(MAX_ENTRIES)])

/** The text, or undefined where it would be more than anyone reads. */
export function writeReplica({ node, answers, run, sequence, entries }: Replica): string | undefined {
  if (entries.length > MAX_ENTRIES) return undefined
  const text = JSON.stringify([TAG, node, answers ? 1 : 0, run, sequence, entries.map(writeEntry)])
  return text.length <= MAX_ENCODED ? text : undefined
}

/** Never throws: undefined where the text is no book as this version writes it. */
export function readReplica(text: string): Replica | undefined {
  const checked = encodedReplica.safeParse(readJson(text, MAX_ENCODED))
  if (!checked.success) return undefined
  const [, node, answers, run, sequence, entries] = checked.data
  return { node, answers: answers === 1, run, sequence, entries: entries.map(readEntry) }
}

function writeEntry(entry: Entry): z.input<typeof encodedEntry> {
  const { kind, scope, pool, target, version, node, isOver, id, author, why } = entry
  const { sinceSec, fadeSec, orderedSec, untilSec, keepUntilSec } = entry
  const words = [id, author, why] as const
  const times = [sinceSec, fadeSec, orderedSec, untilSec ?? null, keepUntilSec ?? null] as const
  return [kind, scope, pool, target ?? null, version, node, isOver ? 1 : 0, ...words, ...times]
}

function readEntry(encoded: z.output<typeof encodedEntry>): Entry {
  const [kind, scope, pool, target, version, node, isOver, id, author, why, ...times] = encoded
  const [sinceSec, fadeSec, orderedSec, untilSec, keepUntilSec] = times
  return {
    kind,
    scope,
    pool,
    target: target ?? undefined,
    version,
    node,
    isOver: isOver === 1,
    id,
    author,
    why,
    sinceSec,
    fadeSec,
    orderedSec,
    untilSec: untilSec ?? undefined,
    keepUntilSec: keepUntilSec ?? undefined,
  }
}
