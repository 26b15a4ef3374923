// `records:` of a YAML zone, as the values that the YAML parser yields.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Finding, printPath } from '../../../../src/core/base/problem.ts'
import { parseName, printName } from '../../../../src/core/wire/name.ts'
import { typeByCode } from '../../../../src/core/wire/rdata/index.ts'
import {
  openRecords,
  ownerOf,
  placeOf,
  rdataOf,
  type Records,
  ttlOf,
  typeOf,
} from '../../../../src/core/zone/records.ts'
import type { YamlContext } from '../../../../src/core/zone/yaml/context.ts'
import { addYamlRecords } from '../../../../src/core/zone/yaml/records.ts'
import { recordsConfig } from '../../../../src/core/zone/yaml/schema.ts'

const origin = parseName('example.com.') as Uint8Array

function openContext(): YamlContext {
  const places: string[] = []
  const placeAt: YamlContext['placeAt'] = (path) => ({ file: 'z.yaml', line: places.push(printPath(path)), col: 1 })
  return { origin, ttlSec: 300, records: openRecords(), findings: [], placeAt }
}

function linesOf(records: Records): string[] {
  return Array.from({ length: records.count }, (_, i) => {
    const type = typeByCode(typeOf(records, i))
    return `${printName(ownerOf(records, i))} ${ttlOf(records, i)} ${type.name} ${type.print(rdataOf(records, i))}`
  })
}

