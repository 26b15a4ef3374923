// Three regions in network namespaces: two DNS nodes, three probers, one Redis, three backends, and Unbound as the users'
// resolver. Backends, links, regions, probers and Redis die and come back; a user looks ten times a second, through the
// resolver and past it. What was seen is drawn: coverage/lab.svg.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { drawLab, type Mark } from './lab-chart.ts'
import { type Lab, openLab, type Program } from './lab.ts'

const EVERY = 1000
const TIMEOUT = 500
const FALL = 3
const RISE = 2
const CONFIRM = 200
const TICK = 1000
const TTL = 2000
/** What the manual promises, from a death to the last wrong answer from a node, and to a user behind a cache. */
const leavesWithin = EVERY * 1.1 + FALL * CONFIRM + TIMEOUT + TICK
const comesBackWithin = RISE * EVERY * 1.1 + TIMEOUT + TICK
/** Between two looks, and for a busy machine. */
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

interface Look {
  readonly atMs: number
  readonly seen: readonly (string | null)[]
}

interface Stage {
  readonly lab: Lab
  readonly folder: Folder
  readonly looks: Look[]
  readonly marks: Mark[]
  readonly programs: Map<string, Program>
}

const stage: { current?: Stage } = {}
const s = (): Stage => stage.current!

const zone = {
  zone: 'example.com',
  ttl: '1m',
  soa: {},
  ns: ['ns1', 'ns2'],
  records: { ns1: { A: plan.eu['eu-dns'] }, ns2: { A: plan.us['us-dns'] }, www: { service: 'web' } },
  checks: {
    up: { http: { port: 80, path: '/' }, every: '1s', timeout: '500ms', fall: FALL, rise: RISE, confirm: '200ms' },
  },
  pools: Object.fromEntries(
    Object.entries(web).map(([region, address]) => [region, { region, check: 'up', targets: [{ address }] }]),
  ),
  services: { web: { ttl: '2s', min_ttl: '1s', steer: { failover: ['eu', 'us', 'ap'] } } },
}

