// A node to which an application reports itself: its state and its load reach what is answered by.

import { expect, test } from 'vitest'
import { openFolder } from '../support/folder.ts'
import { startMeridian } from '../support/meridian.ts'
import { until } from '../support/until.ts'

const token = 'the-application-itself'

test('a report with load reaches verdicts and metrics; failures take the target down', async () => {
  using folder = openFolder({
    'token.txt': `${token}\n`,
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { self: { push: { token_file: '../token.txt', silence: '30s', of: 100 }, fall: 2 } },
      pools: { eu: { check: 'self', targets: [{ address: '192.0.2.10' }] } },
      services: { web: { steer: 'eu' } },
    },
    'meridian.yaml': {
      node: { name: 'ns1', region: 'eu' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      zones: ['zones'],
    },
  })
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`, { readyWithinMs: 40_000 })
  const push = async (report: object): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${node.admin.port}/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ check: 'example.com/self', target: '192.0.2.10', ...report }),
    })
    return response.status
  }
  const verdict = async (): Promise<string | undefined> => (await node.status()).targets[0]?.verdict
  expect(await verdict()).toBe('unknown')
  expect(await push({ ok: true, load: 73 })).toBe(200)
  await until('up', 5000, async () => (await verdict()) === 'up' || undefined)
  expect((await node.status()).targets[0]).toMatchObject({ load: 730 })
  expect(await node.metrics()).toMatch(/^meridian_target_load_ratio\{.*\} 0\.73$/m)
  expect(JSON.stringify((await node.status()).targets[0])).toMatch(/pushed \d+ s ago/)
  await push({ ok: false })
  expect(await push({ ok: false, reason: 'out of disk' })).toBe(200)
  await until('down', 5000, async () => (await verdict()) === 'down' || undefined)
  expect((await node.status()).targets[0]?.because).toContain('out of disk')
})
