// Checks of a whole zone: each on a zone that is sound but for one thing.

import { expect, test } from 'vitest'
import type { Problem } from '../../../../src/core/base/problem.ts'
import { parseName } from '../../../../src/core/wire/name.ts'
import { checkZone } from '../../../../src/core/zone/check/check.ts'
import { parseMaster } from '../../../../src/core/zone/master/parse.ts'
import { openRecords } from '../../../../src/core/zone/records.ts'

const apex = parseName('example.com.') as Uint8Array
const sound = '$TTL 1h\n@ SOA ns1 host 1 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\n'

function show({ line, severity, message, hint }: Problem): string {
  return `${line} ${severity} ${message}${hint === undefined ? '' : ` (${hint})`}`
}

/** Lines are counted behind the four of the sound zone. */
function check(text: string, services: readonly string[] = [], base = sound, zone = apex): string[] {
  const records = openRecords()
  expect(parseMaster(base + text, 'f', zone, records, () => ({ problem: '' }))).toEqual([])
  const lead = base.split('\n').length - 1
  const owners = services.map((name, i) => ({
    owner: parseName(name, zone) as Uint8Array,
    place: { file: 'z', line: lead + i + 1, col: 1 },
  }))
  return checkZone(records, zone, { services: owners }).map((problem) =>
    show({ ...problem, line: Math.max(0, problem.line - lead) }),
  )
}

test.each<[string, string, string[]?]>([
  ['an ordinary zone', ''],
  ['names in any case', 'WWW A 192.0.2.1\nm MX 10 www.EXAMPLE.com.'],
  ['servers elsewhere', '@ NS ns.example.org.\n@ MX 10 mail.example.org.'],
  ['no mail and no service', '@ MX 0 .\n_x._tcp SRV 0 0 0 .'],
  [
    'a delegation with glue',
    'sub NS ns.sub\nns.sub A 192.0.2.1\nsub DS 1 8 1 2bb183af5f22588179a53b0a98631fad1a292118',
  ],
  ['glue at the cut itself', 'sub NS sub\nsub A 192.0.2.1'],
  ['glue for a sibling', 'a NS ns.b\nb NS ns.b\nns.b AAAA 2001:db8::1'],
  ['targets by wildcard', '*.w A 192.0.2.1\n@ NS a.w\n@ MX 10 b.c.w\nx CNAME y.w'],
  ['targets at services', '@ MX 10 web\n@ NS web\nx CNAME web', ['web']],
  ['targets at services by wildcard', '@ MX 10 a.web', ['*.web']],
  ['targets in a child zone', 'sub NS ns.example.org.\n@ MX 10 mail.sub\nx CNAME www.sub'],
  ['a CNAME with its signature', 'x CNAME ns1\nx RRSIG CNAME 8 3 60 1 0 1 @ AAAA'],
  ['a service beside other data', '@ TXT x', ['@']],
  ['a chain of CNAMEs', 'a CNAME b\nb CNAME c\nc CNAME ns1\nd CNAME b'],
])('%s is sound', (_what, text, services) => expect(check(text, services)).toEqual([]))

