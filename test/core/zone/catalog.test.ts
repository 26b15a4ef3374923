// Which of our zones a name is in.

import { expect, test } from 'vitest'
import { compileCatalog, findZone, hasZonesBeneath } from '../../../src/core/zone/catalog.ts'
import { scanOf, zoneOf } from './zone-text.ts'

function open(...apexes: string[]): (name: string, from?: number) => string {
  const zones = apexes.map((apex) => zoneOf(apex, ''))
  const catalog = new Uint32Array(compileCatalog(zones))
  return (name, from) => apexes[findZone(catalog, zones, scanOf(name), from)] ?? 'none'
}

test.each([
  ['example.com', 'example.com'],
  ['EXAMPLE.com', 'example.com'],
  ['www.example.com', 'example.com'],
  ['a.b.c.d.e.example.com', 'example.com'],
  ['sub.example.com', 'sub.example.com'],
  ['www.sub.example.com', 'sub.example.com'],
  ['xsub.example.com', 'example.com'],
  ['xexample.com', 'none'],
  ['com', 'none'],
  ['.', 'none'],
  ['example.com.net', 'none'],
  ['2.0.192.in-addr.arpa', '2.0.192.in-addr.arpa'],
])('%s is in %s', (name, expected) => {
  const find = open('example.com', 'Sub.example.com', '2.0.192.in-addr.arpa')
  expect(find(name).toLowerCase()).toBe(expected)
})

test('labels at the front can be left out, to find the zone above', () => {
  const find = open('example.com', 'sub.example.com')
  expect([0, 1, 2, 3].map((from) => find('sub.example.com', from))).toEqual([
    'sub.example.com',
    'example.com',
    'none',
    'none',
  ])
})

test('the root holds whatever no other zone holds', () => {
  const find = open('.', 'example.com')
  expect([find('.'), find('org'), find('www.example.com'), find('com')]).toEqual(['.', '.', 'example.com', '.'])
})

test('without zones nothing is found', () => expect(open()('example.com')).toBe('none'))

test('thousands of zones do not get into each other’s way', () => {
  const apexes = Array.from({ length: 3000 }, (_, i) => `zone${i}.example`)
  const find = open(...apexes)
  for (const apex of apexes) expect(find(`www.${apex}`)).toBe(apex)
  for (let i = 3000; i < 6000; i++) expect(find(`zone${i}.example`)).toBe('none')
})

test('a zone knows whether another one lies beneath it, at any depth', () => {
  const apexes = ['example.com', 'a.b.Example.com', 'c.a.b.example.com', 'xample.com', 'org', '.']
  const catalog = new Uint32Array(compileCatalog(apexes.map((apex) => zoneOf(apex, ''))))
  expect(apexes.filter((_, i) => hasZonesBeneath(catalog, i))).toEqual(['example.com', 'a.b.Example.com', '.'])
})
