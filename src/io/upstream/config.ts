// `alias:` in meridian.yaml: who is asked for what ALIAS records lead to, how often, and for how long an answer serves.

import { z } from 'zod'
import { duration, endpoint } from '../../core/base/schema.ts'

const DAY_MS = 86_400_000

export const aliasConfig = z
  .strictObject({
    resolvers: z
      .array(endpoint())
      .min(1)
      .max(8)
      .optional()
      .describe('resolvers, the next one where one fails; default: the nameserver lines of /etc/resolv.conf'),
    timeout: duration({ atLeastMs: 100, atMostMs: 30_000 })
      .prefault('2s')
      .describe('how long one resolver may take for one answer'),
    min_ttl: duration({ atLeastMs: 1000, atMostMs: 3_600_000 })
      .prefault('5s')
      .describe('a target is asked for no more often than this, and no answer has a shorter TTL'),
    max_ttl: duration({ atLeastMs: 1000, atMostMs: 7 * DAY_MS })
      .prefault('1h')
      .describe('a target is asked for at least this often, whatever its TTL'),
    keep: duration({ atMostMs: 365 * DAY_MS })
      .prefault('3d')
      .describe(
        'how long the last answer serves after its TTL while no resolver gives a newer one; after that SERVFAIL',
      ),
  })
  .superRefine(({ min_ttl, max_ttl }, context) => {
    if (min_ttl <= max_ttl) return
    context.addIssue({ code: 'custom', message: 'expected no less than min_ttl', path: ['max_ttl'] })
  })
