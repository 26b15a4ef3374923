// meridian print: a zone as a master file that reads back identical.

import type { Command } from 'commander'
import { loadNode } from '../app/load.ts'
import { isError, printProblem } from '../core/base/problem.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { printName } from '../core/wire/name.ts'
import { printMaster } from '../core/zone/master/print.ts'
import { configOption } from './config-option.ts'
import { Exit, newCommand, type Print } from './print.ts'

const example = `
Example:
  $ meridian print example.com --config /etc/meridian/meridian.yaml > example.com.zone

Exit code: 0 when it was printed, 1 where the configuration has mistakes, 2 for wrong usage.`

export function printCommand(print: Print): Command {
  return newCommand('print', print)
    .description('print the static records of a zone as a master file, which reads back identical')
    .argument('[zone]', 'its name; may be left out where there is one zone')
    .addOption(configOption())
    .addHelpText('after', example)
    .action((zone: string | undefined, options: { readonly config: string }) => printZone(print, zone, options.config))
}

function printZone(print: Print, wanted: string | undefined, file: string): void {
  const texts = new Map<string, () => string>()
  const { loaded, problems } = loadNode(file, 1, {
    onZone: ({ name, apex, records, services }) =>
      texts.set(name.toLowerCase(), () => {
        const steered = services.map(
          ({ owner, service }) => `; ${printName(owner)} is answered by the service ${service}`,
        )
        return [printMaster(records, apex).trimEnd(), ...steered].join('\n')
      }),
  })
  if (!loaded) {
    for (const problem of problems.filter(isError)) print.err(printProblem(problem))
    print.exit(Exit.problems)
    return
  }
  const names = [...texts.keys()]
  const name = wanted === undefined && names.length === 1 ? names[0]! : plain(wanted ?? '')
  const text = texts.get(name)
  if (text) return print.out(text())
  if (wanted === undefined) print.err(`which zone? ${names.join(', ')}`)
  else {
    const hint = didYouMean(name, names)
    print.err(`expected a zone of ${file}, found "${wanted}"${hint === undefined ? '' : ` (${hint})`}`)
  }
  print.exit(Exit.usage)
}

/** As zones are called here: in small letters, without the final dot. */
function plain(name: string): string {
  return name === '.' ? name : name.toLowerCase().replace(/\.$/, '')
}
