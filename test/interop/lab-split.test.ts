// A network that falls in two: the region eu on one side, us and ap on the other, and Redis with either. Each region has a node
// with a prober of its own, because a half without Redis hears nobody else, and a user who looks ten times a second and goes
// where he is sent. With regional verdicts he gets there, on both sides.

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import type { Mark } from './lab-chart.ts'
import {
  check,
  comesBackWithin,
  forgottenAfter,
  laneOf,
  lastOf,
  leavesWithin,
  type Look,
  startMeridianIn,
  startRedisIn,
  startWebIn,
  type Watch,
  watchFrom,
  writeChart,
} from './lab-stage.ts'
import { type Lab, openLab, type Program } from './lab.ts'

const regions = ['eu', 'us', 'ap'] as const
type Region = (typeof regions)[number]

/** Per region: a node, a backend and a user. */
const plan: Record<Region, Record<string, string>> = {
  eu: { 'eu-dns': '10.53.1.11', 'eu-web': '10.53.1.13', 'eu-user': '10.53.1.14' },
  us: { 'us-dns': '10.53.1.21', 'us-web': '10.53.1.23', 'us-user': '10.53.1.24' },
  ap: { 'ap-dns': '10.53.1.31', 'ap-web': '10.53.1.33', 'ap-user': '10.53.1.34' },
}
const at = (region: Region, what: 'dns' | 'web' | 'user'): string => plan[region][`${region}-${what}`]!
const web = Object.fromEntries(regions.map((region) => [region, at(region, 'web')])) as Record<Region, string>
const places = { eu: { lat: 50.1, lon: 8.7 }, us: { lat: 39, lon: -77.5 }, ap: { lat: 1.3, lon: 103.8 } }
/** Once the network is whole, Redis may have to be found anew: five calls without an answer, and a pause. */
const SHARES_WITHIN_MS = 8000

const steer = { 'first-us': ['us', 'eu', 'ap'], 'first-eu': ['eu', 'us', 'ap'] } as const
const names = Object.keys(steer) as (keyof typeof steer)[]
const service = (tiers: readonly string[], regional: boolean): object => ({
  ttl: '2s',
  min_ttl: '1s',
  regional,
  steer: { failover: tiers },
})

const zone = {
  zone: 'example.com',
  ttl: '1m',
  soa: {},
  ns: ['ns1'],
  records: {
    ns1: { A: at('eu', 'dns') },
    ...Object.fromEntries(names.map((name) => [name, { service: name }])),
    plain: { service: 'plain' },
  },
  checks: { up: check },
  pools: Object.fromEntries(
    regions.map((region) => [region, { region, check: 'up', targets: [{ address: web[region] }] }]),
  ),
  services: {
    ...Object.fromEntries(names.map((name) => [name, service(steer[name], true)])),
    plain: service(steer['first-us'], false),
  },
}

interface Stage {
  readonly lab: Lab
  readonly nodes: ReadonlyMap<Region, Program>
  /** By region of the user: `first-us`, `first-eu` and `plain`, all at the node of his region. */
  readonly watches: ReadonlyMap<Region, Watch>
  readonly marks: Mark[]
  close(): Promise<void>
}

async function openStage(redisIn: Region): Promise<Stage> {
  const networks = regions.map((region) => ({ cidr: `${at(region, 'user')}/32`, name: region, at: places[region] }))
  const folder: Folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'networks.yaml': { networks },
    'zones/example.com.yaml': zone,
  })
  const withRedis = { ...plan, [redisIn]: { ...plan[redisIn], redis: '10.53.1.40' } }
  const lab = await openLab(withRedis)
  const close = async (): Promise<void> => {
    await lab[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  }
  try {
    startRedisIn(lab)
    await Promise.all(regions.map((region) => startWebIn(lab, `${region}-web`).says(/serving/)))
    const config = {
      geo: { databases: ['places.mmdb'], networks: 'networks.yaml' },
      health: { vantages: regions },
      regions: Object.fromEntries(regions.map((region) => [region, { at: places[region] }])),
    }
    const nodes = new Map(
      regions.map((region) => [region, startMeridianIn(lab, folder, `${region}-dns`, 'serve', config)]),
    )
    await Promise.all([...nodes.values()].map((node) => node.says(/^ready: /)))
    const watches = new Map(
      regions.map((region) => {
        const questions = [...names, 'plain'].map((name) => `${name}.example.com@${at(region, 'dns')}`)
        return [region, watchFrom(lab, `${region}-user`, questions, true)]
      }),
    )
    await Promise.all(
      [...watches.values()].map((watch) => watch.untilSeen([web.us, web.eu, web.us], Date.now(), 15_000)),
    )
    return { lab, nodes, watches, marks: [{ atMs: Date.now(), label: 'whole' }], close }
  } catch (error) {
    await close()
    throw error
  }
}

