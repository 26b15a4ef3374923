// Thread entry: a worker on an event loop. It serves TCP, and UDP where the batched transport cannot be (node:dgram).

import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../core/base/failure.ts'
import { answer } from '../core/answer/answer.ts'
import { type Context, limitRates, openContext, rebind } from '../core/answer/context.ts'
import { bindSnapshot } from '../core/answer/snapshot.ts'
import type { Answering } from '../io/listen/answering.ts'
import { addTo, bindCounters, Count } from '../io/listen/counters.ts'
import { openTcp } from '../io/listen/tcp.ts'
import { servePortable } from '../io/listen/udp-portable.ts'
import { openCollector } from './garbage.ts'
import { beat, openHeartbeat } from './heartbeat.ts'
import { limiterPlace, steadyMs } from './limiter-place.ts'
import type { FromWorker, StreamWorkerData, ToWorker } from './message.ts'
import { openReporter } from './reporter.ts'
import { warm } from './warm.ts'

const data = workerData as StreamWorkerData
const { transport, tcp } = data
const port = parentPort!
const RECEIVE_BUFFER = 4 * 1024 * 1024
/** As often as an idle packet worker. */
const BEAT_MS = 50

function say(message: FromWorker): void {
  port.postMessage(message)
}

const collector = openCollector()
const context = openFirst()
const place = limiterPlace(data)
limitRates(context, place)

/** Nothing but the context may hold a snapshot: it would be held for ever. */
function openFirst(): Context {
  const bound = bindSnapshot(data.snapshot)
  Reflect.deleteProperty(data, 'snapshot')
  warm(bound, transport, Math.floor(Date.now() / 1000), data.isReplacement)
  return openContext(bound, transport, data.counters, data.slots, data.seen)
}

const serving = {
  answer: ((request, at, length, source, sourceAt, family, out, outAt, limit) =>
    answer(context, request, at, length, source, sourceAt, family, out, outAt, limit)) satisfies Answering,
  counters: bindCounters(data.transportCounters),
  beforeBatch: (): void => {
    context.nowSec = Math.floor(Date.now() / 1000)
    context.nowMs = steadyMs()
  },
  onError: openReporter(port, context.counters),
}

// The block outlives a worker that is lost; its connections do not.
addTo(serving.counters, Count.open, -serving.counters[Count.open]!)

const heartbeat = openHeartbeat(data.heartbeat)
setInterval(() => beat(heartbeat), BEAT_MS).unref()

async function open(): Promise<{ close(): Promise<void> }[]> {
  const servers: { close(): Promise<void> }[] = []
  try {
    for (const endpoint of data.endpoints) {
      const server =
        transport === 'tcp'
          ? await openTcp({
              ...serving,
              endpoint,
              idleMs: tcp.idle,
              totalMs: tcp.total,
              connections: tcp.connections,
              connectionsPerSource: tcp.per_source,
            })
          : await servePortable({
              ...serving,
              endpoint,
              limit: 4096,
              reusePort: data.reusePort,
              receiveBufferBytes: RECEIVE_BUFFER,
            })
      servers.push(server)
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()))
    throw error
  }
  return servers
}

try {
  const servers = await open()
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'snapshot') {
      rebind(context, bindSnapshot(message.snapshot), message.slots)
      limitRates(context, place)
      collector.collect()
      say({ kind: 'bound', epoch: message.snapshot.epoch })
      return
    }
    if (message.kind !== 'stop') return
    void Promise.all(servers.map((server) => server.close())).then(() => port.close())
  })
  say({ kind: 'ready' })
} catch (error) {
  if (!(error instanceof Failure)) throw error
  say({ kind: 'failed', code: error.code, message: error.message })
}
