// A load generator for latency: questions at a given rate, at times that are drawn as independent clients would come, whether
// or not the ones before are answered. It never sleeps, since a late look at the clock would be taken for a slow server.
//
//   node bench/paced.ts --to 127.0.0.1:5300 --queryFile FILE --rate 50000 --seconds 2      prints its result as JSON

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { parseEndpoint } from '../src/core/base/address.ts'
import {
  type Arena,
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
import { isRight, type Questions, readQuestions } from './expectation.ts'
import { median, quantile } from './statistics.ts'

export interface PacedOptions {
  readonly to: string
  readonly queryFile: string
  /** Questions a second. */
  readonly rate: number
  readonly seconds: number
}

export interface PacedResult {
  readonly sent: number
  readonly answered: number
  readonly wrong: number
  /** Questions that went out more than a tenth of a millisecond late, because the generator was off its processor. */
  readonly late: number
  readonly medianUs: number
  readonly p99Us: number
  /**
   * The 99th percentile of each 50 ms, and of these the median. A machine that shares its processors with others stands still for some
   * ms in a second; whatever runs then has a 99th percentile of some ms, and this one has not.
   */
  readonly windowP99Us: number
}

interface Paced {
  readonly libc: Libc
  readonly arena: Arena
  readonly fds: readonly number[]
  readonly questions: Questions
  /** By id: when it was sent in ms, 0 for answered, and which question it is. */
  readonly sentMs: Float64Array
  readonly asked: Int32Array
  readonly tookUs: Float64Array
  /** How many were answered when each window ended. */
  readonly windowEnds: number[]
  answered: number
  wrong: number
}

const SOCKETS = 4
const IDS = 65_536
const QUERY_ROOM = 512
const LATE_MS = 0.1
const QUIET_MS = 200
const WINDOW_MS = 50

function ask(state: Paced, n: number, now: number): void {
  const { arena, questions, libc } = state
  const id = n % IDS
  const q = n % questions.queries.length
  const query = questions.queries[q]!
  arena.answers.set(query, 0)
  arena.answers[0] = id >> 8
  arena.answers[1] = id & 255
  prepareSend(arena, 0, query.length)
  state.sentMs[id] = now
  state.asked[id] = q
  sendBatch(libc, arena, state.fds[n % SOCKETS]!, 0, 1)
}

function collect(state: Paced, s: number): void {
  const { arena, libc, sentMs } = state
  const got = receiveBatch(libc, arena, state.fds[s]!)
  if (got <= 0) return
  const now = performance.now()
  for (let i = 0; i < got; i++) {
    const at = i * PACKET_ROOM
    const id = (arena.packets[at]! << 8) | arena.packets[at + 1]!
    if (packetLength(arena, i) > 12 && sentMs[id]! > 0) {
      if (state.answered < state.tookUs.length) state.tookUs[state.answered++] = (now - sentMs[id]!) * 1000
      sentMs[id] = 0
      if (!isRight(state.questions, state.asked[id]!, arena.packets, at)) state.wrong++
    }
    resetPacket(arena, i)
  }
}

function run({ to, queryFile, rate, seconds }: PacedOptions): PacedResult {
  const endpoint = parseEndpoint(to)
  if (!endpoint) throw new RangeError(`--to: expected an endpoint such as 127.0.0.1:5300, found "${to}"`)
  const libc = openLibc()
  const wanted = Math.floor(rate * seconds)
  const state: Paced = {
    libc,
    arena: createArena(libc, QUERY_ROOM),
    fds: Array.from({ length: SOCKETS }, () => connectUdpSocket(libc, endpoint, 1_000_000)),
    questions: readQuestions(queryFile),
    sentMs: new Float64Array(IDS),
    asked: new Int32Array(IDS),
    tookUs: new Float64Array(wanted),
    windowEnds: [],
    answered: 0,
    wrong: 0,
  }
  let sent = 0
  let late = 0
  let next = performance.now()
  let turn = 0
  let windowEnd = next + WINDOW_MS
  for (let now = next; sent < wanted || now - next < QUIET_MS; now = performance.now()) {
    if (sent < wanted && now >= next) {
      if (now - next > LATE_MS) late++
      ask(state, sent++, now)
      // Times between independent arrivals.
      next += (-Math.log(1 - Math.random()) * 1000) / rate
    }
    collect(state, turn++ % SOCKETS)
    if (now < windowEnd) continue
    state.windowEnds.push(state.answered)
    windowEnd = now + WINDOW_MS
  }
  for (const fd of state.fds) closeSocket(libc, fd)
  const { answered, wrong } = state
  const took = state.tookUs.subarray(0, answered)
  return {
    sent,
    answered,
    wrong,
    late,
    medianUs: quantile(took, 0.5),
    p99Us: quantile(took, 0.99),
    windowP99Us: median(percentilesOfWindows(state)),
  }
}

function percentilesOfWindows({ tookUs, windowEnds, answered }: Paced): number[] {
  let from = 0
  return windowEnds.flatMap((end) => {
    const window = tookUs.subarray(from, Math.min(end, answered))
    from = end
    // Fewer have no 99th percentile: the last moments.
    return window.length < 200 ? [] : [quantile(window, 0.99)]
  })
}

/** In a process of its own, which it keeps busy. */
export async function startPaced(options: PacedOptions): Promise<PacedResult> {
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), ...args])
  return JSON.parse(stdout) as PacedResult
}

function main(): void {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { to: text, queryFile: text, rate: text, seconds: text } })
  if (values.queryFile === undefined) throw new RangeError('--queryFile: expected a file of questions')
  const { to = '127.0.0.1:5300', rate = '10000', seconds = '2' } = values
  console.log(JSON.stringify(run({ to, queryFile: values.queryFile, rate: Number(rate), seconds: Number(seconds) })))
}

if (import.meta.main) main()
