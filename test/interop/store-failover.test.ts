// The masters of a Sentinel and of a Cluster die under a running node and a prober of another region. The node is asked every
// 50 ms all the while: no answer changes, evidence flows again within the named time, and then a dead backend is still noticed.

import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openBackends } from '../../src/app/demo-backends.ts'
import { printEndpoint } from '../../src/core/base/address.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { startCluster, startWatched } from '../setup/redis-groups.ts'
import type { RedisServer } from '../setup/redis.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

/** The servers are told to take silence of one second for death; the rest is their election, and two seconds of ours. */
const HEALS_WITHIN_MS = 12_000
const addresses = { eu: '192.0.2.10', us: '198.51.100.10' }

interface Stage {
  readonly node: Running
  readonly answers: () => string[]
  stopBackend(): Promise<unknown>
}

async function setStage(redis: object, proberNowMs?: number): Promise<Stage> {
  const backends = await openBackends(
    (['eu', 'us'] as const).map((region) => ({ region, endpoint: { address: '127.0.0.1', port: 0 } })),
  )
  onTestFinished(() => backends.close())
  const where = Object.fromEntries(backends.states().map(({ region, endpoint }) => [region, printEndpoint(endpoint)]))
  const pool = (name: 'eu' | 'us') => ({
    check: 'web-up',
    targets: [{ address: addresses[name], probe_at: where[name] }],
  })
  const folder = openFolder({
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { 'web-up': { http: { path: '/healthz' }, every: '1s', timeout: '500ms', confirm: '200ms' } },
      pools: { eu: pool('eu'), us: pool('us') },
      services: { web: { ttl: '5s', steer: { failover: ['eu', 'us'] } } },
    },
  })
  onTestFinished(() => folder[Symbol.dispose]())
  const settings = { listen: ['127.0.0.1:0'], admin: { listen: '127.0.0.1:0' }, workers: 1, store: { redis } }
  const start = async (command: 'serve' | 'probe', name: string, region: string, nowMs?: number): Promise<Running> => {
    const more = { health: { vantages: ['us'] }, prober: false, node: { name, region } }
    const file = folder.write(`${name}.yaml`, { ...settings, ...more })
    const started = await startMeridian(command, file, nowMs === undefined ? {} : { nowMs })
    onTestFinished(async () => void (await started.stop()))
    return started
  }
  await start('probe', 'prober-us', 'us', proberNowMs)
  const node = await start('serve', 'ns1', 'eu')
  const client = await openDnsClient(node.dns)
  onTestFinished(() => client[Symbol.asyncDispose]())
  const seen: string[] = []
  const looking = { isOver: false }
  const look = async (): Promise<void> => {
    while (!looking.isOver) {
      const reply = await client.ask(writeQuery({ name: 'www.example.com' }))
      seen.push(reply ? String(decodeWithDns2(reply.bytes).answer[0]?.data) : 'none')
      await delay(50)
    }
  }
  const looked = look()
  onTestFinished(async () => {
    looking.isOver = true
    await looked
  })
  return { node, answers: () => seen, stopBackend: () => backends.stop('eu') }
}

/** The node reaches the store and its evidence is young, as it was not while the store was away. */
async function untilItFlows({ node }: Stage): Promise<number> {
  const startedMs = performance.now()
  await until('evidence flows', HEALS_WITHIN_MS + 10_000, async () => {
    const metrics = await node.metrics()
    const age = /^meridian_evidence_age_seconds\{.*\} (.*)$/m.exec(metrics)?.[1]
    return metrics.includes('meridian_store_reachable{kind="redis"} 1') && age !== undefined && Number(age) < 1.5
  })
  return performance.now() - startedMs
}

async function isAway({ node }: Stage): Promise<boolean> {
  return (await node.metrics()).includes('meridian_store_reachable{kind="redis"} 0')
}

async function proveFailover(stage: Stage, fail: () => unknown): Promise<number> {
  await untilItFlows(stage)
  await fail()
  const startedMs = performance.now()
  await until('the loss is noticed', 10_000, () => isAway(stage))
  await untilItFlows(stage)
  const healedMs = performance.now() - startedMs
  await delay(1000)
  expect(stage.answers().length).toBeGreaterThan(20)
  expect(new Set(stage.answers())).toEqual(new Set([addresses.eu]))
  // The only vantage is the prober: what it sees now can only have come by the new master.
  await stage.stopBackend()
  await until('a dead backend is noticed', 8000, () => stage.answers().at(-1) === addresses.us)
  expect(new Set(stage.answers())).toEqual(new Set([addresses.eu, addresses.us]))
  return healedMs
}

const lose = (server: RedisServer, how: string): unknown => (how === 'killed' ? server.kill() : server.freeze())

test.each(['killed', 'frozen'])('Sentinel: the master is %s, no answer changes, evidence flows again', async (how) => {
  const { master, sentinel } = await startWatched(1000)
  const stage = await setStage({ sentinels: [`127.0.0.1:${sentinel.port}`], master: 'ours' })
  expect(await proveFailover(stage, () => lose(master, how))).toBeLessThan(HEALS_WITHIN_MS)
})

test.each(['killed', 'frozen'])('Cluster: the owner is %s, no answer changes, evidence flows again', async (how) => {
  const cluster = await startCluster(1000)
  const owner = cluster.masters[await cluster.ownerOf('meridian:{evidence:1}:probers')]!
  await cluster.addReplica(owner)
  const stage = await setStage({ cluster: cluster.masters.map(({ server }) => `127.0.0.1:${server.port}`) })
  expect(await proveFailover(stage, () => lose(owner.server, how))).toBeLessThan(HEALS_WITHIN_MS)
})

test('a prober whose clock is an hour ahead is heard like any other', async () => {
  const { sentinel } = await startWatched(60_000)
  const stage = await setStage({ sentinels: [`127.0.0.1:${sentinel.port}`], master: 'ours' }, Date.now() + 3_600_000)
  await untilItFlows(stage)
  await stage.stopBackend()
  await until('a dead backend is noticed', 8000, () => stage.answers().at(-1) === addresses.us)
  expect(new Set(stage.answers())).toEqual(new Set([addresses.eu, addresses.us]))
})
