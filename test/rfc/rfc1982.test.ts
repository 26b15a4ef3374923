// Serial numbers (RFC 1982): what is later is the shorter way round, and no load serves an earlier one than the load before.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseName } from '../../src/core/wire/name.ts'
import { At, bindZone, compileZone } from '../../src/core/zone/image.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords } from '../../src/core/zone/records.ts'
import { isLater, keepSerialRising, type ServedSerial } from '../../src/core/zone/serial.ts'

const apex = parseName('example.com.') as Uint8Array
const HALF = 0x8000_0000
const serial = fc.nat({ max: 0xffff_ffff })

function imageOf(number: number, content: number): SharedArrayBuffer {
  const records = openRecords()
  const text = `@ 60 SOA ns h ${number} 1 2 3 4\n@ 60 NS ns\nns 60 A 192.0.2.${content}\n`
  expect(parseMaster(text, 'f', apex, records, () => ({ problem: '' }))).toEqual([])
  return compileZone(records, apex, [])
}

test('the definition (§3.2): b is later than a where it is less than half the circle ahead', () => {
  fc.assert(
    fc.property(serial, fc.integer({ min: 1, max: HALF - 1 }), (a, ahead) => {
      const b = (a + ahead) % 2 ** 32
      expect([isLater(b, a), isLater(a, b)]).toEqual([true, false])
    }),
    { seed: 1982 },
  )
})

test('an addition (§3.1) is later, over the end of the numbers too', () => {
  for (const [a, more] of [
    [0, 1],
    [0xffff_ffff, 1],
    [0xffff_fff0, HALF - 1],
    [HALF, HALF - 1],
  ] as const)
    expect(isLater((a + more) % 2 ** 32, a)).toBe(true)
})

test('whatever files say from load to load, what is served only rises, and rises where the data are others', () => {
  const loads = fc.array(
    fc.record({ wanted: fc.oneof(serial, fc.nat({ max: 5 })), content: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 2, maxLength: 12 },
  )
  fc.assert(
    fc.property(loads, fc.boolean(), (list, isForgetful) => {
      let last: (ServedSerial & { content: number }) | undefined
      for (const { wanted, content } of list) {
        const image = imageOf(wanted, content)
        const fingerprint = isForgetful ? '' : String(content)
        const { served } = last ? keepSerialRising(image, fingerprint, last) : { served: wanted }
        expect(bindZone(image).words[At.serial]).toBe(served)
        if (last) {
          const isOther = isForgetful ? wanted !== last.wanted : content !== last.content
          if (served !== last.served || isOther) expect(isLater(served, last.served)).toBe(true)
        }
        last = { wanted, served, fingerprint, content }
      }
    }),
    { numRuns: 300, seed: 1982 },
  )
})
