// exec: a program of the operator's ends with the expected code. For what no other check can see. No shell is between: the
// command is a list of arguments. It runs only on nodes whose own configuration says `allow_exec: true`, because whoever writes
// a zone's file should not thereby run programs.

import { spawn } from 'node:child_process'
import { z } from 'zod'
import { defineCheck, notProbed, type Seen } from '../check.ts'
import { type LoadSource, loadInJson } from '../load.ts'
import { reasonOf } from './watch.ts'

export interface ExecSettings {
  readonly command: readonly string[]
  readonly port?: number | undefined
  readonly exit: readonly number[]
  readonly env: Readonly<Record<string, string>>
}

/** Of what it prints; more is let go by. */
const outputLimit = 65_536

const noNul = (text: string): boolean => !text.includes('\0')

export const exec = defineCheck<ExecSettings>({
  name: 'exec',
  config: z.strictObject({
    command: z
      .array(z.string().refine(noNul, 'expected no NUL'))
      .min(1)
      .max(100)
      .refine(([program]) => program?.startsWith('/') === true, 'expected the full path of a program first')
      .meta({ description: 'the program, by its full path, and its arguments' }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'what the program is told as the port, unless the target says otherwise' }),
    exit: z
      .array(z.int().min(0).max(255))
      .min(1)
      .default([0])
      .meta({ description: 'exit codes that count as success' }),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable'), z.string().refine(noNul))
      .default({})
      .meta({ description: 'further environment variables' }),
  }),
  defaultPort: (settings) => settings.port ?? 0,
  loadIn: ['json'],

  async run({ command, exit, env }, target, signal, kit, load) {
    if (!kit.allowExec) return notProbed('this node runs no programs (allow_exec in its configuration)')
    return new Promise<Seen>((resolve) => {
      const started = performance.now()
      const [program, ...rest] = command
      const child = spawn(program!, rest, {
        stdio: ['ignore', 'pipe', 'pipe'],
        // Nothing of our own: it may hold secrets.
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          ...env,
          MERIDIAN_ADDRESS: target.address,
          MERIDIAN_PORT: String(target.port),
        },
        // A group of its own, so that what it started ends with it.
        detached: true,
      })
      const output = { text: '' }
      const end = (ok: boolean | undefined, detail: string): void => {
        signal.removeEventListener('abort', stop)
        const said = load && ok !== undefined ? loadOf(load, output.text) : {}
        resolve({
          ok,
          tookMs: performance.now() - started,
          connectMs: undefined,
          firstByteMs: undefined,
          ...said,
          detail,
        })
      }
      const stop = (): void => {
        killGroup(child.pid)
        end(false, `${reasonOf(signal, performance.now() - started)} while waiting for its end`)
      }
      child.on('error', (error: NodeJS.ErrnoException) => {
        end(undefined, `not probed: cannot start ${program}: ${error.code ?? error.message}`)
      })
      child.stdout.on('data', (chunk: Buffer) => {
        if (output.text.length < outputLimit) output.text += chunk.toString()
      })
      child.stderr.resume()
      child.on('exit', (code, killed) => {
        const words = killed === null ? `exit code ${code}` : `ended by ${killed}`
        const judge = (): void => {
          const said = firstLine(output.text)
          end(code !== null && exit.includes(code), said === '' ? words : `${words}: ${said}`)
        }
        // A child of its own that keeps the pipe open is not waited for.
        const limit = setTimeout(judge, 100)
        child.once('close', () => {
          clearTimeout(limit)
          judge()
        })
      })
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
    })
  },
})

function loadOf(load: LoadSource, text: string): Pick<Seen, 'load'> {
  return { load: loadInJson(load, text) }
}

/** In words for operators, on one line. */
function firstLine(text: string): string {
  return text
    .trimStart()
    .split('\n')[0]!
    .trim()
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 100)
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
