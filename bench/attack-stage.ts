// The stage of an attack: a node held to a share of a processor, with targets that it probes, a Redis, an admin API that is asked
// all the while, and good clients, whose every question is counted.

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Endpoint, parseEndpoint } from '../src/core/base/address.ts'
import { type Hold, holdTo } from './hold.ts'
import { publicNetwork, writeQuery } from './world.ts'

export interface Sample {
  /** Since the stage was opened. */
  readonly atMs: number
  /** Requests that were settled so far, by an answer or by silence. */
  readonly settledUdp: number
  readonly settledTcp: number
  readonly slipped: number
  /** Processor time of the whole node so far. */
  readonly cpuSec: number
  readonly adminMs: number
  readonly storeMs: number
  readonly targetsUp: number
  readonly sizeMb: number
  readonly restarts: number
}

/** One question of a good client. */
export interface Asked {
  readonly sentMs: number
  /** undefined: not answered. */
  tookMs: number | undefined
  isTruncated: boolean
}

export interface Stage extends AsyncDisposable {
  readonly to: Endpoint
  /** From now on the node has this share of one processor. Returns how it is held to it. */
  hold(share: number): Hold['by']
  readonly samples: readonly Sample[]
  readonly asked: readonly Asked[]
  nowMs(): number
  /** How many targets there are. */
  readonly targets: number
}

const TARGETS = 4
const CLIENTS = 20
const SAMPLE_MS = 200

export interface StageOptions {
  /** Questions of all good clients. */
  readonly goodPerSecond: number
  /** A Redis at hand; else evidence stays in memory. */
  readonly redis: string | undefined
}

export async function openStage({ goodPerSecond, redis }: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-attack-'))
  const closing: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true })]
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const backend = createServer((socket) => socket.on('error', () => undefined).end())
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    closing.push(() => void backend.close())
    const port = (backend.address() as { port: number }).port
    const store = redis === undefined ? undefined : await startRedis(redis, closing)
    writeFiles(folder, port, store)
    const server = await startServer(join(folder, 'meridian.yaml'))
    closing.push(() => stopServer(server.child))
    const pid = server.child.pid!
    const startedMs = performance.now()
    const nowMs = (): number => performance.now() - startedMs
    const samples: Sample[] = []
    const asked: Asked[] = []
    const state = { isOver: false }
    const sampling = sampleOn(server.admin, pid, samples, nowMs, state)
    const asking = askOn(server.to, goodPerSecond, asked, nowMs, state)
    closing.push(async () => {
      state.isOver = true
      await Promise.all([sampling, asking])
    })
    const hold = (share: number): Hold['by'] => {
      const held = holdTo(pid, share)
      closing.push(() => held.release())
      return held.by
    }
    return { to: server.to, hold, samples, asked, nowMs, targets: TARGETS, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

function writeFiles(folder: string, port: number, redis: number | undefined): void {
  const json = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content))
  mkdirSync(join(folder, 'zones'))
  json('meridian.yaml', {
    node: { name: 'attacked', region: 'eu' },
    listen: ['127.0.0.1:0'],
    admin: { listen: '127.0.0.1:0' },
    workers: 2,
    store: redis === undefined ? 'memory' : { redis: { url: `redis://127.0.0.1:${redis}` } },
    log: { level: 'error' },
    // Forged senders are addresses of this machine; they are to count as strangers.
    rate_limit: { exempt: ['127.0.0.1/32'] },
    tcp: { connections: 500 },
  })
  const targets = Array.from({ length: TARGETS }, (_, i) => ({
    address: `192.0.2.${i + 1}`,
    probe_at: `127.0.0.1:${port}`,
  }))
  const half = TARGETS / 2
  const base = { ttl: '5m', soa: { mname: 'ns1', rname: 'hostmaster', negative: '30s' }, ns: ['ns1'] }
  json('zones/steered.example.yaml', {
    zone: 'steered.example',
    ...base,
    records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' } },
    checks: { up: { tcp: { port }, every: '1s', timeout: '500ms', fall: 2, rise: 1, confirm: '200ms' } },
    pools: {
      eu: { check: 'up', at: { country: 'IE' }, targets: targets.slice(0, half) },
      us: { check: 'up', at: { country: 'US' }, targets: targets.slice(half) },
    },
    services: {
      web: { ttl: '30s', steer: { geo: [{ where: ['continent EU'], to: 'eu' }, { to: { failover: ['us', 'eu'] } }] } },
    },
  })
  json('zones/bench.example.yaml', { zone: 'bench.example', ...base, records: { ns1: { A: '192.0.2.53' } } })
}

