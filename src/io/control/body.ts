// What is wrong with the body of a request, on one line.

import type { z } from 'zod'
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
