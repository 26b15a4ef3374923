// A simulation against what it simulates: single queries of single clients, one after another in virtual time, through caches
// written down here once more, to a node that answers by its board. The two share the clients, the resolvers and the
// function that answers, and nothing else.

import { expect, test } from 'vitest'
import { openChance } from '../../src/app/rehearsal/chance.ts'
import {
  internetPopulation,
  type Population,
  type Resolver,
  type SimulatedClient,
} from '../../src/app/rehearsal/population.ts'
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

const QUERIES_A_SECOND = 300
const MIDNIGHT = Date.UTC(2026, 0, 1) / 1000

const configuration = {
  ttl: '40s',
  pools: {
    eu: {
      check: 'up',
      targets: [
        { address: '192.0.2.1', weight: 1 },
        { address: '192.0.2.2', weight: 3 },
      ],
    },
  },
  // Neighbours are treated by branches of their own, so that resolvers that pass networks on have many answers to keep.
  networks: Array.from({ length: 256 }, (_, i) => ({
    cidr: `${11 + (i & 3)}.${i & 252}.0.0/14`,
    name: (i & 4) === 0 ? 'even' : 'odd',
  })),
  steer: {
    geo: [
      { where: ['continent EU'], to: alternate({ failover: ['eu', 'us'] }) },
      {
        to: alternate({
          weighted: [
            { to: 'us', weight: 70 },
            { to: { failover: ['eu', 'ap'] }, weight: 30 },
          ],
        }),
      },
    ],
  },
}

function alternate(branch: object): object {
  return { geo: [{ where: ['network odd'], to: branch }, { to: branch }] }
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
resolvers: { ecs: 40%, clients: 4, stubborn: 25% hold 3m }
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
      if (!cached) {
        // Caches that all began together would all end together: at first each is found at some age.
        const age = sec < firstSec + 60 ? chance.next() : 0
        live.push((cached = ask(context, population, resolver, client, sec, age)))
      }
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
  age: number,
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
    untilSec: sec + Math.ceil((1 - age) * Math.max(answer[0]!.ttlSec, resolver.holdSec)),
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

  // The dice are the same for both: what is left is when each cache happens to ask, and which clients happen to.
  const queries = QUERIES_A_SECOND * scenario.stepSec
  const all = simulation.intervals.flatMap(({ loads, demand }, i) =>
    simulation.pools.map((pool, p) => {
      const share = loads[p]! / demand
      const seen = (served[i]!.get(pool) ?? 0) / queries
      return { pool, atSec: i * scenario.stepSec, share, seen, by: Math.abs(seen - share) }
    }),
  )
  // Some hundred answers are in force at a time; a model that is wrong in a TTL, a hold or a scope is off by 9 points and more.
  expect(all.filter(({ by }) => by > 0.075)).toEqual([])
  for (const pool of simulation.pools) {
    const own = all.filter((each) => each.pool === pool)
    const mean = own.reduce((sum, { by }) => sum + by, 0) / own.length
    expect(mean).toBeLessThan(0.016)
    // And there is something to agree on: every pool gains and loses.
    const shares = own.map(({ share }) => share)
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.05)
  }
})
