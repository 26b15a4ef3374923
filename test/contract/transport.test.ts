// What every transport promises, asked of each in the same words.

import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/core/base/failure.ts'
import { bindCounters, Count, type CountName } from '../../src/io/listen/counters.ts'
import { type TransportName, transports } from '../../src/io/listen/index.ts'
import { openTcp } from '../../src/io/listen/tcp.ts'
import { checkFreePortable, servePortable } from '../../src/io/listen/udp-portable.ts'
import { openLibc } from '../../src/io/native/libc.ts'
import { checkFree, closeSocket, openUdpSocket } from '../../src/io/native/socket.ts'
import { type Client, openTcpClient, openUdpClient } from '../io/listen/clients.ts'
import { startPacketThread } from '../io/listen/packet-thread.ts'
import { Ask, answerAsScripted, HEADER, scriptedRequest } from '../io/listen/scripted-answer.ts'

interface Running {
  readonly port: number
  readonly counters: Float64Array
  close(): Promise<void>
}

interface Contender {
  readonly limit: number
  /** Longer than a request of this transport may be, or undefined where the framing excludes it. */
  readonly tooLong?: number
  readonly open: (address: string, port: number) => Promise<Client>
  /** As a second process would: asks whether the port is free, then opens it. */
  readonly start: (address: string, port: number) => Promise<Running>
}

const UDP_LIMIT = 4096
const buffer = 1_000_000

const contenders: Record<TransportName, Contender> = {
  'udp-batched': {
    limit: UDP_LIMIT,
    tooLong: 5000,
    open: openUdpClient,
    start: async (address, port) => {
      const libc = openLibc()
      checkFree(libc, { address, port })
      const socket = openUdpSocket(libc, { address, port }, { reusePort: true, receiveBufferBytes: buffer })
      const thread = await startPacketThread(libc, [socket.fd], UDP_LIMIT)
      const close = async (): Promise<void> => {
        await thread.stop()
        closeSocket(libc, socket.fd)
      }
      return { port: socket.port, counters: thread.counters, close }
    },
  },
  'udp-portable': {
    limit: UDP_LIMIT,
    tooLong: 5000,
    open: openUdpClient,
    start: async (address, port) => {
      const endpoint = { address, port }
      await checkFreePortable(endpoint)
      const counters = bindCounters()
      const own = { answer: answerAsScripted, limit: UDP_LIMIT, counters, beforeBatch: () => {}, onError: () => {} }
      const serving = await servePortable({ endpoint, reusePort: true, receiveBufferBytes: buffer, ...own })
      return { ...serving, counters }
    },
  },
  tcp: {
    limit: 65_535,
    open: openTcpClient,
    start: async (address, port) => {
      const counters = bindCounters()
      const own = { answer: answerAsScripted, counters, beforeBatch: () => {}, onError: () => {} }
      const serving = await openTcp({ endpoint: { address, port }, ...own })
      return { ...serving, counters }
    },
  },
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  while (closing.length > 0) await closing.pop()!()
})

