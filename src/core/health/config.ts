// How verdicts are made, as an operator writes it.

import { z } from 'zod'
import { percent } from '../base/schema.ts'
import type { Voting } from './tally.ts'

export const votingConfig = z
  .union([
    z.enum(['majorities', 'majority']),
    z.strictObject({ share: percent() }),
    z.strictObject({ down: z.int().min(1).max(64) }),
  ])
  .meta({
    description:
      '`majorities`: as most regions say, each by most of its probers; `majority`: by most of all probers, those of a region sharing one vote; `share`: up where more than so much of the votes says so; `down`: down as soon as so many regions say so',
  })

export const unknownConfig = z
  .enum(['up', 'down'])
  .meta({ description: 'what a target counts as while nothing is known of it, or no longer' })

/** As `tally` wants it. */
export function votingOf(config: z.infer<typeof votingConfig>): Voting {
  if (typeof config === 'string') return { by: config }
  return 'share' in config ? { by: 'share', perMille: config.share } : { by: 'down', regions: config.down }
}
