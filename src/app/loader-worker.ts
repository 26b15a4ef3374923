// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { Problem } from '../core/base/problem.ts'
import type { NodeConfig } from './config.ts'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'
import { readSerials, type Serials, stateFolderOf } from './serials.ts'

/** Loads, and remembers of each load what the next one has to know. A bug that some configuration meets must not end the thread. */
function openLoading(): (order: ToLoader) => FromLoader {
  const cookieSecret = new Uint8Array(randomBytes(16))
  let served: Serials | undefined
  return ({ file, epoch }) => {
    try {
      const problems: Problem[] = []
      const serials = (config: NodeConfig): Serials => served ?? recall(file, config, problems)
      const result = loadNode(file, epoch, { cookieSecret, serials })
      served = result.loaded?.serials ?? served
      return { epoch, result: { ...result, problems: [...problems, ...result.problems] } }
    } catch (error) {
      return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

function recall(file: string, config: NodeConfig, problems: Problem[]): Serials {
  const { serials, problem } = readSerials(stateFolderOf(file, config))
  if (problem) problems.push(problem)
  return serials
}

const port = parentPort!
const load = openLoading()

port.on('message', (order: ToLoader) => port.postMessage(load(order)))
