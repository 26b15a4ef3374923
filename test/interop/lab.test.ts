// Three regions in network namespaces: two DNS nodes, three probers, one Redis, three backends, and Unbound as the users'
// resolver. Backends, links, regions, probers and Redis die and come back; a user looks ten times a second, through the
// resolver and past it. What was seen is drawn (lab-stage.ts says where).

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import type { Mark } from './lab-chart.ts'
import {
  check,
  comesBackWithin,
  EVERY,
  FALL,
  forgottenAfter,
  laneOf,
  lastOf,
  leavesWithin,
  longest,
  startMeridianIn,
  startRedisIn,
  startWebIn,
  TICK,
  TIMEOUT,
  TTL,
  type Watch,
  watchFrom,
  writeChart,
} from './lab-stage.ts'
import { type Lab, openLab, type Program } from './lab.ts'

/** Of coming back, which has no bound but the manual's: between two looks, and for a busy machine. */
const LOOK = 100
const MARGIN = 400

const plan = {
  eu: { 'eu-dns': '10.53.0.11', 'eu-probe': '10.53.0.12', 'eu-web': '10.53.0.13' },
  us: { 'us-dns': '10.53.0.21', 'us-probe': '10.53.0.22', 'us-web': '10.53.0.23' },
  ap: { 'ap-probe': '10.53.0.32', 'ap-web': '10.53.0.33' },
  core: { redis: '10.53.0.40', users: '10.53.0.50' },
}
const web = { eu: plan.eu['eu-web'], us: plan.us['us-web'], ap: plan.ap['ap-web'] }
const observers = ['user, by Unbound', 'node eu', 'node us'] as const

interface Stage {
  readonly lab: Lab
  readonly folder: Folder
  readonly watch: Watch
  readonly marks: Mark[]
  readonly programs: Map<string, Program>
  /** What the nodes said of the store, and when. */
  readonly said: { readonly atMs: number; readonly node: string; readonly line: string }[]
  /** Times in which the nodes did not share a store. */
  readonly apart: [fromMs: number, toMs: number][]
}

const stage: { current?: Stage } = {}
const s = (): Stage => stage.current!

const zone = {
  zone: 'example.com',
  ttl: '1m',
  soa: {},
  ns: ['ns1', 'ns2'],
  records: { ns1: { A: plan.eu['eu-dns'] }, ns2: { A: plan.us['us-dns'] }, www: { service: 'web' } },
  checks: { up: check },
  pools: Object.fromEntries(
    Object.entries(web).map(([region, address]) => [region, { region, check: 'up', targets: [{ address }] }]),
  ),
  services: { web: { ttl: '2s', min_ttl: '1s', steer: { failover: ['eu', 'us', 'ap'] } } },
}

function unboundConfig(folder: string): string {
  const stubs = [plan.eu['eu-dns'], plan.us['us-dns']].map((address) => `  stub-addr: ${address}`).join('\n')
  return `server:
  interface: ${plan.core.users}
  access-control: 10.53.0.0/24 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  module-config: "iterator"
  private-address: 192.168.0.0/16
stub-zone:
  name: "example.com"
${stubs}
remote-control:
  control-enable: no
`
}

const config = { health: { vantages: ['eu', 'us', 'ap'] }, prober: false }

function start(machine: string, command: 'serve' | 'probe'): Program {
  const { lab, folder, programs, said } = s()
  const program = startMeridianIn(lab, folder, machine, command, config)
  programs.set(machine, program)
  program.onLine((line) => {
    if (line.includes('the store ')) said.push({ atMs: Date.now(), node: machine, line })
  })
  return program
}

beforeAll(async () => {
  const folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zone,
  })
  folder.write('unbound.conf', unboundConfig(folder.path))
  const lab = await openLab(plan)
  const programs = new Map<string, Program>()
  const asked = [plan.core.users, plan.eu['eu-dns'], plan.us['us-dns']].map((server) => `www.example.com@${server}`)
  const unbound = lab.machine('users').start('unbound', ['-c', join(folder.path, 'unbound.conf')])
  programs.set('unbound', unbound)
  const watch = watchFrom(lab, 'users', asked)
  stage.current = { lab, folder, watch, marks: [], programs, said: [], apart: [] }
  programs.set('redis', startRedisIn(lab))
  for (const region of ['eu', 'us', 'ap'] as const) programs.set(`${region}-web`, startWebIn(lab, `${region}-web`))
  await Promise.all(['eu-web', 'us-web', 'ap-web'].map((name) => programs.get(name)!.says(/serving/)))
  for (const region of ['eu', 'us', 'ap']) start(`${region}-probe`, 'probe')
  await Promise.all(['eu-dns', 'us-dns'].map((name) => start(name, 'serve').says(/^ready: /)))
  await watch.untilSeen([web.eu, web.eu, web.eu], Date.now(), 15_000)
  mark('all is well')
}, 180_000)

