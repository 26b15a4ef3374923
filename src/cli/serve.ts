// meridian serve: a node, until it is told to stop.

import type { Command } from 'commander'
import { startNode } from '../app/node.ts'
import { printEndpoint } from '../core/base/address.ts'
import { configOption } from './config-option.ts'
import { newCommand, type Print } from './print.ts'
import { runUntilStopped } from './run.ts'

const example = `
Example:
  $ meridian serve --config /etc/meridian/meridian.yaml

Ready is said on one line: listening, warm, and with a first round of probes done (or its time limit passed).
SIGHUP and a changed file reload all or nothing; SIGTERM and SIGINT answer what is queued and end.
Exit code: 0 after a stop that was asked for, 1 for problems, 2 for wrong usage.`

export function serveCommand(print: Print): Command {
  return newCommand('serve', print)
    .description('answer DNS queries, and probe unless `prober: false`')
    .addOption(configOption())
    .addHelpText('after', example)
    .action(async ({ config }: { config: string }) => {
      const node = await runUntilStopped(print, (given) => startNode({ role: 'serve', file: config, ...given }))
      if (!node) return
      const { loaded } = node.state
      const where = node.endpoints.map(printEndpoint).join(', ')
      const what = `${loaded.names.zones.length} zones, ${loaded.records} records`
      print.out(
        `ready: ${loaded.config.node.name} answers on ${where} (${what}); admin http://${printEndpoint(node.admin)}; configuration ${loaded.snapshot.hash}`,
      )
    })
}
