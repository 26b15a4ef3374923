// Finding a name: the table, and a model that follows RFC 1034 §4.3.2 label by label, as slowly and plainly as it reads.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printName } from '../../../src/core/wire/name.ts'
import { findName, findRrset, Landed, type Landing } from '../../../src/core/zone/find.ts'
import { NodeField, type Zone } from '../../../src/core/zone/image.ts'
import { scanOf, zoneOf } from './zone-text.ts'

const kinds = {
  [Landed.exact]: 'exact',
  [Landed.wildcard]: 'wildcard',
  [Landed.cut]: 'cut',
  [Landed.nowhere]: 'nowhere',
  [Landed.redirected]: 'redirected',
}

function land(zone: Zone, name: string): string {
  const landing: Landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
  findName(zone, scanOf(name), landing)
  const at = printName(zone.bytes, zone.words[landing.node + NodeField.name])
  return `${kinds[landing.kind]} ${at}${landing.kind === Landed.cut && landing.isCutItself ? ' itself' : ''}`
}

const zone = zoneOf(
  'example.com',
  `
www         A   192.0.2.1
a.b.c.d     A   192.0.2.2
*.w         A   192.0.2.3
x.*.w       A   192.0.2.4
y.w         A   192.0.2.5
cut         NS  ns.cut
ns.cut      A   192.0.2.6
*.cut       A   192.0.2.7
deep.cut    NS  ns.cut
*           A   192.0.2.8
`,
)

test.each([
  ['example.com.', 'exact example.com.'],
  ['www.example.com.', 'exact www.example.com.'],
  ['b.c.d.example.com.', 'exact b.c.d.example.com.'],
  ['other.example.com.', 'wildcard *.example.com.'],
  ['x.y.z.other.example.com.', 'wildcard *.example.com.'],
  ['x.www.example.com.', 'nowhere www.example.com.'],
  ['z.c.d.example.com.', 'nowhere c.d.example.com.'],
  ['z.w.example.com.', 'wildcard *.w.example.com.'],
  ['1.2.3.w.example.com.', 'wildcard *.w.example.com.'],
  ['z.y.w.example.com.', 'nowhere y.w.example.com.'],
  ['*.w.example.com.', 'exact *.w.example.com.'],
  ['x.*.w.example.com.', 'exact x.*.w.example.com.'],
  ['z.*.w.example.com.', 'nowhere *.w.example.com.'],
  ['cut.example.com.', 'cut cut.example.com. itself'],
  ['ns.cut.example.com.', 'cut cut.example.com.'],
  ['z.cut.example.com.', 'cut cut.example.com.'],
  ['*.cut.example.com.', 'cut cut.example.com.'],
  ['1.2.3.4.cut.example.com.', 'cut cut.example.com.'],
  ['deep.cut.example.com.', 'cut cut.example.com.'],
  ['z.deep.cut.example.com.', 'cut cut.example.com.'],
])('%s → %s', (name, expected) => expect(land(zone, name)).toBe(expected))

test('the deepest name that there can be is found, and so is its closest encloser', () => {
  const long = zoneOf('example.com', `${'a.'.repeat(100)}b A 192.0.2.1`)
  expect(land(long, `${'a.'.repeat(100)}b.example.com.`)).toMatch(/^exact a\.a\./)
  for (const depth of [0, 1, 2, 50, 99, 100]) {
    const encloser = `${'a.'.repeat(depth)}b.example.com.`
    expect(land(long, `${'z.'.repeat(15)}${encloser}`)).toBe(`nowhere ${encloser}`)
  }
})

/** RFC 1034 §4.3.2 step 3, and RFC 4592 §3.3.1 for the wildcards, over names as lists of labels from the right. */
function model(owners: readonly string[], cuts: readonly string[], name: string): string {
  const exists = new Set(['', 'ns1'])
  for (const owner of [...owners, ...cuts]) {
    const labels = owner.split('.')
    for (let i = 0; i < labels.length; i++) exists.add(labels.slice(i).join('.'))
  }
  const labels = name.split('.')
  const full = (relative: string): string => (relative === '' ? 'example.com.' : `${relative}.example.com.`)
  let encloser = ''
  for (let i = labels.length - 1; i >= 0; i--) {
    const next = labels.slice(i).join('.')
    if (!exists.has(next)) {
      const wildcard = encloser === '' ? '*' : `*.${encloser}`
      return exists.has(wildcard) ? `wildcard ${full(wildcard)}` : `nowhere ${full(encloser)}`
    }
    if (cuts.includes(next)) return `cut ${full(next)}${next === name ? ' itself' : ''}`
    encloser = next
  }
  return `exact ${full(name)}`
}

test('lands where the model lands, in any tree', () => {
  const label = fc.constantFrom('a', 'b', '*')
  const plain = fc.constantFrom('a', 'b', 'c')
  const owner = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
  // A delegation at a wildcard has no meaning (RFC 4592 §4.2), and none is tried.
  const cut = fc.array(plain, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'))
  const asked = fc
    .array(fc.constantFrom('a', 'b', 'c', '*'), { minLength: 1, maxLength: 6 })
    .map((labels) => labels.join('.'))
  fc.assert(
    fc.property(
      fc.uniqueArray(owner, { maxLength: 8 }),
      fc.uniqueArray(cut, { maxLength: 2 }),
      fc.array(asked, { minLength: 20, maxLength: 20 }),
      (owners, cuts, names) => {
        const text = [
          ...owners.map((name) => `${name} A 192.0.2.1`),
          ...cuts.map((name) => `${name} NS ns.example.net.`),
        ]
        const random = zoneOf('example.com', text.join('\n') + '\nns1 A 192.0.2.1')
        for (const name of names)
          expect(`${name}: ${land(random, `${name}.example.com.`)}`).toBe(`${name}: ${model(owners, cuts, name)}`)
      },
    ),
    { seed: 1034, numRuns: 400 },
  )
})

test('a set is found by its type among others', () => {
  const landing: Landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
  findName(zone, scanOf('example.com'), landing)
  expect([6, 2, 1, 15].map((type) => findRrset(zone, landing.node, type) !== 0)).toEqual([true, true, false, false])
})
