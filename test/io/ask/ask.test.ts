// Asking, against a server that behaves in every way but the right one.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { parsePrefix } from '../../../src/core/base/address.ts'
import { type Asking, ask } from '../../../src/io/ask/ask.ts'
import { echo, echoA, type FakeServer, framed, hangUp, openFakeServer, type Respond, silent } from './fake-server.ts'
import { hex } from './message.ts'

const open: FakeServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function serving(udp: Respond, tcp?: Respond, address?: string): Promise<FakeServer> {
  const server = await openFakeServer(udp, tcp, address)
  open.push(server)
  return server
}

function asking(server: FakeServer, more: Partial<Asking> = {}): Asking {
  return { server: server.endpoint, name: 'www.example.com', type: 1, timeoutMs: 5000, ...more }
}

function transportsOf(server: FakeServer): string[] {
  return server.seen.map(({ transport }) => transport)
}

const wwwA = [{ name: 'www.example.com.', type: 1, class: 1, ttlSec: 30, data: '192.0.2.10' }]

test('an answer over UDP', async () => {
  const server = await serving((query) => [echoA(query)])
  const answered = await ask(asking(server))
  expect(answered).toMatchObject({
    rcode: 0,
    answer: wwwA,
    transport: 'udp',
    server: server.endpoint,
    problems: [],
  })
  expect(answered.tookMs).toBeGreaterThan(0)
  expect(answered.tookMs).toBeLessThan(5000)
})

test('an answer over TCP, though it comes byte by byte', async () => {
  const server = await serving(silent, (query) => Array.from(framed(echoA(query)), (byte) => Uint8Array.of(byte)))
  const answered = await ask(asking(server, { overTcp: true }))
  expect(answered).toMatchObject({ answer: wwwA, transport: 'tcp', problems: [] })
  expect(transportsOf(server)).toEqual(['tcp'])
})

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

test.skipIf(!hasIpv6)('over IPv6', async () => {
  const server = await serving(
    (query) => [echoA(query)],
    (query) => [framed(echoA(query))],
    '::1',
  )
  expect(await ask(asking(server))).toMatchObject({ answer: wwwA, transport: 'udp' })
  expect(await ask(asking(server, { overTcp: true }))).toMatchObject({ answer: wwwA, transport: 'tcp' })
})

// Only Linux has all of 127.0.0.0/8 at hand.
test.skipIf(process.platform !== 'linux')('from the address that was wished for', async () => {
  const server = await serving(
    (query) => [echoA(query)],
    (query) => [framed(echoA(query))],
  )
  await ask(asking(server, { source: '127.0.0.9' }))
  await ask(asking(server, { source: '127.0.0.9', overTcp: true }))
  expect(server.seen.map(({ from }) => from)).toEqual(['127.0.0.9', '127.0.0.9'])
})

test('what is asked: no recursion, the type, the size and the subnet', async () => {
  const server = await serving((query) => [echoA(query)])
  await ask(asking(server, { name: 'A.', type: 1, udpSize: 4096, subnet: parsePrefix('2001:db8::/32')! }))
  const expected = hex(
    '0000 0001 0000 0000 0001 0141 00 0001 0001 00 0029 1000 00000000 000c 0008 0008 0002 2000 20010db8',
  )
  expect(server.seen[0]!.query.subarray(2)).toEqual(Buffer.from(expected))
})

test('every question has an id of its own', async () => {
  const server = await serving((query) => [echoA(query)])
  for (let i = 0; i < 8; i++) await ask(asking(server))
  // Eight draws from 65536 fall together once in 2000 runs, and into one value never.
  expect(new Set(server.seen.map(({ query }) => query.readUInt16BE(0))).size).toBeGreaterThan(4)
})

