// meridian diff: what changes for whom between two configurations, for a review before a reload.

import type { Command } from 'commander'
import { findDifference } from '../app/rehearsal/difference.ts'
import { printDifference, printDifferenceJson } from './diff-text.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { openProgress } from './progress.ts'
import { collect, openStages } from './stages.ts'

const example = `
Examples:
  $ meridian diff /etc/meridian ./meridian.yaml
  $ meridian diff old new --down eu                 # what changes while pool eu is down
  $ meridian diff old new --json

Exit code: 0 where nothing differs, 1 where anything does (or a configuration has mistakes), 2 for wrong usage.`

export function diffCommand(print: Print): Command {
  return newCommand('diff', print)
    .description('say what changes between two configurations, for every class of clients and every name')
    .argument('<old>', 'a meridian.yaml, or the folder of one')
    .argument('<new>', 'the other')
    .option('--down <pool>', 'a pool, or a target, that is down in both (repeatable)', collect, [])
    .option('--json', 'print JSON')
    .addHelpText('after', example)
    .action((old: string, fresh: string, options: { down: string[]; json?: true }) => diff(print, old, fresh, options))
}

function diff(print: Print, old: string, fresh: string, options: { down: string[]; json?: true }): void {
  const stages = openStages(print, old, fresh, options.down)
  if (!stages) return
  const progress = openProgress(print, 'names compared')
  const difference = findDifference(stages, Math.floor(Date.now() / 1000), progress)
  print.out(options.json ? printDifferenceJson(difference) : printDifference(difference))
  print.exit(difference.steered.length + difference.static.length > 0 ? Exit.problems : Exit.ok)
}
