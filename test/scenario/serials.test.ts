// Serials of a running node, from reload to reload and from one run to the next: they never go back (RFC 1982).

import { readFileSync, utimesSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const zone = (serial: number, address: number): string =>
  `$TTL 60\n@ SOA ns h ${serial} 1h 15m 2w 30\n@ NS ns\nns A 192.0.2.${address}\n`
const timed = (address: number): object => ({
  zone: 'example.net',
  soa: {},
  ns: ['ns'],
  records: { ns: { A: `192.0.2.${address}` } },
})

function openNode(): Folder {
  return openFolder({
    'meridian.yaml': {
      node: { name: 'n1' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      geo: { databases: ['places.mmdb'] },
    },
    // A small one, which is quickly read.
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.org.zone': zone(100, 1),
    'zones/example.net.yaml': timed(1),
  })
}

async function serialOf(node: Running, name: string): Promise<number> {
  await using client = await openDnsClient(node.dns)
  const reply = await client.ask(writeQuery({ name, type: 6 }))
  return Number(decodeWithDns2(reply!.bytes).answer[0]!.data.split(' ')[2])
}

/** A run from start to stop. */
async function inRun<T>(folder: Folder, use: (node: Running) => Promise<T>): Promise<T> {
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  return await use(node)
}

async function reload(node: Running): Promise<void> {
  const { done } = (await node.status()).reloads
  node.signal('SIGHUP')
  await until('the reload', 10_000, async () => (await node.status()).reloads.done > done)
}

const warnings = (node: Running): string[] =>
  node
    .log()
    .filter(({ level }) => level === 'warn')
    .map(({ msg }) => msg)

test('an older file is served under a later serial, over reloads and restarts; its time goes back no more than that', async () => {
  using folder = openNode()
  const file = `${folder.path}/zones/example.net.yaml`
  const setTime = (sec: number): void => utimesSync(file, sec, sec)
  setTime(1_800_000_000)
  const serials = (node: Running) => Promise.all(['example.org', 'example.net'].map((name) => serialOf(node, name)))
  await inRun(folder, async (node) => {
    expect(await serials(node)).toEqual([100, 1_800_000_000])
    folder.replace('zones/example.org.zone', zone(50, 2))
    await reload(node)
    expect(await serials(node)).toEqual([101, 1_800_000_000])
  })
  folder.write('zones/example.net.yaml', timed(2))
  setTime(1_700_000_000)
  await inRun(folder, async (node) => {
    expect(await serials(node)).toEqual([101, 1_800_000_001])
    expect(warnings(node)).toContainEqual(expect.stringContaining('found 50: 101 is served'))
    expect(warnings(node)).toContainEqual(expect.stringContaining('found 1700000000: 1800000001 is served'))
  })
  // Their own are later again.
  folder.replace('zones/example.org.zone', zone(102, 3))
  setTime(1_800_000_005)
  await inRun(folder, async (node) => {
    expect(await serials(node)).toEqual([102, 1_800_000_005])
    expect(warnings(node)).not.toContainEqual(expect.stringContaining('is served'))
  })
})

test('what a node remembers of serials and nobody understands is set aside, with a warning', async () => {
  using folder = openNode()
  folder.write('state/n1/serials.json', '{"by": 1}')
  await inRun(folder, async (node) => {
    expect(await serialOf(node, 'example.org')).toBe(100)
    expect(warnings(node)).toContainEqual(expect.stringContaining('set aside, serials begin anew'))
  })
  expect(readFileSync(`${folder.path}/state/n1/serials.json.unreadable`, 'utf8')).toBe('{"by": 1}')
  expect(JSON.parse(readFileSync(`${folder.path}/state/n1/serials.json`, 'utf8'))).toMatchObject({
    zones: { 'example.org': { wanted: 100, served: 100 } },
  })
})

test('a node that may not write its folder says so once, and serves', async () => {
  using folder = openNode()
  folder.write('state', 'a file where the folder should be')
  await inRun(folder, async (node) => {
    expect(await serialOf(node, 'example.org')).toBe(100)
    await reload(node)
    await reload(node)
    expect(warnings(node).filter((text) => text.includes('serials cannot be kept'))).toHaveLength(1)
  })
})
