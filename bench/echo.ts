// What the two UDP transports cost by themselves: CPU per packet of an Answering that only copies, at saturation, in the
// same run, in turns.
//
//   node bench/echo.ts [seconds per round] [rounds]

import { once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Answering } from '../src/io/listen/answering.ts'
import { bindCounters, Count } from '../src/io/listen/counters.ts'
import {
  bindStopped,
  closeLoopControl,
  type LoopControl,
  openLoopControl,
  stopLoop,
} from '../src/io/listen/loop-control.ts'
import { serveBatched } from '../src/io/listen/udp-batched.ts'
import { servePortable } from '../src/io/listen/udp-portable.ts'
import { openLibc } from '../src/io/native/libc.ts'
import { closeSocket, openUdpSocket, readKernelDrops } from '../src/io/native/socket.ts'
import { cpuSince, readCpu, threadNumber } from './cpu.ts'
import { startFlood } from './flood.ts'

interface EchoData {
  readonly kind: 'batched' | 'portable'
  readonly counters: SharedArrayBuffer
  readonly control: LoopControl
  readonly fd: number
}

const endpoint = { address: '127.0.0.1', port: 0 }
const receiveBufferBytes = 4_194_304

const copy: Answering = (request, at, length, _source, _sourceAt, _family, out, outAt) => {
  for (let i = 0; i < length; i++) out[outAt + i] = request[at + i]!
  return length
}

async function serve(data: EchoData): Promise<void> {
  const own = {
    answer: copy,
    limit: 4096,
    counters: bindCounters(data.counters),
    beforeBatch: () => {},
    onError: () => {},
  }
  if (data.kind === 'batched') {
    parentPort!.postMessage({ thread: threadNumber(), port: 0 })
    serveBatched({
      ...own,
      sockets: [data.fd],
      wakeFd: data.control.wakeFd,
      stopped: bindStopped(data.control),
      takeMessages: () => {},
    })
    return
  }
  const serving = await servePortable({ ...own, endpoint, reusePort: true, receiveBufferBytes })
  parentPort!.postMessage({ thread: threadNumber(), port: serving.port })
  await once(parentPort!, 'message')
  await serving.close()
  parentPort!.close()
}

/** One round: a fresh thread, a second to warm up, then the measurement. */
async function measure(kind: EchoData['kind'], seconds: number): Promise<string> {
  const libc = openLibc()
  const control = openLoopControl(libc)
  const counters = bindCounters()
  const socket = openUdpSocket(libc, endpoint, { reusePort: true, receiveBufferBytes })
  const data: EchoData = { kind, counters: counters.buffer as SharedArrayBuffer, control, fd: socket.fd }
  const worker = new Worker(new URL(import.meta.url), { workerData: data })
  const ended = once(worker, 'exit')
  const [{ thread, port }] = (await once(worker, 'message')) as [{ thread: number; port: number }]
  const to = `127.0.0.1:${port || socket.port}`
  await startFlood({ to, seconds: 1 })
  const before = { cpu: readCpu(process.pid, thread), counters: counters.slice() }
  const result = await startFlood({ to, seconds })
  const cpu = cpuSince(before.cpu, readCpu(process.pid, thread))
  const packets = counters[Count.received]! - before.counters[Count.received]!
  const batches = counters[Count.batches]! - before.counters[Count.batches]!
  const drops = readKernelDrops(libc, [socket.fd])
  stopLoop(libc, control)
  worker.postMessage('stop')
  await ended
  closeSocket(libc, socket.fd)
  closeLoopControl(libc, control)
  const us = (total: number): string => (total / packets).toFixed(2)
  const each = `${us(cpu.totalUs)} µs CPU a packet (${us(cpu.userUs)} user, ${us(cpu.systemUs)} system)`
  const rate = `${Math.round(result.perSecond / 1000)} k/s, ${(packets / batches).toFixed(1)} a batch, lost ${result.lost}, dropped ${drops}`
  return `${kind.padEnd(9)} ${each}, ${rate}`
}

if (workerData) await serve(workerData as EchoData)
else {
  const [seconds = '4', rounds = '3'] = process.argv.slice(2)
  for (let round = 0; round < Number(rounds); round++) {
    for (const kind of ['batched', 'portable'] as const) console.log(await measure(kind, Number(seconds)))
  }
}