test.each<[string, string, string[], string[]?]>([
  ['a second SOA', '@ SOA ns1 host 2 1h 15m 2w 30', ['1 error expected one SOA record, found 2']],
  ['a SOA elsewhere', 'sub SOA ns1 host 1 1h 15m 2w 30', ['1 error expected a SOA record at the apex only']],
  [
    'a name outside',
    'www.example.org. A 192.0.2.1\nexample. A 192.0.2.1\nwwwexample.com. A 192.0.2.1',
    [
      '1 error expected a name in the zone example.com., found www.example.org.',
      '2 error expected a name in the zone example.com., found example.',
      '3 error expected a name in the zone example.com., found wwwexample.com.',
    ],
  ],
  ['a service outside', '', ['1 error expected a name in the zone example.com., found example.org.'], ['example.org.']],
  ['two services at a name', '', ['2 error expected one service at WWW.example.com., found a second'], ['www', 'WWW']],
  [
    'a CNAME beside other data',
    'x CNAME ns1\nx A 192.0.2.1\nX TXT y',
    ['1 error expected nothing beside the CNAME of x.example.com., found A, TXT'],
  ],
  [
    'a CNAME at the apex',
    '@ CNAME ns1.example.org.',
    ['1 error expected nothing beside the CNAME of example.com., found SOA, NS'],
  ],
  [
    'a CNAME beside a service',
    'x CNAME ns1',
    ['1 error expected nothing beside the CNAME of x.example.com., found a service'],
    ['x'],
  ],
  [
    'several CNAMEs',
    'x CNAME ns1\nx CNAME ns2.example.org.',
    ['2 error expected one CNAME at x.example.com., found 2'],
  ],
  ['a CNAME twice', 'x CNAME ns1\nx CNAME NS1', ['2 warning CNAME of x.example.com.: the same record twice']],
  [
    'a server without address',
    '@ NS ns2',
    ['1 error expected an address for the name server ns2.example.com., found none in this zone'],
  ],
  [
    'a forgotten dot',
    '@ NS ns1.example.com',
    [
      '1 error expected an address for the name server ns1.example.com.example.com., found none in this zone (a name without a final dot is relative to the zone: is the dot missing?)',
    ],
  ],
  [
    'a forgotten dot of an owner',
    'a.example.com A 192.0.2.1\n TXT x',
    [
      "1 warning a.example.com.example.com. has the zone's name twice (a name without a final dot is relative to the zone: is the dot missing?)",
    ],
  ],
  [
    'missing glue',
    'sub NS ns.sub',
    ['1 error expected the address of ns.sub.example.com. as glue, found none: nobody could reach the child zone'],
  ],
  [
    'a service in place of glue',
    'sub NS ns.sub',
    [
      '1 error expected the address of ns.sub.example.com. as glue, found none: nobody could reach the child zone',
      '1 warning a service beneath the delegation of sub.example.com. never answers',
    ],
    ['ns.sub'],
  ],
  [
    'a server in a child zone',
    '@ NS ns.sub\nsub NS ns.example.org.',
    ['1 warning the name server ns.sub.example.com. is in a delegated zone and has no address here'],
  ],
  ['NS at a CNAME', 'x CNAME ns1\n@ NS x', ['2 error NS points to x.example.com., which is a CNAME (RFC 2181 §10.3)']],
  [
    'the NS of a delegation at a CNAME',
    'x CNAME ns1\nsub NS x',
    ['2 warning NS points to x.example.com., which is a CNAME (RFC 2181 §10.3)'],
  ],
  [
    'MX and SRV at a CNAME',
    'x CNAME ns1\n@ MX 1 x\n@ SRV 0 0 1 x',
    [
      '2 warning MX points to x.example.com., which is a CNAME (RFC 2181 §10.3)',
      '3 warning SRV points to x.example.com., which is a CNAME (RFC 2181 §10.3)',
    ],
  ],
  [
    'MX and SRV at no address',
    '@ MX 1 x\ny TXT y\n@ SRV 0 0 1 y',
    [
      '1 warning MX points to x.example.com., which has no address in this zone',
      '3 warning SRV points to y.example.com., which has no address in this zone',
    ],
  ],
  ['a CNAME to nothing', 'x CNAME y', ['1 warning CNAME points to y.example.com., which has no records in this zone']],
  ['a CNAME to itself', 'x CNAME x', ['1 warning the CNAME of x.example.com. leads back to itself']],
  [
    'CNAMEs in a circle',
    'c CNAME a\na CNAME b\nb CNAME a',
    ['2 warning the CNAME of a.example.com. leads back to itself'],
  ],
  [
    'differing TTLs',
    'x 60 A 192.0.2.1\nx 60 A 192.0.2.2\nx 30 A 192.0.2.3\nx 90 A 192.0.2.4',
    ['3 warning A of x.example.com.: TTL 30 beside 60; all get the lowest, 30'],
  ],
  [
    'the same record twice',
    'x A 192.0.2.1\nx A 192.0.2.2\nx A 192.0.2.1\nx A 192.0.2.1',
    ['3 warning A of x.example.com.: the same record twice', '4 warning A of x.example.com.: the same record twice'],
  ],
  [
    'data at a delegation',
    'sub NS ns.example.org.\nsub A 192.0.2.1\nsub TXT x',
    [
      '2 warning A at the delegation of sub.example.com. is not served: it belongs to the child zone',
      '3 warning TXT at the delegation of sub.example.com. is not served: it belongs to the child zone',
    ],
  ],
  [
    'data beneath a delegation',
    'sub NS ns.example.org.\nx.sub A 192.0.2.1\ny.x.sub NS a.sub\na.sub TXT x',
    [
      '2 warning A beneath the delegation of sub.example.com. is not served: it belongs to the child zone',
      '3 warning NS beneath the delegation of sub.example.com. is not served: it belongs to the child zone',
      '4 warning TXT beneath the delegation of sub.example.com. is not served: it belongs to the child zone',
    ],
  ],
  [
    'a service beneath a delegation',
    'sub NS ns.example.org.',
    ['1 warning a service beneath the delegation of sub.example.com. never answers'],
    ['x.sub'],
  ],
  [
    'NS of a wildcard',
    '*.x NS ns.example.org.',
    ['1 warning NS records of a wildcard delegate nothing reliably (RFC 4592 §4.2)'],
  ],
  [
    'addresses beside a service',
    'x A 192.0.2.1',
    ['1 warning A beside a service whose pools hold such targets is never used'],
    ['x'],
  ],
])('%s is told', (_what, text, problems, services) => expect(check(text, services)).toEqual(problems))

