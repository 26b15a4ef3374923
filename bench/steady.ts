// A load generator with a fixed pace, for what waiting costs: questions are sent when they are due, and the time of each answer
// goes into a histogram. Once a second it prints what came of that second. While it is off the processor it falls behind: then it
// skips what it did not ask, and leaves no more unanswered than a server's receive buffer holds, so that what is lost was lost by
// the server.
// It never sleeps, and blocks its thread, so that only a file can tell it to stop: run it in a process of its own.
//
//   node bench/steady.ts --to 127.0.0.1:5300 --queryFile FILE --rate 50000 --seconds 10

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { claimProcessor } from './claim.ts'
import { parseArgs } from 'node:util'
import { type Endpoint, parseEndpoint } from '../src/core/base/address.ts'
import {
  type Arena,
  BATCH,
  createArena,
  PACKET_ROOM,
  packetLength,
  prepareSend,
  receiveBatch,
  resetPacket,
  sendBatch,
} from '../src/io/native/arena.ts'
import { type Libc, openLibc } from '../src/io/native/libc.ts'
import { closeSocket, connectUdpSocket } from '../src/io/native/socket.ts'

const SOCKETS = 8
const QUERY_ROOM = 512
/** Ids per socket: that many may be under way. */
const IDS = 65_536
/** 5 % steps from 1 µs on. */
const STEPS = 400
const STEP = 1.05
/** Unanswered questions at most; the receive buffer of a socket of ours holds some 10 000. */
const WINDOW = 6000
/** What it may be behind before it skips. */
const BEHIND_MS = 2
/** Unanswered for so long, a question is lost. */
const LOST_MS = 2000
const WINDOW_MS = 50
/** How long the last answers are waited for. */
const PATIENCE_MS = 1000

export interface Second {
  /** Unix time in ms at its end. */
  readonly atMs: number
  readonly sent: number
  readonly answered: number
  readonly histogram: readonly number[]
  /** The 99th percentile, in ms, of each 50 ms of it; see paced.ts for why. */
  readonly windowsP99Ms: readonly number[]
}

export interface Steady {
  readonly seconds: readonly Second[]
  readonly sent: number
  readonly lost: number
}

interface Pace {
  readonly libc: Libc
  readonly arena: Arena
  readonly fds: readonly number[]
  readonly queries: readonly Uint8Array[]
  /** By socket and id: when it was asked, 0 for none. */
  readonly askedMs: Float64Array
  readonly nextId: Int32Array
  readonly histogram: number[]
  /** Of the 50 ms that have begun, and what came of those before. */
  readonly window: number[]
  readonly windowsP99Ms: number[]
  sent: number
  answered: number
  lost: number
}

/** Milliseconds below which a share of the answers came. */
export function quantile(histograms: readonly (readonly number[])[], share: number): number {
  const sums = Array.from({ length: STEPS }, (_, i) => histograms.reduce((sum, one) => sum + (one[i] ?? 0), 0))
  const wanted = share * sums.reduce((a, b) => a + b, 0)
  let below = 0
  for (const [i, count] of sums.entries()) {
    below += count
    if (below >= wanted && count > 0) return STEP ** i / 1000
  }
  return 0
}

function run(
  to: Endpoint,
  queries: readonly Uint8Array[],
  rate: number,
  seconds: number,
  stopFile: string | undefined,
): void {
  const libc = openLibc()
  const fds = Array.from({ length: SOCKETS }, () => connectUdpSocket(libc, to, 4_000_000))
  const pace: Pace = {
    libc,
    arena: createArena(libc, QUERY_ROOM),
    fds,
    queries,
    askedMs: new Float64Array(SOCKETS * IDS),
    nextId: new Int32Array(SOCKETS),
    histogram: Array.from({ length: STEPS }, () => 0),
    window: Array.from({ length: STEPS }, () => 0),
    windowsP99Ms: [],
    sent: 0,
    answered: 0,
    lost: 0,
  }
  const started = performance.now()
  let end = started + seconds * 1000
  let last = { atMs: started, sent: 0, answered: 0 }
  let skipped = 0
  let heardMs = started
  let windowEnd = started + WINDOW_MS
  for (let socket = 0; ; socket = (socket + 1) % SOCKETS) {
    const now = performance.now()
    const due = Math.floor(((Math.min(now, end) - started) * rate) / 1000) - skipped - pace.sent
    const waiting = pace.sent - pace.answered - pace.lost
    if (due > 0 && waiting < WINDOW) ask(pace, socket, Math.min(due, BATCH), now)
    skipped += Math.max(0, due - BATCH - Math.ceil((rate * BEHIND_MS) / 1000))
    const { answered: before } = pace
    for (let s = 0; s < SOCKETS; s++) collect(pace, s)
    if (pace.answered > before || waiting === 0) heardMs = now
    else if (now - heardMs > LOST_MS) pace.lost = pace.sent - pace.answered
    if (now >= windowEnd) {
      pace.windowsP99Ms.push(quantile([pace.window], 0.99))
      pace.window.fill(0)
      windowEnd = now + WINDOW_MS
    }
    if (now - last.atMs >= 1000 || now > end + PATIENCE_MS) {
      tell(pace, last)
      pace.histogram.fill(0)
      pace.windowsP99Ms.length = 0
      last = { atMs: now, sent: pace.sent, answered: pace.answered }
      if (stopFile !== undefined && existsSync(stopFile)) end = Math.min(end, now)
    }
    if (now > end && (pace.answered + pace.lost >= pace.sent || now > end + PATIENCE_MS)) break
  }
  tell(pace, last)
  for (const fd of fds) closeSocket(libc, fd)
}

