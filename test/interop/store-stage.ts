// A running node, a prober of another region and a store between them, under steady load. `expectSteady` lets something happen to the
// store, and holds what the node does, shows and costs meanwhile against what it did before.

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import { openBackends } from '../../src/app/demo-backends.ts'
import { printEndpoint } from '../../src/core/base/address.ts'
import { openFolder } from '../support/folder.ts'
import { type Load, type Outcome, startLoad, wallMs } from '../support/load.ts'
import { type Running, type StartOptions, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { secondsOf, usual } from '../support/seconds.ts'
import { until } from '../support/until.ts'

export const addresses = { eu: '192.0.2.10', us: '198.51.100.10' }
const NAME = 'www.example.com'
const PER_SECOND = 400
const CALM_MS = 4000
/** Longer than evidence is fresh: three intervals of the check, and a tick. */
const TROUBLE_MS = 4500
const FLOOD_SEC = 1
/** From a death to the other answer: every × 1.1 + fall × confirm + timeout + a tick. */
export const noticedWithinMs = 1100 + 3 * 200 + 500 + 1000

export interface StoreStage {
  readonly node: Running
  readonly prober: Running
  readonly load: Pick<Load, 'stop'>
  readonly folder: string
  stopBackend(): Promise<unknown>
}

export interface StageOptions {
  readonly node?: StartOptions
  readonly prober?: StartOptions
  /** What differs from the usual configuration of the node. */
  readonly nodeConfig?: object
}

/** Everything is ended with the test. */
export async function openStage(redis: object, options: StageOptions = {}): Promise<StoreStage> {
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
      checks: { 'web-up': { http: { path: '/healthz' }, every: '1s', timeout: '500ms', fall: 3, confirm: '200ms' } },
      pools: { eu: pool('eu'), us: pool('us') },
      services: { web: { ttl: '5s', steer: { failover: ['eu', 'us'] } } },
    },
  })
  onTestFinished(() => folder[Symbol.dispose]())
  const settings = { listen: ['127.0.0.1:0'], admin: { listen: '127.0.0.1:0' }, workers: 1, store: { redis } }
  const starting: Promise<Running>[] = []
  onTestFinished(async () => {
    const started = await Promise.allSettled(starting)
    await Promise.all(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value.stop()] : [])))
  })
  const start = (
    command: 'serve' | 'probe',
    name: string,
    region: string,
    how: StartOptions = {},
    more: object = {},
  ): Promise<Running> => {
    const config = { ...settings, health: { vantages: ['us'] }, prober: false, node: { name, region }, ...more }
    const file = folder.write(`${name}.yaml`, config)
    // However busy the machine is: what is measured comes later.
    const started = startMeridian(command, file, { ...how, readyWithinMs: 60_000 })
    starting.push(started)
    return started
  }
  // Both at once: the node waits for what the prober sees.
  const [prober, node] = await Promise.all([
    start('probe', 'prober-us', 'us', options.prober),
    start('serve', 'ns1', 'eu', options.node, options.nodeConfig),
  ])
  const load = await startLoad({ to: node.dns, queries: [writeQuery({ name: NAME })], perSecond: PER_SECOND, ports: 2 })
  const ending: { over?: Promise<unknown> } = {}
  onTestFinished(async () => void (await (ending.over ??= load.stop())))
  const stopBackend = (): Promise<unknown> => backends.stop('eu')
  const stop = (): ReturnType<Load['stop']> => (ending.over ??= load.stop()) as ReturnType<Load['stop']>
  return { node, prober, load: { stop }, folder: folder.path, stopBackend }
}

export async function metric({ node }: StoreStage, pattern: RegExp): Promise<number | undefined> {
  const value = pattern.exec(await node.metrics())?.[1]
  return value === undefined ? undefined : Number(value)
}

export const reachable = (stage: StoreStage): Promise<number | undefined> =>
  metric(stage, /^meridian_store_reachable\{.*\} (.*)$/m)
export const evidenceAge = (stage: StoreStage): Promise<number | undefined> =>
  metric(stage, /^meridian_evidence_age_seconds\{.*\} (.*)$/m)

export const isAway = async (stage: StoreStage): Promise<boolean> => (await reachable(stage)) === 0
/** Not as young as it is while all is well. */
export const isOld = async (stage: StoreStage): Promise<boolean> => ((await evidenceAge(stage)) ?? 99) > 3
export const hasLogged = (who: Running, text: string): boolean =>
  who.log().some((line) => JSON.stringify(line).includes(text))

/** The node reaches the store and its evidence is young, as it is not while the store is away. */
export async function untilItFlows(stage: StoreStage, withinMs = 20_000): Promise<void> {
  await until('evidence flows', withinMs, async () => {
    const [isThere, age] = [await reachable(stage), await evidenceAge(stage)]
    return isThere === 1 && age !== undefined && age < 1.5
  })
}

export interface Trouble {
  /** What happens to the store. */
  hurt(): unknown
  /** What has to become visible, by name, while it lasts. */
  readonly shown: Readonly<Record<string, (stage: StoreStage) => boolean | Promise<boolean>>>
  /** What ends it; absent where it heals by itself. */
  readonly heal?: () => unknown
  /** From the end of the trouble (where nothing ends it: from its beginning) until evidence flows. */
  readonly healsWithinMs: number
  /** How soon it is visible. */
  readonly shownWithinMs?: number
}

/** Times of one run, on the clock of the load. */
interface Run {
  readonly calm: [number, number]
  readonly trouble: [number, number]
  readonly diesMs: number
}

