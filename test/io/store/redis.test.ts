// Redis at its worst: gone, frozen, emptied, locked, full, foreign. Each test has a server of its own.

import { once } from 'node:events'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Store } from '../../../src/io/store/store.ts'
import { freePort } from '../../support/free-port.ts'
import { tlsCert, tlsKey } from './redis-tls.ts'
import { evidence, probersIn, publishUntilTaken, seeOnly, sighting } from './samples.ts'
import { adminOf, openUrl, startServer } from './servers.ts'

const TIMEOUT_MS = 500
const hasty = { timeout: `${TIMEOUT_MS}ms` }
/** Beyond the limit itself: what a busy machine may need to run a timer. */
const SLACK_MS = 400

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

/** Reads until the store says this of itself. */
function state(store: Store, expected: object): Promise<void> {
  const look = async (): Promise<void> => {
    await store.read()
    expect(store.state()).toMatchObject(expected)
  }
  return vi.waitFor(look, { timeout: 8000, interval: 20 })
}

const refused = (message: RegExp) => ({ code: 'store-refused', message: expect.stringMatching(message) })
const unreachable = (message: RegExp) => ({ code: 'store-unreachable', message: expect.stringMatching(message) })

test('killed and restarted empty: out of reach without a throw, then whole again by itself', async () => {
  const server = await startServer()
  const [here, there] = [openUrl(server.url), openUrl(server.url)]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  await server.kill()
  expect(await here.read()).toEqual([])
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(here.state()).toMatchObject({ reachable: false, writable: false, lastError: { code: 'store-unreachable' } })
  await startServer({ port: server.port })
  await publishUntilTaken(here, evidence('ams-1', { sequence: 3 }))
  await seeOnly(there, 'ams-1')
  expect(await there.read()).toEqual([evidence('ams-1', { sequence: 3 })])
  // One line for each turn, however many calls failed.
  expect(here.lines.map(({ message }) => message.slice(0, 17))).toEqual([
    'the store answers',
    'the store is out ',
    'the store answers',
  ])
})

test('an answer that came while this process stood still counts, and is not taken for silence', async () => {
  const server = await startServer()
  const store = openUrl(server.url, hasty)
  await publishUntilTaken(store, evidence('ams-1'))
  const { failures } = store.state()
  const reading = store.read()
  // Now the question is on its way; timers and sockets have to wait.
  await new Promise((resolve) => setImmediate(resolve))
  const untilMs = performance.now() + 2 * TIMEOUT_MS
  while (performance.now() < untilMs);
  expect(await reading).toEqual([evidence('ams-1')])
  expect(store.state()).toMatchObject({ reachable: true, failures })
})

test('what has not changed since the last read is not parsed again, and what has is', async () => {
  const server = await startServer()
  const [here, there] = [openUrl(server.url), openUrl(server.url)]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  const [first] = await there.read()
  const [again] = await there.read()
  expect(again).toBe(first)
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(await there.read()).toEqual([evidence('ams-1', { sequence: 2 })])
})

test('hints arrive, and still arrive after a restart', async () => {
  const server = await startServer()
  const [here, there] = [openUrl(server.url), openUrl(server.url)]
  let hints = 0
  there.onHint(() => hints++)
  const hinted = (times: number) => vi.waitFor(() => expect(hints).toBe(times), { timeout: 8000, interval: 5 })
  await hinted(1) // listening begins with a hint
  await here.publish(evidence('ams-1'))
  await hinted(2)
  await server.kill()
  await state(there, { reachable: false })
  await startServer({ port: server.port })
  await hinted(3) // and begins again with one
  await publishUntilTaken(here, evidence('ams-1', { sequence: 2, sightings: [sighting({ up: false })] }))
  await hinted(4)
})

