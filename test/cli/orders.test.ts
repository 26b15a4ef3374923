// drain, undrain, drill, return and status against a running node, as operators use them.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { OrderView, OverrideView } from '../../src/app/override-view.ts'
import { drainCommand } from '../../src/cli/drain.ts'
import { drillCommand } from '../../src/cli/drill.ts'
import { meridian } from '../../src/cli/index.ts'
import { returnCommand } from '../../src/cli/return.ts'
import { statusCommand } from '../../src/cli/status.ts'
import { undrainCommand } from '../../src/cli/undrain.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { askAdmin, tellAdmin } from '../../src/io/control/client.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type DnsClient, openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { launch, type Running, runMeridian, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'
import { type Printed, run } from './printed.ts'

const tokens = { read: 'reading-is-allowed', operate: 'operating-is-allowed' }

const zone = {
  zone: 'example.com',
  ns: ['ns.example.net.'],
  soa: {},
  records: { www: { service: 'web' }, kept: { service: 'careful' }, brief: { service: 'brief' } },
  pools: {
    eu: { targets: [{ address: '192.0.2.10' }, { address: '192.0.2.11' }] },
    us: { targets: [{ address: '198.51.100.10' }] },
    spare: { targets: [{ address: '198.51.100.20' }] },
    old: { targets: [{ address: '203.0.113.10', drained: true }] },
  },
  services: {
    // Longer than a reply may be on its way: it comes when the order is on disk, and a disk may take its time.
    web: { ttl: '30s', steer: { failover: ['eu', 'us', 'old'] } },
    brief: { ttl: '1s', steer: { failover: ['spare', 'us'] } },
    careful: { ttl: '1s', steer: { failover: { tiers: ['eu', 'us'], failback: 'manual' } } },
  },
}

interface Stage {
  readonly folder: Folder
  readonly node: Running
  readonly dns: DnsClient
}

const stage: { current?: Stage } = {}

function theStage(): Stage {
  if (!stage.current) throw new Error('the stage was not set up')
  return stage.current
}

beforeAll(async () => {
  const folder = openFolder({
    'meridian.yaml': {
      node: { name: 'ns1', region: 'eu' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0', tokens },
      workers: 1,
      geo: { databases: ['places.mmdb'] },
    },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zone,
    token: `${tokens.operate}\n`,
    'reading-token': tokens.read,
  })
  const node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  stage.current = { folder, node, dns: await openDnsClient(node.dns) }
}, 30_000)

afterAll(async () => {
  const { folder, node, dns } = theStage()
  await dns[Symbol.asyncDispose]()
  await node.stop()
  folder[Symbol.dispose]()
})

/** What one test ordered is no other's. */
afterEach(async () => {
  const { node } = theStage()
  const admin = { ...node.admin, token: tokens.operate }
  const { value } = await askAdmin(admin, '/overrides')
  for (const { kind, subject } of value as readonly OverrideView[])
    if (kind !== 'return') await tellAdmin(admin, `/un${kind}`, { subjects: [subject], author: 'the test' })
})

type Command = Parameters<typeof run>[0]

/** With the address and the token of the node. */
function tell(command: Command, ...args: string[]): Promise<Printed> {
  const { folder, node } = theStage()
  const access = ['--admin', `http://127.0.0.1:${node.admin.port}`, '--token-file', `${folder.path}/token`]
  return run(command, ...args, ...access)
}

async function answers(name = 'www.example.com'): Promise<string[]> {
  const reply = await theStage().dns.ask(writeQuery({ name }))
  return decodeWithDns2(reply!.bytes)
    .answer.map(({ data }) => data)
    .toSorted()
}

const eu = ['192.0.2.10', '192.0.2.11']
const us = ['198.51.100.10']

test('drain, status, undrain: what operators see, and what clients get', async () => {
  expect(await answers()).toEqual(eu)
  const drained = await tell(drainCommand, 'eu', '--for', '30m', '--why', 'kernel update', '--author', 'ada')
  expect(drained).toEqual({
    code: undefined,
    err: '',
    out: expect.stringMatching(
      /^drain example\.com\/eu, 2 targets, until \S+Z \((30m|29m59s) left\), by ada: kernel update\n {2}safe to stop at \S+Z \(in \d+(ms|s)\): answers are kept for 30 s\n$/,
    ),
  })
  expect(await answers()).toEqual(us)
  const { out, code } = await tell(statusCommand)
  expect(code).toBe(0)
  expect(out).toMatch(/^ns1 in eu: ready, up for .*; configuration [0-9a-f]{12}, epoch 1; zones example\.com\n/)
  expect(out).toContain('  drain example.com/eu, 2 targets, until')
  expect(out).toMatch(/example\.com\/eu +192\.0\.2\.10 +up, drained/)
  expect(out).toMatch(/example\.com\/us +198\.51\.100\.10 +up +nothing checks it/)
  expect(out).toMatch(/example\.com\/old +203\.0\.113\.10 +up, drained/)
  expect(out).toMatch(/store\n {2}memory: reachable/)
  expect(await tell(undrainCommand, 'example.com/eu')).toEqual({
    code: undefined,
    err: '',
    out: expect.stringMatching(/^over: the drain of example\.com\/eu until \S+Z\n$/),
  })
  expect(await answers()).toEqual(eu)
  expect((await tell(statusCommand)).out).toContain('overrides\n  none in force')
})

test('one target, its drain changed, both named at once', async () => {
  await tell(drainCommand, 'eu/192.0.2.10', 'us', '--for', '30m', '--why', 'x')
  expect(await answers()).toEqual(['192.0.2.11'])
  const longer = await tell(drainCommand, '192.0.2.10', '--for', '2h', '--why', 'takes longer', '--json')
  const { overrides } = JSON.parse(longer.out) as OrderView
  expect(overrides).toMatchObject([
    { kind: 'drain', subject: 'example.com/eu/192.0.2.10', targets: 1, why: 'takes longer', fade: 0 },
  ])
  expect((await tell(undrainCommand, '192.0.2.10', 'us')).out.split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^over: the drain of example\.com\/eu\/192\.0\.2\.10/),
    expect.stringMatching(/^over: the drain of example\.com\/us/),
  ])
})

