// Bodies of requests: what they are made of, and what is wrong with one, on one line.

import { z } from 'zod'
import { printFound } from '../../core/base/found.ts'
import { printPath } from '../../core/base/problem.ts'

/** `subjects: expected a list …; for: expected a duration …`. */
export function printIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .map((issue) => {
      const path = printPath(issue.path as (string | number)[])
      return path === '' ? messageOf(issue) : `${path}: ${messageOf(issue)}`
    })
    .join('; ')
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown ${issue.keys.map((key) => printFound(key)).join(', ')}`
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `expected a ${issue.expected === 'object' ? 'map' : issue.expected}`
  return issue.message
}

/** One line that can be shown anywhere. */
export const line = (what: string, most: number) =>
  z
    .string({ error: `expected ${what}` })
    .trim()
    .min(1, `expected ${what}, found an empty text`)
    .max(most, `expected at most ${most} characters`)
    // Control characters, line breaks of Unicode, and what turns the direction of writing.
    .regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u, 'expected one line without control characters')
