// The demo as `npm run demo` starts it, but on ports that are free: the usual ones may be taken, by a demo that somebody is
// trying out, say.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { root } from './tree.ts'

export interface DemoNode {
  readonly port: number
  readonly adminPort: number
  /** Its meridian.yaml. */
  readonly config: string
  /** Asks it to stop; its exit code. */
  stop(): Promise<number | null>
}

/** What the shipped files listen on and probe. */
const usual = ['5300', '8053', '8081', '8082', '8083'] as const

const READY_MS = 30_000

/** Resolves once it says that it is ready; rejects with all it said where it does not. */
export async function startDemo(): Promise<DemoNode> {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-demo-'))
  const ports = await Promise.all(usual.map(() => freePort()))
  copyShipped(folder, new Map(usual.map((port, i) => [port, String(ports[i])])))
  const config = join(folder, 'meridian.yaml')
  const node = spawn(process.execPath, [join(root, 'bin/meridian.js'), 'demo', '--config', config])
  const exited = once(node, 'exit').finally(() => rmSync(folder, { recursive: true }))
  const stop = async (): Promise<number | null> => {
    node.kill('SIGTERM')
    return ((await exited) as [number | null])[0]
  }
  try {
    await whenReady(node)
  } catch (error) {
    await stop()
    throw error
  }
  return { port: ports[0]!, adminPort: ports[1]!, config, stop }
}

function copyShipped(folder: string, ports: ReadonlyMap<string, string>): void {
  for (const name of ['zones', 'geo']) cpSync(join(root, name), join(folder, name), { recursive: true })
  cpSync(join(root, 'meridian.yaml'), join(folder, 'meridian.yaml'))
  const yaml = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
  for (const file of yaml.map((name) => join(folder, name))) {
    // Only what stands behind a loopback address is a port.
    const moved = readFileSync(file, 'utf8').replace(
      /(127\.0\.0\.\d+|\[::1\]):(\d+)/g,
      (whole, address: string, port: string) => (ports.has(port) ? `${address}:${ports.get(port)}` : whole),
    )
    writeFileSync(file, moved)
  }
}

function whenReady(node: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(() => reject(new Error(`the demo was not ready in time; it said:\n${said}`)), READY_MS)
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (/^ready: .*\n[\s\S]*"quit" ends$/m.test(said)) resolve()
    }
    node.stdout!.on('data', hear)
    node.stderr!.on('data', hear)
    node.once('exit', () => reject(new Error(`the demo ended; it said:\n${said}`)))
    void node.stdout!.once('end', () => clearTimeout(limit))
  })
}
