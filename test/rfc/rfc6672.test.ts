// DNAME: a whole tree under another name (RFC 6672 §2, §3).

import { describe, expect, test } from 'vitest'
import { Type } from '../../src/core/wire/message.ts'
import { typeByName } from '../../src/core/wire/rdata/index.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const long = Array.from({ length: 3 }, (_, i) => String(i).repeat(63)).join('.')

const world = makeWorld({
  zones: {
    'example.com': `$TTL 300
@          SOA   ns1 hostmaster 7 3600 900 1209600 30
@          NS    ns1
ns1        A     192.0.2.53
old   120  DNAME new
old        TXT   "here"
hidden.old TXT   "occluded"
new        A     192.0.2.1
www.new    A     192.0.2.2
a.new      CNAME www.old
twice.new  CNAME www.once
once       DNAME old
off        DNAME example.net.
sub        NS    ns1.sub
ns1.sub    A     192.0.2.54
below.sub  DNAME new
to-sub     DNAME sub
to-other   DNAME there.example.org.
ping       DNAME pong
pong       DNAME ping
grow       DNAME x.grow
deep       DNAME ${long}.deeper
apart      NS    ns.old
alias      CNAME www.old
*.wild     CNAME www.old
`,
    'example.org': 'a.there A 192.0.2.9\n',
    'moved.example':
      '$TTL 3600\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1.example.com.\n@ DNAME example.com.\n@ MX 5 mail.example.com.\n',
  },
})

function ask(text: string, transport: 'udp' | 'tcp' = 'udp') {
  const [name = '', type = ''] = text.split(' ')
  return askBoth(world, { name, type: typeByName(type)?.code ?? Type.ANY }, { transport })
}

const soa = 'example.com. 30 SOA ns1.example.com. hostmaster.example.com. 7 3600 900 1209600 30'
const old = 'old.example.com. 120 DNAME new.example.com.'

describe('what is beneath the owner is redirected', () => {
  test('by a CNAME with the TTL of the DNAME (§3.1), and the chain is followed', () => {
    expect(ask('www.old.example.com A')).toMatchObject({
      rcode: 'NOERROR',
      flags: 'qr aa',
      answer: [old, 'www.old.example.com. 120 CNAME www.new.example.com.', 'www.new.example.com. 300 A 192.0.2.2'],
      authority: [],
    })
  })

  test('a name that is not at the new place does not exist', () => {
    expect(ask('x.y.old.example.com A')).toMatchObject({
      rcode: 'NXDOMAIN',
      answer: [old, 'x.y.old.example.com. 120 CNAME x.y.new.example.com.'],
      authority: [soa],
    })
  })

  test('names beneath a DNAME are not looked at (§2.4)', () => {
    expect(ask('hidden.old.example.com TXT')).toMatchObject({
      rcode: 'NXDOMAIN',
      answer: [old, 'hidden.old.example.com. 120 CNAME hidden.new.example.com.'],
    })
    expect(ask('apart.example.com A')).toMatchObject({
      authority: ['apart.example.com. 300 NS ns.old.example.com.'],
      additional: [],
    })
  })

  test('a question for CNAME gets the one that was made, and no more', () => {
    expect(ask('www.old.example.com CNAME')).toMatchObject({
      rcode: 'NOERROR',
      answer: [old, 'www.old.example.com. 120 CNAME www.new.example.com.'],
    })
  })

  test('the capitals of the question are kept', () => {
    expect(ask('wWw.OLD.example.com CNAME').answer).toEqual([
      'OLD.example.com. 120 DNAME new.example.com.',
      'wWw.OLD.example.com. 120 CNAME wWw.new.example.com.',
    ])
  })
})

describe('the owner itself is not redirected (§2.3)', () => {
  test.each([
    ['old.example.com DNAME', [old]],
    ['old.example.com TXT', ['old.example.com. 300 TXT "here"']],
    ['old.example.com A', []],
    ['moved.example MX', ['moved.example. 3600 MX 5 mail.example.com.']],
  ])('%s', (question, answer) => {
    expect(ask(question)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer })
  })

  test('at an apex it redirects all but the apex', () => {
    expect(ask('www.new.moved.example A').answer).toEqual([
      'moved.example. 3600 DNAME example.com.',
      'www.new.moved.example. 3600 CNAME www.new.example.com.',
      'www.new.example.com. 300 A 192.0.2.2',
    ])
  })
})

