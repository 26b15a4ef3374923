// The registry of policies, the schema of a steering tree, and the walk through a compiled one.

import { z } from 'zod'
import type { Places } from '../geo/places.ts'
import { all } from './all.ts'
import { failover } from './failover.ts'
import { fastest } from './fastest.ts'
import { first } from './first.ts'
import { geo } from './geo.ts'
import { least } from './least.ts'
import { nearest } from './nearest.ts'
import {
  type Asking,
  type Branch,
  MAX_CHOSEN,
  Outcome,
  type Policy,
  type SteerTrace,
  type Treatment,
} from './policy.ts'
import { gatherPool, pickFromPool, POOL, poolShare, poolUsable } from './pool.ts'
import { rotate } from './rotate.ts'
import { shed } from './shed.ts'
import { sticky } from './sticky.ts'
import { candidatesOf } from './told.ts'
import { weighted } from './weighted.ts'

/** A policy's code in a table is its index here plus one; code 0 is a pool. */
export const policies: readonly Policy[] = [
  geo,
  failover,
  weighted,
  nearest,
  sticky,
  fastest,
  least,
  shed,
  all,
  rotate,
  first,
]

/** A branch: a name, or an object with exactly one policy. */
export const branchConfig: z.ZodType<Branch> = z
  .lazy(() => {
    const members = policies.map((policy) => z.strictObject({ [policy.name]: policy.config(branchConfig) }))
    return z.union([z.string(), ...members])
  })
  .meta({ id: 'branch', description: 'the name of a pool or service, or one policy' })

export function policyCode(name: string): number {
  return policies.findIndex((policy) => policy.name === name) + 1
}

export function branchUsable(asking: Asking, node: number): boolean {
  const code = asking.table[node]!
  return code === POOL ? poolUsable(asking, node) : policies[code - 1]!.usable(asking, node)
}

export function pickBranch(asking: Asking, node: number): Outcome {
  const code = asking.table[node]!
  if (asking.trace) return pickTold(asking, asking.trace, node, code)
  return code === POOL ? pickFromPool(asking, node) : policies[code - 1]!.pick(asking, node)
}

/** The same, telling what the node has to choose from and what it chose. */
function pickTold(asking: Asking, trace: SteerTrace, node: number, code: number): Outcome {
  const policy = code === POOL ? undefined : policies[code - 1]!
  const before = asking.chosenCount
  trace.depth++
  trace.enter(node, candidatesOf(asking, trace, node, policy))
  const outcome = policy ? policy.pick(asking, node) : pickFromPool(asking, node)
  trace.leave(node, [...asking.chosen.subarray(before, asking.chosenCount)])
  trace.depth--
  return outcome
}

/** Picks from a whole tree. A client that fading pools turned away, and nobody else could take, is theirs all the same. */
export function pickRoot(asking: Asking, root: number): Outcome {
  asking.withFading = false
  asking.turnedAway = false
  const outcome = asking.pick(root)
  if (outcome !== Outcome.unusable || !asking.turnedAway) return outcome
  asking.withFading = true
  asking.trace?.say(root, 'nothing else is usable: what fades keeps this client')
  return asking.pick(root)
}

export function gatherBranch(asking: Asking, node: number): void {
  const code = asking.table[node]!
  if (code === POOL) gatherPool(asking, node)
  else policies[code - 1]!.gather(asking, node)
}

export function shareOfBranch(asking: Asking, node: number): number {
  const code = asking.table[node]!
  if (code !== POOL) return policies[code - 1]!.share(asking, node)
  asking.isShareUsable = poolUsable(asking, node)
  return poolShare(asking, node)
}

/** Collects how a place's clients are treated; `place` and the results are set back by the caller. */
export function openTreatment(table: Uint32Array, floats: Float32Array, places: Places): Treatment {
  const treatment: Treatment = {
    words: [],
    hasBucket: false,
    treat(node) {
      const code = table[node]!
      if (code !== POOL) policies[code - 1]!.treat(treatment, node)
    },
    places,
    place: 0,
    table,
    floats,
  }
  return treatment
}

/**
 * An Asking to be reused for every query of a thread. Its tables are bound per query; `draw` and `bucket` are the caller's
 * dice.
 */
export function openAsking(
  places: Places,
  draw: (node: number, total: number) => number,
  bucket: (key: number) => number,
  countDraw: (node: number, part: number) => void = () => undefined,
): Asking {
  const asking: Asking = {
    table: new Uint32Array(0),
    floats: new Float32Array(0),
    places,
    place: 0,
    type: 0,
    board: new Int32Array(0),
    cells: 0,
    vantage: -1,
    regional: -1,
    minHealthy: -1,
    changesSec: 0,
    chosen: new Int32Array(MAX_CHOSEN),
    chosenFrom: new Int32Array(MAX_CHOSEN),
    chosenCount: 0,
    hinted: new Int32Array(MAX_CHOSEN),
    followed: -1,
    isFollowedUp: false,
    limit: MAX_CHOSEN,
    withDrained: false,
    withFading: false,
    turnedAway: false,
    slot: -1,
    draws: 0,
    leaf: 0,
    leafLimit: 0,
    leafDraws: 0,
    isShareUsable: false,
    draw: (node, total) => {
      asking.draws++
      return draw(node, total)
    },
    bucket: (key) => {
      asking.draws++
      return bucket(key)
    },
    usable: (node) => branchUsable(asking, node),
    pick: (node) => pickBranch(asking, node),
    gather: (node) => gatherBranch(asking, node),
    share: (node) => shareOfBranch(asking, node),
    countDraw: (node, part) => {
      asking.draws++
      countDraw(node, part)
    },
    trace: undefined as SteerTrace | undefined,
  }
  return asking
}
