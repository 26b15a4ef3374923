// Reading the operator's files for a Plan: each once, each remembered for watching and for the hash of the configuration.

import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { printPath } from '../core/base/problem.ts'
import type { Origin } from '../core/steer/config.ts'
import { checkDocument } from '../io/config/check.ts'
import type { Records } from '../core/zone/records.ts'
import type { NamedService } from '../core/zone/yaml/records.ts'
import { readText, type Reference } from '../io/config/files.ts'
import { fillSecrets } from '../io/config/secrets.ts'
import { readDocument } from '../io/config/yaml.ts'
import type { Ledger } from './plan.ts'
import { salvage } from './salvage.ts'

/** What is read along the way. */
export interface Reading extends Ledger {
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

export function openReading(): Reading {
  return {
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
