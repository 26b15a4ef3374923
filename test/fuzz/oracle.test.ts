// Two readers of our own answers: dns2, and the reader of the tests. They agree on every name and type of a zone that has
// everything, as they do on each answer that the tests in test/rfc ask for; and they are seen to notice damage.

import { describe, expect, test } from 'vitest'
import { typeName } from '../../src/core/wire/rdata/index.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { openNumbers } from '../support/chance.ts'
import { askBoth, readBoth, readMessage } from '../support/oracle.ts'
import { ask } from '../support/snapshot.ts'
import { allNames, allTypes, makeFullWorld } from './corpus.ts'

const world = makeFullWorld()

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test.each(allTypes.map((type) => [typeName(type), type] as const))('both read %s of every name', (_, type) => {
    for (const name of allNames) {
      for (const more of [
        {},
        { edns: true },
        { subnet: '192.0.2.0/24', dnssecOk: true },
        { subnet: '2001:db8::/61' },
      ]) {
        const reading = askBoth(world, { name, type, ...more }, { transport, from: '198.51.100.1' })
        expect(reading.question.toLowerCase()).toBe(
          `${name}${name.endsWith('.') ? '' : '.'} ${typeName(type)}`.toLowerCase(),
        )
      }
    }
  })
})

test('all rcodes that an answer can have occur among them', () => {
  const seen = new Set(allNames.flatMap((name) => allTypes.map((type) => askBoth(world, { name, type }).rcode)))
  expect([...seen].toSorted()).toEqual(['FORMERR', 'NOERROR', 'NXDOMAIN', 'REFUSED', 'SERVFAIL'])
})

test('seen to notice: most damage to an answer, by a refusal or another reading', () => {
  const response = ask(world, { name: 'many.example.com', type: 15 }, { transport: 'tcp' })
  const whole = JSON.stringify(readBoth(response))
  const number = openNumbers(1)
  let noticed = 0
  for (let i = 0; i < 300; i++) {
    // Not the identifier, which nobody reads here.
    const damaged = response.with(2 + number(response.length - 2), number(256))
    try {
      if (JSON.stringify(readBoth(damaged)) !== whole) noticed++
    } catch {
      noticed++
    }
  }
  expect(noticed).toBeGreaterThan(285)
})

test.each([
  ['bytes after the end', (bytes: Uint8Array) => Uint8Array.from([...bytes, 0]), '1 bytes after the last record'],
  ['a byte too few', (bytes: Uint8Array) => bytes.slice(0, -1), 'a record runs past the end'],
  ['a count too high', (bytes: Uint8Array) => bytes.with(7, bytes[7]! + 1), 'no label at'],
])('seen to notice: %s', (_, damage, message) => {
  const response = ask(world, { name: 'www.example.com' })
  expect(() => readMessage(damage(response))).toThrow(message)
  expect(problemsOf(damage(response))).not.toEqual([])
})

function problemsOf(message: Uint8Array): readonly string[] {
  try {
    return decodeWithDns2(message).problems
  } catch (error) {
    return [String(error)]
  }
}