describe.each(transports)('%s', (name) => {
  const contender = contenders[name]

  async function start(address = '127.0.0.1', port = 0): Promise<Running> {
    const running = await contender.start(address, port)
    let isOpen = true
    const close = async (): Promise<void> => {
      if (isOpen) await running.close()
      isOpen = false
    }
    closing.push(close)
    return { ...running, close }
  }

  async function open(running: Running, address = '127.0.0.1'): Promise<Client> {
    const client = await contender.open(address, running.port)
    closing.push(client.close)
    return client
  }

  /** A request that is answered proves that the server lives, and that whatever was sent before it has been dealt with. */
  async function expectAlive(client: Client): Promise<void> {
    const request = scriptedRequest(4711, Ask.echo)
    client.send(request)
    expect((await client.next()).bytes).toEqual(Buffer.from(request))
  }

  const count = (running: Running, which: CountName): number => running.counters[Count[which]]!

  test.each([
    ['127.0.0.1', 4, [127, 0, 0, 1]],
    ['::1', 6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ])('answers go back to the sender, whose address is known: %s', async (address, family, bytes) => {
    const running = await start(address)
    const client = await open(running, address)
    await expectAlive(client)
    client.send(scriptedRequest(1, Ask.whoami))
    expect([...(await client.next()).bytes.subarray(HEADER)]).toEqual([family, ...bytes])
  })

  test('a hundred in flight are each answered once', async () => {
    const running = await start()
    const client = await open(running)
    for (let id = 0; id < 100; id++) client.send(scriptedRequest(id, Ask.echo, 13 + id))
    const lengths = new Map<number, number>()
    for (let i = 0; i < 100; i++) {
      const { bytes } = await client.next()
      lengths.set((bytes[0]! << 8) | bytes[1]!, bytes.length)
    }
    expect(lengths).toEqual(new Map(Array.from({ length: 100 }, (_, id) => [id, 13 + id])))
    expect(client.waiting).toBe(0)
    expect(count(running, 'received')).toBe(100)
  })

  test('two clients get their own answers', async () => {
    const running = await start()
    const clients = [await open(running), await open(running)]
    for (let id = 0; id < 40; id++) clients[id % 2]!.send(scriptedRequest(id, Ask.echo))
    for (const [which, client] of clients.entries()) {
      for (let i = 0; i < 20; i++) expect((await client.next()).bytes[1]! % 2).toBe(which)
    }
  })

  test('silence stays silence, and the answers around it arrive', async () => {
    const running = await start()
    const client = await open(running)
    for (let id = 0; id < 30; id++) client.send(scriptedRequest(id, id % 3 === 0 ? Ask.echo : Ask.silence))
    for (let i = 0; i < 10; i++) expect((await client.next()).bytes[1]! % 3).toBe(0)
    await expectAlive(client)
    expect(client.waiting).toBe(0)
    expect(count(running, 'silent')).toBe(20)
  })

  test.each([
    ['throws', Ask.throw],
    ['returns more than its limit', Ask.exceed],
  ] as const)('an answer that %s costs that one request', async (_, ask) => {
    const running = await start()
    const client = await open(running)
    client.send(scriptedRequest(1, ask))
    await expectAlive(client)
    expect(client.waiting).toBe(0)
    expect(count(running, 'failed')).toBe(1)
  })

  test('an answer that is no number is silence', async () => {
    const running = await start()
    const client = await open(running)
    client.send(scriptedRequest(1, Ask.nonsense))
    await expectAlive(client)
    expect(count(running, 'silent')).toBe(1)
  })

  test('a response may be as long as the limit', async () => {
    const running = await start()
    const client = await open(running)
    client.send(scriptedRequest(1, Ask.fill))
    const { bytes } = await client.next()
    expect(bytes.length).toBe(contender.limit)
    expect(bytes.subarray(2).every((byte) => byte === 0xfb)).toBe(true)
  })

  // A frame of TCP is as long as its length says: there is none that is too long.
  const tooLong = contender.tooLong === undefined ? [] : [contender.tooLong]
  test.each(tooLong)('a packet longer than a request may be is dropped: %i bytes', async (length) => {
    const running = await start()
    const client = await open(running)
    client.send(scriptedRequest(1, Ask.echo, length))
    await expectAlive(client)
    expect(client.waiting).toBe(0)
    expect(count(running, 'malformed')).toBe(1)
  })

  test('what was asked before closing is answered, then the port is free', async () => {
    const running = await start()
    const client = await open(running)
    await expectAlive(client)
    for (let id = 0; id < 200; id++) client.send(scriptedRequest(id, Ask.echo))
    // The next turn of the event loop has handed them to the kernel.
    await new Promise((resolve) => setImmediate(resolve))
    await running.close()
    for (let id = 0; id < 200; id++) expect((await client.next()).bytes.length).toBe(20)
    const again = await start('127.0.0.1', running.port)
    expect(again.port).toBe(running.port)
    await expectAlive(await open(again))
  })

  test('a second start on the same port is refused', async () => {
    const { port } = await start()
    const refusal = await start('127.0.0.1', port).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(Failure)
    expect(refusal).toMatchObject({ code: 'listen-in-use', message: expect.stringContaining(`127.0.0.1:${port}`) })
  })

  test('an address of no interface is refused as such', async () => {
    await expect(start('192.0.2.1')).rejects.toMatchObject({ code: 'listen-bad-address' })
  })

  // node:dgram cannot tell which address was asked: there the one that the route prefers has to do.
  const asked = name === 'udp-portable' ? ['127.0.0.1'] : ['127.0.0.1', '127.0.0.5', '127.77.0.9']
  test(`behind a wildcard, the answer comes from the address that was asked: ${asked.join(', ')}`, async () => {
    const running = await start('0.0.0.0')
    for (const address of asked) {
      const client = await open(running, address)
      client.send(scriptedRequest(1, Ask.echo))
      expect((await client.next()).from).toBe(address)
    }
  })

  test('the IPv6 wildcard leaves the port of IPv4 alone', async () => {
    const { port } = await start('::')
    const other = await start('0.0.0.0', port)
    await expectAlive(await open(other))
    await expectAlive(await open({ ...other, port }, '::1'))
  })
})