describe.each(['us', 'eu'] as const)('a network that falls into eu, and us with ap; Redis is with %s', (redisIn) => {
  const opened: { stage?: Stage } = {}
  const stage = (): Stage => opened.stage!
  const watch = (region: Region): Watch => stage().watches.get(region)!
  const hasRedis = (region: Region): boolean => (region === 'eu') === (redisIn === 'eu')
  const times = { cutMs: 0, mendedMs: 0 }

  beforeAll(async () => {
    opened.stage = await openStage(redisIn)
  }, 180_000)

  afterAll(async () => {
    if (!opened.stage) return
    const { watches, marks, close } = opened.stage
    const lanes = [...watches].flatMap(([region, { since }]) =>
      names.map((name, i) => laneOf(`${region}: ${name}`, since(marks[0]!.atMs), i)),
    )
    const title = `What users in three regions saw: Redis is with ${redisIn}`
    writeChart(`lab-split-${redisIn}.svg`, title, lanes, marks, web)
    await close()
  })

  const mark = (label: string): number => {
    const atMs = Date.now()
    stage().marks.push({ atMs, label })
    return atMs
  }

  /** What a user was told that he could not reach, last, after `sinceMs`. */
  const lastUnreached = (region: Region, sinceMs: number): number =>
    lastOf(watch(region).since(sinceMs), sinceMs, (look) => names.some((_, i) => look.reached[i] !== true))

  test('serves each half what it can reach, in the time that is promised, and goes on so', async () => {
    await delay(2000) // of calm, to be compared with
    stage().lab.uplink('eu', false)
    times.cutMs = mark('cut')
    await Promise.all([
      watch('eu').untilSeen([web.eu, web.eu, undefined], times.cutMs, 15_000),
      watch('us').untilSeen([web.us, web.us, undefined], times.cutMs, 15_000),
    ])
    await delay(forgottenAfter)
    const figures = regions.map((region) => `${region} ${lastUnreached(region, times.cutMs)} ms`)
    process.stdout.write(
      `Redis with ${redisIn}: last address out of reach: ${figures.join(', ')} (≤ ${leavesWithin})\n`,
    )
    for (const region of ['eu', 'us'] as const)
      expect(lastUnreached(region, times.cutMs)).toBeLessThanOrEqual(leavesWithin)
    expect(lastUnreached('ap', times.cutMs)).toBeLessThanOrEqual(leavesWithin)
    const settledMs = times.cutMs + leavesWithin
    const seenBy = (region: Region): string[] => [
      ...new Set(
        watch(region)
          .since(settledMs)
          .map(({ seen }) => seen.slice(0, 2).join(' ')),
      ),
    ]
    expect(seenBy('eu')).toEqual([`${web.eu} ${web.eu}`])
    expect(seenBy('us')).toEqual([`${web.us} ${web.us}`])
    expect(seenBy('ap')).toHaveLength(1)
  }, 60_000)

  test('answers as quickly as before', () => {
    const of = (looks: readonly Look[]): number[] =>
      looks.flatMap(({ tookMs }) => tookMs.map((ms) => ms ?? Number.POSITIVE_INFINITY)).sort((a, b) => a - b)
    const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!
    for (const region of regions) {
      const calm = of(watch(region).since(stage().marks[0]!.atMs, times.cutMs))
      const cut = of(watch(region).since(times.cutMs))
      process.stdout.write(`${region}: p50 ${median(calm).toFixed(2)} → ${median(cut).toFixed(2)} ms\n`)
      expect(median(cut)).toBeLessThan(1.5 * median(calm) + 1)
      expect(cut.at(-1)).toBeLessThan(Number.POSITIVE_INFINITY) // each was answered
    }
  })

  test('shows which half has lost the store, and how old the words of the other are', async () => {
    for (const region of regions) {
      const node = stage().nodes.get(region)!
      if (!hasRedis(region)) expect(node.output()).toContain('the store is out of reach')
      const metrics = metricsOf(stage().lab, region)
      expect(metrics).toContain(`meridian_store_reachable{kind="redis"} ${hasRedis(region) ? 1 : 0}`)
      const ageOf = (of: Region): number =>
        Number(new RegExp(`^meridian_evidence_age_seconds\\{prober="${of}-dns".*\\} (.*)$`, 'm').exec(metrics)?.[1])
      expect(ageOf(region)).toBeLessThan(2)
      expect(ageOf(region === 'eu' ? 'us' : 'eu')).toBeGreaterThan(3)
    }
  })

  test('takes nothing down for those who are not near a region, on the side that sees little', () => {
    // Without regional verdicts the small half goes by what most regions said when they were last heard.
    const plain = watch('eu')
      .since(times.cutMs)
      .map(({ seen }) => seen[2])
    expect([...new Set(plain)]).toEqual([web.us])
  })

  test('is whole again for everybody, in the time that is promised', async () => {
    stage().lab.uplink('eu', true)
    times.mendedMs = mark('mended')
    const back = await Promise.all(
      regions.map((region) => watch(region).untilSeen([web.us, web.eu, web.us], times.mendedMs, 20_000)),
    )
    process.stdout.write(
      `Redis with ${redisIn}: whole again after ${back.map((each) => Math.max(...each)).join(', ')} ms\n`,
    )
    // By the word of the own region, which needs no store.
    for (const each of back) expect(Math.max(...each)).toBeLessThanOrEqual(comesBackWithin)
    for (const region of regions)
      await until(
        `${region} hears everybody`,
        SHARES_WITHIN_MS,
        () => {
          const ages = [...metricsOf(stage().lab, region).matchAll(/^meridian_evidence_age_seconds\{.*\} (.*)$/gm)]
          return ages.length === 3 && ages.every(([, age]) => Number(age) < 2.5)
        },
        200,
      )
  }, 60_000)
})

function metricsOf(lab: Lab, region: Region): string {
  return lab
    .machine(`${region}-dns`)
    .ask(process.execPath, '-e', "fetch('http://127.0.0.1:8053/metrics').then(r=>r.text()).then(console.log)")
}
