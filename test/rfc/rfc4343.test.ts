// Case: names are equal whatever their case (RFC 4343 §3), and the question comes back letter by letter, which resolvers use
// against forged responses ("0x20").

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'Example.COM': `
Host          A     192.0.2.1
Alias         CNAME HOST.example.Com.
*.Wild        A     192.0.2.2
SUB           NS    ns.sub
ns.SUB        A     192.0.2.3
[\\\\]^_\`{}   A     192.0.2.4
mx            MX    10 HOST
`.replace('\\\\', '\\\\'),
  },
  pools: { p: { targets: ['192.0.2.9'] } },
  services: { s: { failover: ['p'] } },
  owners: { Service: 's' },
})

const names = [
  'host.example.com.',
  'alias.example.com.',
  'some.name.wild.example.com.',
  'www.sub.example.com.',
  'service.example.com.',
  'nothing.example.com.',
  'example.com.',
]

test('the question’s case is echoed and changes nothing in the answer', () => {
  const lowered = new Map(names.map((name) => [name, askBoth(world, { name })]))
  const anyCase = fc.constantFrom(...names).chain((name) =>
    fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map(
      (up) =>
        [
          name,
          name
            .split('')
            .map((c, i) => (up[i] ? c.toUpperCase() : c))
            .join(''),
        ] as const,
    ),
  )
  fc.assert(
    fc.property(anyCase, ([name, spelled]) => {
      const reading = askBoth(world, { name: spelled })
      const expected = lowered.get(name)!
      expect(reading.question).toBe(`${spelled} A`)
      expect(reading).toMatchObject({ rcode: expected.rcode, flags: expected.flags, size: expected.size })
      const fold = (lines: readonly string[]): string[] => lines.map((line) => line.toLowerCase())
      expect(fold(reading.answer)).toEqual(fold(expected.answer))
      expect(fold(reading.authority)).toEqual(fold(expected.authority))
      expect(fold(reading.additional)).toEqual(fold(expected.additional))
      // The owner of the first record is the question's name: it is pointed at.
      for (const line of reading.answer.slice(0, 1)) expect(line.startsWith(spelled)).toBe(true)
    }),
    { numRuns: 300, seed: 4343 },
  )
})

test('only the letters A to Z have a case: their neighbours in ASCII are themselves', () => {
  expect(askBoth(world, { name: '[\\\\]^_`{}.example.com.' }).answer).toHaveLength(1)
  // @ and `, [ and {, ] and } differ by the same bit as A and a.
  expect(askBoth(world, { name: '{\\\\}^_`{}.example.com.' }).rcode).toBe('NXDOMAIN')
  expect(askBoth(world, { name: '[\\\\]^_@{}.example.com.' }).rcode).toBe('NXDOMAIN')
})

test('names in data are the zone’s, whose case survives where they are written out', () => {
  expect(askBoth(world, { name: 'mx.example.com', type: 15 }).answer).toEqual([
    'mx.example.com. 3600 MX 10 HOST.example.com.',
  ])
})
