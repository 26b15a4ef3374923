// What a query costs the real server: `serve` as a child process, once per transport, saturated in turns by a load generator
// in a process of its own. The figure is the server process's own CPU time divided by the queries it answered.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cpuSince, readCpu } from './cpu.ts'
import { startFlood } from './flood.ts'
import { type QuestionKind, questions, writeWorld } from './world.ts'

export const transports = ['batched', 'portable'] as const
export type Transport = (typeof transports)[number]

/** CPU in µs per answered query. */
export interface Cost {
  readonly totalUs: number
  readonly userUs: number
  readonly systemUs: number
  readonly perSecond: number
  /** Packets per receive call. */
  readonly batch: number
  readonly lost: number
}

export interface Round {
  readonly kind: QuestionKind
  readonly cost: Readonly<Record<Transport, Cost>>
  /** Batched divided by portable. */
  readonly ratio: number
  /** Whether the generator kept the batched server's queue full: on a busy machine it may be the one that waits. */
  readonly isSaturated: boolean
}

export interface Server {
  readonly child: ChildProcess
  readonly address: string
  readonly admin: string
}

export interface ServerPlan {
  readonly kinds: readonly QuestionKind[]
  readonly rounds: number
  readonly seconds: number
  readonly onRound?: (round: Round, number: number) => void
}

/** Packets per batch, of 64 possible. */
const SATURATED = 48
/** Queries until V8 has compiled everything for good. */
const WARM_UP = 200_000

/** Different queries per kind: more than any cache of the processor would like. */
const QUERIES = 4096

/** Both servers run all the while; the one that is not asked sleeps. */
export async function measureServers({ kinds, rounds, seconds, onRound }: ServerPlan): Promise<Round[]> {
  const folder = writeWorld(transports)
  const servers: Partial<Record<Transport, Server>> = {}
  try {
    for (const transport of transports) servers[transport] = await startServer(join(folder, `${transport}.yaml`))
    const files = Object.fromEntries(kinds.map((kind) => [kind, writeQueries(folder, kind)]))
    const running = servers as Record<Transport, Server>
    for (const kind of kinds)
      for (const transport of transports)
        await startFlood({ ...to(running[transport], files[kind]!, 10), count: WARM_UP })
    const done: Round[] = []
    for (let number = 0; number < rounds; number++) {
      for (const kind of kinds) {
        const cost: Partial<Record<Transport, Cost>> = {}
        // Turn about, so that neither always has what the other leaves behind.
        for (const transport of number % 2 === 0 ? transports : transports.toReversed())
          cost[transport] = await measure(running[transport], files[kind]!, seconds)
        const both = cost as Record<Transport, Cost>
        const ratio = both.batched.totalUs / both.portable.totalUs
        const round = { kind, cost: both, ratio, isSaturated: both.batched.batch >= SATURATED }
        done.push(round)
        onRound?.(round, number)
      }
    }
    return done
  } finally {
    for (const { child } of Object.values(servers)) await stopServer(child)
    rmSync(folder, { recursive: true })
  }
}

function writeQueries(folder: string, kind: QuestionKind): string {
  const file = join(folder, `${kind}.hex`)
  const lines = Array.from({ length: QUERIES }, (_, i) => Buffer.from(questions[kind](i)).toString('hex'))
  writeFileSync(file, lines.join('\n'))
  return file
}

export async function startServer(config: string): Promise<Server> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'serve', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => `it ended with ${String(code)}`)
  const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text))
  const said = await Promise.race([line, ended])
  const ready = /^ready: .* answers on (\S+) .*admin (http:\S+);/.exec(said)
  if (ready) return { child, address: ready[1]!, admin: ready[2]! }
  child.kill()
  throw new Error(`the server is not ready: ${said}`)
}

export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function to(server: Server, queryFile: string, seconds: number) {
  return { to: server.address, queryFile, seconds }
}

async function measure(server: Server, queryFile: string, seconds: number): Promise<Cost> {
  const before = { cpu: readCpu(server.child.pid!), counts: await readCounts(server) }
  const result = await startFlood(to(server, queryFile, seconds))
  const cpu = cpuSince(before.cpu, readCpu(server.child.pid!))
  const counts = await readCounts(server)
  const answered = counts.answered - before.counts.answered
  if (answered < result.answered) throw new Error('the generator has more answers than the server sent')
  return {
    totalUs: cpu.totalUs / answered,
    userUs: cpu.userUs / answered,
    systemUs: cpu.systemUs / answered,
    perSecond: result.perSecond,
    batch: (counts.received - before.counts.received) / (counts.batches - before.counts.batches),
    lost: result.lost,
  }
}

interface Counts {
  readonly received: number
  readonly answered: number
  readonly batches: number
}

async function readCounts(server: Server): Promise<Counts> {
  const text = await (await fetch(`${server.admin}/metrics`)).text()
  const read = (name: string): number => {
    const line = text.split('\n').find((line) => line.startsWith(name))
    if (line === undefined) throw new Error(`/metrics has no ${name}`)
    return Number(line.split(' ').at(-1))
  }
  return {
    received: read('meridian_packets_received_total{transport="udp"}'),
    answered: read('meridian_responses_total{transport="udp"}'),
    batches: read('meridian_packet_batches_total '),
  }
}
