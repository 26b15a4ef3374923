// The commands: a new one gets its file and its line here.

import { type Command, CommanderError } from 'commander'
import { checkCommand } from './check.ts'
import { demoCommand } from './demo.ts'
import { diffCommand } from './diff.ts'
import { drainCommand } from './drain.ts'
import { drillCommand } from './drill.ts'
import { explainCommand } from './explain.ts'
import { newCommand, type Print } from './print.ts'
import { printCommand } from './print-zone.ts'
import { probeCommand } from './probe.ts'
import { queryCommand } from './query.ts'
import { replayCommand } from './replay.ts'
import { returnCommand } from './return.ts'
import { serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { statusCommand } from './status.ts'
import { undrainCommand } from './undrain.ts'
import { version } from '../app/version.ts'

export const commands = [
  serveCommand,
  probeCommand,
  checkCommand,
  printCommand,
  explainCommand,
  diffCommand,
  replayCommand,
  simulateCommand,
  queryCommand,
  statusCommand,
  drainCommand,
  undrainCommand,
  drillCommand,
  returnCommand,
  demoCommand,
]

const example = `
Example:
  $ meridian demo                                   # everything at once, on loopback
  $ meridian check && meridian serve                # the same with your own meridian.yaml

Exit code: 0 when all is well, 1 for problems found, 2 for wrong usage.`

export function meridian(print: Print): Command {
  const program = newCommand('meridian', print)
    .description('an authoritative DNS server and global load balancer that explains every answer')
    .version(version())
    .showHelpAfterError('(meridian --help says more)')
    .addHelpText('after', example)
  for (const command of commands) program.addCommand(command(print))
  return program
}

/** Runs what `argv` says. Wrong usage has been told, and its exit code set; rejects with a Failure where the world is not as needed. */
export async function run(print: Print, argv: readonly string[]): Promise<void> {
  try {
    await meridian(print).parseAsync([...argv])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
  }
}