test.each<[string, string, string[], string[]?]>([
  ['a DNAME', 'old DNAME new', []],
  [
    'a DNAME at the apex',
    '@ DNAME example.net.',
    [
      '0 error NS points to ns1.example.com., which the DNAME of example.com. redirects',
      '0 error expected nothing beneath the DNAME of example.com., found A: the name is redirected',
    ],
  ],
  ['two DNAMEs', 'old DNAME a\nold DNAME b', ['2 error expected one DNAME at old.example.com., found 2']],
  [
    'a DNAME beside a CNAME',
    'old DNAME ns1\nold CNAME ns1',
    ['2 error expected nothing beside the CNAME of old.example.com., found DNAME'],
  ],
  [
    'a DNAME beside a delegation',
    'old NS ns1\nold DNAME a',
    [
      '2 error expected no DNAME beside the delegation of old.example.com.: what is beneath belongs to the child zone',
      '2 warning DNAME at the delegation of old.example.com. is not served: it belongs to the child zone',
    ],
  ],
  [
    'names beneath a DNAME',
    'old DNAME new\na.b.old TXT x\nweb.old TXT y',
    [
      '2 error expected nothing beneath the DNAME of old.example.com., found TXT: the name is redirected',
      '3 error expected nothing beneath the DNAME of old.example.com., found TXT: the name is redirected',
    ],
  ],
  [
    'a service beneath a DNAME',
    'old DNAME new',
    ['1 error expected no service beneath the DNAME of old.example.com.: it never answers'],
    ['x.old'],
  ],
  ['a DNAME of a wildcard', '*.old DNAME new', ['1 warning a DNAME of a wildcard redirects nothing (RFC 4592 §4.4)']],
  [
    'records that point beneath a DNAME',
    'old DNAME new\n@ MX 1 a.old\nx NS b.old\nc CNAME d.old',
    [
      '2 warning MX points to a.old.example.com., which the DNAME of old.example.com. redirects',
      '3 warning NS points to b.old.example.com., which the DNAME of old.example.com. redirects',
    ],
  ],
  ['SVCB and HTTPS to the owner', 'x A 192.0.2.1\nx HTTPS 1 . alpn=h2\n@ SVCB 0 .', []],
  ['HTTPS to an alias', 'y CNAME ns1\nx HTTPS 1 y', []],
  [
    'HTTPS to nowhere',
    'x HTTPS 1 y\nz SVCB 0 y\nw SVCB 0 z',
    [
      '1 warning HTTPS points to y.example.com., which has no address in this zone',
      '2 warning SVCB points to y.example.com., which has no SVCB or A or AAAA in this zone',
    ],
  ],
  [
    'NAPTR to nowhere',
    'x NAPTR 1 1 S "" "" y\nx NAPTR 1 2 "" "" "" y\nx NAPTR 1 3 A "" "" y\nx NAPTR 1 4 U "" "!^.*$!sip:a!" .\ny TXT x',
    [
      '1 warning NAPTR points to y.example.com., which has no SRV in this zone',
      '2 warning NAPTR points to y.example.com., which has no NAPTR in this zone',
      '3 warning NAPTR points to y.example.com., which has no address in this zone',
    ],
  ],
  [
    'KX to an alias',
    'y CNAME ns1\nx KX 1 y',
    ['2 warning KX points to y.example.com., which is a CNAME (RFC 2181 §10.3)'],
  ],
])('%s: %s', (_what, text, problems, services) => expect(check(text, services)).toEqual(problems))

const noHost = 'is no host name: some programs will refuse it (RFC 1123 §2.1) (hosts have letters, digits and hyphens)'
const aName = '(it has to be a name, whose addresses are asked for)'

