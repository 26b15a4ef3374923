// A clock jumps by an hour while everything runs: that of a node, of a prober. What a process takes for the time of day comes
// from a file here (libfaketime), and the file is changed under it; its steady clock goes on, as that of a machine does.

import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openFolder } from '../support/folder.ts'
import type { StartOptions } from '../support/meridian.ts'
import { startRedis } from '../setup/redis.ts'
import { hasLogged, openStage, expectSteady, type StoreStage } from './store-stage.ts'

// On a machine that is busy with something else a start alone may take half a minute.
vi.setConfig({ testTimeout: 180_000 })

const HOUR_SEC = 3600

interface Clock {
  readonly env: Readonly<Record<string, string>>
  jump(seconds: number): void
}

/** Where Debian puts it, whatever the processor. */
function findLibrary(): string {
  const base = '/usr/lib'
  const found = readdirSync(base)
    .map((triplet) => join(base, triplet, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path))
  if (found === undefined) throw new Error('libfaketime is not installed')
  return found
}

function openClock(): Clock {
  const folder = openFolder({})
  onTestFinished(() => folder[Symbol.dispose]())
  const file = join(folder.path, 'ahead')
  writeFileSync(file, '+0\n')
  return {
    env: {
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_CACHE_DURATION: '1',
    },
    jump(seconds) {
      // At once, so that nobody reads half of it.
      writeFileSync(`${file}.next`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`)
      renameSync(`${file}.next`, file)
    },
  }
}

const by = { ahead: HOUR_SEC, back: -HOUR_SEC } as const
const ways = ['ahead', 'back'] as const

async function openWith(who: 'node' | 'prober', how: StartOptions): Promise<StoreStage> {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  return openStage({ url: server.url }, { [who]: how })
}

const showsJump =
  (who: 'node' | 'prober', seconds: number) =>
  (stage: StoreStage): boolean =>
    hasLogged(stage[who], `the time of day has jumped by ${seconds} s`)

test.each(ways)('the clock of a node jumps by an hour %s', async (way) => {
  const clock = openClock()
  const stage = await openWith('node', { env: clock.env })
  const before = await stage.node.status()
  await expectSteady(`clock of the node, ${way}`, stage, {
    hurt: () => clock.jump(by[way]),
    shown: { 'the log': showsJump('node', by[way]) },
    healsWithinMs: 3500,
  })
  const after = await stage.node.status()
  expect(after.store.reachable).toBe(true)
  expect(after.config.hash).toBe(before.config.hash)
  expect(after.uptimeSec).toBeLessThan(120)
  expect(after.uptimeSec).toBeGreaterThanOrEqual(before.uptimeSec)
})

test.each(ways)('the clock of a prober jumps by an hour %s', async (way) => {
  const clock = openClock()
  const stage = await openWith('prober', { env: clock.env })
  await expectSteady(`clock of the prober, ${way}`, stage, {
    hurt: () => clock.jump(by[way]),
    shown: { 'the log': showsJump('prober', by[way]) },
    healsWithinMs: 3500,
  })
})

test('a prober whose clock was an hour ahead from the start is heard like any other', async () => {
  const stage = await openWith('prober', { nowMs: Date.now() + HOUR_SEC * 1000 })
  await expectSteady('prober an hour ahead', stage, { hurt: () => undefined, shown: {}, healsWithinMs: 3500 })
})
