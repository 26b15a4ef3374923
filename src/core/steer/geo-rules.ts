// The rules of a geo policy by kind of place, while it is compiled: conditions become numbers, groups the places in them.

import { didYouMean } from '../base/suggest.ts'
import { parseWhere, type Where } from '../geo/where.ts'
import type { Path, TableWriter } from './policy.ts'

/** From the most specific to the least; prefixes stand among the networks. */
export const kinds = ['network', 'asn', 'subdivision', 'country', 'continent'] as const
type Kind = (typeof kinds)[number]

/** A branch for a place. */
interface Rule {
  readonly key: number
  readonly branch: number
  /** 0 where the place is named itself, more where a group has it: the place itself is smaller. */
  readonly depth: number
  readonly text: string
}

/** By key and depth: each place stands once. */
type RuleList = Map<string, Rule>

export type RuleLists = Readonly<Record<Kind, RuleList>>

export function openRuleLists(): RuleLists {
  return { network: new Map(), asn: new Map(), subdivision: new Map(), country: new Map(), continent: new Map() }
}

/** Adds what one condition says. `path` leads to it. */
export function addPlace(lists: RuleLists, text: string, branch: number, path: Path, writer: TableWriter): void {
  const where = parseWhere(text)
  if (where.kind === 'mistake') {
    writer.problem(path, where.message, where.hint)
    return
  }
  if (where.kind !== 'group') {
    addRule(lists, where, { branch, depth: 0, text }, path, writer)
    return
  }
  const members = writer.geo.group(where.value)
  if (!members) {
    const known = writer.geo.groupNames()
    const hint =
      didYouMean(where.value, known) ?? (known.length > 0 ? `there is ${known.slice(0, 8).join(', ')}` : undefined)
    writer.problem(path, `expected a group of geo.groups, found "${where.value}"`, hint)
    return
  }
  for (const member of members) {
    const from = `${member.text}" of "${text}`
    addRule(lists, member.where, { branch, depth: member.depth, text: from }, path, writer)
  }
}

function addRule(lists: RuleLists, where: Where, rule: Omit<Rule, 'key'>, path: Path, writer: TableWriter): void {
  const key = keyOf(where, path, writer)
  if (key === undefined || where.kind === 'group') return
  const list = lists[where.kind === 'cidr' ? 'network' : where.kind]
  const place = `${key} ${rule.depth}`
  if (list.has(place)) writer.problem(path, `expected each place once, found "${rule.text}" a second time`)
  else list.set(place, { ...rule, key })
}

function keyOf(where: Where, path: Path, writer: TableWriter): number | undefined {
  switch (where.kind) {
    case 'cidr':
      return writer.geo.cidr(where.value)
    case 'subdivision':
      // One that no database knows matches nobody, and so needs no key.
      return writer.geo.subdivision(where.value)
    case 'network': {
      const network = writer.geo.network(where.value)
      if (network === undefined) {
        const known = writer.geo.networkNames()
        const list = known.length > 0 ? `one of ${known.slice(0, 8).join(', ')}` : 'none is configured'
        writer.problem(path, `expected a network of geo.networks (${list}), found "${where.value}"`)
      }
      return network
    }
    case 'group':
      return undefined
    default:
      return where.value
  }
}

/** (key, branch) … by key, and of equal keys the smaller place first; then 0. */
export function ruleWords(rules: RuleList): number[] {
  return [
    ...[...rules.values()]
      .sort((a, b) => a.key - b.key || a.depth - b.depth)
      .flatMap(({ key, branch }) => [key, branch]),
    0,
  ]
}
