// A node in this process that is started twice from one folder: what it knew, and when it answers again.

import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type Node, startNode } from '../../src/app/node.ts'
import { votesOn } from '../../src/core/health/belief.ts'
import * as board from '../../src/core/health/board.ts'
import { keepLog } from '../io/store/samples.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { freePort } from '../support/free-port.ts'
import { type Folder, openFolder } from '../support/folder.ts'

/** A port that refuses, and one that accepts and says nothing. */
async function openFolderOf(check: object): Promise<{ folder: Folder; hang(): Promise<() => void> }> {
  const port = await freePort()
  const folder = openFolder({
    'meridian.yaml': {
      node: { name: 'ns1', region: 'eu' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      geo: { databases: ['places.mmdb'] },
      health: { first_round: '120s' },
    },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.net.yaml': {
      zone: 'example.net',
      ns: ['ns.example.org.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { up: { http: {}, every: '2m', timeout: '100s', confirm: '1m', ...check } },
      pools: { a: { check: 'up', targets: [{ address: '192.0.2.1', probe_at: `127.0.0.1:${port}` }] } },
      services: { web: { steer: 'a' } },
    },
  })
  const hang = async (): Promise<() => void> => {
    const server = createServer(() => undefined).listen(port, '127.0.0.1')
    await once(server, 'listening')
    expect((server.address() as AddressInfo).port).toBe(port)
    return () => void server.close()
  }
  return { folder, hang }
}

async function startIn(folder: Folder): Promise<{ node: Node; lines: ReturnType<typeof keepLog>['lines'] }> {
  const log = keepLog()
  const started = await startNode({ role: 'serve', file: `${folder.path}/meridian.yaml`, openLog: () => log })
  if ('problems' in started) throw new Error(JSON.stringify(started.problems))
  return { node: started.node, lines: log.lines }
}

test('a fresh snapshot is enough to answer: the first round is not waited for, and the prober goes on from it', async () => {
  const { folder, hang } = await openFolderOf({})
  using _ = folder
  const first = await startIn(folder)
  expect(board.verdictOf(first.node.state.bound.board, 0)).toBe(board.DOWN)
  const epoch = first.node.state.keeper.belief().witnesses.get('ns1')!.epoch
  await first.node.stop()
  // Now a probe takes longer than anybody waits.
  const close = await hang()
  const startedMs = performance.now()
  const { node, lines } = await startIn(folder)
  try {
    expect(performance.now() - startedMs).toBeLessThan(60_000)
    expect(lines.map(({ message }) => message)).toContain('the evidence on disk is fresh: answering by it')
    expect(board.verdictOf(node.state.bound.board, 0)).toBe(board.DOWN)
    expect(node.state.keeper.belief().witnesses.get('ns1')!.epoch).toBeGreaterThanOrEqual(epoch)
    const [vote] = votesOn(node.state.keeper.belief(), node.state.keeper.rows()[0]!.subject!)
    expect(vote).toMatchObject({ up: false, reason: expect.stringContaining('refused') })
  } finally {
    close()
    await node.stop()
  }
}, 120_000)
