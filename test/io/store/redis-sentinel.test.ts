// A Redis behind a Sentinel, both real: the master is killed, frozen, demoted, and the way to it is found anew.

import { expect, test, vi } from 'vitest'
import { admin, startWatched, type Watched } from '../../setup/redis-groups.ts'
import { freePort } from '../../support/free-port.ts'
import { evidence, probersIn, publishUntilTaken, seeOnly } from './samples.ts'
import { openRedis, type OpenStore, untilItFlows } from './servers.ts'

const DOWN_AFTER_MS = 500
/** From the death of a master until evidence flows again: silence, election, promotion by the Sentinel, and one second of ours. */
const HEALS_WITHIN_MS = 8000

async function open({ sentinel }: Watched, more: object = {}): Promise<OpenStore> {
  const sentinels = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${sentinel.port}`] // nobody is at the first
  return openRedis({ sentinels, master: 'ours', timeout: '500ms', ...more })
}

test('the master is found by its name, though one of the Sentinels is gone', async () => {
  const watched = await startWatched(DOWN_AFTER_MS)
  const [here, there] = [await open(watched), await open(watched)]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  expect(await admin(watched.master).exists('meridian:{evidence:1}:prober:ams-1')).toBe(1)
})

test.each(['killed', 'frozen'])(
  'a master that is %s: after the failover evidence and hints flow again',
  async (how) => {
    const watched = await startWatched(DOWN_AFTER_MS)
    const [here, there] = [await open(watched), await open(watched)]
    await publishUntilTaken(here, evidence('ams-1'))
    await seeOnly(there, 'ams-1')
    if (how === 'killed') await watched.master.kill()
    else watched.master.freeze()
    expect(await untilItFlows(here, there)).toBeLessThan(HEALS_WITHIN_MS)
    expect(await admin(watched.replica).exists('meridian:{evidence:1}:prober:ams-1')).toBe(1)
    let hints = 0
    let { epoch } = evidence('ams-1')
    there.onHint(() => hints++)
    const hinted = async (): Promise<void> => {
      await there.read() // finds out whether it still hears
      await here.publish(evidence('ams-1', { epoch: ++epoch }))
      expect(hints).toBeGreaterThan(0)
    }
    await vi.waitFor(hinted, { timeout: 10_000, interval: 100 })
  },
)

test('a failover by order, which hangs up on everybody', async () => {
  const watched = await startWatched(DOWN_AFTER_MS)
  const [here, there] = [await open(watched), await open(watched)]
  await publishUntilTaken(here, evidence('ams-1'))
  await seeOnly(there, 'ams-1')
  const control = admin(watched.sentinel)
  await vi.waitFor(() => control.call('SENTINEL', 'FAILOVER', 'ours'), { timeout: 15_000, interval: 50 })
  const role = async (): Promise<void> => expect((await admin(watched.replica).role())[0]).toBe('master')
  await vi.waitFor(role, { timeout: 8000 })
  expect(await untilItFlows(here, there)).toBeLessThan(HEALS_WITHIN_MS)
})

test('read-only after a failover that told nobody: the same publication finds the new master', async () => {
  const watched = await startWatched(60_000)
  const here = await open(watched, { timeout: '5s' })
  await publishUntilTaken(here, evidence('ams-1'))
  const { failures } = here.state()
  const sentinel = admin(watched.sentinel)
  await sentinel.call('SENTINEL', 'REMOVE', 'ours')
  await sentinel.call('SENTINEL', 'MONITOR', 'ours', '127.0.0.1', watched.replica.port, 1)
  await admin(watched.replica).replicaof('NO', 'ONE')
  await admin(watched.master).replicaof('127.0.0.1', watched.replica.port)
  await here.publish(evidence('ams-1', { sequence: 2 }))
  expect(here.state()).toMatchObject({ reachable: true, writable: true, failures })
  expect(await here.read()).toEqual([evidence('ams-1', { sequence: 2 })])
  expect(here.lines).toHaveLength(1)
})

test.each([
  ['a wrong password for the Sentinel', { sentinel_password: 'wrong' }, /WRONGPASS/],
  ['no password for the Sentinel', {}, /NOAUTH/],
  ['a name that no Sentinel knows', { sentinel_password: 'secret', master: 'theirs' }, /no server named theirs/],
])('%s: refused, said so, and no password told', async (_, more, message) => {
  const watched = await startWatched(DOWN_AFTER_MS, 'secret')
  const store = await open(watched, more)
  const said = new Set<string>()
  const look = async (): Promise<void> => {
    expect(await store.read()).toEqual([])
    said.add(store.state().lastError?.message ?? '')
    expect([...said].join('\n')).toMatch(message)
  }
  await vi.waitFor(look, { timeout: 8000, interval: 20 })
  expect(store.state().reachable).toBe(false)
  expect(JSON.stringify([...said, store.lines])).not.toMatch(/"wrong"|secret/)
})

test('the right password for the Sentinel', async () => {
  const store = await open(await startWatched(DOWN_AFTER_MS, 'secret'), { sentinel_password: 'secret' })
  await publishUntilTaken(store, evidence('ams-1'))
  expect(await probersIn(store)).toEqual(['ams-1'])
})

test.each(['frozen', 'gone'])('closing takes no time when the Sentinels are %s', async (how) => {
  const watched = await startWatched(60_000)
  if (how === 'frozen') watched.sentinel.freeze()
  else await watched.sentinel.kill()
  const store = await open(watched)
  const startedMs = performance.now()
  expect(await store.read()).toEqual([])
  expect(performance.now() - startedMs).toBeLessThan(900)
  await store.close()
  expect(performance.now() - startedMs).toBeLessThan(1500)
})
