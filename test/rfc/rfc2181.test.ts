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

describe('the glue of a delegation is for finding its servers (§5.4.1)', () => {
  const zones = {
    'example.com': `$TTL 60
@           NS   ns.kid
@           MX   1 mail.kid
@           MX   2 kid
@           MX   3 mail
_s._tcp     SRV  0 0 1 ns.kid
mail        A    192.0.2.1
kid         NS   ns.kid
kid         A    192.0.2.2
kid         TXT  "occluded"
ns.kid      A    192.0.2.3
mail.kid    A    192.0.2.4
`,
  }
  const full = makeWorld({ zones, options: { fullAdditional: true } })
  const askFull = (name: string, type: number) =>
    askRaw(openContext(full.bound, 'udp'), packet({ questions: [question(name, type)] }))

  test('it goes with the name servers of the zone and of the delegation', () => {
    expect(askFull('example.com', 2).additional).toContain('ns.kid.example.com. 60 A 192.0.2.3')
    expect(askFull('x.kid.example.com', 1).additional).toEqual(['ns.kid.example.com. 60 A 192.0.2.3'])
  })

  test('it goes with nothing else, because the child may say another address', () => {
    expect(askFull('example.com', 15).additional).toEqual(['mail.example.com. 60 A 192.0.2.1'])
    expect(askFull('_s._tcp.example.com', 33).additional).toEqual([])
  })

  test.each([1, 16, 6, 28])('what stands at the cut itself is not answered: type %d', (type) => {
    expect(askFull('kid.example.com', type)).toMatchObject({
      flags: 'qr',
      answer: [],
      authority: ['kid.example.com. 60 NS ns.kid.example.com.'],
    })
  })
})

describe('a set has one TTL, the lowest that was written (§5.2)', () => {
  const uneven = makeWorld({
    zones: {
      'example.com': `sub 300 NS ns.sub\nsub 60 NS ns2.sub\nns.sub 300 A 192.0.2.1\nns.sub 30 A 192.0.2.2\nns2.sub 9 A 192.0.2.3
txt 1h TXT a\ntxt 2h TXT b\ntxt 5 TXT c\nw 60 A 192.0.2.5\nx 3600 CNAME txt\n*.wild 8 TXT a\n*.wild 7 TXT b\n`,
    },
  })
  const ttls = (name: string, type: number) => {
    const { answer, authority, additional } = askRaw(
      openContext(uneven.bound, 'udp'),
      packet({ questions: [question(name, type)] }),
    )
    return [...answer, ...authority, ...additional].map((line) => line.split(' ')[1])
  }

  test.each([
    ['in an answer', 'txt.example.com', 16, ['5', '5', '5']],
    ['behind an alias', 'x.example.com', 16, ['3600', '5', '5', '5']],
    ['of a wildcard', 'y.wild.example.com', 16, ['7', '7']],
    ['in a referral and its glue', 'www.sub.example.com', 1, ['60', '60', '30', '30', '9']],
  ])('%s', (_, name, type, expected) => expect(ttls(name, type)).toEqual(expected))
})
