// `explain` and the wire agree: on the answer, because the same function gives it, and in words, because what the steps say
// is what the answer shows. The questions of the two sides are written by different code, and the wire's side goes on using
// one context as a worker does, so that nothing of an earlier question may shine through.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainAnswer, parseQuestion } from '../../src/app/explain.ts'
import { loadNode, type Loaded } from '../../src/app/load.ts'
import { openContext } from '../../src/core/answer/context.ts'
import { bindSnapshot } from '../../src/core/answer/snapshot.ts'
import type { ToldNode } from '../../src/core/answer/told-tree.ts'
import type { Step } from '../../src/core/answer/trace.ts'
import { DOWN, isDrained, UNKNOWN, UP, verdictOf, writeState } from '../../src/core/health/board.ts'
import type { Asked } from '../../src/io/ask/asked.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { askAdmin } from '../../src/io/control/client.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, runMeridian, startMeridian } from '../support/meridian.ts'
import { askBytes, writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

/** Every policy, nested, with pools of one and of two families, even and weighted, some in need of a check. */
const zone = {
  zone: 'example.com',
  ns: ['ns1'],
  soa: {},
  records: {
    '@': { MX: '10 mail', service: 'web' },
    www: { service: 'web' },
    near: { service: 'near' },
    share: { service: 'share' },
    '*.apps': { service: 'web' },
    to: { CNAME: 'share' },
    far: { CNAME: 'www' },
    ns1: { A: '192.0.2.53' },
    mail: { A: ['192.0.2.25', '192.0.2.26'], TXT: 'x'.repeat(250) },
  },
  checks: { up: { tcp: { port: 9 }, every: '1s', timeout: '500ms', confirm: '200ms' } },
  pools: {
    eu: pool('IE', ['192.0.2.10', '192.0.2.11 3', '2001:db8:1::10']),
    us: pool('US', ['198.51.100.10', '198.51.100.11', '198.51.100.12']),
    ap: pool('SG', ['203.0.113.10', '2001:db8:3::10', '2001:db8:3::11']),
  },
  services: {
    web: {
      ttl: '30s',
      steer: {
        geo: [
          { where: ['continent EU', 'continent AF'], to: { failover: ['eu', 'us', 'ap'] } },
          { where: ['continent AS', 'network corp'], to: { failover: ['ap', 'us', 'eu'] } },
          {
            where: ['country CA', 'country DE'],
            to: {
              weighted: [
                { to: 'us', weight: 60 },
                { to: 'near', weight: 40 },
              ],
            },
          },
          { where: ['country JP'], to: 'ap', fence: true },
          { to: { nearest: ['us', 'eu', 'ap'] } },
        ],
      },
    },
    near: { ttl: '7s', steer: { nearest: ['eu', 'us', 'ap'] } },
    share: {
      ttl: '60s',
      steer: {
        weighted: [
          { to: 'eu', weight: 5 },
          { to: 'us', weight: 3 },
          { to: 'ap', weight: 0 },
        ],
      },
    },
  },
}

function pool(country: string, targets: readonly string[]): object {
  return {
    at: { country },
    check: 'up',
    targets: targets.map((text, i) => {
      const [address, weight = '1'] = text.split(' ')
      // Each is probed where nobody listens, but for those that a test opens.
      return { address, weight: Number(weight), probe_at: `127.0.0.1:${9 + i}` }
    }),
  }
}

const networks = {
  networks: [
    { cidr: '10.0.0.0/8', name: 'corp' },
    { cidr: '203.0.113.64/28', country: 'JP' },
  ],
}

const files = {
  'meridian.yaml': {
    listen: ['127.0.0.1:0'],
    admin: { listen: '127.0.0.1:0' },
    workers: 2,
    geo: { networks: 'networks.yaml' },
  },
  'networks.yaml': networks,
  'zones/example.com.yaml': zone,
}

const types = { A: 1, AAAA: 28, MX: 15, TXT: 16, NS: 2, ANY: 255, CNAME: 5 } as const
type TypeName = keyof typeof types

/** What two answers to one question must have in common. Over UDP a long one may be cut short. */
function essence({ rcode, flags, answer, authority, additional, edns, problems }: Asked): object {
  expect(problems).toEqual([])
  return { rcode, aa: flags.aa, answer, authority, additional, subnet: edns?.subnet }
}

/** What the steps say must be what the answer shows. */
function expectTrue(steps: readonly Step[], shown: Asked, board: Int32Array, loaded: Loaded): void {
  const text = steps.map((step) => `${step.topic}: ${step.text}`)
  const steered = steps.some(({ topic }) => topic === 'service')
  const answered = text.flatMap((line) => / answers (\S+)$/.exec(line)?.[1] ?? [])
  const addresses = shown.answer.filter(({ type }) => type === 1 || type === 28).map(({ data }) => data)
  const failsOpen = text.some((line) => line.startsWith('all down'))
  if (!steered) expect(answered).toEqual([])
  else if (!failsOpen) expect(addresses.toSorted()).toEqual(answered.toSorted())
  for (const line of text) {
    const [, target, state] = /passed over (\S+): (\w+)/.exec(line) ?? []
    if (target === undefined) continue
    if (!failsOpen) expect(addresses).not.toContain(target)
    const row = loaded.rows.findIndex((one) => one.target === target)
    expect(state).toBe(isDrained(board, row) ? 'drained' : verdictOf(board, row) === DOWN ? 'down' : 'usable')
  }
  const said = text.findLast((line) => line.startsWith('scope: /') || line.endsWith(': /0'))
  if (said !== undefined) expect(said).toContain(`/${shown.edns?.subnet?.scope}`)
}

const names = ['example.com', 'www.example.com', 'near.example.com', 'share.example.com', 'x.apps.example.com']
const others = [
  'to.example.com',
  'far.example.com',
  'mail.example.com',
  'nope.example.com',
  'example.net',
  'apps.example.com',
]

const client = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.ipV4(), fc.constantFrom(24, 24, 20, 16, 8))
      .map(([address, length]) => prefix4(address, length)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 0x2001, max: 0x2c0f }), fc.nat(0xffff))
      .map(([a, b]) => `${a.toString(16)}:${b.toString(16)}::/48`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('10.1.2.0/24', '192.168.1.0/24', '203.0.113.0/24', '0.0.0.0/0', '2002:5102:4500::/48'),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

function prefix4(address: string, length: number): string {
  const bytes = address
    .split('.')
    .map((byte, i) => Number(byte) & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 255)
  return `${bytes.join('.')}/${length}`
}

const question = fc.record({
  name: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  ),
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<TypeName>('A', 'AAAA') },
    { weight: 1, arbitrary: fc.constantFrom<TypeName>(...(Object.keys(types) as TypeName[])) },
  ),
  client,
  resolver: fc.oneof(fc.ipV4(), fc.constantFrom('127.0.0.1', '10.9.8.7', '2001:db8::1', '2a00:1450::5')),
  nowSec: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
  states: fc.array(fc.constantFrom(UP, UP, UP, UNKNOWN, DOWN, DOWN), { minLength: 9, maxLength: 9 }),
  drained: fc.array(fc.constantFrom(false, false, false, false, true), { minLength: 9, maxLength: 9 }),
})

