// Wildcards: the worked example of RFC 4592 §2.2.1, question by question, and the corners that §2 to §4 add.

import { describe, expect, test } from 'vitest'
import { typeByName } from '../../src/core/wire/rdata/index.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    example: `
@                3600 SOA   ns.example.com. hostmaster.example.com. 1 3600 900 1209600 300
@                3600 NS    ns.example.com.
@                3600 NS    ns.example.net.
*                3600 TXT   "this is a wildcard"
*                3600 MX    10 host1.example.
sub.*            3600 TXT   "this is not a wildcard"
host1            3600 A     192.0.2.1
_ssh._tcp.host1  3600 SRV   0 0 22 host1
_ssh._tcp.host2  3600 SRV   0 0 22 host2
subdel           3600 NS    ns.example.com.
subdel           3600 NS    ns.example.net.
`,
    'more.test': `
*.alias          CNAME host
host             A     192.0.2.2
a.*.ent          A     192.0.2.3
*.*.twice        A     192.0.2.4
*.glued          A     192.0.2.5
cut.glued        NS    ns.example.net.
x.*.glued        A     192.0.2.6
`,
  },
  pools: { p: { targets: ['192.0.2.7'] } },
  services: { s: { failover: ['p'] } },
  owners: { '*.steered': 's', 'one.steered': 's' },
})

function ask(text: string) {
  const [name = '', type = ''] = text.split(' ')
  return askBoth(world, { name, type: typeByName(type)!.code })
}

const noData = { rcode: 'NOERROR', flags: 'qr aa', answer: [] }
const noName = { rcode: 'NXDOMAIN', flags: 'qr aa', answer: [] }
const soa = ['example. 300 SOA ns.example.com. hostmaster.example.com. 1 3600 900 1209600 300']

test.each([
  ['host3.example. MX', ['host3.example. 3600 MX 10 host1.example.']],
  ['foo.bar.example. TXT', ['foo.bar.example. 3600 TXT "this is a wildcard"']],
  ['*.example. MX', ['*.example. 3600 MX 10 host1.example.']],
  ['sub.*.example. TXT', ['sub.*.example. 3600 TXT "this is not a wildcard"']],
])('%s is synthesised, or asked for by its own name', (question, answer) => {
  expect(ask(question)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer, authority: [] })
})

test.each([
  ['host3.example. A', noData, 'the wildcard has no A'],
  ['host1.example. MX', noData, 'host1.example. exists'],
  ['sub.*.example. MX', noData, 'sub.*.example. exists'],
  ['_telnet._tcp.host1.example. SRV', noName, '_tcp.host1.example. exists, without data'],
  ['_tcp.host1.example. MX', noData, 'an empty non-terminal exists'],
  ['host2.example. MX', noData, 'so does one that holds only others'],
  ['ghost.*.example. MX', noName, '*.example. exists'],
])('%s is not synthesised: %o, because %s', (question, expected) => {
  expect(ask(question)).toMatchObject({ ...expected, authority: soa })
})

test('host.subdel.example. A is not synthesised, because subdel.example. exists and is a cut', () => {
  expect(ask('host.subdel.example. A')).toMatchObject({
    rcode: 'NOERROR',
    flags: 'qr',
    answer: [],
    authority: ['subdel.example. 3600 NS ns.example.com.', 'subdel.example. 3600 NS ns.example.net.'],
  })
})

test.each([
  [
    'an alias at a wildcard is followed',
    'x.y.alias.more.test A',
    ['x.y.alias.more.test. 3600 CNAME host.more.test.', 'host.more.test. 3600 A 192.0.2.2'],
  ],
  ['a wildcard that only holds others matches, without data', 'x.ent.more.test A', []],
  [
    'beneath a wildcard the asterisk is an ordinary label',
    'a.*.ent.more.test A',
    ['a.*.ent.more.test. 3600 A 192.0.2.3'],
  ],
  [
    'of two asterisks only the leftmost stands for anything',
    'x.*.twice.more.test A',
    ['x.*.twice.more.test. 3600 A 192.0.2.4'],
  ],
  ['the inner asterisk does not match a name', 'x.y.twice.more.test A', []],
  ['beside a cut the wildcard still matches', 'beside.glued.more.test A', ['beside.glued.more.test. 3600 A 192.0.2.5']],
])('%s: %s', (_, question, answer) => {
  expect(ask(question)).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', answer })
})

test.each([
  ['any.steered.example. A', ['any.steered.example. 30 A 192.0.2.7']],
  ['two.deep.steered.example. A', ['two.deep.steered.example. 30 A 192.0.2.7']],
  ['one.steered.example. A', ['one.steered.example. 30 A 192.0.2.7']],
])('%s: a service answers at a wildcard like records', (question, answer) => {
  expect(ask(question)).toMatchObject({ rcode: 'NOERROR', answer })
})

test('a service at a wildcard makes its closest encloser exist', () => {
  expect(ask('steered.example. A')).toMatchObject({ ...noData, authority: soa })
  expect(ask('beneath.one.steered.example. A')).toMatchObject({ ...noName, authority: soa })
})

describe('with delegations and redirections', () => {
  const cut = makeWorld({
    zones: {
      'example.com': `$TTL 60
sub         NS    ns.sub
ns.sub      A     192.0.2.1
*.sub       A     192.0.2.2
*.sub       TXT   "beneath the cut"
*.cuts      NS    ns.example.net.
*.cuts      TXT   "beside it"
*.moved     DNAME target
*.moved     TXT   "beside it"
x.target    A     192.0.2.3
*.secure    DS    1 8 1 ${'ab'.repeat(20)}
*.a         CNAME target
`,
    },
  })
  const asked = (name: string, type: string) =>
    askBoth(cut, { name: `${name}.example.com`, type: typeByName(type)!.code })

  test.each(['x.sub', '*.sub', 'a.b.sub'])('beneath a delegation no wildcard answers: %s (§3.3.1)', (name) => {
    for (const type of ['A', 'TXT', 'MX'])
      expect(asked(name, type)).toMatchObject({
        rcode: 'NOERROR',
        flags: 'qr',
        answer: [],
        authority: ['sub.example.com. 60 NS ns.sub.example.com.'],
        additional: ['ns.sub.example.com. 60 A 192.0.2.1'],
      })
  })

  test('a DNAME of a wildcard redirects nothing (§4.4)', () => {
    expect(asked('y.moved', 'TXT').answer).toEqual(['y.moved.example.com. 60 TXT "beside it"'])
    expect(asked('x.y.moved', 'A')).toMatchObject({ ...noData, answer: [] })
    expect(asked('*.moved', 'DNAME').answer).toEqual(['*.moved.example.com. 60 DNAME target.example.com.'])
  })

  test('a DS of a wildcard is data like other (§4.6)', () => {
    expect(asked('x.secure', 'DS').answer).toEqual([`x.secure.example.com. 60 DS 1 8 1 ${'ab'.repeat(20)}`])
  })

  test('a wildcard alias asked for by its own name is an alias (§2.3)', () => {
    expect(asked('*.a', 'CNAME').answer).toEqual(['*.a.example.com. 60 CNAME target.example.com.'])
    expect(asked('*.a', 'A').answer).toEqual(['*.a.example.com. 60 CNAME target.example.com.'])
  })

  test('a delegation of a wildcard is one at its own name (§4.2)', () => {
    expect(asked('*.cuts', 'TXT')).toMatchObject({
      flags: 'qr',
      authority: ['*.cuts.example.com. 60 NS ns.example.net.'],
    })
  })
})
