// Redis servers that belong together, for one test: Sentinels over a server and its replica, and a small Cluster.

import { Redis } from 'ioredis'
import { onTestFinished, vi } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { type RedisServer, type RedisServerOptions, startRedis } from './redis.ts'

async function start(options: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

/** A client for orders; ends with the test. */
export function admin({ port }: { readonly port: number }, password?: string): Redis {
  const client = new Redis({ host: '127.0.0.1', port, protocol: 2, ...(password !== undefined && { password }) })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}

const patient = { timeout: 20_000, interval: 20 }

export interface Watched {
  readonly master: RedisServer
  readonly replica: RedisServer
  /** The first of them. */
  readonly sentinel: RedisServer
  readonly sentinels: readonly RedisServer[]
}

/**
 * Sentinels that take silence of so many ms for death, and promote the replica by themselves once most of them agree. Their name for
 * the master: `ours`. A password is for one that is alone.
 */
export async function startWatched(downAfterMs: number, sentinelPassword?: string, count = 1): Promise<Watched> {
  const quick = ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0']
  const master = await start({ args: quick })
  const replica = await start({ args: [...quick, '--replicaof', `127.0.0.1 ${master.port}`] })
  const orders = admin(replica)
  await vi.waitFor(async () => {
    if (!(await orders.info('replication')).includes('master_link_status:up')) throw new Error('not in step yet')
  }, patient)
  const settings = [
    `sentinel monitor ours 127.0.0.1 ${master.port} ${Math.floor(count / 2) + 1}`,
    `sentinel down-after-milliseconds ours ${downAfterMs}`,
    'sentinel failover-timeout ours 2000',
    ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
  ]
  const sentinels: RedisServer[] = []
  for (let i = 0; i < count; i++) sentinels.push(await start({ sentinel: settings }))
  for (const sentinel of sentinels) {
    const watch = admin(sentinel, sentinelPassword)
    const seen = async (what: string): Promise<number> =>
      ((await watch.call('SENTINEL', what, 'ours')) as unknown[]).length
    await vi.waitFor(async () => {
      if ((await seen('REPLICAS')) === 0) throw new Error('no replica seen yet')
      if ((await seen('SENTINELS')) < count - 1) throw new Error('not all Sentinels seen yet')
    }, patient)
  }
  return { master, replica, sentinel: sentinels[0]!, sentinels }
}

export interface ClusterNode {
  readonly server: RedisServer
  readonly orders: Redis
  readonly id: string
}

export interface SmallCluster {
  /** Three, with a third of the slots each. */
  readonly masters: readonly ClusterNode[]
  /** The index of the master that has the slot of `key`. */
  ownerOf(key: string): Promise<number>
  /** Starts a replica of a master, which takes over when it dies. */
  addReplica(of: ClusterNode): Promise<ClusterNode>
}

const SLOTS = [0, 5461, 10_923, 16_384] as const

export async function startCluster(nodeTimeoutMs: number): Promise<SmallCluster> {
  const startNode = async (): Promise<ClusterNode> => {
    const busPort = await freePort()
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
    const more = ['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-replica-validity-factor', '0']
    const server = await start({ args: [...args, ...more] })
    const orders = admin(server)
    buses.set(server.port, busPort)
    return { server, orders, id: String(await orders.cluster('MYID')) }
  }
  const buses = new Map<number, number>()
  const meet = (one: ClusterNode, other: ClusterNode): Promise<unknown> =>
    one.orders.call('CLUSTER', 'MEET', '127.0.0.1', other.server.port, buses.get(other.server.port)!)
  const masters = [await startNode(), await startNode(), await startNode()]
  for (const [i, { orders }] of masters.entries()) {
    await orders.call('CLUSTER', 'ADDSLOTSRANGE', SLOTS[i]!, SLOTS[i + 1]! - 1)
    await orders.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
  }
  for (const other of masters.slice(1)) await meet(masters[0]!, other)
  await vi.waitFor(async () => {
    for (const { orders } of masters) {
      const info = String(await orders.cluster('INFO'))
      if (!info.includes('cluster_state:ok') || !info.includes('cluster_known_nodes:3'))
        throw new Error('not whole yet')
    }
  }, patient)
  return {
    masters,
    async ownerOf(key) {
      const slot = Number(await masters[0]!.orders.cluster('KEYSLOT', key))
      return SLOTS.findLastIndex((first) => first <= slot)
    },
    async addReplica(of) {
      const replica = await startNode()
      await meet(masters[0]!, replica)
      await vi.waitFor(() => replica.orders.call('CLUSTER', 'REPLICATE', of.id), patient)
      await vi.waitFor(async () => {
        if (!(await replica.orders.info('replication')).includes('master_link_status:up'))
          throw new Error('not in step')
        for (const { orders } of masters)
          if (!new RegExp(`${replica.id} .* slave ${of.id} `).test(String(await orders.cluster('NODES'))))
            throw new Error('not known to all yet')
      }, patient)
      return replica
    },
  }
}