test('for 2 000 random clients, names, types, health states and times', () => {
  using folder = openFolder(files)
  const { loaded, problems } = loadNode(`${folder.path}/meridian.yaml`, 1)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const bound = bindSnapshot(loaded!.snapshot)
  const wires = [openContext(bound, 'udp'), openContext(bound, 'tcp')]
  const seen = { steered: 0, scopes: new Set<number>(), allDown: 0, negative: 0 }
  fc.assert(
    fc.property(question, ({ name, type, client: subnet, resolver, nowSec, states, drained }) => {
      for (const [row, state] of states.entries()) writeState(bound.board, row, state, drained[row]!)
      const asked = parseQuestion(name, type, subnet, resolver)
      if (typeof asked === 'string') throw new Error(asked)
      const explained = explainAnswer(bound, loaded!.names, asked, nowSec, () => undefined)
      const shown = decodeWithDns2(explained.response)
      for (const wire of wires) {
        const query = writeQuery({ name, type: types[type], edns: true, ...(subnet !== undefined && { subnet }) })
        const answered = decodeWithDns2(askBytes(wire, query, resolver, nowSec)!)
        if (!answered.flags.tc) expect(essence(answered)).toEqual(essence(shown))
      }
      expectTrue(explained.steps, shown, bound.board, loaded!)
      seen.scopes.add(shown.edns?.subnet?.scope ?? -1)
      if (explained.steps.some(({ topic }) => topic === 'service')) seen.steered++
      if (explained.steps.some(({ topic }) => topic === 'all down')) seen.allDown++
      if (shown.answer.length === 0) seen.negative++
    }),
    { numRuns: 2000, seed: 20_260_101 },
  )
  // Otherwise it would agree about nothing.
  expect(seen.steered).toBeGreaterThan(1000)
  expect(seen.scopes.size).toBeGreaterThan(10)
  expect(seen.allDown).toBeGreaterThan(10)
  expect(seen.negative).toBeGreaterThan(50)
})

