// Damaged requests through real sockets, to a node of its own: every answer is one that may be, no longer than its limit; clients
// send half frames, hang up, or never read. What the node counted and how much memory it holds is looked at afterwards.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { UDP_SIZE } from '../../src/core/wire/message.ts'
import { Decoded, decodeQuery, openQuery, type Query } from '../../src/core/wire/query.ts'
import { appendBytes, createFrames, Next, nextFrame } from '../../src/io/listen/frames.ts'
import { openNumbers } from '../support/chance.ts'
import type { Running } from '../support/meridian.ts'
import { readMessage } from '../support/oracle.ts'
import { packet, question } from '../support/packet.ts'
import { makeCorpus, mutate } from './corpus.ts'

/** One answer in as many is read in full. */
const READ = 13
/** Requests between two that are sound and waited for. */
const BATCH = 64
const SOUND_ID = 0xffff

type Numbers = (limit: number) => number

export interface Attack {
  readonly sent: number
  readonly answered: number
}

/** The longest answer that a request may get over UDP. */
function limitOf(bytes: Uint8Array, query: Query): number {
  if (decodeQuery(bytes, 0, bytes.length, query) === Decoded.drop || !query.hasEdns) return 512
  return Math.min(UDP_SIZE, Math.max(512, query.udpSize))
}

function checkAnswer(bytes: Uint8Array, most: number, isRead: boolean): void {
  if (bytes.length < 12 || bytes.length > most) throw new Error(`an answer of ${bytes.length} bytes, at most ${most}`)
  if ((bytes[2]! & 0x80) === 0) throw new Error('an answer that is a request')
  if (isRead) readMessage(bytes)
}

/** Resolves when all has been sent and the last sound request is answered; rejects for an answer that may not be. */
export async function attackUdp({ dns }: Running, messages: number, seed: number): Promise<Attack> {
  const [corpus, number, query] = [makeCorpus(), openNumbers(seed), openQuery()]
  const limits = new Uint16Array(65_536).fill(512)
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  let [answered, wrong] = [0, undefined as Error | undefined]
  let sound = Promise.withResolvers<void>()
  socket.on('message', (bytes) => {
    const id = bytes.readUInt16BE(0)
    if (id === SOUND_ID) return sound.resolve()
    answered++
    try {
      checkAnswer(bytes, limits[id]!, answered % READ === 0)
    } catch (error) {
      wrong ??= error as Error
    }
  })
  socket.connect(dns.port, dns.address)
  await once(socket, 'connect')
  const soundOne = packet({ id: SOUND_ID, questions: [question('www.example.com')] })
  try {
    for (let sent = 0; sent < messages && !wrong; ) {
      for (let left = BATCH; left > 0 && sent < messages; left--, sent++) {
        const bytes = mutate(corpus, number)
        const id = sent % SOUND_ID
        if (bytes.length >= 2) [bytes[0], bytes[1]] = [id >> 8, id & 255]
        limits[id] = limitOf(bytes, query)
        socket.send(bytes)
      }
      await soundAnswer(() => socket.send(soundOne), sound.promise)
      sound = Promise.withResolvers()
    }
  } finally {
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }
  if (wrong) throw wrong
  return { sent: messages, answered }
}

/** Sent again where a full buffer has swallowed it. */
async function soundAnswer(send: () => void, answer: Promise<void>): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    send()
    const timeout = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => timeout.resolve('late'), 500)
    const first = await Promise.race([answer, timeout.promise])
    clearTimeout(timer)
    if (first !== 'late') return
  }
  throw new Error('a sound request is not answered any more')
}

/** How a connection ends, and what it does before. */
const endings = ['half-closed', 'cut in a frame', 'hung up', 'never read', 'garbage'] as const
type Ending = (typeof endings)[number]

/** Connections one after the other, some at a time, until as many messages have been sent. */
export async function attackTcp({ dns }: Running, messages: number, seed: number): Promise<Attack> {
  const [corpus, number] = [makeCorpus(), openNumbers(seed)]
  const total = { sent: 0, answered: 0 }
  const attackers = Array.from({ length: 8 }, async () => {
    while (total.sent < messages) {
      const ending = endings[number(8) < 4 ? 0 : number(endings.length)]!
      const { stream, count } = makeStream(corpus, number, ending)
      total.sent += count
      const answers = await attackOnce(await dial(dns), stream, ending, number)
      total.answered += answers
    }
  })
  await Promise.all(attackers)
  return total
}

async function dial({ address, port }: Running['dns']): Promise<Socket> {
  const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true })
  socket.on('error', () => undefined) // a reset is one way for it to end
  await once(socket, 'connect')
  return socket
}

/** Some hundred frames; one that is shorter than a header ends a connection, so it is the last. */
function makeStream(corpus: readonly Uint8Array[], number: Numbers, ending: Ending) {
  const parts: Uint8Array[] = []
  let count = 0
  for (let left = 100 + number(300); left > 0; left--) {
    const bytes = mutate(corpus, number)
    if (bytes.length < 12 && left > 1) continue
    parts.push(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes)
    count++
  }
  if (ending === 'garbage') parts.push(Uint8Array.from({ length: number(3000) }, () => number(256)))
  const stream = Buffer.concat(parts)
  return { stream: ending === 'cut in a frame' ? stream.subarray(0, -1 - number(9)) : stream, count }
}

async function attackOnce(socket: Socket, stream: Uint8Array, ending: Ending, number: Numbers): Promise<number> {
  const closed = once(socket, 'close')
  const [frames, wrong] = [createFrames(), [] as Error[]]
  let answered = 0
  if (ending === 'never read') socket.pause()
  else
    socket.on('data', (chunk: Buffer) => {
      appendBytes(frames, chunk)
      while (nextFrame(frames) === Next.frame) {
        answered++
        try {
          checkAnswer(frames.bytes.slice(frames.at, frames.at + frames.length), 65_535, answered % READ === 0)
        } catch (error) {
          wrong.push(error as Error)
        }
      }
    })
  for (let at = 0; at < stream.length && !socket.destroyed; ) {
    const next = Math.min(stream.length, at + 1 + number(number(3) === 0 ? 20 : 4000))
    socket.write(stream.subarray(at, next))
    at = next
    if (number(4) === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  if (ending === 'never read' || ending === 'hung up') socket.resetAndDestroy()
  else socket.end()
  await closed
  if (wrong[0]) throw wrong[0]
  return answered
}

/** Resident memory of a process. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

/** Connections that the node holds. */
export async function openConnections(node: Running): Promise<number> {
  const lines = (await node.metrics()).split('\n').filter((line) => line.startsWith('meridian_tcp_connections'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** What the node says of itself: faults, and complaints in its log. */
export async function faultsOf(node: Running): Promise<string[]> {
  const lines = (await node.metrics()).split('\n')
  const failed = lines.filter((line) => /^meridian_(answer_errors|requests_failed)_total\{.*\} [^0]/.test(line))
  const complaints = node.log().filter(({ level }) => level === 'error' || level === 'warn')
  // The zones are odd, and are meant to be.
  return [...failed, ...complaints.map(({ msg }) => msg).filter((msg) => !msg.includes(': warning: '))]
}