afterAll(async () => {
  if (!stage.current) return
  const { watch, marks, folder, lab } = s()
  const looks = watch.since(marks[0]?.atMs ?? 0)
  const lanes = observers.map((label, i) => laneOf(label, looks, i))
  writeChart('lab.svg', 'What a user and two nodes saw', lanes, marks, web)
  await lab[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function mark(label: string): number {
  const atMs = Date.now()
  s().marks.push({ atMs, label })
  return atMs
}

const untilSeen: Watch['untilSeen'] = (wanted, sinceMs, withinMs) => s().watch.untilSeen(wanted, sinceMs, withinMs)

/** When an observer last got this address, after `sinceMs`. */
function lastSeen(observer: number, address: string, sinceMs: number): number {
  return lastOf(s().watch.since(sinceMs), sinceMs, ({ seen }) => seen[observer] === address)
}

/** The bounds of the manual, and nothing on top of them. */
function expectLeft(address: string, sinceMs: number): void {
  for (const node of [1, 2]) expect(lastSeen(node, address, sinceMs)).toBeLessThanOrEqual(leavesWithin)
  expect(lastSeen(0, address, sinceMs)).toBeLessThanOrEqual(leavesWithin + TTL)
  const figures = [1, 2, 0].map((i) => `${observers[i]} ${lastSeen(i, address, sinceMs)} ms`)
  process.stdout.write(`last wrong answer: ${figures.join(', ')} (at most ${leavesWithin}, + ${TTL})\n`)
}

test('a dead backend leaves the answers of the nodes, then of the resolver, in the time that is promised', async () => {
  await s().programs.get('eu-web')!.end('SIGKILL')
  const sinceMs = mark('backend eu dies')
  await untilSeen([web.us, web.us, web.us], sinceMs, 20_000)
  expectLeft(web.eu, sinceMs)
  s().programs.set('eu-web', startWebIn(s().lab, 'eu-web'))
  const backMs = mark('… is back')
  const back = await untilSeen([web.eu, web.eu, web.eu], backMs, 20_000)
  expect(Math.max(back[1]!, back[2]!)).toBeLessThan(comesBackWithin + LOOK + MARGIN + 1000)
}, 60_000)

test('a cut cable to a backend is no different', async () => {
  s().lab.machine('eu-web').plug(false)
  const sinceMs = mark('cable eu cut')
  // Nothing refuses: each probe runs into its time limit.
  await untilSeen([web.us, web.us, web.us], sinceMs, 20_000)
  expectLeft(web.eu, sinceMs)
  s().lab.machine('eu-web').plug(true)
  await untilSeen([web.eu, web.eu, web.eu], mark('… mended'), 20_000)
}, 60_000)

test('a region that is cut off with its node, its prober and its backend is left by everybody who can be reached', async () => {
  s().lab.uplink('eu', false)
  const sinceMs = mark('region eu cut off')
  const [user] = await untilSeen([web.us, undefined, web.us], sinceMs, 30_000)
  expectLeft(web.eu, sinceMs)
  // Unbound first waits for the node that is gone.
  expect(user).toBeLessThan(leavesWithin + TTL + 3000)
  s().lab.uplink('eu', true)
  const backMs = mark('… is back')
  await untilSeen([web.eu, web.eu, web.eu], backMs, 30_000)
  s().apart.push([sinceMs, await untilShared('eu-dns', backMs)])
}, 90_000)

/** When a node said, after `sinceMs`, that it reaches the store again. */
function untilShared(node: string, sinceMs: number): Promise<number> {
  const isIt = (each: Stage['said'][number]): boolean =>
    each.node === node && each.atMs >= sinceMs && each.line.includes('the store answers')
  return until(`${node} reaches the store`, 10_000, () => s().said.find(isIt)?.atMs)
}

test('a region where everything dies at once is left by everybody', async () => {
  for (const name of ['eu-dns', 'eu-probe', 'eu-web']) await s().programs.get(name)!.end('SIGKILL')
  const sinceMs = mark('region eu dies')
  await untilSeen([web.us, undefined, web.us], sinceMs, 30_000)
  expectLeft(web.eu, sinceMs)
  s().programs.set('eu-web', startWebIn(s().lab, 'eu-web'))
  // However long the programs take to start.
  await start('eu-probe', 'probe').says(/^ready: /)
  await start('eu-dns', 'serve').says(/^ready: /)
  await untilSeen([web.eu, web.eu, web.eu], mark('… is back'), 30_000)
}, 180_000)

async function expectCalmWithout(what: string, lose: () => unknown, bring: () => unknown): Promise<void> {
  const sinceMs = mark(what)
  await lose()
  await delay(forgottenAfter)
  // Back before anything can fail: the next test wants it there.
  await bring()
  mark('… is back')
  await delay(2 * EVERY)
  expectUnchanged(sinceMs)
}

test.each([[['eu-probe']], [['us-probe']], [['eu-probe', 'us-probe', 'ap-probe']]])(
  'losing %j changes no answer',
  async (probers) => {
    const lose = (): Promise<unknown> => Promise.all(probers.map((name) => s().programs.get(name)!.end('SIGKILL')))
    const bring = (): Promise<unknown> => Promise.all(probers.map((name) => start(name, 'probe').says(/^ready: /)))
    await expectCalmWithout(probers.length === 1 ? `${probers[0]} killed` : 'all probers killed', lose, bring)
  },
  120_000,
)

test.each(['killed', 'frozen', 'cut off'] as const)(
  'losing Redis, %s, changes no answer, and it heals by itself',
  async (how) => {
    const redis = s().programs.get('redis')!
    const machine = s().lab.machine('redis')
    const lose = {
      killed: () => redis.end('SIGKILL'),
      frozen: () => redis.child.kill('SIGSTOP'),
      'cut off': () => machine.plug(false),
    }
    const bring = {
      killed: () => void s().programs.set('redis', startRedisIn(s().lab)),
      frozen: () => redis.child.kill('SIGCONT'),
      'cut off': () => machine.plug(true),
    }
    const sinceMs = Date.now()
    await expectCalmWithout(`Redis ${how}`, lose[how], bring[how])
    const shared = await Promise.all(['eu-dns', 'us-dns'].map((node) => untilShared(node, sinceMs)))
    s().apart.push([sinceMs, Math.max(...shared)])
    expectUnchanged(sinceMs)
    // Evidence flows again: a death is seen.
    await s().programs.get('eu-web')!.end('SIGKILL')
    const diesMs = mark('backend eu dies')
    await untilSeen([web.us, web.us, web.us], diesMs, 20_000)
    expectLeft(web.eu, diesMs)
    s().programs.set('eu-web', startWebIn(s().lab, 'eu-web'))
    await untilSeen([web.eu, web.eu, web.eu], mark('… is back'), 20_000)
  },
  90_000,
)

test('a vantage that loses its uplink takes nothing down', async () => {
  const machine = s().lab.machine('eu-probe')
  machine.plug(false)
  const sinceMs = mark('uplink of prober eu cut')
  await delay(forgottenAfter + FALL * TIMEOUT)
  expectUnchanged(sinceMs)
  machine.plug(true)
  const backMs = mark('… mended')
  // What it saw meanwhile, that everything was down, now reaches the others.
  await delay(4 * EVERY)
  expectUnchanged(backMs)
}, 60_000)

function expectUnchanged(sinceMs: number): void {
  const looks = s().watch.since(sinceMs)
  expect(looks.length).toBeGreaterThan(0)
  for (const { seen } of looks) expect(seen).toEqual([web.eu, web.eu, web.eu])
}

test('through all of that the two nodes, while they shared a store, never differed for longer than a tick', () => {
  const { watch, apart, marks } = s()
  const isShared = (atMs: number): boolean => apart.every(([fromMs, toMs]) => atMs < fromMs || atMs > toMs)
  const looks = watch.since(marks[0]!.atMs)
  const differs = longest(
    looks,
    ({ atMs, seen: [, eu, us] }) => isShared(atMs) && eu !== null && us !== null && eu !== us,
  )
  process.stdout.write(`the longest difference: ${differs} ms\n`)
  expect(differs).toBeLessThanOrEqual(TICK)
  // And somebody was looking.
  expect(longest(looks, () => true)).toBeGreaterThan(60_000)
  const gaps = looks.slice(1).map(({ atMs }, i) => atMs - looks[i]!.atMs)
  expect(gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length * 0.99)]).toBeLessThan(TICK / 2)
})