describe('chains', () => {
  test.each([
    [
      'from a CNAME to a DNAME',
      'alias.example.com A',
      ['alias.example.com. 300 CNAME www.old.example.com.', old, 'www.old.example.com. 120 CNAME www.new.example.com.'],
    ],
    [
      'from a wildcard to a DNAME',
      'x.wild.example.com A',
      [
        'x.wild.example.com. 300 CNAME www.old.example.com.',
        old,
        'www.old.example.com. 120 CNAME www.new.example.com.',
      ],
    ],
  ])('%s', (_, question, chain) => {
    expect(ask(question).answer).toEqual([...chain, 'www.new.example.com. 300 A 192.0.2.2'])
  })

  test('through the same DNAME twice name it once', () => {
    expect(ask('a.once.example.com A').answer).toEqual([
      'once.example.com. 300 DNAME old.example.com.',
      'a.once.example.com. 300 CNAME a.old.example.com.',
      old,
      'a.old.example.com. 120 CNAME a.new.example.com.',
      'a.new.example.com. 300 CNAME www.old.example.com.',
      'www.old.example.com. 120 CNAME www.new.example.com.',
      'www.new.example.com. 300 A 192.0.2.2',
    ])
  })

  test('into a delegation end in a referral', () => {
    expect(ask('www.to-sub.example.com A')).toMatchObject({
      flags: 'qr aa',
      answer: [
        'to-sub.example.com. 300 DNAME sub.example.com.',
        'www.to-sub.example.com. 300 CNAME www.sub.example.com.',
      ],
      authority: ['sub.example.com. 300 NS ns1.sub.example.com.'],
      additional: ['ns1.sub.example.com. 300 A 192.0.2.54'],
    })
  })

  test('into another of our zones go on there', () => {
    expect(ask('a.to-other.example.com A').answer.at(-1)).toBe('a.there.example.org. 3600 A 192.0.2.9')
    expect(ask('b.to-other.example.com A')).toMatchObject({
      rcode: 'NXDOMAIN',
      authority: ['example.org. 30 SOA ns1.example.org. hostmaster.example.org. 1 3600 900 1209600 30'],
    })
  })

  test('out of our zones are left to the resolver', () => {
    expect(ask('a.off.example.com A')).toMatchObject({
      rcode: 'NOERROR',
      answer: ['off.example.com. 300 DNAME example.net.', 'a.off.example.com. 300 CNAME a.example.net.'],
      authority: [],
    })
  })

  test('in a ring end where they began', () => {
    expect(ask('a.ping.example.com A').answer).toEqual([
      'ping.example.com. 300 DNAME pong.example.com.',
      'a.ping.example.com. 300 CNAME a.pong.example.com.',
      'pong.example.com. 300 DNAME ping.example.com.',
      'a.pong.example.com. 300 CNAME a.ping.example.com.',
    ])
  })

  test('that grow are cut off', () => {
    const { rcode, answer } = ask('a.grow.example.com A', 'tcp')
    expect([rcode, answer.length]).toEqual(['NOERROR', 18])
  })
})

test('a name that becomes too long: YXDOMAIN, with the DNAME (§2.2)', () => {
  const fits = `${'x'.repeat(30)}.deep.example.com A`
  const misses = `${'x'.repeat(60)}.deep.example.com A`
  expect(ask(fits).rcode).toBe('NXDOMAIN')
  expect(ask(misses)).toMatchObject({
    rcode: 'YXDOMAIN',
    flags: 'qr aa',
    answer: [`deep.example.com. 300 DNAME ${long}.deeper.example.com.`],
    authority: [],
  })
})

test('beneath a delegation a DNAME is not ours', () => {
  expect(ask('www.below.sub.example.com A')).toMatchObject({ flags: 'qr', answer: [] })
})
