// meridian print: what it prints reads back identical.

import { expect, test } from 'vitest'
import { parseName } from '../../src/core/wire/name.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords, ownerOf, rdataOf, type Records, ttlOf, typeOf } from '../../src/core/zone/records.ts'
import { printCommand } from '../../src/cli/print-zone.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { samples } from '../contract/rdata-samples.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { run } from './printed.ts'

const base = {
  'meridian.yaml': { geo: { databases: ['places.mmdb'] } },
  'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
}
const head = '$TTL 1h\n@ SOA ns1 host ( 7 1h ; refresh\n 15m 2w 30 )\n@ NS ns1\nns1 A 192.0.2.53\n'

/** Each type with all its samples, and what text can have besides. */
const everything = `${head}${Object.entries(samples)
  .filter(([type]) => !['SOA', 'CNAME', 'DNAME', 'NS', 'DS'].includes(type))
  .map(([type, { good }]) =>
    good.map(([text], i) => `r${i}.${type} ${60 + i} ${type} ${text.includes('\n') ? `( ${text} )` : text}\n`).join(''),
  )
  .join('')}
alias CNAME WWW.Example.NET.
old DNAME new
sub NS ns.sub
ns.sub A 192.0.2.1
a\\.b.c\\000d TXT "quote \\" backslash \\\\ semicolon ; \\255" unquoted
*.wild 1w MX 10 .
CAPITALS TXT "Keep Me"
$GENERATE 1-3 h$ A 192.0.2.\${1,1,d}
$INCLUDE more.records kid
`

const print = (folder: Folder, ...args: string[]) =>
  run(printCommand, ...args, '--config', `${folder.path}/meridian.yaml`)

function read(text: string): Records {
  const records = openRecords()
  expect(
    parseMaster(text, 'f', parseName('example.com.') as Uint8Array, records, () => ({ text: 'x TXT included\n' })),
  ).toEqual([])
  return records
}

function linesOf(records: Records): string[] {
  return Array.from({ length: records.count }, (_, i) =>
    [ownerOf(records, i), ttlOf(records, i), typeOf(records, i), rdataOf(records, i)].join(' '),
  )
}

test('a master file with every type and all that text can have is printed, and reads back identical', async () => {
  using folder = openFolder({
    ...base,
    'zones/example.com.zone': everything,
    'zones/more.records': 'x TXT included\n',
  })
  const { code, out, err } = await print(folder)
  expect([code, err]).toEqual([undefined, ''])
  expect(linesOf(read(out))).toEqual(linesOf(read(everything)))
  expect(out).toContain('\nCAPITALS\t')
  // Printed again it is the same text.
  folder.replace('zones/example.com.zone', `${out}\n`)
  expect((await print(folder, 'Example.COM.')).out).toBe(out)
})

test('a zone in YAML is printed with its services as comments', async () => {
  using folder = openFolder({
    ...base,
    'zones/example.com.yaml': {
      zone: 'example.com',
      ttl: '5m',
      soa: { mname: 'ns1', rname: 'host', serial: 7, negative: '30s' },
      ns: ['ns1'],
      records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' }, mail: { A: { ttl: '1h', data: ['192.0.2.25'] } } },
      pools: { p: { targets: [{ address: '192.0.2.10' }] } },
      services: { web: { steer: 'p' } },
    },
  })
  const { code, out } = await print(folder, 'example.com')
  expect(code).toBeUndefined()
  expect(out.trim().split('\n')).toEqual([
    '$ORIGIN example.com.',
    '@\t300\tIN\tSOA\tns1.example.com. host.example.com. 7 3600 900 1209600 30',
    '@\t300\tIN\tNS\tns1.example.com.',
    'ns1\t300\tIN\tA\t192.0.2.53',
    'mail\t3600\tIN\tA\t192.0.2.25',
    '; www.example.com. is answered by the service web',
  ])
  expect(read(out).count).toBe(4)
})

test('a zone that is not there, or not named among several, is wrong usage', async () => {
  using folder = openFolder({ ...base, 'zones/example.com.zone': head, 'zones/example.net.zone': head })
  expect(await print(folder)).toMatchObject({ code: 2, out: '', err: 'which zone? example.com, example.net\n' })
  const wrong = await print(folder, 'exmple.com')
  expect([wrong.code, wrong.out]).toEqual([2, ''])
  expect(wrong.err).toContain('found "exmple.com" (did you mean "example.com"?)')
})

test('mistakes are told instead', async () => {
  using folder = openFolder({ ...base, 'zones/example.com.zone': `${head}www A 192.0.2.256\n` })
  const { code, out, err } = await print(folder)
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain('example.com.zone:6:7')
})
