// The threads that answer: packet workers with sockets of their own on each address, and one stream worker for TCP. The main
// thread opens the sockets, so that a worker that is lost leaves its socket, and what is queued in it, to its successor. It also
// watches them: a worker that hangs is given up, and its seat taken by another.

import { Worker } from 'node:worker_threads'
import { createSeen } from '../core/answer/split.ts'
import { createCounters } from '../core/answer/counters.ts'
import { createHeaviest } from '../core/guard/heaviest.ts'
import type { Snapshot } from '../core/answer/snapshot.ts'
import type { Endpoint } from '../core/base/address.ts'
import { Failure, type FailureCode } from '../core/base/failure.ts'
import { bindCounters as bindTransportCounters } from '../io/listen/counters.ts'
import type { TcpConfig } from '../io/listen/config.ts'
import { closeLoopControl, type LoopControl, openLoopControl, stopLoop, wakeLoop } from '../io/listen/loop-control.ts'
import { checkFreeTcp } from '../io/listen/tcp.ts'
import { RECEIVE_BUFFER } from '../io/listen/udp-batched.ts'
import { checkFreePortable } from '../io/listen/udp-portable.ts'
import { type Libc, openLibc } from '../io/native/libc.ts'
import { checkFree, closeSocket, openUdpSocket, readKernelDrops } from '../io/native/socket.ts'
import type { Log } from '../io/telemetry/log.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { AnsweringData, FromWorker, PacketWorkerData, StreamWorkerData, ToWorker } from './message.ts'
import { LOOK_MS, openPulse, type Pulse } from './pulse.ts'
import { watchThreads } from './watch-threads.ts'

const START_LIMIT_MS = 20_000
/** A worker that fails again and again, having lived for less than a while, is not restarted faster than this. */
const RESTART_MS = 500
const SHORT_LIFE_MS = 5000

export interface WorkersOptions {
  readonly endpoints: readonly Endpoint[]
  readonly packetWorkers: number
  readonly transport: 'batched' | 'portable'
  readonly tcp: TcpConfig
  readonly snapshot: Snapshot
  readonly log: Log
}

/** One thread, with the memory that outlives it. */
interface Seat {
  readonly kind: 'packet' | 'stream'
  readonly transport: 'udp' | 'tcp'
  readonly counters: SharedArrayBuffer
  readonly transportCounters: SharedArrayBuffer
  slots: SharedArrayBuffer
  readonly heaviest: SharedArrayBuffer | undefined
  readonly sockets: readonly number[]
  control: LoopControl | undefined
  readonly endpoints: readonly Endpoint[]
  worker: Worker | undefined
  /** From its first turn on it is watched. */
  isReady: boolean
  heartbeat: SharedArrayBuffer
  pulse: Pulse
  /** The last snapshot it has acknowledged. */
  epoch: number
}

export interface Workers {
  /** As bound, where port 0 was asked for. */
  readonly endpoints: readonly Endpoint[]
  readonly transport: 'batched' | 'portable'
  /** Puts all threads onto a snapshot; resolves when each has let go of the one before, with its last counts. */
  swap(snapshot: Snapshot): Promise<Float64Array>
  counterBlocks(): { counters: SharedArrayBuffer; transport: SharedArrayBuffer; kind: 'udp' | 'tcp' }[]
  /** Answers by counter slot of the current snapshot. */
  slotTotals(): Float64Array
  /** Of each worker, who is limited most. */
  heaviest(): SharedArrayBuffer[]
  kernelDrops(): number
  restarts(): number
  /** Answers what is queued, then ends. */
  stop(): Promise<void>
}

/**
 * Throws a Failure where any of the addresses is not free: SO_REUSEPORT would let a second server share it in silence.
 * Returns those to listen on: all of them, but for the IPv6 loopback on a machine without IPv6, which nobody there could ask.
 */
