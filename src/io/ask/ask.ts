// Asking one DNS server one question (RFC 1035 §7.3): with a random id, a check that the answer answers it, a time limit, and
// TCP where UDP is too small (RFC 7766 §5).

import { randomInt } from 'node:crypto'
import type { Endpoint, Prefix } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'
import { UDP_SIZE } from '../../core/wire/message.ts'
import { parseName, printName, ROOT, sameName } from '../../core/wire/name.ts'
import type { Answered, Asked } from './asked.ts'
import { decodeWithDns2 } from './decode.ts'
import { encodeQuestion } from './encode.ts'
import { type Exchange, exchangeTcp, exchangeUdp } from './exchange.ts'
import { printType } from './mnemonic.ts'
import { readName, u16 } from './walk.ts'

export interface Asking {
  readonly server: Endpoint
  /** Presentation format; the final dot may be left out. */
  readonly name: string
  readonly type: number
  readonly overTcp?: boolean | undefined
  /** Whether a resolver is asked to do the rest; default false. */
  readonly recursive?: boolean | undefined
  /** For EDNS Client Subnet (RFC 7871). */
  readonly subnet?: Prefix | undefined
  /** The size of responses we can take, default 1232; 0 asks without EDNS. */
  readonly udpSize?: number | undefined
  /** Of each try. */
  readonly timeoutMs: number
  /** How often to ask over UDP before giving up; default 2. Over TCP once. */
  readonly tries?: number | undefined
  /** The local address to ask from. */
  readonly source?: string | undefined
  /** Whether to ask again over TCP when an answer came truncated; default true. */
  readonly retryTruncated?: boolean | undefined
  /** Gives up when aborted, as after the time limit. */
  readonly signal?: AbortSignal | undefined
}

/** Rejects with a Failure 'ask-timeout', 'ask-unreachable' or 'ask-garbled'. A response code other than 0 is an answer. */
export async function ask(asking: Asking): Promise<Answered> {
  const { overTcp = false, tries = 2, retryTruncated = true } = asking
  if (overTcp) return exchange(asking, 'tcp')
  const answered = await askUdp(asking, tries)
  return answered.flags.tc && retryTruncated ? exchange(asking, 'tcp') : answered
}

async function askUdp(asking: Asking, tries: number): Promise<Answered> {
  for (let left = tries; ; left--) {
    try {
      return await exchange(asking, 'udp')
    } catch (error) {
      if (left <= 1 || !(error instanceof Failure) || error.code !== 'ask-timeout') throw error
    }
  }
}

async function exchange(asking: Asking, transport: 'udp' | 'tcp'): Promise<Answered> {
  const { server, type, subnet, recursive, udpSize = UDP_SIZE, timeoutMs, source, signal } = asking
  const name = parseName(asking.name, ROOT)
  if (typeof name === 'string') throw new RangeError(`not a name: ${name}`)
  const id = randomInt(0x1_0000)
  const one: Exchange = {
    server,
    source,
    timeoutMs,
    signal,
    message: encodeQuestion({ id, name, type, udpSize, subnet, recursive }),
    judge: (message) => judge(message, id, name, type),
  }
  const { asked, tookMs } = await (transport === 'udp' ? exchangeUdp(one) : exchangeTcp(one))
  return { ...asked, server, transport, tookMs }
}

/** Whether a message answers this question (RFC 5452 §9.1), from its first bytes, and only then what it says. */
function judge(message: Uint8Array, id: number, name: Uint8Array, type: number): Asked | string {
  if (message.length < 12) return `a message of ${message.length} bytes, fewer than a header`
  if (u16(message, 0) !== id) return 'a message with the id of another question'
  if ((message[2]! & 0x80) === 0) return 'a question instead of a response'
  const wrong = wrongQuestion(message, name, type)
  if (wrong !== undefined) return wrong
  try {
    return decodeWithDns2(message)
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

function wrongQuestion(message: Uint8Array, name: Uint8Array, type: number): string | undefined {
  const count = u16(message, 4)
  // A server that could not read our question cannot repeat it.
  if (count === 0 && (message[3]! & 15) !== 0) return undefined
  if (count !== 1) return `a response to ${count} questions`
  const owner = readName(message, 12)
  if (owner === undefined || owner.end + 4 > message.length) return 'a response whose question is malformed'
  if (sameName(owner.name, name) && u16(message, owner.end) === type && u16(message, owner.end + 2) === 1)
    return undefined
  return `a response to another question, ${printName(owner.name)} ${printType(u16(message, owner.end))}`
}
