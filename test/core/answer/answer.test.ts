// The function that answers: what it counts, what it leaves alone, and that one query leaves nothing for the next.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answer } from '../../../src/core/answer/answer.ts'
import { openContext, rebind } from '../../../src/core/answer/context.ts'
import { Count, queryAt } from '../../../src/core/answer/counters.ts'
import { readBoth } from '../../support/oracle.ts'
import { opt, option, packet, question, subnet } from '../../support/packet.ts'
import { askBytes, makeWorld } from '../../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
www    A     192.0.2.1
alias  CNAME www
cased  CNAME www
cased  CNAME WWW
big    TXT   ${Array.from({ length: 8 }, () => 'x'.repeat(250)).join(' ')}
sub    NS    ns.sub
ns.sub A     192.0.2.2
`,
    'example.org': 'www A 192.0.2.7',
  },
  networks: [{ cidr: '192.0.2.0/24', country: 'IE' }],
  pools: { eu: { targets: ['203.0.113.1', '2001:db8::1'] }, us: { targets: ['203.0.113.2'] } },
  services: { web: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'us' }] }, all: { failover: ['eu', 'us'] } },
  owners: { web: 'web', all: 'all' },
})

const ednsSubnet = opt({ options: [subnet(1, 24, 0, [192, 0, 2])] })

const requests: readonly Uint8Array[] = [
  packet(),
  packet({ questions: [question('alias.example.com', 28)] }),
  packet({ questions: [question('cased.example.com')] }),
  packet({ questions: [question('nothing.example.com')], additionals: [opt()] }),
  packet({ questions: [question('big.example.com', 16)] }),
  packet({ questions: [question('x.sub.example.com')], additionals: [opt({ flags: 0x8000 })] }),
  packet({ questions: [question('web.example.com')], additionals: [ednsSubnet] }),
  packet({ questions: [question('web.example.com', 28)] }),
  packet({ questions: [question('all.example.com')], additionals: [opt({ size: 4096 })] }),
  packet({ questions: [question('www.example.org')] }),
  packet({ questions: [question('www.example.net')] }),
  packet({ questions: [question('www.example.com', 255)] }),
  packet({ additionals: [opt({ version: 3 })] }),
  packet({ additionals: [opt({ options: [option(8, [1])] })] }),
  packet({ questions: [] }),
  packet({ flags: 0x2800 }),
  packet({ flags: 0x8000 }),
  packet().slice(0, 20),
]

test('a context answers as if every query were its first', () => {
  const fresh = requests.map((request) => askBytes(openContext(world.bound, 'udp'), request))
  const context = openContext(world.bound, 'udp')
  fc.assert(
    fc.property(fc.array(fc.nat(requests.length - 1), { minLength: 2, maxLength: 12 }), (order) => {
      for (const i of order) expect(askBytes(context, requests[i]!)).toEqual(fresh[i])
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('requests and responses may stand anywhere in larger buffers, whose other bytes stay as they are', () => {
  const context = openContext(world.bound, 'udp')
  for (const request of requests) {
    const expected = askBytes(openContext(world.bound, 'udp'), request)
    const buffer = new Uint8Array(3000).fill(0xaa)
    buffer.set(request, 1111)
    const out = new Uint8Array(4096 + 1000).fill(0x77)
    const source = new Uint8Array(64).fill(0x33)
    source.set([127, 0, 0, 1], 30)
    context.nowSec = 1_800_000_000
    const length = answer(context, buffer, 1111, request.length, source, 30, 4, out, 500, 4096)
    expect(out.subarray(500, 500 + length)).toEqual(expected ?? new Uint8Array(0))
    expect(out.subarray(0, 500).every((byte) => byte === 0x77)).toBe(true)
    expect(out.subarray(500 + 4096).every((byte) => byte === 0x77)).toBe(true)
    expect(buffer.filter((byte) => byte !== 0xaa).length).toBeLessThanOrEqual(request.length)
  }
})

test('all of them are readable', () => {
  const responses = requests.flatMap((request) => askBytes(openContext(world.bound, 'udp'), request) ?? [])
  expect(responses).toHaveLength(requests.length - 1)
  for (const response of responses) expect(readBoth(response).flags).toMatch(/^qr/)
})

describe('what is counted', () => {
  test.each([
    ['an answer', packet(), { type: 1, rcode: 0 }],
    ['no such name', packet({ questions: [question('nothing.example.com', 28)] }), { type: 28, rcode: 3 }],
    ['a refusal', packet({ questions: [question('example.net', 257)] }), { type: 256, rcode: 5 }],
    ['a type of high number', packet({ questions: [question('www.example.com', 4711)] }), { type: 257, rcode: 0 }],
    ['BADVERS', packet({ additionals: [opt({ version: 1 })] }), { type: 1, rcode: 16 }],
    ['a malformed request', packet({ questions: [] }), { type: 0, rcode: 1 }],
    ['another opcode', packet({ flags: 0x2800 }), { type: 0, rcode: 4 }],
  ])('%s by type and code', (_, request, { type, rcode }) => {
    const context = openContext(world.bound, 'udp')
    askBytes(context, request)
    expect(context.counters[queryAt(type, rcode)]).toBe(1)
    expect(context.counters.reduce((a, b) => a + b, 0)).toBe(1)
  })

  test.each([
    ['silence', packet({ flags: 0x8000 }), Count.malformed, 1],
    ['a truncated answer', packet({ questions: [question('big.example.com', 16)] }), Count.truncated, 2],
    ['a Client Subnet', packet({ additionals: [ednsSubnet] }), Count.withSubnet, 2],
    ['a steered answer', packet({ questions: [question('all.example.com')] }), Count.steered, 2],
  ])('%s', (_, request, at, total) => {
    const context = openContext(world.bound, 'udp')
    askBytes(context, request)
    expect(context.counters[at]).toBe(1)
    expect(context.counters.reduce((a, b) => a + b, 0)).toBe(total)
  })

  test('a steered answer for the pool that it came from', () => {
    const context = openContext(world.bound, 'udp')
    const named = world.names.steering[0]!.slots.map(({ service, pool }) => `${service} ${pool}`)
    askBytes(context, packet({ questions: [question('web.example.com')] }), '192.0.2.9')
    askBytes(context, packet({ questions: [question('web.example.com')] }), '9.9.9.9')
    askBytes(context, packet({ questions: [question('web.example.com')] }), '9.9.9.9')
    const counts = Object.fromEntries(named.map((name, i) => [name, context.slots[i]]))
    expect(counts).toEqual({ 'web eu': 1, 'web us': 2, 'all eu': 0, 'all us': 0 })
  })
})

test('a context that is bound to another snapshot answers from it', () => {
  const next = makeWorld({ zones: { 'example.com': 'www A 192.0.2.200' } })
  const context = openContext(world.bound, 'udp')
  askBytes(context, packet())
  rebind(context, next.bound, new SharedArrayBuffer(8))
  expect(readBoth(askBytes(context, packet())!).answer).toEqual(['www.example.com. 3600 A 192.0.2.200'])
  const org = packet({ questions: [question('www.example.org')] })
  expect(readBoth(askBytes(context, org)!).rcode).toBe('REFUSED')
})

test('a service stands in front of records of the types that it holds, and records of other types beside it', () => {
  const both = makeWorld({
    zones: { 'example.com': 'web A 192.0.2.1\nweb TXT here' },
    pools: { p: { targets: ['203.0.113.1', '2001:db8::1'] } },
    services: { s: { failover: ['p'] } },
    owners: { web: 's' },
  })
  const ask = (type: number) =>
    readBoth(askBytes(openContext(both.bound, 'udp'), packet({ questions: [question('web.example.com', type)] }))!)
  expect(ask(1).answer).toEqual(['web.example.com. 30 A 203.0.113.1'])
  expect(ask(28).answer).toEqual(['web.example.com. 30 AAAA 2001:db8::1'])
  expect(ask(16).answer).toHaveLength(1)
  expect(ask(15)).toMatchObject({ rcode: 'NOERROR', answer: [] })
})

test('an alias to a name of another zone of ours is answered from there, delegated or not', () => {
  const both = makeWorld({
    zones: {
      'example.com': `$TTL 60
alias         CNAME www.inner
chain         CNAME alias
www.inner     A     192.0.2.1
`,
      'inner.example.com': 'www 60 A 192.0.2.2',
    },
  })
  for (const name of ['alias.example.com', 'chain.example.com']) {
    const { answer: records } = readBoth(
      askBytes(openContext(both.bound, 'udp'), packet({ questions: [question(name)] }))!,
    )
    expect(records.at(-1)).toBe('www.inner.example.com. 60 A 192.0.2.2')
  }
})

test('a CNAME asked for itself brings nothing of its target, even where all additional records are wanted', () => {
  const full = makeWorld({
    zones: { 'example.com': '$TTL 60\nalias CNAME www\nwww A 192.0.2.1\n' },
    options: { fullAdditional: true },
  })
  const response = askBytes(openContext(full.bound, 'udp'), packet({ questions: [question('alias.example.com', 5)] }))!
  expect(readBoth(response)).toMatchObject({ answer: ['alias.example.com. 60 CNAME www.example.com.'], additional: [] })
})
