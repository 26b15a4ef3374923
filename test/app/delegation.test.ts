// What the world says of a delegation, on the loopback: a resolver, a parent's server and two name servers of the zone.

import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { checkDelegation } from '../../src/app/delegation.ts'
import { answer } from '../../src/core/answer/answer.ts'
import { openContext } from '../../src/core/answer/context.ts'
import type { Answering } from '../../src/io/listen/answering.ts'
import { bindCounters } from '../../src/io/listen/counters.ts'
import { openTcp } from '../../src/io/listen/tcp.ts'
import { servePortable } from '../../src/io/listen/udp-portable.ts'
import { freePort } from '../support/free-port.ts'
import { makeWorld, nameOf } from '../support/snapshot.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => void (await Promise.all(open.splice(0).map((server) => server.close()))))

async function serve(address: string, port: number, zones: Readonly<Record<string, string>>): Promise<void> {
  const { bound } = makeWorld({ zones })
  const answering = (transport: 'udp' | 'tcp'): Answering => {
    const context = openContext(bound, transport)
    return (request, at, length, source, sourceAt, family, out, outAt, limit) =>
      answer(context, request, at, length, source, sourceAt, family, out, outAt, limit)
  }
  const serving = { endpoint: { address, port }, counters: bindCounters(), beforeBatch: () => {}, onError: () => {} }
  open.push(await openTcp({ ...serving, answer: answering('tcp') }))
  open.push(
    await servePortable({
      ...serving,
      answer: answering('udp'),
      limit: 4096,
      reusePort: false,
      receiveBufferBytes: 65_536,
    }),
  )
}

const child = (serial: number, more = '') =>
  `$TTL 60\n@ SOA ns1 h ${serial} 1 2 3 4\n@ NS ns1\n@ NS ns2\nns1 A 127.0.0.3\nns2 A 127.0.0.4\n${more}`
const delegation = 'sub NS ns1.sub\nsub NS ns2.sub\nns1.sub A 127.0.0.3\nns2.sub A 127.0.0.4\n'
const parentHead = '$TTL 60\n@ SOA ns h 1 1 2 3 4\n@ NS ns\nns A 127.0.0.2\n'
const name = 'sub.example.com'

const key =
  'AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=='

/** The DS of that key, under another name: the tag is that of the key alone. */
function signerOf(owner: string): string {
  const rdata = Buffer.from([1, 0, 3, 5, ...Buffer.from(key, 'base64')])
  const digest = createHash('sha256')
    .update(Uint8Array.from(nameOf(owner)))
    .update(rdata)
    .digest('hex')
  return `60485 5 2 ${digest}`
}

interface Scene {
  readonly delegation?: string
  /** What ns1 and ns2 serve; none: nobody listens there. */
  readonly ns1?: string | undefined
  readonly ns2?: string | undefined
  /** What we have. */
  readonly ours?: string
}

async function findings(scene: Scene): Promise<string[]> {
  const port = await freePort()
  const parent = { 'example.com': `${parentHead}${scene.delegation ?? delegation}` }
  await serve('127.0.0.2', port, parent)
  if (scene.ns1 !== undefined) await serve('127.0.0.3', port, { [name]: scene.ns1 })
  if (scene.ns2 !== undefined) await serve('127.0.0.4', port, { [name]: scene.ns2 })
  // A resolver knows all there is to know; this one has it in a zone.
  await serve('127.0.0.5', port, { 'example.com': `${parentHead}ns.other A 127.0.0.4\nalias CNAME ns.other\n` })
  const zone = makeWorld({ zones: { [name]: scene.ours ?? child(7) } }).bound.zones[0]!
  const found = await checkDelegation(zone, { resolver: { address: '127.0.0.5', port }, port, timeoutMs: 300 })
  return found.map((finding) => finding.replaceAll(`.${name}.`, ''))
}

const signed = child(7, `@ DNSKEY 256 3 5 ${key}\n`)

test('a DS that is that of a key in the zone is right', async () => {
  const right = `${delegation}sub DS ${signerOf(name)}\n`
  expect(await findings({ delegation: right, ours: signed, ns1: signed, ns2: signed })).toEqual([])
})

