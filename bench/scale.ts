// npm run bench -- scale: a million records in one zone beside NSD, what its size does to answers, reloads of it while questions
// come in, very many zones, services and networks, and one worker beside two. Ten minutes; with --quick a tenth of the records, two.

import { rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { delimiter, join } from 'node:path'
import { loadNode } from '../src/app/load.ts'
import { needPrograms } from '../test/setup/debian.ts'
import { holdMeridian, holdNsd, type Held } from './scale/memory.ts'
import { measureReloads } from './scale/reload.ts'
import {
  manyServices,
  manyZones,
  networksAsTable,
  networksAsYaml,
  openWorld,
  writeNode,
  writeQuestions,
  writeZone,
} from './scale/world.ts'
import { measureWorkers } from './scale/workers.ts'
import { compareServers } from './scale/answer.ts'
import { startServer, stopServer } from './server.ts'

interface Size {
  readonly records: number
  readonly many: number
  readonly networks: number
  readonly rounds: number
  readonly rate: number
  readonly reloads: number
}

const full: Size = { records: 1_000_000, many: 10_000, networks: 100_000, rounds: 7, rate: 100_000, reloads: 5 }
const quick: Size = { records: 100_000, many: 1000, networks: 10_000, rounds: 3, rate: 20_000, reloads: 2 }
const QUESTIONS = 200_000

const say = (text: string): void => console.log(text)
const mb = (bytes: number): string => `${(bytes / 1_000_000).toFixed(0)} MB`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
const load = (): string => `load ${loadavg()[0]!.toFixed(1)}`

export async function measureScale(isQuick: boolean): Promise<void> {
  const size = isQuick ? quick : full
  // A user's PATH often lacks the folders of what only root was thought to run.
  process.env.PATH = [process.env.PATH, '/usr/sbin', '/sbin'].filter((part) => part !== undefined).join(delimiter)
  needPrograms({ nsd: 'nsd' })
  say(`${cpus().length} processors (${cpus()[0]!.model}), Node ${process.version}, ${load()}`)
  const world = openWorld()
  try {
    const large = writeNode(world, 'large', {})
    const small = writeNode(world, 'small', {})
    const empty = writeNode(world, 'empty', {})
    const names = writeZone(join(world, 'large/zones/large.example.zone'), size.records)
    const few = writeZone(join(world, 'small/zones/small.example.zone'), 10_000)
    writeZone(join(world, 'empty/zones/large.example.zone'), 0)
    await compareMemory(world, size.records, { large, empty })
    const queries = {
      large: writeQuestions(world, 'large.example', names, QUESTIONS),
      small: writeQuestions(world, 'small.example', few, QUESTIONS),
    }
    await compareAnswers({ small, large }, queries, size.rounds)
    await reloadUnderLoad(large, queries.large, size)
    await compareWorkers(small, queries.small, size.rounds)
    measureMany(world, size)
  } finally {
    rmSync(world, { recursive: true, force: true })
  }
}

async function compareMemory(world: string, records: number, config: { large: string; empty: string }): Promise<void> {
  say(`\n${records} records in one zone (${load()})`)
  const zone = (name: string): string => join(world, name, 'zones/large.example.zone')
  const none = { nsd: await holdNsd(world, 'large.example', zone('empty')), meridian: await holdMeridian(config.empty) }
  const all = { nsd: await holdNsd(world, 'large.example', zone('large')), meridian: await holdMeridian(config.large) }
  const line = (name: string, before: Held, after: Held): number => {
    const each = (after.bytes - before.bytes) / records
    const load = `loaded in ${seconds(after.loadMs)}, ${seconds(after.loadMs - before.loadMs)} more than without`
    say(
      `  ${name.padEnd(9)} ${each.toFixed(0).padStart(4)} bytes a record (${mb(before.bytes)} → ${mb(after.bytes)}), ${load}`,
    )
    return each
  }
  const theirs = line('NSD', none.nsd, all.nsd)
  const ours = line('Meridian', none.meridian, all.meridian)
  say(`  ratio of memory: ${(ours / theirs).toFixed(2)}`)
}

async function compareAnswers(config: Pair, queries: Pair, rounds: number): Promise<void> {
  say(`\nµs of CPU per answered query, a static A, names all over the zone (${load()})`)
  const { small, large, ratio } = await compareServers(config, queries, rounds)
  for (const [name, { totalUs, userUs }] of Object.entries({ small, large }))
    say(`  ${name.padEnd(6)} ${totalUs.toFixed(2)}, of it ${userUs.toFixed(2)} in user space`)
  say(`  ratio ${ratio.toFixed(2)}, median of ${rounds} rounds`)
}

interface Pair {
  readonly small: string
  readonly large: string
}

async function reloadUnderLoad(config: string, queryFile: string, { rate, reloads }: Size): Promise<void> {
  say(`\n${reloads} reloads of it with ${rate} questions a second (${load()})`)
  const server = await startServer(config)
  try {
    const cost = await measureReloads(server, { queryFile, rate, reloads })
    say(
      `  sent ${cost.sent}, lost ${cost.lost}; ${Math.round(cost.perSecond)} answers a second without, ${Math.round(cost.busyPerSecond)} with a reload under way`,
    )
    say(
      `  99th percentile: ${cost.quietMs.toFixed(2)} ms without, ${cost.busyMs.toFixed(2)} ms with a reload under way`,
    )
    say(`  the same of the middle 50 ms: ${cost.quietWindowMs.toFixed(2)} and ${cost.busyWindowMs.toFixed(2)} ms`)
    say(
      `  longest answer of the admin API: ${cost.adminQuietMs.toFixed(0)} ms without, ${cost.adminBusyMs.toFixed(0)} ms with`,
    )
    say(
      `  reloads of ${cost.reloadMs.map(seconds).join(', ')}; memory ${mb(cost.bytesBefore)} before, ${mb(cost.bytesAfter)} after`,
    )
  } finally {
    await stopServer(server.child)
  }
}

async function compareWorkers(config: string, queryFile: string, rounds: number): Promise<void> {
  say(`\nworkers: µs of CPU per answered query (${load()})`)
  for (const { name, cost } of await measureWorkers(config, queryFile, rounds))
    say(
      `  ${name.padEnd(20)} ${cost.totalUs.toFixed(2)}, of it ${cost.userUs.toFixed(2)} in user space; ${Math.round(cost.perSecond / 1000)} k/s`,
    )
}

/** In this process: what is read there is read in the same way by a server. */
function measureMany(world: string, { many, networks }: Size): void {
  say(`\nloading (${load()})`)
  const geo = (file: string): string => `geo: { networks: ${file} }\n`
  const configs: readonly [string, string][] = [
    ['nothing', writeNode(world, 'nothing', manyZones(1))],
    [`${many} zones`, writeNode(world, 'zones', manyZones(many))],
    [`${many} services`, writeNode(world, 'services', manyServices(many))],
    [
      `${networks} networks, CSV`,
      writeNode(world, 'table', { ...manyZones(1), 'networks.csv': networksAsTable(networks) }, geo('networks.csv')),
    ],
    [
      `${networks} networks, YAML`,
      writeNode(world, 'yaml', { ...manyZones(1), 'networks.yaml': networksAsYaml(networks) }, geo('networks.yaml')),
    ],
  ]
  for (const [name, file] of configs) {
    loadNode(configs[0]![1], 1)
    const before = process.cpuUsage()
    const started = performance.now()
    const { loaded, problems } = loadNode(file, 1)
    const { user, system } = process.cpuUsage(before)
    if (!loaded) throw new Error(`${name}: ${JSON.stringify(problems.slice(0, 3))}`)
    say(`  ${name.padEnd(22)} ${seconds(performance.now() - started)}, ${seconds((user + system) / 1000)} of CPU`)
  }
}
