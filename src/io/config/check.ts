// A document against its schema: everything that is wrong with it, in one run, each mistake at its place in the file.
// zod is asked what is wrong and not how to say it: the words are made here and in explain.ts from the schema that complained.
// A schema's own `error` text stays, best in the form "expected …"; what was found is added where it does not say so.
// A custom issue may carry `params: { hint, at: 'key' }`.

import { z } from 'zod'
import { type Problem, printPath } from '../../core/base/problem.ts'
import { explainEach, type Mistake, type Reading, valueAt } from './explain.ts'
import { openMeanings } from './meaning.ts'
import type { SourceDocument } from './yaml.ts'

export interface Checked<Value> {
  /** Undefined if there is any mistake. */
  readonly value: Value | undefined
  /** Those of the document itself included. */
  readonly problems: readonly Problem[]
}

// Messages of schemas that have none of their own are this and the number of the raw issue, which knows the schema.
const MARK = '\u0000'

export function checkDocument<Value>(doc: SourceDocument, schema: z.ZodType<Value>): Checked<Value> {
  if (doc.data === undefined) return { value: undefined, problems: doc.problems }
  const raws: z.core.$ZodRawIssue[] = []
  const params = { error: (raw: z.core.$ZodRawIssue): string => `${MARK}${raws.push(raw) - 1}` }
  const result = schema.safeParse(doc.data, params)
  const reading: Reading = {
    data: doc.data,
    root: schema,
    meanings: openMeanings(),
    rawOf: ({ message }) => (message.startsWith(MARK) ? raws[Number(message.slice(1))] : undefined),
    issuesOf: (inner, value) => z.safeParse(inner, value, params).error?.issues ?? [],
  }
  const mistakes = result.success ? [] : explainEach(reading, result.error.issues, [])
  const found = withoutEchoes(mistakes).flatMap((mistake) => toProblem(doc, mistake) ?? [])
  const problems = unique([...doc.problems, ...found].sort((a, b) => a.line - b.line || a.col - b.col))
  return { value: result.success && problems.length === 0 ? result.data : undefined, problems }
}

// A misspelt key is one mistake: that the right one is missing goes without saying.
function withoutEchoes(mistakes: readonly Mistake[]): readonly Mistake[] {
  const meant = new Set<string>()
  for (const { path, meant: key } of mistakes)
    if (key !== undefined) meant.add(JSON.stringify([...path.slice(0, -1), key]))
  return mistakes.filter(({ path, missing }) => missing === undefined || !meant.has(JSON.stringify([...path, missing])))
}

function toProblem(doc: SourceDocument, mistake: Mistake): Problem | undefined {
  const origin = doc.origin(mistake.path)
  if (origin === 'missing') return undefined // that it could not be had is reported already
  const hide = origin === 'secret' ? hiding(valueAt(doc.data, mistake.path)) : (text: string): string => text
  const problem = {
    file: doc.file,
    ...doc.locate(mistake.path, mistake.at),
    path: printPath(mistake.path),
    message: hide(mistake.message),
    severity: 'error' as const,
  }
  return mistake.hint === undefined ? problem : { ...problem, hint: hide(mistake.hint) }
}

function hiding(value: unknown): (text: string) => string {
  const secret = String(value)
  if (secret === '') return (text) => text
  // Messages quote long values cut short, so everything after "found" goes.
  return (text) => text.replace(/found .*$/s, 'found something else (not shown)').replaceAll(secret, '…')
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ line, col, path, message }) => {
    const key = JSON.stringify([line, col, path, message])
    return !seen.has(key) && seen.add(key)
  })
}
