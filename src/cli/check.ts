// meridian check: loads a configuration as `serve` would, and says all that is wrong with it.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { checkTargets } from '../app/alias-check.ts'
import type { AliasPlan } from '../app/alias-plan.ts'
import { checkDelegation, type DelegationOptions } from '../app/delegation.ts'
import { type Loaded, loadNode } from '../app/load.ts'
import { printProgress } from '../app/load-progress.ts'
import { bindZone } from '../core/zone/image.ts'
import type { Endpoint } from '../core/base/address.ts'
import { isError, printProblem } from '../core/base/problem.ts'
import { configOption } from './config-option.ts'
import { readServer } from './query.ts'
import { Exit, newCommand, type Print } from './print.ts'

const TIMEOUT_MS = 2000

const example = `
Example:
  $ meridian check --config /etc/meridian/meridian.yaml
  $ meridian check --delegation --resolver 192.0.2.53:53   # and what parents and siblings say
  $ meridian check --resolve                               # and whether ALIAS targets have addresses

Exit code: 0 where nothing is wrong (warnings may be shown), 1 for mistakes, 2 for wrong usage.`

export function checkCommand(print: Print): Command {
  return newCommand('check', print)
    .description('check a configuration, its zones and all they include; every mistake with its file, line and column')
    .addOption(configOption())
    .option('--delegation', 'also ask the servers of the parent zones, and all name servers of ours')
    .option('--resolve', 'also ask resolvers for the targets of ALIAS records')
    .addOption(new Option('--resolver <address:port>', 'who finds them').argParser(readServer))
    .addOption(new Option('--port <number>', 'where name servers are asked').argParser(readPort).default(53))
    .addHelpText('after', example)
    .action((options: CheckOptions) => check(print, options))
}

interface CheckOptions {
  readonly config: string
  readonly delegation?: true
  readonly resolve?: true
  readonly resolver?: Endpoint
  readonly port: number
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('expected a port, 1 to 65535')
  return port
}

async function check(print: Print, { config: file, delegation, resolve, resolver, port }: CheckOptions): Promise<void> {
  if (delegation && !resolver) {
    print.err('--delegation needs --resolver: the address of a resolver that finds the servers of the parent zones')
    print.exit(Exit.usage)
    return
  }
  const { loaded, problems } = loadNode(file, 1, { onProgress: (progress) => print.err(printProgress(progress)) })
  for (const problem of problems) print.out(printProblem(problem))
  const errors = problems.filter(isError).length
  if (!loaded) {
    print.out(`${file}: ${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`)
    print.exit(Exit.problems)
    return
  }
  const { names, records, rows, subjects, snapshot, aliases } = loaded
  const services = names.steering.reduce((sum, { services }) => sum + services.length, 0)
  const counts = [
    `${names.zones.length} zones`,
    `${records} records`,
    `${services} services in use`,
    `${rows.length} targets`,
    `${subjects.length} probes`,
    ...(aliases.targets.length > 0 ? [`${aliases.targets.length} ALIAS targets to be resolved`] : []),
  ]
  print.out(`${file}: fine (${counts.join(', ')}; configuration ${snapshot.hash})`)
  if (resolve) await checkAliases(print, aliases)
  if (delegation && resolver) await checkDelegations(print, loaded, { resolver, port, timeoutMs: TIMEOUT_MS })
}

async function checkAliases(print: Print, plan: AliasPlan): Promise<void> {
  const findings = await checkTargets(plan)
  for (const finding of findings) print.out(finding)
  if (findings.length > 0) print.exit(Exit.problems)
  else print.out('all ALIAS targets that are not ours have addresses')
}

async function checkDelegations(print: Print, { names, snapshot }: Loaded, options: DelegationOptions): Promise<void> {
  let found = 0
  for (const [i, name] of names.zones.entries()) {
    const findings = await checkDelegation(bindZone(snapshot.zones[i]!), options)
    for (const finding of findings) print.out(`${name}: ${finding}`)
    found += findings.length
  }
  print.out(found === 0 ? 'all zones are delegated as they stand here' : `${found} found in the delegations`)
  if (found > 0) print.exit(Exit.problems)
}