test('frozen: no call takes longer than the limit, and all heals once it thaws', { timeout: 40_000 }, async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const [here, there] = [openUrl(server.url, hasty), openUrl(server.url, hasty)]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  server.freeze()
  for (let sequence = 2; sequence < 8; sequence++) {
    const calls = [
      () => here.publish(evidence('ams-1', { sequence })),
      () => here.publish(evidence('ams-1', { sequence: sequence + 100 })),
      () => here.read(),
      () => there.read(),
    ]
    const times = await Promise.all(calls.map(tookMs))
    expect(Math.max(...times)).toBeLessThan(TIMEOUT_MS + SLACK_MS)
  }
  expect(here.state()).toMatchObject({
    reachable: false,
    writable: false,
    lastError: unreachable(/no answer|closed|connect/),
  })
  server.thaw()
  await publishUntilTaken(here, evidence('ams-1', { sequence: 999 }))
  await vi.waitFor(async () => expect(await there.read()).toEqual([evidence('ams-1', { sequence: 999 })]), {
    timeout: 5000,
  })
  // Of the connections given up meanwhile none is left: two of each store and ours.
  const clients = async () =>
    String(await control.client('LIST'))
      .trim()
      .split('\n').length
  await vi.waitFor(async () => expect(await clients()).toBe(5), { timeout: 5000 })
})

test('gone in silence, as behind a cable that was cut: the connection is made anew', async () => {
  const server = await startServer()
  // Between them a wire that can be cut for those who are connected, but not for those who come later.
  const wires = new Set<() => void>()
  const wire = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const end of [near, far])
      end.on('error', () => [near, far].forEach((other) => other.destroy())).on('close', () => far.destroy())
    wires.add(() => {
      near.unpipe(far)
      far.unpipe(near)
      near.resume()
    })
  }).listen(0, '127.0.0.1')
  await once(wire, 'listening')
  onTestFinished(() => void wire.close())
  const store = openUrl(`redis://127.0.0.1:${(wire.address() as AddressInfo).port}`, hasty)
  await publishUntilTaken(store, evidence('ams-1'))
  for (const cut of wires) cut()
  expect(await store.read()).toEqual([])
  expect(store.state()).toMatchObject({ reachable: false, lastError: unreachable(/no answer/) })
  await publishUntilTaken(store, evidence('ams-1', { sequence: 2 }))
  expect(await probersIn(store)).toEqual(['ams-1'])
})

test('not there at first: opening waits for nothing, and it is found when it comes', async () => {
  const port = await freePort()
  const store = openUrl(`redis://127.0.0.1:${port}`)
  expect(store.state()).toMatchObject({ reachable: false, writable: true })
  expect(await tookMs(() => store.read())).toBeLessThan(SLACK_MS)
  await state(store, { reachable: false, lastError: unreachable(/ECONNREFUSED/) })
  await startServer({ port })
  await publishUntilTaken(store, evidence('ams-1'))
})

test.each([
  ['a wrong password', { password: 'wrong' }, /^WRONGPASS/],
  ['no password where one is needed', {}, /^NOAUTH/],
  ['a user that is none', { username: 'nobody', password: 'secret' }, /^WRONGPASS/],
  ['a database that is none', { password: 'secret', db: 9000 }, /DB index is out of range/],
])('%s: refused, said so, and no password told', async (_, login, message) => {
  const server = await startServer({ args: ['--requirepass', 'secret'] })
  const store = openUrl(server.url, login)
  await state(store, { reachable: false, lastError: refused(message) })
  await store.publish(evidence('ams-1'))
  expect(store.state()).toMatchObject({ writable: false, lastError: refused(message) })
  expect(await store.read()).toEqual([])
  expect(JSON.stringify([store.state(), store.lines])).not.toMatch(/"wrong"|secret/)
})

test('the right password, in the setting or in the URL', async () => {
  const server = await startServer({ args: ['--requirepass', 'p@ss/word'] })
  await publishUntilTaken(openUrl(server.url, { password: 'p@ss/word' }), evidence('ams-1'))
  const other = openUrl(`redis://:p%40ss%2Fword@127.0.0.1:${server.port}/0`)
  expect(await probersIn(other)).toEqual(['ams-1'])
})

