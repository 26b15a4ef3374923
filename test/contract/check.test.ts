// What every check type must do, whatever it checks: never reject, end in time, let go of its connection, say why in words.

import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import type { Check } from '../../src/io/probe/check.ts'
import { checks } from '../../src/io/probe/checks/index.ts'
import {
  answering,
  closedPort,
  cut,
  fixture,
  limit,
  type Loopback,
  type Script,
  serveLoopback,
  serveTls,
} from '../io/probe/loopback.ts'

/** What a type needs to be tested: settings, a server to speak to, and an answer that satisfies it. */
interface Sample {
  readonly settings: object
  readonly answer: string
  serve(script: Script, address?: string): Promise<Loopback>
}

const page = 'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nall is well :)'

const samples: Readonly<Record<string, Sample>> = {
  http: { settings: { body: 'well :)' }, answer: page, serve: serveLoopback },
  https: {
    settings: { body: 'well :)', host: 'www.example.test', ca_file: fixture('ca.pem') },
    answer: page,
    serve: (script, address) => serveTls(script, {}, address),
  },
  tcp: { settings: { port: 1, send: 'PING\r\n', expect: 'PONG' }, answer: '+PONG\r\n', serve: serveLoopback },
}

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

test('every check type has a sample here', () => {
  expect(Object.keys(samples).sort()).toEqual(checks.map((check) => check.name).sort())
})

describe.each(checks.map((check) => [check.name, check] as const))('%s', (name, check: Check) => {
  const sample = samples[name]!
  const settings = check.config.parse(sample.settings)

  async function probe(script: Script, limitMs = 2000) {
    const server = await sample.serve(script)
    opened.push(server)
    return { server, seen: await check.run(settings, server, limit(limitMs)) }
  }

  test('a good answer is a success, with its times', async () => {
    const { seen } = await probe(answering(sample.answer))
    expect(seen.ok).toBe(true)
    expect(seen.connectMs).toBeLessThanOrEqual(seen.firstByteMs!)
    expect(seen.firstByteMs).toBeLessThanOrEqual(seen.tookMs)
  })

  test('an answer that is slow, but in time, is a success', async () => {
    const { seen } = await probe((socket) => socket.once('data', () => setTimeout(() => socket.end(sample.answer), 60)))
    expect(seen.ok).toBe(true)
    expect(seen.tookMs).toBeGreaterThanOrEqual(55)
  })

  test('an answer in single bytes is a success', async () => {
    const { seen } = await probe((socket) => {
      socket.setNoDelay(true)
      socket.once('data', () => {
        for (const byte of sample.answer) socket.write(byte)
      })
    })
    expect(seen.ok).toBe(true)
  })

  test('a refused connection is a failure', async () => {
    const seen = await check.run(settings, await closedPort(), limit(2000))
    expect(seen).toMatchObject({
      ok: false,
      detail: 'connection refused',
      connectMs: undefined,
      firstByteMs: undefined,
    })
  })

  test('a server that hangs is a failure when the time is up', async () => {
    const { seen } = await probe(() => {}, 120)
    expect(seen).toMatchObject({ ok: false, detail: 'timed out after 120ms while waiting for the first byte' })
    expect(seen.tookMs).toBeGreaterThanOrEqual(110)
    expect(seen.tookMs).toBeLessThan(1500)
  })

  test('an answer that comes too late is a failure', async () => {
    const { seen } = await probe((socket) => {
      const late = setTimeout(() => socket.end(sample.answer), 1000)
      socket.once('close', () => clearTimeout(late))
    }, 120)
    expect(seen).toMatchObject({ ok: false, detail: 'timed out after 120ms while waiting for the first byte' })
  })

  test('an answer that stops half way is a failure when the time is up', async () => {
    const half = sample.answer.slice(0, sample.answer.length - 6)
    const { seen } = await probe((socket) => socket.once('data', () => socket.write(half)), 150)
    expect(seen).toMatchObject({ ok: false })
    expect(seen.detail).toMatch(/^timed out after 150ms while waiting for /)
  })

  test('a reset in the middle of the answer is a failure', async () => {
    const half = sample.answer.slice(0, sample.answer.length - 6)
    const { seen } = await probe((socket) => socket.once('data', () => socket.write(half, () => cut(socket))))
    expect(seen).toMatchObject({ ok: false })
    expect(seen.detail).toMatch(/^connection closed while waiting for /)
  })

  test('a connection closed without an answer is a failure', async () => {
    const { seen } = await probe((socket) => socket.once('data', () => socket.end()))
    expect(seen).toMatchObject({ ok: false })
    expect(seen.detail).toMatch(/^connection closed/)
  })

  test('garbage is a failure', async () => {
    const { seen } = await probe(answering(Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89 + 7) & 255))))
    expect(seen).toMatchObject({ ok: false })
    expect(seen.detail).not.toBe('')
  })

  test('a flood without end is a failure, long before the time is up', async () => {
    const { seen } = await probe((socket) => {
      const flood = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x: y\r\n')));
      }
      socket.on('drain', flood)
      socket.once('data', flood)
    }, 20_000)
    expect(seen).toMatchObject({ ok: false })
  })

  test.each<[string, Script]>([
    ['a success', answering(sample.answer)],
    ['a failure', answering('no\r\n')],
    ['a timeout', () => {}],
  ])('after %s the connection is closed', async (_, script) => {
    const { server } = await probe(script, 150)
    await server.allClosed()
    expect(server.open()).toBe(0)
  })

  test('told to stop before it begins, it ends at once', async () => {
    const server = await sample.serve(answering(sample.answer))
    opened.push(server)
    const seen = await check.run(settings, server, AbortSignal.abort(new Error('stopped')))
    expect(seen.ok).toBe(false)
    expect(seen.detail).toBe('stopped while waiting for the connection')
    await server.allClosed()
  })

  test('a limit set by AbortSignal.timeout is put in words as well', async () => {
    const server = await sample.serve(() => {})
    opened.push(server)
    const seen = await check.run(settings, server, AbortSignal.timeout(200))
    expect(seen.detail).toMatch(/^timed out after \d+ms while waiting for the first byte$/)
  })

  test('its settings and result are plain data', async () => {
    expect(structuredClone(settings)).toEqual(settings)
    const { seen } = await probe(answering(sample.answer))
    expect(structuredClone(seen)).toEqual(seen)
  })

  test('every file it names is a setting of its own, which the sample has as a path', () => {
    for (const file of check.files ?? []) expect(sample.settings).toHaveProperty(file, expect.stringContaining('/'))
    const paths = Object.keys(sample.settings).filter((key) => key.endsWith('_file'))
    expect(paths).toEqual(check.files ?? [])
  })

  test('it has a port to probe when the target names none', () => {
    expect(check.defaultPort(settings)).toBeGreaterThan(0)
  })

  const hasV6 = Object.values(networkInterfaces()).some((list) => list?.some((each) => each.address === '::1'))
  test.runIf(hasV6)('an IPv6 target is probed like any other', async () => {
    const server = await sample.serve(answering(sample.answer), '::1')
    opened.push(server)
    expect((await check.run(settings, server, limit(2000))).ok).toBe(true)
  })
})
