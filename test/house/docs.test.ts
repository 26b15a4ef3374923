// The manual is true: what it shows loads and prints what it says, and it knows everything that the code has.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { meridian, run } from '../../src/cli/index.ts'
import { failureCodes } from '../../src/core/base/failure.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { policies } from '../../src/core/steer/index.ts'
import { readDocument } from '../../src/io/config/yaml.ts'
import { acts, routes } from '../../src/io/control/index.ts'
import { checkTypes } from '../../src/io/probe/checks/index.ts'
import { generateDocs } from '../../tools/docs.ts'
import { anchorOf, asPrinted, readBlocks, readCommands, readHeadings, readLinks } from './markdown.ts'
import { isFile, isWhole, writeNamedFiles, writePageFiles } from './page-files.ts'
import { listFiles, root } from './tree.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...listFiles('docs').filter((path) => path.endsWith('.md')),
]
const blocks = pages.flatMap((page) => readBlocks(page, read(page)))

/** Runs a command in this process; what it printed, and its exit code. */
async function runHere(...args: readonly string[]): Promise<{ out: string; code: number }> {
  let [out, code] = ['', 0]
  const say = (text: string): void => void (out += `${text}\n`)
  await run({ out: say, err: say, exit: (asked) => void (code = asked) }, ['node', 'meridian', ...args])
  return { out, code }
}

describe('what is generated is up to date (npm run docs)', () => {
  const generated = generateDocs()

  test.each([...generated.keys()])('%s', (path) => expect(read(path)).toBe(generated.get(path)))

  test('and nothing old is left', () => {
    const schemas = [...generated.keys()].filter((path) => path.startsWith('docs/schema/'))
    expect(listFiles('docs/schema')).toEqual(schemas.toSorted())
  })

  test.each(['meridian.yaml', 'zones/example.com.yaml', 'geo/networks.yaml'])('%s names its schema', (path) => {
    const schema = /^# yaml-language-server: \$schema=(\S+)$/m.exec(read(path))?.[1] ?? ''
    expect([...generated.keys()]).toContain(posix.join(posix.dirname(path), schema))
  })
})

describe('every YAML block loads', () => {
  const yaml = blocks
    .filter((block) => block.language === 'yaml')
    .map((block) => ({ ...block, name: `${block.page}:${block.line}` }))

  test.each(yaml.filter(isWhole))('$name', (block) => {
    const { problems } = loadNode(writePageFiles(readBlocks(block.page, read(block.page)), block), 1)
    expect(problems.map(printProblem)).toEqual([])
  })

  test.each(yaml.filter((block) => !isWhole(block) && !isFile(block)))('$name, a fragment', ({ name, mark, text }) => {
    expect(mark).toBe('fragment')
    expect(readDocument(name, text).problems.map(printProblem)).toEqual([])
  })

  test('there are some', () => expect(yaml.length).toBeGreaterThan(10))
})

describe('commands print what their page says', () => {
  const commands = pages.flatMap((page) => readCommands(page, read(page)).map((command) => ({ ...command, page })))
  const explained = commands.filter(({ line }) => /^npx meridian explain .*--offline/.test(line))

  test.each(explained)('$page: $line', async ({ page, line, printed }) => {
    const config = writePageFiles(readBlocks(page, read(page)))
    const { out, code } = await runHere(...line.split(' ').slice(2), '--config', config)
    expect(code).toBe(0)
    expect(printed).toBeDefined()
    expect(asPrinted(out, printed!)).toBe(printed)
  })

  const rehearsed = commands.filter(
    ({ line, printed }) => /^npx meridian (diff|replay|simulate) /.test(line) && printed !== undefined,
  )

  test.each(rehearsed)('$page: $line', async ({ page, line, printed }) => {
    const blocks = readBlocks(page, read(page))
    const config = writePageFiles(blocks)
    writeNamedFiles(config, blocks)
    const files = new Map(blocks.filter(isFile).map(({ mark }) => [mark, join(dirname(config), mark)]))
    const places = files.set('old', dirname(config)).set('new', join(dirname(config), 'new'))
    const args = line
      .split(' ')
      .slice(2)
      .map((word) => places.get(word) ?? word)
    let out = ''
    const print = { out: (text: string) => void (out += `${text}\n`), err: () => undefined, exit: () => undefined }
    await run(print, ['node', 'meridian', ...args, ...(args[0] === 'simulate' ? ['--config', config] : [])])
    expect(asPrinted(out, printed!)).toBe(printed)
  })

  test('each of the commands that rehearse is shown', () => {
    expect(new Set(rehearsed.map(({ line }) => line.split(' ')[2]))).toEqual(new Set(['diff', 'replay', 'simulate']))
  })

  test('the first configuration of the README is fine', async () => {
    const { out, code } = await runHere('check', '--config', writePageFiles(readBlocks('README.md', read('README.md'))))
    expect(out).toContain(': fine (')
    expect(code).toBe(0)
  })

  test('there are no other commands than those of meridian', () => {
    const known = meridian({ out: () => {}, err: () => {}, exit: () => {} }).commands.map((command) => command.name())
    const named = commands.flatMap(({ line }) => /^npx meridian (\S+)/.exec(line)?.[1] ?? [])
    expect(known).toEqual(expect.arrayContaining(named))
    expect(explained.length).toBeGreaterThanOrEqual(policies.length)
  })
})

