// Books of overrides in a real Redis: garbage, refusals, expiry, and what the user may do. Each test has a server of its own.

import { expect, onTestFinished, test, vi } from 'vitest'
import { writeReplica } from '../../../src/io/store/override-encoding.ts'
import { entry, wallSec } from '../../core/health/orders.ts'
import { startRedis } from '../../setup/redis.ts'
import { book, evidence } from './samples.ts'
import { adminOf, openUrl, startServer } from './servers.ts'

const base = 'meridian:{evidence:1}'

test('foreign and garbled books are counted and ignored, and said once', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const store = openUrl(server.url)
  const good = book('ns1', { entries: [entry()] })
  expect(await store.publishOverrides(good)).toBe(true)
  const foreign = {
    noise: '\u0000\u0001 not json',
    other: '["overrides/2","other",1,1,1,[]]',
    thief: writeReplica(book('ns1', { sequence: 99 }))!,
    endless: writeReplica(book('endless', { entries: [entry()] }))!.replace(
      `,${wallSec + 600},${wallSec + 600}`,
      ',null,null',
    ),
  }
  for (const [node, value] of Object.entries(foreign)) await control.set(`${base}:overrides:${node}`, value)
  await control.sadd(`${base}:nodes`, ...Object.keys(foreign), 'ghost')
  expect(await store.readOverrides()).toEqual([good])
  expect(await store.readOverrides()).toEqual([good])
  expect(store.state()).toMatchObject({ reachable: false, sharesOverrides: true, garbled: 8 })
  expect(store.lines.filter(({ message }) => message.includes('no overrides'))).toMatchObject([
    { fields: { nodes: 'endless, noise, other, thief' } },
  ])
  await vi.waitFor(async () => expect(await control.smembers(`${base}:nodes`)).not.toContain('ghost'))
})

test('a store that refuses overrides alone goes on with evidence, and says so once', async () => {
  const server = await startServer()
  await adminOf(server.url).set(`${base}:nodes`, 'no set')
  const store = openUrl(server.url)
  await store.publish(evidence('ns1'))
  for (let i = 0; i < 3; i++) {
    await store.publish(evidence('ns1', { sequence: i + 2 }))
    expect(await store.publishOverrides(book('ns1', { sequence: i }))).toBe(false)
    expect(await store.readOverrides()).toBeUndefined()
  }
  expect(await store.read()).toHaveLength(1)
  expect(store.state()).toMatchObject({ reachable: true, writable: true, sharesOverrides: false })
  expect(store.lines.map(({ message }) => message)).toEqual([
    'the store answers',
    'the store refuses to publish overrides',
    'the store refuses to read overrides',
  ])
})

test('a book lives as long as an order in it may matter, at least an hour and at most 31 days', async () => {
  const server = await startServer()
  const control = adminOf(server.url)
  const store = openUrl(server.url)
  const leftSec = async (entries: ReturnType<typeof entry>[]): Promise<number> => {
    expect(await store.publishOverrides(book('ns1', { entries }))).toBe(true)
    return Math.round((await control.pttl(`${base}:overrides:ns1`)) / 1000)
  }
  expect(await leftSec([])).toBe(3600)
  expect(await leftSec([entry({ untilSec: wallSec + 60 })])).toBe(3600)
  expect(await leftSec([entry({ untilSec: wallSec + 60, keepUntilSec: wallSec + 7200 })])).toBe(7200)
  expect(await leftSec([entry({ kind: 'return', untilSec: undefined })])).toBe(31 * 86_400)
})

test('a user that may do what the manual lists may share overrides as well', async () => {
  const server = await startServer()
  const may = ['set', 'del', 'mget', 'sadd', 'srem', 'smembers', 'publish', 'subscribe', 'ping']
  const rights = [
    '~meridian:{evidence:1}:*',
    'resetchannels',
    '&meridian:{evidence:1}:*',
    '-@all',
    ...may.map((name) => `+${name}`),
  ]
  await adminOf(server.url).acl('SETUSER', 'meridian', 'on', '>pw', ...rights)
  const store = openUrl(server.url, { username: 'meridian', password: 'pw' })
  expect(await store.publishOverrides(book('ns1'))).toBe(true)
  expect(await store.readOverrides()).toEqual([book('ns1')])
})

test('frozen, gone and back: out of reach is told from empty', async () => {
  const server = await startServer()
  const store = openUrl(server.url, { timeout: '500ms' })
  expect(await store.publishOverrides(book('ns1'))).toBe(true)
  server.freeze()
  expect([await store.publishOverrides(book('ns1')), await store.readOverrides()]).toEqual([false, undefined])
  server.thaw()
  await vi.waitFor(async () => expect(await store.readOverrides()).toEqual([book('ns1')]), { timeout: 8000 })
  await server.kill()
  expect([await store.publishOverrides(book('ns1')), await store.readOverrides()]).toEqual([false, undefined])
  const next = await startRedis({ port: server.port })
  onTestFinished(() => next.stop())
  await vi.waitFor(async () => expect(await store.readOverrides()).toEqual([]), { timeout: 8000 })
})
