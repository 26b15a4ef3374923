// DNS over TCP beyond what the transport contract asks: RFC 7766 and the limits that keep it standing.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { bindCounters, Count, type CountName } from '../../../src/io/listen/counters.ts'
import { openTcp, type TcpServing } from '../../../src/io/listen/tcp.ts'
import { type Client, frame, openTcpClient } from './clients.ts'
import { Ask, answerAsScripted, scriptedRequest } from './scripted-answer.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  while (closing.length > 0) await closing.pop()!()
})

async function start(own: Partial<TcpServing> = {}) {
  const counters = bindCounters()
  const server = await openTcp({
    endpoint: { address: '127.0.0.1', port: 0 },
    answer: answerAsScripted,
    counters,
    beforeBatch: () => {},
    onError: () => {},
    ...own,
  })
  let isOpen = true
  const close = async (drainMs = 50): Promise<void> => {
    if (isOpen) await server.close(drainMs)
    isOpen = false
  }
  closing.push(() => close())
  return { port: server.port, close, count: (name: CountName): number => counters[Count[name]]! }
}

/** A connection whose bytes are ours to choose. */
async function raw(port: number, localAddress = '127.0.0.1', allowHalfOpen = false): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true, allowHalfOpen })
  socket.on('error', () => {})
  closing.push(async () => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function client(port: number): Promise<Client> {
  const opened = await openTcpClient('127.0.0.1', port)
  closing.push(opened.close)
  return opened
}

/** Everything up to the server's end of the connection. */
async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.readableEnded && !socket.destroyed) await Promise.race([once(socket, 'end'), once(socket, 'close')])
  return Buffer.concat(chunks)
}

