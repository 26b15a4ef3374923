// A Redis that has too little room or time: it evicts what we stored, or answers late.

import { expect, test, vi } from 'vitest'
import { admin } from '../../setup/redis-groups.ts'
import { evidence, probersIn, publishUntilTaken, seeOnly } from './samples.ts'
import { openUrl, startServer } from './servers.ts'

test('evicting: what was thrown out is silence and no failure, and the next publication brings it back', async () => {
  const server = await startServer()
  const control = admin(server)
  const [here, there] = [openUrl(server.url, { timeout: '5s' }), openUrl(server.url, { timeout: '5s' })]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  const { failures } = there.state()
  await control.config('SET', 'maxmemory-policy', 'allkeys-random')
  await control.config('SET', 'maxmemory', '1')
  await vi.waitFor(async () => {
    await control.call('SET', 'filler', 'x').catch(() => undefined) // each write makes it look for room
    expect(await control.dbsize()).toBe(0)
  })
  expect(await there.read()).toEqual([])
  expect(there.state()).toMatchObject({ reachable: true, failures })
  await control.config('SET', 'maxmemory', '0')
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(await probersIn(there)).toEqual(['ams-1'])
  expect(here.state()).toMatchObject({ reachable: true, writable: true })
})

test('slow, but within the limit: it is shown, and nothing is lost', async () => {
  const server = await startServer()
  const control = admin(server)
  const store = openUrl(server.url, { timeout: '5s' })
  await publishUntilTaken(store, evidence('ams-1'))
  const { failures } = store.state()
  await control.call('CLIENT', 'PAUSE', 400, 'ALL')
  await store.publish(evidence('ams-1', { sequence: 2 }))
  expect(store.state()).toMatchObject({ reachable: true, writable: true, failures })
  expect(store.state().lastLatencyMs).toBeGreaterThan(200)
  expect(await store.read()).toEqual([evidence('ams-1', { sequence: 2 })])
})

test('slower than the limit: given up in time, shown, and well again with the first answer', async () => {
  const server = await startServer()
  const control = admin(server)
  const store = openUrl(server.url, { timeout: '200ms' })
  await publishUntilTaken(store, evidence('ams-1'))
  await control.call('CLIENT', 'PAUSE', 1200, 'ALL')
  const startedMs = performance.now()
  expect(await store.read()).toEqual([])
  expect(performance.now() - startedMs).toBeLessThan(200 + 400)
  expect(store.state()).toMatchObject({ reachable: false, lastError: { code: 'store-unreachable' } })
  await publishUntilTaken(store, evidence('ams-1', { sequence: 2 }))
  expect(performance.now() - startedMs).toBeLessThan(1200 + 2000)
})
