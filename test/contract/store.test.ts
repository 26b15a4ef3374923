// What every store does, run against each of them: a new one gets its line in `worlds`.

import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { farewell } from '../../src/core/health/evidence.ts'
import type { Replica } from '../../src/core/health/override-book.ts'
import { openStore, storeConfig } from '../../src/io/store/index.ts'
import { createShelf, openMemoryStore } from '../../src/io/store/memory.ts'
import type { Store } from '../../src/io/store/store.ts'
import { entry } from '../core/health/orders.ts'
import { book, deps, evidence, probersIn, publishUntilTaken, seeOnly, sighting } from '../io/store/samples.ts'
import { startRedis } from '../setup/redis.ts'

interface World {
  /** Another node's store, ready to be used. */
  open(): Promise<Store>
  /** Lets the time pass after which a prober that published no more is forgotten. */
  lapse(prober: string): Promise<void>
  /** Empty again. */
  clear(): Promise<void>
  end(): Promise<void>
}

async function memoryWorld(): Promise<World> {
  let shelf = createShelf()
  let nowMs = 1000
  return {
    open: async () => openMemoryStore({ ...deps(), now: () => nowMs }, shelf),
    async lapse() {
      nowMs += 10_001
    },
    async clear() {
      shelf = createShelf()
    },
    async end() {},
  }
}

async function redisWorld(): Promise<World> {
  const server = await startRedis()
  const admin = new Redis(server.url)
  const config = storeConfig.parse({ redis: { url: server.url, timeout: '5s' } }) // no test here is about slowness
  return {
    async open() {
      const store = openStore(config, deps())
      // Its first hint says that it listens now.
      await new Promise<void>((resolve) => store.onHint(resolve))
      await seeAnyway(store)
      return store
    },
    async lapse(prober) {
      const key = `meridian:{evidence:1}:prober:${prober}`
      const leftMs = await admin.pttl(key)
      expect(leftMs).toBeGreaterThan(0)
      expect(leftMs).toBeLessThanOrEqual(10_000)
      await admin.pexpire(key, 1)
      await vi.waitFor(async () => expect(await admin.exists(key)).toBe(0), { interval: 5 })
    },
    clear: async () => void (await admin.flushall()),
    async end() {
      admin.disconnect()
      await server.stop()
    },
  }
}

async function seeAnyway(store: Store): Promise<void> {
  await vi.waitFor(async () => {
    await store.read()
    expect(store.state().reachable).toBe(true)
  })
}

const worlds = [
  ['memory', memoryWorld],
  ['redis', redisWorld],
] as const

