// Books as text: what is written is read, and nothing else is.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Replica } from '../../../src/core/health/override-book.ts'
import { readReplica, writeReplica } from '../../../src/io/store/override-encoding.ts'
import { entry, wallSec } from '../../core/health/orders.ts'

function replica(parts: Partial<Replica> = {}): Replica {
  return { node: 'ns1', answers: true, run: 1_700_000_000_000, sequence: 7, entries: [entry()], ...parts }
}

/** The one entry's field, changed in the text. */
function withField(at: number, value: unknown): string {
  const whole = JSON.parse(writeReplica(replica())!) as unknown[]
  const entries = whole[5] as unknown[][]
  entries[0]![at] = value
  return JSON.stringify(whole)
}

test('what is written is read back as it was', () => {
  const entries = [
    entry(),
    entry({ target: '2001:db8::1', fadeSec: 300, version: 1_000_000_000, why: '"é" ☂' }),
    entry({ kind: 'drill', scope: '*', isOver: true, keepUntilSec: wallSec + 9000 }),
    entry({ kind: 'return', untilSec: undefined, why: '' }),
  ]
  for (const one of [replica({ entries }), replica({ entries: [], answers: false })])
    expect(readReplica(writeReplica(one)!)).toEqual(one)
})

describe('refused, whole', () => {
  test.each([
    ['no JSON', 'x'],
    ['nothing', 'null'],
    ['of another version', writeReplica(replica())!.replace('overrides/1', 'overrides/2')],
    ['evidence', '["evidence/1","a","eu",1,1,[]]'],
    ['an unknown kind', withField(0, 'destroy')],
    ['no pool', withField(2, '')],
    ['a version of 0', withField(4, 0)],
    ['a version that leaves no room to count on', withField(4, 1_000_000_001)],
    ['a switch that is none', withField(6, true)],
    ['a time that is no number', withField(10, '1700000000')],
    ['a time beyond all calendars', withField(12, 253_402_300_800)],
    ['a drain without an end', withField(13, null)],
    ['a drain for longer than anybody may order', withField(13, wallSec + 30 * 86_400 + 1)],
    ['a drain that is forgotten before its end', withField(14, wallSec + 1)],
    ['a return with an end', withField(0, 'return')],
    ['a fade for longer than anybody may order', withField(11, 30 * 86_400 + 1)],
    ['one field more', writeReplica(replica())!.replace(/\]\]\]$/, ',1]]]')],
    [
      'more entries than anybody has',
      JSON.stringify(['overrides/1', 'a', 1, 1, 1, Array.from({ length: 2001 }, () => [])]),
    ],
    ['too long', `["overrides/1","${'x'.repeat(8_000_000)}"]`],
  ])('%s', (_, text) => expect(readReplica(text)).toBeUndefined())

  test('a drain with another end than its first may have begun long ago', () => {
    const long = entry({ sinceSec: wallSec - 90 * 86_400 })
    expect(readReplica(writeReplica(replica({ entries: [long] }))!)?.entries).toEqual([long])
  })
})

test('too many are not written', () => {
  const entries = Array.from({ length: 2001 }, (_, i) => entry({ target: String(i + 1) }))
  expect(writeReplica(replica({ entries }))).toBeUndefined()
  expect(writeReplica(replica({ entries: entries.slice(1) }))).toBeDefined()
})

test('no text makes it throw', () => {
  const damaged = fc
    .tuple(fc.nat(200), fc.string({ maxLength: 3 }))
    .map(([at, text]) => `${writeReplica(replica())!.slice(0, at)}${text}${writeReplica(replica())!.slice(at + 1)}`)
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), damaged), (text) => {
      const read = readReplica(text)
      // What is let through can be written again, and printed.
      if (read) expect(readReplica(writeReplica(read)!)).toEqual(read)
    }),
    { numRuns: 3000, seed: 8 },
  )
})
