// Negative answers: which code, and for how long they may be kept (RFC 2308 §2, §3, §5).

import { expect, test } from 'vitest'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

function soaOf(zone: string): string {
  return `${zone}www A 192.0.2.1\nalias CNAME www\nlost CNAME gone\n`
}

test.each([
  ['the minimum is lower', '@ 3600 SOA ns1 hostmaster 1 3600 900 1209600 30', 30],
  ['the TTL is lower', '@ 20 SOA ns1 hostmaster 1 3600 900 1209600 30', 20],
  ['they are equal', '@ 60 SOA ns1 hostmaster 1 3600 900 1209600 60', 60],
  ['the minimum is 0: nothing may be kept', '@ 3600 SOA ns1 hostmaster 1 3600 900 1209600 0', 0],
])('the SOA of a negative answer has the smaller of its TTL and its minimum: %s', (_, soa, ttlSec) => {
  const world = makeWorld({ zones: { 'example.com': soaOf(`${soa}\n@ 60 NS ns1\n`) } })
  const minimum = soa.split(' ').at(-1)
  const authority = [
    `example.com. ${ttlSec} SOA ns1.example.com. hostmaster.example.com. 1 3600 900 1209600 ${minimum}`,
  ]
  const nothing = { flags: 'qr aa', authority, additional: [] }
  expect(askBoth(world, { name: 'gone.example.com' })).toMatchObject({ ...nothing, rcode: 'NXDOMAIN', answer: [] })
  expect(askBoth(world, { name: 'www.example.com', type: 28 })).toMatchObject({
    ...nothing,
    rcode: 'NOERROR',
    answer: [],
  })
  // §2.1, §2.2: after an alias the code and the SOA are those of its target.
  expect(askBoth(world, { name: 'lost.example.com' })).toMatchObject({ ...nothing, rcode: 'NXDOMAIN' })
  expect(askBoth(world, { name: 'lost.example.com' }).answer).toHaveLength(1)
  expect(askBoth(world, { name: 'alias.example.com', type: 28 })).toMatchObject({ ...nothing, rcode: 'NOERROR' })
  expect(askBoth(world, { name: 'alias.example.com', type: 28 }).answer).toHaveLength(1)
})

test('the SOA itself keeps its own TTL when it is asked for', () => {
  const world = makeWorld({
    zones: { 'example.com': '@ 3600 SOA ns1 hostmaster 1 3600 900 1209600 30\n@ 60 NS ns1\n' },
  })
  expect(askBoth(world, { name: 'example.com', type: 6 }).answer[0]).toMatch(/^example\.com\. 3600 SOA /)
})

test('a type that no pool of a service holds is answered with no data, with the SOA and for everybody', () => {
  const world = makeWorld({
    networks: [{ cidr: '198.51.100.0/24', country: 'US' }],
    pools: { four: { targets: ['192.0.2.1'] }, six: { targets: ['2001:db8::1'] } },
    services: {
      web: { failover: ['four', 'six'] },
      geo: { geo: [{ where: ['country US'], to: 'four' }, { to: 'six' }] },
    },
    owners: { www: 'web', geo: 'geo' },
  })
  for (const name of ['www', 'geo']) {
    const { rcode, authority, answer, subnet } = askBoth(world, {
      name: `${name}.example.com`,
      type: 16,
      subnet: '198.51.100.0/24',
    })
    expect([rcode, answer, authority.length, subnet]).toEqual(['NOERROR', [], 1, '198.51.100.0/24 scope 0'])
  }
  // What one pool lacks another one has.
  expect(askBoth(world, { name: 'www.example.com', type: 28 }).answer).toHaveLength(1)
})
