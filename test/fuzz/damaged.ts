// Sending damaged requests: whatever arrives, nothing is thrown, no response is longer than it may be, and each can be read.

import { expect } from 'vitest'
import { answer } from '../../src/core/answer/answer.ts'
import { preview } from '../../src/core/answer/preview.ts'
import { type Context, openContext } from '../../src/core/answer/context.ts'
import { UDP_SIZE } from '../../src/core/wire/message.ts'
import { appendBytes, createFrames, Next, nextFrame } from '../../src/io/listen/frames.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { openNumbers } from '../support/chance.ts'
import { readMessage } from '../support/oracle.ts'
import { makeCorpus, makeFullWorld, mutate } from './corpus.ts'

/** One response in as many is read, by dns2, which is slow, and by our own reader. Odd, so that all senders get their turn. */
const BY_DNS2 = 61
const BY_US = 11

const sources: readonly (readonly [family: 4 | 6, bytes: Uint8Array])[] = [
  [4, Uint8Array.of(192, 0, 2, 9)],
  [4, Uint8Array.of(8, 8, 8, 8)],
  [6, Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
  [6, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 1)],
]

/** dns2 knows no address family but 1 and 2; a family without an address may be any, and is echoed. */
function isExpected(problem: string): boolean {
  return problem.startsWith('Client Subnet: the address family ')
}

/** The response, or nothing where there is silence. */
export function send(context: Context, bytes: Uint8Array, i: number, out: Uint8Array): Uint8Array {
  const [family, source] = sources[i % sources.length]!
  context.nowSec = 1_800_000_000 + i
  const room = context.isUdp ? 4096 : 65_535
  preview(context, bytes, 0, bytes.length, source, 0)
  const length = answer(context, bytes, 0, bytes.length, source, 0, family, out, 0, room)
  return out.subarray(0, length)
}

export function checkSize(context: Context, response: Uint8Array): void {
  const { query } = context
  const most = context.isUdp ? Math.min(UDP_SIZE, query.hasEdns ? Math.max(512, query.udpSize) : 512) : 65_535
  if (response.length > most || response.length < 12) throw new Error(`a response of ${response.length} bytes`)
}

/** What comes out where a message arrives behind its length, in pieces, between others; nothing of one shorter than a header. */
function throughFrames(bytes: Uint8Array, number: (limit: number) => number): Uint8Array {
  const frames = createFrames()
  const stream = Uint8Array.from([bytes.length >> 8, bytes.length & 255, ...bytes, 0, 40, 1, 2, 3])
  const found: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const next = Math.min(stream.length, at + 1 + number(stream.length))
    appendBytes(frames, stream.subarray(at, next))
    at = next
    let state = nextFrame(frames)
    for (; state === Next.frame; state = nextFrame(frames))
      found.push(frames.bytes.slice(frames.at, frames.at + frames.length))
    if (state === Next.malformed) break
  }
  if (bytes.length >= 12 && (found.length !== 1 || Buffer.compare(found[0]!, bytes) !== 0))
    throw new Error('a frame was lost')
  return found[0] ?? new Uint8Array(0)
}

export interface Outcome {
  readonly silent: number
  /** Responses that dns2 has read. */
  readonly read: number
  /** How many responses had each code of the header. */
  readonly codes: ReadonlyMap<number, number>
}

/** Sends as many damaged requests over UDP, and the same over TCP; throws where a response is not as it has to be. */
export function sendDamaged(packets: number, seed: number): Outcome {
  const corpus = makeCorpus()
  const { bound } = makeFullWorld()
  const contexts = [openContext(bound, 'udp'), openContext(bound, 'tcp')]
  const out = new Uint8Array(65_535)
  const number = openNumbers(seed)
  const codes = new Map<number, number>()
  let [silent, read] = [0, 0]
  for (let i = 0; i < packets; i++) {
    const bytes = mutate(corpus, number)
    for (const context of contexts) {
      const arrived = context.isUdp ? bytes : throughFrames(bytes, number)
      const response = send(context, arrived, i, out)
      if (response.length === 0) {
        silent++
        continue
      }
      checkSize(context, response)
      const code = response[3]! & 15
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (i % BY_US === 0) readMessage(response)
      if (i % BY_DNS2 !== 0) continue
      read++
      expect(decodeWithDns2(response).problems.filter((problem) => !isExpected(problem))).toEqual([])
    }
  }
  return { silent, read, codes }
}
