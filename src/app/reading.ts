// Reading the operator's files for a Plan: each once, each remembered for watching and for the hash of the configuration.

import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { type Problem, printPath } from '../core/base/problem.ts'
import type { Origin } from '../core/steer/config.ts'
import type { ReadPiece } from '../core/zone/master/lexer.ts'
import type { Records } from '../core/zone/records.ts'
import { checkDocument } from '../io/config/check.ts'
import type { NamedService } from '../core/zone/yaml/records.ts'
import { readText, type Reference } from '../io/config/files.ts'
import { openPieces } from '../io/config/pieces.ts'
import { fillSecrets } from '../io/config/secrets.ts'
import { readDocument } from '../io/config/yaml.ts'
import type { LogLevel } from '../io/telemetry/log.ts'
import type { LoadProgress } from './load-progress.ts'
import type { Ledger } from './plan.ts'
import { salvage } from './salvage.ts'

/** What is read along the way. */
export interface Reading extends Ledger {
  /** Told of each piece of a large file, and of each zone. */
  readonly onProgress: ((progress: LoadProgress) => void) | undefined
  /** Zones, and their records; and the log's level, once it is known. */
  readonly done: { zones: number; records: number; level: LogLevel }
  readonly watched: Set<string>
  /** Over everything read: nodes with the same hash have the same configuration. */
  readonly hash: ReturnType<typeof createHash>
  /** Told of each zone that has no mistake, while its records are at hand. */
  onZone: ((zone: ReadZone) => void) | undefined
}

/** A zone as its files have it. */
export interface ReadZone {
  /** Without the final dot. */
  readonly name: string
  readonly apex: Uint8Array
  readonly records: Records
  readonly services: readonly NamedService[]
}

export function openReading(onProgress?: Reading['onProgress']): Reading {
  return {
    onProgress,
    done: { zones: 0, records: 0, level: 'info' },
    documents: [],
    problems: [],
    rows: [],
    subjects: new Map(),
    regionsAt: new Map(),
    poolTtls: new Map(),
    mayRun: true,
    watched: new Set(),
    hash: createHash('sha256'),
    onZone: undefined,
  }
}

/** Reads a YAML file and what it takes from outside; its number in the ledger, or undefined where it cannot be read at all. */
export function openDocument(reading: Reading, file: string, schema: z.ZodType, from?: Origin): number | undefined {
  const text = readFile(reading, file, from)
  if (text === undefined) return undefined
  const document = fillSecrets(readDocument(file, text), schema, { env: process.env, readText })
  return reading.documents.push({ ...document, cuts: [], original: (path) => path }) - 1
}

/** The text of a file; undefined, and a problem where it was named, where it cannot be read. */
export function readFile(reading: Reading, file: string, from?: Origin): string | undefined {
  reading.watched.add(file)
  const { text, problem } = readText(file, from && referenceOf(reading, from))
  if (problem) {
    reading.problems.push(problem)
    return undefined
  }
  reading.hash.update(`${file}\0${text}\0`)
  return text
}

const MB = 1_000_000

/**
 * The text of a master file, piece by piece; `records` grow with it. What is wrong with the file as a whole is a problem where it
 * was named. `close` once it has been read.
 */
export function openMaster(reading: Reading, file: string, records: Records, from?: Origin): OpenedMaster {
  reading.watched.add(file)
  const onRead = (bytes: number, of: number): void => {
    const size = of > 0 ? `${Math.round(bytes / MB)} of ${Math.round(of / MB)} MB` : `${Math.round(bytes / MB)} MB`
    say(reading, records, `${file}: ${size}`)
  }
  const { pieces, problem } = openPieces(file, { ...(from && { from: referenceOf(reading, from) }), onRead })
  if (problem) return { problem }
  return { read: pieces.read, close: () => void reading.hash.update(`${file}\0${pieces.hash()}\0`) }
}

type OpenedMaster =
  | { readonly read: ReadPiece; readonly close: () => void; readonly problem?: never }
  | { readonly problem: Problem }

/** Tells how far a zone is whose records these are. */
export function say({ onProgress, done }: Reading, records: Records, step: string): void {
  onProgress?.({ ...done, records: done.records + records.count, step })
}

export function referenceOf(reading: Reading, { document, path }: Origin): Reference {
  const { file, locate, original } = reading.documents[document]!
  return { file, ...locate(original(path)), path: printPath(original(path)) }
}

/** A document's value, or what can be saved of it: the ledger then knows what was cut out. Its problems go to the ledger. */
export function checkAgainst<Value>(
  reading: Reading,
  number: number,
  schema: z.ZodType<Value>,
): { value?: Value; partial?: Value } {
  const document = reading.documents[number]!
  const { value, problems } = checkDocument(document, schema)
  reading.problems.push(...problems)
  if (value !== undefined) return { value }
  const saved = document.data === undefined ? undefined : salvage(document.data ?? {}, schema)
  if (!saved) return {}
  const { value: partial, cuts, original } = saved
  reading.documents[number] = { ...document, cuts, original }
  return { partial }
}

/** A path that stands in `file`, from the folder that `file` is in. */
export function beside(file: string, path: string): string {
  return path.startsWith('/') ? path : join(dirname(file), path)
}
