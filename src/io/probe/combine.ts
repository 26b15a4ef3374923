// combine: several checks of one target as one. It probes nothing: each prober works it out from the standings that it has of the
// parts, so a part is probed once however many combine it, and its own rise, fall and timing hold.
//
//   up    so many of the parts are up as are needed, and all that must be
//   down  so many can no longer be, or one that must be is not
//   else  not known yet, because a part has not been probed

import { z } from 'zod'
import { label } from '../../core/base/schema.ts'

/** Names of checks in the configuration; subjects once it is planned. */
export interface Combination {
  readonly parts: readonly string[]
  /** How many of them must be up. */
  readonly needed: number
  /** These too, whatever the others are. */
  readonly must: readonly string[]
  /** Probed and shown, without a vote. */
  readonly watch: readonly string[]
}

const names = (description: string) => z.array(label()).min(1).max(50).meta({ description })

export const combineConfig = z
  .strictObject({
    all: names('up when all of these are').optional(),
    any: names('up when any of these is').optional(),
    of: names('up when at_least so many of these are').optional(),
    at_least: z.int().min(1).max(50).optional().meta({ description: 'how many' }),
    must: names('down when any of these is, whatever the others are').optional(),
    watch: names('probed and shown, without a vote').optional(),
  })
  .transform(({ all, any, of, at_least, must = [], watch = [] }, context): Combination => {
    const complain = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
    const given = [all, any, of].filter((list) => list !== undefined)
    const parts = given[0] ?? []
    if (given.length !== 1)
      complain([], `expected exactly one of all, any and of, found ${given.length === 0 ? 'none' : given.length}`)
    if ((of === undefined) !== (at_least === undefined)) complain([], 'expected of and at_least together')
    const needed = of ? (at_least ?? 1) : any ? 1 : parts.length
    if (needed > parts.length && parts.length > 0)
      complain(['at_least'], `expected at most ${parts.length}, since there are no more, found ${needed}`)
    const twice = [...parts, ...must, ...watch].find((name, i, every) => every.indexOf(name) < i)
    if (twice !== undefined) complain([], `expected each check once, found ${twice} again`)
    return { parts, needed, must, watch }
  })
  .meta({
    description: 'other checks of the same target, taken together',
    oneOf: ['all', 'any', 'of'].map((key) => ({ required: [key] })),
  })

/** Of what is known of its parts; undefined: not known. */
export function combine(combination: Combination, isUp: (part: string) => boolean | undefined): boolean | undefined {
  const { parts, needed, must } = combination
  const musts = must.map(isUp)
  if (musts.includes(false)) return false
  const states = parts.map(isUp)
  if (states.filter((up) => up !== false).length < needed) return false
  if (states.filter((up) => up === true).length < needed || musts.includes(undefined)) return undefined
  return true
}

/** Those with a vote. */
export function votersOf({ parts, must }: Combination): readonly string[] {
  return [...parts, ...must]
}
