// meridian check: loads a configuration as `serve` would, and says all that is wrong with it.

import type { Command } from 'commander'
import { loadNode } from '../app/load.ts'
import { isError, printProblem } from '../core/base/problem.ts'
import { configOption } from './config-option.ts'
import { Exit, newCommand, type Print } from './print.ts'

const example = `
Example:
  $ meridian check --config /etc/meridian/meridian.yaml

Exit code: 0 where nothing is wrong (warnings may be shown), 1 for mistakes, 2 for wrong usage.`

export function checkCommand(print: Print): Command {
  return newCommand('check', print)
    .description('check a configuration, its zones and all they include; every mistake with its file, line and column')
    .addOption(configOption())
    .addHelpText('after', example)
    .action(({ config }: { config: string }) => check(print, config))
}

function check(print: Print, file: string): void {
  const { loaded, problems } = loadNode(file, 1)
  for (const problem of problems) print.out(printProblem(problem))
  const errors = problems.filter(isError).length
  if (!loaded) {
    print.out(`${file}: ${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`)
    print.exit(Exit.problems)
    return
  }
  const { names, records, rows, subjects, snapshot } = loaded
  const services = names.steering.reduce((sum, { services }) => sum + services.length, 0)
  const counts = [
    `${names.zones.length} zones`,
    `${records} records`,
    `${services} services in use`,
    `${rows.length} targets`,
    `${subjects.length} probes`,
  ]
  print.out(`${file}: fine (${counts.join(', ')}; configuration ${snapshot.hash})`)
}
