// push: the application reports itself, through the admin HTTP of a node that probes. Nothing is asked: a report is a result like
// that of a probe, and when none has come for `silence`, that is a failure. See pushed.ts.

import { z } from 'zod'
import { duration } from '../../core/base/schema.ts'
import type { ParsedCheck } from './check.ts'

export const PUSH = 'push'

export interface PushSettings {
  readonly token: string
  /** Milliseconds. */
  readonly silence: number
  readonly of: number
}

export const pushConfig = z
  .strictObject({
    token: z
      .string()
      .min(16, 'expected a token of at least 16 characters')
      .regex(/^[\x21-\x7e]*$/, 'expected a token of printable characters without blanks')
      .meta({ description: 'who has it may report, and nothing else; better in token_file or ${ENV}', secret: true }),
    silence: duration({ atLeastMs: 3000, atMostMs: 3_600_000 })
      .prefault('30s')
      .meta({ description: 'without a report for so long, the target is down' }),
    of: z.number().positive().max(1e15).default(1).meta({ description: 'the load that means full' }),
  })
  .meta({ description: 'reports that the application itself sends' })

/** Undefined for every other check. */
export function pushOf({ type, settings }: ParsedCheck): PushSettings | undefined {
  return type === PUSH ? (settings as PushSettings) : undefined
}

/**
 * The interval that readers judge freshness by. Evidence is fresh for three of them: a node that is lost with the reports it took
 * is silent as late as an application would be.
 */
export function pushIntervalMs({ silence }: PushSettings): number {
  return Math.max(1000, Math.round(silence / 3))
}
