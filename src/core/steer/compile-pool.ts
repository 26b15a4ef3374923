// A pool's targets as words: by type, each once per table, however many services use the pool.
//
//   hints:  before, between (bytes of the data in front of each hint), then per family: how many, first target's index word
//           with `auto` the family's hints are drawn as the answers for its addresses are

import { Type } from '../wire/message.ts'
import type { HintPlan, PoolPlan, TargetPlan } from './config.ts'
import type { Path } from './policy.ts'
import { FOLLOWS, GROUP, MAX_TARGETS, POOL, TargetField } from './pool.ts'
import { splitAtHints } from './target.ts'

export const HintField = { before: 0, between: 1, v4: 2, v4At: 3, v6: 4, v6At: 5 } as const
/** In the place of a number of targets. */
export const AUTO = 0xffff

export interface PoolWriter {
  readonly words: number[]
  readonly data: { readonly at: number; readonly rdata: Uint8Array }[]
  readonly targets: Map<number, { text: string; row: number; pool: string }>
  problem(path: Path, message: string): void
}

/** The words of a pool's node. */
export function poolWords(pool: PoolPlan, slot: number, groups: readonly number[]): number[] {
  const isEven = pool.targets.every(({ weight }) => weight === pool.targets[0]!.weight)
  const isAlias = pool.targets[0]?.type === Type.CNAME
  const { answers = isEven && !isAlias ? 4 : 1, minHealthy, capacity } = pool
  return [POOL, slot, answers, minHealthy, capacity, groups.length / GROUP, ...groups]
}

/** Writes the targets; returns type, count, weight in all and first target's word for each type. */
export function writeTargets(writer: PoolWriter, pool: PoolPlan): number[] {
  const { words } = writer
  const groups: number[] = []
  const wordOf = new Map<TargetPlan, number>()
  for (const type of new Set(pool.targets.map((target) => target.type))) {
    const targets = pool.targets.filter((target) => target.type === type)
    if (targets.length > MAX_TARGETS)
      writer.problem(
        ['targets'],
        `expected at most ${MAX_TARGETS} targets of one type in a pool, found ${targets.length}`,
      )
    const first = words.length
    for (const target of targets) {
      const { row, weight, rdata, text, follows } = target
      wordOf.set(target, words.length)
      writer.data.push({ at: words.length + TargetField.data, rdata })
      writer.targets.set(words.length, { text, row, pool: pool.name })
      words.push(row >>> 0, weight, 0, rdata.length, follows ? FOLLOWS : 0)
    }
    groups.push(
      type,
      targets.length,
      targets.reduce((sum, { weight }) => sum + weight, 0),
      first,
    )
  }
  for (const [target, at] of wordOf)
    if (target.hints) words[at + TargetField.hints]! |= writeHints(words, target, pool.targets, wordOf)
  return groups
}

function writeHints(
  words: number[],
  { rdata, hints }: TargetPlan,
  targets: readonly TargetPlan[],
  wordOf: ReadonlyMap<TargetPlan, number>,
): number {
  const { before, between } = splitAtHints(rdata)
  const listed = (plan: HintPlan): [number, number] => {
    if (plan === 'auto') return [AUTO, 0]
    const first = words.length
    for (const index of plan) words.push(wordOf.get(targets[index]!)!)
    return [plan.length, first]
  }
  const v4 = listed(hints!.v4)
  const v6 = listed(hints!.v6)
  return words.push(before, between, ...v4, ...v6) - 6
}
