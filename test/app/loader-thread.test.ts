// Losing the thread that loads: the load under way fails, the next one is done by another thread and knows what was served.

import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { type Loader, openLoader } from '../../src/app/loader-thread.ts'
import { bindZone, At } from '../../src/core/zone/image.ts'
import type { LoadResult } from '../../src/app/load.ts'
import { type Folder, openFolder } from '../support/folder.ts'

const threads: Worker[] = []
const remember = (worker: Worker): void => void threads.push(worker)
let loader: Loader | undefined

afterEach(async () => {
  process.off('worker', remember)
  threads.length = 0
  await loader?.close()
})

const configuration = (serial: number): Folder =>
  openFolder({
    'meridian.yaml': {},
    'zones/example.com.yaml': {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: { serial },
      records: { [`www-${serial}`]: { A: '192.0.2.1' } },
    },
  })

function open(): Loader {
  process.on('worker', remember)
  loader = openLoader()
  return loader
}

const serialOf = ({ loaded }: LoadResult): number => bindZone(loaded!.snapshot.zones[0]!).words[At.serial]!

test('a load whose thread is lost fails, and the next one is done', async () => {
  using folder = configuration(7)
  const file = `${folder.path}/meridian.yaml`
  const loading = open().load(file, 1)
  const failure = loading.catch((error: unknown) => error)
  await new Promise((resolve) => process.nextTick(resolve))
  await threads[0]!.terminate()
  expect(await failure).toMatchObject({ code: 'worker-lost', message: 'the loader is gone' })
  expect(serialOf(await loader!.load(file, 2))).toBe(7)
  expect(threads).toHaveLength(2)
})

test('serials and cookies go on where the thread before has left them', async () => {
  using newer = configuration(7)
  using older = configuration(3)
  const first = await open().load(`${newer.path}/meridian.yaml`, 1)
  await threads[0]!.terminate()
  const second = await loader!.load(`${older.path}/meridian.yaml`, 2)
  expect([serialOf(first), serialOf(second)]).toEqual([7, 8])
  const secretOf = ({ loaded }: LoadResult) => loaded!.snapshot.options.cookieSecrets
  expect(secretOf(second)).toEqual(secretOf(first))
})
