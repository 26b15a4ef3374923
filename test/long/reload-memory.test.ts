// Reloads forget: each makes some 10 MB of shared memory with the embedded geo database, and what was before has to go.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openFolder } from '../support/folder.ts'
import { startMeridian } from '../support/meridian.ts'
import { until } from '../support/until.ts'

const RELOADS = 200

test(`${RELOADS} reloads leave a node as large as ten do`, async () => {
  using folder = openFolder({
    'meridian.yaml': { listen: ['127.0.0.1:0'], admin: { listen: '127.0.0.1:0' }, workers: 2 },
    'zones/example.org.zone': '$TTL 60\n@ SOA ns1 hostmaster 1 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\n',
  })
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  const sizeMb = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))![1]) / 1024
  const sizes: number[] = []
  for (let i = 0; i < RELOADS; i++) {
    const { done } = (await node.status()).reloads
    node.signal('SIGHUP')
    await until('the reload', 10_000, async () => (await node.status()).reloads.done > done)
    sizes.push(sizeMb())
  }
  const largest = (from: number, to: number): number => Math.max(...sizes.slice(from, to))
  // What fluctuates is well below that; forgetting nothing would add 2 GB.
  expect(largest(RELOADS - 50, RELOADS)).toBeLessThan(largest(0, 10) + 150)
})