test('to undrain a pool leaves what else keeps its targets out, and says so', async () => {
  await tell(drainCommand, 'eu', '192.0.2.10', '--for', '30m', '--why', 'x')
  const { err } = await tell(undrainCommand, 'eu')
  expect(err).toMatch(/^warning: still in force: drain of example\.com\/eu\/192\.0\.2\.10 until \S+Z\n$/)
  expect(await answers()).toEqual(['192.0.2.11'])
  await tell(undrainCommand, '192.0.2.10')
})

test('--fade shows how far it is, and that it is not safe yet', async () => {
  const { out } = await tell(drainCommand, 'eu', '--for', '30m', '--fade', '10m', '--why', 'x')
  expect(out).toMatch(/\n {2}fading: (100|99\.\d) % of the weight left\n {2}safe to stop at \S+Z \(in 10m\d*s?\)/)
  await until('the weight goes down', 5000, async () =>
    /192\.0\.2\.10 +up, 9\d(\.\d)? %/.test((await tell(statusCommand)).out),
  )
  await tell(undrainCommand, 'eu')
})

test('--wait returns when the last answer has run out', async () => {
  const startedMs = performance.now()
  const { out, code } = await tell(drainCommand, 'spare', '--for', '30m', '--why', 'x', '--wait')
  expect(code).toBeUndefined()
  expect(out).toMatch(/\nexample\.com\/spare: safe to stop since \S+Z: answers are kept for 1 s\n$/)
  expect(performance.now() - startedMs).toBeGreaterThan(1000)
  await tell(undrainCommand, 'spare')
})

test('where nothing else is left, what is drained is answered, and not safe to stop', async () => {
  await tell(drainCommand, 'eu', 'us', '--for', '30m', '--why', 'x')
  const shown = await until('it is noticed', 5000, async () => {
    const { out } = await tell(statusCommand)
    return out.includes('not safe to stop') && out
  })
  expect(shown).toMatch(
    /not safe to stop: web of example\.com, careful of example\.com still answers with it: nothing else/,
  )
  expect(await answers()).not.toEqual([])
  await tell(undrainCommand, 'eu', 'us')
})

test('a drain that ends before answers do says so', async () => {
  const { out } = await tell(drainCommand, 'eu', '--for', '5s', '--why', 'x')
  expect(out).toContain('not safe to stop: it ends before the answers in caches do, which may be kept for 30 s')
  await until('it is over', 4000 + 5000, async () => (await tell(statusCommand)).out.includes('none in force'))
  // The board follows with the next tick.
  await until('it is answered again', 5000, async () => (await answers()).length === 2)
})

