// Programs beside the one under test, which say when they are ready.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Programs {
  /** Starts one and resolves when its output matches. */
  start(program: string, args: readonly string[], ready: RegExp): Promise<ChildProcess>
  /** Ends those that still run, frozen ones too. */
  stop(): Promise<void>
}

export function openPrograms(): Programs {
  const children: ChildProcess[] = []
  return {
    start(program, args, ready) {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      children.push(child)
      return new Promise((resolve, reject) => {
        let text = ''
        const read = (chunk: Buffer): void => {
          text += chunk.toString()
          if (ready.test(text)) resolve(child)
        }
        child.stdout.on('data', read)
        child.stderr.on('data', read)
        child.once('error', reject)
        child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${text}`)))
      })
    },

    async stop() {
      await Promise.all(children.splice(0).map(end))
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  await ended
}
