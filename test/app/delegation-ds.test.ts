// DS against keys, with the key and the digests of the RFCs (RFC 4034 §5.4, RFC 4509 §2.3).

import { expect, test } from 'vitest'
import { checkSigners } from '../../src/app/delegation-ds.ts'
import { makeWorld } from '../support/snapshot.ts'

const dnskey = `256 3 5 ( AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/
  2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw== )`
const sha1 = '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118'
const sha256 = '60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a'

const zoneOf = (text: string) => makeWorld({ zones: { 'dskey.example.com': text } }).bound.zones[0]!
const signed = zoneOf(`@ DNSKEY ${dnskey}`)
const none = "none of the parent's DS is that of a DNSKEY in the zone here: validators will refuse all of it"

test.each([
  ['no DS', [], []],
  ['the DS of the RFC', [sha1], []],
  ['in small letters, in parts', [sha1.toLowerCase().replace('2bb183af', '2bb1 83af ')], []],
  ['SHA-256', [sha256], []],
  ['beside one of another key', ['1 8 2 ' + 'AB'.repeat(32), sha1], []],
  ['another digest', [sha256.replace('d4', 'd5')], [none]],
  ['another tag', [sha1.replace('60485', '60486')], [none]],
  ['another algorithm', [sha1.replace(' 5 1 ', ' 7 1 ')], [none]],
  ['digests that nobody here knows say nothing', ['60485 5 3 ' + 'AB'.repeat(32)], []],
])('%s', (_, signers, expected) => {
  expect(checkSigners(signed, signers)).toEqual(expected)
})

test('a zone without keys may have no DS', () => {
  const unsigned = zoneOf('www A 192.0.2.1')
  expect(checkSigners(unsigned, [])).toEqual([])
  expect(checkSigners(unsigned, [sha1])).toEqual([
    'the parent has DS, and the zone here has no DNSKEY: validators will refuse all of it',
  ])
})