describe('through a running node', () => {
  // Its clock stands still, lest a slot of the dice end between the two questions.
  const nowMs = 1_800_000_000_000
  const started: { node?: Running; folder?: ReturnType<typeof openFolder> } = {}
  beforeAll(async () => {
    started.folder = openFolder(files)
    started.node = await startMeridian('serve', `${started.folder.path}/meridian.yaml`, { nowMs })
    // Nobody listens where its targets are probed, so the first round takes all of them down.
    await until('all down', 10_000, async () =>
      (await started.node!.status()).targets.every(({ verdict }) => verdict === 'down'),
    )
  }, 60_000)
  afterAll(async () => {
    await started.node?.stop()
    started.folder?.[Symbol.dispose]()
  })

  test('60 questions by HTTP and by UDP', async () => {
    const { dns, admin } = started.node!
    await using udp = await openDnsClient(dns)
    const questions = fc.sample(question, { numRuns: 60, seed: 60 })
    for (const { name, type, client: subnet } of questions) {
      const query = writeQuery({ name, type: types[type], edns: true, ...(subnet !== undefined && { subnet }) })
      const wire = decodeWithDns2((await udp.ask(query))!.bytes)
      const { status, value } = await askAdmin(admin, '/explain', {
        name,
        type,
        ...(subnet !== undefined && { client: subnet }),
      })
      expect(status).toBe(200)
      const { response, steps } = value as { response: string; steps: Step[] }
      const shown = decodeWithDns2(Buffer.from(response, 'base64'))
      expect(essence(wire)).toEqual(essence(shown))
      const downs = steps.filter(({ text }) =>
        /: down \(for \d+ s: 1 of 1 vantage regions say down: local \(connection refused\)\)$/.test(text),
      )
      if (steps.some(({ text }) => text.includes('less than half of its weight is up'))) expect(downs).not.toEqual([])
    }
  })

  test('pools are taken for down on a copy: by HTTP, by the command, and without a node', async () => {
    const { admin, dns } = started.node!
    const folder = started.folder!
    folder.write('asking.yaml', { ...files['meridian.yaml'], admin: { listen: `${admin.address}:${admin.port}` } })
    const question = { name: 'near.example.com', type: 'A', client: '133.1.0.0' }
    const askDown = (down: string) => askAdmin(admin, '/explain', { ...question, ...(down !== '' && { down }) })
    const told = (await askDown('ap,example.com/us')).value as { tree: readonly ToldNode[]; response: string }
    const pools = told.tree.flatMap(({ node, chosen }) => (node.startsWith('pool') && chosen.length > 0 ? [node] : []))
    expect(pools).not.toContain('pool ap')
    expect(pools).not.toContain('pool us')
    const supposed = told.tree.flatMap(({ out }) => out).filter(({ why }) => why === 'down (supposed)')
    expect(supposed.map(({ name }) => name).toSorted()).toEqual([
      '198.51.100.10',
      '198.51.100.11',
      '198.51.100.12',
      '203.0.113.10',
    ])
    expect((await askDown('nix')).status).toBe(400)
    await using udp = await openDnsClient(dns)
    const wire = decodeWithDns2((await udp.ask(writeQuery({ name: question.name, subnet: '133.1.0.0/24' })))!.bytes)
    const { response } = (await askDown('')).value as { response: string }
    expect(essence(decodeWithDns2(Buffer.from(response, 'base64')))).toEqual(essence(wire))
    const args = ['explain', question.name, 'A', '--client', question.client, '--config', `${folder.path}/asking.yaml`]
    const supposing = [...args, '--down', 'ap', '--down', 'us', '--json']
    for (const more of [[], ['--offline']]) {
      const { code, out } = await runMeridian([...supposing, ...more])
      expect(code).toBe(0)
      const shown = JSON.parse(out) as { tree: readonly ToldNode[]; bytes: string }
      expect(
        shown.tree.flatMap(({ out: fallen }) => fallen).filter(({ why }) => why.includes('supposed')),
      ).toHaveLength(4)
      expect(shown.bytes).toMatch(/^0000[0-9a-f]+$/)
      if (more.length === 0) expect(shown.bytes).toBe(Buffer.from(told.response, 'base64').toString('hex'))
    }
    expect((await runMeridian([...args, '--down', 'nix', '--offline'])).code).toBe(1)
    expect((await runMeridian([...args, '--bytes'])).out).toMatch(/^0000 {2}00 00 8/m)
  })

  test('the command prints the same addresses', async () => {
    const { dns, admin } = started.node!
    await using udp = await openDnsClient(dns)
    const reply = await udp.ask(writeQuery({ name: 'www.example.com', subnet: '133.1.0.0/24' }))
    const addresses = decodeWithDns2(reply!.bytes).answer.map(({ data }) => data)
    expect(addresses.length).toBeGreaterThan(0)
    const folder = started.folder!
    folder.write('asking.yaml', { ...files['meridian.yaml'], admin: { listen: `${admin.address}:${admin.port}` } })
    const args = ['explain', 'www.example.com', 'A', '--client', '133.1.0.0', '--config', `${folder.path}/asking.yaml`]
    const { code, out } = await runMeridian(args)
    expect(code).toBe(0)
    expect(out.match(/ A +(\d+\.){3}\d+$/gm)?.map((line) => line.split(/ +/).at(-1))).toEqual(addresses)
    expect(out).toContain('connection refused')
  })
})
