// `zone`, `ttl`, `soa` and `ns` of a YAML zone.

import { expect, test } from 'vitest'
import { z } from 'zod'
import { printPath } from '../../../../src/core/base/problem.ts'
import { parseName, printName } from '../../../../src/core/wire/name.ts'
import { typeByCode } from '../../../../src/core/wire/rdata/index.ts'
import { openRecords, ownerOf, rdataOf, ttlOf, typeOf } from '../../../../src/core/zone/records.ts'
import { addApexRecords, parseMailbox } from '../../../../src/core/zone/yaml/apex.ts'
import type { YamlContext } from '../../../../src/core/zone/yaml/context.ts'
import { apexOfConfig, zoneConfig } from '../../../../src/core/zone/yaml/schema.ts'

const schema = z.strictObject(zoneConfig)
const origin = parseName('example.com.') as Uint8Array

function apex(config: object) {
  const zone = schema.parse({ zone: 'example.com', ...config })
  const records = openRecords()
  const placeAt: YamlContext['placeAt'] = () => ({ file: 'z', line: 1, col: 1 })
  const context: YamlContext = { origin: apexOfConfig(zone.zone), ttlSec: zone.ttl, records, findings: [], placeAt }
  addApexRecords(zone, 42, context)
  const lines = Array.from({ length: records.count }, (_, i) => {
    const type = typeByCode(typeOf(records, i))
    return `${printName(ownerOf(records, i))} ${ttlOf(records, i)} ${type.name} ${type.print(rdataOf(records, i))}`
  })
  return { lines, findings: context.findings.map(({ path, message }) => `${printPath(path)}: ${message}`) }
}

test.each<[string, object, string[]]>([
  ['nothing, as an included file may have it all', {}, []],
  [
    'what is not said has a sound value',
    { soa: {}, ns: ['ns1', 'ns2.example.org.'] },
    [
      'example.com. 3600 SOA ns1.example.com. hostmaster.example.com. 42 3600 900 1209600 60',
      'example.com. 3600 NS ns1.example.com.',
      'example.com. 3600 NS ns2.example.org.',
    ],
  ],
  [
    'everything said',
    {
      ttl: '5m',
      soa: {
        mname: 'p.',
        rname: 'dns.admin@example.org',
        serial: 7,
        refresh: '1m',
        retry: '2m',
        expire: '3m',
        negative: '4s',
      },
    },
    ['example.com. 300 SOA p. dns\\.admin.example.org. 7 60 120 180 4'],
  ],
])('%s', (_what, config, lines) => expect(apex(config)).toEqual({ lines, findings: [] }))

test.each<[string, object, string[]]>([
  [
    'a bad server, once',
    { soa: {}, ns: ['a..b', 'c'] },
    ['ns[0]: expected a domain name, found an empty label in "a..b"'],
  ],
  ['a bad mname', { soa: { mname: '..' } }, ['soa.mname: expected a domain name']],
  [
    'a bad rname',
    { soa: { mname: 'a', rname: '@example.com' } },
    ['soa.rname: expected a mailbox or a domain name, found 0 bytes before the "@"'],
  ],
  [
    'no mname and nothing to take it from',
    { soa: {} },
    ['soa: expected mname, as there is no list of ns to take it from'],
  ],
])('%s is told with its path', (_what, config, findings) => {
  const found = apex(config).findings
  expect(found.length).toBe(findings.length)
  for (const [i, finding] of findings.entries()) expect(found[i]).toContain(finding)
})

test.each([
  ['hostmaster', 'hostmaster.example.com.'],
  ['hostmaster.example.org.', 'hostmaster.example.org.'],
  ['hostmaster@example.org', 'hostmaster.example.org.'],
  ['a.b@example.org.', 'a\\.b.example.org.'],
  ['"a@b"@example.org', '\\"a\\@b\\".example.org.'],
])('the mailbox %s is %s', (text, name) => expect(printName(parseMailbox(text, origin) as Uint8Array)).toBe(name))

test.each(['a@', 'a@b..c', `${'x'.repeat(64)}@example.org`, 'a..b'])('%s is no mailbox', (text) => {
  expect(typeof parseMailbox(text, origin)).toBe('string')
})

test.each<[object, string]>([
  [{ zone: 'a..b' }, 'expected a domain name, found an empty label'],
  [{ ttl: 300 }, 'expected a duration'],
  [{ ttl: '1500ms' }, 'expected whole seconds, found 1500ms'],
  [{ ttl: '300w' }, ''],
  [{ ttl: '4000w' }, 'expected a duration'],
  [{ soa: { negatve: '1s' } }, 'negatve'],
  [{ ns: [] }, 'expected at least one name server'],
])('%j is refused where it is wrong', (config, message) => {
  const result = schema.safeParse({ zone: 'example.com', ...config })
  expect(result.success ? '' : result.error.issues[0]!.message).toContain(message)
  expect(result.success).toBe(message === '')
})

test('the root is a zone too', () => {
  expect(apexOfConfig('.')).toEqual(Uint8Array.of(0))
  expect(apexOfConfig('example.com.')).toEqual(apexOfConfig('example.com'))
})
