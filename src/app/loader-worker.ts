// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { openTrim } from '../io/native/libc.ts'
import { openCollector } from './garbage.ts'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'

/** Loads, and remembers of each load what the next one has to know. A bug that some configuration meets must not end the thread. */
function openLoading(say: (message: FromLoader) => void): (order: ToLoader) => FromLoader {
  const cookieSecret = new Uint8Array(randomBytes(16))
  let served = new Map<string, SharedArrayBuffer>()
  return ({ file, epoch }) => {
    try {
      const result = loadNode(file, epoch, { cookieSecret, served, onProgress: (progress) => say({ epoch, progress }) })
      const { names, snapshot } = result.loaded ?? {}
      if (names && snapshot) served = new Map(names.zones.map((name, i) => [name, snapshot.zones[i]!]))
      return { epoch, result }
    } catch (error) {
      return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

/** From so many records on, what was read for a load, some hundred bytes each, is not to stand about until the next one. */
const LARGE = 50_000

const port = parentPort!
const load = openLoading((message) => port.postMessage(message))
const collector = openCollector()
const trim = openTrim()

port.on('message', (order: ToLoader) => {
  const message = load(order)
  port.postMessage(message)
  if (!('result' in message) || (message.result.loaded?.records ?? 0) < LARGE) return
  collector.collect()
  trim()
})
