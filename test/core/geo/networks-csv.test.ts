// Own networks as a table.

import { expect, test } from 'vitest'
import { printPrefix } from '../../../src/core/base/address.ts'
import { parseNetworkTable } from '../../../src/core/geo/networks-csv.ts'

test('a line is a network; empty fields say nothing, and columns may stand in any order', () => {
  const { networks, lines, mistakes } = parseNetworkTable(`# made by a program
name, cidr, country, subdivision, asn, lat, lon

corp,10.0.0.0/8,IE,,,,
 office , 2001:db8:64::/48 ,,CA-QC,64500,45.5,-73.6\r
,192.0.2.1,,,,,
`)
  expect(mistakes).toEqual([])
  expect(networks.map((network) => ({ ...network, cidr: printPrefix(network.cidr!) }))).toEqual([
    { cidr: '10.0.0.0/8', name: 'corp', country: 'IE' },
    { cidr: '2001:db8:64::/48', name: 'office', subdivision: 'CA-QC', asn: 64_500, at: { lat: 45.5, lon: -73.6 } },
    { cidr: '192.0.2.1/32' },
  ])
  expect(lines).toEqual([4, 5, 6])
})

test.each([
  [
    '',
    '1:1 expected a line with the names of the columns (cidr, name, country, subdivision, asn, lat, lon), found none',
  ],
  ['name,country\n', '1:1 expected a column cidr, found none'],
  [
    'cidr,nmae\n',
    '1:6 expected the name of a column (cidr, name, country, subdivision, asn, lat, lon), found "nmae" (did you mean "name"?)',
  ],
  ['cidr,name,cidr\n', '1:11 expected each column once, found "cidr" again'],
  ['cidr,name\n10.0.0.0/8\n', '2:1 expected 2 fields, found 1'],
  ['cidr,name\n,corp\n', '2:1 expected a prefix such as 192.0.2.0/24, found nothing'],
  [
    'cidr\n10.1.2.3/8\n',
    '2:1 expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "10.1.2.3/8" (did you mean "10.0.0.0/8"?)',
  ],
  ['cidr,name\n10.0.0.0/8,a b\n', '2:12 expected a name of letters, digits, "-", "_" and ".", at most 63, found "a b"'],
  [
    'cidr,country\n10.0.0.0/8,UK\n',
    '2:12 expected a 2-letter country code of ISO 3166-1, found "UK" (did you mean "GB", United Kingdom?)',
  ],
  ['cidr,country,subdivision\n10.0.0.0/8,US,CA-QC\n', '2:15 expected a subdivision of US, found "CA-QC"'],
  ['cidr,asn\n10.0.0.0/8,AS1\n', '2:12 expected the number of an autonomous system, 1 to 4294967295, found "AS1"'],
  ['cidr,lat,lon\n10.0.0.0/8,91,0\n', '2:12 expected degrees from -90 to 90, found "91"'],
  ['cidr,lat,lon\n10.0.0.0/8,9,\n', '2:12 expected both lat and lon, found one of them'],
])('%j is a mistake, shown at its line and column', (text, said) => {
  const { mistakes } = parseNetworkTable(text)
  const printed = mistakes.map(({ line, col, message, hint }) => `${line}:${col} ${message}${hint ? ` (${hint})` : ''}`)
  expect(printed).toEqual([said])
})

test('mistakes in several lines are all found, and what is right is kept', () => {
  const { networks, mistakes } = parseNetworkTable('cidr,asn\n10.0.0.0/8,x\n11.0.0.0/8,1\nnothing,2\n')
  expect(mistakes.map(({ line }) => line)).toEqual([2, 4])
  expect(networks).toHaveLength(1)
})
