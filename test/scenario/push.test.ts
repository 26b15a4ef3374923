// A node to which an application reports itself: its state and its load reach what is answered by.

import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../setup/redis.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
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

test('an application that moves from one node to another stays up, and is down when it is heard by neither', {
  timeout: 120_000,
}, async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  using folder = openFolder({
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { self: { push: { token, silence: '6s' }, fall: 1, rise: 1 } },
      pools: { eu: { check: 'self', targets: [{ address: '192.0.2.10' }] } },
      services: { web: { steer: 'eu' } },
    },
  })
  const start = (name: string): Promise<Running> => {
    const file = folder.write(`${name}.yaml`, {
      node: { name, region: 'eu' },
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 1,
      store: { redis: { url: redis.url } },
      health: { first_round: '1s' },
    })
    return startMeridian('serve', file, { readyWithinMs: 60_000 })
  }
  await using ns1 = await start('ns1')
  await using ns2 = await start('ns2')
  const push = (node: Running): Promise<Response> =>
    fetch(`http://127.0.0.1:${node.admin.port}/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ check: 'example.com/self', target: '192.0.2.10', ok: true }),
    })
  const verdicts = async (): Promise<(string | undefined)[]> =>
    Promise.all([ns1, ns2].map(async (node) => (await node.status()).targets[0]?.verdict))
  const bothAre = (state: string): Promise<boolean> =>
    until(`both are ${state}`, 30_000, async () => (await verdicts()).every((verdict) => verdict === state))
  for (const node of [ns1, ns2]) expect((await push(node)).status).toBe(200)
  await bothAre('up')
  // From now on the second alone is told, for twice the time after which silence is an end.
  const movedMs = performance.now()
  while (performance.now() - movedMs < 13_000) {
    await push(ns2)
    await delay(500)
    expect(await verdicts()).toEqual(['up', 'up'])
  }
  const [target] = (await ns1.status()).targets as unknown as { because: string; regions: object[] }[]
  expect(target!.because).toBe('1 of 1 vantage regions say up')
  expect(target!.regions).toMatchObject([{ region: 'eu', up: 1, down: 0 }])
  // Now nobody is.
  await bothAre('down')
})
