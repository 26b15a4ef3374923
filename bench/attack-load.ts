// Thread entry: an attack on a server at 127.0.0.1. Over UDP it sends at an even pace and reads no answers, as forgers do not. A
// million forged senders are addresses of 127.0.0.0/8, all of which are this machine's: each packet names its own (IP_PKTINFO).

import { createConnection } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { Endpoint } from '../src/core/base/address.ts'
import { BATCH, createArena, prepareSend, sendBatch, writeSockaddr } from '../src/io/native/arena.ts'
import { cmsg, IP_PKTINFO, IPPROTO_IP, mmsghdr } from '../src/io/native/layout.ts'
import { openLibc } from '../src/io/native/libc.ts'
import { closeSocket, openUdpSocket } from '../src/io/native/socket.ts'
import { publicNetwork, writeQuery } from './world.ts'

export const attacks = ['one source', 'forged sources', 'random names', 'malformed', 'ANY', 'TCP'] as const
export type Attack = (typeof attacks)[number]

export interface AttackOptions {
  readonly to: Endpoint
  readonly attack: Attack
  /** UDP only: packets. */
  readonly perSecond: number
  readonly seconds: number
  /** TCP only: open at a time. */
  readonly connections: number
}

export interface Attacked {
  readonly sent: number
  readonly seconds: number
}

const ROOM = 512
const SERVICE = 'www.steered.example'

/** Cheap noise, the same in every run. */
function openNoise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state >>> 8
  }
}

type Writing = (i: number, out: Uint8Array, at: number) => number

function writingOf(attack: Attack, noise: () => number): Writing {
  const put = (query: Uint8Array, out: Uint8Array, at: number): number => {
    out.set(query, at)
    return query.length
  }
  if (attack === 'malformed') {
    return (_, out, at) => {
      const length = 12 + (noise() % 60)
      for (let i = 0; i < length; i++) out[at + i] = noise()
      out[at + 2] = out[at + 2]! & 0x7f // a query, so that it is looked at
      return length
    }
  }
  if (attack === 'ANY') {
    const query = writeQuery(SERVICE)
    query[query.length - 4 + 1] = 255
    return (_, out, at) => put(query, out, at)
  }
  if (attack === 'random names') {
    const query = writeQuery('aaaaaaaaaa.bench.example')
    return (_, out, at) => {
      put(query, out, at)
      for (let i = 0; i < 10; i++) out[at + 13 + i] = 97 + (noise() % 26)
      return query.length
    }
  }
  const queries = Array.from({ length: 4096 }, (_, i) => writeQuery(SERVICE, publicNetwork(i)))
  return (i, out, at) => put(queries[i & 4095]!, out, at)
}

function floodUdp({ to, attack, perSecond, seconds }: AttackOptions): Attacked {
  const libc = openLibc()
  const isForged = attack !== 'one source' && attack !== 'ANY'
  const local = { address: isForged ? '0.0.0.0' : '127.66.6.6', port: 0 }
  const { fd } = openUdpSocket(libc, local, { reusePort: false, receiveBufferBytes: 4096 })
  const arena = createArena(libc, ROOM)
  const peer = writeSockaddr(Uint8Array.from(to.address.split('.').map(Number)), to.port)
  const noise = openNoise(4711)
  const write = writingOf(attack, noise)
  const rest = new Int32Array(new SharedArrayBuffer(4))
  const startedMs = performance.now()
  let sent = 0
  let paced = 0
  for (;;) {
    const elapsed = (performance.now() - startedMs) / 1000
    if (elapsed >= seconds) break
    const due = Math.floor(elapsed * perSecond) - paced
    if (due < BATCH) {
      Atomics.wait(rest, 0, 0, 1)
      continue
    }
    for (let k = 0; k < BATCH; k++) {
      prepareSend(arena, k, write(sent + k, arena.answers, k * ROOM), peer)
      if (isForged) forge(arena.headers, arena.controlWords, k, noise)
    }
    sent += Math.max(0, sendBatch(libc, arena, fd, 0, BATCH))
    paced += BATCH
    // Behind by more than a quarter of a second it was not let run: no burst to make up for it.
    if (due > perSecond / 4) paced += due - BATCH
  }
  closeSocket(libc, fd)
  return { sent, seconds }
}

/** Lets send header k name a sender of its own: 127.128.0.0/9 without its first addresses, of which a million come up. */
function forge(headers: Int32Array, controls: Int32Array, k: number, noise: () => number): void {
  const at = (k * cmsg.room) / 4
  controls[at] = cmsg.v4.size
  controls[at + 1] = 0
  controls[at + cmsg.level / 4] = IPPROTO_IP
  controls[at + cmsg.type / 4] = IP_PKTINFO
  controls[at + cmsg.v4.interface / 4] = 0
  const host = noise() & 0xfffff
  // The lowest byte is the first of the address: 127, then 20 bits of host.
  controls[at + cmsg.v4.source / 4] = 0x7f | ((0x80 | (host >>> 16)) << 8) | ((host & 0xffff) << 16)
  headers[((BATCH + k) * mmsghdr.size + mmsghdr.controlLength) / 4] = cmsg.v4.space
}

/** Connections from many addresses, each with one query, as many as the server takes. */
async function floodTcp({ to, seconds, connections }: AttackOptions): Promise<Attacked> {
  const query = writeQuery(SERVICE, publicNetwork(1))
  const frame = Buffer.from([0, query.length, ...query])
  const untilMs = performance.now() + seconds * 1000
  const noise = openNoise(9)
  let sent = 0
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const localAddress = `127.${128 + (noise() & 15)}.${noise() & 255}.${1 + (noise() & 127)}`
      const socket = createConnection({ host: to.address, port: to.port, localAddress })
      const over = (): void => {
        clearTimeout(limit)
        socket.destroy()
        resolve()
      }
      const limit = setTimeout(over, 1000)
      socket.on('error', over)
      socket.on('close', over)
      socket.on('data', over)
      socket.write(frame)
      sent++
    })
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < untilMs) await one()
    }),
  )
  return { sent, seconds }
}

if (parentPort) {
  const options = workerData as AttackOptions
  parentPort.postMessage(options.attack === 'TCP' ? await floodTcp(options) : floodUdp(options))
  parentPort.close()
}
