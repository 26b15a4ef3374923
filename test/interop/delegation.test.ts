// Unbound finds its way from the root: root, top level and zones are ours, on machines of their own in network namespaces. With
// strict QNAME minimisation, 0x20 and every hardening that it has, it refuses what is not quite right.

import { rmSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Folder, openFolder } from '../support/folder.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Lab, type Machine, openLab, type Program } from './lab.ts'

const addresses = { root: '10.53.0.1', top: '10.53.0.2', zone: '10.53.0.3', other: '10.53.0.4', resolver: '10.53.0.9' }
const head = (ns: string): string => `$TTL 300\n@ SOA ${ns} host.test. 7 1h 15m 2w 30\n@ NS ${ns}\n`

const rootZone = {
  zone: '.',
  ttl: '5m',
  soa: { mname: 'ns.root.', rname: 'host.test.', negative: '30s' },
  ns: ['ns.root.'],
  records: { 'ns.root': { A: addresses.root }, test: { NS: ['ns.nic.test.'] }, 'ns.nic.test': { A: addresses.top } },
}

const topZone = `${head('ns.nic.test.')}ns.nic A ${addresses.top}
example    NS ns1.example
example    NS ns2.example
ns1.example A ${addresses.zone}
ns2.example A ${addresses.other}
; beside it: its servers are in another zone of this one
beside     NS ns1.example
beside     NS ns2.example
; served here, parent and child on one server
kid        NS ns.kid
ns.kid     A  ${addresses.top}
; its server knows nothing of it
lame       NS ns.nowhere
ns.nowhere A  ${addresses.other}
`

const exampleZone = `${head('ns1.example.test.')}@ NS ns2
ns1 A ${addresses.zone}
ns2 A ${addresses.other}
@ MX 10 mail
mail A 192.0.2.25
mail AAAA 2001:db8::25
a.b.c.d.e A 192.0.2.1
alias CNAME hop
hop CNAME mail
to-beside CNAME www.beside.test.
to-kid CNAME www.kid.test.
old DNAME new
www.new A 192.0.2.2
*.wild A 192.0.2.77
*.wild TXT "from the wildcard"
sub NS ns.sub
ns.sub A ${addresses.other}
loop CNAME pool
pool CNAME loop
big TXT ${Array.from({ length: 30 }, (_, i) => `"${String(i).repeat(60)}"`).join(' ')}
odd TYPE65280 \\# 4 0A000001
svc HTTPS 1 . alpn=h2 ipv4hint=192.0.2.9
`

const besideZone = `${head('ns1.example.test.')}@ NS ns2.example.test.\nwww A 192.0.2.3\n`
const kidZone = `${head('ns')}ns A ${addresses.top}\nwww A 192.0.2.4\n`
const subZone = `${head('ns')}ns A ${addresses.other}\nwww A 192.0.2.5\n`

const programs: Program[] = []
let folder: Folder
let lab: Lab

function settings(address: string, zones: readonly string[]): object {
  return {
    listen: [`${address}:53`],
    admin: { listen: '127.0.0.1:0' },
    workers: 1,
    prober: false,
    zones: zones.map((name) => `../zones/${name}`),
    geo: { databases: ['../places.mmdb'] },
  }
}

function unboundConfig(): string {
  return `server:
  interface: ${addresses.resolver}@53
  access-control: 10.53.0.0/24 allow
  do-daemonize: no
  do-ip6: no
  username: ""
  chroot: ""
  directory: "${folder.path}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 3
  module-config: "iterator"
  root-hints: "${folder.path}/hints"
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
  harden-short-bufsize: yes
  harden-large-queries: yes
  harden-glue: yes
  harden-below-nxdomain: yes
  harden-referral-path: yes
  prefetch: no
  local-zone: "test." nodefault
  do-not-query-localhost: no
remote-control:
  control-enable: no
`
}

function startOn(name: string, program: string, args: readonly string[], ready: RegExp): Promise<string> {
  const started = lab.machine(name).start(program, args)
  programs.push(started)
  return started.says(ready)
}

beforeAll(async () => {
  folder = openFolder({
    'root/meridian.yaml': settings(addresses.root, ['root.yaml']),
    'top/meridian.yaml': settings(addresses.top, ['test.zone', 'kid.test.zone']),
    'zone/meridian.yaml': settings(addresses.zone, ['example.test.zone', 'beside.test.zone']),
    'other/meridian.yaml': settings(addresses.other, [
      'example.test.zone',
      'beside.test.zone',
      'sub.example.test.zone',
    ]),
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/root.yaml': rootZone,
    'zones/test.zone': topZone,
    'zones/kid.test.zone': kidZone,
    'zones/example.test.zone': exampleZone,
    'zones/beside.test.zone': besideZone,
    'zones/sub.example.test.zone': subZone,
    hints: `. 3600000 NS ns.root.\nns.root. 3600000 A ${addresses.root}\n`,
  })
  folder.write('unbound.conf', unboundConfig())
  lab = await openLab({ net: addresses })
  await Promise.all(
    ['root', 'top', 'zone', 'other'].map((name) =>
      startOn(
        name,
        process.execPath,
        ['src/main.ts', 'serve', '--config', join(folder.path, name, 'meridian.yaml')],
        /^ready: /,
      ),
    ),
  )
  await startOn('resolver', 'unbound', ['-d', '-c', join(folder.path, 'unbound.conf')], /start of service/)
})

afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  rmSync(folder.path, { recursive: true, force: true })
})

async function run(machine: Machine, program: string, ...args: string[]): Promise<string> {
  const ran = machine.start(program, args)
  await once(ran.child, 'close')
  return ran.output()
}

const ask = (...args: string[]): Promise<string> =>
  run(lab.machine('resolver'), 'dig', `@${addresses.resolver}`, '+tries=1', '+time=10', ...args)

describe('Unbound, from the root', () => {
  test.each([
    ['a.b.c.d.e.example.test A', '192.0.2.1'],
    ['mail.example.test AAAA', '2001:db8::25'],
    ['alias.example.test A', 'hop.example.test.\nmail.example.test.\n192.0.2.25'],
    ['www.beside.test A', '192.0.2.3'],
    ['to-beside.example.test A', 'www.beside.test.\n192.0.2.3'],
    ['www.kid.test A', '192.0.2.4'],
    ['to-kid.example.test A', 'www.kid.test.\n192.0.2.4'],
    ['www.sub.example.test A', '192.0.2.5'],
    ['www.old.example.test A', 'new.example.test.\nwww.new.example.test.\n192.0.2.2'],
    ['x.y.z.wild.example.test A', '192.0.2.77'],
    ['odd.example.test TYPE65280', '\\# 4 0A000001'],
    ['svc.example.test HTTPS', '1 . alpn="h2" ipv4hint=192.0.2.9'],
    ['example.test MX', '10 mail.example.test.'],
  ])('%s', async (question, expected) => {
    // A DNAME shows its target as a line of its own; the name that it makes has the letters of the question, and those are mixed.
    expect((await ask(...question.split(' '), '+short')).toLowerCase()).toBe(expected.toLowerCase())
  })

  test.each([
    ['nothing.at.all.example.test A', 'NXDOMAIN'],
    ['nothing.test A', 'NXDOMAIN'],
    ['nothing A', 'NXDOMAIN'],
    ['c.d.e.example.test A', 'NOERROR'],
    ['mail.example.test MX', 'NOERROR'],
    ['x.wild.example.test MX', 'NOERROR'],
    ['example.test DS', 'NOERROR'],
    ['kid.test DS', 'NOERROR'],
    ['loop.example.test A', 'SERVFAIL'],
    ['www.lame.test A', 'SERVFAIL'],
  ])('%s: %s', async (question, status) => {
    expect(await ask(...question.split(' '))).toContain(`status: ${status}`)
  })

  test('what does not fit comes over TCP', async () => {
    expect(await ask('big.example.test', 'TXT')).toMatch(/ANSWER: 1\b/)
  })

  test('it minimised its questions, and never had to do without mixed case', () => {
    const said = programs.at(-1)!.output()
    const sent = [...said.matchAll(/sending query: (\S+) (\S+) IN\n.*sending to target: <\S+> ([\d.]+)#53/g)]
    const toRoot = new Set(sent.filter(([, , , to]) => to === addresses.root).map(([, name]) => name!.toLowerCase()))
    // One label for the root, whatever was asked for, and once its own server.
    expect([...toRoot].filter((name) => !/^[^.]*\.$/.test(name))).toEqual(['ns.root.'])
    expect(toRoot).toContain('test.')
    expect(said.match(/caps_fallback|Capsforid|REC_LAME|mismatch/gi)).toBeNull()
  })
})

describe('meridian check --delegation, through that Unbound', () => {
  const check = (config: string): Promise<string> =>
    run(
      lab.machine('resolver'),
      process.execPath,
      'src/main.ts',
      'check',
      '--config',
      join(folder.path, config),
      '--delegation',
      '--resolver',
      `${addresses.resolver}:53`,
    )

  test('finds nothing wrong with what is right', async () => {
    expect(await check('zone/meridian.yaml')).toContain('all zones are delegated as they stand here')
  })

  test('finds what is not as the files here have it', async () => {
    folder.write('changed/meridian.yaml', { ...settings(addresses.zone, []), zones: ['zones'] })
    folder.write('changed/zones/example.test.zone', exampleZone.replace(' 7 1h', ' 8 1h').replace('@ NS ns2\n', ''))
    folder.write('changed/zones/lame.test.zone', `${head('ns.nowhere.test.')}www A 192.0.2.1\n`)
    const said = await check('changed/meridian.yaml')
    expect(said).toContain('the parent names ns2.example.test., which is no name server in the zone')
    expect(said).toContain(`ns1.example.test. (${addresses.zone}) has the serial 7, the zone here 8`)
    expect(said).toContain(
      `lame.test: ns.nowhere.test. (${addresses.other}) is not authoritative for it: a lame delegation`,
    )
  })
})