function show({ path, message, hint }: Finding): string {
  return `${printPath(path)}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

function add(config: unknown) {
  const context = openContext()
  const services = addYamlRecords(recordsConfig.parse(config), context)
  const named = services.map(({ owner, service, path }) => `${printName(owner)} ${service} ${printPath(path)}`)
  return { lines: linesOf(context.records), services: named, findings: context.findings.map(show) }
}

const long = 'x'.repeat(300)

test.each<[string, unknown, string[]]>([
  ['one record', { www: { A: '192.0.2.1' } }, ['www.example.com. 300 A 192.0.2.1']],
  [
    'several',
    { www: { A: ['192.0.2.1', '192.0.2.2'] } },
    ['www.example.com. 300 A 192.0.2.1', 'www.example.com. 300 A 192.0.2.2'],
  ],
  ['a TTL', { www: { A: { ttl: '1h', data: '192.0.2.1' } } }, ['www.example.com. 3600 A 192.0.2.1']],
  ['a TTL for several', { www: { A: { ttl: '90s', data: ['192.0.2.1'] } } }, ['www.example.com. 90 A 192.0.2.1']],
  ['data without a TTL', { www: { A: { data: '192.0.2.1' } } }, ['www.example.com. 300 A 192.0.2.1']],
  ['the apex', { '@': { MX: '10 mail' } }, ['example.com. 300 MX 10 mail.example.com.']],
  ['absolute names', { 'www.example.com.': { CNAME: 'example.org.' } }, ['www.example.com. 300 CNAME example.org.']],
  ['wildcards and dots', { '*.a.b': { CNAME: '@' } }, ['*.a.b.example.com. 300 CNAME example.com.']],
  ['types in small letters', { www: { aaaa: '2001:db8::1' } }, ['www.example.com. 300 AAAA 2001:db8::1']],
  ['types without a name', { www: { TYPE65280: '\\# 2 0001' } }, ['www.example.com. 300 TYPE65280 \\# 2 0001']],
  ['text with blanks', { '@': { TXT: 'v=spf1 mx -all' } }, ['example.com. 300 TXT "v=spf1 mx -all"']],
  [
    'text with what a master file would escape',
    { '@': { TXT: 'a; "b" \\c (d' } },
    ['example.com. 300 TXT "a; \\"b\\" \\\\c (d"'],
  ],
  ['text copied from a master file', { '@': { TXT: '"a b" "c\\"d"' } }, ['example.com. 300 TXT "a b" "c\\"d"']],
  ['empty text', { '@': { TXT: '' } }, ['example.com. 300 TXT ""']],
  ['long text', { '@': { TXT: long } }, [`example.com. 300 TXT "${long.slice(0, 255)}" "${long.slice(255)}"`]],
  ['several texts', { '@': { TXT: ['a b', 'c'] } }, ['example.com. 300 TXT "a b"', 'example.com. 300 TXT "c"']],
  [
    'a record over lines',
    { '@': { SOA: 'ns1 host (\n1 2\n3 4 5)' } },
    ['example.com. 300 SOA ns1.example.com. host.example.com. 1 2 3 4 5'],
  ],
])('%s', (_what, config, lines) => expect(add(config)).toEqual({ lines, services: [], findings: [] }))

test('services are collected with their owners', () => {
  expect(add({ '@': { service: 'web', TXT: 'x' }, 'www.example.com.': { service: 'web' } })).toEqual({
    lines: ['example.com. 300 TXT "x"'],
    services: ['example.com. web records.@.service', 'www.example.com. web records.www.example.com..service'],
    findings: [],
  })
})

test.each<[string, unknown, string[]]>([
  [
    'an unknown type',
    { www: { AAA: 'x' } },
    ['records.www.AAA: expected a record type, found "AAA" (did you mean "AAAA"?)'],
  ],
  [
    'a misspelt service',
    { www: { servce: 'web' } },
    ['records.www.servce: expected a record type, found "servce" (did you mean "service"?)'],
  ],
  ['a type of queries', { www: { AXFR: 'x' } }, ['records.www.AXFR: expected a record type, found "AXFR"']],
  ['bad data', { www: { A: '192.0.2' } }, ['records.www.A: A address: expected an IPv4 address, found "192.0.2"']],
  ['bad data in a list', { www: { A: ['192.0.2.1', 'x'] } }, ['records.www.A[1]: A address']],
  ['bad data beside a TTL', { www: { A: { ttl: '1h', data: ['x'] } } }, ['records.www.A.data[0]: A address']],
  ['no data', { www: { A: '' } }, ['records.www.A: A address: expected an IPv4 address, found the end of the record']],
  ['an unclosed quote', { www: { TXT: '"a' } }, ['records.www.TXT: TXT: expected a closing quote']],
  [
    'two records in one text',
    { www: { A: '192.0.2.1\n192.0.2.2' } },
    ['records.www.A: expected one A record, found a second line: "192.0.2.2"'],
  ],
  [
    'a bad owner and its data',
    { 'a..b': { A: 'x', service: 'web' } },
    ['records.a..b: expected an owner name', 'records.a..b.A: A address'],
  ],
  [
    'too much text',
    { www: { TXT: 'x'.repeat(65_280) } },
    ['records.www.TXT: TXT: expected at most 65279 bytes, found 65280'],
  ],
])('%s is told with its path', (_what, config, findings) => {
  const result = add(config)
  expect(result.findings.length).toBe(findings.length)
  for (const [i, finding] of findings.entries()) expect(result.findings[i]).toContain(finding)
  expect(result.services).toEqual([])
})

test('the longest text fits', () => {
  expect(add({ www: { TXT: 'x'.repeat(65_279) } }).findings).toEqual([])
})

test('a record knows its place', () => {
  const context = openContext()
  const asked: string[] = []
  const placeAt: YamlContext['placeAt'] = (path) => {
    asked.push(printPath(path))
    return { file: 'z.yaml', line: 7, col: asked.length }
  }
  addYamlRecords(recordsConfig.parse({ a: { A: ['192.0.2.1', '192.0.2.2'], TXT: { data: 'x' } } }), {
    ...context,
    placeAt,
  })
  expect(asked).toEqual(['records.a.A[0]', 'records.a.A[1]', 'records.a.TXT.data'])
  expect(placeOf(context.records, 1)).toEqual({ file: 'z.yaml', line: 7, col: 2 })
})

test.each<[string, unknown, (string | number)[], string]>([
  [
    'numbers',
    { www: { TXT: 5 } },
    ['www', 'TXT'],
    'expected the text of a record, a list of them, or { ttl, data }; numbers and true, false or null must be in quotes',
  ],
  ['nothing', { www: { A: null } }, ['www', 'A'], 'must be in quotes'],
  ['an empty list', { www: { A: [] } }, ['www', 'A'], 'expected at least one record, found an empty list'],
  ['unknown keys', { www: { A: { tll: '1h', data: 'x' } } }, ['www', 'A'], 'tll'],
  ['a service that is no name', { www: { service: 'a b' } }, ['www', 'service'], 'expected a name of letters'],
])('%s are refused by the schema', (_what, config, path, message) => {
  const [issue] = recordsConfig.safeParse(config).error?.issues ?? []
  expect(issue?.path).toEqual(path)
  expect(issue?.message).toContain(message)
})

test('the schema can be shown as JSON Schema', () => {
  expect(JSON.stringify(z.toJSONSchema(recordsConfig, { io: 'input' }))).toContain(
    'the service that answers for this name',
  )
})

test('any text of any type is a record or a finding', () => {
  const pieces = fc.array(
    fc.constantFrom('10', ' ', 'a', '.', '(', ')', '"', '\\', ';', '\n', '\\#', '1', 'ü', '192.0.2.1'),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(fc.constantFrom('A', 'MX', 'TXT', 'CAA', 'SOA', 'TYPE999'), pieces, (type, text) => {
      const { lines, findings } = add({ www: { [type]: text.join('') } })
      expect(lines.length + findings.length).toBe(1)
    }),
    { numRuns: 2000 },
  )
})
