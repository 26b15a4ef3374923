// Where ALIAS records lead, over all zones of a server: found out before anything is served.

import { expect, test } from 'vitest'
import { findAliasTargets } from '../../../src/core/answer/alias-targets.ts'
import { ALIAS } from '../../../src/core/wire/rdata/alias.ts'
import { compileCatalog } from '../../../src/core/zone/catalog.ts'
import { bindZone, compileZone } from '../../../src/core/zone/image.ts'
import { parseMaster } from '../../../src/core/zone/master/parse.ts'
import { openRecords, ownerOf, placeOf, typeOf } from '../../../src/core/zone/records.ts'
import { nameOf } from '../../support/snapshot.ts'

/** `a.example=…` stands for a whole zone; `service` owners hold CNAME targets. */
function findIn(texts: Readonly<Record<string, string>>, serviceAt?: string, names: readonly string[] = []) {
  const zones = Object.entries(texts).map(([apexText, text], index) => {
    const apex = nameOf(apexText)
    const records = openRecords()
    const head = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n'
    expect(parseMaster(head + text, apexText, apex, records, () => ({ problem: '' }))).toEqual([])
    const all = Array.from({ length: records.count }, (_, i) => i).filter((i) => typeOf(records, i) === ALIAS.code)
    const hasService = index === 0 && serviceAt !== undefined
    return {
      zone: bindZone(compileZone(records, apex, hasService ? [{ owner: nameOf(serviceAt, apex), service: 0 }] : [])),
      aliases: all.map((i) => ({ owner: ownerOf(records, i).slice(), place: placeOf(records, i) })),
      serviceNames: hasService ? [names.map((name) => nameOf(name, apex))] : [],
    }
  })
  const { targets, findings } = findAliasTargets(zones, compileCatalog(zones.map(({ zone }) => zone)))
  return {
    targets: targets.map(({ text, owners }) => `${text} for ${owners.join(' ')}`),
    findings: findings.map(({ place, severity, message }) => `${place.file}:${place.line - 2} ${severity} ${message}`),
  }
}

test.each<[string, Record<string, string>, string[]]>([
  ['a name elsewhere', { 'a.example': '@ ALIAS x.net.' }, ['x.net. for a.example.']],
  [
    'one name for many, once',
    { 'a.example': '@ ALIAS x.net.\nb ALIAS X.NET.', 'b.example': '@ ALIAS x.net.' },
    ['x.net. for a.example. b.a.example. b.example.'],
  ],
  ['a name of another zone', { 'a.example': '@ ALIAS b.example.', 'b.example': '@ A 192.0.2.1' }, []],
  [
    'through CNAME, DNAME and ALIAS',
    {
      'a.example': '@ ALIAS c\nc CNAME x.old.b.example.',
      'b.example': 'old DNAME new\nx.new ALIAS d\nd CNAME x.net.',
    },
    ['x.net. for a.example. x.new.b.example.'],
  ],
  ['by a wildcard', { 'a.example': '@ ALIAS a.b.w\n*.w CNAME x.net.' }, ['x.net. for a.example.']],
  ['a delegated name', { 'a.example': '@ ALIAS www.sub\nsub NS ns.net.' }, ['www.sub.a.example. for a.example.']],
  ['a child zone that is ours', { 'a.example': '@ ALIAS sub\nsub NS ns.net.', 'sub.a.example': '@ A 192.0.2.1' }, []],
  ['an ALIAS that is not served', { 'a.example': 'sub NS ns.net.\nwww.sub ALIAS x.net.' }, []],
])('%s', (_what, zones, targets) => expect(findIn(zones)).toEqual({ targets, findings: [] }))

test('the names of a service’s CNAME targets are resolved as well', () => {
  const found = findIn({ 'a.example': '@ ALIAS web\nown A 192.0.2.1' }, 'web', ['x.net.', 'own', 'y.net.'])
  expect(found).toEqual({ targets: ['x.net. for a.example.', 'y.net. for a.example.'], findings: [] })
  expect(findIn({ 'a.example': '@ ALIAS web' }, 'web')).toEqual({ targets: [], findings: [] })
})

test('a name that is near by one way and too far by another is too far, whichever is looked at first', () => {
  const chain = Array.from(
    { length: 10 },
    (_, i) => `c${i} CNAME c${i + 1}\nx${i} CNAME ${i === 9 ? 'c0' : `x${i + 1}`}\n`,
  )
  const zones = { 'a.example': `@ ALIAS web\nc10 A 192.0.2.1\n${chain.join('')}` }
  const tooFar = [
    expect.stringMatching(/^a.example:1 error expected at most 16 names on the way to addresses, found more/),
  ]
  expect(findIn(zones, 'web', ['c0', 'x0']).findings).toEqual(tooFar)
  expect(findIn(zones, 'web', ['x0', 'c0']).findings).toEqual(tooFar)
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'itself',
    { 'a.example': '@ ALIAS @' },
    ['a.example:1 error expected an ALIAS that leads to addresses, found a circle: a.example. → a.example.'],
  ],
  [
    'a circle through two zones',
    { 'a.example': '@ ALIAS b.example.', 'b.example': '@ ALIAS c\nc CNAME A.example.' },
    [
      'a.example:1 error expected an ALIAS that leads to addresses, found a circle: a.example. → b.example. → c.b.example. → a.example.',
      'b.example:1 error expected an ALIAS that leads to addresses, found a circle: b.example. → c.b.example. → a.example. → b.example.',
    ],
  ],
  [
    'a circle of CNAMEs behind it',
    { 'a.example': '@ ALIAS b\nb CNAME c\nc CNAME b' },
    [
      'a.example:1 error expected an ALIAS that leads to addresses, found a circle: a.example. → b.a.example. → c.a.example. → b.a.example.',
    ],
  ],
  [
    'a name that is not there',
    { 'a.example': '@ ALIAS b' },
    ['a.example:1 warning ALIAS leads to b.a.example., which has no address in our zones'],
  ],
  [
    'a name without addresses',
    { 'a.example': '@ ALIAS b\nb MX 10 c.net.' },
    ['a.example:1 warning ALIAS leads to b.a.example., which has no address in our zones'],
  ],
])('%s is found at the place of the record', (_what, zones, findings) =>
  expect(findIn(zones)).toEqual({ targets: [], findings }),
)

test('a way that is too long is refused', () => {
  const chain = Array.from({ length: 20 }, (_, i) => `n${i} CNAME n${i + 1}`).join('\n')
  const { findings } = findIn({ 'a.example': `@ ALIAS n0\n${chain}\nn20 A 192.0.2.1` })
  expect(findings).toEqual([expect.stringContaining('expected at most 16 names on the way to addresses, found more')])
})
