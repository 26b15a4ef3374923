// Losing a thread that answers: the others go on, and it is replaced on the sockets it had.

import { tcpConfig } from '../../src/io/listen/config.ts'
import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { openWorkers, type Workers } from '../../src/app/workers.ts'
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

test('a packet worker that is lost leaves its socket, and what is queued in it, to its successor', async () => {
  process.on('worker', remember)
  const { snapshot } = makeWorld({})
  const log = openLog({ level: 'silent' })
  const endpoints = [{ address: '127.0.0.1', port: 0 }]
  workers = await openWorkers({
    endpoints,
    packetWorkers: 1,
    transport: 'batched',
    tcp: tcpConfig.parse({}),
    snapshot,
    log,
  })
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
