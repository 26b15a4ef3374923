// tls: which handshakes count.

import { afterEach, expect, test } from 'vitest'
import { tls } from '../../../../src/io/probe/checks/tls.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { fixture, limit, type Loopback, serveLoopback, serveTls } from '../loopback.ts'

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

const ca_file = fixture('ca.pem')
const trusting = { host: 'www.example.test', ca_file }

test.each<[string, object, object, RegExp]>([
  ['a valid certificate', trusting, { ok: true }, /^TLSv1\.3, certificate valid for \d+ days$/],
  ['enough days', { ...trusting, min_days: 30 }, { ok: true }, /^TLSv1\.3/],
  ['another name', { ...trusting, host: 'shop.example.test' }, { ok: false }, /^its certificate is for another name/],
  ['an unknown authority', { host: 'www.example.test' }, { ok: false }, /^its certificate comes from an authority/],
  [
    'a file that is not there',
    { ...trusting, ca_file: '/nowhere.pem' },
    { ok: undefined },
    /^not probed: cannot read ca_file/,
  ],
])('%s', async (_, settings, result, detail) => {
  const server = await serveTls(() => {})
  opened.push(server)
  const seen = await tls.run(tls.config.parse(settings), server, limit(3000), openKit())
  expect(seen).toMatchObject({ ...result, detail: expect.stringMatching(detail) })
})

test('too few days are a failure, and the days are told all the same', async () => {
  const server = await serveTls(() => {})
  opened.push(server)
  const valid = await tls.run(tls.config.parse(trusting), server, limit(3000), openKit())
  const settings = { ...tls.config.parse(trusting), min_days: valid.certDays! + 1 }
  const seen = await tls.run(settings, server, limit(3000), openKit())
  expect(seen).toMatchObject({ ok: false, certDays: valid.certDays })
  expect(seen.detail).toBe(`its certificate is valid for ${valid.certDays} days, fewer than ${valid.certDays! + 1}`)
})

test('a server that speaks no TLS is a failure', async () => {
  const server = await serveLoopback((socket) => socket.end('220 mail.example.test ESMTP\r\n'))
  opened.push(server)
  const seen = await tls.run(tls.config.parse(trusting), server, limit(3000), openKit())
  expect(seen).toMatchObject({ ok: false, detail: expect.stringMatching(/^TLS failed/) })
})
