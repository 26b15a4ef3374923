// The zone image: the facts that are computed once, so that no query has to.

import { describe, expect, test } from 'vitest'
import { lowerName, printName } from '../../../src/core/wire/name.ts'
import { typeByCode } from '../../../src/core/wire/rdata/index.ts'
import { findName, findRrset, Landed, serviceAt } from '../../../src/core/zone/find.ts'
import { apexOf, At, bindZone, nextNode, NodeField, RrsetField, type Zone } from '../../../src/core/zone/image.ts'
import { nameOf } from '../../support/snapshot.ts'
import { scanOf, zoneOf } from './zone-text.ts'

const zone = zoneOf(
  'Example.COM',
  `
www         A     192.0.2.1
www         A     192.0.2.2
www    30   A     192.0.2.3
www         A     192.0.2.1
www         TXT   "one" "two"
a.b.c       A     192.0.2.4
*.wild      A     192.0.2.5
CUT         NS    ns.cut
CUT         NS    ns1
CUT         NS    ns.elsewhere.net.
CUT         NS    ns.other
CUT         NS    nowhere
ns.cut      A     192.0.2.6
ns.cut      AAAA  2001:db8::6
inner.cut   NS    ns.cut
x.inner.cut A     192.0.2.7
other       NS    ns.other
ns.other    A     192.0.2.8
ns1         A     192.0.2.9
empty       TYPE65280 \\# 0
`,
  [
    { owner: nameOf('Steered.example.com'), service: 3 },
    { owner: nameOf('www.example.com'), service: 0 },
  ],
)

function node(text: string): number {
  // Below a cut findName stops at the cut, so the nodes are gone through.
  for (let at = zone.words[At.nodes]!; at !== 0; at = nextNode(zone, at)) {
    if (printName(zone.bytes, zone.words[at + NodeField.name]) === text) return at
  }
  throw new Error(`no node ${text}`)
}

function records(zoneOfNode: Zone, at: number, type: number): string[] {
  const rrset = findRrset(zoneOfNode, at, type)
  if (rrset === 0) return []
  const { words, bytes } = zoneOfNode
  const list: string[] = []
  for (let i = 0, data = words[rrset + RrsetField.data]!; i < words[rrset + RrsetField.count]!; i++) {
    const length = (bytes[data]! << 8) | bytes[data + 1]!
    list.push(`${words[rrset + RrsetField.ttl]} ${typeByCode(type).print(bytes.slice(data + 2, data + 2 + length))}`)
    data += 2 + length
  }
  return list
}

test('the apex is the first node, in small letters', () => {
  expect(apexOf(zone)).toEqual(lowerName(nameOf('example.com.')))
  expect(node('example.com.')).toBe(zone.words[At.nodes])
  expect(zone.words[At.apexLabels]).toBe(2)
})

test('facts of the SOA are at hand', () => {
  expect([zone.words[At.negativeTtl], zone.words[At.serial]]).toEqual([30, 7])
})

test('a set has one TTL, the lowest, and no record twice (RFC 2181 §5)', () => {
  expect(records(zone, node('www.example.com.'), 1)).toEqual(['30 192.0.2.1', '30 192.0.2.2', '30 192.0.2.3'])
  expect(records(zone, node('www.example.com.'), 16)).toEqual(['60 "one" "two"'])
  expect(records(zone, node('www.example.com.'), 28)).toEqual([])
  expect(records(zone, node('empty.example.com.'), 65_280)).toEqual(['60 \\# 0'])
})

test('records whose names differ in case alone are one, and the first of them stays (RFC 4343 §3)', () => {
  const many = Array.from({ length: 20 }, (_, i) => `@ MX ${i} mail\n@ MX ${i} MAIL\n`).join('')
  const apexSets = zoneOf(
    'example.com',
    `@ DNAME New.example.net.\n@ DNAME new.example.net.\n@ TXT "A"\n@ TXT "a"\n${many}`,
  )
  const of = (type: number): string[] => records(apexSets, apexSets.words[At.nodes]!, type)
  expect(of(39)).toEqual(['60 New.example.net.'])
  expect(of(16)).toHaveLength(2)
  expect(of(15)).toEqual(Array.from({ length: 20 }, (_, i) => `60 ${i} mail.example.com.`))
})

test('ancestors exist as soon as a name does (RFC 4592 §2.2.2)', () => {
  for (const name of ['b.c.example.com.', 'c.example.com.', 'wild.example.com.', 'inner.cut.example.com.'])
    expect(zone.words[node(name) + NodeField.rrsetCount]).toBe(name.startsWith('inner') ? 1 : 0)
})

