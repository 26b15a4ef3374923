// meridian drill: a planned failover. Pools count as down for a time, and come back by themselves.

import type { Command } from 'commander'
import { newOrderCommand, sendOrder } from './order.ts'
import { Exit, type Print } from './print.ts'

const help = `
Examples:
  $ meridian drill eu --for 5m --why "quarterly failover test"
  $ meridian drill eu --end

Exit code: 0 when it is in force (or over), 1 for problems, 2 for wrong usage.`

interface Options {
  readonly for?: string
  readonly why?: string
  readonly end?: true
}

export function drillCommand(print: Print): Command {
  const command: Command = newOrderCommand(print, {
    name: 'drill',
    does: 'let pools count as down for a time: a planned failover',
    subjects: ['pool', 'pools: eu, example.com/eu'],
    lasts: 'may',
    help,
  })
    .option('--end', 'end it now')
    .action(() => drill(print, command))
  return command
}

async function drill(print: Print, command: Command): Promise<void> {
  const { end, why, for: lasting } = command.opts<Options>()
  const isWhole = end ? lasting === undefined : lasting !== undefined && why !== undefined
  if (!isWhole) {
    print.err('error: expected --for and --why, or --end')
    print.exit(Exit.usage)
    return
  }
  await sendOrder(print, command, end ? '/undrill' : '/drill')
}
