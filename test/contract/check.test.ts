// What every check type must do, whatever it checks: never reject, end in time, let go of its connection, say why in words.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../src/core/base/address.ts'
import type { Check } from '../../src/io/probe/check.ts'
import { checks } from '../../src/io/probe/checks/index.ts'
import { openKit } from '../../src/io/probe/kit.ts'
import { echo } from '../io/ask/fake-server.ts'
import { serving } from '../io/probe/grpc-frames.ts'
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

/** What a type needs to be tested: settings, and targets that behave in the ways that every type knows. */
interface Sample {
  readonly settings: object
  open(how: How, address?: string): Promise<Opened>
  /** The words for a target that refuses. */
  readonly refused: string
  /** For what speaks over a connection: a server for scripts, and an answer that satisfies. */
  readonly stream?: { readonly answer: Buffer; serve(script: Script, address?: string): Promise<Loopback> }
}

type How = 'ok' | 'slow' | 'hangs' | 'refuses'

interface Opened extends Endpoint {
  /** Where the behaviour is a matter of the settings. */
  readonly settings?: object
  close(): Promise<void>
}

function overStream(settings: object, answer: string | Buffer, serve: typeof serveLoopback): Sample {
  const bytes = Buffer.from(answer)
  const scripts: Record<Exclude<How, 'refuses'>, Script> = {
    ok: answering(bytes),
    slow: (socket) => socket.once('data', () => setTimeout(() => socket.end(bytes), 60)),
    hangs: () => {},
  }
  return {
    settings,
    refused: 'connection refused',
    stream: { answer: bytes, serve },
    open: async (how, address) => (how === 'refuses' ? nobody(address) : serve(scripts[how], address)),
  }
}

async function nobody(address?: string): Promise<Opened> {
  return { ...(await closedPort(address)), close: () => Promise.resolve() }
}

const page = 'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nall is well :)'
const metrics = 'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n# HELP q x\nq{a="b"} 7\n'
const trusting = { host: 'www.example.test', ca_file: fixture('ca.pem') }
const overTls: typeof serveLoopback = (script, address) => serveTls(script, {}, address)

const tlsSample: Sample = {
  settings: trusting,
  refused: 'connection refused',
  open(how, address) {
    if (how === 'refuses') return nobody(address)
    if (how === 'hangs') return serveLoopback(() => {}, address)
    const SNICallback: TlsOptions['SNICallback'] = (_, done) => void setTimeout(() => done(null), 60)
    return serveTls(() => {}, how === 'slow' ? { SNICallback } : {}, address)
  },
}

const dnsSample: Sample = {
  settings: { name: 'www.example.test', rcode: 'NXDOMAIN' },
  refused: 'connection refused',
  async open(how, address = '127.0.0.1') {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    const { port } = socket.address()
    const close = () => new Promise<void>((resolve) => socket.close(() => resolve()))
    if (how === 'refuses') await close()
    socket.on('message', (query, peer) => {
      const reply = echo(query, 0x8403)
      if (how !== 'hangs') setTimeout(() => socket.send(reply, peer.port, peer.address), how === 'slow' ? 60 : 0)
    })
    return { address, port, close: how === 'refuses' ? () => Promise.resolve() : close }
  },
}

const commands: Record<How, string> = {
  ok: 'test "$MERIDIAN_ADDRESS:$MERIDIAN_PORT" = "$0:4711"',
  slow: 'sleep 0.06',
  hangs: 'sleep 60 & wait',
  refuses: 'echo no >&2; echo nobody is there; exit 3',
}

const execSample: Sample = {
  settings: { command: ['/bin/true'] },
  refused: 'exit code 3: nobody is there',
  open: async (how, address = '127.0.0.1') => ({
    address,
    port: 4711,
    settings: { command: ['/bin/sh', '-c', commands[how], address] },
    close: () => Promise.resolve(),
  }),
}

/** `icmp` needs the right to ping: test/interop/ping.test.ts gives it to itself. */
const samples: Readonly<Record<string, Sample>> = {
  http: overStream({ body: 'well :)' }, page, serveLoopback),
  https: overStream({ body: 'well :)', ...trusting }, page, overTls),
  tcp: overStream({ port: 1, send: 'PING\r\n', expect: 'PONG' }, '+PONG\r\n', serveLoopback),
  tls: tlsSample,
  dns: dnsSample,
  grpc: overStream({ port: 1, service: 'shop' }, serving, serveLoopback),
  metric: overStream({ prometheus: 'q', max: 7 }, metrics, serveLoopback),
  exec: execSample,
}

const kit = openKit({ allowExec: true })

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

test('every check type has a sample here', () => {
  expect([...Object.keys(samples), 'icmp'].sort()).toEqual(checks.map((check) => check.name).sort())
})

