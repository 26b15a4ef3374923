// A simulation against what it simulates: single queries of single clients, one after another in virtual time, through caches
// written down here once more, to a node that answers by its board. The two share the clients, the resolvers and the
// function that answers, and nothing else.

import { expect, test } from 'vitest'
import { openChance } from '../../src/app/rehearsal/chance.ts'
import { internetPopulation, type Population, type Resolver, type SimulatedClient } from '../../src/app/rehearsal/population.ts'
import { parseScenario, type Scenario } from '../../src/app/rehearsal/scenario.ts'
import { simulate } from '../../src/app/rehearsal/simulate.ts'
import type { Stage } from '../../src/app/rehearsal/stage.ts'
import { openContext } from '../../src/core/answer/context.ts'
import { settleSnapshot } from '../../src/core/answer/snapshot.ts'
import { printAddress } from '../../src/core/base/address.ts'
import { DOWN, UP, writeNext, writeSince, writeState } from '../../src/core/health/board.ts'
import { printName } from '../../src/core/wire/name.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { askBytes, writeQuery } from '../support/snapshot.ts'
import { stageOf } from '../app/rehearsal/configurations.ts'

const QUERIES_A_SECOND = 400
const MIDNIGHT = Date.UTC(2026, 0, 1) / 1000

const configuration = {
  ttl: '40s',
  pools: {
    eu: { check: 'up', targets: [{ address: '192.0.2.1', weight: 1 }, { address: '192.0.2.2', weight: 3 }] },
  },
  // Many places, so that resolvers that pass networks on have many answers to keep.
  networks: Array.from({ length: 64 }, (_, i) => ({ cidr: `13.${i * 4}.0.0/14`, asn: 64_512 + i })),
  steer: {
    geo: [
      { where: ['continent EU'], to: { failover: ['eu', 'us'] } },
      { to: { weighted: [{ to: 'us', weight: 70 }, { to: { failover: ['eu', 'ap'] }, weight: 30 }] } },
    ],
  },
}
const poolOf: Readonly<Record<string, string>> = {
  '192.0.2.1': 'eu',
  '192.0.2.2': 'eu',
  '198.51.100.1': 'us',
  '203.0.113.1': 'ap',
}

const text = `
clients: 4000
for: 8m
step: 20s
resolvers: { ecs: 40%, clients: 4, stubborn: 10% hold 2m }
events: [2m eu down, 5m eu up]
`

/** What a node would believe when: 19 s after the loss, 23 s after the return; in doubt from the first failed probe on. */
const verdicts = [
  { fromSec: 0, state: UP, nextSec: 0 },
  { fromSec: 120 + 11, state: UP, nextSec: 120 + 19 },
  { fromSec: 120 + 19, state: DOWN, nextSec: 0 },
  { fromSec: 300 + 11, state: DOWN, nextSec: 300 + 23 },
  { fromSec: 300 + 23, state: UP, nextSec: 0 },
] as const

interface Cached {
  readonly pools: readonly string[]
  readonly untilSec: number
  readonly covers: (client: SimulatedClient) => boolean
}

function bitsOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
}

/** Runs single queries and counts where each interval's go; `firstSec` is before the time that counts, so that caches are warm. */
function serve(stage: Stage, population: Population, scenario: Scenario, firstSec: number): Map<string, number>[] {
  const context = openContext(stage.bound, 'udp')
  const chance = openChance(99)
  const clients = population.resolvers.flatMap((resolver) => resolver.clients.map((client) => ({ resolver, client })))
  const pick = weightedPick(clients.map(({ client }) => client.weight))
  const caches = new Map<Resolver, Cached[]>()
  const counted = Array.from({ length: scenario.lengthSec / scenario.stepSec }, () => new Map<string, number>())
  let phase = -1
  for (let sec = firstSec; sec < scenario.lengthSec; sec++) {
    const now = verdicts.findLastIndex(({ fromSec }) => fromSec <= Math.max(sec, 0))
    if (now !== phase) believe(stage, verdicts[(phase = now)]!)
    settleSnapshot(stage.bound, MIDNIGHT + sec)
    for (let i = 0; i < QUERIES_A_SECOND; i++) {
      const { resolver, client } = clients[pick(chance.next())]!
      const live = (caches.get(resolver) ?? []).filter(({ untilSec }) => untilSec > sec)
      let cached = live.find(({ covers }) => covers(client))
      if (!cached) live.push((cached = ask(context, population, resolver, client, sec)))
      caches.set(resolver, live)
      if (sec < 0) continue
      const counts = counted[Math.floor(sec / scenario.stepSec)]!
      for (const pool of cached.pools) counts.set(pool, (counts.get(pool) ?? 0) + 1 / cached.pools.length)
    }
  }
  return counted
}

