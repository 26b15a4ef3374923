// ALIAS in a running node: a resolver that answers, moves things, falls silent and dies, while the node answers on the wire.

import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type NodeStatus, nodeFacts } from '../../src/app/facts.ts'
import { type Node, startNode } from '../../src/app/node.ts'
import { printStatus } from '../../src/cli/status-text.ts'
import type { Step } from '../../src/core/answer/trace.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { printRcode } from '../../src/io/ask/mnemonic.ts'
import { openLog } from '../../src/io/telemetry/log.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { type FakeResolver, openFakeResolver } from '../support/fake-resolver.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function openResolver(known: Readonly<Record<string, readonly string[] | string>>): Promise<FakeResolver> {
  const resolver = await openFakeResolver(known)
  open.push(() => resolver.server.close())
  return resolver
}

const records = { '@': { ALIAS: 'cdn.example.net.', MX: '10 mail' }, mail: { A: '192.0.2.25' } }

function zoneWith(more: object): object {
  return {
    zone: 'example.com',
    ttl: '5m',
    soa: { mname: 'ns1', negative: '30s' },
    ns: ['ns1.example.net.'],
    records: { ...records, ...more },
  }
}

function openNodeFolder(resolvers: readonly string[], alias: object = {}): Folder {
  const folder = openFolder({
    'meridian.yaml': {
      node: { name: 'alias' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      prober: false,
      alias: { resolvers, timeout: '200ms', min_ttl: '1s', ...alias },
      health: { first_round: '2s' },
      geo: { databases: ['places.mmdb'] },
    },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zoneWith({}),
  })
  open.push(async () => folder[Symbol.dispose]())
  return folder
}

interface Logged {
  readonly lines: string[]
}

async function start(folder: Folder, logged: Logged = { lines: [] }): Promise<Node> {
  const started = await startNode({
    role: 'serve',
    file: `${folder.path}/meridian.yaml`,
    openLog: () => openLog({ level: 'info', to: { write: (line: string) => void logged.lines.push(line) } }),
  })
  if ('problems' in started) throw new Error(JSON.stringify(started.problems))
  const stopOnce = { isStopped: false }
  const { node } = started
  const stop = async (): Promise<void> => {
    if (!stopOnce.isStopped) await node.stop()
    stopOnce.isStopped = true
  }
  open.push(stop)
  return { ...node, stop }
}

async function ask(node: Node, name: string, type = 1) {
  await using client = await openDnsClient(node.endpoints[0]!)
  const reply = await client.ask(writeQuery({ name, type, edns: true }))
  if (!reply) throw new Error('no answer')
  const { rcode, answer, edns } = decodeWithDns2(reply.bytes)
  return {
    rcode: printRcode(rcode),
    answer: answer.map(({ data }) => data),
    ttl: answer[0]?.ttlSec,
    ede: edns?.extendedErrors.map(({ code }) => code) ?? [],
  }
}

function statusOf(node: Node, type = 'A') {
  return node.state.aliases.known().find((known) => (known.type === 28 ? 'AAAA' : 'A') === type)!
}

test('from its first answer on a node has the addresses of the target, through the target’s own CNAME', async () => {
  const resolver = await openResolver({
    'cdn.example.net.': 'edge.example.org.',
    'edge.example.org.': ['192.0.2.7', '2001:db8::7'],
  })
  const node = await start(openNodeFolder([resolver.address]))
  expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'NOERROR', answer: ['192.0.2.7'], ede: [] })
  expect((await ask(node, 'example.com', 28)).answer).toEqual(['2001:db8::7'])
  expect((await ask(node, 'example.com')).ttl).toBeLessThanOrEqual(60)
  expect((await ask(node, 'example.com', 15)).answer).toEqual(['10 mail.example.com.'])
  // Many questions of clients are none to the resolver.
  for (let i = 0; i < 50; i++) await ask(node, 'example.com')
  expect(resolver.asked().toSorted()).toEqual(['A cdn.example.net.', 'AAAA cdn.example.net.'])
})

test('a target that moves is followed when its time is over', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  resolver.ttl = 1
  const logged: Logged = { lines: [] }
  const node = await start(openNodeFolder([resolver.address]), logged)
  expect((await ask(node, 'example.com')).answer).toEqual(['192.0.2.7'])
  resolver.known.set('cdn.example.net.', ['192.0.2.8'])
  await until('the new address', 10_000, async () => (await ask(node, 'example.com')).answer[0] === '192.0.2.8')
  expect(logged.lines.join()).toContain('an ALIAS target has other addresses')
  resolver.known.delete('cdn.example.net.')
  await until('no addresses', 10_000, async () => (await ask(node, 'example.com')).answer.length === 0)
  expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'NOERROR', answer: [], ede: [0] })
  expect(logged.lines.join()).toContain('an ALIAS target does not exist')
})

