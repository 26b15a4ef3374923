// The kinds of store, the schema of the setting `store`, and how one is opened.

import { z } from 'zod'
import { openMemoryStore } from './memory.ts'
import { openRedisStore } from './redis.ts'
import { redisConfig } from './redis-config.ts'
import type { Store, StoreDeps } from './store.ts'

export const storeConfig = z
  .union([z.literal('memory'), z.strictObject({ redis: redisConfig })], {
    error: 'expected memory, or redis with its url',
  })
  .meta({ description: 'where nodes share what their probers saw: memory (this node alone) or redis' })

export type StoreConfig = z.output<typeof storeConfig>

/** Returns at once: a store that is out of reach is tried again and again in the background. */
export function openStore(config: StoreConfig, deps: StoreDeps): Store {
  return config === 'memory' ? openMemoryStore(deps) : openRedisStore(config.redis, deps)
}