async function until(holds: () => boolean): Promise<void> {
  const limit = performance.now() + 5000
  while (!holds()) {
    if (performance.now() > limit) throw new Error('it did not come to pass within 5 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const echo = (id: number, length = 20): Uint8Array => frame(scriptedRequest(id, Ask.echo, length))

test('a request that arrives byte by byte is answered', async () => {
  const { port } = await start()
  const socket = await raw(port)
  const answered = once(socket, 'data')
  for (const byte of echo(7)) {
    socket.write(Uint8Array.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await answered)[0]).toEqual(Buffer.from(echo(7)))
})

test('pipelined requests are answered in order, the last without its end waits', async () => {
  const { port, count } = await start()
  const socket = await raw(port)
  const ids = Array.from({ length: 300 }, (_, id) => id)
  const whole = Buffer.concat(ids.map((id) => echo(id, 13 + id)))
  socket.write(Buffer.concat([whole, echo(999).subarray(0, 9)]))
  let got = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    got = Buffer.concat([got, chunk])
  })
  await until(() => got.length >= whole.length)
  expect(got).toEqual(whole)
  expect(count('received')).toBe(300)
  socket.write(echo(999).subarray(9))
  await until(() => count('received') === 301)
})

test.each([0, 1, 11])('a frame of %d bytes ends the connection, after the answers before it', async (length) => {
  const { port, count } = await start()
  const socket = await raw(port)
  socket.write(Buffer.concat([echo(1), frame(new Uint8Array(length)), echo(2)]))
  expect(await readToEnd(socket)).toEqual(Buffer.from(echo(1)))
  expect([count('malformed'), count('received')]).toEqual([1, 1])
})

test('a client that has closed its side still gets its answers, then our end', async () => {
  const { port, count } = await start()
  const socket = await raw(port, '127.0.0.1', true)
  const fill = frame(scriptedRequest(0, Ask.fill))
  socket.end(
    Buffer.concat([fill, fill, fill, fill, fill, fill, fill, fill, fill, fill, echo(2), echo(3).subarray(0, 5)]),
  )
  const got = await readToEnd(socket)
  expect(got.length).toBe(10 * 65_537 + 22)
  await until(() => count('open') === 0)
})

test('a client that fetches nothing is not read from for ever, and gets all when it does', async () => {
  const { port, count } = await start({ unfetchedBytes: 100_000 })
  const socket = await raw(port)
  socket.pause()
  const asked = 600 // 39 MB of answers: more than the kernel's buffers take
  socket.write(Buffer.concat(Array(asked).fill(frame(scriptedRequest(1, Ask.fill)))))
  let before = -1
  await until(() => {
    const stands = count('received') > 0 && count('received') === before
    before = count('received')
    return stands
  })
  expect(count('received')).toBeLessThan(asked)
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  socket.resume()
  await until(() => bytes === asked * 65_537)
  expect(count('received')).toBe(asked)
})

test.each([
  ['says nothing', Buffer.alloc(0)],
  ['sends half a request', Buffer.from(echo(1).subarray(0, 9))],
  ['goes quiet after a request', Buffer.from(echo(1))],
])('a connection that %s is closed after the idle time', async (_, bytes) => {
  const { port, count } = await start({ idleMs: 40 })
  const socket = await raw(port)
  socket.write(bytes)
  await readToEnd(socket)
  await until(() => count('open') === 0)
  expect(count('expired')).toBe(1)
})

test('a connection lasts no longer than its total time, however busy', async () => {
  const { port, count } = await start({ idleMs: 5000, totalMs: 120 })
  const socket = await raw(port)
  const ends = readToEnd(socket)
  const asking = setInterval(() => socket.write(frame(scriptedRequest(1, Ask.echo))), 10)
  await ends
  clearInterval(asking)
  await until(() => count('open') === 0)
  // It was ended after its last answer, not cut off.
  expect([count('expired'), count('received') - count('answered')]).toEqual([0, 0])
})

test('who fetches a little now and then is cut off when an idle time has passed beyond the total', async () => {
  const { port, count } = await start({ idleMs: 200, totalMs: 100 })
  const socket = await raw(port)
  socket.pause()
  const answers = 600
  for (let i = 0; i < answers; i++) socket.write(frame(scriptedRequest(i, Ask.fill)))
  // Never idle, and never done before the limit: 64 KB of some 39 MB each time.
  const sipping = setInterval(() => socket.read(65_536), 20)
  await until(() => count('expired') === 1)
  clearInterval(sipping)
  expect(count('answered')).toBeLessThan(answers)
})

test('bytes without end do not keep a connection open, only whole requests do', async () => {
  const { port, count } = await start({ idleMs: 60 })
  const slow = await raw(port)
  const busy = await client(port)
  slow.write(Uint8Array.of(0xff, 0xff))
  let answers = 0
  await until(() => {
    slow.write(Uint8Array.of(0))
    if (busy.waiting === answers) {
      busy.send(scriptedRequest(1, Ask.echo))
      answers++
    }
    return count('expired') > 0
  })
  await until(() => count('open') === 1)
  expect(count('expired')).toBe(1)
})

test('a client that never fetches its answers is closed too', async () => {
  const { port, count } = await start({ idleMs: 60, unfetchedBytes: 100_000 })
  const socket = await raw(port)
  socket.pause()
  socket.write(Buffer.concat(Array(600).fill(frame(scriptedRequest(1, Ask.fill)))))
  await until(() => count('expired') === 1 && count('open') === 0)
  expect(count('received')).toBeLessThan(600)
})

test('more connections than allowed are refused, until one goes', async () => {
  const { port, count } = await start({ connections: 3 })
  const held = [await raw(port), await raw(port), await raw(port)]
  expect((await readToEnd(await raw(port))).length).toBe(0)
  expect([count('open'), count('refused')]).toEqual([3, 1])
  held[0]!.destroy()
  await until(() => count('open') === 2)
  const next = await client(port)
  next.send(scriptedRequest(5, Ask.echo))
  expect((await next.next()).bytes[1]).toBe(5)
})

test('one source takes no more than its share', async () => {
  const { port, count } = await start({ connections: 100, connectionsPerSource: 2 })
  await raw(port, '127.0.0.3')
  await raw(port, '127.0.0.3')
  await readToEnd(await raw(port, '127.0.0.3'))
  await raw(port, '127.0.0.4')
  await until(() => count('open') === 3)
  expect(count('refused')).toBe(1)
})

test('when most connections are taken, idle ones get a quarter of the time', async () => {
  const { port, count } = await start({ connections: 4, idleMs: 800 })
  const started = performance.now()
  for (let i = 0; i < 4; i++) await raw(port)
  await until(() => count('expired') > 0)
  expect(performance.now() - started).toBeLessThan(700)
})

test('closing waits no longer than it is told for a client that does not let go', async () => {
  const { port, close, count } = await start()
  const socket = await raw(port, '127.0.0.1', true)
  socket.write(echo(1).subarray(0, 9))
  await until(() => count('open') === 1)
  const started = performance.now()
  await close(80)
  expect(performance.now() - started).toBeGreaterThanOrEqual(75)
  await until(() => count('open') === 0)
})

test('closing lets a request that has begun to arrive finish', async () => {
  const { port, close } = await start()
  const socket = await raw(port)
  socket.write(echo(1).subarray(0, 9))
  const idle = await raw(port)
  const idleEnds = readToEnd(idle)
  const closed = close(5000)
  await idleEnds // idle connections end at once, so we are in the midst of closing
  socket.write(echo(1).subarray(9))
  expect(await readToEnd(socket)).toEqual(Buffer.from(echo(1)))
  await closed
})

test('a client that resets the connection does no harm', async () => {
  const { port, count } = await start()
  const socket = await raw(port)
  socket.write(echo(1))
  socket.resetAndDestroy()
  await until(() => count('accepted') === 1 && count('open') === 0)
  const next = await client(port)
  next.send(scriptedRequest(5, Ask.echo))
  expect((await next.next()).bytes[1]).toBe(5)
})
