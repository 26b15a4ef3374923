// ALIAS in the files of a configuration: what loads, and what is wrong with what does not, with its place.

import { expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { checkCommand } from '../../src/cli/check.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { run } from '../cli/printed.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openFakeResolver } from '../support/fake-resolver.ts'
import { openFolder } from '../support/folder.ts'

const head = 'soa: { rname: hostmaster }\nns: [ns1.example.net.]\nrecords:\n'
/** A geo database that takes no time to compile. */
const small = 'geo: { databases: [places.mmdb] }\n'
const places = writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }])
const master = '$TTL 60\n@ SOA ns1 hostmaster 1 1h 15m 2w 30\n@ NS ns1.example.net.\n'

function load(files: Readonly<Record<string, string>>, settings = 'alias: { resolvers: ["127.0.0.1:53"] }\n') {
  using folder = openFolder({ 'meridian.yaml': `${settings}${small}`, 'places.mmdb': places, ...files })
  const { loaded, problems } = loadNode(`${folder.path}/meridian.yaml`, 1)
  return { loaded, problems: problems.map((problem) => printProblem(problem).replaceAll(`${folder.path}/`, '')) }
}

test('in YAML and in master files, at the apex and elsewhere, by name and by number', () => {
  const { loaded, problems } = load({
    'zones/a.example.yaml': `zone: a.example\n${head}  "@": { ALIAS: cdn.example.net., MX: 10 mail.example.net. }\n  www: { ALIAS: { ttl: 30s, data: "@" } }\n`,
    'zones/b.example.zone': `${master}@ ALIAS cdn.example.net.\nx TYPE65401 \\# 9 036f6e65036e657400\n`,
  })
  expect(problems).toEqual([])
  expect(loaded!.aliases.targets.map(({ text, owners }) => [text, ...owners])).toEqual([
    ['cdn.example.net.', 'a.example.', 'www.a.example.', 'b.example.'],
    ['one.net.', 'x.b.example.'],
  ])
  expect(loaded!.aliases.resolvers).toEqual([{ address: '127.0.0.1', port: 53 }])
})

test.each<[string, string, string]>([
  [
    'an A beside it',
    '  "@": { ALIAS: x.net., A: 192.0.2.1 }\n',
    '5:28: expected no A beside the ALIAS of a.example., which has the addresses of its target',
  ],
  [
    'a CNAME beside it',
    '  www: { ALIAS: x.net., CNAME: y.net. }\n',
    '5:32: expected nothing beside the CNAME of www.a.example., found ALIAS',
  ],
  [
    'a service beside it',
    '  www: { ALIAS: x.net., service: web }\npools: { p: { targets: [{ address: 192.0.2.1 }] } }\nservices: { web: { steer: p } }\n',
    '5:34: expected no service of addresses or CNAMEs beside the ALIAS of www.a.example. (an ALIAS may lead to a name that has the service)',
  ],
  [
    'an address instead of a name',
    '  www: { ALIAS: 192.0.2.1 }\n',
    '5:17 records.www.ALIAS: ALIAS target: expected a domain name, found the address 192.0.2.1, which an A record would hold',
  ],
  [
    'a circle',
    '  www: { ALIAS: www2 }\n  www2: { CNAME: www }\n',
    '5:17: expected an ALIAS that leads to addresses, found a circle: www.a.example. → www2.a.example. → www.a.example.',
  ],
  [
    'a name without addresses',
    '  www: { ALIAS: mial }\n  mail: { A: 192.0.2.1 }\n',
    '5:17: warning: ALIAS leads to mial.a.example., which has no address in our zones',
  ],
])('%s is named with its place', (_what, records, expected) => {
  const { problems } = load({ 'zones/a.example.yaml': `zone: a.example\n${head}${records}` })
  expect(problems).toEqual([`zones/a.example.yaml:${expected}`])
})

test('a service of CNAME targets may stand behind an ALIAS, though not at the apex itself', () => {
  const rest =
    'pools:\n  p: { targets: [{ cname: one.net. }] }\n  q: { targets: [{ cname: two.net. }] }\n  r: { targets: [{ cname: three.net. }] }\nservices: { web: { steer: p, all_down: q } }\n'
  const { loaded, problems } = load({
    'zones/a.example.yaml': `zone: a.example\n${head}  "@": { ALIAS: web }\n  web: { service: web }\n${rest}`,
  })
  expect(problems.filter((line) => !line.includes('warning'))).toEqual([])
  expect(loaded!.aliases.targets.map(({ text }) => text)).toEqual(['one.net.', 'two.net.'])
})

test('the settings are checked', () => {
  const { problems } = load({ 'zones/a.example.zone': master }, 'alias: { min_ttl: 1m, max_ttl: 30s, resolver: x }\n')
  expect(problems).toEqual([
    'meridian.yaml:1:32 alias.max_ttl: expected no less than min_ttl',
    'meridian.yaml:1:37 alias.resolver: unknown key "resolver" (did you mean "resolvers"?)',
  ])
  expect(load({ 'zones/a.example.zone': master }, 'alias: { min_ttl: 1m, max_ttl: 30s }\n').problems).toEqual([
    'meridian.yaml:1:32 alias.max_ttl: expected no less than min_ttl',
  ])
})

test('check --resolve names the targets that have no addresses', async () => {
  const resolver = await openFakeResolver({ 'fine.net.': ['2001:db8::1'], 'empty.net.': [] })
  try {
    const owner = (name: string, target: string): string => `  ${name}: { ALIAS: ${target} }\n`
    using folder = openFolder({
      'meridian.yaml': `alias: { resolvers: ["${resolver.address}"], timeout: 200ms }\n${small}`,
      'places.mmdb': places,
      'zones/a.example.yaml': `zone: a.example\n${head}${owner('a', 'fine.net.')}${owner('b', 'empty.net.')}${owner('c', 'gone.net.')}${owner('d', 'gone.net.')}`,
    })
    const check = (): ReturnType<typeof run> =>
      run(checkCommand, '--resolve', '--config', `${folder.path}/meridian.yaml`)
    const { code, out } = await check()
    expect(code).toBe(1)
    expect(out.split('\n').slice(1)).toEqual([
      'ALIAS target empty.net. of b.a.example. has no address',
      'ALIAS target gone.net. of c.a.example., d.a.example. does not exist',
      '',
    ])
    resolver.mode = 'SERVFAIL'
    expect((await check()).out).toContain(
      `ALIAS target fine.net. of a.a.example. cannot be resolved: ${resolver.address} says SERVFAIL`,
    )
    resolver.mode = 'answers'
    for (const name of ['empty.net.', 'gone.net.']) resolver.known.set(name, ['192.0.2.1'])
    expect(await check()).toMatchObject({
      code: undefined,
      out: expect.stringContaining('all ALIAS targets that are not ours have addresses'),
    })
  } finally {
    await resolver.server.close()
  }
})