test.each<[string, string, string[]]>([
  [
    'owners that no host has',
    'a_b A 192.0.2.1\n-x AAAA 2001:db8::1\nx- A 192.0.2.1\n@.y A 192.0.2.1',
    [
      `1 warning the owner of A, a_b.example.com., ${noHost}`,
      `2 warning the owner of AAAA, -x.example.com., ${noHost}`,
      `3 warning the owner of A, x-.example.com., ${noHost}`,
      `4 warning the owner of A, \\@.y.example.com., ${noHost}`,
    ],
  ],
  [
    'owners of what is no host',
    '_dmarc TXT x\n_a._tcp SRV 0 0 1 ns1\n*.w A 192.0.2.1\ngc._msdcs A 192.0.2.1\n9.x A 192.0.2.1',
    [],
  ],
  [
    'targets that no host has',
    '@ MX 1 a_b.example.net.\n_x._tcp SRV 0 0 1 c/d.example.net.',
    [
      `1 warning a_b.example.net., the target of MX, ${noHost}`,
      `2 warning c/d.example.net., the target of SRV, ${noHost}`,
    ],
  ],
  [
    'addresses for names',
    '@ NS 192.0.2.9.\n@ MX 1 192.0.2.9.\n@ MX 2 1.2.3.256.',
    [
      `1 warning NS points to 192.0.2.9., which looks like an address ${aName}`,
      `2 warning MX points to 192.0.2.9., which looks like an address ${aName}`,
    ],
  ],
  [
    'an asterisk within',
    'a.*.w TXT x\nx*.w TXT x',
    [
      '1 warning a.*.w.example.com. has an asterisk that is not its first label: it stands for itself alone (RFC 4592 §2.1.1)',
    ],
  ],
  [
    'DS where nothing is delegated',
    `a DS 1 8 1 ${'ab'.repeat(20)}\n@ DS 1 8 1 ${'ab'.repeat(20)}`,
    [
      '1 warning DS of a.example.com., which is not delegated: nobody will ask for it',
      '2 error expected no DS at the apex: it belongs to the zone above',
    ],
  ],
  [
    'SPF without TXT',
    'a SPF "v=spf1 -all"\na TXT other\nb SPF "v=spf1 -all"\nb TXT "V=spf1 -all"',
    ['1 warning SPF is read from TXT alone (RFC 7208 §3.1), and there is none with it here'],
  ],
  [
    'no mail beside mail',
    '@ MX 0 .\n@ MX 5 ns1',
    ['1 warning MX with "." says that there is no mail, beside one that there is (RFC 7505 §3)'],
  ],
])('%s', (_what, text, problems) => expect(check(text)).toEqual(problems))

test('a mailbox with an @ is told, with the name that was meant', () => {
  const base = sound.replace(' host ', ' host.master@example.com. ')
  expect(check('', [], base)).toEqual([
    '0 warning expected the mailbox of the SOA as a name, found host.master\\@example.com. (write host.master.example.com.)',
  ])
})

test('a zone without SOA and NS is told so at its file', () => {
  expect(check('', [], '$TTL 1\nx A 192.0.2.1\n')).toEqual([
    '0 error expected a SOA record at example.com., found none',
    '0 error expected NS records at example.com., found none',
  ])
  expect(checkZone(openRecords(), apex).map(({ file }) => file)).toEqual(['example.com.', 'example.com.'])
  const place = { file: 'z.yaml', line: 3, col: 7 }
  expect(checkZone(openRecords(), apex, { place })[0]).toMatchObject(place)
})

test('a zone of a top-level domain may have names like its own', () => {
  const com = parseName('com.') as Uint8Array
  expect(check('com NS ns.example.org.\n', [], '$TTL 1\n@ SOA . . 1 1 1 1 1\n@ NS ns.example.org.\n', com)).toEqual([])
})

test('the root can be checked', () => {
  const root = Uint8Array.of(0)
  expect(
    check('com NS a.com\na.com A 192.0.2.1\n', [], '$TTL 1\n@ SOA a . 1 1 1 1 1\n@ NS a\na A 192.0.2.1\n', root),
  ).toEqual([])
})

test('the time of a check grows with the records and not with their square', () => {
  const text = Array.from(
    { length: 50_000 },
    (_, i) => `big A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\nc${i} CNAME c${i + 1}\n`,
  ).join('')
  const started = performance.now()
  expect(check(`${text}c50000 A 192.0.2.1\n`)).toEqual([])
  expect(performance.now() - started).toBeLessThan(15_000)
})
