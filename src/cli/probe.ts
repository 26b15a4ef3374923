// meridian probe: a prober without DNS. It shares what it sees through the store.

import type { Command } from 'commander'
import { startNode } from '../app/node.ts'
import { printEndpoint } from '../core/base/address.ts'
import { configOption } from './config-option.ts'
import { newCommand, type Print } from './print.ts'
import { runUntilStopped } from './run.ts'

const example = `
Example:
  $ meridian probe --config /etc/meridian/prober-ap.yaml

The configuration is that of the DNS nodes, with another \`node\` (a name and region of its own) and admin address.
Exit code: 0 after a stop that was asked for, 1 for problems, 2 for wrong usage.`

export function probeCommand(print: Print): Command {
  return newCommand('probe', print)
    .description('only probe, and share the evidence through the store')
    .addOption(configOption())
    .addHelpText('after', example)
    .action(async ({ config }: { config: string }) => {
      const node = await runUntilStopped(print, (given) => startNode({ role: 'probe', file: config, ...given }))
      if (!node) return
      const { config: settings, subjects } = node.state.loaded
      if (settings.store === 'memory')
        print.err('warning: store is memory, so nobody else learns what this prober sees')
      const { name, region } = settings.node
      print.out(
        `ready: ${name} probes ${subjects.length} subjects from region ${region}; admin http://${printEndpoint(node.admin)}`,
      )
    })
}
