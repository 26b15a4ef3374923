// What one complaint of zod's wants, and the words for a value that is not that.

import type { z } from 'zod'
import { printFound } from '../../core/base/found.ts'
import { didYouMean } from '../../core/base/suggest.ts'
import type { Issue } from './alternatives.ts'
import { choicesOf, printExpectation } from './expectation.ts'
import type { Schema } from './meaning.ts'

export interface Words {
  readonly message: string
  readonly hint?: string | undefined
}

export interface Wish {
  /** What follows "expected"; undefined where a message says it in another way. */
  readonly wants: string | undefined
  readonly choices: readonly string[]
  /** A hint that the message itself had: in brackets at its end, or after a semicolon. */
  readonly way: string | undefined
}

type Raw = z.core.$ZodRawIssue | undefined

// Which text, or how long a list, is worth a word only where there is one.
const kinds: Readonly<Record<string, string>> = { string: 'text', array: 'a list' }

/** `raw` is undefined where the schema has a message of its own. */
export function wishOf(issue: Issue, raw: Raw): Wish {
  if (!raw) {
    const said = /^expected (.*?)(?:; (.*?))?(?:, found .*?)?(?: \(([^()]*)\))?$/s.exec(issue.message)
    return { wants: said?.[1], choices: [], way: said?.[3] ?? said?.[2] }
  }
  const schema = raw.schema ?? (raw.inst as Schema | undefined)
  if (!schema) return { wants: undefined, choices: [], way: undefined }
  const kind = issue.code === 'invalid_type' ? kinds[issue.expected] : undefined
  return { wants: kind ?? printExpectation(schema), choices: choicesOf(schema), way: undefined }
}

export function explainMismatch(issue: Issue, raw: Raw, value: unknown): Words {
  const { wants, choices, way } = wishOf(issue, raw)
  if (wants === undefined) return { message: issue.message }
  const hint = way ?? listHint(issue, value) ?? hintFor(value, choices, wants === 'text')
  return { message: `expected ${wants}, found ${printFoundBy(issue, value)}`, hint }
}

// One where several are possible is the likeliest slip.
function listHint(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== 'invalid_type' || issue.expected !== 'array') return undefined
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
  return `write ${/^[\w./-][\w ./-]{0,40}$/.test(text) ? `[${text}]` : 'it in [ ]'}`
}

// Where the size is what is wrong, the size is what was found.
function printFoundBy(issue: Issue, value: unknown): string {
  const isSize = (issue.code === 'too_small' || issue.code === 'too_big') && Array.isArray(value) && value.length > 0
  return isSize ? `a list of ${value.length}` : printFound(value)
}

/** Did you mean one of these words, or to quote it? */
export function hintFor(value: unknown, choices: readonly string[], isTextWanted: boolean): string | undefined {
  if (typeof value === 'string') return didYouMean(value, choices)
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  return isTextWanted || choices.includes(String(value)) ? 'quote it' : undefined
}
