// Program: the packet loop with the function that answers, for a million queries of every kind, or for so many windows of 230 400
// as the argument says; prints what reached the heap.
// A process of its own for allocation.test.ts: a test runner's own objects would be counted with ours.

import { getHeapStatistics } from 'node:v8'
import { answer } from '../../../src/core/answer/answer.ts'
import { limitRates, openContext } from '../../../src/core/answer/context.ts'
import { preview } from '../../../src/core/answer/preview.ts'
import { compileLimits, rateLimitConfig } from '../../../src/core/answer/limits.ts'
import { bindCounters, Count } from '../../../src/io/listen/counters.ts'
import { serveBatched } from '../../../src/io/listen/udp-batched.ts'
import { type Arena, BATCH, createArena, prepareSend, sendBatch } from '../../../src/io/native/arena.ts'
import { openLibc } from '../../../src/io/native/libc.ts'
import { connectUdpSocket, openUdpSocket } from '../../../src/io/native/socket.ts'
import { openWake } from '../../../src/io/native/wake.ts'
import { makeWorld, type QuestionText, writeQuery } from '../../support/snapshot.ts'

const libc = openLibc()
/** Exact as long as nothing is collected: to be run with a young generation that a million small objects do not fill. */
function allocatedBytes(): number {
  return getHeapStatistics().used_heap_size
}

const world = makeWorld({
  zones: {
    'example.com': [
      'lab NS ns.lab\nns.lab A 192.0.2.54\n*.cdn ALIAS edge.example.net.\nflat ALIAS www\nalias CNAME host1\naway CNAME elsewhere.example.net.\n*.wild A 192.0.2.7',
      ...Array.from({ length: 300 }, (_, i) => `host${i} A 192.0.2.${i % 250}\nhost${i} TXT "number ${i}"`),
      ...Array.from({ length: 90 }, (_, i) => `many TXT "a record so that all do not fit into one packet ${i}"`),
      '',
    ].join('\n'),
  },
  pools: {
    eu: { at: [53, -8], targets: ['192.0.2.10', '192.0.2.11 *3', '2001:db8:1::10'] },
    us: { at: [39, -77], targets: ['198.51.100.10'] },
  },
  services: {
    web: { geo: [{ where: ['continent EU'], to: { failover: ['eu', 'us'] } }, { to: { nearest: ['us', 'eu'] } }] },
  },
  owners: { www: 'web' },
  // Every path of it: what is admitted, what slips, what is dropped, and who is exempt, which is asked last.
  options: { limits: compileLimits(rateLimitConfig.parse({ per_second: 20_000, exempt: ['10.0.0.0/8'], slip: 2 })) },
  networks: [
    { cidr: '20.0.0.0/8', country: 'IE' },
    { cidr: '30.0.0.0/8', country: 'US' },
  ],
})

// Addresses that are large numbers, which must not be boxed.
world.resolve('edge.example.net.', 'A', { addresses: ['203.0.113.1', '255.0.0.1'] })
world.resolve('edge.example.net.', 'AAAA', { addresses: ['ffff:ffff:ffff:ffff:8000::1'] })

const kinds: readonly ((i: number) => QuestionText)[] = [
  (i) => ({ name: `host${i % 300}.example.com` }),
  (i) => ({ name: `HOST${i % 300}.Example.COM`, type: 16, edns: true }),
  (i) => ({ name: 'www.example.com', subnet: `${i % 2 === 0 ? 20 : 30}.${i % 256}.${i % 199}.0/24` }),
  (i) => ({ name: 'www.example.com', type: 28, subnet: `2600:${i.toString(16)}::/48` }),
  () => ({ name: 'www.example.com' }),
  (i) => ({ name: `nobody${i}.example.com`, edns: true }),
  (i) => ({ name: `host${i % 300}.example.com`, type: 15 }),
  (i) => ({ name: `www${i}.lab.example.com` }),
  (i) => ({ name: `a${i}.wild.example.com` }),
  () => ({ name: 'alias.example.com' }),
  () => ({ name: 'away.example.com', type: 28 }),
  () => ({ name: 'many.example.com', type: 16 }),
  () => ({ name: 'example.com', type: 255 }),
  (i) => ({ name: `host${i}.example.net` }),
  (i) => ({ name: `x${i}.cdn.example.com` }),
  (i) => ({ name: `x${i}.cdn.example.com`, type: 28, edns: true }),
  (i) => ({ name: 'flat.example.com', subnet: `${i % 2 === 0 ? 20 : 30}.${i % 256}.${i % 199}.0/24` }),
]

/** Eight batches of questions, ready to be sent again and again; the last of each is no query at all. */
function prepareBatches(): Arena[] {
  return Array.from({ length: 8 }, (_, a) => {
    const arena = createArena(libc, 512)
    for (let k = 0; k < BATCH; k++) {
      const i = a * BATCH + k
      const query = k === BATCH - 1 ? Uint8Array.of(1, 2, 3) : writeQuery({ id: i, ...kinds[i % kinds.length]!(i) })
      arena.answers.set(query, k * arena.answerRoom)
      prepareSend(arena, k, query.length)
    }
    return arena
  })
}

/** Turns of a whole batch: the first to warm up, then windows to measure; how many of these is an argument. */
const WARM = 2_000
const WINDOW = 3_600
const WINDOWS = Number(process.argv[2] ?? 4)

export interface Million {
  readonly received: number
  /** Answered, met with silence, or not taken by the kernel. */
  readonly settled: number
  /** One figure for each window. */
  readonly bytesPerQuery: readonly number[]
}

function run(): Million {
  const server = openUdpSocket(
    libc,
    { address: '127.0.0.1', port: 0 },
    { reusePort: false, receiveBufferBytes: 2_000_000 },
  )
  // Nobody reads the answers: the kernel drops them once this socket is full.
  const client = connectUdpSocket(libc, { address: '127.0.0.1', port: server.port }, 10_000)
  const batches = prepareBatches()
  const context = openContext(world.bound, 'udp')
  limitRates(context, { sharers: 1, seed: 1 })
  const counters = bindCounters()
  const looks: number[] = []
  let turns = 0
  const send = (): void => void sendBatch(libc, batches[turns % batches.length]!, client, 0, BATCH)
  send()
  serveBatched({
    sockets: [server.fd],
    limit: 4096,
    wakeFd: openWake(libc),
    stopped: () => looks.length > WINDOWS,
    counters,
    takeMessages: () => {},
    onError: (error) => {
      throw error
    },
    beforeBatch: () => {
      context.nowSec = Math.floor(Date.now() / 1000)
      context.nowMs = performance.now() | 0
      if (turns >= WARM && (turns - WARM) % WINDOW === 0) looks.push(allocatedBytes())
      turns++
      send()
    },
    preview: (packets, at, length, sources, sourceAt) => preview(context, packets, at, length, sources, sourceAt),
    answer: (request, at, length, source, sourceAt, family, out, outAt, limit) =>
      answer(context, request, at, length, source, sourceAt, family, out, outAt, limit),
  })
  return {
    received: counters[Count.received]!,
    settled: counters[Count.silent]! + counters[Count.answered]! + counters[Count.unsent]!,
    bytesPerQuery: looks.slice(1).map((bytes, i) => (bytes - looks[i]!) / (WINDOW * BATCH)),
  }
}

if (import.meta.main) process.stdout.write(JSON.stringify(run()))
