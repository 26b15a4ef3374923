// meridian drain: takes pools or targets out of new answers, for a time.

import { setTimeout as delay } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import type { OverrideView } from '../app/override-view.ts'
import { type AdminAddress, askAdmin, refusalIn } from '../io/control/client.ts'
import { findAdmin } from './admin-option.ts'
import { newOrderCommand, printSafeStop, readDuration, sendOrder } from './order.ts'
import { Exit, type Print } from './print.ts'

const help = `
Examples:
  $ meridian drain eu --for 30m --why "kernel update"
  $ meridian drain eu/192.0.2.10 example.net/web --for 2h --fade 10m --why "moving racks"
  $ meridian drain eu --for 1h --why "new release" --wait && systemctl stop web

A pool or target may be called by as much of zone/pool/target as tells it apart. Ordered again, a drain gets another end.
Exit code: 0 when it is in force (with --wait: when it is safe to stop), 1 for problems, 2 for wrong usage.`

const LOOK_MS = 1000

export function drainCommand(print: Print): Command {
  const command: Command = newOrderCommand(print, {
    name: 'drain',
    does: 'take pools or targets out of new answers, for a time',
    subjects: ['subject', 'pools and targets: eu, eu/192.0.2.10, example.com/eu'],
    lasts: 'must',
    help,
  })
    .addOption(new Option('--fade <duration>', 'let the weight go down over this time').argParser(readDuration))
    .option('--wait', 'return when the last cached answer has run out')
    .action(() => drain(print, command))
  return command
}

async function drain(print: Print, command: Command): Promise<void> {
  const admin = findAdmin(print, command)
  const view = admin && (await sendOrder(print, command, '/drain', admin))
  if (!view || !command.opts<{ wait?: true }>().wait) return
  for (const { id } of view.overrides) {
    const safe = await untilSafe(admin, id)
    if (typeof safe === 'string') {
      print.err(`error: ${safe}`)
      print.exit(Exit.problems)
      return
    }
    print.out(`${safe.subject}: ${printSafeStop(safe.safeToStop!)}`)
  }
}

/** Why nobody will know, as a string. */
async function untilSafe(admin: AdminAddress, id: string): Promise<OverrideView | string> {
  for (;;) {
    const reply = await askAdmin(admin, '/overrides')
    const refusal = refusalIn(reply)
    if (refusal !== undefined) return `the drain is in force, but whether it is safe to stop is not known: ${refusal}`
    const found = (reply.value as readonly OverrideView[]).find((override) => override.id === id)
    if (!found) return 'the drain ended before it was safe to stop'
    if (found.safeToStop?.inSec === 0) return found
    await delay(LOOK_MS)
  }
}
