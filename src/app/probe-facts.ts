// What the metrics say of probing: how the prober is doing, and what was seen of each target.

import type { Timings } from '../core/health/evidence.ts'
import type { Verdict } from '../core/health/tally.ts'
import { counter, type Family, gauge, type Sample } from '../io/telemetry/metrics.ts'
import type { RowPlan } from './keeper.ts'
import type { NodeState } from './node-state.ts'

/** Nothing where this node does not probe. */
export function proberFamilies(state: NodeState): Family[] {
  const { roster, prober } = state
  const now = prober?.state()
  if (!prober || !now) return []
  return [
    gauge('meridian_probes_running', 'Probes under way.', [{ value: now.running }]),
    gauge(
      'meridian_probe_late_seconds',
      'By how much the most overdue probe is late, because as many as allowed are under way.',
      [{ value: now.lateMs / 1000 }],
    ),
    counter(
      'meridian_probes_total',
      'Probes by outcome; fault: could not be made here; discarded: needless, as an earlier one was answered.',
      Object.entries(now.probes).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    counter('meridian_probes_put_off_total', 'Probes put off, because their target is probed as often as it may be.', [
      { value: now.putOff },
    ]),
    gauge('meridian_probe_subjects', 'What there is to probe: by this node, or left to others of its region.', [
      { labels: { by: 'this' }, value: now.subjects },
      { labels: { by: 'others' }, value: roster?.left() ?? 0 },
    ]),
    counter('meridian_prober_restarts_total', 'Prober threads that were lost and replaced.', [
      { value: prober.restarts() },
    ]),
    gauge(
      'meridian_probe_seconds',
      "Of this node's last probe of each target, from its start until each stage was over.",
      stageSamples(state),
    ),
  ]
}

const stages = { connect: 'connectMs', tls: 'tlsMs', first_byte: 'firstByteMs', total: 'totalMs' } as const

function stageSamples({ keeper, loaded }: NodeState): Sample[] {
  const votes = keeper.belief().witnesses.get(loaded.config.node.name)?.votes
  return keeper.rows().flatMap((row) => {
    const timings: Timings | undefined = votes?.get(row.subject ?? '')?.timings
    if (!timings) return []
    return Object.entries(stages).flatMap(([stage, field]) => {
      const ms = timings[field]
      return ms === undefined ? [] : [{ labels: { ...labelsOf(row), stage }, value: ms / 1000 }]
    })
  })
}

/** What is known of each target beside its verdict. */
export function figureFamilies({ keeper }: NodeState): Family[] {
  const known = keeper.rows().flatMap((row, i) => {
    const verdict = keeper.verdictOf(i)
    return verdict ? [{ labels: labelsOf(row), verdict }] : []
  })
  const each = (value: (verdict: Verdict) => number | undefined): Sample[] =>
    known.flatMap(({ labels, verdict }) => {
      const found = value(verdict)
      return found === undefined ? [] : [{ labels, value: found }]
    })
  return [
    gauge(
      'meridian_target_latency_seconds',
      'How far away the target is from each vantage region, smoothed.',
      known.flatMap(({ labels, verdict }) =>
        verdict.regions.flatMap(({ region, latencyMs }) =>
          latencyMs === undefined ? [] : [{ labels: { ...labels, vantage: region }, value: latencyMs / 1000 }],
        ),
      ),
    ),
    gauge(
      'meridian_target_load_ratio',
      'How loaded the target says it is; 1 is full.',
      each(({ load }) => (load === undefined ? undefined : load / 1000)),
    ),
    gauge(
      'meridian_target_certificate_days',
      'Days until the certificate of the target ends.',
      each(({ certDays }) => certDays),
    ),
  ]
}

/** What tells a target from all others. */
export function labelsOf({ scope, pool, target }: RowPlan): Record<string, string> {
  return { zone: scope, pool, target }
}
