// The metrics of what operators ordered.

import { allInForce } from '../core/health/override-book.ts'
import type { Family } from '../io/telemetry/metrics.ts'
import type { NodeState } from './node-state.ts'

export function overrideFamilies(state: NodeState): Family[] {
  // A return is over at once in all but name.
  const inForce = allInForce(state.book, state.now()).flatMap(({ override }) =>
    override.kind === 'return' ? [] : [override],
  )
  return [
    {
      type: 'gauge',
      name: 'meridian_overrides',
      help: 'Overrides in force, by kind.',
      samples: ['drain', 'drill'].map((kind) => ({
        labels: { kind },
        value: inForce.filter((override) => override.kind === kind).length,
      })),
    },
    {
      type: 'gauge',
      name: 'meridian_override_until_timestamp_seconds',
      help: 'When each override in force ends, as Unix time.',
      samples: inForce.flatMap(({ kind, scope, pool, target, untilSec }) =>
        untilSec === undefined ? [] : [{ labels: { kind, zone: scope, pool, target: target ?? '' }, value: untilSec }],
      ),
    },
    {
      type: 'gauge',
      name: 'meridian_overrides_kept',
      help: '1 when the overrides of this node are on its disk.',
      samples: [{ value: state.operator.unkept() === undefined ? 1 : 0 }],
    },
    {
      type: 'counter',
      name: 'meridian_admin_refused_total',
      help: 'Admin requests without the right token, or sent by a web page.',
      samples: [{ value: state.admin?.refused() ?? 0 }],
    },
  ]
}
