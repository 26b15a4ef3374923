// https: what http does, and that the certificate is good.

import { afterEach, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import type { TlsOptions } from 'node:tls'
import type { Seen } from '../../../../src/io/probe/check.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { https } from '../../../../src/io/probe/checks/https.ts'
import { answering, fixture, limit, type Loopback, serveLoopback, serveTls } from '../loopback.ts'

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

const ok = answering('HTTP/1.1 200 OK\r\n\r\n')
const ca_file = fixture('ca.pem')

async function probe(settings: object, options: TlsOptions = {}): Promise<Seen> {
  const server = await serveTls(ok, options)
  opened.push(server)
  return https.run(https.config.parse(settings), server, limit(3000), openKit())
}

test('a certificate that is valid for the host is a success, and its days are counted', async () => {
  const seen = await probe({ host: 'www.example.test', ca_file })
  expect(seen.ok).toBe(true)
  const days = Number(/^status 200, certificate valid for (\d+) days$/.exec(seen.detail)?.[1])
  expect(Math.abs(days - (Date.UTC(2120, 0, 1) - Date.now()) / 86_400_000)).toBeLessThanOrEqual(1)
})

test.each([
  ['the host', { host: 'www.example.test', ca_file }, 'www.example.test'],
  ['the host without its port', { host: 'www.example.test:8443', ca_file }, 'www.example.test'],
  ['nothing where there is only an address', { ca_file }, false],
])('the name sent in the handshake is %s', async (_, settings, name) => {
  let sent: unknown
  const server = await serveTls((socket) => {
    sent = (socket as unknown as { servername: unknown }).servername
    ok(socket)
  })
  opened.push(server)
  expect(await https.run(https.config.parse(settings), server, limit(3000), openKit())).toMatchObject({ ok: true })
  expect(sent).toBe(name)
})

test.each<[string, object, TlsOptions, RegExp]>([
  [
    'from an authority that is not trusted',
    { host: 'www.example.test' },
    {},
    /^its certificate comes from an authority that is not trusted$/,
  ],
  [
    'for another name',
    { host: 'shop.example.test', ca_file },
    {},
    /^its certificate is for another name: .*shop\.example\.test/,
  ],
  [
    'that has expired',
    { host: 'www.example.test', ca_file },
    { cert: readFileSync(fixture('expired.pem')) },
    /^its certificate has expired$/,
  ],
])('a certificate %s is a failure', async (_, settings, options, detail) => {
  const seen = await probe(settings, options)
  expect(seen.ok).toBe(false)
  expect(seen.detail).toMatch(detail)
})

test('a server that does not speak TLS is a failure', async () => {
  const server = await serveLoopback((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  opened.push(server)
  const seen = await https.run(
    https.config.parse({ host: 'www.example.test', ca_file }),
    server,
    limit(3000),
    openKit(),
  )
  expect(seen).toMatchObject({ ok: false, detail: 'TLS failed: wrong version number' })
})

test('a server that accepts and stays silent is waited for in the handshake', async () => {
  const server = await serveLoopback(() => {})
  opened.push(server)
  const seen = await https.run(https.config.parse({ host: 'www.example.test', ca_file }), server, limit(120), openKit())
  expect(seen).toMatchObject({ ok: false, detail: 'timed out after 120ms while waiting for the TLS handshake' })
})

test('a ca_file that cannot be read is our own fault and says nothing of the target', async () => {
  const seen = await probe({ host: 'www.example.test', ca_file: fixture('nowhere.pem') })
  expect(seen.ok).toBeUndefined()
  expect(seen.detail).toMatch(/^not probed: cannot read ca_file: ENOENT/)
})
