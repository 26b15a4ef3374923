// What is remembered while a master file is read: over all its included files, and within each.

import type { Place } from '../../base/problem.ts'
import type { Token } from '../../wire/text.ts'
import type { ProblemList } from '../problem-list.ts'
import type { Records } from '../records.ts'
import type { ReadPiece } from './lexer.ts'

/** Reads a file for $INCLUDE; the path is relative to where the first file's path is. A problem says what was found instead. */
export type ReadFile = (path: string) => { readonly text: string | ReadPiece } | { readonly problem: string }

/** What lasts over all files of one zone. */
export interface Reading {
  readonly records: Records
  readonly problems: ProblemList
  readonly readFile: ReadFile
  /** −1 where there is none: $TTL, the last TTL that was written, the SOA's minimum, and that of who includes the file. */
  defaultTtl: number
  lastTtl: number
  soaMinimum: number
  readonly fallbackTtl: number
  includes: number
  /** Records of $GENERATE. */
  generated: number
}

/** What lasts within one file. */
export interface Source {
  readonly file: string
  /** The files that include it, outermost first. */
  readonly within: readonly string[]
  origin: Uint8Array
  /** Undefined before the first owner, and after one that could not be read. */
  owner: Uint8Array | undefined
  /** As it was written, so that a run of equal owners is parsed once. */
  ownerText: string
  isOwnerLost: boolean
}

export function placeOfToken(source: Source, token: Token): Place {
  return { file: source.file, line: token.line, col: token.col }
}

/** The token's place, or just behind the last one where it is missing. */
export function placeAtIndex(source: Source, tokens: readonly Token[], index: number): Place {
  const token = tokens[index]
  if (token !== undefined) return placeOfToken(source, token)
  const last = tokens.at(-1)!
  return { file: source.file, line: last.line, col: last.col + last.text.length + (last.isQuoted ? 2 : 0) }
}
