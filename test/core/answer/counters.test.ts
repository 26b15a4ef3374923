import { expect, test } from 'vitest'
import {
  bindCounters,
  Count,
  count,
  countQuery,
  createCounters,
  Limited,
  limitAt,
  queryAt,
  RCODE_SLOTS,
  rcodeSlot,
  TYPE_SLOTS,
  transportOf,
  transports,
  typeSlot,
} from '../../../src/core/answer/counters.ts'

test('a block knows its transport and starts at zero', () => {
  for (const transport of transports) {
    const counters = bindCounters(createCounters(transport))
    expect(transportOf(counters)).toBe(transport)
    expect(counters.subarray(1).every((word) => word === 0)).toBe(true)
  }
})

test('each named count, and each pair of type and code, has a word of its own inside the block', () => {
  const counters = bindCounters(createCounters('udp'))
  for (const at of Object.values(Count)) count(counters, at, 1)
  for (let qtype = 0; qtype < 256; qtype++) for (let rcode = 0; rcode <= 16; rcode++) countQuery(counters, qtype, rcode)
  for (const [qtype, rcode] of [
    [257, 0],
    [65_280, 0],
    [1, 23],
    [1, 4095],
  ] as const)
    countQuery(counters, qtype, rcode)
  expect(counters.filter((word) => word === 1)).toHaveLength(Object.keys(Count).length + 256 * 17 + 4)
  expect(Math.max(...counters)).toBe(1)
  expect(limitAt(0, 0)).toBe(queryAt(TYPE_SLOTS - 1, RCODE_SLOTS - 1) + 1)
  expect(limitAt(7, Limited.spared)).toBe(counters.length - 1)
})

test('types and codes without a slot of their own share the last one', () => {
  expect([0, 1, 255, 256, 257, 258, 65_535].map(typeSlot)).toEqual([0, 1, 255, 257, 256, 257, 257])
  expect([0, 15, 16, 17, 22, 23, 24, 4095].map(rcodeSlot)).toEqual([0, 15, 16, 18, 18, 17, 18, 18])
})
