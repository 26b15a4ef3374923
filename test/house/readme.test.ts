// What the README shows of the demo, and what metrics.md lists, asked of a demo that runs.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/base/address.ts'
import { ask } from '../../src/io/ask/ask.ts'
import { parseType } from '../../src/io/ask/mnemonic.ts'
import { findProgram } from '../setup/debian.ts'
import { type DemoNode, startDemo } from './demo-node.ts'
import { asPrinted, readCommands } from './markdown.ts'
import { root } from './tree.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const execute = promisify(execFile)
const demo: { node?: DemoNode } = {}

beforeAll(async () => {
  demo.node = await startDemo()
}, 60_000)

afterAll(async () => expect(await demo.node!.stop()).toBe(0))

/** The pool eu has two addresses, of which one is drawn; which one changes with the time. */
function asOneAddress(text: string): string {
  return text.replace(/192\.0\.2\.1[01]\b/g, '192.0.2.11')
}

const shown = readCommands('README.md', read('README.md')).filter(({ printed }) => printed !== undefined)

test.each(shown)('$line', async ({ line, printed }) => {
  const out = asOneAddress(await runShown(line.split(' ')))
  expect(asPrinted(out, asOneAddress(printed!))).toBe(asOneAddress(printed!))
})

test('dig asks for three clients, query and explain for one', () => {
  const programs = shown.map(({ line }) => line.replace(/^npx meridian /, '').split(' ')[0])
  expect(programs).toEqual(['dig', 'dig', 'dig', 'query', 'explain'])
})

async function runShown([program, ...args]: readonly string[]): Promise<string> {
  const { port, config } = demo.node!
  if (program === 'dig') return dig(args.map((arg) => (arg === '5300' ? String(port) : arg)))
  const [, command, ...rest] = args
  const where = command === 'query' ? ['--server', `127.0.0.1:${port}`] : ['--config', config]
  const { stdout } = await execute(process.execPath, [join(root, 'bin/meridian.js'), command!, ...rest, ...where])
  return stdout.replaceAll(`127.0.0.1:${port}`, '127.0.0.1:5300')
}

/** dig itself where there is one (test/interop needs it), else the same question by our own asker, told as dig tells it. */
async function dig(args: readonly string[]): Promise<string> {
  const program = findProgram('dig')
  if (program !== undefined) return (await execute(program, args)).stdout
  const [at, , port, name, type, option] = args
  const subnet = option!.replace('+subnet=', '')
  const server = { address: at!.slice(1), port: Number(port) }
  const answered = await ask({
    server,
    name: name!,
    type: parseType(type!)!,
    subnet: parsePrefix(subnet),
    timeoutMs: 2000,
  })
  const scope = answered.edns?.subnet?.scope
  const records = answered.answer.map((record) => `${record.name} ${record.ttlSec} IN ${type} ${record.data}`)
  return ['', `; CLIENT-SUBNET: ${subnet}/${scope}`, ...records, ''].join('\n')
}

test('every metric is in metrics.md with its type and labels, and nothing else is', async () => {
  const text = await (await fetch(`http://127.0.0.1:${demo.node!.adminPort}/metrics`)).text()
  const exported = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name!, type: type! }))
  const rows = [...read('docs/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \| ([\w, ]*?) *\|/gm)]
  const listed = rows.map(([, name, type, labels]) => ({ name: name!, type: type!, labels: labels! }))
  const sorted = (names: readonly { name: string; type: string }[]): string[] =>
    names.map(({ name, type }) => `${name} ${type}`).toSorted()
  expect(sorted(listed)).toEqual(sorted(exported))
  for (const { name, labels } of listed) {
    const sample = new RegExp(`^${name}(?:\\{(.*)\\})? `, 'm').exec(text)
    if (!sample) continue // nothing of it has been counted yet
    const found = [...(sample[1] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label)
    expect(`${name} ${found.join(', ')}`).toBe(`${name} ${labels}`)
  }
})
