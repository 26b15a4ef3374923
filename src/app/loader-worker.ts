// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { parentPort } from 'node:worker_threads'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'

const port = parentPort!

port.on('message', ({ file, epoch }: ToLoader) => {
  port.postMessage({ epoch, result: loadNode(file, epoch) } satisfies FromLoader)
})
