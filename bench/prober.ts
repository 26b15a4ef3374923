// What probing costs: one prober on its thread, as a node runs it, with thousands of targets on loopback. Prints processor time of
// the prober's thread and of the main one, memory, how late probes were, and how evenly they were spread, seen by the target.
//
//   node bench/prober.ts http 10000 [seconds]      also tcp, https
//   node bench/prober.ts                           all three: 10 000, 10 000 and 3 000 targets, some two minutes

import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { loadavg } from 'node:os'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readFileSync } from 'node:fs'
import type { Evidence } from '../src/core/health/evidence.ts'
import { openKeeper } from '../src/app/keeper.ts'
import { openProberThread } from '../src/app/prober-thread.ts'
import { checkConfig } from '../src/io/probe/checks/index.ts'
import { openMemoryStore } from '../src/io/store/memory.ts'
import { openLog } from '../src/io/telemetry/log.ts'
import { cpuSince, readCpu } from './cpu.ts'

const file = fileURLToPath(import.meta.url)
const everyMs = 10_000
const warmMs = 25_000
const bucketMs = 100

type Kind = 'tcp' | 'http' | 'https'
const fixture = (name: string): string => join(import.meta.dirname, '../test/fixtures/tls', name)

/** The other side: all of 127.0.0.0/8 on one port. It counts connections by the tenth of a second. */
async function serveTargets(kind: Kind): Promise<void> {
  const counts = new Map<number, number>()
  const count = (): void => {
    const bucket = Math.floor(performance.now() / bucketMs)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const talk = (socket: Socket): void => {
    socket.on('error', () => {})
    if (kind === 'tcp') socket.resume()
    else socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  }
  const options = { backlog: 4096, host: '0.0.0.0', port: 0 }
  const server: Server =
    kind === 'https'
      ? createTlsServer({ key: readFileSync(fixture('server.key')), cert: readFileSync(fixture('server.pem')) }, talk)
      : createServer(talk)
  server.on('connection', count)
  server.listen(options)
  await once(server, 'listening')
  process.on('message', () => {
    const [from, to] = [Math.min(...counts.keys()) + 1, Math.floor(performance.now() / bucketMs)]
    process.send!(Array.from({ length: to - from }, (_, i) => counts.get(from + i) ?? 0))
    counts.clear()
  })
  process.send!((server.address() as { port: number }).port)
}

async function measure(kind: Kind, targets: number, seconds: number): Promise<string[]> {
  const other = fork(file, ['serve', kind])
  const [port] = (await once(other, 'message')) as [number]
  const settings = {
    tcp: { port },
    http: { path: '/healthz' },
    https: { host: 'www.example.test', ca_file: fixture('ca.pem') },
  }
  const check = checkConfig.parse({ [kind]: settings[kind], every: '10s' })
  const subjects = Array.from({ length: targets }, (_, i) => {
    const address = `127.1.${i >> 8}.${i & 255}`
    return { subject: `example.com/up@${address}:${port}`, check, address, port }
  })
  const log = openLog({ level: 'silent' })
  const store = openMemoryStore({ now: () => performance.now(), log })
  const keeper = openKeeper({
    rule: { vantages: ['eu'], voting: { by: 'majorities' }, doubtAt: 700, lastKnownMs: 600_000 },
    unknown: 'up',
    store,
    log,
    now: () => performance.now(),
    wallNow: () => Date.now(),
  })
  let last: Evidence | undefined
  const prober = openProberThread({
    data: { name: 'bench', region: 'eu', subjects, limits: { atOnce: 512, perTarget: 10 }, allowExec: false },
    log,
    wallNow: () => Date.now(),
    onEvidence(evidence) {
      last = evidence
      keeper.observeOwn(evidence)
    },
  })
  await prober.firstRound
  await new Promise((resolve) => setTimeout(resolve, warmMs))
  other.send('reset')
  await once(other, 'message')
  const before = { all: readCpu(process.pid), main: readCpu(process.pid, process.pid), probes: prober.state()!.probes }
  let lateMs = 0
  const watching = setInterval(() => (lateMs = Math.max(lateMs, prober.state()!.lateMs)), 200)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  clearInterval(watching)
  const main = cpuSince(before.main, readCpu(process.pid, process.pid))
  const all = cpuSince(before.all, readCpu(process.pid))
  const { probes } = prober.state()!
  other.send('count')
  const [counts] = (await once(other, 'message')) as [number[]]
  const memory = process.memoryUsage()
  await prober.stop()
  other.kill()
  const done = probes.success - before.probes.success
  const wrong = probes.failure + probes.fault - before.probes.failure - before.probes.fault
  const needless = probes.discarded - before.probes.discarded
  const share = (us: number): string => `${((100 * us) / (seconds * 1e6)).toFixed(0)} %`
  return [
    `${kind}, ${targets} targets every 10 s (${seconds} s, load ${loadavg()[0]!.toFixed(1)})`,
    `  prober     ${share(all.totalUs - main.totalUs)} of a processor, ${((all.totalUs - main.totalUs) / done).toFixed(0)} µs a probe; main thread ${share(main.totalUs)}`,
    `  memory     ${(memory.rss / 1e6).toFixed(0)} MB resident`,
    `  probes     ${(done / seconds).toFixed(0)} a second (${((1000 * targets) / everyMs).toFixed(0)} wanted), ${wrong} failed, ${needless} needless, late by ${lateMs.toFixed(0)} ms at most`,
    `  planned    per 0.1 s: ${spread(plannedIn(last!))}`,
    `  seen       per 0.1 s: ${spread(counts)}`,
  ]
}

/** How many probes are due in each tenth of the next eight seconds. */
function plannedIn({ sightings }: Evidence): number[] {
  const counts = Array.from({ length: 80 }, () => 0)
  for (const { dueMs } of sightings) {
    const bucket = Math.floor(dueMs / bucketMs)
    if (bucket >= 0 && bucket < counts.length) counts[bucket]!++
  }
  return counts
}

/** Random arrivals of a mean m vary by √m: that is what to compare with. */
function spread(counts: readonly number[]): string {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length)
  return `mean ${mean.toFixed(0)}, ${Math.min(...counts)} to ${Math.max(...counts)}, deviation ${deviation.toFixed(1)} (chance alone: ${Math.sqrt(mean).toFixed(1)})`
}

const [first, second, third] = process.argv.slice(2)
if (first === 'serve') await serveTargets(second as Kind)
else if (first !== undefined) {
  for (const line of await measure(first as Kind, Number(second ?? 10_000), Number(third ?? 20))) console.log(line)
  process.exit()
} else {
  // Each in a process of its own, so that no memory is another's.
  for (const plan of ['tcp 10000', 'http 10000', 'https 3000']) {
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...plan.split(' ')])
    console.log(stdout.trimEnd())
  }
}
