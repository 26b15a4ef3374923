// The evidence that a node holds, as text for its own disk: one JSON value a line, written and read line by line, because with 10 000
// targets and several probers there are megabytes of it. What each prober said is written as in the store (encoding.ts).
//
//   ["evidence-snapshot/1", node, when, lines]            lines: how many follow
//   ["evidence/3", …]                                     one prober
//   ["ages", heard, [[heard, changed, flipped, mass], …]]    and what its sightings do not tell
//   ["verdicts", [[subject, state, since, turned, before, freshFor, [[region, word], …]], …]]
//   ["shown", [[row, shown, [[region, shown], …]], …]]    shown: [state, since, found, foundSince]; of pools with a minimum dwell
//   ["checks", [[subject, digest], …]]                    what this node's own prober looked after, and by which check
//
// All times are ages in milliseconds at the moment of writing; null: not known.

import { z } from 'zod'
import type { KeptShown, KeptVerdict, KeptWitness } from '../../core/health/memory.ts'
import { readEvidence, writeEvidence } from './encoding.ts'
import { readJson } from './json-text.ts'

const TAG = 'evidence-snapshot/1'
/** Entries in one line: what is made or read at one go. */
const CHUNK = 2000

/** When it was written, by the clocks of the host. */
export interface Moment {
  /** Unix milliseconds. */
  readonly wallMs: number
  /** Of a clock that runs from the start of the host on and never jumps, and which start that was; undefined where there is none. */
  readonly boot: { readonly id: string; readonly ms: number } | undefined
}

export interface KeptRow {
  readonly row: string
  readonly verdict: KeptShown
  readonly regions: readonly (readonly [region: string, shown: KeptShown])[]
}

export interface EvidenceSnapshot {
  readonly node: string
  readonly at: Moment
  readonly witnesses: readonly KeptWitness[]
  readonly verdicts: readonly KeptVerdict[]
  readonly rows: readonly KeptRow[]
  readonly checks: readonly (readonly [subject: string, digest: string])[]
}

/** The lines after the first, each when it is asked for; the caller may do something else between them. */
export function* writeParts(parts: {
  readonly witnesses: Iterable<KeptWitness>
  readonly verdicts: Iterable<KeptVerdict>
  readonly rows: Iterable<KeptRow>
  readonly checks: Iterable<readonly [string, string]>
}): Generator<string> {
  for (const { evidence, heardAgeMs, ages } of parts.witnesses) {
    const text = writeEvidence(evidence)
    if (text === undefined) continue
    yield text
    const rest = ages.map(({ heardMs, changedMs, flippedMs, isMass }) => [
      heardMs,
      changedMs,
      flippedMs ?? null,
      isMass ? 1 : 0,
    ])
    yield JSON.stringify(['ages', heardAgeMs, rest])
  }
  for (const chunk of inChunks(parts.verdicts)) yield JSON.stringify(['verdicts', chunk.map(verdictTuple)])
  for (const chunk of inChunks(parts.rows)) yield JSON.stringify(['shown', chunk.map(rowTuple)])
  for (const chunk of inChunks(parts.checks)) yield JSON.stringify(['checks', chunk])
}

export function writeHead(node: string, { wallMs, boot }: Moment, lines: number): string {
  return JSON.stringify([TAG, node, [wallMs, boot?.id ?? null, boot?.ms ?? null], lines])
}

function* inChunks<T>(all: Iterable<T>): Generator<T[]> {
  let chunk: T[] = []
  for (const each of all) {
    if (chunk.push(each) < CHUNK) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function verdictTuple({ subject, state, sinceMs, turnedMs, beforeMs, freshForMs, lastWords }: KeptVerdict): unknown[] {
  return [subject, state, sinceMs, turnedMs ?? null, beforeMs ?? null, freshForMs ?? null, lastWords]
}

function rowTuple({ row, verdict, regions }: KeptRow): unknown[] {
  return [row, shownTuple(verdict), regions.map(([region, shown]) => [region, shownTuple(shown)])]
}

function shownTuple({ state, sinceMs, found, foundMs }: KeptShown): unknown[] {
  return [state, sinceMs ?? null, found, foundMs ?? null]
}

const age = z.number().min(0)
const some = age.nullable().transform((value) => value ?? undefined)
const signed = z
  .number()
  .nullable()
  .transform((value) => value ?? undefined)
const name = z.string().min(1).max(255)
const subject = z.string().min(1).max(600)
const state = z.enum(['up', 'down', 'unknown'])
const shown = z
  .tuple([state, some, state, some])
  .transform(([now, sinceMs, found, foundMs]): KeptShown => ({ state: now, sinceMs, found, foundMs }))
const head = z.tuple([
  z.literal(TAG),
  name,
  z.tuple([z.number(), z.string().max(255).nullable(), age.nullable()]),
  z.int().min(0),
])
const ageLine = z.tuple([z.literal('ages'), age, z.array(z.tuple([age, age, some, z.literal([0, 1])]))])
const verdictLine = z.tuple([
  z.literal('verdicts'),
  z.array(z.tuple([subject, state, age, some, some, signed, z.array(z.tuple([name, state])).max(1000)])),
])
const shownLine = z.tuple([
  z.literal('shown'),
  z.array(z.tuple([z.string().max(2000), shown, z.array(z.tuple([name, shown])).max(1000)])),
])
const checkLine = z.tuple([z.literal('checks'), z.array(z.tuple([subject, z.string().max(100)]))])

/** Never throws: undefined where the text is not a whole snapshot as this version writes it. */
export function readSnapshot(text: string): EvidenceSnapshot | undefined {
  const lines = text.split('\n')
  const first = head.safeParse(readJson(lines[0]!))
  // The last line ends as well.
  if (!first.success || lines.at(-1) !== '' || lines.length !== first.data[3] + 2) return undefined
  const [, node, [wallMs, bootId, bootMs]] = first.data
  const boot = bootId === null || bootMs === null ? undefined : { id: bootId, ms: bootMs }
  const witnesses: KeptWitness[] = []
  const verdicts: KeptVerdict[] = []
  const rows: KeptRow[] = []
  const checks: (readonly [string, string])[] = []
  for (let i = 1; i < lines.length - 1; i++) {
    const line = lines[i]!
    const evidence = line.startsWith('["evidence/') ? readEvidence(line) : undefined
    if (evidence) {
      const rest = ageLine.safeParse(readJson(lines[++i] ?? ''))
      if (!rest.success || rest.data[2].length !== evidence.sightings.length) return undefined
      const ages = rest.data[2].map(([heardMs, changedMs, flippedMs, isMass]) => ({
        heardMs,
        changedMs,
        flippedMs,
        isMass: isMass === 1,
      }))
      witnesses.push({ evidence, heardAgeMs: rest.data[1], ages })
      continue
    }
    const value = readJson(line)
    const found = verdictLine.safeParse(value)
    const held = shownLine.safeParse(value)
    const looked = checkLine.safeParse(value)
    if (found.success) verdicts.push(...found.data[1].map(readVerdict))
    else if (held.success) rows.push(...held.data[1].map(([row, verdict, regions]) => ({ row, verdict, regions })))
    else if (looked.success) checks.push(...looked.data[1])
    else return undefined
  }
  return { node, at: { wallMs, boot }, witnesses, verdicts, rows, checks }
}

function readVerdict([subject, state, sinceMs, turnedMs, beforeMs, freshForMs, lastWords]: z.output<
  typeof verdictLine
>[1][number]): KeptVerdict {
  return { subject, state, sinceMs, turnedMs, beforeMs, freshForMs, lastWords }
}
