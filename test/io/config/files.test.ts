// Files as operators name them.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printProblem } from '../../../src/core/base/problem.ts'
import { listFiles, readText, resolvePath } from '../../../src/io/config/files.ts'

let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'meridian-files-'))
  for (const name of ['b.yaml', 'a.yml', 'c.zone', '.a.yaml.swp', '.hidden.yaml', '#b.yaml', 'b.yaml~', 'a.txt'])
    writeFileSync(join(dir, name), name)
  mkdirSync(join(dir, 'sub.yaml'))
  writeFileSync(join(dir, 'sub.yaml', 'd.yaml'), '')
  symlinkSync('nowhere', join(dir, 'dangling.yaml'))
  symlinkSync('b.yaml', join(dir, 'link.yaml'))
  writeFileSync(join(dir, 'latin.txt'), Buffer.from([0x61, 0xe4]))
})
afterAll(() => rmSync(dir, { recursive: true }))

const shortened = (text: string): string => text.replaceAll(`${dir}/`, '')

test('paths count from the file they stand in', () => {
  expect(resolvePath('/etc/m/meridian.yaml', 'zones/a.yaml')).toBe('/etc/m/zones/a.yaml')
  expect(resolvePath('/etc/m/meridian.yaml', '../zones')).toBe('/etc/zones')
  expect(resolvePath('/etc/m/meridian.yaml', '/zones')).toBe('/zones')
})

test('a directory gives its files in order, without those of editors, hidden ones and directories', () => {
  const { files, problems } = listFiles(dir, ['.yaml', '.yml'])
  expect(files.map(shortened)).toEqual(['a.yml', 'b.yaml', 'dangling.yaml', 'link.yaml'])
  expect(problems).toEqual([])
})

test('a file gives itself, whatever it is called', () => {
  expect(listFiles(join(dir, 'a.txt'), ['.yaml']).files.map(shortened)).toEqual(['a.txt'])
})

test('a text is read as UTF-8', () => {
  expect(readText(join(dir, 'b.yaml'))).toEqual({ text: 'b.yaml' })
})

const from = { file: 'meridian.yaml', line: 3, col: 8, path: 'zones[0]' }

test.each([
  ['gone.yaml', 'meridian.yaml:3:8 zones[0]: expected a file at gone.yaml, found nothing there'],
  ['b.yaml/x', 'meridian.yaml:3:8 zones[0]: expected a file at b.yaml/x, found nothing there'],
  ['dangling.yaml', 'meridian.yaml:3:8 zones[0]: expected a file at dangling.yaml, found nothing there'],
  ['sub.yaml', 'meridian.yaml:3:8 zones[0]: expected a file at sub.yaml, found a directory'],
  ['latin.txt', 'meridian.yaml:3:8 zones[0]: expected a file at latin.txt, found bytes that are not UTF-8'],
])('%s cannot be read, and that is said at the place that names it', (name, said) => {
  const { problem } = readText(join(dir, name), from)
  expect(problem && shortened(printProblem(problem))).toBe(said)
})

test('a path that leads nowhere is no directory either', () => {
  const { files, problems } = listFiles(join(dir, 'gone'), ['.yaml'], from)
  expect(files).toEqual([])
  expect(problems.map(printProblem).map(shortened)).toEqual([
    'meridian.yaml:3:8 zones[0]: expected a file or directory at gone, found nothing there',
  ])
})

test('a file from the command line speaks for itself', () => {
  const { problem } = readText(join(dir, 'gone.yaml'))
  expect(problem && shortened(printProblem(problem))).toBe('gone.yaml: expected a file, found nothing there')
})

test('a file that others keep to themselves is a problem', () => {
  const file = join(dir, 'private.txt')
  writeFileSync(file, '')
  chmodSync(file, 0)
  chmodSync(dir, 0o755)
  // Root may read everything, so for a moment we are somebody else: "nobody" of every Unix.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid!(65_534)
  try {
    expect(readText(file).problem?.message).toBe('expected a file, found no permission to read it')
  } finally {
    if (isRoot) process.seteuid!(0)
  }
})
