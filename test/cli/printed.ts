// What a command printed and how it ended.

import { CommanderError, type Command } from 'commander'
import type { Print } from '../../src/cli/print.ts'

export interface Printed {
  readonly out: string
  readonly err: string
  /** The last that was said; undefined where nothing was. */
  readonly code: number | undefined
}

/** Runs a command with these arguments, as main would. */
export async function run(command: (print: Print) => Command, ...args: string[]): Promise<Printed> {
  let out = ''
  let err = ''
  let code: number | undefined
  const print: Print = {
    out: (text) => void (out += `${text}\n`),
    err: (text) => void (err += `${text}\n`),
    exit: (given) => void (code = given),
  }
  try {
    await command(print).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
  }
  return { out, err, code }
}
