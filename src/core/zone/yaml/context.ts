// Where records of a YAML zone go, and how a mistake in one is told.

import type { Finding } from '../../base/problem.ts'
import type { RecordPlace, Records } from '../records.ts'

export type ConfigPath = readonly (string | number)[]

export interface YamlContext {
  /** The apex, absolute, in wire form. */
  readonly origin: Uint8Array
  /** TTL where a record has none of its own. */
  readonly ttlSec: number
  readonly records: Records
  readonly findings: Finding[]
  /** Where in the file a path of the document stands. */
  placeAt(path: ConfigPath): RecordPlace
}

export function report(context: YamlContext, path: ConfigPath, message: string, hint?: string): void {
  context.findings.push({ path, message, severity: 'error', ...(hint === undefined ? {} : { hint }) })
}

/** For a mistake in the last key of the path. */
export function reportKey(context: YamlContext, path: ConfigPath, message: string, hint?: string): void {
  context.findings.push({ path, at: 'key', message, severity: 'error', ...(hint === undefined ? {} : { hint }) })
}
