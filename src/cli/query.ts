// meridian query: asks a DNS server and shows what it says. Its reader of messages is not that of the server, so what it
// shows is what others see.

import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { listenAddress } from '../app/listen-address.ts'
import {
  type Endpoint,
  maskBytes,
  parseAddress,
  parseEndpoint,
  parsePrefix,
  type Prefix,
  printAddress,
} from '../core/base/address.ts'
import { parseDuration } from '../core/base/duration.ts'
import { Failure } from '../core/base/failure.ts'
import { printProblem } from '../core/base/problem.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { parseName, ROOT } from '../core/wire/name.ts'
import { ask } from '../io/ask/ask.ts'
import type { Answered } from '../io/ask/asked.ts'
import { knownTypes, parseType } from '../io/ask/mnemonic.ts'
import { configOption } from './config-option.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { printAnswered, printAnsweredJson } from './query-text.ts'

interface Options {
  readonly config: string
  readonly server?: Endpoint
  readonly subnet?: Prefix
  readonly tcp?: true
  readonly json?: true
  readonly timeout: number
}

const DNS_PORT = 53
const example = `
Examples:
  $ meridian query www.example.com
  $ meridian query www.example.com AAAA --subnet 203.0.113.0/24
  $ meridian query example.com SOA --server [::1]:5300 --tcp --json

Exit code: 0 for a response that says NOERROR or NXDOMAIN, 1 for any other, a malformed one or none, 2 for wrong usage.`

export function queryCommand(print: Print): Command {
  const type = new Argument('[type]', 'the record type, by name or as TYPE65').argParser(readType).default(1, 'A')
  const server = new Option(
    '--server <address:port>',
    'the server to ask (default: where the configuration listens, or else 127.0.0.1:5300)',
  ).argParser(readServer)
  const timeout = new Option('--timeout <duration>', 'how long to wait for each of two tries').argParser(readTimeout)
  return newCommand('query', print)
    .description('ask a DNS server and show its answer')
    .argument('<name>', 'the name to ask about', readName)
    .addArgument(type)
    .addOption(server)
    .addOption(configOption())
    .option('--subnet <prefix>', 'ask on behalf of this client network (EDNS Client Subnet)', readSubnet)
    .option('--tcp', 'ask over TCP')
    .option('--json', 'print the answer as JSON')
    .addOption(timeout.default(2000, '2s'))
    .addHelpText('after', example)
    .action(async (name: string, type: number, options: Options, command: Command) => {
      const server =
        options.server ?? findServer(print, options.config, command.getOptionValueSource('config') === 'cli')
      if (server) await query(print, server, name, type, options)
    })
}

/** Where a node of this configuration would answer; a configuration that nobody named may be missing. */
function findServer(print: Print, file: string, isNamed: boolean): Endpoint | undefined {
  const found = listenAddress(file)
  if (!('problems' in found)) return found
  if (!isNamed) return { address: '127.0.0.1', port: 5300 }
  for (const problem of found.problems) print.err(printProblem(problem))
  print.exit(Exit.problems)
  return undefined
}

async function query(print: Print, server: Endpoint, name: string, type: number, options: Options): Promise<void> {
  const { subnet, timeout, tcp = false, json = false } = options
  try {
    const answered = await ask({ server, name, type, subnet, overTcp: tcp, timeoutMs: timeout })
    print.out(json ? printAnsweredJson(answered) : printAnswered(answered))
    print.exit(isFine(answered) ? Exit.ok : Exit.problems)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    print.err(`${error.message} (${error.code})`)
    print.exit(Exit.problems)
  }
}

function isFine({ rcode, problems }: Answered): boolean {
  return (rcode === 0 || rcode === 3) && problems.length === 0
}

function readName(text: string): string {
  const name = parseName(text, ROOT)
  if (typeof name === 'string') throw new InvalidArgumentError(`Expected a domain name, found ${name}.`)
  return text
}

function readType(text: string): number {
  const type = parseType(text)
  if (type !== undefined) return type
  // A transfer is a sequence of messages, which one answer cannot show.
  if (/^[ai]xfr$/i.test(text)) throw new InvalidArgumentError('Zone transfers cannot be asked for here.')
  const hint = didYouMean(text, knownTypes)
  throw new InvalidArgumentError(`Expected a record type such as A, MX or TYPE65${hint ? ` (${hint})` : ''}.`)
}

export function readServer(text: string): Endpoint {
  const bare = parseAddress(text)
  const server = bare ? { address: printAddress(bare.bytes), port: DNS_PORT } : parseEndpoint(text)
  if (server && server.port > 0) return server
  throw new InvalidArgumentError('Expected an address and port such as 127.0.0.1:5300 or [::1]:5300.')
}

function readSubnet(text: string): Prefix {
  const prefix = parsePrefix(text)
  if (prefix) return prefix
  const [addressText, lengthText] = text.split('/')
  const address = parseAddress(addressText!)
  const length = Number(lengthText)
  // Seen most often: an address with the length of its network.
  const near = address && length < address.bytes.length * 8 ? maskBytes(address.bytes, length) : undefined
  const hint = near ? ` (did you mean ${printAddress(near)}/${length}?)` : ''
  throw new InvalidArgumentError(`Expected a network such as 203.0.113.0/24 or 2001:db8::/56${hint}.`)
}

function readTimeout(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0 && ms <= 3_600_000) return ms
  throw new InvalidArgumentError('Expected a time from 1ms to 1h, such as 500ms or 2s.')
}
