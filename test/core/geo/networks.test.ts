// networks.yaml: its schema.

import { expect, test } from 'vitest'
import { z } from 'zod'
import { printPrefix } from '../../../src/core/base/address.ts'
import { networksConfig } from '../../../src/core/geo/networks.ts'

function problemsOf(network: unknown): string[] {
  const { error } = networksConfig.safeParse({ networks: [network] })
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

test('a network with everything is accepted', () => {
  const network = {
    cidrs: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'],
    name: 'office',
    country: 'CA',
    subdivision: 'CA-QC',
    asn: 64500,
    at: { lat: 45.5, lon: -73.6 },
  }
  const [parsed] = networksConfig.parse({ networks: [network] }).networks
  expect(parsed!.cidrs!.map(printPrefix)).toEqual(['192.0.2.0/24', '2001:db8::/32', '198.51.100.7/32'])
  expect(parsed).toMatchObject({
    name: 'office',
    country: 'CA',
    subdivision: 'CA-QC',
    asn: 64500,
    at: { lat: 45.5, lon: -73.6 },
  })
})

test.each([
  [{ name: 'a' }, ['networks.0: expected either "cidr" or "cidrs", found neither']],
  [{ cidr: '10.0.0.0/8', cidrs: ['10.0.0.0/8'] }, ['networks.0: expected either "cidr" or "cidrs", found both']],
  [
    { cidr: '10.1.2.3/8' },
    [
      'networks.0.cidr: expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "10.1.2.3/8" (did you mean "10.0.0.0/8"?)',
    ],
  ],
  [
    { cidrs: ['10.0.0.0/33'] },
    ['networks.0.cidrs.0: expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "10.0.0.0/33"'],
  ],
  [
    { cidr: '10.0.0.0/8', country: 'UK' },
    [
      'networks.0.country: expected a 2-letter country code of ISO 3166-1, found "UK" (did you mean "GB", United Kingdom?)',
    ],
  ],
  [
    { cidr: '10.0.0.0/8', country: 'FR', subdivision: 'CA-QC' },
    ['networks.0.subdivision: expected a subdivision of FR, found "CA-QC"'],
  ],
])('%j is refused', (network, expected) => expect(problemsOf(network)).toEqual(expected))

test.each([
  { cidr: '10.0.0.0/8', nme: 'a' },
  { cidr: '10.0.0.0/8', asn: 0 },
  { cidr: '10.0.0.0/8', at: { lat: 91, lon: 0 } },
  { cidr: '10.0.0.0/8', name: 'a b' },
])('%j is refused as well', (network) => expect(problemsOf(network)).toHaveLength(1))

test('the schema can be shown to editors', () => {
  expect(z.toJSONSchema(networksConfig, { io: 'input' })).toMatchObject({ properties: { networks: { type: 'array' } } })
})
