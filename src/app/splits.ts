// The delivered split of a running node: what every node of a tree that shares clients out has dealt, and whether that is what
// was configured. Counts go on over reloads for as long as the shares stay as they are.

import { type JudgedSplit, judgeSplit } from '../core/answer/split.ts'
import type { SplitNames } from '../core/steer/compile.ts'
import type { Family, Sample } from '../io/telemetry/metrics.ts'
import type { Counted, NodeState } from './node-state.ts'

interface Split {
  readonly zone: string
  readonly names: SplitNames
  /** Draws by member. */
  readonly counts: readonly number[]
  readonly judged: JudgedSplit
}

/** Draws under the current snapshot, for each member of each such node. The key changes with the shares. */
export function drawsOf(state: NodeState): Counted[] {
  const { names, snapshot } = state.loaded
  const totals = state.workers?.slotTotals()
  if (!totals) return []
  return names.steering.flatMap((steering, zone) =>
    steering.splits.flatMap((split) =>
      split.members.map((_, i) => {
        const slot = snapshot.slotBase[zone]! + split.slot + i
        return { key: keyOf(names.zones[zone]!, split, i), slot, count: totals[slot] ?? 0 }
      }),
    ),
  )
}

function keyOf(zone: string, { service, node, members }: SplitNames, member: number): string {
  return JSON.stringify([zone, service, node, members, member])
}

function splitsOf(state: NodeState): Split[] {
  const { names } = state.loaded
  const current = new Map(drawsOf(state).map(({ key, count }) => [key, count]))
  return names.steering.flatMap((steering, i) =>
    steering.splits.flatMap((split) => {
      const zone = names.zones[i]!
      const shares = split.members.map(({ share }) => share)
      // One that gets everything has nothing to be judged by.
      if (shares.filter((share) => share > 0).length < 2) return []
      const counts = split.members.map((_, member) => {
        const key = keyOf(zone, split, member)
        return (state.drawn.get(key) ?? 0) + (current.get(key) ?? 0)
      })
      return [{ zone, names: split, counts, judged: judgeSplit(counts, shares) }]
    }),
  )
}

/** For `/status`. */
export function describeSplits(state: NodeState): unknown[] {
  return splitsOf(state).map(({ zone, names, counts, judged }) => ({
    zone,
    service: names.service,
    node: names.node,
    verdict: judged.verdict,
    draws: judged.draws,
    ...(judged.p !== undefined && { p: Number(judged.p.toPrecision(3)) }),
    members: names.members.map(({ name, share }, i) => ({
      name,
      configured: printShare(share),
      delivered: judged.draws === 0 ? undefined : printShare(counts[i]! / judged.draws),
      draws: counts[i],
    })),
  }))
}

function printShare(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`
}

export function splitFamilies(state: NodeState): Family[] {
  const splits = splitsOf(state)
  const labelsOf = ({ zone, names }: Split): Record<string, string> => ({
    zone,
    service: names.service,
    node: names.node,
  })
  const byMember = (value: (split: Split, member: number) => number): Sample[] =>
    splits.flatMap((split) =>
      split.names.members.map(({ name }, i) => ({
        labels: { ...labelsOf(split), member: name },
        value: value(split, i),
      })),
    )
  return [
    {
      type: 'counter',
      name: 'meridian_draws_total',
      help: 'Draws of weighted nodes while all members could have their shares, one per client and time slot.',
      samples: byMember(({ counts }, i) => counts[i]!),
    },
    {
      type: 'gauge',
      name: 'meridian_draw_share',
      help: 'The share of the draws that each member is configured to get, 0 to 1.',
      samples: byMember(({ names }, i) => names.members[i]!.share),
    },
    {
      type: 'gauge',
      name: 'meridian_split_fair',
      help: '1 where the draws are within chance of the shares, 0 where they are not, absent with too few draws.',
      samples: splits.flatMap((split) =>
        split.judged.p === undefined
          ? []
          : [{ labels: labelsOf(split), value: split.judged.verdict === 'within chance' ? 1 : 0 }],
      ),
    },
  ]
}