export async function expectSteady(name: string, stage: StoreStage, trouble: Trouble): Promise<void> {
  await untilItFlows(stage)
  const floods = { calm: [await flood(stage), await flood(stage)], trouble: [] as Flood[] }
  const calmMs = wallMs()
  await delay(CALM_MS)
  const hurtMs = wallMs()
  await trouble.hurt()
  for (const [what, isShown] of Object.entries(trouble.shown))
    await until(`shown: ${what}`, trouble.shownWithinMs ?? 8000, () => isShown(stage))
  let healedMs = 0
  if (!trouble.heal) {
    await until('healed by itself', hurtMs + trouble.healsWithinMs - wallMs(), () => flows(stage))
    healedMs = wallMs() - hurtMs
  }
  await delay(Math.max(0, hurtMs + TROUBLE_MS - wallMs()))
  const healingMs = wallMs()
  // What else the machine does makes answers dearer and never cheaper: the least of some floods is what they cost.
  for (let i = 0; i < 2 || (i < 8 && dearness(floods) > 1.15); i++) floods.trouble.push(await flood(stage))
  const endsMs = wallMs()
  if (trouble.heal) {
    await trouble.heal()
    await untilItFlows(stage, trouble.healsWithinMs)
    healedMs = wallMs() - endsMs
  }
  floods.calm.push(await flood(stage))
  // The only vantage is the prober: what it sees now can only come by the store.
  const diesMs = wallMs()
  await stage.stopBackend()
  await delay(noticedWithinMs + 500)
  const { outcomes } = await stage.load.stop()
  const run: Run = { calm: [calmMs, hurtMs], trouble: [hurtMs, healingMs], diesMs }
  judgeAnswers(outcomes, run)
  const figures = [...judgeLatency(outcomes, run), ...judgeFloods(floods)]
  figures.push(`healed after ${healedMs.toFixed(0)} ms`)
  process.stdout.write(`${name}: ${figures.join('; ')}\n`)
}

async function flows(stage: StoreStage): Promise<boolean> {
  return (await reachable(stage)) === 1 && ((await evidenceAge(stage)) ?? 99) < 1.5
}

/** Each question has its answer, and each answer is the right one: eu until it has died, and us soon after. */
function judgeAnswers(outcomes: readonly Outcome[], { diesMs }: Run): void {
  expect(outcomes.filter(({ tookMs, rcode }) => tookMs === undefined || rcode !== 0)).toEqual([])
  const between = (fromMs: number, toMs: number): string[] => [
    ...new Set(outcomes.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs).map(({ tail }) => tail)),
  ]
  expect(between(0, diesMs)).toEqual([addresses.eu])
  expect(between(diesMs + noticedWithinMs, Number.POSITIVE_INFINITY)).toEqual([addresses.us])
}

/** What a machine that is busy with something else adds to many an answer. */
const NOISE_MS = 2
/** Half of what whoever waited for a store would wait: no noise reaches that. */
const STORE_WAIT_MS = 250

function judgeLatency(outcomes: readonly Outcome[], { calm, trouble }: Run): string[] {
  const [before, during] = [secondsOf(outcomes, calm), secondsOf(outcomes, trouble)]
  for (const second of [...before, ...during]) expect(second.length).toBeGreaterThan(0.5 * PER_SECOND)
  expect(usual(during, 0.5)).toBeLessThan(1.5 * usual(before, 0.5) + 0.2)
  expect(usual(during, 0.9)).toBeLessThan(1.5 * usual(before, 0.9) + NOISE_MS)
  expect(usual(during, 0.99)).toBeLessThan(STORE_WAIT_MS)
  return [0.5, 0.9, 0.99].map(
    (share) => `p${share * 100} ${usual(before, share).toFixed(2)} → ${usual(during, share).toFixed(2)} ms`,
  )
}

interface Flood {
  readonly perSecond: number
  /** Processor time of the whole node. */
  readonly usEach: number
}

/** As many questions as the node can answer, for a second. */
async function flood({ node, folder }: StoreStage): Promise<Flood> {
  const file = `${folder}/questions.txt`
  writeFileSync(file, `${NAME} A\n`)
  const to = ['-s', node.dns.address, '-p', String(node.dns.port), '-d', file]
  const beforeTicks = cpuTicks(node.pid)
  const { stdout } = await promisify(execFile)('dnsperf', [...to, '-l', String(FLOOD_SEC), '-c', '2', '-q', '100'])
  const ticks = cpuTicks(node.pid) - beforeTicks
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)
  const completed = number(/Queries completed: +(\d+)/)
  expect(number(/Queries lost: +(\d+)/)).toBe(0)
  return { perSecond: number(/Queries per second: +([\d.]+)/), usEach: (ticks * 10_000) / completed }
}

/** Of a hundredth of a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

interface Floods {
  readonly calm: readonly Flood[]
  readonly trouble: readonly Flood[]
}

function least(floods: readonly Flood[]): number {
  return Math.min(...floods.map(({ usEach }) => usEach))
}

/** What an answer costs in trouble, in times of what it does without. */
function dearness({ calm, trouble }: Floods): number {
  return least(trouble) / least(calm)
}

/** The rate itself depends on who else uses the machine; what an answer costs, hardly. */
function judgeFloods({ calm, trouble }: Floods): string[] {
  const most = (floods: readonly Flood[]): number => Math.max(...floods.map(({ perSecond }) => perSecond))
  expect(dearness({ calm, trouble })).toBeLessThan(1.25)
  const thousands = (floods: readonly Flood[]): string => `${(most(floods) / 1000).toFixed(0)}k/s`
  return [
    `CPU per answer ${least(calm).toFixed(2)} → ${least(trouble).toFixed(2)} µs (× ${dearness({ calm, trouble }).toFixed(2)})`,
    `rate ${thousands(calm)} → ${thousands(trouble)}`,
  ]
}
