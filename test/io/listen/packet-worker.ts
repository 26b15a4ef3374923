// A thread that serves scripted answers by the batched transport, which blocks its thread; started by packet-thread.ts.

import { parentPort, workerData } from 'node:worker_threads'
import { bindCounters } from '../../../src/io/listen/counters.ts'
import { bindStopped, type LoopControl } from '../../../src/io/listen/loop-control.ts'
import { serveBatched } from '../../../src/io/listen/udp-batched.ts'
import { answerAsScripted } from './scripted-answer.ts'

export interface PacketWorkerData {
  readonly sockets: readonly number[]
  readonly limit: number
  readonly control: LoopControl
  readonly counters: SharedArrayBuffer
  /** [0] how often messages were taken, [1] errors reported. */
  readonly seen: SharedArrayBuffer
}

const data = workerData as PacketWorkerData
const seen = new Int32Array(data.seen)
parentPort!.postMessage('serving')
serveBatched({
  sockets: data.sockets,
  answer: answerAsScripted,
  limit: data.limit,
  wakeFd: data.control.wakeFd,
  stopped: bindStopped(data.control),
  takeMessages: () => {
    Atomics.add(seen, 0, 1)
    Atomics.notify(seen, 0)
  },
  beforeBatch: () => {},
  counters: bindCounters(data.counters),
  onError: () => Atomics.add(seen, 1, 1),
})
