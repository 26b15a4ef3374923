// A load generator: prepared queries from many sockets, each with a window of questions unanswered, by sendmmsg and
// recvmmsg, so that it costs less than any server it measures. It blocks its thread: run it in a process of its own.
//
//   node bench/flood.ts --to 127.0.0.1:5300 --name www.example.com --seconds 5      prints its result as JSON

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
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
import { createPollSet, isReady, waitFor } from '../src/io/native/poll.ts'
import { closeSocket, connectUdpSocket } from '../src/io/native/socket.ts'

export interface FloodOptions {
  readonly to: Endpoint
  /** Asked in turn; the id is set by the generator. */
  readonly queries: readonly Uint8Array[]
  /** Source ports; default 10. */
  readonly sockets?: number
  /** Unanswered questions per socket; default 40. */
  readonly window?: number
  /** It ends with whichever comes first. */
  readonly count?: number
  readonly seconds?: number
}

export interface FloodResult {
  readonly sent: number
  readonly answered: number
  /** Sent and, half a second of quiet later, not answered. */
  readonly lost: number
  readonly seconds: number
  readonly perSecond: number
  /** Answers per response code: [0] NOERROR, [2] SERVFAIL, [3] NXDOMAIN, [5] REFUSED … */
  readonly codes: readonly number[]
}

interface Flood {
  readonly libc: Libc
  readonly arena: Arena
  readonly fds: readonly number[]
  readonly queries: readonly Uint8Array[]
  readonly outstanding: Int32Array
  readonly codes: Float64Array
  sent: number
  answered: number
  lost: number
}

/** Without an answer for this long, what is outstanding is lost. */
const QUIET_MS = 500
const QUERY_ROOM = 512

/** Runs to its end, blocking. Throws a Failure where native sockets are not to be had. */
export function flood(options: FloodOptions): FloodResult {
  const { to, queries, sockets = 10, window = 40, count = Number.POSITIVE_INFINITY, seconds = 5 } = options
  if (queries.length === 0 || queries.some((query) => query.length > QUERY_ROOM))
    throw new RangeError('queries of up to 512 bytes')
  const libc = openLibc()
  const fds = Array.from({ length: sockets }, () => connectUdpSocket(libc, to, 1_000_000))
  const arena = createArena(libc, QUERY_ROOM)
  const state: Flood = {
    libc,
    arena,
    fds,
    queries,
    outstanding: new Int32Array(sockets),
    codes: new Float64Array(16),
    sent: 0,
    answered: 0,
    lost: 0,
  }
  const readable = createPollSet(libc, fds)
  const started = performance.now()
  let last = started
  for (;;) {
    const isOver = performance.now() - started >= seconds * 1000
    if (!isOver)
      for (let s = 0; s < sockets; s++) topUp(state, s, Math.min(window - state.outstanding[s]!, count - state.sent))
    if (state.sent === state.answered + state.lost && (isOver || state.sent >= count)) break
    if (waitFor(libc, readable, QUIET_MS) > 0) {
      for (let s = 0; s < sockets; s++) if (isReady(readable, s)) collect(state, s)
      last = performance.now()
    } else forget(state)
  }
  for (const fd of fds) closeSocket(libc, fd)
  const took = (last - started) / 1000
  const { sent, answered, lost } = state
  return { sent, answered, lost, seconds: took, perSecond: answered / took, codes: [...state.codes] }
}

function topUp(state: Flood, s: number, wanted: number): void {
  const { arena, queries, libc } = state
  // Not for a few: batches on both sides are what makes this cheap.
  const asking = Math.min(wanted, BATCH)
  if (asking <= 0) return
  for (let k = 0; k < asking; k++) {
    const id = state.sent + k
    const query = queries[id % queries.length]!
    const at = k * QUERY_ROOM
    arena.answers.set(query, at)
    arena.answers[at] = (id >> 8) & 255
    arena.answers[at + 1] = id & 255
    prepareSend(arena, k, query.length)
  }
  const sent = Math.max(0, sendBatch(libc, arena, state.fds[s]!, 0, asking))
  state.sent += sent
  state.outstanding[s] = state.outstanding[s]! + sent
}

function collect(state: Flood, s: number): void {
  const { arena, codes, libc } = state
  const got = receiveBatch(libc, arena, state.fds[s]!)
  for (let i = 0; i < got; i++) {
    if (packetLength(arena, i) >= 4) {
      const code = arena.packets[i * PACKET_ROOM + 3]! & 15
      codes[code] = codes[code]! + 1
    }
    resetPacket(arena, i)
  }
  if (got <= 0) return
  // An answer that comes after it was given up is one less lost.
  const late = Math.max(0, got - state.outstanding[s]!)
  state.lost -= late
  state.outstanding[s] = state.outstanding[s]! - (got - late)
  state.answered += got
}

function forget(state: Flood): void {
  for (let s = 0; s < state.fds.length; s++) state.lost += state.outstanding[s]!
  state.outstanding.fill(0)
}

export interface FloodProcess {
  readonly to: string
  readonly seconds: number
  readonly sockets?: number
  readonly window?: number
  readonly count?: number
  /** Names to ask for, or prepared queries in hexadecimal, one a line, in a file. */
  readonly name?: string
  readonly queryFile?: string
}

/** The same in a process of its own. */
export async function startFlood(options: FloodProcess): Promise<FloodResult> {
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), ...args])
  return JSON.parse(stdout) as FloodResult
}

/** A query for a name's A record, RD clear, without EDNS. */
export function writeQuery(name: string, type = 1): Uint8Array {
  const labels = name.replace(/\.$/, '').split('.')
  const owner = labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')])
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...owner, 0, type >> 8, type & 255, 0, 1])
}

function main(): void {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { to: text, name: text, queryFile: text, sockets: text, window: text, count: text, seconds: text },
  })
  const to = parseEndpoint(values.to ?? '127.0.0.1:5300')
  if (!to) throw new RangeError(`--to: expected an endpoint such as 127.0.0.1:5300, found "${values.to}"`)
  const lines = values.queryFile === undefined ? [] : readFileSync(values.queryFile, 'utf8').split('\n')
  const prepared = lines.filter((line) => line !== '').map((line) => Uint8Array.from(Buffer.from(line, 'hex')))
  const queries = prepared.length > 0 ? prepared : [writeQuery(values.name ?? 'www.example.com')]
  const result = flood({
    to,
    queries,
    sockets: Number(values.sockets ?? 10),
    window: Number(values.window ?? 40),
    count: Number(values.count ?? Number.POSITIVE_INFINITY),
    seconds: Number(values.seconds ?? 5),
  })
  console.log(JSON.stringify(result))
}

if (import.meta.main) main()
