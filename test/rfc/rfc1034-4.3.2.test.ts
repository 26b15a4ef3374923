// The algorithm of an authoritative server (RFC 1034 §4.3.2), with RFC 2181 where it corrects it: a zone that has everything,
// and what is answered from it.

import { describe, expect, test } from 'vitest'
import { Type } from '../../src/core/wire/message.ts'
import { typeByName } from '../../src/core/wire/rdata/index.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const digest = 'ab'.repeat(32)

const world = makeWorld({
  zones: {
    'example.com': `$TTL 3600
@            SOA   ns1 hostmaster 7 3600 900 1209600 30
@            NS    ns1
@            NS    ns2.example.net.
@            MX    10 mail
ns1          A     192.0.2.53
mail         A     192.0.2.25
mail         AAAA  2001:db8::25
www          CNAME web
web          CNAME host
host         A     192.0.2.80
host    60   A     192.0.2.81
out          CNAME www.example.net.
dangling     CNAME nothing.host
beneath      CNAME nothing.beneath
nodata       CNAME mail
loop         CNAME loop2
loop2        CNAME loop
self         CNAME self
*.wild       CNAME somewhere.wild
to-cut       CNAME deep.sub
to-child     CNAME www.child
a.b.c.deep   TXT   "at the bottom"
sub          NS    ns.sub
sub          NS    ns1
sub          NS    ns.far.example.org.
ns.sub       A     192.0.2.54
ns.sub       AAAA  2001:db8::54
www.sub      A     192.0.2.99
lower.sub    NS    ns.elsewhere.example.
sub          DS    1 8 2 ${digest}
child        NS    ns.child
ns.child     A     192.0.2.55
child        DS    2 8 2 ${digest}
`,
    'child.example.com': '',
    'example.org': '',
  },
})

const soa = 'example.com. 30 SOA ns1.example.com. hostmaster.example.com. 7 3600 900 1209600 30'
const childSoa = 'child.example.com. 30 SOA ns1.child.example.com. hostmaster.child.example.com. 1 3600 900 1209600 30'

function ask(text: string) {
  const [name = '', type = ''] = text.split(' ')
  return askBoth(world, { name, type: typeByName(type)?.code ?? Type.ANY })
}

test.each([
  ['mail.example.com AAAA', ['mail.example.com. 3600 AAAA 2001:db8::25']],
  ['example.com MX', ['example.com. 3600 MX 10 mail.example.com.']],
  ['example.com SOA', [soa.replace(' 30 ', ' 3600 ')]],
  ['www.example.com CNAME', ['www.example.com. 3600 CNAME web.example.com.']],
])('%s is answered with authority, and with nothing else', (question, answer) => {
  expect(ask(question)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer, authority: [], additional: [] })
})

test('all records of a set have one TTL, the lowest (RFC 2181 §5.2)', () => {
  expect(ask('host.example.com A').answer).toEqual([
    'host.example.com. 60 A 192.0.2.80',
    'host.example.com. 60 A 192.0.2.81',
  ])
})

