// meridian query: what it prints and how it ends, against a scripted server.

import { afterEach, describe, expect, test } from 'vitest'
import { printEndpoint } from '../../src/core/base/address.ts'
import { queryCommand } from '../../src/cli/query.ts'
import { echo, echoA, type FakeServer, framed, openFakeServer, type Respond, silent } from '../io/ask/fake-server.ts'
import { buildMessage, hex, opt, wire } from '../io/ask/message.ts'
import { type Printed, run } from './printed.ts'

const open: FakeServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function serving(udp: Respond, tcp?: Respond): Promise<FakeServer> {
  const server = await openFakeServer(udp, tcp)
  open.push(server)
  return server
}

function query(server: FakeServer, ...args: string[]): Promise<Printed> {
  return run(queryCommand, ...args, '--server', printEndpoint(server.endpoint))
}

/** With the parts that differ from run to run made equal. */
function steady(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/, 'SERVER')
    .replace(/\d+\.\d ms/, 'TIME')
    .replace(/\bid \d+/, 'ID')
}

/** All that can be shown at once. */
function rich(query: Buffer): Uint8Array {
  const options = hex('0008 0007 0001 18 14 cb0071  000f 0008 0003') // 203.0.113.0/24 scope 20, extended error 3
  return buildMessage({
    id: query.readUInt16BE(0),
    flags: 0x8400,
    question: { name: 'www.example.com.', type: 1 },
    answer: [
      { name: 'www.example.com.', type: 5, ttl: 300, data: wire('web.example.com.') },
      { name: 'web.example.com.', type: 1, ttl: 30, data: hex('c000020a') },
    ],
    authority: [{ name: 'example.com.', type: 2, ttl: 86400, data: wire('ns1.example.com.') }],
    additional: [
      { name: 'ns1.example.com.', type: 65, ttl: 5, data: hex('000100') },
      opt(Buffer.concat([options, Buffer.from('ageing'), hex('0003 0002 6e31')])),
    ],
  })
}

test('an answer with everything', async () => {
  const { out, err, code } = await query(await serving((q) => [rich(q)]), 'www.example.com')
  expect(steady(out)).toBe(`;; NOERROR, flags qr aa, ID
;; edns 0, udp 1232, subnet 203.0.113.0/24 scope 20
;; extended error 3 STALE_ANSWER: "ageing"
;; edns option 3: 6e31

;; question
;www.example.com.  IN  A

;; answer
www.example.com.  300    IN  CNAME  web.example.com.
web.example.com.  30     IN  A      192.0.2.10

;; authority
example.com.      86400  IN  NS     ns1.example.com.

;; additional
ns1.example.com.  5      IN  HTTPS  1 .

;; SERVER over UDP, TIME, 218 bytes
`)
  expect([err, code]).toEqual(['', 0])
})

test('an answer with nothing', async () => {
  const { out, code } = await query(await serving((q) => [echo(q, 0x8003)]), 'www.example.com', 'txt')
  expect(steady(out)).toBe(`;; NXDOMAIN, flags qr, ID

;; question
;www.example.com.  IN  TXT

;; SERVER over UDP, TIME, 33 bytes
`)
  expect(code).toBe(0)
})

test('as JSON', async () => {
  const { out, code } = await query(await serving((q) => [rich(q)]), 'www.example.com', '--json')
  expect(JSON.parse(out)).toEqual({
    server: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    transport: 'udp',
    tookMs: expect.any(Number),
    size: 218,
    id: expect.any(Number),
    opcode: 0,
    rcode: 0,
    status: 'NOERROR',
    flags: { qr: true, aa: true, tc: false, rd: false, ra: false, ad: false, cd: false },
    question: [{ name: 'www.example.com.', class: 'IN', type: 'A' }],
    answer: [
      { name: 'www.example.com.', class: 'IN', type: 'CNAME', ttl: 300, data: 'web.example.com.' },
      { name: 'web.example.com.', class: 'IN', type: 'A', ttl: 30, data: '192.0.2.10' },
    ],
    authority: [{ name: 'example.com.', class: 'IN', type: 'NS', ttl: 86400, data: 'ns1.example.com.' }],
    additional: [{ name: 'ns1.example.com.', class: 'IN', type: 'HTTPS', ttl: 5, data: '1 .' }],
    edns: {
      version: 0,
      udpSize: 1232,
      dnssecOk: false,
      subnet: { prefix: '203.0.113.0/24', scope: 20 },
      extendedErrors: [{ code: 3, text: 'ageing' }],
      options: [
        { code: 8, data: '00011814cb0071' },
        { code: 15, data: '0003616765696e67' },
        { code: 3, data: '6e31' },
      ],
    },
    problems: [],
  })
  expect(code).toBe(0)
})