function configOf(name: string, address: string, region: string): object {
  return {
    node: { name, region },
    listen: [`${address}:53`],
    workers: 1,
    geo: { databases: ['places.mmdb'] },
    store: { redis: { url: `redis://${plan.core.redis}:6379`, timeout: '300ms' } },
    health: { vantages: ['eu', 'us', 'ap'] },
    prober: false,
  }
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

function startRedisIn(lab: Lab): Program {
  const { address } = lab.machine('redis')
  const args = ['--bind', address, '--port', '6379', '--save', '', '--protected-mode', 'no']
  return lab.machine('redis').start('redis-server', args)
}

function startWebIn(lab: Lab, region: keyof typeof web): Program {
  const script = `require('node:http').createServer((_, r) => r.end('ok')).listen(80, '${web[region]}', () => console.log('serving'))`
  return lab.machine(`${region}-web`).start(process.execPath, ['-e', script])
}

function startMeridianIn(machine: string, command: 'serve' | 'probe'): Program {
  const { lab, folder } = s()
  const region = machine.slice(0, 2)
  const { address } = lab.machine(machine)
  const file = folder.write(`${machine}.yaml`, configOf(machine, address, region))
  return lab.machine(machine).start(process.execPath, ['src/main.ts', command, '--config', file])
}

beforeAll(async () => {
  const folder = openFolder({
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zone,
  })
  folder.write('unbound.conf', unboundConfig(folder.path))
  const lab = await openLab(plan)
  const programs = new Map<string, Program>()
  stage.current = { lab, folder, looks: [], marks: [], programs }
  programs.set('redis', startRedisIn(lab))
  for (const region of ['eu', 'us', 'ap'] as const) programs.set(`${region}-web`, startWebIn(lab, region))
  await Promise.all(['eu-web', 'us-web', 'ap-web'].map((name) => programs.get(name)!.says(/serving/)))
  for (const region of ['eu', 'us', 'ap']) programs.set(`${region}-probe`, startMeridianIn(`${region}-probe`, 'probe'))
  for (const region of ['eu', 'us']) programs.set(`${region}-dns`, startMeridianIn(`${region}-dns`, 'serve'))
  await Promise.all(['eu-dns', 'us-dns'].map((name) => programs.get(name)!.says(/^ready: /)))
  programs.set('unbound', lab.machine('users').start('unbound', ['-c', join(folder.path, 'unbound.conf')]))
  const client = join(import.meta.dirname, 'lab-client.ts')
  const watching = lab
    .machine('users')
    .start(process.execPath, [client, 'www.example.com', plan.core.users, plan.eu['eu-dns'], plan.us['us-dns']])
  watching.onLine((line) => {
    if (line.startsWith('{')) s().looks.push(JSON.parse(line) as Look)
  })
  await untilSeen([web.eu, web.eu, web.eu], Date.now(), 15_000)
}, 90_000)

afterAll(async () => {
  if (!stage.current) return
  const { looks, marks, folder, lab } = s()
  if (looks.length > 0) {
    const sorted = looks.toSorted((a, b) => a.atMs - b.atMs)
    const lanes = observers.map((label, i) => ({
      label,
      looks: sorted.map(({ atMs, seen }) => ({ atMs, seen: seen[i] ?? null })),
    }))
    const names = new Map(Object.entries(web).map(([region, address]) => [address, `backend ${region}`]))
    mkdirSync('coverage', { recursive: true })
    writeFileSync('coverage/lab.svg', drawLab('What a user and two nodes saw', lanes, marks, names))
  }
  await lab[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function mark(label: string): number {
  const atMs = Date.now()
  s().marks.push({ atMs, label })
  return atMs
}

/** How long after `sinceMs` the looks became these for good; `wanted` may leave an observer out with undefined. */
async function untilSeen(
  wanted: readonly (string | null | undefined)[],
  sinceMs: number,
  withinMs: number,
): Promise<number[]> {
  const deadline = Date.now() + withinMs
  const isAs = ({ seen }: Look): boolean => wanted.every((address, i) => address === undefined || seen[i] === address)
  while (Date.now() < deadline) {
    const after = looksSince(sinceMs)
    if (after.length > 3 && after.slice(-3).every(isAs))
      return wanted.map((address, i) => lastOther(after, i, address) - sinceMs)
    await delay(50)
  }
  throw new Error(
    `expected ${JSON.stringify(wanted)}; the last looks: ${JSON.stringify(looksSince(sinceMs).slice(-3))}`,
  )
}

/** When an observer last saw anything else. */
function lastOther(looks: readonly Look[], observer: number, address: string | null | undefined): number {
  const other = looks.findLast(({ seen }) => address !== undefined && seen[observer] !== address)
  return other?.atMs ?? looks[0]!.atMs
}

/** By the time they were begun. */
function looksSince(sinceMs: number): Look[] {
  return s()
    .looks.filter(({ atMs }) => atMs >= sinceMs)
    .toSorted((a, b) => a.atMs - b.atMs)
}

/** The longest that the two nodes told different things while both could be asked. */
function longestDifference(): number {
  let longest = 0
  let startMs: number | undefined
  for (const { atMs, seen } of looksSince(0)) {
    const differs = seen[1] !== null && seen[2] !== null && seen[1] !== seen[2]
    if (differs) startMs ??= atMs
    else startMs = undefined
    if (startMs !== undefined) longest = Math.max(longest, atMs - startMs)
  }
  return longest
}

test('a dead backend leaves the answers of the nodes, then of the resolver, in the time that is promised', async () => {
  await s().programs.get('eu-web')!.end('SIGKILL')
  const sinceMs = mark('backend eu dies')
  const [user, eu, us] = await untilSeen([web.us, web.us, web.us], sinceMs, 20_000)
  expect(Math.max(eu!, us!)).toBeLessThan(leavesWithin + LOOK + MARGIN)
  expect(user).toBeLessThan(leavesWithin + TTL + LOOK + MARGIN)
  s().programs.set('eu-web', startWebIn(s().lab, 'eu'))
  const backMs = mark('… is back')
  const back = await untilSeen([web.eu, web.eu, web.eu], backMs, 20_000)
  expect(Math.max(back[1]!, back[2]!)).toBeLessThan(comesBackWithin + LOOK + MARGIN + 1000)
}, 60_000)

test('a cut cable to a backend is no different', async () => {
  s().lab.machine('eu-web').plug(false)
  const sinceMs = mark('cable eu cut')
  const [user, eu, us] = await untilSeen([web.us, web.us, web.us], sinceMs, 20_000)
  // Nothing refuses: each probe runs into its time limit.
  expect(Math.max(eu!, us!)).toBeLessThan(leavesWithin + LOOK + MARGIN)
  expect(user).toBeLessThan(leavesWithin + TTL + LOOK + MARGIN)
  s().lab.machine('eu-web').plug(true)
  await untilSeen([web.eu, web.eu, web.eu], mark('… mended'), 20_000)
}, 60_000)

test('a region that is cut off with its node, its prober and its backend is left by everybody who can be reached', async () => {
  s().lab.uplink('eu', false)
  const sinceMs = mark('region eu cut off')
  const [user, , us] = await untilSeen([web.us, undefined, web.us], sinceMs, 30_000)
  expect(us).toBeLessThan(leavesWithin + LOOK + MARGIN)
  // Unbound first waits for the node that is gone.
  expect(user).toBeLessThan(leavesWithin + TTL + 3000)
  s().lab.uplink('eu', true)
  await untilSeen([web.eu, web.eu, web.eu], mark('… is back'), 30_000)
}, 90_000)

test('losing a prober changes no answer', async () => {
  await s().programs.get('eu-probe')!.end('SIGKILL')
  const sinceMs = mark('prober eu killed')
  await delay(3 * EVERY + 2000)
  expectUnchanged(sinceMs)
  s().programs.set('eu-probe', startMeridianIn('eu-probe', 'probe'))
  await s()
    .programs.get('eu-probe')!
    .says(/^ready: /)
  const backMs = mark('… is back')
  await delay(2 * EVERY)
  expectUnchanged(backMs)
}, 60_000)

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'losing Redis by %s changes no answer, and it heals by itself',
  async (signal) => {
    const redis = s().programs.get('redis')!
    const sinceMs = mark(signal === 'SIGKILL' ? 'Redis killed' : 'Redis frozen')
    if (signal === 'SIGKILL') await redis.end('SIGKILL')
    else redis.child.kill('SIGSTOP')
    await delay(3 * EVERY + 2000)
    expectUnchanged(sinceMs)
    const backMs = mark('… is back')
    if (signal === 'SIGKILL') s().programs.set('redis', startRedisIn(s().lab))
    else redis.child.kill('SIGCONT')
    await delay(3000)
    expectUnchanged(backMs)
    // Evidence flows again: a death is seen.
    await s().programs.get('eu-web')!.end('SIGKILL')
    await untilSeen([web.us, web.us, web.us], mark('backend eu dies'), 20_000)
    s().programs.set('eu-web', startWebIn(s().lab, 'eu'))
    await untilSeen([web.eu, web.eu, web.eu], mark('… is back'), 20_000)
  },
  90_000,
)

test('a vantage that loses its uplink takes nothing down', async () => {
  const machine = s().lab.machine('eu-probe')
  machine.plug(false)
  const sinceMs = mark('uplink of prober eu cut')
  await delay(3 * EVERY + FALL * TIMEOUT + 2000)
  expectUnchanged(sinceMs)
  machine.plug(true)
  const backMs = mark('… mended')
  // What it saw meanwhile, that everything was down, now reaches the others.
  await delay(4 * EVERY)
  expectUnchanged(backMs)
}, 60_000)

function expectUnchanged(sinceMs: number): void {
  const looks = looksSince(sinceMs)
  expect(looks.length).toBeGreaterThan(0)
  for (const { seen } of looks) expect(seen).toEqual([web.eu, web.eu, web.eu])
}

test('through all of that the two nodes never differed for longer than a tick', () => {
  expect(longestDifference()).toBeLessThanOrEqual(TICK + LOOK + MARGIN)
})
