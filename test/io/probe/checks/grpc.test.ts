// grpc: what the health service says, and what is asked of it.

import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { grpc } from '../../../../src/io/probe/checks/grpc.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { answer, trailersOnly } from '../grpc-frames.ts'
import { answering, fixture, limit, serveLoopback, serveTls } from '../loopback.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

test.each<[string, Buffer, boolean, string]>([
  ['SERVING', answer([8, 1], { 'grpc-status': '0' }), true, 'shop is SERVING'],
  ['NOT_SERVING', answer([8, 2], { 'grpc-status': '0' }), false, 'shop is NOT_SERVING'],
  ['a status left out, which is UNKNOWN', answer([], { 'grpc-status': '0' }), false, 'shop is UNKNOWN'],
  ['a status from the future', answer([8, 9], { 'grpc-status': '0' }), false, 'shop is status 9'],
  [
    'an error',
    trailersOnly({ 'grpc-status': '5', 'grpc-message': 'unknown service' }),
    false,
    'grpc-status 5: unknown service',
  ],
  ['no such service', trailersOnly({ 'grpc-status': '12' }), false, 'grpc-status 12'],
  ['a proxy that has nobody behind it', answer([], {}, '503'), false, 'HTTP status 503, expected 200'],
  ['another message', answer([18, 1], { 'grpc-status': '0' }), false, 'its answer is no HealthCheckResponse'],
])('%s', async (_, bytes, ok, detail) => {
  const server = await serveLoopback(answering(bytes))
  opened.push(server)
  const settings = grpc.config.parse({ port: 1, service: 'shop' })
  expect(await grpc.run(settings, server, limit(3000), openKit())).toMatchObject({ ok, detail })
})

test('load stands in a header of the answer', async () => {
  const server = await serveLoopback(answering(answer([8, 1], { 'grpc-status': '0', 'x-late': '3' })))
  opened.push(server)
  const run = (header: string) =>
    grpc.run(grpc.config.parse({ port: 1 }), server, limit(3000), openKit(), { header, of: 1 })
  expect(await run('X-Load')).toMatchObject({ ok: true, load: 250 })
  expect(await run('X-Late')).toMatchObject({ ok: true, load: 3000 })
})

/** Node's own HTTP/2 server with a health service that knows some names. */
async function serveHealth(server: Http2Server, asked: object[]): Promise<{ address: string; port: number }> {
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const message = Buffer.concat(chunks).subarray(5)
      const service = message.subarray(message[1]! > 127 ? 3 : 2).toString()
      asked.push({ path: headers[':path'], authority: headers[':authority'], service, type: headers['content-type'] })
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(server)
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

test.each(['', 'shop', 's'.repeat(200)])('the service %j is asked for by name', async (service) => {
  const asked: object[] = []
  const target = await serveHealth(createServer(), asked)
  const settings = grpc.config.parse({ port: 1, service, host: 'shop.example.test' })
  expect(await grpc.run(settings, target, limit(3000), openKit())).toMatchObject({ ok: true })
  expect(asked).toEqual([
    { path: '/grpc.health.v1.Health/Check', authority: 'shop.example.test', service, type: 'application/grpc' },
  ])
})

test('over TLS the certificate counts, and its days are told', async () => {
  const options = { ALPNProtocols: ['h2'] }
  const server = await serveTls(answering(answer([8, 1], { 'grpc-status': '0' })), options)
  opened.push(server)
  const run = (host: string) =>
    grpc.run(
      grpc.config.parse({ port: 1, tls: true, host, ca_file: fixture('ca.pem') }),
      server,
      limit(3000),
      openKit(),
    )
  expect(await run('www.example.test')).toMatchObject({
    ok: true,
    certDays: expect.any(Number),
    tlsMs: expect.any(Number),
  })
  expect(await run('shop.example.test')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^its certificate is for another name/),
  })
})