describe.each(worlds)('the %s store', (kind, createWorld) => {
  let world: World
  let opened: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await world.open()
    opened.push(store)
    return store
  }

  beforeAll(async () => {
    world = await createWorld()
    return () => world.end()
  })
  beforeEach(async () => {
    await world.clear()
    opened = []
    return () => Promise.all(opened.map((store) => store.close()))
  })
  afterAll(() => expect(opened).not.toEqual([]))

  test('says what kind it is', async () => expect((await open()).kind).toBe(kind))

  test('an empty store is reachable and holds nothing', async () => {
    const store = await open()
    expect(await store.read()).toEqual([])
    expect(store.state()).toMatchObject({ reachable: true, writable: true, garbled: 0 })
  })

  test('two nodes see each other, and themselves, exactly as published', async () => {
    const [here, there] = [await open(), await open()]
    const seen = [
      sighting(),
      sighting({
        subject: '*/ping@[2001:db8::1]:443',
        up: false,
        streak: -1,
        forMs: 0,
        reason: 'connection refused: "é"\n',
      }),
      sighting({
        up: undefined,
        hasTurned: false,
        streak: 0,
        latencyMs: undefined,
        timings: undefined,
        load: undefined,
        certDays: undefined,
        reason: '',
      }),
    ]
    await here.publish(evidence('ams-1', { sightings: seen }))
    await there.publish(evidence('nyc-1', { region: 'us', sequence: 7, sightings: [] }))
    for (const store of [here, there]) {
      const found = [...(await store.read())].sort((a, b) => a.prober.localeCompare(b.prober))
      expect(found).toEqual([
        evidence('ams-1', { sightings: seen }),
        evidence('nyc-1', { region: 'us', sequence: 7, sightings: [] }),
      ])
    }
  })

  test('a publication takes the place of the last', async () => {
    const store = await open()
    await store.publish(evidence('ams-1', { sequence: 1 }))
    await store.publish(evidence('ams-1', { sequence: 2, sightings: [] }))
    expect(await store.read()).toEqual([evidence('ams-1', { sequence: 2, sightings: [] })])
  })

  test('of many publications at once all settle and the newest is left', async () => {
    const store = await open()
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.publish(evidence('ams-1', { sequence: i }))))
    expect(await store.read()).toEqual([evidence('ams-1', { sequence: 49 })])
  })

  test('many reads at once all see the same', async () => {
    const store = await open()
    await store.publish(evidence('ams-1'))
    const all = await Promise.all(Array.from({ length: 50 }, () => probersIn(store)))
    expect(all).toEqual(Array.from({ length: 50 }, () => ['ams-1']))
  })

  test('a farewell is read at once, though the store is closed after it, and the prober may come back with a new epoch', async () => {
    const [here, there] = [await open(), await open()]
    const first = evidence('ams-1')
    await here.publish(first)
    expect(await there.read()).toEqual([first])
    // The last of many that are under way.
    for (let sequence = 2; sequence < 9; sequence++) void here.publish({ ...first, sequence })
    await here.publish(farewell({ ...first, sequence: 9 }))
    await here.close()
    expect(await there.read()).toEqual([{ ...first, sequence: 10, sightings: [] }])
    const again = evidence('ams-1', { epoch: first.epoch + 1, sequence: 0 })
    await (await open()).publish(again)
    expect(await there.read()).toEqual([again])
  })

  test('a farewell is forgotten after ten seconds', async () => {
    const [here, there] = [await open(), await open()]
    await here.publish(farewell(evidence('ams-1', { sightings: [sighting({ everyMs: 3_600_000 })] })))
    await world.lapse('ams-1')
    expect(await there.read()).toEqual([])
  })

  test('a prober that publishes no more is forgotten, and remembered when it comes back', async () => {
    const [here, there] = [await open(), await open()]
    await here.publish(evidence('ams-1'))
    await world.lapse('ams-1')
    await there.publish(evidence('nyc-1'))
    expect(await probersIn(there)).toEqual(['nyc-1'])
    await publishUntilTaken(here, evidence('ams-1', { sequence: 2 }))
    await seeOnly(there, 'ams-1', 'nyc-1')
  })

  test('a change is hinted to the others, a repetition is not', async () => {
    const [here, there] = [await open(), await open()]
    let hints = 0
    there.onHint(() => hints++)
    const hinted = (times: number): Promise<void> => vi.waitFor(() => expect(hints).toBe(times), { interval: 5 })
    await here.publish(evidence('ams-1', { sequence: 1 }))
    await hinted(1)
    await here.publish(evidence('ams-1', { sequence: 2, sightings: [sighting({ forMs: 62_000, streak: 4 })] }))
    await here.publish(evidence('ams-1', { sequence: 3, sightings: [sighting({ up: false })] }))
    await hinted(2) // hints keep their order: one for the repetition would have come before
    await here.publish(evidence('ams-1', { epoch: 1_700_000_000_001, sightings: [sighting({ up: false })] }))
    await hinted(3)
    await here.publish(farewell(evidence('ams-1', { epoch: 1_700_000_000_001 })))
    await hinted(4)
  })

  test('evidence that is too large is refused and shown, and the next is taken', async () => {
    const store = await open()
    const huge = Array.from({ length: 20_000 }, (_, i) => sighting({ subject: `${i}${'x'.repeat(400)}` }))
    await store.publish(evidence('ams-1', { sightings: huge }))
    expect(store.state()).toMatchObject({ writable: false, lastError: { code: 'store-refused' } })
    expect(await store.read()).toEqual([])
    await store.publish(evidence('ams-1'))
    expect(store.state()).toMatchObject({ reachable: true, writable: true, lastError: { code: 'store-refused' } })
    expect(await probersIn(store)).toEqual(['ams-1'])
  })

  describe('overrides', () => {
    const books = async (store: Store): Promise<Replica[]> =>
      [...((await store.readOverrides()) ?? [])].sort((a, b) => a.node.localeCompare(b.node))

    test('an empty store holds none, which is not the same as being out of reach', async () => {
      expect(await (await open()).readOverrides()).toEqual([])
    })

    test('two nodes see each other’s books, and their own, exactly as published', async () => {
      const [here, there] = [await open(), await open()]
      const mine = book('ns1', { entries: [entry(), entry({ kind: 'return', untilSec: undefined })] })
      const theirs = book('ns2', { answers: false, sequence: 9 })
      expect([await here.publishOverrides(mine), await there.publishOverrides(theirs)]).toEqual([true, true])
      for (const store of [here, there]) expect(await books(store)).toEqual([mine, theirs])
    })

    test('a book takes the place of the last one of that node', async () => {
      const store = await open()
      await store.publishOverrides(book('ns1', { entries: [entry()] }))
      await store.publishOverrides(book('ns1', { sequence: 2 }))
      expect(await books(store)).toEqual([book('ns1', { sequence: 2 })])
    })

    test('they and evidence do not get in each other’s way', async () => {
      const store = await open()
      await store.publish(evidence('ns1'))
      await store.publishOverrides(book('ns1', { entries: [entry()] }))
      expect(await probersIn(store)).toEqual(['ns1'])
      await store.publish(farewell(evidence('ns1')))
      expect(await books(store)).toEqual([book('ns1', { entries: [entry()] })])
    })

    test('a new order is hinted to the others, a sign of life is not', async () => {
      const [here, there] = [await open(), await open()]
      let hints = 0
      there.onHint(() => hints++)
      const hinted = (times: number): Promise<void> => vi.waitFor(() => expect(hints).toBe(times), { interval: 5 })
      await here.publishOverrides(book('ns1', { entries: [entry()] }))
      await hinted(1)
      await here.publishOverrides(book('ns1', { entries: [entry()], sequence: 2 }))
      await here.publishOverrides(book('ns1', { entries: [entry({ version: 2 })], sequence: 3 }))
      await hinted(2)
    })

    test('a book that is too large is refused, and evidence goes on', async () => {
      const store = await open()
      const entries = Array.from({ length: 2001 }, (_, i) => entry({ target: String(i + 1) }))
      expect(await store.publishOverrides(book('ns1', { entries }))).toBe(false)
      expect(store.state()).toMatchObject({ sharesOverrides: false, lastError: { code: 'store-refused' } })
      await store.publish(evidence('ams-1'))
      expect(store.state()).toMatchObject({ reachable: true, writable: true, sharesOverrides: false })
      expect(await store.publishOverrides(book('ns1'))).toBe(true)
      expect(store.state()).toMatchObject({ sharesOverrides: true })
    })

    test('once closed there are none to be had', async () => {
      const store = await open()
      await store.close()
      expect([await store.publishOverrides(book('ns1')), await store.readOverrides()]).toEqual([false, undefined])
    })
  })

  test('counts what it does', async () => {
    const store = await open()
    const before = store.state()
    await store.publish(evidence('ams-1'))
    await store.read()
    const { reads, writes, failures, lastLatencyMs } = store.state()
    expect({
      reads: reads - before.reads,
      writes: writes - before.writes,
      failures: failures - before.failures,
    }).toEqual({ reads: 1, writes: 1, failures: 0 })
    expect(lastLatencyMs).toBeGreaterThanOrEqual(0)
  })

  test('once closed it does nothing, and says so to nobody', async () => {
    const [here, there] = [await open(), await open()]
    await here.publish(evidence('ams-1'))
    await here.close()
    await here.close()
    await here.publish(evidence('ams-2'))
    expect(await here.read()).toEqual([])
    expect(await probersIn(there)).toEqual(['ams-1'])
  })
})
