// The commands as processes of their own: run to their end, or started and told to stop. Each is ended by its own pid, at the
// latest as the tests themselves end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, parseEndpoint } from '../../src/core/base/address.ts'
import { askAdmin } from '../../src/io/control/client.ts'
import { until } from './until.ts'

const checkout = join(import.meta.dirname, '../..')
const main = join(checkout, 'src/main.ts')
/** The launcher for any Node. */
export const launcher = join(checkout, 'bin/meridian.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface StartOptions {
  /** Another Node than this one, and what it is to run. */
  readonly program?: readonly [node: string, ...args: string[]]
  /** Makes every thread of the process believe that it is always this time (Unix milliseconds). */
  readonly nowMs?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A line of the log, as pino writes it. */
export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface TargetStatus {
  readonly pool: string
  readonly target: string
  readonly region?: string
  readonly subject?: string
  readonly verdict: 'up' | 'down' | 'unknown'
  readonly because?: string
}

export interface Status {
  readonly ready: { readonly ready: boolean; readonly reasons?: readonly string[] }
  readonly config: { readonly hash: string; readonly epoch: number; readonly zones: readonly string[] }
  readonly uptimeSec: number
  readonly store: { readonly kind: string; readonly reachable: boolean }
  readonly targets: readonly TargetStatus[]
  readonly answers: Readonly<Record<string, number>>
  readonly reloads: { readonly done: number; readonly refused: number; readonly lastProblems: readonly string[] }
}

export interface Running extends AsyncDisposable {
  readonly pid: number
  /** What it said as it was ready. */
  readonly ready: string
  /** The first address that it answers DNS on; port 0 for a prober. */
  readonly dns: Endpoint
  readonly admin: Endpoint
  readonly ended: Promise<Ended>
  out(): string
  log(): LogLine[]
  status(): Promise<Status>
  metrics(): Promise<string>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and how it ended; SIGKILL for one that does not. */
  stop(): Promise<Ended>
}

const STOP_MS = 15_000

/** Runs a command to its end. */
export async function runMeridian(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return launch(args, options).ended
}

/** Starts a command and resolves when it says that it is ready. */
export async function startMeridian(
  command: 'serve' | 'probe',
  file: string,
  options: StartOptions & { readonly readyWithinMs?: number } = {},
): Promise<Running> {
  const started = launchMeridian(command, file, options)
  const { ended, process: child } = started
  const state = { over: undefined as Ended | undefined }
  void ended.then((end) => (state.over = end))
  try {
    const ready = await until(
      () => `ready; it said:\n${started.out()}${started.err()}`,
      options.readyWithinMs ?? 20_000,
      () => /^ready: .*$/m.exec(started.out())?.[0] ?? (state.over ? '' : undefined),
    )
    if (ready === '') throw new Error(`it ended with ${state.over?.code}:\n${state.over?.err}`)
    return running(started, ready)
  } catch (error) {
    child.kill('SIGKILL')
    await ended
    throw error
  }
}

/** Starts a command without waiting for anything. */
export function launchMeridian(command: 'serve' | 'probe', file: string, options: StartOptions = {}): Launched {
  return launch([command, '--config', file], options)
}

interface Launched {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  out(): string
  err(): string
}

/** Any command. */
export function launch(args: readonly string[], { program, nowMs, cwd, env }: StartOptions = {}): Launched {
  const clock = nowMs === undefined ? [] : ['--import', `data:text/javascript,Date.now=()=>${nowMs}`]
  const [node, ...before] = program ?? [process.execPath, ...clock, main]
  const child = spawn(node, [...before, ...args], {
    cwd: cwd ?? checkout,
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'meridian-compiled'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk))
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    process.removeListener('exit', killWithUs)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...text }
  })
  return { process: child, ended, out: () => text.out, err: () => text.err }
}

function running(launched: Launched, ready: string): Running {
  const { process: child, ended, out, err } = launched
  const dns = parseEndpoint(/ answers on ([^ ,]+)/.exec(ready)?.[1] ?? '127.0.0.1:0')
  const admin = parseEndpoint(/admin http:\/\/([^ ;]+)/.exec(ready)?.[1] ?? '')
  if (!dns || !admin) throw new Error(`no addresses in: ${ready}`)
  const stop = async (): Promise<Ended> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    const end = await ended
    clearTimeout(limit)
    return end
  }
  return {
    pid: child.pid!,
    ready,
    dns,
    admin,
    ended,
    out,
    log: () => readLog(err()),
    status: async () => (await askAdmin(admin, '/status')).value as Status,
    metrics: () => fetchText(admin, '/metrics'),
    signal: (name) => void child.kill(name),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

function readLog(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)
}

async function fetchText({ address, port }: Endpoint, path: string): Promise<string> {
  const response = await fetch(`http://${address}:${port}${path}`)
  return response.text()
}
