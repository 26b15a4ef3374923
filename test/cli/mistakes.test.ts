// Everything that is wrong is said in one run, each mistake at its line and column, and nothing that is only its echo.
// Mistakes are planted in a sound configuration; where each is to be found is looked up in the text itself.

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { runMeridian, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const node = `node:   { name: ns1, region: eu }
listen: ["127.0.0.1:0"]
workers: 1
zones:  [zones]
include: [shared.yaml]
geo:    { networks: networks.yaml, databases: [places.mmdb], groups: { near: [country FR], far: [group near] } }
health: { vantages: [eu], last_known: 10m }
rate_limit: { per_second: 500, window: 5s }
admin:  { listen: "127.0.0.1:0" }
prober: false
`

const networks = `networks:
  - { cidr: 10.0.0.0/8, name: corp, country: IE }
  - { cidr: 192.0.2.0/24, name: partner }
`

const shared = `checks:
  alive: { tcp: { port: 80 } }
pools:
  spare: { check: alive, at: { country: SG }, targets: [{ address: 203.0.113.200 }] }
`

const zone = `zone: example.com
ttl: 5m
soa: { mname: ns1, rname: hostmaster, negative: 30s }
ns:  [ns1, ns2]

records:
  "@":  { MX: 10 mail, TXT: "v=spf1 mx -all", service: web }
  www:  { service: web }
  ns1:  { A: 192.0.2.53 }
  ns2:  { A: [198.51.100.53, 198.51.100.54, 198.51.100.55] }
  mail: { A: { ttl: 1h, data: [192.0.2.25] } }
  blog: { CNAME: www }

checks:
  web-up: { http: { port: 80, path: /healthz, expect: [200] }, every: 10s, timeout: 4s }

pools:
  eu:
    at: { country: IE }
    check: web-up
    targets:
      - { address: 192.0.2.10, weight: 1 }
      - { address: 192.0.2.11, weight: 3 }
      - { address: 192.0.2.12 }
  us:
    at: { lat: 39.0, lon: -77.5 }
    check: web-up
    targets: [{ address: 198.51.100.10 }]

services:
  web:
    ttl: 30s
    steer:
      geo:
        - { where: [continent EU, network corp], to: { failover: [eu, us, spare] } }
        - { where: [country CA], to: { weighted: [{ to: us, weight: 90 }, { to: eu, weight: 10 }] } }
        - { to: { nearest: [us, eu, spare] } }
  idle:
    steer: { failover: [eu, us] }
`

const master = `$TTL 1h
@     SOA ns1 hostmaster 1 1h 15m 2w 5m
      NS  ns1
ns1   A   192.0.2.53
www   A   192.0.2.80
mail  A   192.0.2.25
blog  A   192.0.2.81
@     MX  10 mail
`

const files = {
  'meridian.yaml': node,
  'networks.yaml': networks,
  'shared.yaml': shared,
  'zones/example.com.yaml': zone,
  'zones/example.org.zone': master,
} as const

type File = keyof typeof files

/** One text for another in a file (it occurs once there), where in it the mistake starts, and what is to be said of it. */
type Mistake = readonly [file: File, replace: string, by: string, at: string, says: string]

const mistakes: readonly Mistake[] = [
  ['meridian.yaml', 'region: eu', 'regoin: eu', 'regoin', 'node.regoin: unknown key "regoin" (did you mean "region"?)'],
  [
    'meridian.yaml',
    'last_known: 10m',
    'last_known: 10',
    '10',
    'health.last_known: expected a duration such as 30s, 5m or 1h30m, found the number 10 (write 10s)',
  ],
  [
    'meridian.yaml',
    'near: [country FR]',
    'near: [contry FR]',
    'contry',
    'geo.groups.near[0]: expected "continent EU", "country CA", "subdivision CA-QC", "asn 64500", "network office", "cidr 192.0.2.0/24" or "group dach", found "contry FR" (did you mean "country FR"?)',
  ],
  [
    'meridian.yaml',
    'far: [group near]',
    'far: [group near, group far]',
    'group far',
    'geo.groups.far[1]: expected groups inside of groups, found a cycle: far → far',
  ],
  [
    'meridian.yaml',
    'per_second: 500',
    'per_secnd: 500',
    'per_secnd',
    'rate_limit.per_secnd: unknown key "per_secnd" (did you mean "per_second"?)',
  ],
  [
    'meridian.yaml',
    'window: 5s',
    'window: 50s',
    '50s',
    'rate_limit.window: expected a duration from 1s to 20s, found "50s"',
  ],
  ['meridian.yaml', 'prober: false', 'prober: nope', 'nope', 'prober: expected true or false, found "nope"'],
  [
    'networks.yaml',
    '10.0.0.0/8',
    '10.1.0.0/8',
    '10.1',
    'networks[0].cidr: expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "10.1.0.0/8" (did you mean "10.0.0.0/8"?)',
  ],
  [
    'networks.yaml',
    'name: partner',
    'nmae: partner',
    'nmae',
    'networks[1].nmae: unknown key "nmae" (did you mean "name"?)',
  ],
  [
    'shared.yaml',
    'port: 80',
    'port: 80000',
    '80000',
    'checks.alive.tcp.port: expected a whole number from 1 to 65535, found the number 80000',
  ],
  [
    'shared.yaml',
    'address: 203.0.113.200',
    'adress: 203.0.113.200',
    'adress',
    'pools.spare.targets[0].adress: unknown key "adress" (did you mean "address"?)',
  ],
  [
    'zones/example.com.yaml',
    '[country CA]',
    '[country CA, group naer]',
    'group naer',
    'services.web.steer.geo[1].where[1]: expected a group of geo.groups, found "naer" (did you mean "near"?)',
  ],
  // Ten in one file.
  [
    'zones/example.com.yaml',
    'ttl: 5m',
    'ttl: 5m\ncolour: blue',
    'colour',
    'colour: unknown key "colour" (known here: zone, ttl, soa, ns, records, ecs, include, checks, pools, services)',
  ],
  [
    'zones/example.com.yaml',
    'www:  { service: web }',
    'www:  { service: webb }',
    'webb',
    'records.www.service: expected the name of a service, found "webb" (did you mean "web"?)',
  ],
  [
    'zones/example.com.yaml',
    '198.51.100.54',
    '198.51.100.540',
    '198',
    'records.ns2.A[1]: A address: expected an IPv4 address, found "198.51.100.540"',
  ],
  [
    'zones/example.com.yaml',
    'mail: { A:',
    'mail: { AAAAA: "::1", A:',
    'AAAAA',
    'records.mail.AAAAA: expected a record type, found "AAAAA" (did you mean "AAAA"?)',
  ],
  [
    'zones/example.com.yaml',
    'blog: { CNAME: www }',
    'blog: { CNAME: www, TXT: hello }',
    'www',
    'expected nothing beside the CNAME of blog.example.com., found TXT',
  ],
  [
    'zones/example.com.yaml',
    'checks:\n',
    '  "a..b": { A: 192.0.2.1 }\n\nchecks:\n',
    '"a..b"',
    'records.a..b: expected an owner name, found an empty label in "a..b"',
  ],
  [
    'zones/example.com.yaml',
    'every: 10s',
    'every: 10',
    '10',
    'checks.web-up.every: expected a duration such as 30s, 5m or 1h30m, found the number 10 (write 10s)',
  ],
  [
    'zones/example.com.yaml',
    'country: IE }\n    check: web-up',
    'country: IE }\n    check: web-upp',
    'web-upp',
    'pools.eu.check: expected the name of a check, found "web-upp" (did you mean "web-up"?)',
  ],
  [
    'zones/example.com.yaml',
    'weight: 1 }',
    'weight: -1 }',
    '-1',
    'pools.eu.targets[0].weight: expected a whole number from 0 to 1000000, found the number -1',
  ],
  [
    'zones/example.com.yaml',
    'address: 192.0.2.11',
    'address: 192.0.2.311',
    '192',
    'pools.eu.targets[1].address: expected an IP address, found "192.0.2.311"',
  ],
  // Behind one that may have been cut out.
  [
    'zones/example.com.yaml',
    'address: 192.0.2.12',
    'address: 192.0.2.10 ',
    '192',
    'pools.eu.targets[2].address: expected each address once, found 192.0.2.10 again',
  ],
  [
    'zones/example.com.yaml',
    'lat: 39.0',
    'lat: 390',
    '390',
    'pools.us.at.lat: expected a number from -90 to 90, found the number 390',
  ],
  [
    'zones/example.com.yaml',
    'continent EU',
    'contnent EU',
    'contnent',
    'services.web.steer.geo[0].where[0]: expected "continent EU", "country CA", "subdivision CA-QC", "asn 64500", "network office", "cidr 192.0.2.0/24" or "group dach", found "contnent EU" (did you mean "continent EU"?)',
  ],
  [
    'zones/example.com.yaml',
    'failover: [eu, us, spare]',
    'failover: [eu, uss, spare]',
    'uss',
    'services.web.steer.geo[0].to.failover[1]: expected the name of a pool or service, found "uss" (did you mean "us"?)',
  ],
  [
    'zones/example.com.yaml',
    'weight: 90',
    'weight: ninety',
    'ninety',
    'services.web.steer.geo[1].to.weighted[0].weight: expected a whole number from 0 to 1000000, found "ninety"',
  ],
  [
    'zones/example.com.yaml',
    '- { to: { nearest: [us, eu, spare] } }',
    '- { where: [country JP], to: { nearest: [us, eu, spare] } }',
    '- { where: [cont', // the list starts above, with its first item
    'services.web.steer.geo: expected a branch without `where` for the rest of the world, found none (add `- { to: … }`)',
  ],
  [
    'zones/example.com.yaml',
    'steer: { failover: [eu, us] }',
    'steer: { failover: [eu, idle] }',
    '{',
    'services.idle.steer: expected a tree, found a cycle: idle → idle',
  ],
  [
    'zones/example.org.zone',
    'ns1   A   192.0.2.53',
    'ns1   A   192.0.2.530',
    '192',
    'A address: expected an IPv4 address, found "192.0.2.530"',
  ],
  [
    'zones/example.org.zone',
    'www   A ',
    'www   AAA ',
    'AAA',
    'expected a record type, found "AAA" (did you mean "AAAA"?)',
  ],
  [
    'zones/example.org.zone',
    'blog  A   192.0.2.81',
    'blog  CNAME www\nblog  A   192.0.2.81',
    'blog',
    'expected nothing beside the CNAME of blog.example.org., found A',
  ],
]

/** A folder with these mistakes, and what `check` should print of them, in order. */
function planted(wanted: readonly Mistake[]): { folder: Folder; expected: string[] } {
  const texts: Record<string, string> = { ...files }
  for (const [file, replace, by] of wanted) {
    const parts = texts[file]!.split(replace)
    if (parts.length !== 2) throw new Error(`${JSON.stringify(replace)} stands ${parts.length - 1} times in ${file}`)
    texts[file] = parts.join(by)
  }
  const order = Object.keys(files)
  const places = wanted
    .map(([file, , by, at, says]) => ({ file, ...placeOf(texts[file]!, by, at), says }))
    .sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.col - b.col)
  // What is said of records has no path before it, so that the place ends with the colon.
  const isPath = /^[a-z][\w.[\]-]*: /
  const expected = places.map(
    ({ file, line, col, says }) => `${file}:${line}:${col}${isPath.test(says) ? '' : ':'} ${says}`,
  )
  return { folder: openFolder({ ...texts, ...database }), expected }
}

