// A Cluster of three real masters: our slot moves, its server dies or freezes, and the way to it is found anew.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openStore, storeConfig } from '../../../src/io/store/index.ts'
import type { Store } from '../../../src/io/store/store.ts'
import { startRedis } from '../../setup/redis.ts'
import { freePort } from '../../support/free-port.ts'
import { admin, type ClusterNode, type SmallCluster, startCluster } from '../../setup/redis-groups.ts'
import { tlsCert, tlsKey } from './redis-tls.ts'
import { deps, evidence, probersIn, publishUntilTaken, seeOnly } from './samples.ts'
import { openRedis, type OpenStore, untilItFlows } from './servers.ts'

const NODE_TIMEOUT_MS = 1000
/** From the death of the owner until evidence flows again: silence, agreement, election of the replica, and one second of ours. */
const HEALS_WITHIN_MS = 10_000
const names = 'meridian:{evidence:1}:probers'

function open({ masters }: SmallCluster, more: object = {}): OpenStore {
  const cluster = masters.map(({ server }) => `127.0.0.1:${server.port}`)
  return openRedis({ cluster, timeout: '500ms', ...more })
}

async function owned(cluster: SmallCluster): Promise<{ owner: ClusterNode; others: ClusterNode[] }> {
  const index = await cluster.ownerOf(names)
  return { owner: cluster.masters[index]!, others: cluster.masters.filter((_, i) => i !== index) }
}

test('all keys are with one server, whichever of them was named, and hints arrive', async () => {
  const cluster = await startCluster(NODE_TIMEOUT_MS)
  const { owner, others } = await owned(cluster)
  const stores = cluster.masters.map((one) => open({ ...cluster, masters: [one] }))
  const hints = stores.map((store) => new Promise<void>((resolve) => store.onHint(resolve)))
  for (const [i, store] of stores.entries()) await publishUntilTaken(store, evidence(`ams-${i}`))
  await Promise.all(hints)
  for (const store of stores) await seeOnly(store, 'ams-0', 'ams-1', 'ams-2')
  expect(await owner.orders.exists(names)).toBe(1)
  for (const { orders } of others) expect(await orders.dbsize()).toBe(0)
})

test('the slot moves: nothing is lost, nothing fails, and it is said to nobody', async () => {
  const cluster = await startCluster(NODE_TIMEOUT_MS)
  const { owner, others } = await owned(cluster)
  const target = others[0]!
  const here = open(cluster, { timeout: '5s' })
  await publishUntilTaken(here, evidence('ams-1'))
  const { failures } = here.state()
  const slot = Number(await owner.orders.cluster('KEYSLOT', names))
  await target.orders.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.id)
  await owner.orders.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
  const keys = (await owner.orders.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
  await owner.orders.call('MIGRATE', '127.0.0.1', target.server.port, '', 0, 5000, 'KEYS', ...keys)
  for (const { orders } of [target, owner, ...others.slice(1)])
    await orders.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id)
  expect(await here.read()).toEqual([evidence('ams-1')])
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(await here.read()).toEqual([evidence('ams-1', { sequence: 2 })])
  expect(here.state()).toMatchObject({ reachable: true, writable: true, failures })
  expect(here.lines).toHaveLength(1)
  expect(await target.orders.exists(names)).toBe(1)
})

test('half-moved: refused meanwhile, and whole again once the move is done', async () => {
  const cluster = await startCluster(NODE_TIMEOUT_MS)
  const { owner, others } = await owned(cluster)
  const target = others[0]!
  const here = open(cluster)
  await publishUntilTaken(here, evidence('ams-1'))
  const slot = Number(await owner.orders.cluster('KEYSLOT', names))
  await target.orders.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.id)
  await owner.orders.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
  await owner.orders.call('MIGRATE', '127.0.0.1', target.server.port, names, 0, 5000)
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(here.state()).toMatchObject({ writable: false, lastError: { code: 'store-refused' } })
  expect(here.state().lastError!.message).toMatch(/^ASK /)
  expect(await here.read()).toEqual([])
  await owner.orders.call('MIGRATE', '127.0.0.1', target.server.port, 'meridian:{evidence:1}:prober:ams-1', 0, 5000)
  for (const { orders } of [target, owner]) await orders.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id)
  await publishUntilTaken(here, evidence('ams-1', { sequence: 3 }))
  expect(await here.read()).toEqual([evidence('ams-1', { sequence: 3 })])
})

test('the server with our slot is lost without a replica: refused, said so, and whole again when it returns', async () => {
  const cluster = await startCluster(NODE_TIMEOUT_MS)
  const { owner } = await owned(cluster)
  const [here, there] = [open(cluster), open(cluster)]
  await publishUntilTaken(here, evidence('ams-1'))
  owner.server.freeze()
  const look = async (): Promise<void> => {
    await here.publish(evidence('ams-1', { sequence: 2 }))
    expect(here.state()).toMatchObject({ reachable: false, writable: false })
    expect(here.state().lastError!.message).toMatch(/CLUSTERDOWN/)
  }
  await vi.waitFor(look, { timeout: 15_000, interval: 100 })
  owner.server.thaw()
  expect(await untilItFlows(here, there)).toBeLessThan(HEALS_WITHIN_MS)
})

test('other servers of the Cluster are lost: ours goes on', async () => {
  const cluster = await startCluster(60_000)
  const { others } = await owned(cluster)
  const store = open(cluster)
  await publishUntilTaken(store, evidence('ams-1'))
  const { failures } = store.state()
  await others[0]!.server.kill()
  await store.publish(evidence('ams-1', { sequence: 2 }))
  expect(await probersIn(store)).toEqual(['ams-1'])
  expect(store.state().failures).toBe(failures)
})

test('over TLS, as a user with a password, to guides and server alike', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meridian-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [certFile, keyFile, tlsPort] = [join(folder, 'cert.pem'), join(folder, 'key.pem'), await freePort()]
  await writeFile(certFile, tlsCert)
  await writeFile(keyFile, tlsKey)
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile]
  const anyone = ['--tls-auth-clients', 'no']
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--tls-cluster', 'yes']
  const server = await startRedis({ args: [...cluster, '--tls-port', String(tlsPort), ...files, ...anyone] })
  onTestFinished(() => server.stop())
  const orders = admin(server)
  await orders.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  const may = ['set', 'del', 'mget', 'sadd', 'srem', 'smembers', 'publish', 'subscribe', 'ping'].map(
    (name) => `+${name}`,
  )
  const reach = ['~meridian:*', 'resetchannels', '&meridian:*', '-@all', ...may]
  await orders.acl('SETUSER', 'meridian', 'on', '>pw', ...reach)
  const openTls = (server_name: string, password: string): Store => {
    const tls = { ca: tlsCert, server_name }
    const redis = { cluster: [`127.0.0.1:${tlsPort}`], tls, username: 'meridian', password }
    const store = openStore(storeConfig.parse({ redis }), deps())
    onTestFinished(() => store.close())
    return store
  }
  const store = openTls('redis.test', 'pw')
  await publishUntilTaken(store, evidence('ams-1'))
  expect(await probersIn(store)).toEqual(['ams-1'])
  const says = (other: Store, message: RegExp): Promise<void> =>
    vi.waitFor(
      async () => {
        expect(await other.read()).toEqual([])
        expect(other.state().lastError?.message).toMatch(message)
      },
      { timeout: 8000, interval: 20 },
    )
  await says(openTls('other.test', 'pw'), /altnames/)
  await says(openTls('redis.test', 'wrong'), /WRONGPASS/)
})
