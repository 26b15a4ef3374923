// meridian status: what a running node believes, and what was ordered; once, or again and again.

import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { NodeStatus } from '../app/facts.ts'
import { type AdminAddress, askAdmin, refusalIn } from '../io/control/client.ts'
import { addAdminOptions, findAdmin } from './admin-option.ts'
import { newCommand, Exit, type Print } from './print.ts'
import { printStatus } from './status-text.ts'

const help = `
Examples:
  $ meridian status
  $ meridian status --watch
  $ meridian status --json --admin http://127.0.0.1:8053

Exit code: 0 where the node is ready, 1 where it is not or cannot be asked, 2 for wrong usage.`

const WATCH_MS = 2000
/** Cursor to the top left, and everything below it erased. */
const CLEAR = '\u001b[H\u001b[2J'

interface Options {
  readonly watch?: true
  readonly json?: true
}

export function statusCommand(print: Print): Command {
  const command: Command = addAdminOptions(
    newCommand('status', print)
      .description('show what a node believes: targets and what each region says of them, overrides, probers, store')
      .option('--watch', 'again every two seconds, until it is told to stop')
      .option('--json', 'print JSON'),
  )
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const admin = findAdmin(print, command)
      if (!admin) return
      if (options.watch) await watch(print, admin, options)
      else await show(print, admin, options, '')
    })
  return command
}

async function show(print: Print, admin: AdminAddress, { json }: Options, before: string): Promise<void> {
  const reply = await askAdmin(admin, '/status')
  const refusal = refusalIn(reply)
  if (refusal !== undefined) {
    print.err(`error: ${refusal}`)
    print.exit(Exit.problems)
    return
  }
  const node = reply.value as NodeStatus
  print.out(json ? JSON.stringify(node, undefined, 2) : `${before}${printStatus(node)}`)
  print.exit(node.ready.ready ? Exit.ok : Exit.problems)
}

/** A node that cannot be asked for a while is waited for: it may be what is being watched for. */
async function watch(print: Print, admin: AdminAddress, options: Options): Promise<void> {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const before = process.stdout.isTTY ? CLEAR : ''
  while (!stopping.signal.aborted) {
    try {
      await show(print, admin, options, before)
    } catch (error) {
      print.err((error as Error).message)
    }
    await delay(WATCH_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
  process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop)
  print.exit(Exit.ok)
}
