// What is promised for a Redis that fails (docs/stores.md), each row with a real server that is really killed, frozen, filled or cut
// off under a running node: no answer changes, latency and cost stay what they were, it is shown, and it heals in time.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { admin } from '../setup/redis-groups.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { freePort } from '../support/free-port.ts'
import { evidenceAge, hasLogged, isAway, isOld, metric, openStage, expectSteady, untilItFlows } from './store-stage.ts'

// On a machine that is busy with something else a start alone may take half a minute.
vi.setConfig({ testTimeout: 180_000 })

const TIMEOUT_MS = 500
const valueKey = 'meridian:{evidence:1}:prober:prober-us'

async function start(port?: number): Promise<RedisServer> {
  const server = await startRedis(port === undefined ? {} : { port })
  onTestFinished(() => server.stop())
  return server
}

const storeAt = (port: number): object => ({ url: `redis://127.0.0.1:${port}`, timeout: `${TIMEOUT_MS}ms` })

/** Does something again and again until told to stop, or the test ends. */
function keepOn(work: () => unknown, everyMs: number): () => void {
  const timer = setInterval(() => void work(), everyMs)
  onTestFinished(() => clearInterval(timer))
  return () => clearInterval(timer)
}

test('refused: a node that finds no Redis answers after its time limit, and hears of everything once it comes', async () => {
  const port = await freePort()
  const stage = await openStage(storeAt(port), { nodeConfig: { health: { vantages: ['us'], first_round: '2s' } } })
  expect(hasLogged(stage.node, 'answering without a verdict on every target')).toBe(true)
  const { targets } = await stage.node.status()
  expect(targets.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown'])
  expect(await isAway(stage)).toBe(true)
  let server = await start(port)
  await untilItFlows(stage, 5000)
  // And refused again later, for longer.
  await expectSteady('refused', stage, {
    hurt: () => server.kill(),
    shown: { 'the metric': isAway, 'the log': ({ node }) => hasLogged(node, 'the store is out of reach') },
    heal: async () => {
      server = await start(port)
    },
    healsWithinMs: 5000,
  })
})

test('killed, and restarted empty after a while', async () => {
  const server = await start()
  const stage = await openStage(storeAt(server.port))
  await expectSteady('killed', stage, {
    hurt: () => server.kill(),
    shown: {
      'the metric': isAway,
      'the log of the node': ({ node }) => hasLogged(node, 'store-unreachable'),
      'the log of the prober': ({ prober }) => hasLogged(prober, 'store-unreachable'),
      'in /status': async ({ node }) => !(await node.status()).store.reachable,
      'the age of the evidence': isOld,
    },
    heal: () => start(server.port),
    healsWithinMs: 5000,
  })
})

test('restarted empty at once', async () => {
  const server = await start()
  const stage = await openStage(storeAt(server.port))
  await expectSteady('restarted empty', stage, {
    async hurt() {
      await server.kill()
      await start(server.port)
    },
    shown: {}, // it may be over before anybody asks
    healsWithinMs: 5000,
  })
})

test('frozen: its connections stand, and nothing comes', async () => {
  const server = await start()
  const stage = await openStage(storeAt(server.port))
  await expectSteady('frozen', stage, {
    hurt: () => server.freeze(),
    shown: {
      'the metric': isAway,
      'the log': ({ node }) => hasLogged(node, 'the store is out of reach'),
      'the age of the evidence': isOld,
    },
    heal: () => server.thaw(),
    healsWithinMs: 3000,
  })
})

/** A wire to a server, which can carry late, or no longer carry for those who are connected. */
async function openWire(to: number): Promise<{ port: number; delayBy(ms: number): void; cut(): void }> {
  const state = { lateMs: 0 }
  const ends = new Set<[Socket, Socket]>()
  const wire = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    ends.add(pair)
    near.on('data', (bytes) => far.write(bytes))
    far.on(
      'data',
      (bytes) => void setTimeout(() => !near.destroyed && ends.has(pair) && near.write(bytes), state.lateMs),
    )
    for (const end of pair) end.on('error', () => undefined).on('close', () => pair.forEach((other) => other.destroy()))
  }).listen(0, '127.0.0.1')
  await once(wire, 'listening')
  onTestFinished(() => {
    wire.close()
    for (const pair of ends) for (const end of pair) end.destroy()
  })
  return {
    port: (wire.address() as AddressInfo).port,
    delayBy(ms) {
      state.lateMs = ms
    },
    cut() {
      for (const [near, far] of ends) for (const end of [near, far]) end.removeAllListeners('data').resume()
      ends.clear()
    },
  }
}