test('a drill is a failover, and its end brings the pool back', async () => {
  const { out } = await tell(drillCommand, 'eu', '--for', '5m', '--why', 'quarterly', '--author', 'ada')
  expect(out).toMatch(/^drill example\.com\/eu, 2 targets, until \S+Z \((5m|4m59s) left\), by ada: quarterly\n$/)
  expect(await answers()).toEqual(us)
  expect((await tell(statusCommand)).out).toMatch(/192\.0\.2\.10 +up, drilled/)
  const metrics = await (
    await fetch(`http://127.0.0.1:${theStage().node.admin.port}/metrics`, {
      headers: { authorization: `Bearer ${tokens.read}` },
    })
  ).text()
  expect(metrics).toContain('meridian_overrides{kind="drain"} 0\nmeridian_overrides{kind="drill"} 1\n')
  expect(metrics).toMatch(
    /^meridian_override_until_timestamp_seconds\{kind="drill",zone="example\.com",pool="eu",target=""\} \d{10}$/m,
  )
  // A drill is not a drain: the probers' word stays what it is.
  expect(metrics).toContain('meridian_target_up{zone="example.com",pool="eu",target="192.0.2.10"} 1')
  expect(metrics).toContain('meridian_target_drained{zone="example.com",pool="eu",target="192.0.2.10"} 0')
  expect((await tell(drillCommand, 'eu', '--end')).out).toMatch(/^over: the drill of example\.com\/eu/)
  expect(await answers()).toEqual(eu)
})

test('a return is remembered, with who and when', async () => {
  const { out } = await tell(returnCommand, 'us', '--author', 'ada', '--why', 'disk replaced')
  expect(out).toMatch(/^return example\.com\/us, 1 target, since \S+Z, by ada: disk replaced\n$/)
  expect((await tell(statusCommand)).out).toContain('  return example.com/us, 1 target, since')
})

test('a drill tries the way back as well: with `failback: manual` the pool waits for a return', async () => {
  const kept = 'kept.example.com'
  // Drills of other tests may be waited for as well.
  await tell(returnCommand, 'eu')
  await until('it is answered', 5000, async () => (await answers(kept)).length === 2)
  // Orders are told apart by the second.
  const returnedSec = Math.floor(Date.now() / 1000)
  await until('a second has passed', 5000, () => Math.floor(Date.now() / 1000) > returnedSec)
  await tell(drillCommand, 'eu', '--for', '5m', '--why', 'x')
  expect([await answers(), await answers(kept)]).toEqual([us, us])
  await tell(drillCommand, 'eu', '--end')
  await until('the drill is over for others', 5000, async () => (await answers()).length === 2)
  // The board shows the end of the drill an instant before the hold.
  await until('the pool waits', 5000, async () => JSON.stringify(await answers(kept)) === JSON.stringify(us))
  await tell(returnCommand, 'eu', '--why', 'all well')
  await until('it is returned to', 5000, async () => (await answers(kept)).length === 2)
})

test('explain tells the order behind an answer', async () => {
  const { folder, node } = theStage()
  await tell(drainCommand, 'eu', '--for', '30m', '--why', 'kernel update', '--author', 'ada')
  const response = await fetch(`http://127.0.0.1:${node.admin.port}/explain?name=www.example.com`, {
    headers: { authorization: `Bearer ${tokens.operate}` },
  })
  const { steps } = (await response.json()) as { steps: { text: string }[] }
  expect(steps.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^passed over 192\.0\.2\.10: drained \(drain by ada \d+ s ago until \S+Z: kernel update\)$/),
  )
  await tell(undrainCommand, 'eu')
  const offline = await run(
    meridian,
    'explain',
    'www.example.com',
    '--offline',
    '--config',
    `${folder.path}/meridian.yaml`,
  )
  expect(offline.out).toContain('192.0.2.1')
})

