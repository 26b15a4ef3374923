// Thread entry: the loader. Reading, checking and compiling happen here, so that a reload delays neither answers nor verdicts.

import { parentPort } from 'node:worker_threads'
import type { Problem } from '../core/base/problem.ts'
import type { NodeConfig } from './config.ts'
import { openTrim } from '../io/native/libc.ts'
import { openCollector } from './garbage.ts'
import { loadNode } from './load.ts'
import type { FromLoader, ToLoader } from './message.ts'
import { LOADING, yieldBy } from './priority.ts'
import { readSerials, type Serials, stateFolderOf } from './serials.ts'

/** From so many records on, what was read for a load, some hundred bytes each, is not to stand about until the next one. */
const LARGE = 50_000

const port = parentPort!

// A thread's variables are a copy anyway. The YAML parser looks at them for each token, and asking for them costs more than the token.
process.env = { ...process.env }

function say(message: FromLoader): void {
  port.postMessage(message)
}

/** A bug that some configuration meets must not end the thread. */
function load({ file, epoch, cookieSecret, served }: ToLoader): FromLoader {
  try {
    const problems: Problem[] = []
    const serials = (config: NodeConfig): Serials => served ?? recall(file, config, problems)
    const result = loadNode(file, epoch, { cookieSecret, serials, onProgress: (progress) => say({ epoch, progress }) })
    return { epoch, result: { ...result, problems: [...problems, ...result.problems] } }
  } catch (error) {
    return { epoch, bug: error instanceof Error ? error : new Error(String(error)) }
  }
}

function recall(file: string, config: NodeConfig, problems: Problem[]): Serials {
  const { serials, problem } = readSerials(stateFolderOf(file, config))
  if (problem) problems.push(problem)
  return serials
}

const collector = openCollector()
const trim = openTrim()

port.on('message', (order: ToLoader) => {
  // The first load is waited for; those after it stand behind everybody.
  if (order.served) yieldBy(LOADING)
  const message = load(order)
  port.postMessage(message)
  if (!('result' in message) || (message.result.loaded?.records ?? 0) < LARGE) return
  collector.collect()
  trim()
})