test.each(['silent', 'SERVFAIL'] as const)(
  'a resolver that is %s changes no answer',
  async (mode) => {
    const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
    resolver.ttl = 1
    const logged: Logged = { lines: [] }
    const node = await start(openNodeFolder([resolver.address]), logged)
    resolver.mode = mode
    const asked = resolver.asked().length
    await until('several failures', 20_000, () => resolver.asked().length > asked + 4)
    await until('an old answer', 10_000, async () => (await ask(node, 'example.com')).ede[0] === 3)
    expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'NOERROR', answer: ['192.0.2.7'], ttl: 30, ede: [3] })
    expect(statusOf(node).failing?.because).toMatch(mode === 'silent' ? /no answer from/ : /SERVFAIL/)
    await until('a line in the log', 5000, () =>
      logged.lines.join().includes('an ALIAS target cannot be resolved; its last addresses stay'),
    )
    resolver.mode = 'answers'
    await until('a fresh answer', 40_000, async () => (await ask(node, 'example.com')).ede.length === 0)
    expect(statusOf(node).failing).toBeUndefined()
    await until('a line in the log', 5000, () => logged.lines.join().includes('an ALIAS target can be resolved again'))
  },
  90_000,
)

test('where one resolver fails the next is asked', async () => {
  const [first, second] = await Promise.all([openResolver({}), openResolver({ 'cdn.example.net.': ['192.0.2.7'] })])
  first.mode = 'silent'
  const node = await start(openNodeFolder([first.address, second.address]))
  expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'NOERROR', answer: ['192.0.2.7'] })
})

test('a reload that brings an ALIAS brings its addresses, and forgets none', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'], 'new.example.net.': ['192.0.2.9'] })
  const folder = openNodeFolder([resolver.address])
  const node = await start(folder)
  folder.replace('zones/example.com.yaml', zoneWith({ new: { ALIAS: 'new.example.net.' } }))
  expect(await node.reload()).toEqual([])
  expect(await ask(node, 'new.example.com')).toMatchObject({ rcode: 'NOERROR', answer: ['192.0.2.9'] })
  expect((await ask(node, 'example.com')).answer).toEqual(['192.0.2.7'])
  // What was known was not asked for again.
  expect(resolver.asked().filter((question) => question === 'A cdn.example.net.')).toHaveLength(1)
})

test('a restart while the resolver is dead has the last answers, from disk', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  const folder = openNodeFolder([resolver.address])
  const before = await start(folder)
  await before.stop()
  resolver.mode = 'silent'
  const node = await start(folder)
  expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'NOERROR', answer: ['192.0.2.7'] })
  // There was no AAAA, and that is known too.
  expect(await ask(node, 'example.com', 28)).toMatchObject({ rcode: 'NOERROR', answer: [] })
})

test('what is on disk and nobody understands is set aside', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  const folder = openNodeFolder([resolver.address])
  folder.write('state/alias/aliases.json', '{"version":1,"answers":[{"name":7}]}')
  const logged: Logged = { lines: [] }
  const node = await start(folder, logged)
  expect((await ask(node, 'example.com')).answer).toEqual(['192.0.2.7'])
  expect(logged.lines.join()).toContain('cannot be read from disk')
  expect(logged.lines.join()).toContain('"code":"state-garbled"')
  expect(readFileSync(`${folder.path}/state/alias/aliases.json.unreadable`, 'utf8')).toContain('"name":7')
})

test('a disk that hangs does not keep a node that stops', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  const folder = openNodeFolder([resolver.address])
  const path = `${folder.path}/state/alias`
  mkdirSync(path, { recursive: true })
  // Whoever opens it to write waits for somebody who reads.
  execFileSync('mkfifo', [`${path}/.aliases.json.new`])
  const node = await start(folder)
  try {
    const stopped = node.stop().then(() => 'stopped')
    expect(await Promise.race([stopped, delay(15_000, 'hangs', { ref: false })])).toBe('stopped')
  } finally {
    closeSync(openSync(`${path}/.aliases.json.new`, constants.O_RDONLY | constants.O_NONBLOCK))
  }
})