test('slow, but within the limit', async () => {
  const wire = await openWire((await start()).port)
  const stage = await openStage(storeAt(wire.port))
  await expectSteady('slow', stage, {
    hurt: () => wire.delayBy(200),
    shown: {
      'the latency': async () => ((await metric(stage, /^meridian_store_latency_seconds\{.*\} (.*)$/m)) ?? 0) > 0.19,
    },
    heal: () => wire.delayBy(0),
    healsWithinMs: 2000,
  })
  expect(hasLogged(stage.node, 'the store is out of reach')).toBe(false)
})

test('slower than the limit', async () => {
  const wire = await openWire((await start()).port)
  const stage = await openStage(storeAt(wire.port))
  await expectSteady('slower', stage, {
    hurt: () => wire.delayBy(2 * TIMEOUT_MS),
    shown: { 'the metric': isAway, 'the log': ({ node }) => hasLogged(node, 'store-unreachable') },
    heal: () => wire.delayBy(0),
    healsWithinMs: 3000,
  })
})

test('cut off in silence: who is connected hears nothing more', async () => {
  const wire = await openWire((await start()).port)
  const stage = await openStage(storeAt(wire.port))
  await expectSteady('cut off', stage, {
    hurt: () => wire.cut(),
    shown: { 'the log': ({ node }) => hasLogged(node, 'store-unreachable') },
    healsWithinMs: 8000,
  })
})

test('evicting: what was published is thrown out again', async () => {
  const control = admin(await start())
  const stage = await openStage(storeAt(control.options.port!))
  const ending = { stop: (): void => undefined }
  await expectSteady('evicting', stage, {
    async hurt() {
      await control.config('SET', 'maxmemory-policy', 'allkeys-random')
      await control.config('SET', 'maxmemory', '1')
      ending.stop = keepOn(() => control.set('filler', 'x').catch(() => undefined), 5)
    },
    shown: { 'the age of the evidence': isOld },
    async heal() {
      ending.stop()
      await control.config('SET', 'maxmemory', '0')
    },
    healsWithinMs: 2500,
  })
  expect(hasLogged(stage.node, 'the store is out of reach')).toBe(false)
})

test('out of memory: it takes nothing more', async () => {
  const control = admin(await start())
  const stage = await openStage(storeAt(control.options.port!))
  await expectSteady('out of memory', stage, {
    hurt: () => control.config('SET', 'maxmemory', '1'),
    shown: {
      'the log of the prober': ({ prober }) => hasLogged(prober, 'store-refused') && hasLogged(prober, 'OOM'),
      'the age of the evidence': isOld,
    },
    heal: () => control.config('SET', 'maxmemory', '0'),
    healsWithinMs: 2500,
  })
})

test('read-only: it is a replica now', async () => {
  const control = admin(await start())
  const stage = await openStage(storeAt(control.options.port!))
  const nowhere = await freePort()
  await expectSteady('read-only', stage, {
    hurt: () => control.replicaof('127.0.0.1', nowhere),
    shown: {
      'the log of the prober': ({ prober }) => hasLogged(prober, 'store-refused') && hasLogged(prober, 'READONLY'),
      'the age of the evidence': isOld,
    },
    heal: () => control.replicaof('NO', 'ONE'),
    healsWithinMs: 2500,
  })
})

test('asking for another password than we have', async () => {
  const control = admin(await start())
  const stage = await openStage(storeAt(control.options.port!))
  await expectSteady('wrong password', stage, {
    async hurt() {
      await control.config('SET', 'requirepass', 'changed')
      await control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    },
    shown: {
      'the metric': isAway,
      'the log': ({ node }) => hasLogged(node, 'store-refused') && hasLogged(node, 'NOAUTH'),
    },
    heal: () => control.config('SET', 'requirepass', ''),
    healsWithinMs: 3000,
  })
  expect(stage.node.log().some((line) => JSON.stringify(line).includes('changed'))).toBe(false)
})

test.each([
  ['noise', '\u0000\u0001 no evidence'],
  ['evidence of another version', '["evidence/2"]'],
  ['evidence under a wrong name', JSON.stringify(['evidence/3', 'ams-1', 'eu', 9e15, 9, []])],
])('garbled: its value is overwritten with %s', async (what, value) => {
  const control = admin(await start())
  const stage = await openStage(storeAt(control.options.port!))
  const garbled = async (): Promise<number> => (await metric(stage, /^meridian_store_garbled_total\{.*\} (.*)$/m)) ?? 0
  const ending = { stop: (): void => undefined }
  await expectSteady(`garbled (${what})`, stage, {
    hurt() {
      ending.stop = keepOn(() => control.set(valueKey, value).catch(() => undefined), 2)
    },
    shown: { 'the count': async () => (await garbled()) > 2, 'the age of the evidence': isOld },
    heal: () => ending.stop(),
    healsWithinMs: 2500,
  })
  expect(await evidenceAge(stage)).toBeLessThan(2)
})
