// What reading the evidence of one prober costs the main thread: 10 000 subjects, as they come from the store once a second, and
// what of it is the parsing of JSON alone.
//
//   node bench/evidence.ts [subjects]

import { loadavg } from 'node:os'
import type { Evidence } from '../src/core/health/evidence.ts'
import { readEvidence, writeEvidence } from '../src/io/store/encoding.ts'

const subjects = Number(process.argv[2] ?? 10_000)
const evidence: Evidence = {
  prober: 'ams-1',
  region: 'eu',
  epoch: 1_700_000_000_000,
  sequence: 12_345,
  sightings: Array.from({ length: subjects }, (_, i) => ({
    subject: `example.com/web-up@10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`,
    up: i % 50 > 0,
    streak: i % 7,
    forMs: 61_000 + i,
    hasTurned: i % 3 === 0,
    heldMs: i % 3 === 0 ? 7200 : undefined,
    everyMs: 10_000,
    dueMs: i % 10_000,
    latencyMs: 3.1,
    timings: { connectMs: 3, tlsMs: undefined, firstByteMs: 12.2, totalMs: 12.5 },
    load: 250,
    certDays: 40,
    reason: '200 in time',
  })),
}
const text = writeEvidence(evidence)!

/** Milliseconds of the processor, the median of many rounds. */
function measure(work: () => unknown): number {
  const rounds = Array.from({ length: 40 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return rounds.slice(10).sort((a, b) => a - b)[15]!
}

const parts: readonly [string, () => unknown][] = [
  ['writing it', () => writeEvidence(evidence)],
  ['parsing the JSON alone', () => JSON.parse(text) as unknown],
  ['reading it, every value checked', () => readEvidence(text)],
]
console.log(`${subjects} subjects, ${(text.length / 1e6).toFixed(2)} MB (load ${loadavg()[0]!.toFixed(1)})`)
for (const [name, work] of parts) console.log(`  ${name.padEnd(34)} ${measure(work).toFixed(1)} ms`)
