// ALIAS with a real Unbound between us and the target: it resolves through an authority of its own, caches, is frozen, killed and
// comes back, while dig and kdig ask the node.

import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { openPrograms } from '../support/programs.ts'
import { until } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'meridian-alias-'))
const programs = openPrograms()
const ports = { node: 0, authority: 0, resolver: 0 }
const unbound: { current?: ChildProcess } = {}

const zone = (name: string, records: string): string => `zone: ${name}
ttl: 5m
soa: { mname: ns1, rname: hostmaster, negative: 2s }
ns: [ns1]
records:
  ns1: { A: 127.0.0.1 }
${records.replace(/^/gm, '  ')}
`

/** What the target's operator has: a chain into another zone, with short times. */
function writeTarget(address: string): void {
  const edge = `edge: { A: { ttl: 2s, data: [${address}, 192.0.2.8] }, AAAA: { ttl: 2s, data: "2001:db8::7" } }
many: { A: { ttl: 60s, data: [${Array.from({ length: 30 }, (_, i) => `192.0.2.${i + 100}`).join(', ')}] } }
four: { A: { ttl: 60s, data: 192.0.2.44 } }`
  writeFileSync(join(folder, 'authority', 'zones', 'example.org.yaml'), zone('example.org', edge))
}

beforeAll(async () => {
  for (const key of ['node', 'authority', 'resolver'] as const) ports[key] = await freePort()
  for (const name of ['node', 'authority']) mkdirSync(join(folder, name, 'zones'), { recursive: true })
  const cdn = 'cdn: { CNAME: { ttl: 60s, data: edge.example.org. } }'
  writeFileSync(join(folder, 'authority', 'zones', 'example.net.yaml'), zone('example.net', cdn))
  writeTarget('192.0.2.7')
  await serve('authority', '')
  writeUnbound()
  await startUnbound()
  const records = `"@": { ALIAS: cdn.example.net., MX: 10 mail, TXT: "v=spf1 -all" }
mail: { A: 192.0.2.25 }
many: { ALIAS: many.example.org. }
four: { ALIAS: four.example.org. }
gone: { ALIAS: nothing.example.org. }
"*.wild": { ALIAS: cdn.example.net. }
www: { CNAME: "@" }`
  writeFileSync(join(folder, 'node', 'zones', 'example.com.yaml'), zone('example.com', records))
  await serve('node', `alias: { resolvers: ["127.0.0.1:${ports.resolver}"], timeout: 500ms, min_ttl: 1s }\n`)
}, 60_000)

afterAll(async () => {
  await programs.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(name: 'node' | 'authority', more: string): Promise<void> {
  const file = join(folder, name, 'meridian.yaml')
  const settings = `node: { name: ${name} }\nlisten: ["127.0.0.1:${ports[name]}"]\nworkers: 1\nprober: false\n`
  writeFileSync(file, `${settings}admin: { listen: "127.0.0.1:${await freePort()}" }\n${more}`)
  await programs.start(process.execPath, ['src/main.ts', 'serve', '--config', file], /^ready: /m)
}

function writeUnbound(): void {
  const stubs = ['example.net', 'example.org'].map(
    (name) => `stub-zone:\n  name: "${name}"\n  stub-addr: 127.0.0.1@${ports.authority}\n`,
  )
  writeFileSync(
    join(folder, 'unbound.conf'),
    `server:
  interface: 127.0.0.1@${ports.resolver}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  logfile: ""
  use-syslog: no
  do-not-query-localhost: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  cache-max-negative-ttl: 2
  infra-host-ttl: 1
remote-control:
  control-enable: no
${stubs.join('')}`,
  )
}

async function startUnbound(): Promise<void> {
  unbound.current = await programs.start('unbound', ['-d', '-c', join(folder, 'unbound.conf')], /start of service/)
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}

function dig(port: number, ...args: string[]): string {
  return run('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=3', ...args])
}

function ask(...args: string[]): string {
  return dig(ports.node, ...args)
}

function linesOf(text: string): string[] {
  return text.trim().split('\n').toSorted()
}

test.each([
  ['example.com', 'A', ['192.0.2.7', '192.0.2.8']],
  ['example.com', 'AAAA', ['2001:db8::7']],
  ['a.b.wild.example.com', 'A', ['192.0.2.7', '192.0.2.8']],
  ['four.example.com', 'A', ['192.0.2.44']],
  ['four.example.com', 'AAAA', ['']],
  ['gone.example.com', 'A', ['']],
  ['example.com', 'MX', ['10 mail.example.com.']],
])('dig %s %s', (name, type, expected) => expect(linesOf(ask(name, type, '+short'))).toEqual(expected))

test('the answer is that of Unbound, under our own name and without its CNAME', () => {
  const resolved = dig(ports.resolver, 'cdn.example.net', 'A', '+short')
  expect(resolved).toContain('edge.example.org.')
  const addresses = linesOf(resolved).filter((line) => /^\d/.test(line))
  expect(linesOf(ask('example.com', 'A', '+short'))).toEqual(addresses)
  const text = ask('example.com', 'A', '+norec')
  expect(text).toMatch(/flags: qr aa;/)
  expect(text).not.toMatch(/CNAME|WARNING|malformed/)
  expect(ask('gone.example.com', 'A')).toContain('status: NOERROR')
  expect(ask('gone.example.com', 'TXT')).toContain('status: NOERROR')
})

test('kdig over TCP and with cookies and NSID, and what does not fit into a packet', () => {
  const kdig = (...args: string[]): string =>
    run('kdig', ['@127.0.0.1', '-p', String(ports.node), '+cookie', '+nsid', ...args])
  expect(kdig('+tcp', 'www.example.com', 'A')).toMatch(/example\.com\.\s+\d+\s+IN\s+A\s+192\.0\.2\.7/)
  expect(kdig('many.example.com', 'A')).not.toMatch(/warning|malformed|error:/i)
  expect(ask('many.example.com', 'A', '+noedns', '+ignore')).toMatch(/flags:[^;]*\btc\b/)
  expect(ask('many.example.com', 'A', '+noedns')).toContain('ANSWER: 30')
  expect(ask('many.example.com', 'A')).toContain('ANSWER: 30')
})

test('what the target’s operator changes is followed within its time', async () => {
  writeTarget('192.0.2.9')
  const has = (address: string) => (): boolean => ask('example.com', 'A', '+short').includes(address)
  await until('the new address', 30_000, has('192.0.2.9'))
  expect(linesOf(ask('example.com', 'A', '+short'))).toEqual(['192.0.2.8', '192.0.2.9'])
}, 40_000)

test('Unbound frozen, then killed: every answer stays; started again: fresh ones', async () => {
  const before = linesOf(ask('example.com', 'A', '+short'))
  unbound.current!.kill('SIGSTOP')
  await until('an old answer', 30_000, () => ask('example.com', 'A').includes('EDE: 3 (Stale Answer)'))
  expect(linesOf(ask('example.com', 'A', '+short'))).toEqual(before)
  expect(linesOf(ask('example.com', 'AAAA', '+short'))).toEqual(['2001:db8::7'])
  const dead = once(unbound.current!, 'exit')
  unbound.current!.kill('SIGKILL')
  await dead
  for (let i = 0; i < 20; i++) expect(linesOf(ask('example.com', 'A', '+short'))).toEqual(before)
  await startUnbound()
  await until('a fresh answer', 60_000, () => !ask('example.com', 'A').includes('EDE'))
  expect(linesOf(ask('example.com', 'A', '+short'))).toEqual(before)
}, 120_000)
