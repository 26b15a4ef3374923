// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { parentPort } from 'node:worker_threads'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'

const port = parentPort!

/** A bug that some configuration meets must not end the thread. */
function load({ file, epoch, context }: ToLoader): FromLoader {
  try {
    return { epoch, result: loadNode(file, epoch, context) }
  } catch (error) {
    return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
  }
}

port.on('message', (order: ToLoader) => port.postMessage(load(order)))
