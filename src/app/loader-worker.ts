// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'

const port = parentPort!
const cookieSecret = new Uint8Array(randomBytes(16))

port.on('message', ({ file, epoch }: ToLoader) => port.postMessage(load(file, epoch)))

/** A bug that some configuration meets must not end the thread: the next one may do without. */
function load(file: string, epoch: number): FromLoader {
  try {
    return { epoch, result: loadNode(file, epoch, { cookieSecret }) }
  } catch (error) {
    return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
  }
}
