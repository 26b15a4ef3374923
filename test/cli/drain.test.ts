// drain --wait against something that takes the order and then says no more what became of it.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { drainCommand } from '../../src/cli/drain.ts'
import { type Printed, run } from './printed.ts'

const drain = {
  id: 'one',
  kind: 'drain',
  subject: 'example.com/eu',
  targets: 1,
  author: 'ada',
  why: 'x',
  since: '2026-01-01T00:00:00Z',
}

async function waitFor(status: number, overrides: unknown): Promise<Printed> {
  const server = createServer((request, response) => {
    request.resume()
    const isOrder = request.method === 'POST'
    response.writeHead(isOrder ? 200 : status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isOrder ? { overrides: [drain], over: [], warnings: [] } : overrides))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return run(drainCommand, 'eu', '--for', '30m', '--why', 'x', '--wait', '--admin', `127.0.0.1:${port}`)
}

const unknown = 'error: the drain is in force, but whether it is safe to stop is not known: '

test.each<[number, unknown, string]>([
  [401, { error: 'expected a token, found none' }, `${unknown}expected a token, found none\n`],
  [502, null, `${unknown}the node answered with status 502\n`],
  [200, [], 'error: the drain ended before it was safe to stop\n'],
])('status %i while it waits: 1, and why', async (status, overrides, err) => {
  expect(await waitFor(status, overrides)).toEqual({ code: 1, out: expect.stringMatching(/^drain example/), err })
})
