// The masters of three Sentinels and of a Cluster die, freeze, step back or hand their slot over under a running node and a prober of
// another region: no answer changes, evidence flows again within the named time, and then a dead backend is noticed.

import { expect, onTestFinished, test, vi } from 'vitest'
import { admin, startCluster, startWatched, type Watched } from '../setup/redis-groups.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { hasLogged, isAway, isOld, openStage, expectSteady } from './store-stage.ts'

// On a machine that is busy with something else a start alone may take half a minute.
vi.setConfig({ testTimeout: 180_000 })

/** The servers are told to take silence of one second for death; the rest is their election, and two seconds of ours. */
const HEALS_WITHIN_MS = 12_000
/** Keys of a Cluster are in the slot of this one. */
const names = 'meridian:{evidence:1}:probers'

const lose = (server: RedisServer, how: string): unknown => (how === 'killed' ? server.kill() : server.freeze())

const behind = ({ sentinels }: Watched): object => ({
  sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`),
  master: 'ours',
})

/** Three of them, of which two must agree. */
const startThree = (downAfterMs: number): Promise<Watched> => startWatched(downAfterMs, undefined, 3)

test.each(['killed', 'frozen'])('three Sentinels: the master is %s', async (how) => {
  const watched = await startThree(1000)
  const stage = await openStage(behind(watched))
  await expectSteady(`Sentinels, master ${how}`, stage, {
    hurt: () => lose(watched.master, how),
    shown: { 'the metric': isAway, 'the log': ({ node }) => hasLogged(node, 'store-unreachable') },
    healsWithinMs: HEALS_WITHIN_MS,
  })
  expect(await admin(watched.replica).exists('meridian:{evidence:1}:prober:prober-us')).toBe(1)
})

test('three Sentinels: the master is killed, and one of the Sentinels with it', async () => {
  const watched = await startThree(1000)
  const stage = await openStage(behind(watched))
  await expectSteady('Sentinels, master and Sentinel killed', stage, {
    async hurt() {
      await watched.sentinels[0]!.kill()
      await watched.master.kill()
    },
    shown: { 'the metric': isAway },
    healsWithinMs: HEALS_WITHIN_MS,
  })
})

test('one Sentinel of three is left: nobody promotes, and the master is awaited', async () => {
  const watched = await startThree(1000)
  const stage = await openStage(behind(watched))
  await expectSteady('Sentinels without a majority', stage, {
    async hurt() {
      for (const sentinel of watched.sentinels.slice(1)) sentinel.freeze()
      await watched.master.kill()
    },
    shown: { 'the metric': isAway, 'the age of the evidence': isOld },
    async heal() {
      expect((await admin(watched.replica).role())[0]).toBe('slave')
      const again = await startRedis({ port: watched.master.port })
      onTestFinished(() => again.stop())
    },
    healsWithinMs: 5000,
  })
})

test('read-only after a failover by order: the old master is a replica now', async () => {
  const watched = await startThree(60_000)
  const stage = await openStage(behind(watched))
  await expectSteady('Sentinels, read-only', stage, {
    async hurt() {
      const control = admin(watched.sentinel)
      await vi.waitFor(() => control.call('SENTINEL', 'FAILOVER', 'ours'), { timeout: 15_000, interval: 50 })
      const role = async (): Promise<void> => expect((await admin(watched.replica).role())[0]).toBe('master')
      await vi.waitFor(role, { timeout: 8000 })
    },
    shown: {},
    healsWithinMs: HEALS_WITHIN_MS,
  })
  expect((await admin(watched.replica).role())[0]).toBe('master')
})

test.each(['killed', 'frozen'])('Cluster: the owner of our slot is %s', async (how) => {
  const cluster = await startCluster(1000)
  const owner = cluster.masters[await cluster.ownerOf(names)]!
  await cluster.addReplica(owner)
  const stage = await openStage({ cluster: cluster.masters.map(({ server }) => `127.0.0.1:${server.port}`) })
  await expectSteady(`Cluster, owner ${how}`, stage, {
    hurt: () => lose(owner.server, how),
    shown: { 'the metric': isAway },
    healsWithinMs: HEALS_WITHIN_MS,
  })
})

test('Cluster: our slot moves to another server, and back', async () => {
  const cluster = await startCluster(1000)
  const from = cluster.masters[await cluster.ownerOf(names)]!
  const to = cluster.masters.find((one) => one !== from)!
  const slot = Number(await from.orders.cluster('KEYSLOT', names))
  const move = async (source: typeof from, target: typeof from): Promise<void> => {
    await target.orders.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id)
    await source.orders.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
    const keys = (await source.orders.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
    if (keys.length > 0)
      await source.orders.call('MIGRATE', '127.0.0.1', target.server.port, '', 0, 5000, 'REPLACE', 'KEYS', ...keys)
    for (const { orders } of [target, source, ...cluster.masters])
      await orders.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id)
  }
  const stage = await openStage({ cluster: cluster.masters.map(({ server }) => `127.0.0.1:${server.port}`) })
  await expectSteady('Cluster, slot moved', stage, {
    hurt: () => move(from, to),
    shown: {},
    heal: () => move(to, from),
    healsWithinMs: 3000,
  })
  expect(hasLogged(stage.node, 'the store is out of reach')).toBe(false)
})
