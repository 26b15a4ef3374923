// meridian return: lets a pool come back that waits for an operator's word after an outage.

import type { Command } from 'commander'
import { newOrderCommand, sendOrder } from './order.ts'
import type { Print } from './print.ts'

const help = `
Example:
  $ meridian return eu --why "looked at the logs, the disk was replaced"

Exit code: 0 when it is in force, 1 for problems, 2 for wrong usage.`

export function returnCommand(print: Print): Command {
  const command: Command = newOrderCommand(print, {
    name: 'return',
    does: 'let pools come back that wait for it, after an outage',
    subjects: ['pool', 'pools: eu, example.com/eu'],
    lasts: 'never',
    help,
  }).action(async () => void (await sendOrder(print, command, '/return')))
  return command
}
