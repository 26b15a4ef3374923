// Where commands write, and how they end: given to them, so that tests can read along and nothing but main ends the process.

import { Command, type CommanderError } from 'commander'

export interface Print {
  /** One or more lines of the result; the last line break is added. */
  out(text: string): void
  /** The same for complaints. */
  err(text: string): void
  /** Says how the process is to end; it runs on. */
  exit(code: number): void
}

export const Exit = {
  ok: 0,
  /** The command ran and found something wrong. */
  problems: 1,
  /** The command was called wrongly. */
  usage: 2,
} as const

/** A command whose help and complaints about usage go through `print`; after those, parsing rejects with a CommanderError. */
export function newCommand(name: string, print: Print): Command {
  return new Command(name)
    .configureOutput({
      writeOut: (text) => print.out(text.replace(/\n$/, '')),
      writeErr: (text) => print.err(text.replace(/\n$/, '')),
    })
    .showHelpAfterError(`(meridian ${name} --help says more)`)
    .exitOverride((error: CommanderError) => {
      // Help that was asked for ends with 0; all else that ends a command early is wrong usage.
      print.exit(error.exitCode === 0 ? Exit.ok : Exit.usage)
      throw error
    })
}
