// What other people's DNS programs say of a running node: dig, kdig, delv, dnsperf, and Unbound resolving
// with QNAME minimisation, 0x20 and Client Subnet. Their reading of our messages is the one that counts.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { openPrograms } from '../support/programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'meridian-interop-'))
const programs = openPrograms()
let port = 0

const zone = `
zone: example.com
ttl: 5m
soa: { mname: ns1, rname: hostmaster, serial: 7, negative: 30s }
ns: [ns1, ns2]
records:
  "@": { MX: [10 mail, 20 mail2], TXT: "v=spf1 mx -all", CAA: '0 issue "ca.example.net"', service: web }
  www: { service: web }
  ns1: { A: 127.0.0.1 }
  ns2: { A: 127.0.0.1 }
  mail: { A: 192.0.2.25, AAAA: "2001:db8::25" }
  mail2: { A: 192.0.2.26 }
  alias: { CNAME: hop }
  hop: { CNAME: mail }
  steered: { CNAME: www }
  "*.wild": { A: 192.0.2.77, TXT: "from the wildcard" }
  "deep.down.here": { A: 192.0.2.78 }
  _sip._tcp: { SRV: 0 5 5060 mail }
  odd: { TYPE65280: '\\# 4 0A000001' }
  big: { TXT: [${Array.from({ length: 40 }, (_, i) => `"text number ${i} ${'x'.repeat(60)}"`).join(', ')}] }
  lab: { NS: [ns.lab, ns1] }
  ns.lab: { A: 192.0.2.82 }
pools:
  eu: { at: { country: IE }, targets: [{ address: 192.0.2.10 }, { address: "2001:db8:1::10" }] }
  us: { at: { country: US }, targets: [{ address: 198.51.100.10 }, { address: "2001:db8:2::10" }] }
services:
  web: { ttl: 30s, steer: { geo: [{ where: [continent EU], to: { failover: [eu, us] } }, { to: { failover: [us, eu] } }] } }
`

beforeAll(async () => {
  port = await freePort()
  mkdirSync(join(folder, 'zones'))
  writeFileSync(join(folder, 'zones', 'example.com.yaml'), zone)
  const admin = await freePort()
  writeFileSync(
    join(folder, 'meridian.yaml'),
    `node: { name: interop }\nlisten: ["127.0.0.1:${port}", "[::1]:${port}"]\nworkers: 2\nprober: false\nadmin: { listen: "127.0.0.1:${admin}" }\n`,
  )
  await programs.start(
    process.execPath,
    ['src/main.ts', 'serve', '--config', join(folder, 'meridian.yaml')],
    /^ready: /m,
  )
})

afterAll(async () => {
  await programs.stop()
  rmSync(folder, { recursive: true, force: true })
})

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}

function dig(...args: string[]): string {
  return run('dig', '@127.0.0.1', '-p', String(port), '+tries=1', '+time=3', ...args)
}

test.each([
  [['mail.example.com', 'A', '+short'], '192.0.2.25\n'],
  [['mail.example.com', 'AAAA', '+short', '+tcp'], '2001:db8::25\n'],
  [['alias.example.com', 'A', '+short'], 'hop.example.com.\nmail.example.com.\n192.0.2.25\n'],
  [['x.y.wild.example.com', 'TXT', '+short'], '"from the wildcard"\n'],
  [['_sip._tcp.example.com', 'SRV', '+short'], '0 5 5060 mail.example.com.\n'],
  [['odd.example.com', 'TYPE65280', '+short'], '\\# 4 0A000001\n'],
  [['example.com', 'CAA', '+short'], '0 issue "ca.example.net"\n'],
  [['example.com', 'SOA', '+short'], 'ns1.example.com. hostmaster.example.com. 7 3600 900 1209600 30\n'],
  [['down.here.example.com', 'A', '+short'], ''],
])('dig %s', (args, expected) => {
  expect(dig(...args)).toBe(expected)
})

test.each([
  ['down.here.example.com', 'NOERROR', 'aa', 'SOA'],
  ['nothing.example.com', 'NXDOMAIN', 'aa', 'SOA'],
  ['mail.example.com MX', 'NOERROR', 'aa', 'SOA'],
  ['example.net', 'REFUSED', 'qr', ''],
  ['host.lab.example.com', 'NOERROR', 'qr', 'NS\tns.lab.example.com.'],
])('dig %s is %s', (question, status, flag, authority) => {
  const text = dig(...question.split(' '), '+norec')
  expect(text).toContain(`status: ${status}`)
  expect(text).toMatch(new RegExp(`flags:[^;]*\\b${flag}\\b`))
  expect(text).not.toContain('WARNING')
  expect(text).not.toContain('malformed')
  expect(text).toContain(authority)
})

test('a referral brings the addresses it cannot be followed without', () => {
  expect(dig('host.lab.example.com', '+norec')).toMatch(/ns\.lab\.example\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.82/)
})

test('what does not fit is asked for again over TCP, and is whole there', () => {
  const cut = dig('big.example.com', 'TXT', '+ignore', '+bufsize=1232')
  expect(cut).toMatch(/flags:[^;]*\btc\b/)
  expect(cut).toContain('ANSWER: 0')
  expect(dig('big.example.com', 'TXT')).toContain('ANSWER: 40')
  expect(run('dig', '@::1', '-p', String(port), 'big.example.com', 'TXT', '+tcp')).toContain('ANSWER: 40')
})

