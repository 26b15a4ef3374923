// A zone of a million records: read with progress, held in little memory, served in one copy, and loaded again while questions
// come in.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memoryOf } from '../../bench/scale/memory.ts'
import { measureReloads } from '../../bench/scale/reload.ts'
import { openWorld, writeNode, writeQuestions, writeZone } from '../../bench/scale/world.ts'
import { startServer, stopServer } from '../../bench/server.ts'
import { runMeridian } from '../support/meridian.ts'

const RECORDS = 1_000_000
const RATE = 20_000
/** NSD 4.6 takes 234 with the same zone, and one and a half of that is the goal. */
const MOST_BYTES = 250

const world = openWorld()
const config = { large: '', two: '', empty: '' }
let names = 0

beforeAll(() => {
  config.large = writeNode(world, 'large', {})
  config.two = writeNode(world, 'two', {}, 'workers: 2\n')
  config.empty = writeNode(world, 'empty', {})
  writeZone(join(world, 'empty/zones/large.example.zone'), 0)
  writeZone(join(world, 'two/zones/large.example.zone'), RECORDS)
  names = writeZone(join(world, 'large/zones/large.example.zone'), RECORDS)
})
afterAll(() => rmSync(world, { recursive: true, force: true }))

test('check tells how far it is, and reads without holding the file', async () => {
  const { code, out, err } = await runMeridian(['check', '--config', config.large])
  expect(code).toBe(0)
  expect(out).toMatch(/: fine \(1 zones, 100000\d records, /)
  expect(err).toMatch(/large\.example\.zone: \d+ of \d+ MB; 0 zones and \d+ records so far/)
})

async function sizeOf(file: string): Promise<number> {
  const server = await startServer(file)
  try {
    await delay(3000)
    return memoryOf(server.child.pid!)
  } finally {
    await stopServer(server.child)
  }
}

test('a record takes few bytes, whatever the number of workers', async () => {
  const none = await sizeOf(config.empty)
  const one = await sizeOf(config.large)
  const two = await sizeOf(config.two)
  expect((one - none) / RECORDS).toBeLessThan(MOST_BYTES)
  // The second worker's own memory is some 30 MB; another copy would be 100.
  expect(two - one).toBeLessThan(80 * 1024 * 1024)
})

test('reloads lose no question, delay few, and give back what was before', async () => {
  const queryFile = writeQuestions(world, 'large.example', names, 200_000)
  const server = await startServer(config.large)
  try {
    const cost = await measureReloads(server, { queryFile, rate: RATE, reloads: 5 })
    process.stderr.write(`${JSON.stringify(cost)}\n`)
    expect(cost.sent).toBeGreaterThan(RATE)
    expect(cost.lost).toBe(0)
    // The loader takes a processor; on a machine of two, with the load generator, everybody waits somewhat longer.
    expect(cost.busyMs).toBeLessThan(2 * cost.quietMs + 10)
    expect(cost.adminBusyMs).toBeLessThan(cost.adminQuietMs + 1000)
    // One image of it is 100 MB: not even two of five may be left.
    expect(cost.bytesAfter - cost.bytesBefore).toBeLessThan(200 * 1024 * 1024)
  } finally {
    await stopServer(server.child)
  }
})
