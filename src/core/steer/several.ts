// What `all`, `rotate` and `first` share: the targets of several branches in one answer, at most `answers` of them.
//
//   node: code, count, answers, branch …

import { z } from 'zod'
import { branchesOf, type Listed, listed, settingsOf } from './members.ts'
import {
  anyUsable,
  type Asking,
  type Branch,
  definePolicy,
  MAX_CHOSEN,
  Outcome,
  pickAlso,
  type Policy,
  sayUnusable,
  treatAll,
} from './policy.ts'

/** As many as a pool gives by itself. */
export const USUAL_ANSWERS = 4

export const SeveralField = { count: 1, answers: 2, members: 3 } as const

type SeveralConfig = Listed<Branch, { readonly answers?: number | undefined }>

/** What each of them is by itself; `answers` where the operator does not say. */
interface Several extends Pick<Policy, 'name' | 'pick' | 'share'> {
  readonly answers: number
  readonly description: string
}

export function defineSeveral({ answers, description, ...own }: Several): Policy {
  return definePolicy<SeveralConfig>({
    ...own,
    usesPlace: false,

    config: (branch) =>
      listed(branch, {
        answers: z
          .int()
          .min(1)
          .max(MAX_CHOSEN)
          .optional()
          .describe(`targets in one answer at most, whatever the pools would give each by itself; default: ${answers}`),
      }).meta({ description }),

    branches: branchesOf,

    compile(config, code, writer) {
      const branches = branchesOf(config).map(({ to, path }) => writer.branch(to, path))
      return writer.words(code, branches.length, settingsOf(config)?.answers ?? answers, ...branches)
    },

    usable: (asking, node) =>
      anyUsable(asking, node + SeveralField.members, asking.table[node + SeveralField.count]!, 1),

    gather(asking, node) {
      const { table } = asking
      const count = table[node + SeveralField.count]!
      for (let i = 0; i < count; i++) asking.gather(table[node + SeveralField.members + i]!)
    },

    treat: (treatment, node) =>
      treatAll(treatment, node + SeveralField.members, treatment.table[node + SeveralField.count]!, 1),
  })
}

export function countUsable(asking: Asking, node: number): number {
  const { table } = asking
  let usable = 0
  for (let i = table[node + SeveralField.count]! - 1; i >= 0; i--)
    if (asking.usable(table[node + SeveralField.members + i]!)) usable++
  return usable
}

/** How many targets the answer may have when this node is done. */
export function limitOf(asking: Asking, node: number): number {
  return Math.min(asking.limit, asking.chosenCount + asking.table[node + SeveralField.answers]!)
}

/**
 * Picks from the `usable` members in the order given, from the one at `start` on and round. Each may add its part of the room
 * that is left, so that the last ones are not crowded out; what one does not use falls to those after it.
 */
export function pickRound(asking: Asking, node: number, usable: number, start: number): Outcome {
  const { table, limit } = asking
  const count = table[node + SeveralField.count]!
  const end = limitOf(asking, node)
  let outcome: Outcome = Outcome.unusable
  let left = usable
  for (let i = 0; i < count; i++) {
    const room = end - asking.chosenCount
    if (room <= 0) break
    const to = table[node + SeveralField.members + ((start + i) % count)]!
    if (!asking.usable(to)) continue
    asking.limit = asking.chosenCount + Math.ceil(room / left--)
    if (pickAlso(asking, to) === Outcome.found) outcome = Outcome.found
  }
  asking.limit = limit
  return outcome
}

/** The mean of the members' shares, because all of them are used; -1 where none holds the asked type. */
export function meanShare(asking: Asking, node: number): number {
  const { table } = asking
  let held = 0
  let sum = 0
  let isUsable = false
  for (let i = table[node + SeveralField.count]! - 1; i >= 0; i--) {
    const share = asking.share(table[node + SeveralField.members + i]!)
    if (asking.isShareUsable) isUsable = true
    if (share < 0) continue
    held++
    sum += share
  }
  asking.isShareUsable = isUsable
  return held === 0 ? -1 : Math.floor(sum / held)
}

/** Says which members are not usable, and why. */
export function sayFallen(asking: Asking, node: number, policy: string): void {
  const { table, trace } = asking
  const count = table[node + SeveralField.count]!
  for (let i = 0; i < count; i++) {
    const to = table[node + SeveralField.members + i]!
    sayUnusable(asking, trace!, node, to, policy)
  }
}
