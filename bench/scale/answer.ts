// What an answer costs a server that holds much beside one that holds little: both run, and are asked in turns.

import type { ChildProcess } from 'node:child_process'
import { cpuSince, readCpu } from '../cpu.ts'
import { startFlood } from '../flood.ts'
import { type Server, startServer, stopServer } from '../server.ts'
import { median } from '../statistics.ts'

export interface AnswerCost {
  readonly totalUs: number
  readonly userUs: number
  readonly perSecond: number
}

interface Pair<T> {
  readonly small: T
  readonly large: T
}

const WARM_UP = 200_000
const SECONDS = 1.5

export async function compareServers(
  config: Pair<string>,
  queries: Pair<string>,
  rounds: number,
): Promise<Pair<AnswerCost> & { readonly ratio: number }> {
  const servers: Server[] = []
  try {
    for (const file of [config.small, config.large]) servers.push(await startServer(file))
    const files = [queries.small, queries.large]
    for (const [i, server] of servers.entries())
      await startFlood({ to: server.address, queryFile: files[i]!, seconds: 20, count: WARM_UP })
    const costs: [AnswerCost[], AnswerCost[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      // Turn about, so that neither always has what the other leaves behind.
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) costs[i]!.push(await costOf(servers[i]!, files[i]!))
    }
    const ratio = median(costs[0].map(({ totalUs }, i) => costs[1][i]!.totalUs / totalUs))
    return { small: medianCost(costs[0]), large: medianCost(costs[1]), ratio }
  } finally {
    for (const { child } of servers) await stopServer(child)
  }
}

/** CPU of the whole process, by what the generator counted. */
export async function costOf(
  { child, address }: { child: ChildProcess; address: string },
  queryFile: string,
): Promise<AnswerCost> {
  const before = readCpu(child.pid!)
  const { answered, perSecond } = await startFlood({ to: address, queryFile, seconds: SECONDS })
  const { totalUs, userUs } = cpuSince(before, readCpu(child.pid!))
  return { totalUs: totalUs / answered, userUs: userUs / answered, perSecond }
}

export function medianCost(costs: readonly AnswerCost[]): AnswerCost {
  const of = (pick: (cost: AnswerCost) => number): number => median(costs.map(pick))
  return {
    totalUs: of(({ totalUs }) => totalUs),
    userUs: of(({ userUs }) => userUs),
    perSecond: of(({ perSecond }) => perSecond),
  }
}
