// Asking an admin HTTP that is lost in the middle of its reply, or is something else.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type AdminAddress, askAdmin } from '../../../src/io/control/client.ts'
import { Failure } from '../../../src/core/base/failure.ts'

async function serve(reply: (socket: Socket) => void): Promise<AdminAddress> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => reply(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: '127.0.0.1', port: (server.address() as { port: number }).port }
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

test.each<[string, (socket: Socket) => void, RegExp]>([
  [
    'lost in the middle of its reply',
    (socket) => socket.end(`${head}Content-Length: 100\r\n\r\n{"a":`),
    /: ECONNRESET$/,
  ],
  [
    'reset in the middle of its reply',
    (socket) => socket.write(`${head}Content-Length: 100\r\n\r\n{"a":`, () => socket.resetAndDestroy()),
    /: ECONNRESET$/,
  ],
  ['gone before its reply', (socket) => socket.destroy(), /: ECONNRESET$/],
  [
    'no Meridian',
    (socket) => socket.end(`${head}Content-Length: 2\r\n\r\nhi`),
    /: it is not Meridian that answers there$/,
  ],
  ['silent after the head', (socket) => void socket.write(`${head}Content-Length: 100\r\n\r\n{"a":`), /: timed out$/],
])('one that is %s is a failure, said as such', async (_, reply, message) => {
  const failure = await askAdmin(await serve(reply), '/status').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  expect((failure as Failure).code).toBe('admin-unreachable')
  expect((failure as Failure).message).toMatch(message)
})

test('one that sends without an end is a failure too', async () => {
  const admin = await serve((socket) => {
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    const more = (): void => {
      if (socket.writable) socket.write(chunk, more)
    }
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`, more)
  })
  await expect(askAdmin(admin, '/status')).rejects.toThrow(/: more than was asked for$/)
})