describe('truncation', () => {
  const truncated: Respond = (query) => [echo(query, 0x8600)]

  test('is followed by the same question over TCP', async () => {
    const server = await serving(truncated, (query) => [framed(echoA(query))])
    expect(await ask(asking(server))).toMatchObject({ answer: wwwA, transport: 'tcp', flags: { tc: false } })
    expect(transportsOf(server)).toEqual(['udp', 'tcp'])
  })

  test('is shown where that is not wished for', async () => {
    const server = await serving(truncated)
    expect(await ask(asking(server, { retryTruncated: false }))).toMatchObject({
      answer: [],
      transport: 'udp',
      flags: { tc: true },
    })
    expect(transportsOf(server)).toEqual(['udp'])
  })
})

/** An answer turned into what must not be taken for one. */
const impostors: [string, (query: Buffer) => Uint8Array, string][] = [
  ['another id', (query) => changed(echoA(query), 0, query[0]! ^ 1), 'a message with the id of another question'],
  ['another name', (query) => changed(echoA(query), 13, 0x78), 'a response to another question, xww.example.com. A'],
  ['another type', (query) => changed(echoA(query), 30, 28), 'a response to another question, www.example.com. AAAA'],
  ['another class', (query) => changed(echoA(query), 32, 3), 'a response to another question, www.example.com. A'],
  ['no response but a question', (query) => changed(echoA(query), 2, 4), 'a question instead of a response'],
  ['no question, though it was read', (query) => echo(query).subarray(0, 12).with(5, 0), 'a response to 0 questions'],
  ['fewer bytes than a header', (query) => query.subarray(0, 11), 'a message of 11 bytes, fewer than a header'],
  ['a broken record', (query) => echoA(query).subarray(0, -1), 'not a DNS message: broken at byte'],
]

function changed(message: Uint8Array, at: number, to: number): Uint8Array {
  return Uint8Array.from(message).with(at, to)
}

describe.each(impostors)('a message with %s', (_, impostor, why) => {
  test('is passed over, over UDP', async () => {
    const server = await serving((query) => [impostor(query), echoA(query)])
    expect(await ask(asking(server))).toMatchObject({ answer: wwwA, problems: [] })
  })

  test('is named when nothing better comes', async () => {
    const server = await serving((query) => [impostor(query)])
    const failure = ask(asking(server, { timeoutMs: 250 }))
    await expect(failure).rejects.toMatchObject({ code: 'ask-garbled', message: expect.stringContaining(why) })
    expect(server.seen).toHaveLength(1)
  })

  test('ends the matter over TCP', async () => {
    const server = await serving(silent, (query) => [framed(impostor(query)), framed(echoA(query))])
    const failure = ask(asking(server, { overTcp: true }))
    await expect(failure).rejects.toMatchObject({ code: 'ask-garbled', message: expect.stringContaining(why) })
  })
})

test('a datagram from elsewhere never arrives', async () => {
  const stranger = createSocket('udp4')
  stranger.bind(0, '127.0.0.1')
  await once(stranger, 'listening')
  const relay = createSocket('udp4')
  relay.bind(0, '127.0.0.1')
  await once(relay, 'listening')
  // The stranger answers first, and lies; the server answers once the lie is out.
  relay.on('message', (query, peer) => {
    const lie = Uint8Array.from(echoA(query)).with(-1, 66)
    stranger.send(lie, peer.port, peer.address, () => relay.send(echoA(query), peer.port, peer.address))
  })
  const server = { address: '127.0.0.1', port: relay.address().port }
  const answered = await ask({ server, name: 'www.example.com', type: 1, timeoutMs: 5000 })
  expect(answered.answer).toEqual(wwwA)
  stranger.close()
  relay.close()
})

test('the case of letters in the echoed question does not matter', async () => {
  const server = await serving((query) => [changed(echoA(query), 13, 0x57)])
  expect(await ask(asking(server))).toMatchObject({ question: [{ name: 'Www.example.com.' }] })
})

