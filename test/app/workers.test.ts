// Losing a thread that answers: the others go on, and it is replaced on the sockets it had.

import { tcpConfig } from '../../src/io/listen/config.ts'
import type { Worker } from 'node:worker_threads'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { openWorkers, type Workers, type WorkersOptions } from '../../src/app/workers.ts'
import { openLog } from '../../src/io/telemetry/log.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { makeWorld, writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const threads: Worker[] = []
const remember = (worker: Worker): void => void threads.push(worker)
let workers: Workers | undefined

afterEach(async () => {
  process.off('worker', remember)
  await workers?.stop()
})

function options(): WorkersOptions {
  const { snapshot } = makeWorld({})
  const endpoints = [{ address: '127.0.0.1', port: 0 }]
  const tcp = tcpConfig.parse({})
  return { endpoints, packetWorkers: 1, transport: 'batched', tcp, snapshot, log: openLog({ level: 'silent' }) }
}

test('a worker that ends before it is ready, without a word, is a failure of the start', async () => {
  const end = (worker: Worker): void => void worker.terminate()
  process.on('worker', end)
  onTestFinished(() => void process.off('worker', end))
  await expect(openWorkers(options())).rejects.toMatchObject({
    code: 'worker-lost',
    message: 'a worker ended before it was ready',
  })
})

test('a packet worker that is lost leaves its socket, and what is queued in it, to its successor', async () => {
  process.on('worker', remember)
  workers = await openWorkers(options())
  await using client = await openDnsClient(workers.endpoints[0]!)
  const query = writeQuery({ name: 'ns1.example.com' })
  expect((await client.ask(query))?.bytes).toBeDefined()
  // The stream worker is the first to be started, the only packet worker the last.
  await threads.at(-1)!.terminate()
  const reply = await client.ask(query, 10_000)
  expect([...reply!.bytes.subarray(-4)]).toEqual([192, 0, 2, 53])
  const restarts = await until(
    () => 'a replacement',
    10_000,
    () => workers!.restarts() || undefined,
  )
  expect(restarts).toBe(1)
})