function placeOf(text: string, by: string, at: string): { line: number; col: number } {
  const inside = by.indexOf(at)
  const before = text.slice(0, inside < 0 ? text.indexOf(at) : text.indexOf(by) + inside)
  return { line: before.split('\n').length, col: before.length - before.lastIndexOf('\n') }
}

/** The embedded database would do, but takes its time to compile. */
const database = { 'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]) }

function found(folder: Folder): string[] {
  const { problems } = loadNode(`${folder.path}/meridian.yaml`, 1)
  return problems.map((problem) => printProblem({ ...problem, file: relative(folder.path, problem.file) }))
}

test('without a mistake there is nothing to say', () => {
  using folder = planted([]).folder
  expect(found(folder)).toEqual([])
})

test(`all ${mistakes.length} in one run of check, each at its place, and nothing else`, async () => {
  const { folder, expected } = planted(mistakes)
  using _ = folder
  const { code, out } = await runMeridian(['check'], { cwd: folder.path })
  const lines = out.trimEnd().split('\n')
  expect(lines.pop()).toBe(`./meridian.yaml: ${mistakes.length} mistakes`)
  expect(lines.map((line) => line.replace(/^\.\//, ''))).toEqual(expected)
  expect(code).toBe(1)
})

test.each(mistakes.map((mistake) => [mistake[4], mistake] as const))('alone: %s', (_, mistake) => {
  const { folder, expected } = planted([mistake])
  using _folder = folder
  expect(found(folder)).toEqual(expected)
})

test('a name that is taken is one mistake, whoever else uses the name', () => {
  const [name, text] = [
    'zones/example.com.yaml',
    zone.replace('services:\n', 'services:\n  eu: { steer: { failover: [us, eu] } }\n'),
  ]
  using folder = openFolder({
    ...files,
    ...database,
    [name]: text.replace('www:  { service: web }', 'www:  { service: eu }'),
  })
  expect(found(folder)).toEqual([
    'zones/example.com.yaml:31:7 services.eu: expected a name of its own, found "eu" a second time (pools and services share their names)',
  ])
})

test('any of them together', () => {
  fc.assert(
    fc.property(fc.subarray([...mistakes], { minLength: 2 }), (some) => {
      const { folder, expected } = planted(some)
      using _ = folder
      expect(found(folder)).toEqual(expected)
    }),
    { numRuns: 50, seed: 7 },
  )
})

describe('what cannot be read is one mistake, and what would have stood there none', () => {
  test.each<[string, File, string, string, string]>([
    [
      'own networks',
      'meridian.yaml',
      'networks: networks.yaml',
      'networks: gone.yaml',
      'meridian.yaml:6:21 geo.networks: expected a file at FOLDER/gone.yaml, found nothing there',
    ],
    [
      'shared checks and pools',
      'meridian.yaml',
      '[shared.yaml]',
      '[gone.yaml]',
      'meridian.yaml:5:11 include[0]: expected a file at FOLDER/gone.yaml, found nothing there',
    ],
    [
      'the setting for the zones',
      'meridian.yaml',
      'zones:  [zones]',
      'zones:  5',
      'meridian.yaml:4:9 zones: expected text or a list, found the number 5 (quote it)',
    ],
    [
      'all pools of a zone',
      'zones/example.com.yaml',
      'pools:\n',
      'pools: 5\nx-pools:\n',
      'zones/example.com.yaml:17:8 pools: expected a map, found the number 5',
    ],
    [
      'the items of a list',
      'zones/example.com.yaml',
      '[{ address: 198.51.100.10 }]',
      '[5]',
      'zones/example.com.yaml:28:15 pools.us.targets[0]: expected a map, found the number 5',
    ],
  ])('%s', (_, file, replace, by, line) => {
    using folder = openFolder({ ...files, ...database, [file]: files[file].replace(replace, by) })
    const lines = found(folder).map((text) => text.replaceAll(folder.path, 'FOLDER'))
    expect(lines.filter((text) => !text.includes('x-pools'))).toEqual([line])
  })
})

test('a reload onto it keeps serving the old data and says so; a good one is taken', async () => {
  const { folder, expected } = planted(mistakes)
  using _ = folder
  for (const [name, text] of Object.entries(files)) folder.write(name, text)
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  await using client = await openDnsClient(node.dns)
  const mail = async (): Promise<string> => {
    const reply = await client.ask(writeQuery({ name: 'mail.example.com' }))
    return decodeWithDns2(reply!.bytes)
      .answer.map(({ data }) => data)
      .join()
  }
  expect(await mail()).toBe('192.0.2.25')
  const before = await node.status()

  using bad = planted(mistakes).folder
  const change = (text: string): string => text.replace('192.0.2.25', '192.0.2.26')
  for (const name of Object.keys(files)) folder.write(name, change(readFileSync(`${bad.path}/${name}`, 'utf8')))
  // Files that are written one by one may be read in between; the last reading finds them all.
  const refused = await until('a reload that is refused', 10_000, async () => {
    const { config, reloads } = await node.status()
    expect(config).toEqual(before.config)
    return reloads.lastProblems.length === mistakes.length && reloads
  })
  const said = refused.lastProblems.map((line) => line.replace(`${folder.path}/`, ''))
  expect(said).toEqual(expected)
  expect(await mail()).toBe('192.0.2.25')
  // The log comes through a pipe, and may come later than the status.
  const logged = ['the configuration has mistakes; the one before stays in service', ...refused.lastProblems]
  await until('all of it is in the log', 2000, () => {
    const log = new Set(node.log().map(({ msg }) => msg))
    return logged.every((line) => log.has(line))
  })
  expect(await node.metrics()).toMatch(/meridian_reloads_total\{outcome="refused"\} [1-9]/)

  for (const [name, text] of Object.entries(files)) folder.write(name, change(text))
  await until('the good one', 10_000, async () => (await mail()) === '192.0.2.26')
  const after = await until('its end', 2000, async () => {
    const status = await node.status()
    // A zone that changes and keeps its serial is given the next one, with a warning.
    return status.reloads.lastProblems.every((line) => line.includes('warning: expected a serial after')) && status
  })
  expect(after.config.hash).not.toBe(before.config.hash)
})