describe('there is a page for', () => {
  test.each(policies.map(({ name }) => name))('the policy %s, with a zone that uses it', (name) => {
    const page = `docs/policies/${name}.md`
    const [example] = readBlocks(page, read(page)).filter(isWhole)
    expect(example?.text).toMatch(/^zone: /m)
    expect(example?.text).toMatch(new RegExp(`\\b${name}:`))
  })

  const commands = meridian({ out: () => {}, err: () => {}, exit: () => {} }).commands.map((command) => command.name())

  test.each(commands)('the command %s', (name) => {
    expect(read(`docs/commands/${name}.md`)).toContain(`# meridian ${name}\n`)
    expect(read('README.md')).toContain(`](docs/commands/${name}.md)`)
  })

  test('each check, policy and command, and for nothing else', () => {
    const names = (folder: string): string[] => readdirSync(join(root, 'docs', folder)).toSorted()
    const pagesOf = (members: readonly string[]): string[] => members.map((name) => `${name}.md`).toSorted()
    expect(names('policies')).toEqual(pagesOf(policies.map(({ name }) => name)))
    expect(names('checks')).toEqual(pagesOf(checkTypes))
    expect(names('commands')).toEqual(pagesOf(commands))
  })
})

test('every failure code has its heading in errors.md, and every heading is one', () => {
  expect(readHeadings(read('docs/errors.md'), 2)).toEqual([...failureCodes])
})

test('every admin route stands in serve.md', () => {
  const listed = [...read('docs/commands/serve.md').matchAll(/^\| `(\/\w*)` \|/gm)].map(([, path]) => path)
  expect(listed).toEqual([...routes, ...acts].map(({ path }) => path).filter((path) => path !== '/'))
})

test('every script of package.json is mentioned', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const text = read('README.md') + read('ARCHITECTURE.md')
  const mentioned = (name: string): boolean => new RegExp(`npm (run )?${name}(?![\\w:-])`).test(text)
  expect(Object.keys(scripts).filter((name) => !mentioned(name))).toEqual([])
})

test('every link leads somewhere', () => {
  const links = pages.flatMap((page) => readLinks(page, read(page)))
  expect(links.length).toBeGreaterThan(50)
  expect(links.filter((link) => !leadsSomewhere(link.page, link.target))).toEqual([])
})

function leadsSomewhere(page: string, target: string): boolean {
  if (/^https?:/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : posix.join(dirname(page), path)
  if (!existsSync(join(root, file))) return false
  if (anchor === undefined || statSync(join(root, file)).isDirectory()) return anchor === undefined
  return readHeadings(read(file)).map(anchorOf).includes(anchor)
}

test('what is shipped loads without a warning', () => {
  const { loaded, problems } = loadNode(join(root, 'meridian.yaml'), 1)
  expect(problems.map(printProblem)).toEqual([])
  expect(loaded?.names.zones).toEqual(['example.com', 'example.org'])
  expect(loaded?.names.places.networks).toEqual(['corp', 'montreal', 'partner'])
})