test('a resolver that does not answer is told, and nothing is made of it', async () => {
  const port = await freePort()
  const zone = makeWorld({ zones: { [name]: child(7) } }).bound.zones[0]!
  const found = await checkDelegation(zone, { resolver: { address: '127.0.0.6', port }, port, timeoutMs: 100 })
  expect(found).toEqual([`the resolver 127.0.0.6, port ${port}, does not answer: nothing can be said`])
})

test('where all say the same there is nothing to say', async () => {
  expect(await findings({ ns1: child(7), ns2: child(7) })).toEqual([])
})

test.each<[string, Scene, string[]]>([
  [
    'a name server that the parent does not name',
    { delegation: 'sub NS ns1.sub\nns1.sub A 127.0.0.3\n', ns1: child(7), ns2: child(7) },
    ['the parent does not name ns2: says ns.example.com. (127.0.0.2)'],
  ],
  [
    'a name server that only the parent names',
    { delegation: `${delegation}sub NS ns.other\nns.other A 127.0.0.4\n`, ns1: child(7), ns2: child(7) },
    ['the parent names ns.other.example.com., which is no name server in the zone: says ns.example.com. (127.0.0.2)'],
  ],
  [
    'glue of another time',
    { delegation: delegation.replace('127.0.0.4', '127.0.0.9'), ns1: child(7), ns2: child(7) },
    ["the parent's glue for ns2 is 127.0.0.9, the zone has 127.0.0.4: says ns.example.com. (127.0.0.2)"],
  ],
  [
    'glue that is missing',
    { delegation: delegation.replace('ns2.sub A 127.0.0.4\n', ''), ns1: child(7), ns2: child(7) },
    ['the parent has no glue for ns2: says ns.example.com. (127.0.0.2)'],
  ],
  [
    'no delegation',
    { delegation: '', ns1: child(7), ns2: child(7) },
    ["the parent's server ns.example.com. (127.0.0.2) does not delegate it"],
  ],
  ['a name server that is silent', { ns1: child(7) }, ['ns2 (127.0.0.4) does not answer']],
  ['an older zone', { ns1: child(7), ns2: child(6) }, ['ns2 (127.0.0.4) has the serial 6, the zone here 7']],
  [
    'other name servers in the zone of another',
    { ns1: child(7, '@ NS ns3\nns3 A 127.0.0.4\n'), ns2: child(7) },
    ['ns1 (127.0.0.3) names ns1, ns2, ns3, the zone here ns1, ns2'],
  ],
  [
    'DS at the parent, of a zone without keys',
    { delegation: `${delegation}sub DS 1 8 2 ${'ab'.repeat(32)}\n`, ns1: child(7), ns2: child(7) },
    [
      'the parent has DS, and the zone here has no DNSKEY: validators will refuse all of it: says ns.example.com. (127.0.0.2)',
    ],
  ],
  [
    'DS at the parent, of another key',
    { delegation: `${delegation}sub DS 60485 5 2 ${'ab'.repeat(32)}\n`, ours: signed, ns1: signed, ns2: signed },
    [
      "none of the parent's DS is that of a DNSKEY in the zone here: validators will refuse all of it: says ns.example.com. (127.0.0.2)",
    ],
  ],
  [
    'a name server that is an alias',
    {
      delegation: `${delegation}sub NS alias.example.com.\n`,
      ours: child(7, '@ NS alias.example.com.\n'),
      ns1: child(7, '@ NS alias.example.com.\n'),
      ns2: child(7, '@ NS alias.example.com.\n'),
    },
    ['the name server alias.example.com. is an alias (RFC 2181 §10.3)'],
  ],
])('%s is told', async (_, scene, expected) => {
  expect(await findings(scene)).toEqual(expected)
})

test('a name server without the zone is a lame delegation', async () => {
  const port = await freePort()
  await serve('127.0.0.2', port, { 'example.com': `${parentHead}${delegation}` })
  for (const address of ['127.0.0.3', '127.0.0.4']) await serve(address, port, { 'example.net': '' })
  const zone = makeWorld({ zones: { [name]: child(7) } }).bound.zones[0]!
  const found = await checkDelegation(zone, { resolver: { address: '127.0.0.2', port }, port, timeoutMs: 300 })
  expect(found).toEqual([
    `ns1.${name}. (127.0.0.3) is not authoritative for it: a lame delegation`,
    `ns2.${name}. (127.0.0.4) is not authoritative for it: a lame delegation`,
  ])
})
