// Starts and stops packet-worker.ts for tests.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { bindCounters } from '../../../src/io/listen/counters.ts'
import { closeLoopControl, openLoopControl, stopLoop, wakeLoop } from '../../../src/io/listen/loop-control.ts'
import type { Libc } from '../../../src/io/native/libc.ts'
import type { PacketWorkerData } from './packet-worker.ts'

export interface PacketThread {
  readonly counters: Float64Array
  readonly seen: Int32Array
  wake(): void
  /** Tells it to stop and waits for its end; sockets stay open. */
  stop(): Promise<void>
}

/** Resolves when the thread is about to serve; packets sent from then on wait for it in the sockets. */
export async function startPacketThread(libc: Libc, sockets: readonly number[], limit: number): Promise<PacketThread> {
  const control = openLoopControl(libc)
  const counters = bindCounters()
  const seen = new Int32Array(new SharedArrayBuffer(8))
  const workerData: PacketWorkerData = {
    sockets,
    limit,
    control,
    counters: counters.buffer as SharedArrayBuffer,
    seen: seen.buffer,
  }
  const worker = new Worker(new URL('./packet-worker.ts', import.meta.url), { workerData })
  const ended = once(worker, 'exit')
  await once(worker, 'message')
  return {
    counters,
    seen,
    wake: () => wakeLoop(libc, control),
    stop: async () => {
      stopLoop(libc, control)
      const [code] = (await ended) as [number]
      closeLoopControl(libc, control)
      if (code !== 0) throw new Error(`the packet worker ended with ${code}`)
    },
  }
}
