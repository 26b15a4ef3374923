// Named groups of places, for conditions such as "group dach". A group may hold others; what it comes to is worked out here,
// with how deep each place stands in it: a place that is named itself is smaller than a group with it, and a group smaller
// than one around it.

import type { Finding } from '../base/problem.ts'
import { didYouMean } from '../base/suggest.ts'
import { parseWhere, type Where } from './where.ts'

export interface GroupMember {
  /** No group. */
  readonly where: Where
  /** As it was written. */
  readonly text: string
  /** 1 for a place that the group names itself, 2 for one of a group that it names … */
  readonly depth: number
}

export interface Groups {
  readonly members: ReadonlyMap<string, readonly GroupMember[]>
  /** Their paths begin with the name of a group. */
  readonly problems: readonly Finding[]
}

type Written = Readonly<Record<string, readonly string[]>>

/** `isNetwork`: whether there is a network of that name. */
export function compileGroups(groups: Written, isNetwork: (name: string) => boolean): Groups {
  const problems = [...checkMembers(groups, isNetwork), ...checkCycles(groups)]
  const members = new Map(Object.keys(groups).map((name) => [name, membersOf(groups, name)]))
  return { members, problems }
}

function checkMembers(groups: Written, isNetwork: (name: string) => boolean): Finding[] {
  const problems: Finding[] = []
  for (const [name, texts] of Object.entries(groups)) {
    for (const [i, text] of texts.entries()) {
      const say = (message: string, hint?: string): void =>
        void problems.push({ path: [name, i], message, severity: 'error', ...(hint !== undefined && { hint }) })
      const where = parseWhere(text)
      if (where.kind === 'mistake') say(where.message, where.hint)
      else if (where.kind === 'group' && !Object.hasOwn(groups, where.value))
        say(`expected a group of geo.groups, found "${where.value}"`, didYouMean(where.value, Object.keys(groups)))
      else if (where.kind === 'network' && !isNetwork(where.value))
        say(`expected a network of geo.networks, found "${where.value}"`)
    }
  }
  return problems
}

/** Each cycle once, at the group of it that stands first. */
function checkCycles(groups: Written): Finding[] {
  const problems: Finding[] = []
  const cleared = new Set<string>()
  const visit = (name: string, above: readonly string[]): void => {
    if (above.includes(name)) {
      const cycle = [...above.slice(above.indexOf(name)), name]
      const [first = name, next = name] = cycle
      problems.push({
        path: [first, groups[first]!.findIndex((text) => isGroup(text, next))],
        message: `expected groups inside of groups, found a cycle: ${cycle.join(' → ')}`,
        severity: 'error',
      })
      return
    }
    if (cleared.has(name)) return
    for (const inner of innerGroups(groups, name)) visit(inner, [...above, name])
    cleared.add(name)
  }
  for (const name of Object.keys(groups)) visit(name, [])
  return problems
}

function isGroup(text: string, name: string): boolean {
  const where = parseWhere(text)
  return where.kind === 'group' && where.value === name
}

function innerGroups(groups: Written, name: string): string[] {
  return (Object.hasOwn(groups, name) ? groups[name]! : [])
    .map(parseWhere)
    .flatMap((where) => (where.kind === 'group' ? [where.value] : []))
}

/** Level by level, each group once: a place that comes up at several depths stands at the least. */
function membersOf(groups: Written, name: string): GroupMember[] {
  const members = new Map<string, GroupMember>()
  const seen = new Set([name])
  let level = [name]
  for (let depth = 1; level.length > 0; depth++) {
    const next: string[] = []
    for (const text of level.flatMap((group) => groups[group]!)) {
      const where = parseWhere(text)
      if (where.kind === 'mistake') continue
      const key = text.trim().split(/\s+/).join(' ')
      if (where.kind !== 'group') {
        if (!members.has(key)) members.set(key, { where, text: text.trim(), depth })
      } else if (Object.hasOwn(groups, where.value) && !seen.has(where.value)) {
        seen.add(where.value)
        next.push(where.value)
      }
    }
    level = next
  }
  return [...members.values()]
}
