import { expect, test } from 'vitest'
import { bindCounters, Count, count, countQuery, createCounters } from '../../../src/core/answer/counters.ts'
import { counterFamilies, sumCounters } from '../../../src/io/telemetry/counters.ts'
import { printMetrics } from '../../../src/io/telemetry/metrics.ts'

function block(transport: 'udp' | 'tcp', fill: (counters: Float64Array) => void): SharedArrayBuffer {
  const created = createCounters(transport)
  fill(bindCounters(created))
  return created
}

const blocks = [
  block('udp', (counters) => {
    countQuery(counters, 1, 0)
    countQuery(counters, 28, 3)
    count(counters, Count.truncated, 2)
  }),
  block('tcp', (counters) => countQuery(counters, 1, 0)),
  block('udp', (counters) => {
    countQuery(counters, 1, 0)
    countQuery(counters, 257, 16)
    countQuery(counters, 999, 23)
    countQuery(counters, 999, 99)
    count(counters, Count.truncated, 3)
  }),
]

test('the blocks of the workers of one transport are added up', () => {
  const [udp, tcp, ...others] = sumCounters(blocks)
  expect(others).toEqual([])
  expect(udp).toMatchObject({
    transport: 'udp',
    named: { malformed: 0, truncated: 5 },
    queries: [
      { qtype: 1, rcode: 0, count: 2 },
      { qtype: 28, rcode: 3, count: 1 },
      { qtype: 257, rcode: 16, count: 1 },
      { qtype: 'other', rcode: 23, count: 1 },
      { qtype: 'other', rcode: 'other', count: 1 },
    ],
  })
  expect(tcp).toMatchObject({ transport: 'tcp', named: { truncated: 0 }, queries: [{ qtype: 1, rcode: 0, count: 1 }] })
})

test('reading changes nothing', () => expect(sumCounters(blocks)).toEqual(sumCounters(blocks)))

test('no blocks, no samples', () => {
  expect(sumCounters([])).toEqual([])
  for (const { samples } of counterFamilies([], String)) expect(samples).toEqual([])
})

test('as metrics they speak of types and codes by name', () => {
  const text = printMetrics(
    counterFamilies(sumCounters(blocks), (qtype) => ({ 1: 'A', 28: 'AAAA' })[qtype] ?? `TYPE${qtype}`),
  )
  expect(text.split('\n').filter((line) => /^meridian_(queries|truncated)_total\{/.test(line))).toEqual([
    'meridian_queries_total{transport="udp",qtype="A",rcode="NOERROR"} 2',
    'meridian_queries_total{transport="udp",qtype="AAAA",rcode="NXDOMAIN"} 1',
    'meridian_queries_total{transport="udp",qtype="TYPE257",rcode="BADVERS"} 1',
    'meridian_queries_total{transport="udp",qtype="other",rcode="BADCOOKIE"} 1',
    'meridian_queries_total{transport="udp",qtype="other",rcode="other"} 1',
    'meridian_queries_total{transport="tcp",qtype="A",rcode="NOERROR"} 1',
    'meridian_truncated_total{transport="udp"} 5',
    'meridian_truncated_total{transport="tcp"} 0',
  ])
})