const tested = checks.flatMap((check) => (samples[check.name] ? [[check.name, check] as const] : []))

describe.each(tested)('%s', (name, check: Check) => {
  const sample = samples[name]!

  async function probe(how: How, signal = limit(2000), address?: string) {
    const target = await sample.open(how, address)
    opened.push(target)
    const settings = check.config.parse(target.settings ?? sample.settings)
    return check.run(settings, { address: target.address, port: target.port }, signal, kit)
  }

  test('a good answer is a success, with its times', async () => {
    const seen = await probe('ok')
    expect(seen).toMatchObject({ ok: true })
    const times = [seen.connectMs, seen.tlsMs, seen.firstByteMs, seen.tookMs].filter((ms) => ms !== undefined)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times[0]).toBeGreaterThan(0)
  })

  test('an answer that is slow, but in time, is a success', async () => {
    const seen = await probe('slow')
    expect(seen).toMatchObject({ ok: true })
    expect(seen.tookMs).toBeGreaterThanOrEqual(55)
  })

  test('a target that refuses is a failure at once', async () => {
    const seen = await probe('refuses')
    expect(seen).toMatchObject({ ok: false, detail: sample.refused, connectMs: undefined, firstByteMs: undefined })
  })

  test('a target that hangs is a failure when the time is up', async () => {
    const seen = await probe('hangs', limit(120))
    expect(seen).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^timed out after 120ms while waiting for /),
    })
    expect(seen.tookMs).toBeGreaterThanOrEqual(110)
    expect(seen.tookMs).toBeLessThan(1500)
  })

  test('told to stop before it begins, it ends at once', async () => {
    const seen = await probe('hangs', AbortSignal.abort(new Error('stopped')))
    expect(seen).toMatchObject({ ok: false, detail: expect.stringMatching(/^stopped while waiting for /) })
  })

  test('a limit set by AbortSignal.timeout is put in words as well', async () => {
    const seen = await probe('hangs', AbortSignal.timeout(200))
    expect(seen.detail).toMatch(/^timed out after \d+ms while waiting for /)
  })

  test('its settings and result are plain data', async () => {
    const settings = check.config.parse(sample.settings)
    expect(structuredClone(settings)).toEqual(settings)
    const seen = await probe('ok')
    expect(structuredClone(seen)).toEqual(seen)
  })

  test('every file it names is a setting of its own', () => {
    const { shape } = check.config as unknown as { shape: object }
    expect(Object.keys(shape).filter((key) => key.endsWith('_file'))).toEqual(check.files ?? [])
  })

  test('it has a port to probe when the target names none, or needs none', () => {
    const port = check.defaultPort(check.config.parse(sample.settings))
    expect(port === 0).toBe(name === 'exec')
  })

  const hasV6 = Object.values(networkInterfaces()).some((list) => list?.some((each) => each.address === '::1'))
  test.runIf(hasV6)('an IPv6 target is probed like any other', async () => {
    expect(await probe('ok', limit(2000), '::1')).toMatchObject({ ok: true })
  })
})

const streams = tested.flatMap(([name, check]) => {
  const stream = samples[name]!.stream
  return stream ? [[name, check, stream] as const] : []
})

describe.each(streams)('%s, over its connection', (name, check: Check, sample) => {
  const settings = check.config.parse(samples[name]!.settings)

  async function probe(script: Script, limitMs = 2000) {
    const server = await sample.serve(script)
    opened.push(server)
    return { server, seen: await check.run(settings, server, limit(limitMs), kit) }
  }

  test('an answer in single bytes is a success', async () => {
    const { seen } = await probe((socket) => {
      socket.setNoDelay(true)
      socket.once('data', () => {
        for (const byte of sample.answer) socket.write(Buffer.of(byte))
      })
    })
    expect(seen.ok).toBe(true)
  })

  test('an answer that comes too late is a failure', async () => {
    const { seen } = await probe((socket) => {
      const late = setTimeout(() => socket.end(sample.answer), 1000)
      socket.once('close', () => clearTimeout(late))
    }, 120)
    expect(seen).toMatchObject({ ok: false, detail: 'timed out after 120ms while waiting for the first byte' })
  })

  test('an answer that stops half way is a failure when the time is up', async () => {
    const half = sample.answer.subarray(0, -6)
    const { seen } = await probe((socket) => socket.once('data', () => socket.write(half)), 150)
    expect(seen).toMatchObject({ ok: false })
    expect(seen.detail).toMatch(/^timed out after 150ms while waiting for /)
  })

  test('a reset in the middle of the answer is a failure', async () => {
    const half = sample.answer.subarray(0, -6)
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
})
