// Records of databases, in the shapes that are about.

import { expect, test } from 'vitest'
import { nothingKnown, readRecord } from '../../../src/core/geo/record.ts'

test.each([
  ['flat, country only', { country_code: 'DE' }, { country: 'DE' }],
  [
    'flat city, with names for subdivisions',
    { country_code: 'AU', state1: 'Queensland', city: 'Brisbane', latitude: -27.5, longitude: 153 },
    { country: 'AU', subdivision: 'AU-Queensland', at: { lat: -27.5, lon: 153 } },
  ],
  [
    'flat, coordinates as text',
    { country_code: 'FR', latitude: '48.85', longitude: '2.35' },
    { country: 'FR', at: { lat: 48.85, lon: 2.35 } },
  ],
  ['flat ASN', { autonomous_system_number: 64500, autonomous_system_organization: 'Example' }, { asn: 64500 }],
  ['IPinfo', { country: 'US', continent: 'NA', asn: 'AS64500' }, { country: 'US', continent: 'NA', asn: 64500 }],
  [
    'GeoIP2 City',
    {
      continent: { code: 'NA', names: { en: 'North America' } },
      country: { iso_code: 'CA' },
      subdivisions: [{ iso_code: 'QC' }, { iso_code: 'X' }],
      location: { latitude: 45.5, longitude: -73.6, time_zone: 'America/Toronto' },
    },
    { continent: 'NA', country: 'CA', subdivision: 'CA-QC', at: { lat: 45.5, lon: -73.6 } },
  ],
  [
    'a subdivision that already has its country',
    { country_code: 'US', state1: 'US-CA' },
    { country: 'US', subdivision: 'US-CA' },
  ],
  ['a subdivision without a country', { state1: 'Quebec' }, {}],
  ['"somewhere in Europe"', { country_code: 'EU' }, { continent: 'EU' }],
  ['"somewhere in Asia or the Pacific"', { country: { iso_code: 'AP' } }, { continent: 'AS' }],
  ['codes for unknown', { country_code: 'ZZ' }, {}],
  ['null island', { country_code: 'FR', latitude: 0, longitude: 0 }, { country: 'FR' }],
  ['coordinates off the globe', { country_code: 'FR', latitude: 91, longitude: 2 }, { country: 'FR' }],
  ['half of the coordinates', { country_code: 'FR', latitude: 48 }, { country: 'FR' }],
  ['an ASN beyond 32 bits', { autonomous_system_number: 4294967296 }, {}],
  ['an ISP database', { isp: 'Example' }, {}],
  ['a record that is no map', 'text', {}],
  ['no record', null, {}],
])('%s', (_, decoded, expected) => expect(readRecord(decoded)).toEqual({ ...nothingKnown, ...expected }))
