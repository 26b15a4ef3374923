// Probers of one region that share out what there is to probe, as processes of their own over a real Redis. What is counted are the
// requests that arrive at the targets: as many with five probers as with two, and no hole when one is killed.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../setup/redis.ts'
import { freePort } from '../support/free-port.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { until } from '../support/until.ts'

const TARGETS = 24
/** How many probers of a region look after each target: as `health.probers_per_region` is. */
const K = 2
const EVERY = 1000
const TICK = 1000
const WINDOW = 6000
/** A prober that is not heard for so long is lost: five publications, and less where evidence is stale soon. */
const LOST_AFTER = 2000

const addresses = Array.from({ length: TARGETS }, (_, i) => `127.0.9.${i + 1}`)
/** When each target was asked. */
const asked = new Map<string, number[]>(addresses.map((address) => [address, []]))
const closing: (() => unknown)[] = []
const probers = new Map<string, Running>()
const here: { folder?: Folder; node?: Running; settings?: object } = {}

function config(name: string, region: string): string {
  return here.folder!.write(`${name}.yaml`, { ...here.settings, node: { name, region } })
}

async function startProbers(...names: string[]): Promise<void> {
  const started = await Promise.all(
    names.map((name) => startMeridian('probe', config(name, 'eu'), { readyWithinMs: 60_000 })),
  )
  for (const [i, prober] of started.entries()) {
    probers.set(names[i]!, prober)
    closing.unshift(() => prober.stop())
  }
}

beforeAll(async () => {
  const port = await freePort()
  for (const address of addresses) {
    const server = createServer((_, response) => {
      asked.get(address)!.push(performance.now())
      response.end('ok')
    }).listen(port, address)
    await once(server, 'listening')
    closing.unshift(() => {
      server.closeAllConnections()
      server.close()
    })
  }
  const redis = await startRedis()
  closing.unshift(() => redis.stop())
  here.folder = openFolder({
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { up: { http: { path: '/' }, every: '1s', timeout: '900ms' } },
      pools: {
        all: {
          check: 'up',
          targets: addresses.map((address, i) => ({ address: `192.0.2.${i + 1}`, probe_at: `${address}:${port}` })),
        },
      },
      services: { web: { steer: 'all' } },
    },
  })
  closing.push(() => here.folder![Symbol.dispose]())
  here.settings = {
    listen: ['127.0.0.1:0'],
    admin: { listen: '127.0.0.1:0' },
    workers: 1,
    store: { redis: { url: redis.url } },
    health: { vantages: ['eu'], probers_per_region: K },
    prober: false,
  }
  await startProbers('eu-1', 'eu-2')
  here.node = await startMeridian('serve', config('ns1', 'us'), { readyWithinMs: 60_000 })
  closing.unshift(() => here.node!.stop())
}, 120_000)

afterAll(async () => {
  for (const close of closing) await close()
})

/** How many targets a prober looks after. */
async function shareOf(prober: Running): Promise<number> {
  return Number(/^meridian_probe_subjects\{by="this"\} (.*)$/m.exec(await prober.metrics())?.[1])
}

async function shares(): Promise<Map<string, number>> {
  return new Map(
    await Promise.all([...probers].map(async ([name, each]) => [name, await shareOf(each)] as [string, number])),
  )
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

/** Until each target is looked after by K, so far as the probers say; how long it took, and by how many at most meanwhile, in all. */
async function untilShared(withinMs: number): Promise<{ tookMs: number; most: number }> {
  const startedMs = performance.now()
  let most = 0
  await until(
    `shared out among ${probers.size}`,
    withinMs,
    async () => {
      const inAll = sum((await shares()).values())
      most = Math.max(most, inAll)
      return inAll === K * TARGETS
    },
    50,
  )
  return { tookMs: performance.now() - startedMs, most }
}

/** Requests a second at each target, over some seconds from now. */
async function rates(): Promise<number[]> {
  const fromMs = performance.now()
  await delay(WINDOW)
  const toMs = performance.now()
  return addresses.map(
    (address) => asked.get(address)!.filter((ms) => ms >= fromMs && ms < toMs).length / ((toMs - fromMs) / 1000),
  )
}

/** No target is asked more often than K probers do, nor less, but for the odd probe at the ends and a busy machine. */
function expectKOf(all: readonly number[]): void {
  process.stdout.write(
    `${probers.size} probers: ${sum(all).toFixed(1)} probes/s, per target ${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}\n`,
  )
  for (const rate of all) expect(rate).toBeLessThan(1.25 * K)
  for (const rate of all) expect(rate).toBeGreaterThan(0.75 * K)
  expect(Math.abs(sum(all) / (K * TARGETS) - 1)).toBeLessThan(0.1)
}

/** The longest that any target waited for a probe since then. */
function longestGap(sinceMs: number): number {
  return Math.max(
    ...addresses.flatMap((address) => {
      const times = [sinceMs, ...asked.get(address)!.filter((ms) => ms >= sinceMs), performance.now()]
      return times.slice(1).map((ms, i) => ms - times[i]!)
    }),
  )
}

test('two probers of a region both probe everything', async () => {
  await untilShared(10_000)
  expectKOf(await rates())
  expect([...(await shares()).values()]).toEqual([TARGETS, TARGETS])
}, 60_000)

test('five probe nothing more often than two did, and each has its share', async () => {
  await startProbers('eu-3', 'eu-4', 'eu-5')
  await untilShared(15_000)
  expectKOf(await rates())
  const all = await shares()
  process.stdout.write(`shares: ${[...all].map(([name, count]) => `${name} ${count}`).join(', ')}\n`)
  for (const count of all.values()) {
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(TARGETS)
  }
}, 120_000)

test.each([
  ['killed', 'SIGKILL', LOST_AFTER + 2 * TICK],
  ['stopped in good order', 'SIGTERM', LOST_AFTER + 2 * TICK],
] as const)(
  'of a prober that is %s the share moves, and only that, without a hole',
  async (how, signal, withinMs) => {
    const before = await shares()
    const [name, lost] = [...probers].find(([each]) => each === (how === 'killed' ? 'eu-3' : 'eu-4'))!
    const sinceMs = performance.now()
    lost.signal(signal)
    await lost.ended
    probers.delete(name)
    const { tookMs, most } = await untilShared(withinMs + 5000)
    process.stdout.write(
      `${name} ${how}: its ${before.get(name)} targets were taken over within ${tookMs.toFixed(0)} ms, by no more than ${most} in all\n`,
    )
    expect(tookMs).toBeLessThanOrEqual(withinMs)
    // One takes each over, and not everybody.
    expect(most).toBe(K * TARGETS)
    // Nobody gave anything away for it.
    for (const [other, count] of await shares()) expect(count).toBeGreaterThanOrEqual(before.get(other)!)
    expectKOf(await rates())
    // The other prober of each target went on: never much longer than its interval.
    expect(longestGap(sinceMs)).toBeLessThan(2 * EVERY)
    const { targets } = await here.node!.status()
    expect(new Set(targets.map(({ verdict }) => verdict))).toEqual(new Set(['up']))
  },
  60_000,
)

test('one that comes back gets its share again', async () => {
  const [before, name] = [await shares(), 'eu-3']
  await startProbers(name)
  await untilShared(15_000)
  expectKOf(await rates())
  const after = await shares()
  expect(after.get(name)).toBeGreaterThan(0)
  for (const [other, count] of before) expect(after.get(other)).toBeLessThanOrEqual(count)
}, 60_000)