test('a user that may do only what the manual lists, on its own keys and channel', async () => {
  const server = await startServer()
  const may = ['set', 'mget', 'sadd', 'srem', 'smembers', 'publish', 'subscribe', 'ping']
  await adminOf(server.url).acl(
    'SETUSER',
    'meridian',
    'on',
    '>pw',
    '~meridian:*',
    'resetchannels',
    '&meridian:*',
    '-@all',
    ...may.map((name) => `+${name}`),
  )
  const store = openUrl(server.url, { username: 'meridian', password: 'pw' })
  const hint = new Promise<void>((resolve) => store.onHint(resolve))
  await publishUntilTaken(store, evidence('ams-1'))
  await hint
  expect(await probersIn(store)).toEqual(['ams-1'])
  await adminOf(server.url).del('meridian:{evidence:1}:prober:ams-1')
  expect(await store.read()).toEqual([])
  expect(store.state()).toMatchObject({ reachable: true, writable: true, failures: expect.any(Number), garbled: 0 })
})

test('read-only: still read, and shown as not writable', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const [here, there] = [openUrl(server.url), openUrl(server.url)]
  await publishUntilTaken(here, evidence('ams-1'))
  await control.replicaof('127.0.0.1', await freePort())
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(here.state()).toMatchObject({ writable: false, lastError: refused(/^READONLY/) })
  expect(await probersIn(there)).toEqual(['ams-1'])
  expect(await probersIn(here)).toEqual(['ams-1'])
  expect(here.state()).toMatchObject({ reachable: true, writable: false })
  await control.replicaof('NO', 'ONE')
  await publishUntilTaken(here, evidence('ams-1', { sequence: 3 }))
})

test('full: still read, and shown as not writable', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const store = openUrl(server.url)
  await publishUntilTaken(store, evidence('ams-1'))
  await control.config('SET', 'maxmemory', '1')
  await store.publish(evidence('ams-1', { sequence: 2 }))
  expect(store.state()).toMatchObject({ writable: false, lastError: refused(/^OOM/) })
  expect(await probersIn(store)).toEqual(['ams-1'])
  expect(store.state()).toMatchObject({ reachable: true, writable: false })
  await control.config('SET', 'maxmemory', '0')
  await publishUntilTaken(store, evidence('ams-1', { sequence: 3 }))
})

test('values that are no evidence are counted and ignored, and told once', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const store = openUrl(server.url)
  const base = 'meridian:{evidence:1}'
  await publishUntilTaken(store, evidence('ams-1'))
  const foreign = {
    noise: '\u0000\u0001 not json',
    other: '["evidence/3"]',
    thief: JSON.stringify(['evidence/3', 'ams-1', 'eu', 9, 9, []]),
    big: 'x'.repeat(9_000_000),
  }
  for (const [prober, value] of Object.entries(foreign)) await control.set(`${base}:prober:${prober}`, value)
  await control.set(`${base}:prober:bytes`, Buffer.from([0xff, 0xfe, 0x5b, 0x80]))
  await control.sadd(`${base}:probers`, ...Object.keys(foreign), 'bytes', 'ghost')
  expect(await store.read()).toEqual([evidence('ams-1')])
  expect(store.state()).toMatchObject({ reachable: true, garbled: 5 })
  await store.read()
  expect(store.state().garbled).toBe(10)
  expect(store.lines.filter(({ message }) => message.includes('no evidence'))).toHaveLength(1)
  // The one without a value is taken off the index.
  await vi.waitFor(async () => expect(await control.smembers(`${base}:probers`)).not.toContain('ghost'))
})

test('an index that is no set: refused, and nothing is thrown', async () => {
  const server = await startServer()
  await adminOf(server.url).set('meridian:{evidence:1}:probers', 'x')
  const store = openUrl(server.url)
  await store.publish(evidence('ams-1'))
  expect(await store.read()).toEqual([])
  expect(store.state()).toMatchObject({ reachable: false, writable: false, lastError: refused(/^WRONGTYPE/) })
})

test('a value that is a list is taken for none, and written over', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  await control.rpush('meridian:{evidence:1}:prober:ams-1', 'x')
  await control.sadd('meridian:{evidence:1}:probers', 'ams-1')
  const store = openUrl(server.url)
  expect(await store.read()).toEqual([])
  await store.publish(evidence('ams-1'))
  expect(await store.read()).toEqual([evidence('ams-1')])
})

