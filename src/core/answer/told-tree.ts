// The nodes of a steering tree that a walk entered, in order: which candidates each had before and after, why the others fell
// out, and what was chosen. For `explain`.

import type { Candidate, SteerTrace } from '../steer/policy.ts'

export interface ToldNode {
  readonly node: string
  readonly depth: number
  /** Those that this client may come to, in order: branches, or a pool's targets of the asked type. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly out: readonly { readonly name: string; readonly why: string }[]
  /** What the answer came from. Empty where nothing did. */
  readonly chosen: readonly string[]
}

interface Frame {
  readonly node: number
  /** Where it stands among the told. */
  readonly index: number
  readonly candidates: readonly Candidate[]
  readonly out: Map<number, string>
  readonly chosen: Set<number>
}

export interface ToldTree extends Pick<SteerTrace, 'enter' | 'out' | 'leave'> {
  readonly nodes: ToldNode[]
}

/** `onLeave` gets a node when all is known of it. */
export function openToldTree(
  nameOf: (node: number) => string,
  depth: () => number,
  onLeave: (told: ToldNode, index: number) => void,
): ToldTree {
  const nodes: ToldNode[] = []
  const frames: Frame[] = []
  return {
    nodes,
    enter(node, candidates) {
      const out = new Map(candidates.flatMap(({ at, why }) => (why === undefined ? [] : [[at, why] as const])))
      const index = nodes.push({ node: nameOf(node), depth: depth(), before: [], after: [], out: [], chosen: [] }) - 1
      frames.push({ node, index, candidates, out, chosen: new Set() })
    },
    out(node, to, why) {
      const frame = frames.at(-1)
      if (frame?.node === node && !frame.out.has(to)) frame.out.set(to, why)
    },
    leave(node, chosen) {
      const frame = frames.pop()!
      for (const at of chosen) frame.chosen.add(at)
      const told = { ...nodes[frame.index]!, ...summed(frame) }
      nodes[frame.index] = told
      if (frame.chosen.size > 0) frames.at(-1)?.chosen.add(node)
      onLeave(told, frame.index)
    },
  }
}

/** What had to be taken after all has not fallen out. */
function summed({ candidates, out, chosen }: Frame): Pick<ToldNode, 'before' | 'after' | 'out' | 'chosen'> {
  const isOut = ({ at }: Candidate): boolean => out.has(at) && !chosen.has(at)
  const names = (some: readonly Candidate[]): string[] => some.map(({ name }) => name)
  return {
    before: names(candidates),
    after: names(candidates.filter((candidate) => !isOut(candidate))),
    out: candidates.filter(isOut).map(({ at, name }) => ({ name, why: out.get(at)! })),
    chosen: names(candidates.filter(({ at }) => chosen.has(at))),
  }
}

/** Such as `failover: eu, us → us (eu: less than half of its weight is up)`. */
export function describeNode({ node, before, after, out }: ToldNode): string {
  const short = (name: string): string => name.replace(/^pool /, '')
  const left = after.length === 0 ? 'none' : after.map(short).join(', ')
  const fallen = out.map(({ name, why }) => `${short(name)}: ${why}`).join('; ')
  return `${node}: ${before.map(short).join(', ')} → ${left}${fallen === '' ? '' : ` (${fallen})`}`
}
