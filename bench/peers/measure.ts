// The rounds of a comparison: all servers run all the while and are asked in turns, each round in another order, so that no
// server always has what another leaves behind.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { type CpuTime, cpuSince } from '../cpu.ts'
import { writeQuestions } from '../expectation.ts'
import { startFlood } from '../flood.ts'
import { startPaced } from '../paced.ts'
import { startStreams } from '../streams.ts'
import { type Floor, startFloor } from './floor.ts'
import { type Peer, peers } from './servers.ts'
import { makeWorld, type Scenario, scenarios } from './world.ts'

export const streamKinds = ['pipelined', 'each'] as const
export const paceKinds = ['static', 'steered'] as const

/** CPU in µs per answered query, in one round. */
export interface Sample {
  readonly totalUs: number
  readonly userUs: number
  readonly systemUs: number
  readonly perSecond: number
  readonly lost: number
  readonly wrong: number
}

export interface Pace {
  readonly rate: number
  readonly medianUs: number
  readonly p99Us: number
  readonly windowP99Us: number
  readonly late: number
  readonly unanswered: number
}

export interface Results {
  /** By scenario or kind of stream, then by server: one sample a round. */
  readonly udp: Map<string, Map<string, Sample[]>>
  readonly tcp: Map<string, Map<string, Sample[]>>
  readonly paced: Map<string, Map<string, Pace[]>>
}

export interface Effort {
  readonly rounds: number
  readonly seconds: number
  /** Questions over pipelined connections, and connections of one question. */
  readonly piped: number
  readonly connections: number
  readonly warmUp: number
}

export const FLOOR = 'echo in C'
/** Who serves TCP in the comparison, and whose latency is. */
const streamPeers = ['meridian', 'knot', 'gdnsd']
const pacePeers = ['meridian', 'gdnsd']

interface Target {
  readonly name: string
  readonly port: number
  readonly window: number
  readonly scenarios: readonly Scenario[]
  cpu(): CpuTime
}

export interface Comparison extends AsyncDisposable {
  readonly versions: Readonly<Record<string, string>>
  run(effort: Effort, say: (line: string) => void): Promise<Results>
}

/** Starts every server in a folder of its own. */
export async function openComparison(folder: string, say: (line: string) => void): Promise<Comparison> {
  say('making the database of places and the questions')
  const { database, questions } = makeWorld()
  const fileOf = (scenario: Scenario): string => join(folder, `${scenario}.questions`)
  for (const scenario of scenarios) writeQuestions(fileOf(scenario), questions[scenario])
  await using running = new AsyncDisposableStack()
  const targets: Target[] = [asTarget(running.use(await startFloor(folder)))]
  for (const peer of peers) {
    say(`starting ${peer.name} ${peer.version()}`)
    const home = join(folder, peer.name)
    mkdirSync(home)
    writeFileSync(join(home, 'places.mmdb'), database)
    const { port, cpu } = running.use(await startOnFreePort(peer, home))
    targets.push({ name: peer.name, port, cpu, window: peer.window ?? WINDOW, scenarios: peer.scenarios })
  }
  const kept = running.move()
  return {
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version()])),
    run: (effort, say) => runAll(targets, fileOf, effort, say),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

const WINDOW = 64

function asTarget({ port, cpu }: Floor): Target {
  return { name: FLOOR, port, cpu, window: WINDOW, scenarios: ['static', 'steered'] }
}

async function startOnFreePort(peer: Peer, home: string): Promise<Awaited<ReturnType<Peer['start']>>> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return peer.start(home, port)
}

type FileOf = (scenario: Scenario) => string

async function runAll(
  targets: readonly Target[],
  fileOf: FileOf,
  effort: Effort,
  say: (line: string) => void,
): Promise<Results> {
  const results: Results = { udp: new Map(), tcp: new Map(), paced: new Map() }
  await warmUp(targets, fileOf, effort, say)
  for (let round = 0; round < effort.rounds; round++) {
    const turned = [...targets.slice(round % targets.length), ...targets.slice(0, round % targets.length)]
    const tell = (line: string): void => say(`${round + 1}/${effort.rounds}  ${line}`)
    await runUdp(turned, fileOf, effort, results, tell)
    await runTcp(turned, fileOf, effort, results, tell)
    await runPaced(turned, fileOf, effort, results, tell)
  }
  return results
}