test('evidence expires after three of its longest intervals, and never before ten seconds', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const store = openUrl(server.url)
  const leftMs = () => control.pttl('meridian:{evidence:1}:prober:ams-1')
  await publishUntilTaken(store, evidence('ams-1', { sightings: [sighting({ everyMs: 1000 })] }))
  expect(await leftMs()).toBeGreaterThan(9000)
  expect(await leftMs()).toBeLessThanOrEqual(10_000)
  await store.publish(evidence('ams-1', { sightings: [sighting({ everyMs: 1000 }), sighting({ everyMs: 60_000 })] }))
  expect(await leftMs()).toBeGreaterThan(179_000)
  expect(await leftMs()).toBeLessThanOrEqual(180_000)
})

test('prefixes keep fleets apart', async () => {
  const server = await startServer()
  const [ours, theirs] = [openUrl(server.url), openUrl(server.url, { prefix: 'staging' })]
  await publishUntilTaken(ours, evidence('ams-1'))
  await publishUntilTaken(theirs, evidence('lab-1'))
  expect(await probersIn(ours)).toEqual(['ams-1'])
  expect(await probersIn(theirs)).toEqual(['lab-1'])
})

test('over a Unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meridian-socket-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await startServer({ args: ['--unixsocket', join(folder, 'redis.sock')] })
  const store = openUrl(`unix://${join(folder, 'redis.sock')}`)
  await store.publish(evidence('ams-1'))
  expect(await probersIn(store)).toEqual(['ams-1'])
})

test('over TLS: only to a server whose certificate is good for the name', async () => {
  const server = await startServer()
  const door = createTlsServer({ key: tlsKey, cert: tlsCert }, (near) => {
    const far = connect(server.port, '127.0.0.1')
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  onTestFinished(() => void door.close())
  const url = `rediss://127.0.0.1:${(door.address() as AddressInfo).port}`
  const trusting = openUrl(url, { tls: { ca: tlsCert, server_name: 'redis.test' } })
  await trusting.publish(evidence('ams-1'))
  expect(await probersIn(trusting)).toEqual(['ams-1'])
  await state(openUrl(url, { tls: { ca: tlsCert, server_name: 'other.test' } }), {
    reachable: false,
    lastError: unreachable(/altnames/),
  })
  await state(openUrl(url), { reachable: false, lastError: unreachable(/self-signed/) })
  const broken = openUrl(url, { tls: { ca: tlsCert, cert: 'no certificate', server_name: 'redis.test' } })
  await state(broken, { reachable: false, lastError: unreachable(/PEM|DECODER|start line/i) })
})

test('a server that is no Redis is out of reach', async () => {
  const web = createHttpServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(web, 'listening')
  onTestFinished(() => void web.close())
  const store = openUrl(`redis://127.0.0.1:${(web.address() as AddressInfo).port}`)
  await state(store, { reachable: false, lastError: { code: 'store-unreachable' } })
  expect(await store.read()).toEqual([])
})

test('a server that accepts and hangs up is tried less and less often', async () => {
  let connections = 0
  const rude = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(rude, 'listening')
  onTestFinished(() => void rude.close())
  const startedMs = performance.now()
  const store = openUrl(`redis://127.0.0.1:${(rude.address() as AddressInfo).port}`)
  await vi.waitFor(() => expect(connections).toBeGreaterThanOrEqual(10), { timeout: 8000, interval: 10 })
  // Five of each connection: 37, 75, 150 and 300 ms lie between.
  expect(performance.now() - startedMs).toBeGreaterThan(550)
  expect(await store.read()).toEqual([])
  expect(store.state()).toMatchObject({ reachable: false, lastError: { code: 'store-unreachable' } })
})

test.each(['frozen', 'gone', 'there'])('closing takes no time when the server is %s', async (how) => {
  const server = await startServer()
  const store = openUrl(server.url, hasty)
  await publishUntilTaken(store, evidence('ams-1'))
  if (how === 'frozen') server.freeze()
  if (how === 'gone') await server.kill()
  const calls = Promise.all([
    store.read(),
    store.publish(evidence('ams-1', { sequence: 2 })),
    store.publish(evidence('ams-1', { sequence: 3 })),
  ])
  expect(await tookMs(() => store.close())).toBeLessThan(250 + SLACK_MS)
  expect(await tookMs(() => calls)).toBeLessThan(TIMEOUT_MS + SLACK_MS)
})