describe('aliases', () => {
  const www = 'www.example.com. 3600 CNAME web.example.com.'
  const web = 'web.example.com. 3600 CNAME host.example.com.'

  test.each([
    [
      'are followed to their end',
      'www.example.com A',
      'NOERROR',
      [www, web, 'host.example.com. 60 A 192.0.2.80', 'host.example.com. 60 A 192.0.2.81'],
      [],
    ],
    ['to a name without the type: no data', 'www.example.com AAAA', 'NOERROR', [www, web], [soa]],
    [
      'out of the zone are left to the resolver',
      'out.example.com A',
      'NOERROR',
      ['out.example.com. 3600 CNAME www.example.net.'],
      [],
    ],
    [
      'into another of our zones are followed there: back to step 1',
      'to-child.example.com A',
      'NXDOMAIN',
      ['to-child.example.com. 3600 CNAME www.child.example.com.'],
      [childSoa],
    ],
    [
      'to nowhere: the response code is that of the last name (RFC 6604)',
      'dangling.example.com A',
      'NXDOMAIN',
      ['dangling.example.com. 3600 CNAME nothing.host.example.com.'],
      [soa],
    ],
    [
      'to nowhere beneath the alias itself, too',
      'beneath.example.com A',
      'NXDOMAIN',
      ['beneath.example.com. 3600 CNAME nothing.beneath.example.com.'],
      [soa],
    ],
    [
      'in a ring end where they began',
      'loop.example.com A',
      'NOERROR',
      ['loop.example.com. 3600 CNAME loop2.example.com.', 'loop2.example.com. 3600 CNAME loop.example.com.'],
      [],
    ],
    ['to themselves', 'self.example.com A', 'NOERROR', ['self.example.com. 3600 CNAME self.example.com.'], []],
    [
      'by a wildcard that leads to itself',
      'x.wild.example.com A',
      'NOERROR',
      [
        'x.wild.example.com. 3600 CNAME somewhere.wild.example.com.',
        'somewhere.wild.example.com. 3600 CNAME somewhere.wild.example.com.',
      ],
      [],
    ],
  ])('%s', (_, question, rcode, answer, authority) => {
    expect(ask(question)).toMatchObject({ rcode, flags: 'qr aa', answer, authority, additional: [] })
  })

  test('to a delegated name end in a referral, with authority for the alias', () => {
    expect(ask('to-cut.example.com A')).toMatchObject({
      flags: 'qr aa',
      answer: ['to-cut.example.com. 3600 CNAME deep.sub.example.com.'],
      authority: referral.authority,
      additional: referral.additional,
    })
  })

  test('of more than 16 links are cut off', () => {
    const links = Array.from({ length: 40 }, (_, i) => `l${i} CNAME l${i + 1}`).join('\n')
    const long = makeWorld({ zones: { 'example.com': `${links}\nl40 A 192.0.2.1` } })
    const { answer, rcode } = askBoth(long, { name: 'l0.example.com' }, { transport: 'tcp' })
    expect([rcode, answer.length]).toEqual(['NOERROR', 17])
    expect(askBoth(long, { name: 'l24.example.com' }, { transport: 'tcp' }).answer.at(-1)).toBe(
      'l40.example.com. 3600 A 192.0.2.1',
    )
  })
})

const referral = {
  authority: [
    'sub.example.com. 3600 NS ns.sub.example.com.',
    'sub.example.com. 3600 NS ns1.example.com.',
    'sub.example.com. 3600 NS ns.far.example.org.',
  ],
  additional: [
    'ns.sub.example.com. 3600 A 192.0.2.54',
    'ns.sub.example.com. 3600 AAAA 2001:db8::54',
    'ns1.example.com. 3600 A 192.0.2.53',
  ],
}

describe('delegations', () => {
  test.each([
    'sub.example.com A',
    'sub.example.com NS',
    'sub.example.com ANY',
    'www.sub.example.com A',
    'ns.sub.example.com A',
    'nothing.at.all.sub.example.com A',
    'lower.sub.example.com NS',
    'x.lower.sub.example.com A',
    'www.sub.example.com DS',
  ])('%s is a referral without authority', (question) => {
    expect(ask(question)).toMatchObject({ rcode: 'NOERROR', flags: 'qr', answer: [], ...referral })
  })

  test('DS at the cut is the parent’s (RFC 4035 §3.1.4.1)', () => {
    expect(ask('sub.example.com DS')).toMatchObject({
      flags: 'qr aa',
      answer: [`sub.example.com. 3600 DS 1 8 2 ${digest}`],
      authority: [],
    })
  })

  test('DS of a zone that we serve together with its parent is the parent’s as well', () => {
    expect(ask('child.example.com DS').answer).toEqual([`child.example.com. 3600 DS 2 8 2 ${digest}`])
    expect(ask('www.child.example.com DS')).toMatchObject({ rcode: 'NXDOMAIN', authority: [childSoa] })
  })

  test('DS of a zone whose parent is not ours is answered from the zone: no data', () => {
    expect(ask('example.org DS')).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer: [] })
    expect(ask('example.org DS').authority[0]).toMatch(/^example\.org\. 30 SOA /)
  })

  test('the most specific of our zones answers', () => {
    expect(ask('child.example.com NS')).toMatchObject({
      flags: 'qr aa',
      answer: ['child.example.com. 3600 NS ns1.child.example.com.'],
    })
    expect(ask('ns1.child.example.com A').answer).toEqual(['ns1.child.example.com. 3600 A 192.0.2.53'])
  })
})