test('a closest encloser knows its wildcard', () => {
  const wildcard = zone.words[node('wild.example.com.') + NodeField.wildcard]!
  expect(wildcard).toBe(node('*.wild.example.com.'))
  expect(zone.words[node('www.example.com.') + NodeField.wildcard]).toBe(0)
})

test('services stand at their owners, whatever their case', () => {
  expect(serviceAt(zone, node('steered.example.com.'))).toBe(3)
  expect(serviceAt(zone, node('www.example.com.'))).toBe(0)
  expect(serviceAt(zone, node('a.b.c.example.com.'))).toBe(-1)
})

describe('cuts', () => {
  const cutOf = (name: string): string => {
    const cut = zone.words[node(name) + NodeField.cut]!
    return cut === 0 ? 'none' : printName(zone.bytes, zone.words[cut + NodeField.name])
  }

  test.each([
    ['example.com.', 'none'],
    ['www.example.com.', 'none'],
    ['cut.example.com.', 'cut.example.com.'],
    ['ns.cut.example.com.', 'cut.example.com.'],
    ['inner.cut.example.com.', 'cut.example.com.'],
    ['x.inner.cut.example.com.', 'cut.example.com.'],
    ['ns.other.example.com.', 'other.example.com.'],
  ])('%s lies at or beneath %s', (name, cut) => expect(cutOf(name)).toBe(cut))

  test('know the addresses of their servers: first those beneath, that must be sent', () => {
    const rrset = findRrset(zone, node('cut.example.com.'), 2)
    const at = zone.words[rrset + RrsetField.glue]!
    const names = Array.from({ length: zone.words[at + 1]! }, (_, i) =>
      printName(zone.bytes, zone.words[zone.words[at + 2 + 2 * i]! + NodeField.name]),
    )
    expect([zone.words[at], names]).toEqual([1, ['ns.cut.example.com.', 'ns1.example.com.', 'ns.other.example.com.']])
  })

  test('have no glue beneath another one', () => {
    expect(zone.words[findRrset(zone, node('inner.cut.example.com.'), 2) + RrsetField.glue]).toBe(0)
  })

  test('alone cannot be followed without it: at the apex there is none that must be sent', () => {
    const at = zone.words[findRrset(zone, node('example.com.'), 2) + RrsetField.glue]!
    expect([zone.words[at], zone.words[at + 1]]).toEqual([0, 1])
  })
})

test('bytes that are no image are refused', () => {
  expect(() => bindZone(new SharedArrayBuffer(64))).toThrow('not a zone image')
})

test('thousands of names are all found again', () => {
  const names = Array.from({ length: 5000 }, (_, i) => `h${i}.d${i % 70}`)
  const large = zoneOf('example.org', names.map((name, i) => `${name} A 10.0.${i >> 8}.${i & 255}`).join('\n'))
  const landing = { kind: Landed.nowhere as Landed, node: 0, isCutItself: false }
  for (const [i, name] of names.entries()) {
    findName(large, scanOf(`${name}.example.org.`), landing)
    expect(landing.kind).toBe(Landed.exact)
    expect(records(large, landing.node, 1)).toEqual([`60 10.0.${i >> 8}.${i & 255}`])
  }
  expect(large.words[At.nodeCount]).toBe(5000 + 70 + 1)
})

describe('a CNAME knows the node that it leads to', () => {
  const aliases = zoneOf(
    'example.com',
    `
up     CNAME @
near   CNAME Host
next   CNAME near
host   A     192.0.2.1
blank  CNAME b
a.b    A     192.0.2.2
none   CNAME nothing
wild   CNAME x.w
*.w    A     192.0.2.3
cut    CNAME ns.sub
at     CNAME sub
sub    NS    ns.sub
ns.sub A     192.0.2.4
under  CNAME x.moved
old    CNAME moved
moved  DNAME host
x.moved A    192.0.2.5
far    CNAME host.example.net.
`,
  )
  const leadsTo = (owner: string): string => {
    const landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
    findName(aliases, scanOf(`${owner}.example.com`), landing)
    const to = aliases.words[findRrset(aliases, landing.node, 5) + RrsetField.leadsTo]!
    return to === 0 ? 'looked up' : printName(aliases.bytes, aliases.words[to + NodeField.name])
  }

  test.each([
    ['up', 'example.com.'],
    ['near', 'host.example.com.'],
    ['next', 'near.example.com.'],
    ['blank', 'b.example.com.'],
    ['old', 'moved.example.com.'],
    ['none', 'looked up'],
    ['wild', 'looked up'],
    ['cut', 'looked up'],
    ['at', 'looked up'],
    ['under', 'looked up'],
    ['far', 'looked up'],
  ])('%s → %s', (owner, target) => expect(leadsTo(owner)).toBe(target))
})
