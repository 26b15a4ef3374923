// A soak at half of what the server can: reloads, targets that go and come, and a Redis that dies again and again, and meanwhile
// every query is answered, memory stays flat and no descriptor is lost. SOAK_MINUTES says for how long; 20 by default.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type FloodResult, startFlood } from '../../bench/flood.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { freePort } from '../support/free-port.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { until } from '../support/until.ts'

const minutes = Number(process.env['SOAK_MINUTES'] ?? 20)
const RELOAD_EVERY_MS = 10_000
const FLAP_EVERY_MS = 7000
const REDIS_EVERY_MS = 30_000
const LOOK_EVERY_MS = 1000
/** More than this is no soak but a contest with the generator for two processors. */
const MOST_PER_SECOND = 100_000

const TARGETS = 8

interface Look {
  readonly sizeMb: number
  readonly descriptors: number
}

function look(pid: number): Look {
  const size = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
  return { sizeMb: Number(size) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** Answers a health check, or says that it is ill. */
async function startBackend(port: number, state: { isIll: boolean }): Promise<Server> {
  const server = createServer((_, response) => {
    response.statusCode = state.isIll ? 503 : 200
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

function configuration(redis: RedisServer, ports: readonly number[]): Record<string, string | object> {
  const targets = ports.map((port, i) => ({ address: `192.0.2.${i + 1}`, probe_at: `127.0.0.1:${port}` }))
  return {
    'meridian.yaml': {
      node: { name: 'soak', region: 'eu' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 2,
      store: { redis: { url: redis.url } },
      log: { level: 'warn' },
    },
    'zones/example.com.yaml': {
      zone: 'example.com',
      ttl: '5m',
      soa: { mname: 'ns1', rname: 'hostmaster', negative: '30s' },
      ns: ['ns1'],
      records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' } },
      checks: {
        up: { http: { path: '/', expect: [200] }, every: '1s', timeout: '500ms', fall: 2, rise: 1, confirm: '200ms' },
      },
      pools: {
        eu: { check: 'up', at: { country: 'IE' }, targets: targets.slice(0, TARGETS / 2) },
        us: { check: 'up', at: { country: 'US' }, targets: targets.slice(TARGETS / 2) },
      },
      services: { web: { ttl: '30s', steer: { failover: ['eu', 'us'] } } },
    },
  }
}

interface Happenings {
  reloads: number
  flaps: number
  redisRestarts: number
  readonly looks: Look[]
}

/** What happens to the node while it is asked. */
async function disturb(
  node: Running,
  folder: { replace(name: string, content: string): string },
  redis: { current: RedisServer },
  ills: readonly { isIll: boolean }[],
  isOver: () => boolean,
): Promise<Happenings> {
  const seen: Happenings = { reloads: 0, flaps: 0, redisRestarts: 0, looks: [] }
  const every = async (ms: number, act: () => Promise<void> | void): Promise<void> => {
    for (let next = performance.now() + ms; ; next += ms) {
      while (performance.now() < next) {
        if (isOver()) return
        await delay(50)
      }
      await act()
    }
  }
  const zone = (serial: number): string =>
    `$TTL 60\n@ SOA ns1 hostmaster ${serial} 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\nname${serial} A 192.0.2.1\n`
  await Promise.all([
    every(RELOAD_EVERY_MS, () => void folder.replace('zones/example.org.zone', zone(++seen.reloads))),
    every(FLAP_EVERY_MS, () => {
      seen.flaps++
      for (const [i, ill] of ills.entries()) ill.isIll = (seen.flaps & 1) === 1 && i < TARGETS / 2
    }),
    every(REDIS_EVERY_MS, async () => {
      seen.redisRestarts++
      const { port } = redis.current
      await redis.current.kill()
      await delay(3000)
      redis.current = await startRedis({ port })
    }),
    every(LOOK_EVERY_MS, () => void seen.looks.push(look(node.pid))),
  ])
  return seen
}

test(`${minutes} minutes at half load: no lost query, flat memory, no lost descriptor`, {
  timeout: (minutes + 3) * 60_000,
}, async () => {
  const redis = { current: await startRedis() }
  const ills = Array.from({ length: TARGETS }, () => ({ isIll: false }))
  const ports = await Promise.all(ills.map(() => freePort()))
  const backends = await Promise.all(ports.map((port, i) => startBackend(port, ills[i]!)))
  using folder = openFolder(configuration(redis.current, ports))
  try {
    await using node = await startMeridian('serve', join(folder.path, 'meridian.yaml'))
    const to = `${node.dns.address}:${node.dns.port}`
    const peak = await startFlood({ to, name: 'www.example.com', seconds: 3 })
    const perSecond = Math.min(MOST_PER_SECOND, Math.floor(peak.perSecond / 2))
    const state = { result: undefined as FloodResult | undefined, isOver: false }
    const load = startFlood({ to, name: 'www.example.com', seconds: minutes * 60, perSecond, window: 512 }).then(
      (result) => {
        state.isOver = true
        return result
      },
    )
    const seen = await disturb(node, folder, redis, ills, () => state.isOver)
    const result = await load
    for (const ill of ills) ill.isIll = false
    const metrics = await until('the store to be back', 20_000, async () => {
      const text = await node.metrics()
      return text.includes('meridian_store_reachable{kind="redis"} 1') && text
    })
    await delay(2000) // descriptors of connections that were being opened
    report(peak, perSecond, result, seen, look(node.pid), metrics)
    check(result, perSecond, seen, metrics, look(node.pid))
    expect((await node.status()).reloads.done).toBeGreaterThanOrEqual(Math.floor(seen.reloads * 0.8))
  } finally {
    await redis.current.stop()
    for (const backend of backends) backend.close()
  }
})

function check(result: FloodResult, perSecond: number, seen: Happenings, metrics: string, last: Look): void {
  expect(result.lost).toBe(0)
  expect(result.codes[0]).toBe(result.answered)
  expect(result.answered).toBeGreaterThan(perSecond * minutes * 60 * 0.9)
  expect(metrics).toMatch(/^meridian_worker_restarts_total 0$/m)
  for (const [, value] of metrics.matchAll(/^meridian_(?:answer_errors_total|requests_failed_total)\{.*\} (\d+)$/gm))
    expect(value).toBe('0')
  const { looks } = seen
  // After the first quarter everything has been reloaded, lost and found again at least once.
  const second = looks.slice(looks.length >> 2, looks.length >> 1)
  const fourth = looks.slice((3 * looks.length) >> 2)
  const size = (some: readonly Look[]): number => median(some.map(({ sizeMb }) => sizeMb))
  expect(size(fourth) - size(second)).toBeLessThan(40)
  const open = (some: readonly Look[]): number => median(some.map(({ descriptors }) => descriptors))
  expect(open(fourth) - open(second)).toBeLessThanOrEqual(4)
  expect(last.descriptors).toBeLessThanOrEqual(open(second) + 4)
}

/** The sum of a counter over its labels. */
function total(metrics: string, name: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** For whoever runs it: the figures, and a file of them where SOAK_REPORT names one. */
function report(
  peak: FloodResult,
  perSecond: number,
  result: FloodResult,
  seen: Happenings,
  last: Look,
  metrics: string,
): void {
  const { looks, ...happened } = seen
  const sizes = looks.map(({ sizeMb }) => Math.round(sizeMb))
  const figures = {
    peakPerSecond: Math.round(peak.perSecond),
    perSecond,
    sent: result.sent,
    answered: result.answered,
    lost: result.lost,
    // Where questions that were lost can have gone.
    droppedByKernel: total(metrics, 'meridian_kernel_drops_total'),
    shed: total(metrics, 'meridian_packets_shed_total'),
    ...happened,
    sizeMb: { first: sizes[0], median: median(sizes), most: Math.max(...sizes), last: Math.round(last.sizeMb) },
    descriptors: {
      first: looks[0]?.descriptors,
      most: Math.max(...looks.map(({ descriptors }) => descriptors)),
      last: last.descriptors,
    },
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  const file = process.env['SOAK_REPORT']
  if (file) writeFileSync(file, `${JSON.stringify(figures)}\n`)
}
