// meridian demo: a node on the shipped configuration, with stand-in backends for its regions that can be stopped and started.

import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { Option } from 'commander'
import { type DemoBackends, openBackends } from '../app/demo-backends.ts'
import { loadNode } from '../app/load.ts'
import { type Node, startNode } from '../app/node.ts'
import { type Endpoint, printEndpoint } from '../core/base/address.ts'
import { printProblem } from '../core/base/problem.ts'
import { Exit, newCommand, type Print } from './print.ts'
import { runUntilStopped } from './run.ts'
import { printTable } from './table.ts'

const shipped = fileURLToPath(new URL('../../meridian.yaml', import.meta.url))

const example = `
Example:
  $ meridian demo

While it runs, type: stop eu · start eu · status · quit. Everything stays on loopback.
Exit code: 0 after a stop that was asked for, 1 for problems, 2 for wrong usage.`

export function demoCommand(print: Print): Command {
  return newCommand('demo', print)
    .description('try it: the shipped zones, three stand-in regions, steering that can be watched')
    .addOption(
      new Option('--config <file>', 'another configuration: each of its regions gets a stand-in').default(
        shipped,
        'the shipped one',
      ),
    )
    .addHelpText('after', example)
    .action(({ config }: { config: string }) => demo(print, config))
}

async function demo(print: Print, file: string): Promise<void> {
  const { loaded, problems } = loadNode(file, 1)
  if (!loaded) {
    for (const problem of problems) print.err(printProblem(problem))
    print.exit(Exit.problems)
    return
  }
  const subjects = new Map(loaded.subjects.map((subject) => [subject.subject, subject]))
  const regions = new Map<string, Endpoint>()
  for (const { region, pool, subject } of loaded.rows) {
    const probed = subject === undefined ? undefined : subjects.get(subject)
    if (probed?.address.startsWith('127.')) regions.set(region ?? pool, { address: probed.address, port: probed.port })
  }
  const backends = await openBackends([...regions].map(([region, endpoint]) => ({ region, endpoint })))
  let node: Node | undefined
  try {
    print.out('starting: loading, and probing each region once …')
    node = await runUntilStopped(
      print,
      (given) => startNode({ role: 'serve', file, ...given }),
      () => backends.close(),
    )
  } catch (error) {
    await backends.close()
    throw error
  }
  if (!node) return
  print.out(greeting(node, regions))
  obey(print, node, backends)
}

/** Clients that the embedded database puts into Great Britain, the United States and Japan. */
const clients = [
  ['a European client ', '81.2.69.0/24'],
  ['an American client', '8.8.8.0/24'],
  ['a Japanese client ', '133.1.0.0/24'],
] as const

function greeting(node: Node, regions: ReadonlyMap<string, Endpoint>): string {
  const { address, port } = node.endpoints[0]!
  const { loaded } = node.state
  const databases = loaded.names.places.databases.map(
    ({ name, builtAt, attribution }) =>
      `${name}, built ${builtAt.slice(0, 10)}${attribution ? `; ${attribution}` : ''}`,
  )
  const backends = [...regions].map(([region, endpoint]) => `${region} at ${printEndpoint(endpoint)}`)
  return `
ready: ${loaded.config.node.name} answers on ${node.endpoints.map(printEndpoint).join(', ')} over UDP and TCP
       zones    ${loaded.names.zones.join(', ')}
       regions  ${backends.join(', ')} (stand-ins for the real ones)
       geo      ${databases.join(' · ')}

Try, in another terminal:
${clients.map(([who, subnet]) => `  dig @${address} -p ${port} www.example.com A +subnet=${subnet}     # ${who.trim()}`).join('\n')}
  npx meridian query www.example.com A --subnet 81.2.69.0/24         # the same without dig
  npx meridian explain www.example.com A --client 133.1.0.0          # and why
  curl http://${printEndpoint(node.admin)}/status                            # or /metrics

Then stop a region and see its clients move within ${reactionText(node)}:
  type "stop eu", and ask again; "start eu" brings it back; "status" shows what is believed; "quit" ends`
}

/** every × 1.1 + fall × confirm, of the slowest check. */
function reactionText(node: Node): string {
  const times = node.state.loaded.subjects.map(({ check }) => check.everyMs * 1.1 + check.fall * check.confirmMs)
  return `${Math.ceil(Math.max(0, ...times) / 1000)} s`
}

function obey(print: Print, node: Node, backends: DemoBackends): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    const [verb = '', region = ''] = line.trim().split(/\s+/)
    const known = backends.states().map((backend) => backend.region)
    if (verb === '') return
    if (verb === 'quit' || verb === 'exit') process.kill(process.pid, 'SIGTERM')
    else if (verb === 'status') print.out(statusText(node, backends))
    else if ((verb !== 'stop' && verb !== 'start') || !known.includes(region))
      print.out(`expected stop, start (and one of ${known.join(', ')}), status or quit, found "${line.trim()}"`)
    else {
      backends[verb](region).then(
        () =>
          print.out(
            `${region} is ${verb === 'stop' ? 'stopped: its probes are refused from now on' : 'started: two good probes bring it back'}`,
          ),
        (error: unknown) => print.err(String(error)),
      )
    }
  })
}

function statusText(node: Node, backends: DemoBackends): string {
  const { keeper } = node.state
  const believed = keeper
    .rows()
    .map((row, i) => [
      row.pool,
      row.target,
      keeper.verdictOf(i)?.state ?? 'unknown',
      keeper.verdictOf(i)?.because ?? '',
    ])
  const stands = backends
    .states()
    .map(({ region, endpoint, isUp }) => [region, printEndpoint(endpoint), isUp ? 'running' : 'stopped'])
  return `${printTable(stands)}\n\n${printTable(believed)}`
}
