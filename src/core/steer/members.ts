// Members of a policy as operators write them: a list, or a map with the list under `of` and settings beside it; a member is a
// branch, or a map with the branch under `to` and settings of its own beside it.

import { z } from 'zod'
import type { Vector } from '../geo/distance.ts'
import { type PositionConfig, positionConfig, positionOf } from '../geo/position.ts'
import type { Branch, Path, TableWriter } from './policy.ts'

/** A member with its own settings; what is written as a branch alone has none. */
export type Written<Settings> = Branch | (Settings & { readonly to: Branch })

export type Listed<Member, Settings> = readonly Member[] | (Settings & { readonly of: readonly Member[] })

export interface Placed {
  readonly at?: PositionConfig | undefined
}

/** What `at` means beside a member. */
export const memberAt = positionConfig
  .optional()
  .describe('where the member counts as standing; default: where its pool stands')

export function membersOf<Member, Settings>(config: Listed<Member, Settings>): readonly Member[] {
  return isList(config) ? config : config.of
}

/** The settings beside `of`; undefined for the short form. */
export function settingsOf<Member, Settings>(config: Listed<Member, Settings>): Settings | undefined {
  return isList(config) ? undefined : config
}

function isList<Member, Settings>(config: Listed<Member, Settings>): config is readonly Member[] {
  return Array.isArray(config)
}

/** No policy is called `to`. */
function hasSettings<Settings>(member: Written<Settings>): member is Settings & { readonly to: Branch } {
  return typeof member !== 'string' && 'to' in member
}

export function branchOf<Settings>(member: Written<Settings>): Branch {
  return hasSettings(member) ? member.to : member
}

/** A member's own settings; undefined where it is a branch alone. */
export function ownOf<Settings>(member: Written<Settings>): Settings | undefined {
  return hasSettings(member) ? member : undefined
}

/** The path from the policy's configuration to the `i`th member. */
export function pathOf(config: Listed<unknown, unknown>, i: number): Path {
  return isList(config) ? [i] : ['of', i]
}

/** Every member's branch, with the path to it. */
export function branchesOf<Settings>(config: Listed<Written<Settings>, unknown>): { to: Branch; path: Path }[] {
  return membersOf(config).map((member, i) => {
    const path = pathOf(config, i)
    return { to: branchOf(member), path: hasSettings(member) ? [...path, 'to'] : path }
  })
}

/** A member's place: its own `at`, else its pool's. A country that there is not is reported, and somewhere stands in for it. */
export function placeOf(member: Written<Placed>, path: Path, writer: TableWriter): Vector | undefined {
  const at = ownOf(member)?.at
  if (at === undefined) {
    const where = writer.whereIs(branchOf(member))
    return where && { x: where[0], y: where[1], z: where[2] }
  }
  const where = positionOf(at)
  if (!where && 'country' in at)
    writer.problem([...path, 'at', 'country'], `expected a country code such as IE, found "${at.country}"`)
  return where ?? { x: 1, y: 0, z: 0 }
}

/** A list of members, or the same under `of` with `settings` beside it. */
export function listed<Member, Shape extends z.ZodRawShape>(member: z.ZodType<Member>, settings: Shape) {
  const members = z.array(member).min(1)
  return z.union([members, z.strictObject({ of: members, ...settings })])
}
