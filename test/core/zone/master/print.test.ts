// Records printed as a master file read back as the very same records.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseName } from '../../../../src/core/wire/name.ts'
import { A } from '../../../../src/core/wire/rdata/a.ts'
import { MX } from '../../../../src/core/wire/rdata/mx.ts'
import { TXT } from '../../../../src/core/wire/rdata/txt.ts'
import { parseMaster } from '../../../../src/core/zone/master/parse.ts'
import { printMaster } from '../../../../src/core/zone/master/print.ts'
import {
  addRecord,
  openRecords,
  ownerOf,
  rdataOf,
  type Records,
  ttlOf,
  typeOf,
} from '../../../../src/core/zone/records.ts'

const place = { file: 'f', line: 1, col: 1 }

function list(records: Records): unknown[] {
  return Array.from({ length: records.count }, (_, i) => [
    ownerOf(records, i).slice(),
    typeOf(records, i),
    ttlOf(records, i),
    rdataOf(records, i).slice(),
  ])
}

test('owners are relative where they can be', () => {
  const records = openRecords()
  const rdata = A.write({ address: Uint8Array.of(192, 0, 2, 1) })
  for (const owner of ['example.com.', 'www.example.com.', '\\@.example.com.', 'www.EXAMPLE.com.', 'example.org.']) {
    addRecord(records, parseName(owner) as Uint8Array, A.code, 60, rdata, place)
  }
  expect(printMaster(records, parseName('example.com.') as Uint8Array).split('\n')).toEqual([
    '$ORIGIN example.com.',
    '@\t60\tIN\tA\t192.0.2.1',
    'www\t60\tIN\tA\t192.0.2.1',
    '\\@\t60\tIN\tA\t192.0.2.1',
    'www.EXAMPLE.com.\t60\tIN\tA\t192.0.2.1',
    'example.org.\t60\tIN\tA\t192.0.2.1',
    '',
  ])
})

const label = fc.uint8Array({ minLength: 1, maxLength: 12 })
const wireName = fc
  .array(label, { maxLength: 4 })
  .map((labels) => Uint8Array.from([...labels.flatMap((bytes) => [bytes.length, ...bytes]), 0]))
const data = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((address) => [A.code, A.write({ address })] as const),
  fc
    .tuple(fc.nat(65_535), wireName)
    .map(([preference, exchange]) => [MX.code, MX.write({ preference, exchange })] as const),
  fc
    .array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 3 })
    .map((strings) => [TXT.code, TXT.write({ strings })] as const),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => [65_280, bytes] as const),
)

test('whatever is printed reads back identical', () => {
  const record = fc.tuple(wireName, fc.boolean(), fc.nat(0x7fff_ffff), data)
  fc.assert(
    fc.property(wireName, fc.array(record, { maxLength: 8 }), (origin, all) => {
      const records = openRecords()
      for (const [name, isInside, ttl, [type, rdata]] of all) {
        const owner = isInside ? Uint8Array.from([...name.subarray(0, -1), ...origin]) : name
        addRecord(records, owner, type, ttl, rdata, place)
      }
      const again = openRecords()
      const problems = parseMaster(printMaster(records, origin), 'f', parseName('other.') as Uint8Array, again, () => ({
        problem: '',
      }))
      expect(problems).toEqual([])
      expect(list(again)).toEqual(list(records))
      expect(printMaster(again, origin)).toBe(printMaster(records, origin))
    }),
    { numRuns: 2000 },
  )
})
