// Conditions on where a client is, as text.

import { expect, test } from 'vitest'
import { countryNumber } from '../../../src/core/geo/country.ts'
import { parseWhere, printWhere } from '../../../src/core/geo/where.ts'

test.each([
  ['continent AF', { kind: 'continent', value: 1 }],
  ['continent EU', { kind: 'continent', value: 4 }],
  ['continent SA', { kind: 'continent', value: 7 }],
  ['country CA', { kind: 'country', value: countryNumber('CA') }],
  ['country XK', { kind: 'country', value: countryNumber('XK') }],
  ['subdivision CA-QC', { kind: 'subdivision', value: 'CA-QC' }],
  ['subdivision AU-New South Wales', { kind: 'subdivision', value: 'AU-New South Wales' }],
  ['asn 64500', { kind: 'asn', value: 64500 }],
  ['asn 4294967295', { kind: 'asn', value: 4294967295 }],
  ['network office', { kind: 'network', value: 'office' }],
] as const)('%s is understood, and printed as it was written', (text, expected) => {
  const where = parseWhere(text)
  expect(where).toEqual(expected)
  expect(printWhere(expected)).toBe(text)
})

test('spaces around and between do not matter', () => {
  expect(parseWhere('  country   CA ')).toEqual(parseWhere('country CA'))
})

test.each([
  ['AF', 'write "continent AF", Africa or "country AF", Afghanistan'],
  ['Europe', 'did you mean "continent EU"?'],
  ['EU', 'did you mean "continent EU"?'],
  ['Canada', 'did you mean "country CA"?'],
  ['UK', 'did you mean "country GB"?'],
  ['North America', 'did you mean "continent NA"?'],
  ['CA-QC', 'did you mean "subdivision CA-QC"?'],
  ['AS64500', 'did you mean "asn 64500"?'],
  ['contry CA', 'did you mean "country CA"?'],
  ['country', 'what comes after "country" is missing'],
  ['zzzzzz', undefined],
  ['', undefined],
])('"%s" says no kind and is refused: %s', (text, hint) => {
  const where = parseWhere(text)
  expect(where).toMatchObject({
    kind: 'mistake',
    message: expect.stringContaining(`"country CA", "subdivision CA-QC"`),
  })
  expect('hint' in where ? where.hint : undefined).toBe(hint)
})

test.each([
  [
    'continent Europe',
    'expected a continent (AF, AN, AS, EU, NA, OC, SA), found "Europe"',
    'did you mean "continent EU"?',
  ],
  ['continent eu', 'expected a continent (AF, AN, AS, EU, NA, OC, SA), found "eu"', 'did you mean "continent EU"?'],
  ['continent XX', 'expected a continent (AF, AN, AS, EU, NA, OC, SA), found "XX"', undefined],
  ['country ZZ', 'expected a 2-letter country code of ISO 3166-1, found "ZZ"', undefined],
  ['country uk', 'expected a 2-letter country code of ISO 3166-1, found "uk"', 'did you mean "GB", United Kingdom?'],
  ['country ca', 'expected a 2-letter country code of ISO 3166-1, found "ca"', 'did you mean "CA", Canada?'],
  ['country Germny', 'expected a 2-letter country code of ISO 3166-1, found "Germny"', 'did you mean "DE", Germany?'],
  ['subdivision QC', 'expected a subdivision of a country as in ISO 3166-2, such as CA-QC, found "QC"', undefined],
  [
    'subdivision ZZ-QC',
    'expected a subdivision of a country as in ISO 3166-2, such as CA-QC, found "ZZ-QC"',
    undefined,
  ],
  [
    'asn AS64500',
    'expected the number of an autonomous system, 1 to 4294967295, found "AS64500"',
    'did you mean "asn 64500"?',
  ],
  ['asn 0', 'expected the number of an autonomous system, 1 to 4294967295, found "0"', undefined],
  ['asn 4294967296', 'expected the number of an autonomous system, 1 to 4294967295, found "4294967296"', undefined],
  ['network a b', 'expected the name of a network in networks.yaml, found "a b"', undefined],
])('%s is refused', (text, message, hint) => {
  expect(parseWhere(text)).toEqual(
    hint === undefined ? { kind: 'mistake', message } : { kind: 'mistake', message, hint },
  )
})
