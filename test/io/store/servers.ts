// Real servers for the tests of the store, and stores on them; each ends with the test that it is for.

import { Redis } from 'ioredis'
import { expect, onTestFinished, vi } from 'vitest'
import { openStore, storeConfig } from '../../../src/io/store/index.ts'
import type { Store } from '../../../src/io/store/store.ts'
import { type RedisServer, type RedisServerOptions, startRedis } from '../../setup/redis.ts'
import { deps, evidence } from './samples.ts'

export type OpenStore = Store & { readonly lines: ReturnType<typeof deps>['log']['lines'] }

export async function startServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

/** By the setting `store.redis`. */
export function openRedis(redis: object): OpenStore {
  const given = deps()
  const store = openStore(storeConfig.parse({ redis }), given)
  onTestFinished(() => store.close())
  return { ...store, lines: given.log.lines }
}

/** With time enough for a busy machine, unless a test says otherwise. */
export function openUrl(url: string, more: object = {}): OpenStore {
  return openRedis({ url, timeout: '5s', ...more })
}

export function adminOf(url: string): Redis {
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

/** Publishes and reads as a node does, until what `here` says arrives at `there`; how long that took. */
export async function untilItFlows(here: Store, there: Store): Promise<number> {
  const startedMs = performance.now()
  let sequence = 100
  const look = async (): Promise<void> => {
    await here.publish(evidence('ams-1', { sequence: ++sequence }))
    expect(here.state()).toMatchObject({ reachable: true, writable: true })
    expect(await there.read()).toEqual([evidence('ams-1', { sequence })])
  }
  await vi.waitFor(look, { timeout: 20_000, interval: 100 })
  return performance.now() - startedMs
}
