// meridian replay: a query log through two configurations, and every answer that differs.

import type { Command } from 'commander'
import { type Replayed, replay, type ReplayCounts, type Side } from '../app/rehearsal/replay.ts'
import { readLines } from '../io/config/lines.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { openProgress } from './progress.ts'
import { count, printPercent, printSome } from './share-text.ts'
import { collect, openStages } from './stages.ts'
import { printTable } from './table.ts'

const example = `
Examples:
  $ meridian replay /etc/meridian ./meridian.yaml --queries queries.log
  $ zcat queries.gz | meridian replay old new --queries /dev/stdin --summary

A line of the log is a name, a type and a client, such as: www.example.com A 203.0.113.7
Exit code: 0 where no answer differs, 1 where any does (or a configuration has mistakes), 2 for wrong usage.`

interface Options {
  readonly queries: string
  readonly at?: string
  readonly down: string[]
  readonly summary?: true
  readonly json?: true
}

/** Lines of a log that are no queries are told one by one up to here. */
const BAD_SHOWN = 20
const GROUPS_SHOWN = 20

export function replayCommand(print: Print): Command {
  return newCommand('replay', print)
    .description('put a query log through two configurations, and say which answers differ')
    .argument('<old>', 'a meridian.yaml, or the folder of one')
    .argument('<new>', 'the other')
    .requiredOption('--queries <log>', 'a line for each query: name, type, client')
    .option('--at <time>', 'as of another time than now: the dice change with it')
    .option('--down <pool>', 'a pool, or a target, that is down in both (repeatable)', collect, [])
    .option('--summary', 'only the summary, not each answer')
    .option('--json', 'print a JSON object for each answer that differs, a line each, and one with the summary')
    .addHelpText('after', example)
    .action((old: string, fresh: string, options: Options) => run(print, old, fresh, options))
}

function run(print: Print, old: string, fresh: string, options: Options): void {
  const at = options.at === undefined ? Date.now() : Date.parse(options.at)
  if (Number.isNaN(at)) {
    print.err(`error: expected a time such as 2026-01-01T12:00:00Z, found "${options.at}"`)
    print.exit(Exit.usage)
    return
  }
  const stages = openStages(print, old, fresh, options.down)
  if (!stages) return
  const groups = new Map<string, number>()
  let bad = 0
  const counts = replay(stages, readLines(options.queries), {
    nowSec: Math.floor(at / 1000),
    found(replayed) {
      const group = groupOf(replayed)
      groups.set(group, (groups.get(group) ?? 0) + 1)
      if (!options.summary) print.out(options.json ? JSON.stringify(toJson(replayed)) : printReplayed(replayed))
    },
    bad(line, message) {
      if (bad++ < BAD_SHOWN) print.err(`${options.queries}:${line}: ${message}`)
      else if (bad === BAD_SHOWN + 1) print.err('… further lines that are no queries are only counted')
    },
    progress: openProgress(print, 'queries replayed'),
  })
  print.out(options.json ? JSON.stringify({ summary: counts }) : printSummary(counts, groups, options.summary === true))
  print.exit(counts.different > 0 ? Exit.problems : Exit.ok)
}

function printReplayed({ line, query, old, new: fresh, kinds }: Replayed): string {
  const { name, type, client } = query
  const parts: string[] = []
  if (kinds.includes('answer')) parts.push(`${printSide(old)} → ${printSide(fresh)}`)
  else parts.push(printSide(fresh))
  if (kinds.includes('ttl')) parts.push(`TTL ${old.ttlSec} s → ${fresh.ttlSec} s`)
  if (kinds.includes('scope')) parts.push(`scope /${old.scope} → /${fresh.scope}`)
  return `${line}  ${name} ${type} ${client}  ${parts.join('; ')}`
}

function printSide({ pools, records }: Side): string {
  const text = printSome(records)
  return pools === undefined ? text : `${pools.join('+')} (${text})`
}

/** What many lines have in common: the question, and where it went. */
function groupOf({ query, kinds, old, new: fresh }: Replayed): string {
  const where = ({ pools, records }: Side): string => pools?.join('+') ?? printSome(records, 2)
  const to = kinds.includes('answer')
    ? `${where(old)} → ${where(fresh)}`
    : `${where(old)}: ${kinds.join(' and ')} alone`
  return JSON.stringify([query.name, query.type.toUpperCase(), to])
}

function printSummary(counts: ReplayCounts, groups: ReadonlyMap<string, number>, isAlone: boolean): string {
  const { queries, different, dice, bad } = counts
  const rows = [...groups]
    .sort((a, b) => b[1] - a[1])
    .slice(0, GROUPS_SHOWN)
    .map(([group, many]) => [...(JSON.parse(group) as string[]), String(many), printPercent(many / queries)])
  const more = groups.size > GROUPS_SHOWN ? [`and ${groups.size - GROUPS_SHOWN} more`] : []
  const head = ['name', 'type', 'from → to', 'queries', 'share']
  const table = rows.length > 0 ? [...(isAlone ? [] : ['']), printTable([head, ...rows]), ...more, ''] : []
  const notes = [
    ...(dice > 0 ? [`${dice} fell elsewhere by the dice alone, with the same odds`] : []),
    ...(bad > 0 ? [`${count(bad, 'line')} could not be read`] : []),
  ]
  const share = queries > 0 ? ` (${printPercent(different / queries)})` : ''
  const verdict =
    different === 0 ? `no difference in ${queries} answers` : `different: ${different} of ${queries} answers${share}`
  return [...table, [verdict, ...notes].join('; ')].join('\n')
}

function toJson({ line, query, kinds, old, new: fresh }: Replayed): object {
  const { name, type, client } = query
  return { line, name, type, client, kinds, old, new: fresh }
}