async function startRedis(program: string, closing: (() => Promise<unknown> | void)[]): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn(program, args, { stdio: 'ignore', cwd: tmpdir() })
  closing.push(async () => {
    const gone = once(child, 'exit')
    if (child.kill('SIGTERM')) await gone
  })
  return port
}

interface Server {
  readonly child: ChildProcess
  readonly to: Endpoint
  readonly admin: string
}

async function startServer(config: string): Promise<Server> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'serve', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => `it ended with ${String(code)}`)
  const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text))
  const said = await Promise.race([line, ended])
  const ready = /^ready: .* answers on ([^ ,]+).*admin (http:[^;]+);/.exec(said)
  const to = parseEndpoint(ready?.[1] ?? '')
  if (ready && to) return { child, to, admin: ready[2]! }
  child.kill('SIGKILL')
  throw new Error(`the server is not ready: ${said}`)
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(limit)
}

async function sampleOn(
  admin: string,
  pid: number,
  samples: Sample[],
  nowMs: () => number,
  state: { isOver: boolean },
): Promise<void> {
  while (!state.isOver) {
    const atMs = nowMs()
    const text = await fetch(`${admin}/metrics`).then((response) => response.text())
    const sum = (pattern: RegExp): number =>
      [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0)
    samples.push({
      atMs,
      settledUdp: sum(/^meridian_(?:responses|requests_silent)_total\{transport="udp"\} (\d+)$/gm),
      settledTcp: sum(/^meridian_responses_total\{transport="tcp"\} (\d+)$/gm),
      slipped: sum(/^meridian_rate_limited_total\{.*outcome="slipped"\} (\d+)$/gm),
      cpuSec: cpuSeconds(pid),
      adminMs: nowMs() - atMs,
      storeMs: 1000 * sum(/^meridian_store_latency_seconds\{.*\} (\S+)$/gm),
      targetsUp: sum(/^meridian_target_up\{.*\} (\d)$/gm),
      sizeMb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
      restarts: sum(/^meridian_worker_restarts_total (\d+)$/gm),
    })
    await delay(Math.max(0, SAMPLE_MS - (nowMs() - atMs)))
  }
}

/** Of all threads, those that ended too. The system counts it in hundredths of a second, which a second of samples makes good. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Good clients: each asks at an even pace from a prefix of its own, and waits for what comes. */
async function askOn(
  to: Endpoint,
  perSecond: number,
  asked: Asked[],
  nowMs: () => number,
  state: { isOver: boolean },
): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => openClient(i, nowMs)))
  const queries = Array.from({ length: 64 }, (_, i) => writeQuery('www.steered.example', publicNetwork(i)))
  const startedMs = nowMs()
  for (let sent = 0; !state.isOver; await delay(2)) {
    for (const due = ((nowMs() - startedMs) * perSecond) / 1000; sent < due; sent++) {
      const { socket, waiting } = clients[sent % CLIENTS]!
      const query = Buffer.from(queries[sent & 63]!)
      const id = (sent / CLIENTS) & 0xffff
      query.writeUInt16BE(id)
      const one: Asked = { sentMs: nowMs(), tookMs: undefined, isTruncated: false }
      waiting.set(id, one)
      asked.push(one)
      socket.send(query, to.port, to.address)
    }
  }
  for (const { socket } of clients) socket.close()
}

async function openClient(i: number, nowMs: () => number): Promise<{ socket: Socket; waiting: Map<number, Asked> }> {
  const socket = createSocket('udp4')
  const waiting = new Map<number, Asked>()
  socket.on('message', (bytes) => {
    const one = waiting.get(bytes.readUInt16BE(0))
    if (!one) return
    waiting.delete(bytes.readUInt16BE(0))
    one.tookMs = nowMs() - one.sentMs
    one.isTruncated = (bytes[2]! & 2) !== 0
  })
  socket.on('error', () => undefined)
  socket.bind(0, `127.1.${i}.1`)
  await once(socket, 'listening')
  return { socket, waiting }
}