test('who did what is in the log, and a restart remembers what is in force', async () => {
  const { folder } = theStage()
  const said = theStage().node.log()
  expect(said).toContainEqual(
    expect.objectContaining({
      msg: 'ada drains example.com/eu',
      author: 'ada',
      why: 'kernel update',
      from: '127.0.0.1',
      override: expect.stringMatching(/^drain of example\.com\/eu until /),
    }),
  )
  await using other = await startMeridian(
    'serve',
    folder.write('other.yaml', {
      node: { name: 'other' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      state: 'elsewhere',
      workers: 1,
      geo: { databases: ['places.mmdb'] },
    }),
  )
  const admin = (node: Running) => ['--admin', `127.0.0.1:${node.admin.port}`]
  await run(drainCommand, 'eu', '--for', '30m', '--why', 'x', ...admin(other))
  await other.stop()
  await using again = await startMeridian('serve', `${folder.path}/other.yaml`)
  const { out } = await run(statusCommand, '--json', ...admin(again))
  expect((JSON.parse(out) as { overrides: OverrideView[] }).overrides).toMatchObject([
    { kind: 'drain', subject: 'example.com/eu', node: 'other', knownTo: ['other'] },
  ])
  await using client = await openDnsClient(again.dns)
  const reply = await client.ask(writeQuery({ name: 'www.example.com' }))
  expect(decodeWithDns2(reply!.bytes).answer.map(({ data }) => data)).toEqual(us)
})

describe('what does not go', () => {
  const drain = ['--for', '30m', '--why', 'x']
  test.each<[string, Command, string[], RegExp]>([
    ['a name that is none', drainCommand, ['euu', ...drain], /found "euu" \(did you mean "eu"\?\)/],
    ['a drill of a target', drillCommand, ['192.0.2.10', ...drain], /that is a target/],
    ['nothing to take back', undrainCommand, ['eu'], /^error: example\.com\/eu is not drained\n$/],
    [
      'what the file says',
      undrainCommand,
      ['old'],
      /drained in the configuration, which only a change of the file ends/,
    ],
    [
      'a fade that outlasts the drain',
      drainCommand,
      ['eu', ...drain, '--fade', '1h'],
      /fade: expected a fade that is over/,
    ],
    [
      'for longer than there is',
      drainCommand,
      ['eu', '--for', '31d', '--why', 'x'],
      /for: expected a duration from 1s to 30d/,
    ],
    ['the end of a drill that is none', drillCommand, ['eu', '--end'], /is not drilled/],
  ])('%s: 1, and why', async (_, command, args, message) => {
    const { code, out, err } = await tell(command, ...args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(message)
  })

  test.each<[string, string[]]>([
    ['drain without a reason', ['drain', 'eu', '--for', '5m']],
    ['drain without an end', ['drain', 'eu', '--why', 'x']],
    ['drain of nothing', ['drain', '--for', '5m', '--why', 'x']],
    ['a time without a unit', ['drain', 'eu', '--for', '5', '--why', 'x']],
    ['an address that is none', ['status', '--admin', 'ftp://x']],
    ['drill without a reason', ['drill', 'eu', '--for', '5m']],
    ['drill with an end in two ways', ['drill', 'eu', '--for', '5m', '--end']],
  ])('%s: 2', async (_, args) => {
    const { code, out, err } = await run(meridian, ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toBe('')
  })

  test('without the token, or with that for reading', async () => {
    const { folder, node } = theStage()
    const admin = ['--admin', `http://127.0.0.1:${node.admin.port}`]
    const reading = ['--token-file', `${folder.path}/reading-token`]
    expect(await run(drainCommand, 'eu', ...drain, ...admin)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/expected a token .* found none/),
    })
    expect(await run(drainCommand, 'eu', ...drain, ...admin, ...reading)).toMatchObject({
      code: 1,
      err: 'error: expected the token for operating, found the one for reading\n',
    })
    expect(await run(statusCommand, ...admin)).toMatchObject({ code: 1 })
    expect(await run(statusCommand, ...admin, ...reading)).toMatchObject({ code: 0 })
    expect(await run(statusCommand, ...admin, '--token-file', '/nowhere')).toMatchObject({
      code: 1,
      err: expect.stringContaining('/nowhere'),
    })
  })
})

test('on the machine of the node, the configuration says where it is and has the token', async () => {
  const { folder, node } = theStage()
  const file = folder.write('here.yaml', { admin: { listen: `127.0.0.1:${node.admin.port}`, tokens } })
  expect(await run(statusCommand, '--config', file)).toMatchObject({ code: 0 })
  folder.write('wrong.yaml', { adnim: {} })
  expect(await run(statusCommand, '--config', `${folder.path}/wrong.yaml`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('unknown key "adnim"'),
  })
})

test('a token in the environment opens it as well', async () => {
  const { node } = theStage()
  const args = ['status', '--admin', `http://127.0.0.1:${node.admin.port}`]
  const [without, having] = await Promise.all([
    runMeridian(args),
    runMeridian(args, { env: { MERIDIAN_TOKEN: tokens.read } }),
  ])
  expect([without.code, having.code]).toEqual([1, 0])
})

test('where no node is, 1 and the code', async () => {
  const { code, err } = await runMeridian(['drain', 'eu', '--for', '5m', '--why', 'x', '--admin', '127.0.0.1:1'])
  expect(code).toBe(1)
  expect(err).toMatch(/^admin-unreachable: no answer from the admin HTTP at 127\.0\.0\.1:1: ECONNREFUSED\n$/)
})

test('status --watch shows it again and again until it is stopped', async () => {
  const { folder } = theStage()
  const args = ['status', '--watch', '--admin', `http://127.0.0.1:${theStage().node.admin.port}`]
  const watching = launch(args, { env: { MERIDIAN_TOKEN: tokens.read }, cwd: folder.path })
  await until('it has been shown twice', 15_000, () => watching.out().split('ns1 in eu: ready').length > 2)
  watching.process.kill('SIGINT')
  expect(await watching.ended).toMatchObject({ code: 0, err: '' })
})