function believe({ bound, loaded }: Stage, { fromSec, state, nextSec }: (typeof verdicts)[number]): void {
  for (const [row, { pool }] of loaded.rows.entries()) {
    if (pool !== 'eu') continue
    writeState(bound.board, row, state, false)
    writeNext(bound.board, row, nextSec === 0 ? 0 : MIDNIGHT + nextSec)
    if (nextSec === 0 && fromSec > 0) writeSince(bound.board, row, MIDNIGHT + fromSec)
  }
}

function ask(
  context: ReturnType<typeof openContext>,
  population: Population,
  resolver: Resolver,
  client: SimulatedClient,
  sec: number,
): Cached {
  const { name, type } = population.questions[client.question]!
  const network = `${printAddress(client.bytes.map((byte, i) => (i === 3 ? 0 : byte)))}/24`
  const question = { name: printName(name), type, ...(resolver.passesOn ? { subnet: network } : { edns: true }) }
  const response = askBytes(context, writeQuery(question), printAddress(resolver.address.bytes), MIDNIGHT + sec)!
  const { answer, edns, problems } = decodeWithDns2(response)
  if (problems.length > 0 || answer.length === 0) throw new Error(`no answer for ${network}`)
  const scope = resolver.passesOn ? Math.min(24, edns!.subnet!.scope) : 0
  const prefix = bitsOf(client.bytes).slice(0, scope)
  return {
    pools: answer.map(({ data }) => poolOf[data]!),
    untilSec: sec + Math.max(answer[0]!.ttlSec, resolver.holdSec),
    covers: ({ bytes }) => bitsOf(bytes).startsWith(prefix),
  }
}

function weightedPick(weights: readonly number[]): (at: number) => number {
  const ends: number[] = []
  let sum = 0
  for (const weight of weights) ends.push((sum += weight))
  return (at) => {
    let low = 0
    let high = ends.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle]! > at * sum) high = middle
      else low = middle + 1
    }
    return low
  }
}

test('shares of every pool, interval by interval, are those of queries through a node within the error of the dice', () => {
  const parsed = parseScenario('s.yaml', text, { down: [], up: [], capacity: [] })
  if (!('scenario' in parsed)) throw new Error(JSON.stringify(parsed))
  const { scenario } = parsed
  const population = internetPopulation(stageOf(configuration), scenario, openChance(3))
  if (typeof population === 'string') throw new Error(population)
  const simulation = simulate(stageOf(configuration), scenario, population, openChance(3))
  const served = serve(stageOf(configuration), population, scenario, -180)

  // Dice are thrown per answer: an interval is as uncertain as the answers that make it up, each with the weight of its clients.
  const weights = population.resolvers.map(({ clients }) => clients.reduce((sum, { weight }) => sum + weight, 0))
  const answers = 1 / weights.reduce((sum, weight) => sum + weight ** 2, 0)
  const queries = QUERIES_A_SECOND * scenario.stepSec
  const deviations = simulation.intervals.flatMap(({ loads, demand }, i) =>
    simulation.pools.map((pool, p) => {
      const share = loads[p]! / demand
      const seen = (served[i]!.get(pool) ?? 0) / queries
      const uncertainty = Math.sqrt(Math.max(share * (1 - share), 0.01) * (1 / answers + 1 / queries))
      return { pool, atSec: i * scenario.stepSec, share, seen, by: (seen - share) / uncertainty }
    }),
  )
  expect(deviations.filter(({ by }) => Math.abs(by) > 4)).toEqual([])
  // And nothing leans to one side over all of it, though pools go up and down.
  for (const pool of simulation.pools) {
    const own = deviations.filter((each) => each.pool === pool)
    const bias = own.reduce((sum, { seen, share }) => sum + seen - share, 0) / own.length
    expect(Math.abs(bias)).toBeLessThan(0.012)
    expect(Math.max(...own.map(({ share }) => share)) - Math.min(...own.map(({ share }) => share))).toBeGreaterThan(0.05)
  }
})
