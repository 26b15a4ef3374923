// Reloads of a node in this process: one at a time, none overtaken, none that takes the node down.

import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Node, startNode } from '../../src/app/node.ts'
import * as board from '../../src/core/health/board.ts'
import { openLog } from '../../src/io/telemetry/log.ts'
import { evidence, sighting } from '../core/health/sightings.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'

function zoneText(version: number): string {
  return `$TTL 60\n@ SOA ns1 hostmaster ${version} 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\n${'x A 192.0.2.1\n'.repeat(version)}`
}

async function startIn(folder: Folder): Promise<Node> {
  const started = await startNode({
    role: 'serve',
    file: `${folder.path}/meridian.yaml`,
    openLog: () => openLog({ level: 'silent' }),
  })
  if ('problems' in started) throw new Error(JSON.stringify(started.problems))
  return started.node
}

function openNodeFolder(): Folder {
  return openFolder({
    'meridian.yaml': {
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      prober: false,
      geo: { databases: ['places.mmdb'] },
    },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.org.zone': zoneText(1),
  })
}

test('whoever asks for a reload gets what stands in the files by then, though another is under way', async () => {
  using folder = openNodeFolder()
  const node = await startIn(folder)
  try {
    for (let version = 2; version < 30; version++) {
      const first = node.reload()
      await delay(version % 7) // at another moment of the first one each time
      folder.replace('zones/example.org.zone', zoneText(version))
      const hasNewest = (): boolean => node.state.loaded.records === 3 + version
      expect(await node.reload()).toEqual([])
      expect(hasNewest()).toBe(true)
      expect(await first).toEqual([])
    }
    expect(node.state.reloads.refused).toBe(0)
  } finally {
    await node.stop()
  }
})

test('many that ask while one is under way share the next', async () => {
  using folder = openNodeFolder()
  const node = await startIn(folder)
  try {
    const { done } = node.state.reloads
    await Promise.all(Array.from({ length: 50 }, () => node.reload()))
    expect(node.state.reloads.done - done).toBeLessThanOrEqual(2)
  } finally {
    await node.stop()
  }
})

test('a fault in reading is a refusal, and the next reload works', async () => {
  using folder = openNodeFolder()
  const node = await startIn(folder)
  const { loader } = node.state
  try {
    const broken = { ...loader, load: () => Promise.reject(new Error('planted')) }
    Object.assign(node.state, { loader: broken })
    expect(await node.reload()).toMatchObject([{ message: expect.stringContaining('planted'), severity: 'error' }])
    expect(node.state.reloads.refused).toBe(1)
    expect(node.state.reloads.lastProblems).toMatchObject([{ message: expect.stringContaining('planted') }])
    Object.assign(node.state, { loader })
    expect(await node.reload()).toEqual([])
  } finally {
    Object.assign(node.state, { loader })
    await node.stop()
  }
})

test('after a stop nothing is reloaded', async () => {
  using folder = openNodeFolder()
  const node = await startIn(folder)
  const { done } = node.state.reloads
  await node.stop()
  expect(await node.reload()).toEqual([])
  expect(node.state.reloads.done).toBe(done)
})

test('other vantage regions and another rule hold at once, on the board as well', async () => {
  const meridian = (health: object): object => ({
    listen: ['127.0.0.1:0'],
    admin: { listen: '127.0.0.1:0' },
    workers: 1,
    prober: false,
    geo: { databases: ['places.mmdb'] },
    health: { first_round: '1s', ...health },
  })
  using folder = openNodeFolder()
  folder.replace('meridian.yaml', JSON.stringify(meridian({ vantages: ['eu', 'us', 'ap'] })))
  folder.write('zones/example.net.yaml', {
    zone: 'example.net',
    ns: ['ns.example.org.'],
    soa: {},
    records: { www: { service: 'web' } },
    checks: { up: { tcp: { port: 80 } } },
    pools: { a: { check: 'up', targets: [{ address: '192.0.2.1' }] } },
    services: { web: { steer: 'a' } },
  })
  const node = await startIn(folder)
  const { keeper, store } = node.state
  const subject = keeper.rows()[0]!.subject!
  const regions = (): [string, board.BoardState][] =>
    node.state.loaded.names.vantages.map((region, i) => [region, board.verdictIn(node.state.bound.board, 0, i)])
  const verdict = (): board.BoardState => board.verdictOf(node.state.bound.board, 0)
  const reloadWith = async (health: object): Promise<void> => {
    folder.replace('meridian.yaml', JSON.stringify(meridian(health)))
    expect(await node.reload()).toEqual([])
  }
  try {
    for (const [prober, up] of [
      ['eu-1', false],
      ['us-1', true],
      ['ap-1', false],
    ] as const)
      await store.publish(evidence(prober, 1, [sighting(up, { subject })]))
    await keeper.tick()
    expect(verdict()).toBe(board.DOWN)
    expect(regions()).toEqual([
      ['eu', board.DOWN],
      ['us', board.UP],
      ['ap', board.DOWN],
    ])
    await reloadWith({ vantages: ['us', 'ap', 'eu'] })
    expect(verdict()).toBe(board.DOWN)
    expect(regions()).toEqual([
      ['us', board.UP],
      ['ap', board.DOWN],
      ['eu', board.DOWN],
    ])
    await reloadWith({ vantages: ['us'] })
    expect(verdict()).toBe(board.UP)
    expect(regions()).toEqual([['us', board.UP]])
    await reloadWith({ vantages: ['us', 'eu'], rule: { down: 1 } })
    expect(verdict()).toBe(board.DOWN)
    expect(regions()).toEqual([
      ['us', board.UP],
      ['eu', board.DOWN],
    ])
    await reloadWith({ vantages: ['lab'], unknown: 'down' })
    // Enough regions would have to be heard: the last verdict stands, and the region has said nothing.
    expect(verdict()).toBe(board.DOWN)
    expect(regions()).toEqual([['lab', board.UNKNOWN]])
  } finally {
    await node.stop()
  }
})

test('what a policy remembers goes over a reload', async () => {
  const zone = (margin: string): string => `zone: example.net
soa: { rname: hostmaster }
ns: [ns1]
records: { ns1: { A: 192.0.2.53 }, www: { service: web } }
pools:
  a: { targets: [{ address: 192.0.2.1, drained: true }] }
  b: { targets: [{ address: 192.0.2.2, drained: true }] }
services: { web: { steer: { least: { of: [a, b], margin: ${margin} } } } }
`
  using folder = openNodeFolder()
  folder.replace('zones/example.net.yaml', zone('10%'))
  const node = await startIn(folder)
  const cells = (): number[] => [...node.state.bound.board.subarray(-node.state.bound.snapshot.cellCount)]
  try {
    expect(cells()).toEqual([0, 0, 0])
    node.state.bound.board.set([0, 2, 1], node.state.bound.board.length - 3)
    folder.replace('zones/example.net.yaml', zone('20%'))
    expect(await node.reload()).toEqual([])
    expect(cells()).toEqual([0, 2, 1])
  } finally {
    await node.stop()
  }
})
