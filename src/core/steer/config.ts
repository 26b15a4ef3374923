// Schemas of pools and services, and the plain data they become.

import { z } from 'zod'
import { printFound } from '../base/found.ts'
import { address, duration, endpoint, label, percent, weight } from '../base/schema.ts'
import { positionConfig } from '../geo/position.ts'
import { branchConfig } from './index.ts'
import { type Branch, MAX_CHOSEN, type Path } from './policy.ts'

function rdataText(description: string) {
  return z
    .string({ error: ({ input }) => `expected the text of a record, found ${printFound(input)}` })
    .optional()
    .meta({ description })
}

/** What a target can be: exactly one of these keys. */
export const targetKinds = ['address', 'cname', 'https', 'svcb', 'srv', 'mx', 'txt'] as const

export const targetConfig = z
  .strictObject({
    address: address().optional().describe('the address that clients get; or one of the other kinds below'),
    cname: rdataText('the name that clients are sent to, such as `lb.example.net.`'),
    https: rdataText(
      'an HTTPS record, such as `1 . alpn=h2,h3 ipv4hint=auto`; `auto` names the usable addresses of the pool',
    ),
    svcb: rdataText('an SVCB record, such as `1 svc.example.net. alpn=h3`; hints as for https'),
    srv: rdataText('an SRV record: priority, weight, port and host, such as `10 5 443 host`'),
    mx: rdataText('an MX record, such as `10 mail`'),
    txt: rdataText('the text of a TXT record'),
    weight: weight().default(1).describe('its share of the pool'),
    probe_at: endpoint()
      .optional()
      .describe(
        'where it is probed, when that is not its own address and the port of the check; without it a target that is no address is up while the addresses of its pool are, or always',
      ),
    drained: z.boolean().default(false).describe('no new answers name it'),
  })
  .superRefine((target, context) => {
    const given = targetKinds.filter((kind) => target[kind] !== undefined)
    // A key with a typo in it is a mistake already told, and probably the one that is missing.
    if (given.length === 1 || context.issues.length > 0) return
    const found = given.length === 0 ? 'none' : given.join(' and ')
    const message = `expected one of ${targetKinds.slice(0, -1).join(', ')} or ${targetKinds.at(-1)}, found ${found}`
    context.addIssue({ code: 'custom', message })
  })

export const poolConfig = z.strictObject({
  region: label().optional().describe('the region it stands in'),
  at: positionConfig.optional(),
  check: label().optional().describe('the check that decides whether its targets are up; without one they always are'),
  answers: z
    .int()
    .min(1)
    .max(MAX_CHOSEN)
    .optional()
    .describe('targets in one answer at most; default: 4 where all weigh the same, else 1; of a CNAME always 1'),
  min_healthy: percent()
    .prefault('50%')
    .describe('how much of its weight must be up for it to be used; below that it counts as down'),
  min_dwell: duration({ atMostMs: 86_400_000 })
    .prefault('0s')
    .describe(
      'how long each of its targets at least stays up or down once that has changed, whatever is found meanwhile',
    ),
  capacity: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('what it can carry, in any unit that all pools share: requests a second, say; spilling respects it'),
  drained: z.boolean().default(false).describe('no new answers name any of its targets'),
  targets: z.array(targetConfig).min(1),
})

export const serviceConfig = z.strictObject({
  ttl: duration({ atMostMs: 7 * 86_400_000 })
    .default(30_000)
    .describe('TTL of its answers at most'),
  min_ttl: duration({ atMostMs: 7 * 86_400_000 })
    .optional()
    .describe(
      'TTL of its answers at least, however soon a check could change them; default: 10s, or `ttl` if that is less',
    ),
  all_down: label()
    .default('open')
    .describe(
      'what to answer when nothing is usable: `open` answers with everything, `closed` with SERVFAIL, the name of a pool with that pool whatever its state',
    ),
  regional: z
    .boolean()
    .default(false)
    .describe(
      'whether a client is answered by what the vantage region nearest to him says of a target, while that is fresh, in the place of the verdict',
    ),
  steer: branchConfig,
})

export type PoolConfig = z.infer<typeof poolConfig>
export type ServiceConfig = z.infer<typeof serviceConfig>

/** Where something was configured: which document, and the path in it. */
export interface Origin {
  readonly document: number
  readonly path: Path
}

/** Hints of a HTTPS or SVCB target for one family: the addresses of its pool, or those of the targets with these indexes. */
export type HintPlan = 'auto' | readonly number[]

export interface TargetPlan {
  readonly text: string
  readonly type: number
  /** Without the hints that are written with the answer. */
  readonly rdata: Uint8Array
  readonly hints?: { readonly v4: HintPlan; readonly v6: HintPlan } | undefined
  /** Up while the addresses of its pool are. */
  readonly follows?: boolean
  readonly weight: number
  /** Row of the board, NO_ROW for a target that nothing can take down. */
  readonly row: number
}

export interface PoolPlan {
  readonly name: string
  readonly region: string | undefined
  /** Unit vector of where it stands. */
  readonly at: readonly [number, number, number] | undefined
  readonly answers: number | undefined
  /** Per mille. */
  readonly minHealthy: number
  /** 0: not declared. */
  readonly capacity: number
  readonly targets: readonly TargetPlan[]
  readonly origin: Origin
}

export interface ServicePlan {
  readonly name: string
  readonly ttlSec: number
  readonly minTtlSec: number
  /** `open`, `closed` or the name of a pool; `open` where it is left out. */
  readonly allDown?: string
  /** Clients are answered by the word of their own vantage region. */
  readonly regional?: boolean
  readonly steer: Branch
  readonly origin: Origin
}
