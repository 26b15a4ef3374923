// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'

const port = parentPort!
/** What was loaded last, by zone. */
const served = new Map<string, SharedArrayBuffer>()
const cookieSecret = new Uint8Array(randomBytes(16))

port.on('message', ({ file, epoch }: ToLoader) => port.postMessage(load(file, epoch)))

/** A bug that some configuration meets must not end the thread: the next one may do without. */
function load(file: string, epoch: number): FromLoader {
  try {
    const result = loadNode(file, epoch, { cookieSecret, served })
    const { names, snapshot } = result.loaded ?? {}
    if (names && snapshot) {
      served.clear()
      for (const [i, name] of names.zones.entries()) served.set(name, snapshot.zones[i]!)
    }
    return { epoch, result }
  } catch (error) {
    return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
  }
}
