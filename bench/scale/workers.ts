// One packet worker beside two, and threads that stay on a processor beside threads that may move. Several generators ask at the
// same time, so that the sockets of all workers get their share.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Server, startServer, stopServer } from '../server.ts'
import { type AnswerCost, costOf, medianCost } from './answer.ts'

interface Crew {
  readonly name: string
  readonly workers: number
  readonly isPinned: boolean
}

const crews: readonly Crew[] = [
  { name: 'one worker', workers: 1, isPinned: false },
  { name: 'two workers', workers: 2, isPinned: false },
  { name: 'two workers, pinned', workers: 2, isPinned: true },
]

export async function measureWorkers(
  config: string,
  queryFile: string,
  rounds: number,
): Promise<{ readonly name: string; readonly cost: AnswerCost }[]> {
  const servers: Server[] = []
  try {
    for (const { workers } of crews) {
      const file = config.replace(/\.yaml$/, `-${workers}.yaml`)
      writeFileSync(file, readFileSync(config, 'utf8').replace('workers: 1', `workers: ${workers}`))
      servers.push(await startServer(file))
    }
    const costs = crews.map((): AnswerCost[] => [])
    // The first round warms up; what is busy in it is what is pinned.
    for (let round = 0; round <= rounds; round++) {
      for (const [i, server] of servers.entries()) {
        const cost = await costOf(server, queryFile)
        if (round > 0) costs[i]!.push(cost)
        else if (crews[i]!.isPinned) pin(server.child.pid!, crews[i]!.workers)
      }
    }
    return crews.map(({ name }, i) => ({ name, cost: medianCost(costs[i]!) }))
  } finally {
    for (const { child } of servers) await stopServer(child)
  }
}

/** The busiest threads, each to a processor of its own. */
function pin(pid: number, count: number): void {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return { thread, ticks: Number(fields[11]) + Number(fields[12]) }
  })
  const busiest = threads.sort((a, b) => b.ticks - a.ticks).slice(0, count)
  for (const [i, { thread }] of busiest.entries())
    execFileSync('taskset', ['-pc', String(i), thread], { stdio: 'ignore' })
}
