// Thread entry: the load of load.ts.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type FromLoad, type LoadOptions, type Outcome, type ToLoad, wallMs } from './load.ts'

const { to, queries, perSecond, ports, window = Number.POSITIVE_INFINITY } = workerData as LoadOptions
const port = parentPort!
/** How often a few questions are sent. */
const STEP_MS = 2
/** How long the last ones may take. */
const PATIENCE_MS = 1000

interface Open {
  readonly socket: Socket
  /** By id: the place in `outcomes`. */
  readonly waiting: Map<number, number>
  /** By query: of its last answer. */
  readonly tails: string[]
  next: number
}

type Draft = { -readonly [Field in keyof Outcome]: Outcome[Field] }

const outcomes: Draft[] = []
const state = { strays: 0, isStopping: false }

async function openPort(): Promise<Open> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  const open: Open = { socket, waiting: new Map(), tails: queries.map(() => ''), next: 0 }
  socket.on('message', (bytes) => {
    const at = open.waiting.get(bytes.readUInt16BE(0))
    if (at === undefined) return void state.strays++
    open.waiting.delete(bytes.readUInt16BE(0))
    const outcome = outcomes[at]!
    outcome.tookMs = wallMs() - outcome.sentMs
    outcome.rcode = bytes[3]! & 15
    outcome.tail = bytes.subarray(-4).join('.')
    open.tails[outcome.query] = outcome.tail
  })
  socket.on('error', () => undefined) // nobody there any more: it stays unanswered
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return open
}

function send(open: Open, portNumber: number): void {
  const query = outcomes.length % queries.length
  const id = open.next++ & 0xffff
  const packet = Buffer.from(queries[query]!)
  packet.writeUInt16BE(id)
  open.waiting.set(id, outcomes.length)
  outcomes.push({ query, port: portNumber, sentMs: wallMs(), tookMs: undefined, rcode: -1, tail: '' })
  open.socket.send(packet, to.port, to.address)
}

const opened = await Promise.all(Array.from({ length: ports }, openPort))
port.on('message', (message: ToLoad) => {
  if (message === 'stop') state.isStopping = true
  else port.postMessage({ asked: outcomes.length, tails: opened.map(({ tails }) => tails) } satisfies FromLoad)
})
port.postMessage('running' satisfies FromLoad)
const startedMs = wallMs()
while (!state.isStopping) {
  const due = ((wallMs() - startedMs) * perSecond) / 1000
  for (; outcomes.length < due; ) {
    const number = outcomes.length % ports
    const open = opened[number]!
    if (open.waiting.size >= window) break
    send(open, number)
  }
  await delay(STEP_MS)
}
const deadline = wallMs() + PATIENCE_MS
while (wallMs() < deadline && opened.some(({ waiting }) => waiting.size > 0)) await delay(STEP_MS)
for (const { socket } of opened) socket.close()
port.postMessage({ outcomes, strays: state.strays } satisfies FromLoad)
port.close()
