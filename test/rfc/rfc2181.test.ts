// What BIND, Knot and NSD all did and we once did not: found by asking all four the same (test/interop/differential.test.ts).

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { askRaw } from '../support/oracle.ts'
import { opt, packet, question } from '../support/packet.ts'
import { makeWorld } from '../support/snapshot.ts'

const servers = Array.from({ length: 40 }, (_, i) => `server-with-a-long-name-${i}`)

const world = makeWorld({
  zones: {
    'example.com': `www A 192.0.2.1
alias CNAME www
*.wild A 192.0.2.2
sub NS a.wild
sub NS ns.sub
*.sub A 192.0.2.3
old DNAME crowd
${servers.map((name) => `crowd NS ${name}.crowd\n${name}.crowd A 192.0.2.4`).join('\n')}
`,
  },
})

const ask = (name: string, type: number, qclass = 1) =>
  askRaw(openContext(world.bound, 'udp'), packet({ questions: [question(name, type, qclass)] }))

test('who asks for the name servers of a zone gets their addresses as well (RFC 1034 §4.3.2, step 6)', () => {
  expect(ask('example.com', 2).additional).toEqual(['ns1.example.com. 3600 A 192.0.2.53'])
})

test.each([46, 47])('type %d is asked for at an alias and not at its target (RFC 4035 §2.5)', (type) => {
  expect(ask('alias.example.com', type)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer: [] })
  expect(ask('alias.example.com', type).authority).toHaveLength(1)
})

test('the address of a name server may be that of a wildcard, under the name asked for (RFC 4592 §3.3)', () => {
  expect(ask('x.sub.example.com', 1).additional).toEqual([
    'ns.sub.example.com. 3600 A 192.0.2.3',
    'a.wild.example.com. 3600 A 192.0.2.2',
  ])
})

test('an alias stays in the answer where what follows it does not fit (RFC 2181 §9)', () => {
  expect(ask('x.old.example.com', 1)).toMatchObject({
    rcode: 'NOERROR',
    flags: 'qr aa tc',
    answer: ['old.example.com. 3600 DNAME crowd.example.com.', 'x.old.example.com. 3600 CNAME x.crowd.example.com.'],
    authority: [],
    additional: [],
  })
})

test('the type 0 is data that nobody has', () => {
  expect(ask('www.example.com', 0)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer: [] })
  expect(ask('nothing.example.com', 0).rcode).toBe('NXDOMAIN')
})

describe('for all classes at once nobody has authority', () => {
  test('what there is is told without it', () => {
    expect(ask('www.example.com', 1, 255)).toMatchObject({ flags: 'qr', answer: ['www.example.com. 3600 A 192.0.2.1'] })
  })

  test('what there is not is told without a SOA', () => {
    expect(ask('nothing.example.com', 1, 255)).toMatchObject({ rcode: 'NXDOMAIN', flags: 'qr', authority: [] })
    expect(ask('www.example.com', 28, 255)).toMatchObject({ rcode: 'NOERROR', flags: 'qr', authority: [] })
  })
})

test('two OPT records are answered by none', () => {
  const reading = askRaw(openContext(world.bound, 'udp'), packet({ additionals: [opt(), opt()] }))
  expect(reading).toMatchObject({ rcode: 'FORMERR', edns: undefined, question: 'www.example.com. A' })
})
