// meridian explain: what a client would be answered, and why. A running node is asked, because it knows what is up; without
// one, the configuration is loaded here and every target is unknown.

import { Argument, type Command, Option } from 'commander'
import { addressOfAdmin } from '../app/admin-address.ts'
import { boundAt, explainAnswer, parseQuestion } from '../app/explain.ts'
import { loadNode } from '../app/load.ts'
import { bindSnapshot } from '../core/answer/snapshot.ts'
import type { Step } from '../core/answer/trace.ts'
import { Failure } from '../core/base/failure.ts'
import { printProblem } from '../core/base/problem.ts'
import { decodeWithDns2 } from '../io/ask/decode.ts'
import { askAdmin } from '../io/control/client.ts'
import { configOption } from './config-option.ts'
import { printExplanation, type Shown } from './explain-text.ts'
import { Exit, newCommand, type Print } from './print.ts'

const example = `
Examples:
  $ meridian explain www.example.com A --client 203.0.113.7
  $ meridian explain www.example.com AAAA --client 2001:db8::/48 --resolver 192.0.2.1
  $ meridian explain www.example.com A --client 203.0.113.7 --at 2026-01-01T12:00:00Z --offline

Exit code: 0 where there is an answer, 1 for problems, 2 for wrong usage.`

interface Options {
  readonly config: string
  readonly client?: string
  readonly resolver?: string
  readonly at?: string
  readonly offline?: true
  readonly json?: true
}

export function explainCommand(print: Print): Command {
  return newCommand('explain', print)
    .description('say what a client would be answered, and why')
    .argument('<name>', 'the name it asks about')
    .addArgument(new Argument('[type]', 'the record type').default('A'))
    .option(
      '--client <address>',
      'address or prefix of the client, as a resolver would pass it on (EDNS Client Subnet)',
    )
    .option('--resolver <address>', 'address that the query comes from (127.0.0.1 if left out)')
    .addOption(new Option('--at <time>', 'as of another time: the dice change with it'))
    .option('--offline', 'do not ask a running node: load the configuration here, every target unknown')
    .option('--json', 'print JSON')
    .addOption(configOption())
    .addHelpText('after', example)
    .action((name: string, type: string, options: Options) => explain(print, name, type, options))
}

async function explain(print: Print, name: string, type: string, options: Options): Promise<void> {
  const question = parseQuestion(name, type, options.client, options.resolver)
  const at = options.at === undefined ? Date.now() : Date.parse(options.at)
  const wrong =
    typeof question === 'string'
      ? question
      : Number.isNaN(at)
        ? `expected a time such as 2026-01-01T12:00:00Z, found "${options.at}"`
        : undefined
  if (wrong !== undefined) {
    print.err(`error: ${wrong}`)
    print.exit(Exit.usage)
    return
  }
  const { loaded, problems } = loadNode(options.config, 1)
  if (!loaded) {
    for (const problem of problems) print.err(printProblem(problem))
    print.exit(Exit.problems)
    return
  }
  const live = options.offline ? undefined : await askNode(addressOfAdmin(loaded.config), name, type, options)
  if (typeof live === 'string') {
    print.err(`error: ${live}`)
    print.exit(Exit.problems)
    return
  }
  const nowSec = Math.floor(at / 1000)
  const shown = live ?? {
    node: undefined,
    ...explainAnswer(
      boundAt(bindSnapshot(loaded.snapshot), nowSec),
      loaded.names,
      question as Exclude<typeof question, string>,
      nowSec,
      () => undefined,
    ),
  }
  const answer = decodeWithDns2(shown.response)
  if (options.json) print.out(JSON.stringify({ node: shown.node, steps: shown.steps, answer }, undefined, 2))
  else print.out(printExplanation(shown, answer))
}

/** What the running node says; undefined where none runs, its complaint as a string. */
async function askNode(
  admin: Parameters<typeof askAdmin>[0],
  name: string,
  type: string,
  options: Options,
): Promise<Shown | string | undefined> {
  const { client, resolver, at } = options
  const parameters = { name, type, ...(client && { client }), ...(resolver && { resolver }), ...(at && { at }) }
  try {
    const { status, value } = await askAdmin(admin, '/explain', parameters)
    if (status !== 200) return String((value as { error?: string }).error ?? `the node answered with status ${status}`)
    const { node, steps, response } = value as { node: string; steps: Step[]; response: string }
    return { node, steps, response: new Uint8Array(Buffer.from(response, 'base64')) }
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
