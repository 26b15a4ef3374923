// dig, kdig and drill with everything that EDNS has, alone and together, over UDP and TCP, to a node that requires cookies.

import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'

let folder: Folder
let node: Running

beforeAll(async () => {
  folder = openFolder({
    'meridian.yaml': {
      node: { name: 'edns-node' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      prober: false,
      geo: { databases: ['places.mmdb'] },
      cookies: { mode: 'require', secret: '00112233445566778899aabbccddeeff' },
      chaos: { version: 'not told', id: 'edns-node' },
    },
    'places.mmdb': writeMmdb([{ prefix: '198.51.100.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': {
      zone: 'example.com',
      ttl: '5m',
      soa: { mname: 'ns', rname: 'host', serial: 7, negative: '30s' },
      ns: ['ns'],
      records: {
        ns: { A: '192.0.2.53' },
        plain: { A: '192.0.2.1', AAAA: '2001:db8::1' },
        www: { service: 'web' },
        alias: { CNAME: 'plain' },
        '*.wild': { TXT: 'wild' },
        sub: { NS: 'ns.sub' },
        'ns.sub': { A: '192.0.2.9' },
        big: { TXT: Array.from({ length: 40 }, (_, i) => `text number ${i} ${'x'.repeat(60)}`) },
      },
      pools: { eu: { targets: [{ address: '192.0.2.10' }] }, us: { targets: [{ address: '192.0.2.20' }] } },
      services: { web: { steer: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'us' }] } } },
    },
  })
  node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
})

afterAll(async () => {
  await node?.[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const at = (): string[] => [`@${node.dns.address}`, '-p', String(node.dns.port)]
const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8' })
const dig = (...args: string[]): string => run('dig', ...at(), '+tries=1', '+time=3', '+norec', ...args)
const kdig = (...args: string[]): string => run('kdig', ...at(), '+retry=0', '+time=3', ...args)
const drill = (...args: string[]): string => run('drill', '-p', String(node.dns.port), ...args, `@${node.dns.address}`)

const complaints = /warning|malformed|\berror\b|mismatch|trailing|garbage|unexpected/i

/** Each subset of the options, over UDP and over TCP. */
function combinations(options: readonly string[]): string[][] {
  const all = [...options, '+tcp']
  return Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((__, i) => bits & (1 << i)))
}

describe.each(combinations(['+cookie', '+nsid', '+subnet=198.51.100.0/24']))('with %s %s %s %s', (...given) => {
  const options = given.filter((each) => each !== undefined)
  const has = (option: string): boolean => options.some((each) => each.startsWith(option))

  test('dig and kdig read a steered answer and all that goes with it', () => {
    const said = dig(...(has('+cookie') ? [] : ['+nocookie']), ...options, 'www.example.com', 'A')
    expect(said).toContain('status: NOERROR')
    expect(said).toContain(has('+subnet') ? '192.0.2.10' : '192.0.2.20')
    expect(said.includes('COOKIE: ')).toBe(has('+cookie'))
    if (has('+cookie')) expect(said).toContain('(good)')
    expect(said.includes('("edns-node")')).toBe(has('+nsid'))
    expect(said.includes('CLIENT-SUBNET: 198.51.100.0/24/24')).toBe(has('+subnet'))
    expect(said).not.toMatch(complaints)

    const told = kdig(...options, 'www.example.com', 'A')
    expect(told).toContain('status: NOERROR')
    expect(told).toContain(has('+subnet') ? '192.0.2.10' : '192.0.2.20')
    expect(/COOKIE: [0-9a-f]{16}/i.test(told)).toBe(has('+cookie'))
    expect(told.includes('"edns-node"')).toBe(has('+nsid'))
    expect(told.includes('CLIENT-SUBNET: 198.51.100.0/24/24')).toBe(has('+subnet'))
    expect(told).not.toMatch(complaints)
  })
})

describe('a cookie that is required', () => {
  test('dig that is told not to come back sees BADCOOKIE and a good cookie', () => {
    const said = dig('+cookie', '+nobadcookie', 'plain.example.com', 'A')
    expect(said).toContain('status: BADCOOKIE')
    expect(said).toMatch(/COOKIE: [0-9a-f]{48} \(good\)/)
    expect(said).toContain('ANSWER: 0')
  })

  test('a bad one, of the right length, is refused in the same way, and not over TCP', () => {
    const bad = `+cookie=0102030405060708${'01'.repeat(16)}`
    expect(dig(bad, '+nobadcookie', 'plain.example.com', 'A')).toContain('status: BADCOOKIE')
    expect(dig(bad, '+nobadcookie', '+tcp', 'plain.example.com', 'A')).toContain('status: NOERROR')
    // dig comes back by itself with the one it got.
    expect(dig(bad, 'plain.example.com', 'A')).toMatch(/BADCOOKIE, retrying[\s\S]*status: NOERROR/)
    expect(kdig(bad, '+badcookie', 'plain.example.com', 'A')).toContain('192.0.2.1')
    expect(kdig(bad, '+nobadcookie', 'plain.example.com', 'A')).toContain('status: BADCOOKIE')
  })

  test('the one that was given is taken', () => {
    const cookie = /COOKIE: ([0-9a-f]{48})/.exec(dig('+cookie', '+nobadcookie', 'plain.example.com', 'A'))![1]!
    expect(dig(`+cookie=${cookie}`, '+nobadcookie', 'plain.example.com', 'A')).toContain('status: NOERROR')
  })

  test('one that cannot be is FORMERR', () => {
    expect(dig('+ednsopt=10:010203', '+nocookie', 'plain.example.com', 'A')).toContain('status: FORMERR')
  })
})

test.each([
  ['an unknown option', ['+ednsopt=65001:abcdef']],
  ['an unknown flag', ['+ednsflags=0x4000']],
  ['a keepalive', ['+keepalive', '+tcp']],
  ['a padding', ['+padding=128', '+tcp']],
  ['DO', ['+dnssec']],
  ['a small buffer', ['+bufsize=512']],
  ['a large buffer', ['+bufsize=65535']],
  ['no EDNS', ['+noedns']],
  ['an odd bit of the header', ['+zflag']],
  ['AD and CD', ['+adflag', '+cdflag']],
  [
    'many on one connection',
    ['+keepopen', '+tcp', 'alias.example.com', 'A', '+keepopen', '+tcp', 'plain.example.com', 'AAAA'],
  ],
])('dig with %s is answered', (_, options) => {
  const said = dig('+nocookie', ...options, 'plain.example.com', 'A')
  expect(said).toContain('status: NOERROR')
  expect(said).toMatch(/plain\.example\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.1/)
  expect(said).not.toMatch(complaints)
})

test('EDNS of a later version is told which one is spoken', () => {
  const said = dig('+nocookie', '+edns=100', '+noednsneg', 'plain.example.com', 'SOA')
  expect(said).toMatch(/status: BADVERS[\s\S]*EDNS: version: 0,/)
  expect(dig('+nocookie', '+edns=100', '+ednsneg', 'plain.example.com', 'A')).toContain('status: NOERROR')
})

test.each([
  ['version.bind', '"not told"'],
  ['id.server', '"edns-node"'],
  ['hostname.bind', '"edns-node"'],
])('CHAOS %s', (name, text) => {
  expect(dig('+nocookie', '+short', 'CH', 'TXT', name)).toBe(`${text}\n`)
  expect(drill('-Q', name, 'CH', 'TXT')).toBe(`${text}\n`)
})

test('the peers are these', () => {
  const versions = ['dig -v', 'kdig --version', 'drill -v'].map((command) => run('sh', '-c', `${command} 2>&1`))
  process.stderr.write(`${versions.map((text) => text.trim().split('\n')[0]).join('; ')}\n`)
  expect(versions).not.toContain('')
})

describe('drill', () => {
  test.each([
    [['plain.example.com', 'A'], 'NOERROR', '192.0.2.1'],
    [['-t', 'plain.example.com', 'AAAA'], 'NOERROR', '2001:db8::1'],
    [['alias.example.com', 'A'], 'NOERROR', 'plain.example.com.'],
    [['a.b.wild.example.com', 'TXT'], 'NOERROR', '"wild"'],
    [['nothing.example.com', 'A'], 'NXDOMAIN', 'SOA'],
    [['plain.example.com', 'MX'], 'NOERROR', 'SOA'],
    [['www.example.net', 'A'], 'REFUSED', ''],
    [['-D', 'plain.example.com', 'A'], 'NOERROR', '192.0.2.1'],
    [['-b', '4096', '-t', 'big.example.com', 'TXT'], 'NOERROR', 'text number 39'],
  ])('%j', (args, rcode, text) => {
    const said = drill(...args)
    expect(said).toContain(`rcode: ${rcode}`)
    expect(said).toContain(text)
    expect(said).not.toMatch(complaints)
  })

  test('a referral', () => {
    const said = drill('-o', 'rd', 'x.sub.example.com', 'A')
    expect(said).toMatch(/flags: qr ;/)
    expect(said).toContain('192.0.2.9')
  })

  test('what does not fit has TC and nothing else', () => {
    expect(drill('-u', '-b', '512', 'big.example.com', 'TXT')).toMatch(/flags: qr aa tc rd ; QUERY: 1, ANSWER: 0,/)
  })
})