test('a server that could not read the question need not repeat it', async () => {
  const server = await serving((query) => [echo(query, 0x8001).subarray(0, 12).with(5, 0)])
  expect(await ask(asking(server))).toMatchObject({ rcode: 1, question: [], problems: [] })
})

test('a malformed record in a sound message is a problem and no failure', async () => {
  const server = await serving((query) => {
    const message = Buffer.concat([echo(query), hex('c00c 0001 0001 0000001e 0003 c00002')])
    return [message.with(7, 1)]
  })
  const answered = await ask(asking(server))
  expect(answered.answer[0]!.data).toBe('\\# 3 c00002')
  expect(answered.problems).toHaveLength(1)
})

describe('silence', () => {
  test('over UDP: asked twice, each time for the time given', async () => {
    const server = await serving(silent)
    const started = performance.now()
    await expect(ask(asking(server, { timeoutMs: 60 }))).rejects.toMatchObject({
      code: 'ask-timeout',
      message: `no answer from 127.0.0.1:${server.endpoint.port} over UDP within 60ms`,
    })
    expect(performance.now() - started).toBeGreaterThan(115) // timers may be a millisecond early
    expect(transportsOf(server)).toEqual(['udp', 'udp'])
  })

  test('as often as wished for', async () => {
    const server = await serving(silent)
    await expect(ask(asking(server, { timeoutMs: 20, tries: 3 }))).rejects.toMatchObject({ code: 'ask-timeout' })
    expect(server.seen).toHaveLength(3)
  })

  test('the second try has its answer', async () => {
    const server = await serving((query) => (server.seen.length < 2 ? [] : [echoA(query)]))
    expect(await ask(asking(server, { timeoutMs: 500 }))).toMatchObject({ answer: wwwA })
    expect(server.seen).toHaveLength(2)
  })

  test('over TCP: once', async () => {
    const server = await serving(silent)
    const failure = ask(asking(server, { timeoutMs: 60, overTcp: true }))
    await expect(failure).rejects.toMatchObject({
      code: 'ask-timeout',
      message: expect.stringContaining('over TCP within 60ms'),
    })
  })

  test('over TCP, in the middle of an answer', async () => {
    const server = await serving(silent, (query) => [framed(echoA(query)).subarray(0, 20)])
    await expect(ask(asking(server, { timeoutMs: 60, overTcp: true }))).rejects.toMatchObject({ code: 'ask-timeout' })
  })
})

describe('a server out of reach', () => {
  test.each([false, true])('nobody listens (over TCP: %s)', async (overTcp) => {
    const { endpoint, close } = await openFakeServer(silent)
    await close()
    const failure = ask({ server: endpoint, name: 'a.', type: 1, timeoutMs: 5000, overTcp })
    await expect(failure).rejects.toMatchObject({
      code: 'ask-unreachable',
      message: expect.stringContaining('nobody listens there'),
    })
  })

  // 192.0.2.0/24 is nobody's (RFC 5737), so no interface has it.
  test.each([false, true])('we have not the address to ask from (over TCP: %s)', async (overTcp) => {
    const server = await serving(silent)
    const failure = ask(asking(server, { source: '192.0.2.1', overTcp }))
    await expect(failure).rejects.toMatchObject({
      code: 'ask-unreachable',
      message: expect.stringContaining('from 192.0.2.1: EADDRNOTAVAIL'),
    })
  })

  test('the connection closes before the answer is complete', async () => {
    const server = await serving(silent, (query) => [framed(echoA(query)).subarray(0, 20), hangUp])
    const failure = ask(asking(server, { overTcp: true }))
    await expect(failure).rejects.toMatchObject({
      code: 'ask-garbled',
      message: expect.stringContaining('closed after 20 bytes'),
    })
  })
})

test('a name that is none is our mistake', async () => {
  const server = await serving(silent)
  await expect(ask(asking(server, { name: 'a..b' }))).rejects.toThrow(RangeError)
})