/** What is compiled as it runs is compiled now; and a server that answers wrongly is not worth measuring. */
async function warmUp(
  targets: readonly Target[],
  fileOf: FileOf,
  { warmUp: count }: Effort,
  say: (line: string) => void,
): Promise<void> {
  for (const { name, port, window, scenarios: own } of targets) {
    say(`warming up ${name}`)
    for (const scenario of own) {
      const flood = { to: `127.0.0.1:${port}`, queryFile: fileOf(scenario), window, count, seconds: 10 }
      const { wrong, answered } = await startFlood(flood)
      if (answered === 0) throw new Error(`${name} does not answer (${scenario})`)
      if (wrong > 0 && name !== FLOOR)
        throw new Error(`${name}: ${wrong} of ${answered} answers are wrong (${scenario})`)
    }
  }
}

async function runUdp(
  targets: readonly Target[],
  fileOf: FileOf,
  { seconds }: Effort,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  for (const scenario of scenarios) {
    for (const target of targets.filter(({ scenarios: own }) => own.includes(scenario))) {
      const { name, port, window } = target
      const before = target.cpu()
      const flood = await startFlood({ to: `127.0.0.1:${port}`, queryFile: fileOf(scenario), window, seconds })
      const sample = sampleOf(cpuSince(before, target.cpu()), flood.answered, flood)
      keep(results.udp, scenario, name, sample)
      say(`${scenario.padEnd(9)} ${name.padEnd(10)} ${sampleText(sample, name === FLOOR)}`)
    }
  }
}

async function runTcp(
  targets: readonly Target[],
  fileOf: FileOf,
  { piped, connections }: Effort,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  for (const kind of streamKinds) {
    for (const target of targets.filter(({ name }) => streamPeers.includes(name))) {
      const count = kind === 'each' ? connections : piped
      const before = target.cpu()
      const to = `127.0.0.1:${target.port}`
      const streams = await startStreams({ to, queryFile: fileOf('static'), count, each: kind === 'each' })
      const sample = sampleOf(cpuSince(before, target.cpu()), streams.answered, {
        ...streams,
        lost: count - streams.answered,
      })
      keep(results.tcp, kind, target.name, sample)
      say(`${`TCP ${kind}`.padEnd(9)} ${target.name.padEnd(10)} ${sampleText(sample, false)}`)
    }
  }
}

/** At half of what the slower of them answers at most. */
async function runPaced(
  targets: readonly Target[],
  fileOf: FileOf,
  { seconds }: Effort,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  for (const kind of paceKinds) {
    const most = pacePeers.map((name) =>
      Math.max(
        ...results.udp
          .get(kind)!
          .get(name)!
          .map(({ perSecond }) => perSecond),
      ),
    )
    const rate = Math.floor(Math.min(...most) / 2)
    for (const { name, port } of targets.filter(({ name }) => pacePeers.includes(name))) {
      const paced = await startPaced({ to: `127.0.0.1:${port}`, queryFile: fileOf(kind), rate, seconds })
      const { medianUs, p99Us, windowP99Us, late, sent, answered } = paced
      keep(results.paced, kind, name, { rate, medianUs, p99Us, windowP99Us, late, unanswered: sent - answered })
      const times = `median ${medianUs.toFixed(0)} µs, 99th percentile ${p99Us.toFixed(0)} µs, ${windowP99Us.toFixed(0)} in the middle one of its windows`
      say(
        `${kind.padEnd(9)} ${name.padEnd(10)} ${times}, at ${Math.round(rate / 1000)} k/s (${late} of ${sent} went out late)`,
      )
    }
  }
}

function sampleOf(
  { totalUs, userUs, systemUs }: CpuTime,
  answered: number,
  { perSecond, lost, wrong }: { readonly perSecond: number; readonly lost: number; readonly wrong: number },
): Sample {
  return {
    totalUs: totalUs / answered,
    userUs: userUs / answered,
    systemUs: systemUs / answered,
    perSecond,
    lost,
    wrong,
  }
}

function sampleText({ totalUs, userUs, systemUs, perSecond, lost, wrong }: Sample, isFloor: boolean): string {
  const cost = `${totalUs.toFixed(2)} µs = ${userUs.toFixed(2)} user + ${systemUs.toFixed(2)} system`
  const notes = [lost > 0 ? `, ${lost} lost` : '', wrong > 0 && !isFloor ? `, ${wrong} WRONG` : '']
  return `${cost}, ${Math.round(perSecond / 1000)} k/s${notes.join('')}`
}

function keep<Of>(results: Map<string, Map<string, Of[]>>, kind: string, name: string, sample: Of): void {
  const byName = results.get(kind) ?? new Map<string, Of[]>()
  results.set(kind, byName)
  byName.set(name, [...(byName.get(name) ?? []), sample])
}
