// What `meridian diff` prints: a table to be read before a reload, and the same as JSON.

import { describeClients } from '../app/rehearsal/classes.ts'
import type { Difference, SteeredDifference } from '../app/rehearsal/difference.ts'
import { isSameAnswer, type Shares } from '../app/rehearsal/shares.ts'
import { count, printPercent, printPools, printRecords, printSome } from './share-text.ts'
import { printTable } from './table.ts'

export function printDifference(difference: Difference): string {
  const { classes } = difference
  const rows = [
    ...difference.static.map(({ name, type, old, new: fresh }) => [
      name,
      type,
      'everybody',
      printSome(old) || '-',
      printSome(fresh) || '-',
    ]),
    ...[...difference.steered]
      .sort((a, b) => a.name.localeCompare(b.name) || usersOf(b) - usersOf(a))
      .map((each) => {
        const [old, fresh] = printSides(each)
        return [each.name, each.type, printSome(describeClients(each.classes, classes)), old, fresh]
      }),
  ]
  if (rows.length === 0) return printSummary(difference)
  const table = printTable([['name', 'type', 'clients', 'old', 'new'], ...joinTypes(rows)])
  return `${table}\n\n${printSummary(difference)}`
}

/** Rows that differ in nothing but the type are one: A and AAAA mostly go together. */
function joinTypes(rows: readonly string[][]): string[][] {
  const joined = new Map<string, string[]>()
  for (const [name, type, ...rest] of rows as [string, string, ...string[]][]) {
    const key = JSON.stringify([name, ...rest])
    const row = joined.get(key)
    if (row) row[1] += `, ${type}`
    else joined.set(key, [name, type, ...rest])
  }
  return [...joined.values()]
}

function printSides(each: SteeredDifference): [string, string] {
  const { kinds } = each
  const parts: [string, string][] = []
  if (kinds.includes('answer')) parts.push(printAnswers(each.old, each.new))
  else parts.push([printPools(each.old), 'the same'])
  if (kinds.includes('ttl')) parts.push([printTtl(each.old), printTtl(each.new)])
  if (kinds.includes('scope')) parts.push(['', `scope ${printSome([...each.scopes], 2)}`])
  const join = (side: 0 | 1): string =>
    parts
      .map((part) => part[side])
      .filter((text) => text !== '')
      .join('; ')
  return [join(0), join(1)]
}

/** Pools where those differ, else the records in them. */
function printAnswers(old: Shares, fresh: Shares): [string, string] {
  const pools: [string, string] = [printPools(old), printPools(fresh)]
  if (pools[0] !== pools[1]) return pools
  const before = printRecords(old, fresh)
  const after = printRecords(fresh, old)
  if (before === '' && after === '')
    return [`${pools[0]}: ${old.most} at a time`, `${pools[1]}: ${fresh.most} at a time`]
  return [`${pools[0]}: ${before || 'without'}`, `${pools[1]}: ${after || 'without'}`]
}

function printTtl({ ttlSec: [shortest, longest] }: Shares): string {
  return shortest === longest ? `TTL ${shortest} s` : `TTL ${shortest} to ${longest} s`
}

function usersOf({ classes }: SteeredDifference): number {
  return classes.reduce((sum, { users }) => sum + users, 0)
}

function printSummary({ steered, static: fixed, classes, asked, isExact }: Difference): string {
  const all = `${count(asked.steered, 'steered name')} for ${count(classes.length, 'class')} of clients, and ${count(asked.static, 'static record set')}`
  if (steered.length + fixed.length === 0) return `no difference: ${all} are the same`
  const touched = new Set(steered.flatMap(({ classes }) => classes))
  const names = new Set(steered.map(({ name, type }) => `${name} ${type}`))
  const users = [...touched].reduce((sum, { users }) => sum + users, 0)
  const parts = [
    ...(steered.length > 0
      ? [
          `${names.size} of ${count(asked.steered, 'steered name')} for ${touched.size} of ${count(classes.length, 'class')} of clients (${printPercent(users)} of Internet users)`,
        ]
      : []),
    ...(fixed.length > 0
      ? [`${count(fixed.length, 'difference')} for everybody in ${count(asked.static, 'static record set')}`]
      : []),
  ]
  const about = isExact ? '' : '\n≈ marks shares that were sampled: there were too many outcomes to follow each'
  return `different: ${parts.join('; ')}${about}`
}

export function printDifferenceJson({ steered, static: fixed, classes, asked, isExact }: Difference): string {
  const sharesJson = ({ rcode, pools, records, ttlSec, most }: Shares): object => ({
    rcode,
    pools: Object.fromEntries(pools),
    records: [...records.values()].map(({ label, pool, share }) => ({ record: label, pool, share })),
    atATime: most,
    ttlSec,
  })
  const document = {
    isDifferent: steered.length + fixed.length > 0,
    isExact,
    asked: { ...asked, classes: classes.length },
    static: fixed,
    steered: steered.map((each) => ({
      name: each.name,
      type: each.type,
      kinds: each.kinds,
      clients: describeClients(each.classes, classes),
      users: usersOf(each),
      isAnswerSame: isSameAnswer(each.old, each.new),
      old: sharesJson(each.old),
      new: sharesJson(each.new),
      scopes: [...each.scopes],
    })),
  }
  return JSON.stringify(document, undefined, 2)
}
