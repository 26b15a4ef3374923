// A server that is measured: its processes, their CPU time together, and whether it answers yet.

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type CpuTime, readCpu } from '../cpu.ts'
import { writeQuery } from '../world.ts'

export interface RunningPeer extends AsyncDisposable {
  readonly port: number
  /** Of all its processes and their threads. */
  cpu(): CpuTime
  /** Ended by itself, with its last words. */
  failed(): string | undefined
}

const START_MS = 60_000

/** Starts a server and resolves once it answers for `apex`. */
export async function startPeer(
  command: string,
  args: readonly string[],
  port: number,
  apex: string,
): Promise<RunningPeer> {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)))
  const failed = (): string | undefined =>
    child.exitCode === null && child.signalCode === null ? undefined : `${command} ended:\n${said}`
  const peer = { port, cpu: () => cpuOf(child.pid!), failed, [Symbol.asyncDispose]: () => stop(child) }
  try {
    await untilAnswering(
      port,
      apex,
      () => failed(),
      () => said,
    )
  } catch (error) {
    await stop(child)
    throw error
  }
  return peer
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.stdin!.end()
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(limit)
}

/** Asks for the SOA, ten times a second. */
async function untilAnswering(
  port: number,
  apex: string,
  failed: () => string | undefined,
  said: () => string,
): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  const answered = once(socket, 'message').then(() => true)
  const deadline = Date.now() + START_MS
  try {
    for (;;) {
      socket.send(writeQuery(apex, undefined, 6), port, '127.0.0.1')
      const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), 100))
      if (await Promise.race([answered, pause])) return
      const why = failed()
      if (why !== undefined) throw new Error(why)
      if (Date.now() > deadline) throw new Error(`no answer for ${apex} on port ${port} in time:\n${said()}`)
    }
  } finally {
    socket.close()
  }
}

/** A process and all that it has started. */
function cpuOf(root: number): CpuTime {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = parentOf(pid)
    if (parent !== undefined) parents.set(pid, parent)
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && pid > 1 && isOurs(parents.get(pid)))
  const sum = { userUs: 0, systemUs: 0, totalUs: 0 }
  for (const pid of parents.keys()) {
    if (!isOurs(pid)) continue
    const cpu = readCpu(pid)
    sum.userUs += cpu.userUs
    sum.systemUs += cpu.systemUs
    sum.totalUs += cpu.totalUs
  }
  return sum
}

function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // it has ended meanwhile
  }
}