test.each(['example.net A', 'com A', '. NS', 'xexample.com A', 'www.example.com.org A'])(
  '%s is outside of our zones: REFUSED',
  (question) => {
    expect(ask(question)).toMatchObject({ rcode: 'REFUSED', flags: 'qr', answer: [], authority: [], additional: [] })
  },
)

test('a server of the root answers for everything', () => {
  const root = makeWorld({ zones: { '.': 'com NS ns.com\nns.com A 192.0.2.1\n*.test TXT wild' } })
  expect(askBoth(root, { name: '.', type: Type.SOA }).answer).toHaveLength(1)
  expect(askBoth(root, { name: 'nothing' })).toMatchObject({
    rcode: 'NXDOMAIN',
    flags: 'qr aa',
    authority: ['. 30 SOA ns1. hostmaster. 1 3600 900 1209600 30'],
  })
  expect(askBoth(root, { name: '.', type: Type.TXT }).authority).toHaveLength(1)
  expect(askBoth(root, { name: 'www.example.com' })).toMatchObject({
    flags: 'qr',
    authority: ['com. 3600 NS ns.com.'],
    additional: ['ns.com. 3600 A 192.0.2.1'],
  })
  expect(askBoth(root, { name: 'a.b.test', type: Type.TXT }).answer).toEqual(['a.b.test. 3600 TXT "wild"'])
})

test.each([
  ['CHAOS', 3],
  ['HESIOD', 4],
  ['NONE', 254],
])('the class %s is not ours: REFUSED', (_, qclass) => {
  expect(askBoth(world, { name: 'mail.example.com', class: qclass }).rcode).toBe('REFUSED')
})

test.each([
  ['transfers', Type.AXFR, 'REFUSED'],
  ['incremental transfers', Type.IXFR, 'REFUSED'],
  ['OPT as a question', Type.OPT, 'FORMERR'],
  ['TSIG as a question', Type.TSIG, 'FORMERR'],
])('%s: %d → %s', (_, type, rcode) => expect(askBoth(world, { name: 'example.com', type }).rcode).toBe(rcode))

test('RD is copied, RA and the rest stay clear', () => {
  expect(askBoth(world, { name: 'mail.example.com', flags: 0x0130 }).flags).toBe('qr aa rd')
})

describe('additional data stands in the zone of the answer, as NSD, Knot and BIND have it', () => {
  const zones = {
    'example.com': `$TTL 60
@       MX   1 mail.example.org.
@       MX   2 mail
@       NS   ns.example.org.
mail    A    192.0.2.25
sub     NS   ns.example.org.
sub     NS   ns.kid
_s._tcp SRV  0 0 1 www.kid
kid     NS   ns.kid
ns.kid  A    192.0.2.9
`,
    'example.org': 'mail A 192.0.2.2\nns A 192.0.2.3',
    'kid.example.com': 'ns A 192.0.2.10\nwww A 192.0.2.11',
  }

  test.each([
    ['minimal', 'example.com NS', ['ns1.example.com. 3600 A 192.0.2.53']],
    ['minimal', 'example.com MX', []],
    ['minimal', 'x.sub.example.com A', ['ns.kid.example.com. 60 A 192.0.2.9']],
    ['full', 'example.com NS', ['ns1.example.com. 3600 A 192.0.2.53']],
    ['full', 'example.com MX', ['mail.example.com. 60 A 192.0.2.25']],
    ['full', '_s._tcp.example.com SRV', []],
    ['full', 'x.sub.example.com A', ['ns.kid.example.com. 60 A 192.0.2.9']],
  ])('%s: %s', (mode, question, expected) => {
    const both = makeWorld({ zones, options: { fullAdditional: mode === 'full' } })
    const [name = '', type = ''] = question.split(' ')
    expect(askBoth(both, { name, type: typeByName(type)!.code }).additional).toEqual(expected)
  })
})

test('aliases in a ring through two zones end where they began', () => {
  const ring = makeWorld({
    zones: { 'example.com': 'x CNAME x.example.org.', 'example.org': 'x CNAME x.example.com.' },
  })
  expect(askBoth(ring, { name: 'x.example.com' })).toMatchObject({
    rcode: 'NOERROR',
    flags: 'qr aa',
    answer: ['x.example.com. 3600 CNAME x.example.org.', 'x.example.org. 3600 CNAME x.example.com.'],
    authority: [],
  })
})
