// NXDOMAIN means that nothing exists beneath either (RFC 8020 §2), so no name with something beneath it may get one. Resolvers
// that minimise their questions (RFC 9156) ask for every one of these names.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Type } from '../../src/core/wire/message.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const label = fc.constantFrom('a', 'b', 'c', '*')
const owner = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))

test('a name that has names beneath it exists', () => {
  fc.assert(
    fc.property(fc.uniqueArray(owner, { minLength: 1, maxLength: 6 }), fc.boolean(), (owners, isService) => {
      const [first = 'a', ...rest] = owners
      const world = makeWorld({
        zones: {
          'example.com': owners
            .slice(isService ? 1 : 0)
            .map((name) => `${name} TXT here`)
            .join('\n'),
        },
        ...(isService && {
          pools: { p: { targets: ['192.0.2.1'] } },
          services: { s: { failover: ['p'] } },
          owners: { [first]: 's' },
        }),
      })
      for (const name of [first, ...rest]) {
        const labels = name.split('.')
        for (let i = 0; i < labels.length; i++) {
          const ancestor = `${labels.slice(i).join('.')}.example.com`
          expect([ancestor, askBoth(world, { name: ancestor, type: Type.NS }).rcode]).toEqual([ancestor, 'NOERROR'])
        }
      }
    }),
    { numRuns: 150, seed: 8020 },
  )
})

test('and nothing exists beneath a name that does not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(owner, { minLength: 1, maxLength: 6 }), owner, label, (owners, asked, more) => {
      const world = makeWorld({ zones: { 'example.com': owners.map((name) => `${name} TXT here`).join('\n') } })
      fc.pre(askBoth(world, { name: `${asked}.example.com`, type: Type.TXT }).rcode === 'NXDOMAIN')
      expect(askBoth(world, { name: `${more}.${asked}.example.com`, type: Type.TXT }).rcode).toBe('NXDOMAIN')
    }),
    { numRuns: 150, seed: 8020 },
  )
})
