// Serials never go back (RFC 1982).

import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/core/wire/name.ts'
import { SOA } from '../../../src/core/wire/rdata/soa.ts'
import { findRrset } from '../../../src/core/zone/find.ts'
import { At, bindZone, compileZone, RrsetField } from '../../../src/core/zone/image.ts'
import { parseMaster } from '../../../src/core/zone/master/parse.ts'
import { openRecords } from '../../../src/core/zone/records.ts'
import { isLater, keepSerialRising, withoutSerial } from '../../../src/core/zone/serial.ts'

const apex = parseName('example.com.') as Uint8Array

function image(serial: number, more = ''): SharedArrayBuffer {
  const records = openRecords()
  const text = `$TTL 60\n@ SOA ns h ${serial} 1 2 3 4\n@ NS ns\nns A 192.0.2.1\n${more}`
  expect(parseMaster(text, 'f', apex, records, () => ({ problem: '' }))).toEqual([])
  return compileZone(records, apex, [])
}

/** What a resolver would be told. */
function serialIn(zone: SharedArrayBuffer): number {
  const { words, bytes } = bindZone(zone)
  const at = words[findRrset(bindZone(zone), words[At.nodes]!, 6) + RrsetField.data]!
  return SOA.read(bytes.slice(at + 2, at + 2 + bytes[at]! * 256 + bytes[at + 1]!))!.serial
}

const printOf = (zone: SharedArrayBuffer): string => withoutSerial(zone, (bytes) => bytes.join())

const most = 0xffff_ffff

test.each([
  ['a later one is taken', 7, 8, 'x A 192.0.2.1', 8],
  ['a later one without another change too', 7, 8, '', 8],
  ['the same one stays where nothing has changed', 7, 7, '', 7],
  ['the same one is raised where something has', 7, 7, 'x A 192.0.2.1', 8],
  ['an earlier one is not taken', 7, 3, '', 7],
  ['an earlier one with a change becomes the next', 7, 3, 'x A 192.0.2.1', 8],
  ['over the end of the numbers', most, 5, 'x A 192.0.2.1', 5],
  ['0 is skipped', most, most, 'x A 192.0.2.1', 1],
  ['too far ahead is behind', 7, 7 + 0x8000_0001, '', 7],
])('%s: %d, then %d', (_, before, wanted, more, served) => {
  const next = image(wanted, more)
  const last = { wanted: before, served: before, fingerprint: printOf(image(before)) }
  expect(keepSerialRising(next, printOf(next), last)).toEqual({ wanted, served })
  expect([serialIn(next), bindZone(next).words[At.serial]]).toEqual([served, served])
})

test('later is a question of the shorter way round (§3.2)', () => {
  expect([isLater(1, 0), isLater(0, 1), isLater(0, most), isLater(most, 0), isLater(5, 5)]).toEqual([
    true,
    false,
    true,
    false,
    false,
  ])
})

test('what says nothing of a serial does not hang on it, and leaves it as it is', () => {
  const zone = image(7)
  expect(printOf(zone)).toBe(printOf(image(8)))
  expect(printOf(zone)).not.toBe(printOf(image(7, 'x A 192.0.2.1')))
  expect(serialIn(zone)).toBe(7)
})

describe('where nobody can tell what the data were', () => {
  test.each([
    ['a serial that is written as it was is served as it was', 3, 8, 3, 8],
    ['one that is written as it was served stays, if it was written so', 7, 7, 7, 7],
    ['a later one is taken', 3, 8, 9, 9],
    ['an earlier one becomes the next', 3, 8, 4, 9],
    ['one that is written as something else was served becomes the next', 3, 8, 8, 9],
  ])('%s', (_, wantedBefore, servedBefore, wanted, served) => {
    const next = image(wanted)
    const last = { wanted: wantedBefore, served: servedBefore, fingerprint: '' }
    expect(keepSerialRising(next, printOf(next), last)).toEqual({ wanted, served })
    expect(serialIn(next)).toBe(served)
  })
})
