// A network that falls in two: the vantage region eu with its node on one side, us and ap with theirs on the other. What each
// node hears, what it makes of that, and whom its clients are sent to, with regional verdicts and without.

import { describe, expect, test } from 'vitest'
import { openKeeper } from '../../src/app/keeper.ts'
import type { Evidence } from '../../src/core/health/evidence.ts'
import type { Store } from '../../src/io/store/store.ts'
import type { Log } from '../../src/io/telemetry/log.ts'
import { healthyStore } from '../support/healthy-store.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'

const backends = { eu: '10.0.0.1', us: '10.0.0.2', ap: '10.0.0.3' } as const
type Region = keyof typeof backends
const regions = ['eu', 'us', 'ap'] as const
const clients = { eu: '198.51.100.0/24', us: '203.0.113.0/24', nowhere: '192.0.2.0/24' } as const

const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }

/** A store that tells what is on this side's shelf. */
function shelfStore(shelf: ReadonlyMap<string, Evidence>): Store {
  return {
    kind: 'shelf',
    publish: () => Promise.resolve(),
    read: () => Promise.resolve([...shelf.values()]),
    state: () => healthyStore,
    publishOverrides: () => Promise.resolve(true),
    readOverrides: () => Promise.resolve([]),
    onHint: quiet,
    close: () => Promise.resolve(),
  }
}

function openNode() {
  const steer = { failover: ['us', 'eu', 'ap'] }
  const world = makeWorld({
    vantages: { eu: [50.1, 8.7], us: [39, -77.5], ap: [1.3, 103.8] },
    networks: [
      { cidr: clients.eu, at: { lat: 48, lon: 2 } },
      { cidr: clients.us, at: { lat: 40, lon: -75 } },
    ],
    pools: Object.fromEntries(regions.map((region) => [region, { targets: [backends[region]] }])),
    services: { near: { ttl: 30, regional: true, steer }, plain: steer },
    owners: { near: 'near', plain: 'plain' },
  })
  const shelf = new Map<string, Evidence>()
  const clock = { ms: 0 }
  const keeper = openKeeper({
    rule: rule(regions, 600_000),
    unknown: 'up',
    store: shelfStore(shelf),
    log,
    now: () => clock.ms,
    wallNow: () => 1_800_000_000_000 + clock.ms,
  })
  const rows = [...world.rows.keys()].map((target) => ({
    scope: 'example.com',
    pool: target,
    target,
    region: undefined,
    subject: target,
    pace: { rise: 2, fall: 3, confirmMs: 1000 },
    isDrained: false,
  }))
  keeper.useBoard(world.bound.board, rows)
  return {
    shelf,
    async passTo(ms: number): Promise<void> {
      clock.ms = ms
      await keeper.tick()
    },
    answer(name: 'near' | 'plain', client: keyof typeof clients): Region | undefined {
      const { answer } = askBoth(world, { name: `${name}.example.com`, subnet: clients[client] })
      return regions.find((region) => answer[0]?.endsWith(` ${backends[region]}`))
    },
  }
}

/** What the probers of a region see, of all backends. */
function seen(region: Region, sequence: number, reachable: readonly Region[]): Evidence {
  const sightings = regions.map((at) => sighting(reachable.includes(at), { subject: backends[at] }))
  return evidence(`${region}-1`, sequence, sightings)
}

/** Two nodes that heard of everything before, and of their own side only since. */
async function split() {
  const [east, west] = [openNode(), openNode()]
  for (const node of [east, west]) {
    for (const region of regions) node.shelf.set(region, seen(region, 1, regions))
    await node.passTo(0)
    expect(node.answer('near', 'eu')).toBe('us')
  }
  for (const [i, ms] of [20_000, 40_000, 60_000].entries()) {
    east.shelf.set('eu', seen('eu', 2 + i, ['eu']))
    for (const region of ['us', 'ap'] as const) west.shelf.set(region, seen(region, 2 + i, ['us', 'ap']))
    await east.passTo(ms)
    await west.passTo(ms)
  }
  return { east, west }
}

describe('a network that falls in two', () => {
  test('serves the clients of each part what that part reaches, by the node on their side', async () => {
    const { east, west } = await split()
    expect(east.answer('near', 'eu')).toBe('eu')
    expect(west.answer('near', 'us')).toBe('us')
  })

  test('takes nothing down on the side that sees little, but for the clients of that region', async () => {
    const { east } = await split()
    for (const client of ['us', 'nowhere'] as const) expect(east.answer('near', client)).toBe('us')
    for (const client of ['eu', 'us', 'nowhere'] as const) expect(east.answer('plain', client)).toBe('us')
  })

  test('is whole again for everybody when all are heard again', async () => {
    const { east, west } = await split()
    for (const node of [east, west]) {
      for (const region of regions) node.shelf.set(region, seen(region, 9, regions))
      await node.passTo(70_000)
      for (const client of ['eu', 'us', 'nowhere'] as const) expect(node.answer('near', client)).toBe('us')
    }
  })

  test('sends clients of a region that is not heard where most others see something up', async () => {
    const { west } = await split()
    expect(west.answer('near', 'eu')).toBe('us')
  })
})
