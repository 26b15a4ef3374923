// Addresses that are nowhere on the Internet (RFC 6890), as the place image has them.

import { expect, test } from 'vitest'
import { parseAddress } from '../../../src/core/base/address.ts'
import { compilePlaces } from '../../../src/core/geo/compile-places.ts'
import { networksConfig } from '../../../src/core/geo/networks.ts'
import { bindPlaces, findPlace } from '../../../src/core/geo/places.ts'

function open(networks: readonly unknown[] = []) {
  const places = bindPlaces(compilePlaces([], networksConfig.parse({ networks }).networks).image)
  return (text: string): { isSpecial: boolean; length: number } => {
    const { family, bytes } = parseAddress(text)!
    const found = { value: 0, length: 0 }
    findPlace(places, family, Uint8Array.of(1, ...bytes, 1), 1, found)
    return { isSpecial: places.special[found.value] === 1, length: found.length }
  }
}

const find = open()

test.each([
  ['0.1.2.3', 8],
  ['10.255.0.1', 8],
  ['11.0.0.1', 0],
  ['100.63.255.255', 0],
  ['100.64.0.0', 10],
  ['100.127.255.255', 10],
  ['100.128.0.0', 0],
  ['127.0.0.1', 8],
  ['169.254.1.1', 16],
  ['169.253.1.1', 0],
  ['172.15.255.255', 0],
  ['172.16.0.0', 12],
  ['172.31.255.255', 12],
  ['172.32.0.0', 0],
  ['192.0.0.8', 24],
  ['192.0.1.1', 0],
  ['192.168.3.4', 16],
  ['192.169.0.0', 0],
  ['198.17.255.255', 0],
  ['198.18.0.0', 15],
  ['198.19.255.255', 15],
  ['198.20.0.0', 0],
  ['223.255.255.255', 0],
  ['224.0.0.1', 3],
  ['240.0.0.1', 3],
  ['255.255.255.255', 3],
  ['8.8.8.8', 0],
  ['192.0.2.1', 0],
  ['198.51.100.1', 0],
  ['203.0.113.1', 0],
  ['::', 104],
  ['::1', 104],
  ['::2', 104],
  ['64:ff9b:1::1', 48],
  ['64:ff9b:2::1', 0],
  ['100::1', 64],
  ['100:0:0:1::1', 0],
  ['2001:2::1', 48],
  ['2001:2:1::1', 0],
  ['2001:10::1', 28],
  ['2001:2f::1', 28],
  ['2001:30::1', 0],
  ['2001:db8::1', 0],
  ['3fff::1', 0],
  ['5f00::1', 16],
  ['5f01::1', 0],
  ['fbff::1', 0],
  ['fc00::1', 7],
  ['fdff::1', 7],
  ['fe7f::1', 0],
  ['fe80::1', 9],
  ['fec0::1', 9],
  ['ff02::1', 8],
  ['2a00:1450::1', 0],
])('%s is in a special range of length %d, or in none', (text, length) => {
  const { isSpecial, length: found } = find(text)
  expect(isSpecial ? found : 0).toBe(length)
})

test('a network of the operator’s makes a place of it', () => {
  const inside = open([{ cidr: '10.1.0.0/16' }])
  expect(inside('10.1.2.3')).toEqual({ isSpecial: false, length: 16 })
  expect(inside('10.0.0.1')).toEqual({ isSpecial: true, length: 16 })
  expect(inside('10.128.0.1')).toEqual({ isSpecial: true, length: 9 })
})
