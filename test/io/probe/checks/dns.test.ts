// dns: which answers count.

import { afterEach, expect, test } from 'vitest'
import { dns } from '../../../../src/io/probe/checks/dns.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { echo, type FakeServer, openFakeServer } from '../../ask/fake-server.ts'
import { limit } from '../loopback.ts'

const opened: FakeServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

/** One A record, 192.0.2.7, for whatever was asked. */
function withAddress(query: Uint8Array, flags = 0x8400): Uint8Array {
  const head = echo(query, flags)
  head[7] = 1
  return Buffer.concat([head, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 7])])
}

function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])
}

async function probe(settings: object, flags = 0x8400, udpFlags = flags) {
  const server = await openFakeServer(
    (query) => [withAddress(query, udpFlags)],
    (query) => [framed(withAddress(query, flags))],
  )
  opened.push(server)
  const seen = await dns.run(
    dns.config.parse({ name: 'www.example.test', ...settings }),
    server.endpoint,
    limit(3000),
    openKit(),
  )
  return { seen, server }
}

test.each<[string, object, number, boolean, string]>([
  ['NOERROR', {}, 0x8400, true, 'NOERROR'],
  ['another code', {}, 0x8402, false, 'SERVFAIL, expected NOERROR'],
  ['the code that is expected', { rcode: 'refused' }, 0x8005, true, 'REFUSED'],
  ['a record that is expected', { answer: ['192.0.2.7'] }, 0x8400, true, 'NOERROR'],
  ['a record that is missing', { answer: ['192.0.2.8'] }, 0x8400, false, 'no A record of the answer holds "192.0.2.8"'],
  ['authority where it matters', { authoritative: true }, 0x8400, true, 'NOERROR'],
  [
    'no authority where it matters',
    { authoritative: true },
    0x8000,
    false,
    'NOERROR, but the answer is not authoritative',
  ],
])('%s', async (_, settings, flags, ok, detail) => {
  const { seen } = await probe(settings, flags)
  expect(seen).toMatchObject({ ok, detail, connectMs: undefined, firstByteMs: expect.any(Number) })
})

test('a truncated answer is asked for again over TCP', async () => {
  const { seen, server } = await probe({}, 0x8400, 0x8600)
  expect(seen.ok).toBe(true)
  expect(server.seen.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test.each([
  [{}, 0],
  [{ recursive: true }, 1],
])('with %j the question has RD %i', async (settings, bit) => {
  const { server } = await probe(settings)
  expect(server.seen[0]!.query[2]! & 1).toBe(bit)
})

test('over TCP where that is asked for', async () => {
  const { seen, server } = await probe({ tcp: true })
  expect(seen.ok).toBe(true)
  expect(server.seen.map(({ transport }) => transport)).toEqual(['tcp'])
})

test('an answer to another question is none', async () => {
  const server = await openFakeServer(() => [Buffer.alloc(40, 7)])
  opened.push(server)
  const settings = dns.config.parse({ name: 'www.example.test' })
  const seen = await dns.run(settings, server.endpoint, limit(100), openKit())
  expect(seen).toMatchObject({ ok: false, detail: 'timed out after 100ms while waiting for the answer' })
})
