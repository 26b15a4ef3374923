// Thread entry: a packet worker. It answers UDP in batches and never runs its event loop: orders are taken synchronously
// between batches, and what goes wrong is told to the main thread, which logs it.

import { setFlagsFromString } from 'node:v8'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { answer } from '../core/answer/answer.ts'
import { type Context, limitRates, openContext, rebind } from '../core/answer/context.ts'
import { preview } from '../core/answer/preview.ts'
import { bindSnapshot, type Snapshot } from '../core/answer/snapshot.ts'
import { bindCounters, Count } from '../io/listen/counters.ts'
import { bindStopped } from '../io/listen/loop-control.ts'
import { keepQueue, openQueueKeeper } from '../io/listen/queue-keeper.ts'
import { RECEIVE_BUFFER, serveBatched } from '../io/listen/udp-batched.ts'
import { openLibc } from '../io/native/libc.ts'
import { openSlice, setSlice } from '../io/native/slice.ts'
import { openCollector } from './garbage.ts'
import { beat, openHeartbeat } from './heartbeat.ts'
import { limiterPlace, steadyMs } from './limiter-place.ts'
import type { PacketWorkerData, ToWorker } from './message.ts'
import { openReporter } from './reporter.ts'
import { warm } from './warm.ts'

// One function answers here, made of a hundred small ones. V8 joins them only up to a size that suits programs with many hot
// spots; with more, the answer costs a tenth less and its machine code a few kilobytes more.
for (const flag of ['size-cumulative=8000', 'size=2000']) setFlagsFromString(`--max-inlined-bytecode-${flag}`)

const data = workerData as PacketWorkerData
const { sockets, control, counters, slots, seen, transportCounters } = data
const port = parentPort!

const collector = openCollector()
/** Every so many snapshots a whole collection, for whatever may have grown old; and as soon as so much was let go of. */
const WHOLE_EVERY = 16
const WHOLE_BYTES = 32 * 1024 * 1024

const context = openFirst()
const place = limiterPlace(data)
limitRates(context, place)

/** Nothing but the context may hold a snapshot: it would be held for ever. */
function openFirst(): Context {
  const bound = bindSnapshot(data.snapshot)
  Reflect.deleteProperty(data, 'snapshot')
  warm(bound, 'udp', Math.floor(Date.now() / 1000), data.isReplacement)
  return openContext(bound, 'udp', counters, slots, seen)
}

/** Longest response over UDP, and room to write a record before it is found too long. Not a whole page, as with PACKET_ROOM. */
const ROOM = 4096 + 64

function sizeOf({ zones, places, treatments }: Snapshot): number {
  let bytes = places.byteLength
  for (const image of zones) bytes += image.byteLength
  for (const map of treatments) bytes += map.byteLength
  return bytes
}

function openTaking(): () => void {
  let letGoBytes = 0
  return () => {
    for (let taken = receiveMessageOnPort(port); taken; taken = receiveMessageOnPort(port)) {
      const message = taken.message as ToWorker
      if (message.kind !== 'snapshot') continue
      letGoBytes += sizeOf(context.bound.snapshot)
      rebind(context, bindSnapshot(message.snapshot), message.slots)
      limitRates(context, place)
      const isLarge = letGoBytes > WHOLE_BYTES
      if (isLarge || message.snapshot.epoch % WHOLE_EVERY === 0) {
        collector.collect()
        letGoBytes = 0
      } else collector.collectYoung()
      port.postMessage({ kind: 'bound', epoch: message.snapshot.epoch })
    }
  }
}

const transport = bindCounters(transportCounters)
const libc = openLibc()
const queue = openQueueKeeper(libc, sockets, RECEIVE_BUFFER, steadyMs())
const slice = openSlice(libc)
setSlice(slice, true)
const isStopped = bindStopped(control)
const heartbeat = openHeartbeat(data.heartbeat)
port.postMessage({ kind: 'ready' })
serveBatched({
  sockets,
  limit: ROOM,
  wakeFd: control.wakeFd,
  stopped: () => {
    beat(heartbeat)
    return isStopped()
  },
  counters: transport,
  surplus: queue.surplus,
  takeMessages: openTaking(),
  beforeBatch: () => {
    context.nowSec = Math.floor(Date.now() / 1000)
    context.nowMs = steadyMs()
    keepQueue(queue, context.nowMs, transport[Count.received]!)
    const { isOverloaded } = queue.size
    // What yields gives up what is left of its slice: of a short one that would be nothing.
    setSlice(slice, !isOverloaded)
    // Whoever keeps verdicts, probes, or takes orders needs little, and there will always be more to answer.
    if (isOverloaded) libc.schedYield()
  },
  preview: (packets, at, length, sources, sourceAt) => preview(context, packets, at, length, sources, sourceAt),
  answer: (request, at, length, source, sourceAt, family, out, outAt, limit) =>
    answer(context, request, at, length, source, sourceAt, family, out, outAt, limit),
  onError: openReporter(port, context.counters),
})
port.close()
