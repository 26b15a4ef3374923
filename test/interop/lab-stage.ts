// What the lab's tests have in common: the programs that run in its machines, the time limits that the manual promises, and users
// who look ten times a second.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Folder } from '../support/folder.ts'
import { drawLab, type Lane, type Mark } from './lab-chart.ts'
import type { Lab, Program } from './lab.ts'

export const EVERY = 1000
export const TIMEOUT = 500
export const FALL = 3
export const RISE = 2
export const CONFIRM = 200
export const TICK = 1000
export const TTL = 2000
/** From a death to the last wrong answer of a node; to a user behind a cache the TTL more. */
export const leavesWithin = EVERY * 1.1 + FALL * CONFIRM + TIMEOUT + TICK
export const comesBackWithin = RISE * EVERY * 1.1 + TIMEOUT + TICK
/** As long as evidence may be fresh, and what follows from its end. */
export const forgottenAfter = 3 * EVERY + 2 * TICK

export const check = {
  http: { port: 80, path: '/' },
  every: '1s',
  timeout: '500ms',
  fall: FALL,
  rise: RISE,
  confirm: '200ms',
}

export function startRedisIn(lab: Lab): Program {
  const { address } = lab.machine('redis')
  const args = ['--bind', address, '--port', '6379', '--save', '', '--protected-mode', 'no']
  return lab.machine('redis').start('redis-server', args)
}

export function startWebIn(lab: Lab, machine: string): Program {
  const { address } = lab.machine(machine)
  const script = `require('node:http').createServer((_, r) => r.end('ok')).listen(80, '${address}', () => console.log('serving'))`
  return lab.machine(machine).start(process.execPath, ['-e', script])
}

/** `config` without what the machine says: its name and its region, which its name begins with. */
export function startMeridianIn(
  lab: Lab,
  folder: Folder,
  machine: string,
  command: 'serve' | 'probe',
  config: object,
): Program {
  const node = { name: machine, region: machine.slice(0, 2) }
  const { address } = lab.machine(machine)
  const store = { redis: { url: `redis://${lab.machine('redis').address}:6379`, timeout: '300ms' } }
  const whole = { node, listen: [`${address}:53`], workers: 1, geo: { databases: ['places.mmdb'] }, store, ...config }
  const file = folder.write(`${machine}.yaml`, whole)
  return lab.machine(machine).start(process.execPath, ['src/main.ts', command, '--config', file])
}

export interface Look {
  readonly atMs: number
  /** By question, in their order; null where no answer came. */
  readonly seen: readonly (string | null)[]
  readonly tookMs: readonly (number | null)[]
  readonly reached: readonly (boolean | null)[]
}

export interface Watch {
  /** By the time they were begun. */
  since(sinceMs: number, untilMs?: number): Look[]
  /**
   * Waits until the looks have become these for good; when each last was another, after `sinceMs`. A question is left out with
   * undefined.
   */
  untilSeen(wanted: readonly (string | null | undefined)[], sinceMs: number, withinMs: number): Promise<number[]>
}

/** A user in a machine; questions are `NAME@SERVER`. */
export function watchFrom(lab: Lab, machine: string, questions: readonly string[], isReaching = false): Watch {
  const looks: Look[] = []
  const client = join(import.meta.dirname, 'lab-client.ts')
  const args = [client, ...(isReaching ? ['--reach'] : []), ...questions]
  lab
    .machine(machine)
    .start(process.execPath, args)
    .onLine((line) => {
      if (line.startsWith('{')) looks.push(JSON.parse(line) as Look)
    })
  const since = (sinceMs: number, untilMs = Number.POSITIVE_INFINITY): Look[] =>
    looks.filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs).toSorted((a, b) => a.atMs - b.atMs)
  return {
    since,
    async untilSeen(wanted, sinceMs, withinMs) {
      const deadline = Date.now() + withinMs
      const isAs = ({ seen }: Look): boolean =>
        wanted.every((address, i) => address === undefined || seen[i] === address)
      while (Date.now() < deadline) {
        const after = since(sinceMs)
        if (after.length > 3 && after.slice(-3).every(isAs))
          return wanted.map((address, i) =>
            lastOf(after, sinceMs, ({ seen }) => address !== undefined && seen[i] !== address),
          )
        await delay(50)
      }
      const last = JSON.stringify(since(sinceMs).slice(-3))
      throw new Error(`expected ${JSON.stringify(wanted)} of ${questions.join(', ')}; the last looks: ${last}`)
    },
  }
}

/** When the last of the looks that are so was begun, after `sinceMs`; 0 where none is. */
export function lastOf(looks: readonly Look[], sinceMs: number, isSo: (look: Look) => boolean): number {
  return (looks.findLast(isSo)?.atMs ?? sinceMs) - sinceMs
}

/** The longest time for which looks were so without a break. */
export function longest(looks: readonly Look[], isSo: (look: Look) => boolean): number {
  let most = 0
  let startMs: number | undefined
  for (const look of looks) {
    if (!isSo(look)) startMs = undefined
    else {
      startMs ??= look.atMs
      most = Math.max(most, look.atMs - startMs)
    }
  }
  return most
}

export function laneOf(label: string, looks: readonly Look[], question: number): Lane {
  return { label, looks: looks.map(({ atMs, seen }) => ({ atMs, seen: seen[question] ?? null })) }
}

/** Into `coverage`, or the folder that LAB_CHARTS names: those of the manual are drawn with LAB_CHARTS=docs. */
export function writeChart(
  file: string,
  title: string,
  lanes: readonly Lane[],
  marks: readonly Mark[],
  backends: Readonly<Record<string, string>>,
): void {
  if (lanes.some(({ looks }) => looks.length === 0)) return
  const folder = process.env.LAB_CHARTS ?? 'coverage'
  const names = new Map(Object.entries(backends).map(([region, address]) => [address, `backend ${region}`]))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, file), drawLab(title, lanes, marks, names))
}