test('without any answer a name is SERVFAIL, and its other records are there', async () => {
  const resolver = await openResolver({})
  resolver.mode = 'silent'
  const node = await start(openNodeFolder([resolver.address]))
  expect(await ask(node, 'example.com')).toMatchObject({ rcode: 'SERVFAIL', answer: [], ede: [23] })
  expect(await ask(node, 'example.com', 15)).toMatchObject({ rcode: 'NOERROR', answer: ['10 mail.example.com.'] })
  resolver.known.set('cdn.example.net.', ['192.0.2.7'])
  resolver.mode = 'answers'
  await until('an answer', 40_000, async () => (await ask(node, 'example.com')).rcode === 'NOERROR')
}, 60_000)

test('an answer is given up when it is older than what is kept', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  resolver.ttl = 1
  const node = await start(openNodeFolder([resolver.address], { keep: '0s' }))
  expect((await ask(node, 'example.com')).rcode).toBe('NOERROR')
  resolver.mode = 'silent'
  await until('SERVFAIL', 20_000, async () => (await ask(node, 'example.com')).rcode === 'SERVFAIL')
  expect((await ask(node, 'example.com')).ede).toEqual([23])
}, 30_000)

test('status, metrics and explain say what is known of each target, and how it fails', async () => {
  const resolver = await openResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  const node = await start(openNodeFolder([resolver.address]))
  const facts = nodeFacts(node.state)
  const status = (): NodeStatus['aliases'] => (facts.status() as NodeStatus).aliases
  expect(status()).toMatchObject([
    {
      target: 'cdn.example.net.',
      type: 'A',
      owners: ['example.com.'],
      state: 'addresses',
      addresses: ['192.0.2.7'],
      resolver: resolver.address,
    },
    { type: 'AAAA', state: 'nothing', addresses: [] },
  ])
  expect(printStatus(facts.status() as NodeStatus)).toContain('aliases\n  2 of 2 as they should be')
  const metric = (line: string): void => expect(facts.metricsText().split('\n')).toContain(line)
  metric('meridian_alias_targets{state="addresses"} 1')
  metric('meridian_alias_targets{state="nothing"} 1')
  metric('meridian_alias_targets{state="stale"} 0')
  expect(facts.metricsText()).toMatch(/^meridian_alias_lookups_total\{outcome="said"\} [1-9]/m)
  expect(facts.metricsText()).not.toContain('meridian_alias_failing_seconds{')
  const told = async (at?: string): Promise<string[]> => {
    const question = { name: 'example.com', type: 'A', client: undefined, resolver: undefined, at, down: [] }
    const explained = await facts.explain(question)
    if (!explained.ok) throw new Error(explained.error)
    return (explained.value as { steps: Step[] }).steps.map(({ text }) => text)
  }
  const said = expect.stringMatching(
    /^1 address of type A, said \d+m?s ago by 127\.0\.0\.1:\d+; holds for (\d+s|1m) more$/,
  )
  expect(await told()).toContainEqual(said)
  // At another time it is as old as it is now: nobody knows what will be said by then.
  expect(await told('2035-01-01T00:00:00Z')).toContainEqual(said)

  resolver.mode = 'silent'
  node.state.aliases.use({ ...node.state.loaded.aliases, resolvers: [] }, node.state.loaded.snapshot.overlay)
  await until('a failure', 5000, () => status().every(({ failing }) => failing !== undefined))
  expect(facts.metricsText()).toMatch(/^meridian_alias_lookups_total\{outcome="failed"\} [1-9]/m)
  expect(facts.metricsText()).toContain('meridian_alias_failing_seconds{target="cdn.example.net.",type="A"} ')
  const printed = printStatus(facts.status() as NodeStatus)
  expect(printed).toContain('there is no resolver to ask')
  expect(printed).toContain('0 of 2 as they should be')
  expect((await ask(node, 'example.com')).answer).toEqual(['192.0.2.7'])
})

test('a resolver that is lost is told in one line, however many targets it had', async () => {
  const many = Array.from({ length: 20 }, (_, i) => `t${i}.example.net.`)
  const resolver = await openResolver(Object.fromEntries(many.map((name) => [name, ['192.0.2.7']])))
  resolver.ttl = 1
  const folder = openNodeFolder([resolver.address])
  folder.write('zones/example.com.yaml', zoneWith(Object.fromEntries(many.map((ALIAS, i) => [`a${i}`, { ALIAS }]))))
  const logged: Logged = { lines: [] }
  const node = await start(folder, logged)
  resolver.mode = 'SERVFAIL'
  await until('the line', 20_000, () => logged.lines.some((line) => line.includes('many ALIAS targets cannot be')))
  expect((await ask(node, 'a7.example.com')).answer).toEqual(['192.0.2.7'])
  expect(logged.lines.filter((line) => line.includes('an ALIAS target cannot be')).length).toBeLessThan(10)
}, 40_000)
