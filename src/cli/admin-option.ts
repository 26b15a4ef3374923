// What every command has that asks a running node: where it is, and the token it wants.

import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { adminAddress } from '../app/admin-address.ts'
import { printProblem } from '../core/base/problem.ts'
import { type AdminAddress, parseAdminAddress } from '../io/control/client.ts'
import { configOption } from './config-option.ts'
import { Exit, type Print } from './print.ts'

export interface AdminOptions {
  readonly config: string
  readonly admin?: AdminAddress
  readonly tokenFile?: string
}

const TOKEN_VARIABLE = 'MERIDIAN_TOKEN'

export function addAdminOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--admin <url>',
        'the admin HTTP to ask (default: that of the configuration, or else 127.0.0.1:8053)',
      ).argParser(readAddress),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        `a file with the token (default: ${TOKEN_VARIABLE} of the environment, or else that of the configuration)`,
      ),
    )
    .addOption(configOption())
}

/** Undefined, and said why, where a file that was named cannot be used. */
export function findAdmin(print: Print, command: Command): AdminAddress | undefined {
  const { config, admin, tokenFile } = command.opts<AdminOptions>()
  const given = readToken(print, tokenFile)
  if (given === false) return undefined
  const withToken = (address: AdminAddress): AdminAddress =>
    given === undefined ? address : { ...address, token: given }
  // Another node may have another token: ours is not sent there.
  if (admin) return withToken(admin)
  const found = adminAddress(config)
  if (!('problems' in found)) return withToken(found)
  if (command.getOptionValueSource('config') !== 'cli' && found.problems.every(({ line }) => line === 0))
    return withToken({ address: '127.0.0.1', port: 8053 })
  for (const problem of found.problems) print.err(printProblem(problem))
  print.exit(Exit.problems)
  return undefined
}

function readToken(print: Print, file: string | undefined): string | undefined | false {
  if (file === undefined) {
    const token = process.env[TOKEN_VARIABLE]
    return token === '' ? undefined : token
  }
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token !== '') return token
    print.err(`error: expected a token in ${file}, found an empty file`)
  } catch (error) {
    print.err(`error: expected a token in ${file}: ${(error as Error).message}`)
  }
  print.exit(Exit.problems)
  return false
}

function readAddress(text: string): AdminAddress {
  const address = parseAdminAddress(text)
  if (address) return address
  throw new InvalidArgumentError('Expected a URL such as http://127.0.0.1:8053 or https://ns1.example.net/admin.')
}
