// What a walk through a tree tells of each node that it enters, for `explain`: the candidates that this client may come to, and
// why some of them fall out. Never on the packet path. It looks aside: nothing that it sees bears on the answer or its TTL.

import { type Asking, aside, type Candidate, type Policy, type SteerTrace } from './policy.ts'
import { groupFor, isTargetUsable, POOL, TARGET, whyUnusable } from './pool.ts'

/** `policy` is that of the node, undefined for a pool. */
export function candidatesOf(
  asking: Asking,
  trace: SteerTrace,
  node: number,
  policy: Policy | undefined,
): readonly Candidate[] {
  return aside(asking, () => {
    if (!policy) return targetsOfType(asking, trace, node)
    return branchesFor(asking, node, policy).map((at) => ({
      at,
      name: trace.nameOf(at),
      why: whyOut(asking, at, policy.leastOf?.(asking.table, node, at) ?? -1),
    }))
  })
}

/** The branches that this client may come to, in the order in which they come. */
function branchesFor({ table, floats, places, place }: Asking, node: number, policy: Policy): number[] {
  const branches = new Set<number>()
  const treat = (branch: number): void => void branches.add(branch)
  policy.treat({ words: [], hasBucket: false, treat, places, place, table, floats }, node)
  return [...branches]
}

function whyOut(asking: Asking, node: number, least: number): string | undefined {
  const before = asking.minHealthy
  if (least >= 0) asking.minHealthy = least
  const share = asking.share(node)
  const isUsable = asking.isShareUsable
  const why = isUsable || asking.table[node] !== POOL ? 'no branch of it is usable' : whyUnusable(asking, node)
  asking.minHealthy = before
  if (share < 0) return 'it holds nothing of this type'
  if (!isUsable) return why
  return share >= least ? undefined : `${share / 10} % of it is usable, and ${least / 10} % are needed`
}

function targetsOfType(asking: Asking, trace: SteerTrace, pool: number): Candidate[] {
  const { table } = asking
  const group = groupFor(table, pool, asking.type)
  const count = group === 0 ? 0 : table[group + 1]!
  return Array.from({ length: count }, (_, i) => {
    const at = table[group + 3]! + i * TARGET
    const why = isTargetUsable(asking, pool, at) ? undefined : trace.targetState(at, asking.regional)
    return { at, name: trace.targetName(at), why }
  })
}