test.each([
  ['2.125.160.0/24', '192.0.2.10'],
  ['8.8.8.0/24', '198.51.100.10'],
])('dig +subnet=%s gets %s, and the scope says for whom', (subnet, address) => {
  const text = dig('www.example.com', 'A', `+subnet=${subnet}`)
  expect(text).toContain(address)
  expect(text).toMatch(new RegExp(`CLIENT-SUBNET: ${subnet.replaceAll('.', '\\.')}/([1-9]|1\\d|2[0-4])\\s`))
})

test('what is not tailored has scope 0', () => {
  expect(dig('mail.example.com', 'A', '+subnet=8.8.8.0/24')).toMatch(/CLIENT-SUBNET: 8\.8\.8\.0\/24\/0\s/)
  expect(dig('nothing.example.com', 'A', '+subnet=8.8.8.0/24')).toMatch(/CLIENT-SUBNET: 8\.8\.8\.0\/24\/0\s/)
})

test.each([['+notcp'], ['+tcp']])(
  'kdig %s with cookie, NSID and subnet reads the answer without complaint',
  (transport) => {
    const text = run(
      'kdig',
      '@127.0.0.1',
      '-p',
      String(port),
      transport,
      '+cookie',
      '+nsid',
      '+subnet=2.125.160.0/24',
      'www.example.com',
      'A',
    )
    expect(text).toContain('status: NOERROR')
    expect(text).toContain('192.0.2.10')
    expect(text).not.toMatch(/warning|malformed|error:/i)
  },
)

test('delv takes the unsigned answer for what it is', () => {
  const text = run('delv', '@127.0.0.1', '-p', String(port), '+noroot', '-i', 'mail.example.com', 'A')
  expect(text).toContain('192.0.2.25')
})

test('EDNS versions we do not know get BADVERS, and ANY gets an HINFO', () => {
  expect(dig('example.com', 'SOA', '+edns=1', '+noednsnegotiation')).toContain('status: BADVERS')
  expect(dig('example.com', 'ANY', '+notcp')).toMatch(/HINFO\s+"RFC8482" ""/)
})

test('dnsperf finds every query answered', () => {
  const file = join(folder, 'queries.txt')
  const names = [
    'www.example.com A',
    'mail.example.com AAAA',
    'nothing.example.com A',
    'x.wild.example.com TXT',
    'alias.example.com A',
  ]
  writeFileSync(file, `${names.join('\n')}\n`)
  const text = run('dnsperf', '-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', '2', '-c', '4', '-Q', '5000')
  expect(text).toMatch(/Queries lost:\s+0 /)
  expect(text).toMatch(/Queries sent:\s+\d{4,}/)
})

test('Unbound resolves by asking us, minimising names and mixing their case', async () => {
  const resolver = await freePort()
  const config = join(folder, 'unbound.conf')
  writeFileSync(
    config,
    `server:
  interface: 127.0.0.1@${resolver}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  logfile: ""
  use-syslog: no
  verbosity: 1
  do-not-query-localhost: no
  module-config: "subnetcache iterator"
  client-subnet-zone: "example.com"
  client-subnet-always-forward: yes
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
  access-control: 127.0.0.0/8 allow
  local-zone: "example.com" nodefault
remote-control:
  control-enable: no
stub-zone:
  name: "example.com"
  stub-addr: 127.0.0.1@${port}
  stub-first: no
`,
  )
  await programs.start('unbound', ['-d', '-c', config], /start of service/)
  const ask = (...args: string[]): string =>
    run('dig', '@127.0.0.1', '-p', String(resolver), '+tries=2', '+time=3', ...args)
  expect(ask('deep.down.here.example.com', 'A', '+short')).toBe('192.0.2.78\n')
  expect(ask('alias.example.com', 'A', '+short')).toBe('hop.example.com.\nmail.example.com.\n192.0.2.25\n')
  expect(ask('a.b.c.wild.example.com', 'A', '+short')).toBe('192.0.2.77\n')
  expect(ask('nothing.at.all.example.com', 'A')).toContain('status: NXDOMAIN')
  expect(ask('down.here.example.com', 'A')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0/)
  expect(ask('steered.example.com', 'A', '+short')).toMatch(/^www\.example\.com\.\n/)
  expect(ask('big.example.com', 'TXT')).toContain('ANSWER: 40')
  // The subnet that a client sends goes through Unbound to us; its cache keeps the answers apart by their scope.
  expect(ask('www.example.com', 'A', '+short', '+subnet=2.125.160.0/24')).toBe('192.0.2.10\n')
  expect(ask('www.example.com', 'A', '+short', '+subnet=8.8.8.0/24')).toBe('198.51.100.10\n')
  expect(ask('www.example.com', 'A', '+short', '+subnet=2.125.160.0/24')).toBe('192.0.2.10\n')
})

test('the peers are those of Debian, and these versions', () => {
  const versions = [run('dig', '-v'), run('kdig', '--version'), run('unbound', '-V').split('\n')[0] ?? '']
  process.stderr.write(`${versions.map((text) => text.trim()).join('; ')}\n`)
  expect(readFileSync('/etc/os-release', 'utf8')).toContain('debian')
})
