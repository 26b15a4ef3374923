// tcp: a connection, and where asked an answer or a greeting.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Seen } from '../../../../src/io/probe/check.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { tcp } from '../../../../src/io/probe/checks/tcp.ts'
import { answering, limit, type Loopback, type Script, serveLoopback } from '../loopback.ts'

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function probe(settings: object, script: Script): Promise<Seen> {
  const server = await serveLoopback(script)
  opened.push(server)
  return tcp.run(tcp.config.parse({ port: 1, ...settings }), server, limit(2000), openKit())
}

test.each<[string, object, Script, boolean, string]>([
  ['a connection is enough', {}, () => {}, true, 'connected'],
  [
    'a greeting without asking',
    { expect: '220 ' },
    (socket) => socket.write('220 mail ESMTP\r\n'),
    true,
    'answered as expected',
  ],
  [
    'an answer to what is sent',
    { send: 'PING\r\n', expect: 'PONG' },
    answering('+PONG\r\n'),
    true,
    'answered as expected',
  ],
  [
    'another answer',
    { send: 'PING\r\n', expect: 'PONG' },
    answering('-ERR\r\n'),
    false,
    'connection closed, and "PONG" is not in its answer',
  ],
  [
    'a text that comes too late',
    { expect: 'PONG' },
    (socket) => socket.write(`${'.'.repeat(5118)}PONG`),
    false,
    '"PONG" is not in the first 5 KiB of its answer',
  ],
])('%s', async (_, settings, script, ok, detail) => {
  expect(await probe(settings, script)).toMatchObject({ ok, detail })
})

test('what is sent arrives as it was written', async () => {
  let got = ''
  await probe({ send: 'PING grüß\r\n', expect: '!' }, (socket) => {
    socket.once('data', (bytes) => {
      got = bytes.toString()
      socket.end('!')
    })
  })
  expect(got).toBe('PING grüß\r\n')
})

// A process that listens and never accepts: once its queue is full, the kernel drops further SYNs, as a dead host does.
const deaf = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000)
})`

test.runIf(process.platform === 'linux')(
  'a host that drops our packets is given up after two seconds, whatever the limit for the whole',
  async () => {
    const child = spawn(process.execPath, ['-e', deaf], { stdio: ['ignore', 'pipe', 'inherit'] })
    const fillers = []
    try {
      const [bytes] = (await once(child.stdout, 'data')) as [Buffer]
      const target = { address: '127.0.0.1', port: Number(String(bytes)) }
      for (let i = 0; i < 4; i++)
        fillers.push(connect({ host: target.address, port: target.port }).on('error', () => {}))
      await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, 'connect')))
      const seen = await tcp.run(tcp.config.parse({ port: 1 }), target, limit(15_000), openKit())
      expect(seen).toMatchObject({
        ok: false,
        connectMs: undefined,
        detail: 'timed out after 2s while waiting for the connection',
      })
      expect(seen.tookMs).toBeGreaterThanOrEqual(1990)
      expect(seen.tookMs).toBeLessThan(10_000)
    } finally {
      for (const socket of fillers) socket.destroy()
      child.kill('SIGKILL')
    }
  },
)
