// The counts of the transports as the operator sees them.

import { expect, test } from 'vitest'
import { bindCounters, Count, type CountName, countNames } from '../../../src/io/listen/counters.ts'
import { type TransportBlock, transportFamilies } from '../../../src/io/listen/metrics.ts'
import { printMetrics } from '../../../src/io/telemetry/metrics.ts'

function block(kind: TransportBlock['kind'], counts: Partial<Record<CountName, number>>): TransportBlock {
  const counters = bindCounters()
  for (const name of countNames) counters[Count[name]] = counts[name] ?? 0
  return { kind, transport: counters.buffer as SharedArrayBuffer }
}

function samplesOf(blocks: readonly TransportBlock[]): string[] {
  return printMetrics(transportFamilies(blocks))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

test('workers are added up, and the two transports are kept apart', () => {
  const blocks = [
    block('tcp', { received: 5, open: 2, accepted: 3 }),
    block('udp', { received: 10, answered: 9, silent: 1, batches: 4 }),
    block('udp', { received: 20, answered: 20, batches: 6 }),
  ]
  expect(samplesOf(blocks)).toEqual(
    expect.arrayContaining([
      'meridian_packets_received_total{transport="udp"} 30',
      'meridian_packets_received_total{transport="tcp"} 5',
      'meridian_responses_total{transport="udp"} 29',
      'meridian_requests_silent_total{transport="udp"} 1',
      'meridian_packet_batches_total 10',
      'meridian_tcp_accepted_total 3',
      'meridian_tcp_connections 2',
    ]),
  )
})

test('every count is shown, and none under the name of another', () => {
  const counts = Object.fromEntries(countNames.map((name, i) => [name, 100 + i]))
  const shown = samplesOf([block('udp', counts), block('tcp', counts)]).map((line) => Number(line.split(' ')[1]))
  expect(new Set(shown)).toEqual(new Set(Object.values(counts)))
})

test('a node without workers shows no samples', () => {
  expect(samplesOf([])).toEqual([])
})
