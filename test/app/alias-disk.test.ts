// What ALIAS targets lead to, on a disk that fails and one that takes its time.

import { expect, onTestFinished, test } from 'vitest'
import { makeOverlay } from '../../src/app/alias-plan.ts'
import { openAliases } from '../../src/app/aliases.ts'
import { Failure } from '../../src/core/base/failure.ts'
import { parseName, ROOT } from '../../src/core/wire/name.ts'
import type { StateFolder } from '../../src/io/store/state-folder.ts'
import { keepLog } from '../io/store/samples.ts'
import { openFakeResolver } from '../support/fake-resolver.ts'
import { until } from '../support/until.ts'

async function open(write: StateFolder['write']) {
  const resolver = await openFakeResolver({ 'cdn.example.net.': ['192.0.2.7'] })
  onTestFinished(() => resolver.server.close())
  const log = keepLog()
  const clock = { sec: 1_000_000 }
  const folder: StateFolder = { path: '/state', read: () => undefined, write, setAside: () => undefined }
  const aliases = openAliases({
    log,
    folder,
    wallNow: () => clock.sec * 1000,
    random: () => 0.5,
    pause: () => Promise.resolve(),
  })
  const target = { name: parseName('cdn.example.net.', ROOT) as Uint8Array, text: 'cdn.example.net.', owners: [] }
  const { address, port } = resolver.server.endpoint
  const plan = {
    targets: [target],
    resolvers: [{ address, port }],
    timeoutMs: 5000,
    leastTtlSec: 5,
    mostTtlSec: 3600,
    keepSec: 60,
  }
  aliases.use(plan, makeOverlay(plan))
  await until('both answers', 5000, () => aliases.counts().said === 2)
  return { aliases, clock, log }
}

test('a full disk is told once, tried again though nothing new was said, and a stop tries once more', async () => {
  const texts: string[] = []
  const { aliases, clock, log } = await open(async (_, text) => {
    texts.push(text)
    throw new Failure('state-unwritable', 'no space left on device')
  })
  for (const written of [1, 2]) {
    aliases.tick()
    await until('a try', 5000, () => texts.length === written)
    clock.sec += 30
  }
  await aliases.stop()
  expect(texts).toHaveLength(3)
  expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      fields: { code: 'state-unwritable', reason: 'no space left on device' },
      message: 'what ALIAS targets lead to cannot be kept on disk',
    },
  ])
})

test('a stop waits for the write that is under way', async () => {
  const slow = Promise.withResolvers<void>()
  const { aliases } = await open(() => slow.promise)
  aliases.tick()
  const order: string[] = []
  const stopped = aliases.stop().then(() => order.push('stopped'))
  setImmediate(() => {
    order.push('written')
    slow.resolve()
  })
  await stopped
  expect(order).toEqual(['written', 'stopped'])
})