test('--tcp asks over TCP, --subnet on behalf of a network', async () => {
  const server = await serving(silent, (q) => [framed(echoA(q))])
  const { out, code } = await query(server, 'www.example.com', 'A', '--tcp', '--subnet', '2001:db8::/32')
  expect(out).toContain(' over TCP, ')
  expect(code).toBe(0)
  expect(server.seen.map(({ transport }) => transport)).toEqual(['tcp'])
  expect(server.seen[0]!.query.subarray(-12)).toEqual(Buffer.from(hex('0008 0008 0002 2000 20010db8')))
})

describe('code 1', () => {
  test.each([
    [0x8005, 'REFUSED'],
    [0x8002, 'SERVFAIL'],
  ])('a response that says 0x%s', async (flags, status) => {
    const { out, code } = await query(await serving((q) => [echo(q, flags)]), 'www.example.com')
    expect(out).toContain(`;; ${status}, flags qr, id `)
    expect(code).toBe(1)
  })

  test('a malformed response', async () => {
    const { out, code } = await query(await serving((q) => [Buffer.concat([echo(q), hex('00')])]), 'www.example.com')
    expect(out).toContain(';; problem: 1 bytes after the last record')
    expect(code).toBe(1)
  })

  test('no response', async () => {
    const { out, err, code } = await query(await serving(silent), 'www.example.com', '--timeout', '20ms')
    expect(steady(err)).toBe('no answer from SERVER over UDP within 20ms (ask-timeout)\n')
    expect([out, code]).toEqual(['', 1])
  })
})

describe('code 2', () => {
  test.each([
    [['a..b'], 'Expected a domain name, found an empty label in "a..b".'],
    [['a.', 'CNAM'], 'Expected a record type such as A, MX or TYPE65 (did you mean "CNAME"?).'],
    [['a.', 'axfr'], 'Zone transfers cannot be asked for here.'],
    [['a.', '--server', 'ns1.example'], 'Expected an address and port such as 127.0.0.1:5300 or [::1]:5300.'],
    [['a.', '--server', '127.0.0.1:0'], 'Expected an address and port'],
    [['a.', '--subnet', '192.0.2.77/24'], 'such as 203.0.113.0/24 or 2001:db8::/56 (did you mean 192.0.2.0/24?).'],
    [['a.', '--subnet', '192.0.2.0/33'], 'such as 203.0.113.0/24 or 2001:db8::/56.'],
    [['a.', '--subnet', '192.0.2/24'], 'such as 203.0.113.0/24 or 2001:db8::/56.'],
    [['a.', '--timeout', '2'], 'Expected a time from 1ms to 1h, such as 500ms or 2s.'],
    [['a.', '--timeout', '0s'], 'Expected a time from 1ms to 1h'],
    [['a.', '--tpc'], "unknown option '--tpc'"],
    [['a.', 'A', 'b.'], 'too many arguments'],
    [[], "missing required argument 'name'"],
  ])('%j', async (args, complaint) => {
    const { out, err, code } = await run(queryCommand, ...args)
    expect(err).toContain(complaint)
    expect(err).toContain('(meridian query --help says more)')
    expect([out, code]).toEqual(['', 2])
  })
})

test('help is no mistake, and says what is assumed', async () => {
  const { out, err, code } = await run(queryCommand, '--help')
  expect(out).toContain('or else 127.0.0.1:5300)')
  expect(out).toContain('(default: A)')
  expect(out).toContain('(default: 2s)')
  expect(out).toContain('Exit code: 0')
  expect([err, code]).toEqual(['', 0])
})
