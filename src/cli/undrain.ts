// meridian undrain: takes a drain back before its time.

import type { Command } from 'commander'
import { newOrderCommand, sendOrder } from './order.ts'
import type { Print } from './print.ts'

const help = `
Example:
  $ meridian undrain eu

Exit code: 0 when it is over, 1 for problems (nothing is drained under that name, say), 2 for wrong usage.`

export function undrainCommand(print: Print): Command {
  const command: Command = newOrderCommand(print, {
    name: 'undrain',
    does: 'take a drain back before its time',
    subjects: ['subject', 'pools and targets, as drain has them'],
    lasts: 'never',
    help,
  }).action(async () => void (await sendOrder(print, command, '/undrain')))
  return command
}