export async function checkAddresses(
  endpoints: readonly Endpoint[],
  transport: 'batched' | 'portable',
  log: Log,
): Promise<readonly Endpoint[]> {
  const usable: Endpoint[] = []
  for (const endpoint of endpoints) {
    try {
      await checkFreeUdp(endpoint, transport)
      await checkFreeTcp(endpoint)
      usable.push(endpoint)
    } catch (error) {
      const isMissing = error instanceof Failure && error.code === 'listen-bad-address' && endpoint.address === '::1'
      if (!isMissing || endpoints.length === 1) throw error
      log.warn({ code: error.code }, `${error.message}; it is left out`)
    }
  }
  return usable
}

async function checkFreeUdp(endpoint: Endpoint, transport: 'batched' | 'portable'): Promise<void> {
  if (transport === 'batched') checkFree(openLibc(), endpoint)
  else await checkFreePortable(endpoint)
}

const MAX_CHOICES = 20

/** Where port 0 was asked for, one that is free for UDP and TCP alike: the system chooses for one of them at a time. */
async function choosePort(endpoint: Endpoint, transport: 'batched' | 'portable'): Promise<Endpoint> {
  for (let choices = 1; endpoint.port === 0; choices++) {
    const chosen = { ...endpoint, port: await checkFreeTcp(endpoint) }
    try {
      await checkFreeUdp(chosen, transport)
      return chosen
    } catch (error) {
      const isTaken = error instanceof Failure && error.code === 'listen-in-use'
      if (!isTaken || choices === MAX_CHOICES) throw error
    }
  }
  return endpoint
}

interface Crew {
  readonly options: Omit<WorkersOptions, 'snapshot'>
  readonly libc: Libc | undefined
  readonly seats: Seat[]
  /** Draws counted lately, for all threads. */
  readonly seen: SharedArrayBuffer
  snapshot: Snapshot
  isStopping: boolean
  restarts: number
}

export async function openWorkers(options: WorkersOptions): Promise<Workers> {
  const libc = options.transport === 'batched' ? openLibc() : undefined
  // The options must not hold the first snapshot for ever.
  const { snapshot, ...kept } = options
  const crew: Crew = { options: kept, libc, seats: [], seen: createSeen(), snapshot, isStopping: false, restarts: 0 }
  const opened: number[] = []
  try {
    const endpoints: Endpoint[] = []
    const socketsOf: number[][] = Array.from({ length: options.packetWorkers }, () => [])
    for (const wanted of options.endpoints) {
      const endpoint = await choosePort(wanted, options.transport)
      for (let i = 0; libc && i < options.packetWorkers; i++) {
        const socket = openUdpSocket(libc, endpoint, { reusePort: true, receiveBufferBytes: RECEIVE_BUFFER })
        opened.push(socket.fd)
        socketsOf[i]!.push(socket.fd)
      }
      endpoints.push(endpoint)
    }
    await openSeats(crew, endpoints, socketsOf)
    const watched = (): Seat[] => crew.seats.filter(({ worker, isReady }) => worker !== undefined && isReady)
    const stopWatching = watchThreads(watched, (seat) => giveUp(crew, seat, seat.worker!))
    return makeWorkers(crew, endpoints, stopWatching)
  } catch (error) {
    crew.isStopping = true
    await stopCrew(crew)
    for (const fd of opened) libc!.close(fd)
    throw error
  }
}

async function openSeats(crew: Crew, endpoints: readonly Endpoint[], socketsOf: readonly number[][]): Promise<void> {
  const { options, libc } = crew
  const starts = [startSeat(crew, addSeat(crew, 'stream', 'tcp', [], undefined, endpoints))]
  for (let i = 0; i < options.packetWorkers; i++) {
    const seat = libc
      ? addSeat(crew, 'packet', 'udp', socketsOf[i]!, openLoopControl(libc), endpoints)
      : addSeat(crew, 'stream', 'udp', [], undefined, endpoints)
    starts.push(startSeat(crew, seat))
  }
  await Promise.all(starts)
}

