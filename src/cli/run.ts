// What serve, probe and demo share: starting a node, and stopping it on a signal.

import type { Node, Started } from '../app/node.ts'
import type { NodeOptions } from '../app/node-state.ts'
import { printProblem } from '../core/base/problem.ts'
import { openLog } from '../io/telemetry/log.ts'
import { Exit, type Print } from './print.ts'

/** Starts a node and returns once it is ready; undefined, and the problems printed, where it cannot start. Rejects with a Failure. */
export async function runUntilStopped(
  print: Print,
  start: (given: Pick<NodeOptions, 'openLog' | 'stopping'>) => Promise<Started>,
  onStop: () => Promise<void> = () => Promise.resolve(),
): Promise<Node | undefined> {
  // A signal that comes while it starts must not be lost, and must not kill it half-way.
  const stopping = new AbortController()
  const running: { node?: Node } = {}
  const stop = (): void => {
    if (stopping.signal.aborted) return
    stopping.abort()
    if (running.node) void stopAll(running.node, onStop)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => void running.node?.reload())
  const started = await start({
    openLog: (level) => openLog({ level, pretty: process.stderr.isTTY }),
    stopping: stopping.signal,
  })
  if ('problems' in started) {
    for (const problem of started.problems) print.err(printProblem(problem))
    print.exit(Exit.problems)
    await onStop()
    release()
    return undefined
  }
  const { node } = started
  running.node = node
  if (stopping.signal.aborted) {
    await stopAll(node, onStop)
    return undefined
  }
  return node
}

async function stopAll(node: Node, onStop: () => Promise<void>): Promise<void> {
  await node.stop()
  await onStop()
  release()
}

/** Without these listeners, and with everything closed, the process ends by itself. */
function release(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.removeAllListeners(signal)
  process.stdin.destroy()
}
