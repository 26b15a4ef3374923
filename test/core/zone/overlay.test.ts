// The overlay: read by threads that never wait, while one writes.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { parseName } from '../../../src/core/wire/name.ts'
import { openNameScan, scanName } from '../../../src/core/wire/query.ts'
import {
  bindOverlay,
  COPY,
  createOverlay,
  Field,
  findTarget,
  MAX_ADDRESSES,
  readTarget,
  Resolved,
  writeTarget,
} from '../../../src/core/zone/overlay.ts'

const timing = { leastTtlSec: 5, staleTtlSec: 30 }

function nameOf(text: string): Uint8Array {
  return parseName(text) as Uint8Array
}

function find(overlay: ReturnType<typeof bindOverlay>, text: string): number {
  const scan = openNameScan()
  const name = nameOf(text)
  scanName(name, 0, name.length, scan)
  return findTarget(overlay, scan)
}

test('each of many targets is found by its name, in any case, and no other name is', () => {
  const names = Array.from({ length: 500 }, (_, i) => `t${i}.example.net.`)
  const overlay = bindOverlay(createOverlay(names.map(nameOf), timing))
  expect(names.map((name) => find(overlay, name))).toEqual(names.map((_, i) => i))
  expect(find(overlay, 'T7.Example.NET.')).toBe(7)
  expect(find(overlay, 't500.example.net.')).toBe(-1)
  expect(find(bindOverlay(createOverlay([], timing)), 't0.example.net.')).toBe(-1)
})

test('what is written is read, for each target and family apart', () => {
  const overlay = bindOverlay(createOverlay(['a.', 'b.'].map(nameOf), timing))
  const into = new Int32Array(COPY)
  const write = (target: number, isV6: boolean, first: number): void =>
    writeTarget(overlay, target, isV6, {
      state: Resolved.addresses,
      addresses: [new Uint8Array(isV6 ? 16 : 4).fill(first)],
      sinceSec: 1,
      untilSec: 2,
      keptSec: 3,
      resolver: 4,
    })
  write(0, false, 1)
  write(0, true, 2)
  write(1, false, 0xff)
  const read = (target: number, isV6: boolean): number[] => {
    readTarget(overlay, target, isV6, into)
    return [...into.subarray(0, Field.addresses + (isV6 ? 4 : 1) * into[Field.count]!)]
  }
  expect(read(0, false)).toEqual([Resolved.addresses, 1, 1, 2, 3, 4, 0x01010101])
  expect(read(0, true)).toEqual([Resolved.addresses, 1, 1, 2, 3, 4, ...new Array<number>(4).fill(0x02020202)])
  expect(read(1, false)[Field.addresses]).toBe(-1)
  expect(read(1, true)).toEqual([Resolved.pending, 0, 0, 0, 0, 0])
})

test('a reader in another thread never sees half of one answer and half of another', { timeout: 60_000 }, async () => {
  const image = createOverlay([nameOf('a.')], timing)
  const overlay = bindOverlay(image)
  // Each answer is one number over and over, and as many addresses as that number says: a mixture would show.
  const write = (value: number): void =>
    writeTarget(overlay, 0, true, {
      state: Resolved.addresses,
      addresses: Array.from({ length: 1 + (value % MAX_ADDRESSES) }, () => new Uint8Array(16).fill(value & 255)),
      sinceSec: value,
      untilSec: value,
      keptSec: value,
      resolver: value,
    })
  write(1)
  const reader = new Worker(new URL('./overlay-reader.ts', import.meta.url), { workerData: { image, reads: 200_000 } })
  let writes = 1
  let done: { torn: number; seen: number } | undefined
  reader.once('message', (message: { torn: number; seen: number }) => {
    done = message
  })
  const over = once(reader, 'exit')
  while (!done) {
    for (let i = 0; i < 500; i++) write(++writes)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await over
  expect(done.torn).toBe(0)
  // It was read while it was written.
  expect(done.seen).toBeGreaterThan(10)
})
