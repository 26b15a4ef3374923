// What a node shows of ALIAS targets: in `/status`, in metrics, and as reasons.

import { printEndpoint } from '../core/base/address.ts'
import { counter, type Family, gauge } from '../io/telemetry/metrics.ts'
import { addressesOf, type Aliases, type Known, typeText } from './aliases.ts'
import type { AliasPlan } from './alias-plan.ts'

export interface AliasStatus {
  readonly target: string
  readonly type: 'A' | 'AAAA'
  /** The names that have its addresses. */
  readonly owners: readonly string[]
  readonly state: State
  readonly addresses: readonly string[]
  /** Since the answer was given. */
  readonly ageSec?: number
  /** What is left of its time; less than 0 where it is over. */
  readonly leftSec?: number
  readonly resolver?: string | undefined
  /** Why nobody says anything newer. */
  readonly failing?: string
  readonly failingSec?: number
}

const stateNames = ['pending', 'failed', 'addresses', 'nothing', 'nowhere'] as const
/** stale: the time of the last answer is over, and nobody says anything newer. expired: for so long that it is not used. */
export type State = (typeof stateNames)[number] | 'stale' | 'expired'
const states: readonly State[] = [...stateNames, 'stale', 'expired']

export function describeAliases(aliases: Aliases, plan: AliasPlan, wallMs: number): AliasStatus[] {
  const owners = new Map(plan.targets.map((target) => [target.text, target.owners]))
  const nowSec = Math.floor(wallMs / 1000)
  return aliases.known().map((known) => {
    const { name, type, resolution, failing } = known
    return {
      target: name,
      type: typeText(type),
      owners: owners.get(name) ?? [],
      state: stateOf(known, plan, nowSec),
      addresses: addressesOf(resolution),
      ...(resolution && {
        ageSec: Math.max(0, nowSec - resolution.sinceSec),
        leftSec: resolution.untilSec - nowSec,
        resolver: resolverOf(plan, resolution.resolver),
      }),
      ...(failing && { failing: failing.because, failingSec: nowSec - failing.sinceSec }),
    }
  })
}

function resolverOf({ resolvers }: AliasPlan, index: number): string | undefined {
  const resolver = resolvers[index]
  return resolver && printEndpoint(resolver)
}

/** As the packet path takes it. */
function stateOf({ resolution, failing }: Known, plan: AliasPlan, nowSec: number): State {
  if (!resolution) return failing ? 'failed' : 'pending'
  if (nowSec > resolution.untilSec + plan.keepSec) return 'expired'
  if (nowSec >= resolution.untilSec + plan.leastTtlSec) return 'stale'
  return stateNames[resolution.state]
}

export function aliasFamilies(aliases: Aliases, plan: AliasPlan, wallMs: number): Family[] {
  const { said, failed } = aliases.counts()
  const all = describeAliases(aliases, plan, wallMs)
  const labelsOf = ({ target, type }: AliasStatus): Record<string, string> => ({ target, type })
  return [
    gauge(
      'meridian_alias_targets',
      'Targets of ALIAS records, A and AAAA apart, by what is known of them.',
      states.map((state) => ({ labels: { state }, value: all.filter((each) => each.state === state).length })),
    ),
    gauge(
      'meridian_alias_failing_seconds',
      'For how long targets of ALIAS records cannot be resolved; absent while they can.',
      all.flatMap((each) =>
        each.failingSec === undefined ? [] : [{ labels: labelsOf(each), value: each.failingSec }],
      ),
    ),
    counter('meridian_alias_lookups_total', 'Lookups of ALIAS targets, by outcome.', [
      { labels: { outcome: 'said' }, value: said },
      { labels: { outcome: 'failed' }, value: failed },
    ]),
  ]
}

/** Which is worth a line where there is little room. */
export function isTroubled({ state, failing }: Pick<AliasStatus, 'state' | 'failing'>): boolean {
  return failing !== undefined || !(state === 'addresses' || state === 'nothing')
}
