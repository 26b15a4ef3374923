// A load generator for TCP: connections that pipeline their questions, each with a window of them unanswered, or a connection
// for every question. Right answers are told from wrong ones, as over UDP.
//
//   node bench/streams.ts --to 127.0.0.1:5300 --queryFile FILE --count 100000 [--each]      prints its result as JSON

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type Endpoint, parseEndpoint } from '../src/core/base/address.ts'
import { isRight, type Questions, readQuestions } from './expectation.ts'

export interface StreamsOptions {
  readonly to: string
  readonly queryFile: string
  readonly count: number
  /** A connection for each question. */
  readonly each: boolean
}

export interface StreamsResult {
  readonly answered: number
  readonly wrong: number
  readonly perSecond: number
}

interface Streams {
  readonly endpoint: Endpoint
  readonly questions: Questions
  readonly count: number
  asked: number
  answered: number
  wrong: number
}

const CONNECTIONS = 16
const WINDOW = 64

/** The next question with its length before it (RFC 1035 §4.2.2); the id says nothing, since a stream of ours asks in turn. */
function framed(state: Streams): { frame: Buffer; q: number } {
  const q = state.asked % state.questions.queries.length
  const query = state.questions.queries[q]!
  const frame = Buffer.alloc(2 + query.length)
  frame.writeUInt16BE(query.length)
  frame.set(query, 2)
  frame.writeUInt16BE(state.asked++ & 0xffff, 2)
  return { frame, q }
}

/** Keeps a window of questions on one connection until all are asked and answered. */
async function pipeline(state: Streams): Promise<void> {
  const socket = await open(state, 0)
  const asked = new Map<number, number>()
  const refill = (): void => {
    const frames: Buffer[] = []
    while (asked.size < WINDOW && state.asked < state.count) {
      const id = state.asked & 0xffff
      const { frame, q } = framed(state)
      asked.set(id, q)
      frames.push(frame)
    }
    if (frames.length > 0) socket.write(Buffer.concat(frames))
    else if (asked.size === 0) socket.end()
  }
  refill()
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    for (; rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(); rest = rest.subarray(2 + rest.readUInt16BE())) {
      const id = rest.readUInt16BE(2)
      const q = asked.get(id)
      asked.delete(id)
      note(state, q, rest)
    }
    // Half a window at a time: who writes each question alone measures his own system calls.
    if (asked.size <= WINDOW / 2) refill()
  }
}

function note(state: Streams, q: number | undefined, message: Buffer): void {
  state.answered++
  if (q === undefined || !isRight(state.questions, q, message, 2)) state.wrong++
}

/** Connections one after another. They come from many addresses, because closed ones keep their port for a while. */
async function oneByOne(state: Streams): Promise<void> {
  while (state.asked < state.count) {
    const { frame, q } = framed(state)
    const socket = await open(state, state.asked)
    socket.write(frame)
    let message: Buffer = Buffer.alloc(0)
    for await (const chunk of socket) {
      message = Buffer.concat([message, chunk as Buffer])
      if (message.length >= 2 && message.length >= 2 + message.readUInt16BE()) break
    }
    if (message.length > 2) note(state, q, message)
    socket.end()
  }
}

async function open({ endpoint }: Streams, n: number): Promise<Socket> {
  const localAddress = n === 0 ? '127.0.0.1' : `127.0.${1 + (n % 7)}.${1 + (n % 199)}`
  const socket = connect({ host: endpoint.address, port: endpoint.port, localAddress, noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function run({ to, queryFile, count, each }: StreamsOptions): Promise<StreamsResult> {
  const endpoint = parseEndpoint(to)
  if (!endpoint) throw new RangeError(`--to: expected an endpoint such as 127.0.0.1:5300, found "${to}"`)
  const state: Streams = { endpoint, questions: readQuestions(queryFile), count, asked: 0, answered: 0, wrong: 0 }
  const started = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, () => (each ? oneByOne(state) : pipeline(state))))
  const { answered, wrong } = state
  return { answered, wrong, perSecond: (answered * 1000) / (performance.now() - started) }
}

/** In a process of its own. */
export async function startStreams({ each, ...options }: StreamsOptions): Promise<StreamsResult> {
  const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
  const program = [fileURLToPath(import.meta.url), ...args, ...(each ? ['--each'] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, program)
  return JSON.parse(stdout) as StreamsResult
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { to: text, queryFile: text, count: text, each: { type: 'boolean', default: false } },
  })
  if (values.queryFile === undefined) throw new RangeError('--queryFile: expected a file of questions')
  const { to = '127.0.0.1:5300', queryFile, count = '100000', each } = values
  console.log(JSON.stringify(await run({ to, queryFile, count: Number(count), each })))
}

if (import.meta.main) await main()
