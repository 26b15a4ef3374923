// A load generator: prepared queries from many sockets, each with a window of questions unanswered, by sendmmsg and
// recvmmsg, so that it costs less than any server it measures. It never sleeps: a wake-up is paid for by whoever causes it, so
// a sleeping generator would put its own cost on the server's account. It blocks its thread: run it in a process of its own.
//
//   node bench/flood.ts --to 127.0.0.1:5300 --name www.example.com --seconds 5      prints its result as JSON

import { execFile } from 'node:child_process'
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
import { closeSocket, connectUdpSocket } from '../src/io/native/socket.ts'
import { isRight, openQuestions, type Questions, readQuestions } from './expectation.ts'
import { writeQuery } from './world.ts'

export interface FloodOptions {
  readonly to: Endpoint
  /** Asked in turn; the id is set by the generator. */
  readonly questions: Questions
  /** Source ports; default 16. */
  readonly sockets?: number
  /** Unanswered questions per socket; default 64. All together must fit into the server's receive buffer. */
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
  /** Answers with another code, number of records or address than the question wants. */
  readonly wrong: number
  /** Answers per response code: [0] NOERROR, [2] SERVFAIL, [3] NXDOMAIN, [5] REFUSED … */
  readonly codes: readonly number[]
}

interface Flood {
  readonly libc: Libc
  readonly arena: Arena
  readonly fds: readonly number[]
  readonly questions: Questions
  /** Which question an id stands for: `RING` places for each socket. */
  readonly asked: Int32Array
  /** The next id of each socket. */
  readonly ids: Uint16Array
  readonly outstanding: Int32Array
  readonly codes: Float64Array
  next: number
  sent: number
  answered: number
  lost: number
  wrong: number
}

/** Without an answer for this long, what is outstanding is lost. */
const QUIET_MS = 500
/** How long it lets the server work before it looks again for answers: looking disturbs the socket that they arrive on. */
const PAUSE_MS = 0.03
const QUERY_ROOM = 512
/** Ids that are remembered, a power of two and more than any window. */
const RING = 1024

/** Runs to its end, blocking. Throws a Failure where native sockets are not to be had. */
export function flood(options: FloodOptions): FloodResult {
  const { to, questions, sockets = 16, window = 64, count = Number.POSITIVE_INFINITY, seconds = 5 } = options
  const { queries } = questions
  if (queries.length === 0 || queries.some((query) => query.length > QUERY_ROOM))
    throw new RangeError('queries of up to 512 bytes')
  const libc = openLibc()
  const fds = Array.from({ length: sockets }, () => connectUdpSocket(libc, to, 1_000_000))
  const arena = createArena(libc, QUERY_ROOM)
  const outstanding = new Int32Array(sockets)
  const state: Flood = {
    libc,
    arena,
    fds,
    questions,
    asked: new Int32Array(sockets * RING),
    ids: new Uint16Array(sockets),
    outstanding,
    codes: new Float64Array(16),
    next: 0,
    sent: 0,
    answered: 0,
    lost: 0,
    wrong: 0,
  }
  const started = performance.now()
  let last = started
  for (;;) {
    const now = performance.now()
    const isOver = now - started >= seconds * 1000
    let moved = 0
    for (let s = 0; s < sockets; s++) {
      moved += collect(state, s)
      if (!isOver) topUp(state, s, Math.min(window, BATCH), Math.min(window - outstanding[s]!, count - state.sent))
    }
    if (moved > 0) last = now
    else if (now - last > QUIET_MS) {
      forget(state)
      last = now
    }
    if (state.sent === state.answered + state.lost && (isOver || state.sent >= count)) break
    if (moved < BATCH) while (performance.now() - now < PAUSE_MS);
  }
  for (const fd of fds) closeSocket(libc, fd)
  const took = (last - started) / 1000
  const { sent, answered, lost, wrong } = state
  return { sent, answered, lost, wrong, seconds: took, perSecond: answered / took, codes: [...state.codes] }
}

/** Asks a whole batch or nothing: batches on both sides are what makes this cheap. The last questions may be fewer. */
function topUp(state: Flood, s: number, batch: number, wanted: number): void {
  const { arena, asked, libc, outstanding } = state
  const { queries } = state.questions
  if (wanted <= 0 || (wanted < batch && outstanding[s]! > 0)) return
  const asking = Math.min(wanted, batch)
  for (let k = 0; k < asking; k++) {
    const id = state.ids[s]! + k
    const q = (state.next + k) % queries.length
    const query = queries[q]!
    const at = k * QUERY_ROOM
    asked[s * RING + (id & (RING - 1))] = q
    arena.answers.set(query, at)
    arena.answers[at] = (id >> 8) & 255
    arena.answers[at + 1] = id & 255
    prepareSend(arena, k, query.length)
  }
  const sent = Math.max(0, sendBatch(libc, arena, state.fds[s]!, 0, asking))
  state.sent += sent
  state.ids[s] = state.ids[s]! + sent
  state.next = (state.next + sent) % queries.length
  outstanding[s] = outstanding[s]! + sent
}

/** Takes what has been answered on one socket. Returns how much. */
function collect(state: Flood, s: number): number {
  const { arena, codes, libc, outstanding } = state
  if (outstanding[s] === 0 && state.lost === 0) return 0
  const got = receiveBatch(libc, arena, state.fds[s]!)
  for (let i = 0; i < got; i++) {
    if (packetLength(arena, i) >= 4) {
      const code = arena.packets[i * PACKET_ROOM + 3]! & 15
      codes[code] = codes[code]! + 1
      if (!isRightAnswer(state, s, i * PACKET_ROOM)) state.wrong++
    }
    resetPacket(arena, i)
  }
  if (got <= 0) return 0
  // An answer that comes after it was given up is one less lost.
  const late = Math.max(0, got - outstanding[s]!)
  state.lost -= late
  outstanding[s] = outstanding[s]! - (got - late)
  state.answered += got
  return got
}

function isRightAnswer({ arena: { packets }, asked, questions }: Flood, s: number, at: number): boolean {
  const id = (packets[at]! << 8) | packets[at + 1]!
  return isRight(questions, asked[s * RING + (id & (RING - 1))]!, packets, at)
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

function main(): void {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { to: text, name: text, queryFile: text, sockets: text, window: text, count: text, seconds: text },
  })
  const to = parseEndpoint(values.to ?? '127.0.0.1:5300')
  if (!to) throw new RangeError(`--to: expected an endpoint such as 127.0.0.1:5300, found "${values.to}"`)
  const questions =
    values.queryFile === undefined
      ? openQuestions([{ query: writeQuery(values.name ?? 'www.example.com') }])
      : readQuestions(values.queryFile)
  const result = flood({
    to,
    questions,
    sockets: Number(values.sockets ?? 16),
    window: Number(values.window ?? 64),
    count: Number(values.count ?? Number.POSITIVE_INFINITY),
    seconds: Number(values.seconds ?? 5),
  })
  console.log(JSON.stringify(result))
}

if (import.meta.main) main()
