// A zone that takes long to load is loaded again while questions come in: none is lost, and the node's other work goes on.

import { expect, test } from 'vitest'
import { openFolder } from '../support/folder.ts'
import { startLoad } from '../support/load.ts'
import { startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'

const NAMES = 150_000
const PER_SECOND = 500

function zoneOf(version: number): string {
  const lines = ['$TTL 60', `@ SOA ns1 hostmaster ${version} 1h 15m 2w 30`, '@ NS ns1', 'ns1 A 192.0.2.53']
  for (let i = 0; i < NAMES; i++) lines.push(`h${i} A 10.${i >> 16}.${(i >> 8) & 255}.${version}`)
  return `${lines.join('\n')}\n`
}

test('a reload of a large zone loses no question and holds up no admin request', async () => {
  using folder = openFolder({
    'meridian.yaml': { listen: ['127.0.0.1:0'], admin: { listen: '127.0.0.1:0' }, workers: 1 },
    'zones/example.com.zone': zoneOf(1),
  })
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`, { readyWithinMs: 60_000 })
  const queries = Array.from({ length: 100 }, (_, i) => writeQuery({ name: `h${i * 1499}.example.com` }))
  const load = await startLoad({ to: node.dns, queries, perSecond: PER_SECOND, ports: 4 })
  folder.replace('zones/example.com.zone', zoneOf(2))
  node.signal('SIGHUP')
  let answered = 0
  while ((await node.status()).reloads.done === 0) answered++
  const { outcomes, strays } = await load.stop()
  // A load that held up the main thread would let one of them wait for all of it.
  expect(answered).toBeGreaterThan(5)
  expect(outcomes.filter(({ tookMs }) => tookMs === undefined)).toEqual([])
  expect(strays).toBe(0)
  const versions = new Set(outcomes.map(({ tail }) => tail.split('.')[3]))
  expect(versions.has('1')).toBe(true)
  expect([...versions].every((version) => version === '1' || version === '2')).toBe(true)
}, 120_000)
