// What drain, undrain, drill and return share: an order goes to a running node, and what came of it is shown.

import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { OrderView, OverrideView } from '../app/override-view.ts'
import { parseDuration, printDuration } from '../core/base/duration.ts'
import { refusalIn, tellAdmin } from '../io/control/client.ts'
import { addAdminOptions, findAdmin } from './admin-option.ts'
import { newCommand, Exit, type Print } from './print.ts'

interface Options {
  readonly for?: string
  readonly fade?: string
  readonly why?: string
  readonly author: string
  readonly json?: true
}

export interface OrderCommand {
  readonly name: string
  readonly does: string
  /** The name and description of the arguments. */
  readonly subjects: readonly [name: string, description: string]
  /** Whether it lasts for a time, and so needs a reason; `may`: the action sees to it. */
  readonly lasts: 'must' | 'may' | 'never'
  readonly help: string
}

/** A command that sends one order; the caller adds options of its own and the action. */
export function newOrderCommand(print: Print, { name, does, subjects, lasts, help }: OrderCommand): Command {
  const command = newCommand(name, print).description(does).argument(`<${subjects[0]}...>`, subjects[1])
  const why = new Option('--why <text>', 'the reason, shown to everybody who looks')
  const span = new Option('--for <duration>', 'how long, at most 30d: it ends by itself').argParser(readDuration)
  if (lasts !== 'never') command.addOption(span.makeOptionMandatory(lasts === 'must'))
  command
    .addOption(why.makeOptionMandatory(lasts === 'must'))
    .addOption(new Option('--author <name>', 'who orders it').default(userName(), 'the user of the system'))
    .option('--json', 'print what is in force as JSON')
  return addAdminOptions(command).addHelpText('after', help)
}

/** Sends the order of a command to `path`, and returns what came of it; undefined, and said why, where nothing did. */
export async function sendOrder(
  print: Print,
  command: Command,
  path: string,
  admin = findAdmin(print, command),
): Promise<OrderView | undefined> {
  const options = command.opts<Options>()
  if (!admin) return undefined
  const { for: lasting, fade, why, author } = options
  const body = {
    subjects: command.args,
    author,
    ...(why !== undefined && { why }),
    ...(lasting !== undefined && { for: lasting }),
    ...(fade !== undefined && { fade }),
  }
  const reply = await tellAdmin(admin, path, body)
  const refusal = refusalIn(reply)
  if (refusal !== undefined) {
    print.err(`error: ${refusal}`)
    print.exit(Exit.problems)
    return undefined
  }
  const view = reply.value as OrderView
  if (options.json) print.out(JSON.stringify(view, undefined, 2))
  else for (const line of printOrder(view)) print.out(line)
  for (const warning of view.warnings) print.err(`warning: ${warning}`)
  return view
}

function printOrder({ overrides, over }: OrderView): string[] {
  return [...over.map((text) => `over: the ${text}`), ...overrides.flatMap((override) => printOverrideLines(override))]
}

/** What is in force, and when it is safe to stop what was drained. */
export function printOverrideLines(override: OverrideView): string[] {
  const { kind, subject, targets, author, why, since, until, leftSec, safeToStop } = override
  const count = `${targets} ${targets === 1 ? 'target' : 'targets'}`
  const end = until === undefined ? `since ${since}` : `until ${until} (${printDuration(1000 * (leftSec ?? 0))} left)`
  const head = `${kind} ${subject}, ${count}, ${end}, by ${author}${why === '' ? '' : `: ${why}`}`
  const drained = kind === 'drain' && safeToStop ? [`  ${printSafeStop(safeToStop)}`] : []
  const fading =
    override.fade !== undefined && override.fade > 0 ? [`  fading: ${override.fade / 10} % of the weight left`] : []
  return [head, ...fading, ...drained]
}

export function printSafeStop({ at, inSec, because }: NonNullable<OverrideView['safeToStop']>): string {
  if (at === undefined) return `not safe to stop: ${because}`
  return inSec === 0
    ? `safe to stop since ${at}: ${because}`
    : `safe to stop at ${at} (in ${printDuration(1000 * (inSec ?? 0))}): ${because}`
}

/** The text itself, which the node reads again. */
export function readDuration(text: string): string {
  if (parseDuration(text) !== undefined) return text
  throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1h30m.')
}

/** Who is behind sudo, where it is known. */
function userName(): string {
  const behind = process.env['SUDO_USER']
  if (behind) return behind
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a user id without a name, as in containers
  }
}
