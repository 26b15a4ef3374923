// Thread entry for overlay.test.ts: reads the one target again and again, and counts the answers that no single write made.

import { parentPort, workerData } from 'node:worker_threads'
import { bindOverlay, COPY, Field, MAX_ADDRESSES, readTarget } from '../../../src/core/zone/overlay.ts'

const { image, reads } = workerData as { image: SharedArrayBuffer; reads: number }
const overlay = bindOverlay(image)
const into = new Int32Array(COPY)
let torn = 0
let seen = 0
let last = 0
for (let i = 0; i < reads; i++) {
  readTarget(overlay, 0, true, into)
  const value = into[Field.since]!
  if (value !== last) seen++
  last = value
  const count = 1 + (value % MAX_ADDRESSES)
  const byte = value & 255
  const word = (byte << 24) | (byte << 16) | (byte << 8) | byte
  let isWhole = into[Field.count] === count
  for (const field of [Field.until, Field.kept, Field.resolver]) if (into[field] !== value) isWhole = false
  for (let k = 0; k < 4 * count; k++) if (into[Field.addresses + k] !== word) isWhole = false
  if (!isWhole) torn++
}
parentPort!.postMessage({ torn, seen })
