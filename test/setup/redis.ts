// A private Redis for one test: on a port or socket of its own, in a folder of its own, gone afterwards.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import { freePort } from '../support/free-port.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it and removes its folder; twice is no harm. */
  stop(): Promise<void>
  /** SIGSTOP: it holds its connections, accepts new ones, and answers nothing. */
  freeze(): void
  thaw(): void
  /** kill -9: everything in it is lost. Start another on the same port for a restart. */
  kill(): Promise<void>
}

export interface RedisServerOptions {
  readonly port?: number
  /** Further options of redis-server, such as `['--requirepass', 'secret']`. */
  readonly args?: readonly string[]
  /** Lines of a Sentinel's settings, which make it one. It keeps what it learns in the file, and takes no other options. */
  readonly sentinel?: readonly string[]
}

/** Resolves once it answers. */
export async function startRedis({ port: wanted, args = [], sentinel }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = wanted ?? (await freePort())
  const folder = await mkdtemp(join(tmpdir(), 'meridian-redis-'))
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--daemonize',
    'no',
  ]
  const file = join(folder, 'sentinel.conf')
  if (sentinel) await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...sentinel, ''].join('\n'))
  const options = sentinel ? [file, '--sentinel'] : [...settings, ...args]
  const child = spawn(inject('redisServer'), options, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (text: Buffer): void => {
    output = (output + text.toString()).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)

  const kill = async (): Promise<void> => {
    await end(child)
    process.removeListener('exit', killWithUs)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilItAnswers(port, child)
  } catch (error) {
    await kill()
    throw new Error(`redis-server did not start: ${output}`, { cause: error })
  }
  const signal = (name: NodeJS.Signals): void => void child.kill(name)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    stop: kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    kill,
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL') // reaches a frozen one too
  await ended
}

async function untilItAnswers(port: number, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => {
    throw error as Error
  })
  failed.catch(() => undefined)
  const deadline = Date.now() + 10_000
  while (!(await Promise.race([answers(port), failed]))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`)
    if (Date.now() > deadline) throw new Error('it did not answer within ten seconds')
    await delay(10)
  }
}

/** Whether something there speaks Redis: PONG, or an error that asks for a password. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'))
    const settle = (ok: boolean): void => {
      socket.destroy()
      resolve(ok)
    }
    socket.setTimeout(1000, () => settle(false))
    socket.once('data', (data) => settle(/^(\+PONG|-NOAUTH)/.test(data.toString())))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}
