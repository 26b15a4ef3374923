// meridian explain: what a client would be answered, and why. A running node is asked, because it knows what is up; without
// one, the configuration is loaded here and every target is unknown.

import { Argument, type Command, Option } from 'commander'
import { addressOfAdmin } from '../app/admin-address.ts'
import { boundAt, explainAnswer, parseQuestion, type Question, rowsOfPools, SUPPOSED } from '../app/explain.ts'
import { type Loaded, loadNode } from '../app/load.ts'
import { bindSnapshot } from '../core/answer/snapshot.ts'
import { Failure } from '../core/base/failure.ts'
import { printProblem } from '../core/base/problem.ts'
import { decodeWithDns2 } from '../io/ask/decode.ts'
import { askAdmin, refusalIn } from '../io/control/client.ts'
import { configOption } from './config-option.ts'
import { printExplanation, type Shown } from './explain-text.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { collect } from './stages.ts'

const example = `
Examples:
  $ meridian explain www.example.com A --client 203.0.113.7
  $ meridian explain www.example.com AAAA --client 2001:db8::/48 --resolver 192.0.2.1
  $ meridian explain www.example.com A --client 203.0.113.7 --down eu --down us
  $ meridian explain www.example.com A --client 203.0.113.7 --at 2026-01-01T12:00:00Z --offline

Exit code: 0 where there is an answer, 1 for problems, 2 for wrong usage.`

interface Options {
  readonly config: string
  readonly client?: string
  readonly resolver?: string
  readonly at?: string
  readonly down: readonly string[]
  readonly bytes?: true
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
    .addOption(
      new Option('--down <pool>', 'as if every target of that pool were down; may stand more than once')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--bytes', 'print the bytes of the response as well')
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
  const shown =
    live ?? explainHere(loaded, question as Exclude<typeof question, string>, Math.floor(at / 1000), options.down)
  if (typeof shown === 'string') {
    print.err(`error: ${shown}`)
    print.exit(Exit.problems)
    return
  }
  const { node, steps, tree, response } = shown
  const answer = decodeWithDns2(response)
  if (options.json) {
    const bytes = Buffer.from(response).toString('hex')
    print.out(JSON.stringify({ node, down: options.down, steps, tree, answer, bytes }, undefined, 2))
  } else print.out(printExplanation(shown, answer, options))
}

/** Without a running node; what is wrong with the pools as a string. */
function explainHere(loaded: Loaded, question: Question, nowSec: number, down: readonly string[]): Shown | string {
  const rows = rowsOfPools(down, loaded.rows)
  if (typeof rows === 'string') return rows
  const bound = boundAt(bindSnapshot(loaded.snapshot), nowSec, rows)
  const because = (row: number): string | undefined => (rows.has(row) ? SUPPOSED : undefined)
  return { node: undefined, ...explainAnswer(bound, loaded.names, question, nowSec, because) }
}

/** What the running node says; undefined where none runs, its complaint as a string. */
async function askNode(
  admin: Parameters<typeof askAdmin>[0],
  name: string,
  type: string,
  options: Options,
): Promise<Shown | string | undefined> {
  const { client, resolver, at, down } = options
  const parameters = {
    name,
    type,
    ...(client && { client }),
    ...(resolver && { resolver }),
    ...(at && { at }),
    ...(down.length > 0 && { down: down.join(',') }),
  }
  try {
    const reply = await askAdmin(admin, '/explain', parameters)
    const refusal = refusalIn(reply)
    if (refusal !== undefined) return refusal
    const { node, steps, tree, response } = reply.value as Omit<Shown, 'response'> & { response: string }
    return { node, steps, tree, response: new Uint8Array(Buffer.from(response, 'base64')) }
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