function addSeat(
  crew: Crew,
  kind: Seat['kind'],
  transport: Seat['transport'],
  sockets: readonly number[],
  control: LoopControl | undefined,
  endpoints: readonly Endpoint[],
): Seat {
  const seat: Seat = {
    kind,
    transport,
    counters: createCounters(transport),
    transportCounters: bindTransportCounters().buffer as SharedArrayBuffer,
    slots: createSlots(crew.snapshot),
    heaviest: transport === 'udp' ? createHeaviest() : undefined,
    sockets,
    control,
    endpoints,
    worker: undefined,
    isReady: false,
    heartbeat: createHeartbeat(),
    pulse: openPulse(),
    epoch: 0,
  }
  crew.seats.push(seat)
  return seat
}

function sumSlots(count: number, slots: readonly SharedArrayBuffer[]): Float64Array {
  const totals = new Float64Array(Math.max(1, count))
  for (const one of slots) for (const [i, value] of new Float64Array(one).entries()) totals[i]! += value
  return totals
}

function createSlots(snapshot: Snapshot): SharedArrayBuffer {
  return new SharedArrayBuffer(8 * Math.max(1, snapshot.slotCount))
}

/** Starts a seat's thread; resolves when it listens and is warm, rejects with the Failure it met. */
function startSeat(crew: Crew, seat: Seat, isReplacement = false): Promise<void> {
  const { snapshot } = crew
  seat.isReady = false
  seat.heartbeat = createHeartbeat()
  seat.pulse = openPulse()
  const startedMs = performance.now()
  const base: AnsweringData = {
    snapshot,
    counters: seat.counters,
    slots: seat.slots,
    seen: crew.seen,
    transportCounters: seat.transportCounters,
    heaviest: seat.heaviest,
    heartbeat: seat.heartbeat,
    sharers: crew.options.packetWorkers,
    isReplacement,
  }
  const isPacket = seat.kind === 'packet'
  const data: PacketWorkerData | StreamWorkerData = isPacket
    ? { ...base, sockets: seat.sockets, control: seat.control! }
    : {
        ...base,
        transport: seat.transport,
        endpoints: seat.endpoints,
        tcp: crew.options.tcp,
        reusePort: crew.options.packetWorkers > 1,
      }
  const entry = new URL(isPacket ? './packet-worker.ts' : './stream-worker.ts', import.meta.url)
  const worker = new Worker(entry, { workerData: data })
  seat.worker = worker
  seat.epoch = snapshot.epoch
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Failure('worker-lost', 'a worker was not ready in time'))
      // Nobody watches it yet, and a reload would wait for it.
      void worker.terminate()
    }, START_LIMIT_MS)
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        seat.isReady = true
        resolve()
      }
      if (message.kind === 'failed') reject(new Failure(message.code as FailureCode, message.message))
      if (message.kind === 'bound') seat.epoch = message.epoch
      if (message.kind === 'bug')
        crew.options.log.error({ stack: message.stack }, `a request met a bug: ${message.message}`)
      if (message.kind === 'ready' || message.kind === 'failed') clearTimeout(limit)
    })
    worker.on('error', (error: Error) => {
      crew.options.log.error({ error }, `a ${seat.transport} worker failed`)
      reject(error)
    })
    worker.once('exit', () => {
      clearTimeout(limit)
      reject(new Failure('worker-lost', 'a worker ended before it was ready'))
      if (seat.worker !== worker) return
      seat.worker = undefined
      const isShort = performance.now() - startedMs < SHORT_LIFE_MS
      if (!crew.isStopping) setTimeout(() => replaceSeat(crew, seat), isShort ? RESTART_MS : 0)
    })
  })
}

function replaceSeat(crew: Crew, seat: Seat): void {
  if (crew.isStopping || seat.worker) return
  crew.restarts++
  crew.options.log.warn({ transport: seat.transport }, 'a worker was lost and is replaced')
  const startedMs = performance.now()
  startSeat(crew, seat, true).then(
    () => {
      const tookMs = Math.round(performance.now() - startedMs)
      crew.options.log.info({ transport: seat.transport, tookMs }, 'the replacement of a worker answers')
    },
    (error: unknown) => {
      if (!crew.isStopping) crew.options.log.error({ error }, 'the replacement of a worker failed')
    },
  )
}

