// Problems as they are collected while a zone is read or checked. The list is bounded: a file of a million bad lines, such as one
// in another format, should cost one look and not the memory.

import { isError, type Place, type Problem } from '../base/problem.ts'

const MAX_LISTED = 1000

export interface ProblemList {
  readonly listed: Problem[]
  unlistedErrors: number
  unlistedWarnings: number
}

export function openProblemList(): ProblemList {
  return { listed: [], unlistedErrors: 0, unlistedWarnings: 0 }
}

export function addError(list: ProblemList, place: Place, message: string, hint?: string): void {
  addProblem(list, 'error', place, message, hint)
}

export function addWarning(list: ProblemList, place: Place, message: string, hint?: string): void {
  addProblem(list, 'warning', place, message, hint)
}

function addProblem(
  list: ProblemList,
  severity: Problem['severity'],
  { file, line, col }: Place,
  message: string,
  hint: string | undefined,
): void {
  // The first error is always listed, or a thousand warnings could make a broken zone look sound.
  const isFull = list.listed.length >= MAX_LISTED
  if (!isFull || (severity === 'error' && list.unlistedErrors === 0 && !list.listed.some(isError))) {
    list.listed.push({ file, line, col, path: '', message, severity, ...(hint === undefined ? {} : { hint }) })
  } else if (severity === 'error') list.unlistedErrors++
  else list.unlistedWarnings++
}

/** What was collected, in order, with a last line for what was left out. */
export function closeProblemList(list: ProblemList, file: string): Problem[] {
  const { listed, unlistedErrors, unlistedWarnings } = list
  if (unlistedErrors + unlistedWarnings === 0) return listed
  const severity = unlistedErrors > 0 ? 'error' : 'warning'
  const message = `${unlistedErrors} more errors and ${unlistedWarnings} more warnings are not shown`
  return [...listed, { file, line: 0, col: 0, path: '', message, severity }]
}
