// What servers hold of the same zones: the difference that a large zone makes to all that a server and its children have in
// memory (proportional set size, proc(5)), and the time until it answers.

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer, stopServer } from '../server.ts'
import { writeQuery } from '../world.ts'

export interface Held {
  readonly loadMs: number
  readonly bytes: number
}

/** Of a process and its descendants. */
export function memoryOf(pid: number): number {
  const [, kilobytes = '0'] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return Number(kilobytes) * 1024 + children.reduce((sum, child) => sum + memoryOf(child), 0)
}

/** What a load has made is cleared away within this. */
const SETTLE_MS = 3000

export async function holdMeridian(config: string): Promise<Held> {
  const started = performance.now()
  const server = await startServer(config)
  const loadMs = performance.now() - started
  await delay(SETTLE_MS)
  const bytes = memoryOf(server.child.pid!)
  await stopServer(server.child)
  return { loadMs, bytes }
}

/** NSD with one zone, served from memory by one process. */
export async function holdNsd(world: string, apex: string, zoneFile: string): Promise<Held> {
  const port = await freePort()
  const file = join(world, 'nsd.conf')
  writeFileSync(
    file,
    `server:
  ip-address: 127.0.0.1
  port: ${port}
  username: ""
  chroot: ""
  zonesdir: "${world}"
  database: ""
  pidfile: "${world}/nsd.pid"
  xfrdfile: ""
  zonelistfile: "${world}/nsd.list"
  logfile: "${world}/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: ${apex}
  zonefile: ${zoneFile}
`,
  )
  const started = performance.now()
  const child = spawn('nsd', ['-d', '-c', file], { stdio: 'ignore' })
  try {
    await untilAnswered(child, port, apex)
    const loadMs = performance.now() - started
    await delay(SETTLE_MS)
    return { loadMs, bytes: memoryOf(child.pid!) }
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

async function untilAnswered(child: ChildProcess, port: number, apex: string): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined) // nobody there yet
  const answered = once(socket, 'message')
  for (let left = 1200; left > 0; left--) {
    if (child.exitCode !== null) throw new Error(`nsd ended with ${child.exitCode}`)
    socket.send(writeQuery(`ns1.${apex}`), port, '127.0.0.1')
    if (await Promise.race([answered.then(() => true), delay(50, false)])) {
      socket.close()
      return
    }
  }
  throw new Error('nsd does not answer')
}