/** Prints what came since `last`. */
function tell(
  { sent, answered, histogram, windowsP99Ms }: Pace,
  last: { readonly sent: number; readonly answered: number },
): void {
  const counts = { sent: sent - last.sent, answered: answered - last.answered }
  console.log(JSON.stringify({ atMs: Date.now(), ...counts, histogram, windowsP99Ms } satisfies Second))
}

function ask(pace: Pace, socket: number, count: number, now: number): void {
  const { arena, queries, libc, askedMs, nextId } = pace
  for (let k = 0; k < count; k++) {
    const id = (nextId[socket]! + k) & (IDS - 1)
    const query = queries[(pace.sent + k) % queries.length]!
    arena.answers.set(query, k * QUERY_ROOM)
    arena.answers[k * QUERY_ROOM] = id >> 8
    arena.answers[k * QUERY_ROOM + 1] = id & 255
    askedMs[socket * IDS + id] = now
    prepareSend(arena, k, query.length)
  }
  const sent = Math.max(0, sendBatch(libc, arena, pace.fds[socket]!, 0, count))
  nextId[socket] = (nextId[socket]! + sent) & (IDS - 1)
  pace.sent += sent
}

function collect(pace: Pace, socket: number): void {
  const { arena, libc, askedMs, histogram, window } = pace
  const got = receiveBatch(libc, arena, pace.fds[socket]!)
  const now = performance.now()
  for (let i = 0; i < got; i++) {
    if (packetLength(arena, i) >= 4) {
      const at = socket * IDS + arena.packets[i * PACKET_ROOM]! * 256 + arena.packets[i * PACKET_ROOM + 1]!
      if (askedMs[at] !== 0) {
        const step = Math.round(Math.log(Math.max(1, (now - askedMs[at]!) * 1000)) / Math.log(STEP))
        histogram[Math.min(STEPS - 1, step)]!++
        window[Math.min(STEPS - 1, step)]!++
        pace.answered++
      }
      askedMs[at] = 0
    }
    resetPacket(arena, i)
  }
}

/** The same in a process of its own, up to its time or until `stopFile` is there; `onSecond` is told as it goes. */
export async function startSteady(
  options: { to: string; queryFile: string; rate: number; seconds: number; stopFile?: string },
  onSecond: (second: Second) => void = () => undefined,
): Promise<Steady> {
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seconds: Second[] = []
  for await (const line of createInterface(child.stdout)) {
    const second = JSON.parse(line) as Second
    seconds.push(second)
    onSecond(second)
  }
  const sent = seconds.reduce((sum, second) => sum + second.sent, 0)
  return { seconds, sent, lost: sent - seconds.reduce((sum, second) => sum + second.answered, 0) }
}

function main(): void {
  claimProcessor()
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { to: text, queryFile: text, rate: text, seconds: text, stopFile: text } })
  const to = parseEndpoint(values.to ?? '')
  if (!to || values.queryFile === undefined) throw new RangeError('--to ADDRESS:PORT and --queryFile FILE are needed')
  const lines = readFileSync(values.queryFile, 'utf8').split('\n')
  const queries = lines.filter((line) => line !== '').map((line) => Uint8Array.from(Buffer.from(line, 'hex')))
  run(to, queries, Number(values.rate ?? 10_000), Number(values.seconds ?? 5), values.stopFile)
}

if (import.meta.main) main()