/**
 * Ends a worker that hangs. In JavaScript it ends within milliseconds; in a system call perhaps never, so nothing waits for it where
 * its sockets are ours: the successor takes them over at once.
 */
function giveUp(crew: Crew, seat: Seat, worker: Worker): void {
  const { libc } = crew
  const { control } = seat
  seat.isReady = false
  crew.options.log.error({ transport: seat.transport, silentMs: seat.pulse.silentMs }, 'a worker hangs and is given up')
  void worker.terminate()
  // A process waits for its threads as it ends, and this one may never come.
  const leave = (code: number): void => libc?.exitNow(code)
  worker.unref()
  process.once('exit', leave)
  worker.once('exit', () => process.off('exit', leave))
  if (!libc || !control) return
  // Should it wake after all, it finds that it was told to stop.
  stopLoop(libc, control)
  worker.once('exit', () => closeLoopControl(libc, control))
  seat.control = openLoopControl(libc)
  seat.worker = undefined
  replaceSeat(crew, seat)
}

function makeWorkers(crew: Crew, endpoints: readonly Endpoint[], stopWatching: () => void): Workers {
  const { libc, seats } = crew
  return {
    endpoints,
    transport: crew.options.transport,
    async swap(snapshot) {
      const before = { slotCount: crew.snapshot.slotCount, slots: seats.map((seat) => seat.slots) }
      crew.snapshot = snapshot
      for (const seat of seats) {
        seat.slots = createSlots(snapshot)
        seat.worker?.postMessage({ kind: 'snapshot', snapshot, slots: seat.slots } satisfies ToWorker)
        if (libc && seat.control) wakeLoop(libc, seat.control)
      }
      await Promise.all(seats.map((seat) => whenBound(seat, snapshot.epoch)))
      return sumSlots(before.slotCount, before.slots)
    },
    counterBlocks: () =>
      seats.map((seat) => ({ counters: seat.counters, transport: seat.transportCounters, kind: seat.transport })),
    slotTotals: () =>
      sumSlots(
        crew.snapshot.slotCount,
        seats.map((seat) => seat.slots),
      ),
    heaviest: () => seats.flatMap(({ heaviest }) => heaviest ?? []),
    kernelDrops: () =>
      libc
        ? readKernelDrops(
            libc,
            seats.flatMap((seat) => seat.sockets),
          )
        : 0,
    restarts: () => crew.restarts,
    async stop() {
      crew.isStopping = true
      stopWatching()
      await stopCrew(crew)
      for (const fd of seats.flatMap((seat) => seat.sockets)) closeSocket(libc!, fd)
    },
  }
}

/** A worker that is replaced meanwhile starts with the new snapshot and needs no acknowledging. */
async function whenBound(seat: Seat, epoch: number): Promise<void> {
  const { worker } = seat
  if (!worker || seat.epoch >= epoch) return
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (seat.epoch < epoch && seat.worker === worker) return
      clearInterval(looking)
      worker.off('message', look)
      worker.off('exit', look)
      resolve()
    }
    // One that hangs and is given up may say nothing more, not even that it ends.
    const looking = setInterval(look, LOOK_MS)
    worker.on('message', look)
    worker.on('exit', look)
  })
}

async function stopCrew(crew: Crew): Promise<void> {
  const { libc, seats } = crew
  await Promise.all(
    seats.map(async (seat) => {
      const { worker } = seat
      if (!worker) return
      const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
      if (libc && seat.control) stopLoop(libc, seat.control)
      else worker.postMessage({ kind: 'stop' } satisfies ToWorker)
      const limit = setTimeout(() => void worker.terminate(), 5000)
      await gone
      clearTimeout(limit)
    }),
  )
  for (const seat of seats) if (libc && seat.control) closeLoopControl(libc, seat.control)
}
